"""Whether the export in the data folder is a new one that is there whole.

What belongs here: the decision, from what was seen now and at the last look. Looking belongs to
the sensor in `orchestration.automation`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast


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
class Decision:
    """`cursor` is what to remember until the next look."""

    launch: bool
    reason: str
    cursor: str


def is_new_export(cursor: str | None, seen: SeenExport) -> Decision:
    """A refresh is due when the file differs from the one last refreshed from, and is the same at
    two looks in a row: a download under way still grows."""
    remembered = _read(cursor)
    refreshed, before = remembered.get("refreshed"), remembered.get("seen")
    if seen.key == refreshed:
        return Decision(False, "No new export.", _write(refreshed, seen.key))
    if seen.key != before:
        reason = f"{seen.path} is new or still growing; looking again."
        return Decision(False, reason, _write(refreshed, seen.key))
    return Decision(True, f"{seen.path} is new.", _write(seen.key, seen.key))


def _read(cursor: str | None) -> dict[str, str | None]:
    try:
        fields = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return cast("dict[str, str | None]", fields) if isinstance(fields, dict) else {}


def _write(refreshed: str | None, seen: str) -> str:
    return json.dumps({"refreshed": refreshed, "seen": seen})
