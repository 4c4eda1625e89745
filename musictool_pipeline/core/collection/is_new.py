"""Whether the export or a digital library in the data folder is a new one that is there whole.

What belongs here: the decision, from what was seen now and at the last look. Looking belongs to
the sensor in `orchestration.automation`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol, cast


class Seen(Protocol):
    """What was there at one look: a name for it, and a key that tells it from what differs."""

    @property
    def path(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SeenExport:
    """A file as it was at one look: path, size in bytes, time of its last change in ns."""

    path: str
    size: int
    changed: int

    @property
    def key(self) -> str:
        """The same for the same content, as far as one can tell without reading it."""
        return f"{self.path}:{self.size}:{self.changed}"


@dataclass(frozen=True, slots=True)
class SeenFiles:
    """The export and the libraries as they were at one look, the latter in any order."""

    export: SeenExport
    libraries: tuple[SeenExport, ...] = ()

    @property
    def path(self) -> str:
        """What to call it in a sentence."""
        if not self.libraries:
            return self.export.path
        return f"{self.export.path} or a digital library"

    @property
    def key(self) -> str:
        """The same for the same files; without libraries, the export's own."""
        if not self.libraries:
            return self.export.key
        keys = "\0".join(sorted(library.key for library in self.libraries))
        digest = hashlib.sha256(keys.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{self.export.key}+{digest}"


@dataclass(frozen=True, slots=True)
class RefreshDue:
    """Whether a refresh is due (`launch`), and why. `cursor` is what to remember until the next
    look. `change` tells the change from any other, one back to an earlier state included; a look
    that is repeated gives the same."""

    launch: bool
    reason: str
    cursor: str
    change: str = ""


def is_new_export(cursor: str | None, seen: Seen, now: float) -> RefreshDue:
    """A refresh is due if the files differ from those of the last refresh, and are the same at two
    looks in a row: a download under way still grows, and so does a library that its program is
    writing. `now` is the time of this look."""
    remembered = _read(cursor)
    refreshed, before = remembered.get("refreshed"), remembered.get("seen")
    if seen.key == refreshed:
        return RefreshDue(False, "No new export.", _write(refreshed, seen.key))
    if seen.key != before:
        reason = f"{seen.path} is new or still growing; looking again."
        return RefreshDue(False, reason, _write(refreshed, seen.key, since=now))
    # The time of the first look, since the same state comes back: an export taken away and put
    # back. A count would begin again with a cursor that was reset.
    change = f"{seen.key} since {remembered.get('since')}"
    return RefreshDue(True, f"{seen.path} is new.", _write(seen.key, seen.key), change)


def _read(cursor: str | None) -> dict[str, object]:
    try:
        fields = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return cast("dict[str, object]", fields) if isinstance(fields, dict) else {}


def _write(refreshed: object, seen: str, since: float | None = None) -> str:
    return json.dumps({"refreshed": refreshed, "seen": seen, "since": since})
