"""Every error that a user can meet, as one tree.

    MusicToolError                 exit code, what happened, what to do next
    ├── SettingsError              a setting, or a file that holds settings, makes no sense
    │   └── TokenExposed           the token would be sent unencrypted to another machine
    ├── ExportError                the collection export cannot be used; the last good one stays
    │   ├── ExportNotFound         there is none where one was expected
    │   ├── NotACollectionExport   it is something else: a wantlist, an inventory, a picture
    │   └── DamagedExport          it is one, but cut short or broken
    ├── WantlistUnreadable         the wantlist is not there, cut short, or something else
    ├── DiscogsError               the Discogs API and its answers
    │   ├── TokenMissing           no token: a lower limit, so a remark more than an error
    │   ├── AccessRefused          401 or 403: retrying cannot clear this
    │   ├── Throttled              429 three times in a row: somebody else uses up the budget
    │   ├── CollectionUnavailable  no such user, a private collection, or an empty one
    │   ├── CollectionInMotion     it changed while it was read, twice in a row
    │   ├── Unreachable            no usable answer many times in a row: network or service down
    │   ├── ReleaseFailed          one release could not be fetched this time
    │   └── UnreadableRelease      one release's answer makes no sense
    ├── DumpError                  a file that was given as a monthly dump cannot be used as one
    ├── DecisionRefused            match_overrides.csv is in no state to take a decision
    ├── TableDamaged               a table of the matcher is not as it was installed
    ├── TablesMissing              this version has not made what a table is made from
    └── StorageError               the disk: full, read-only, or holding something unexpected
        └── DestinationRefused     exports written there would harm what is yours

What belongs here: the classes, their wording and their exit codes. Where they are raised is
each room's own business. Every class has a row in `docs/troubleshooting.md` (a test sees to it).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

EXIT_DONE = 0
EXIT_NEEDS_USER = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

LAST_GOOD_WANTLIST = "Nothing was changed: the last good wantlist is still in use."
LAST_GOOD_EXPORT = "Nothing was changed: the last good export is still in use."
"""What becomes of an export that cannot be used; not to be said before there was a good one."""


class MusicToolError(Exception):
    """What happened and where, in one sentence, and in `remedy` what to do next; each is one line.

    `str(error)` is the sentence alone; `error.explained()` adds the remedy.
    """

    exit_code = EXIT_USAGE
    remedy = ""

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(_on_one_line(message))
        if remedy is not None:
            self.remedy = _on_one_line(remedy)

    def __reduce__(self) -> tuple[Any, ...]:
        # The constructors differ; a copy, or the same error in another process, has what this has.
        return _remade, (type(self), self.args, self.__dict__)

    def explained(self) -> str:
        """The message and, on a line of its own, the remedy."""
        return f"{self}\n  {self.remedy}" if self.remedy else str(self)


def _on_one_line(text: str) -> str:
    """A file's name in it may hold a line break, which would begin a line that looks like ours, or
    bytes that are no text, which Dagster could not keep."""
    return " ".join(text.encode(errors="replace").decode().splitlines())


def _remade(
    kind: type[MusicToolError], args: tuple[Any, ...], fields: dict[str, Any]
) -> MusicToolError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class SettingsError(MusicToolError):
    remedy = "Correct it in the environment or in .env; .env.example lists every setting."


class TokenExposed(SettingsError):
    remedy = (
        "Correct DISCOGS_API_URL to an address with https, or remove it to use Discogs' own. Or "
        "remove DISCOGS_API_KEY. Nothing was sent."
    )

    def __init__(self, api_url: str) -> None:
        super().__init__(
            f"DISCOGS_API_URL is {api_url!r}: over plain http to another machine, anybody on the "
            "way can read the token"
        )


class ExportError(MusicToolError):
    """`path` is the file, `line` the physical line (1 is the header's) where known."""

    def __init__(
        self, message: str, remedy: str | None = None, *, path: Path, line: int | None = None
    ) -> None:
        self.path = path
        self.line = line
        super().__init__(message, remedy)


class ExportNotFound(ExportError):
    remedy = (
        "On discogs.com open Collection > Export, download the CSV and put it into the data "
        "folder (`musictool init` finds it and does so), or set MUSICTOOL_COLLECTION_CSV to it."
    )

    def __init__(self, path: Path, remedy: str | None = None) -> None:
        super().__init__(f"Discogs CSV not found: {path}", remedy, path=path)


class NotACollectionExport(ExportError):
    remedy = (
        "Export the collection (discogs.com > Collection > Export) and put that file into the "
        f"data folder. {LAST_GOOD_EXPORT}"
    )


class DamagedExport(ExportError):
    remedy = f"Download the export again, or correct that line. {LAST_GOOD_EXPORT}"


class WantlistUnreadable(MusicToolError):
    remedy = (
        "Export the wantlist (discogs.com > Wantlist > Export), and set MUSICTOOL_WANTLIST to that "
        f"file. {LAST_GOOD_WANTLIST}"
    )


class DiscogsError(MusicToolError):
    exit_code = EXIT_NEEDS_USER


class TokenMissing(DiscogsError):
    remedy = (
        "Without a token a refresh sends 25 requests a minute, not 60. For a token open "
        "discogs.com > Settings > Developers > Generate new token, then run `musictool init`."
    )

    def __init__(self) -> None:
        super().__init__("DISCOGS_API_KEY not found in environment or .env file")


class AccessRefused(DiscogsError):
    exit_code = EXIT_USAGE
    remedy = (
        "Retrying cannot clear this. Make a new token (discogs.com > Settings > Developers), "
        "enter it with `musictool init`, and refresh again: what was fetched is kept."
    )


class Throttled(DiscogsError):
    remedy = (
        "Another program behind the same address uses up the limit. What was fetched is kept; "
        "run `musictool refresh` again when that program is done."
    )


class CollectionUnavailable(DiscogsError):
    exit_code = EXIT_USAGE
    remedy = (
        "Correct DISCOGS_USERNAME; for a private collection set DISCOGS_API_KEY to a token of that "
        "user's own. Or remove DISCOGS_USERNAME and read an export. Nothing was changed."
    )


class CollectionInMotion(DiscogsError):
    remedy = (
        "Nothing was changed: the collection as last read is still in use. Run `musictool refresh` "
        "again when it is not being edited."
    )


class Unreachable(DiscogsError):
    remedy = (
        "Check the network, and DISCOGS_API_URL if it is set. What was fetched is kept; run "
        "`musictool refresh` again to go on."
    )


class ReleaseFailed(DiscogsError):
    remedy = "It is left for the next refresh, which tries again."

    def __init__(self, release_id: int, cause: str) -> None:
        self.release_id = release_id
        self.cause = cause
        super().__init__(f"Error processing release {release_id}: {cause}")


class UnreadableRelease(DiscogsError):
    remedy = (
        "Look at the release on discogs.com; if it looks right there, delete its file in "
        "data/cache/ and refresh to fetch it again."
    )

    def __init__(self, release_id: int, reason: str) -> None:
        self.release_id = release_id
        self.reason = reason
        super().__init__(f"Release {release_id} cannot be read: {reason}")


class DumpError(MusicToolError):
    remedy = (
        "Download discogs_YYYYMMDD_releases.xml.gz from data.discogs.com and give it under that "
        "name. Nothing was changed."
    )


class DecisionRefused(MusicToolError):
    remedy = (
        "Correct the file with the program that it was made with, or move it away to begin a new "
        "one, then decide again. Nothing in it was changed."
    )

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot take the decision: {reason}")


class TableDamaged(MusicToolError):
    remedy = "Install MusicTool again: the file is part of it, and nothing else writes there."

    def __init__(self, name: str, line: int) -> None:
        where = f", line {line}" if line else ""
        super().__init__(f"A table of the matcher cannot be read: {name}{where}")
        self.line = line


class TablesMissing(MusicToolError):
    def __init__(self, name: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"{name} needs {' and '.join(missing)}, which this version of MusicTool has not made "
            "yet",
            f"Run `musictool refresh`, or materialize what is upstream of {name} first. Nothing "
            "was changed: the tables are as they were.",
        )


class StorageError(MusicToolError):
    remedy = (
        "Make room or correct the permissions, then run the same command again: it goes on "
        "where it stopped."
    )


class DestinationRefused(StorageError):
    remedy = (
        "Nothing was written. Give `musictool export` another folder, one of its own, or "
        "`musictool report` another file; `exports` in the data folder is meant for both."
    )
