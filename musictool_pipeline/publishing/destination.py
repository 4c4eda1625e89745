"""Writing files into a folder of the user's choice without harm to anything that is his.

What belongs here: what must not be written to, and why; then writing. What the files hold does not
belong here.
"""

from __future__ import annotations

import codecs
import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from musictool_pipeline.errors import DestinationRefused, ExportError
from musictool_pipeline.publishing.playlists import FORMATS, WRITTEN_BY
from musictool_pipeline.publishing.report_page import MADE_FROM
from musictool_pipeline.settings import Settings
from musictool_pipeline.storage.export_folder import find_export
from musictool_pipeline.storage.files import storage_errors, write_atomically
from musictool_pipeline.storage.library_folder import libraries_in_force, library_files

_HEAD = 1024


def write_files(settings: Settings, folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files, content by name, into the folder, which is made where it is not there.

    Each file replaces an earlier one once it is complete. All are looked at before the first is
    written: raises DestinationRefused where one would replace something of the user's, or where
    the project itself would read it; StorageError where the disk is full or read-only.
    """
    _refuse_folder(settings, folder)
    users = list(_what_is_the_users(settings))
    for name, content in files.items():
        _refuse_file(folder / name, content, users)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)


def _refuse_folder(settings: Settings, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DestinationRefused(f"{folder} is a file, not a folder")
    data = settings.data_dir
    if _is_within(folder, data) and not _is_within(folder, data / "exports"):
        raise DestinationRefused(
            f"{folder} is in the data folder: the next refresh would take the playlists there for "
            "a digital library, and call everything on them owned",
            f"Nothing was written. Use {data / 'exports'}, or a folder outside of {data}.",
        )


def _refuse_file(path: Path, content: bytes, users: Iterable[tuple[Path, str]]) -> None:
    for file, what in users:
        if _is_same(path, file):
            raise DestinationRefused(f"{path} is {what}, which is never written")
    if path.is_dir():
        raise DestinationRefused(f"{path} is a folder, and a file of that name is to be written")
    with storage_errors(path):
        if path.is_file() and not _is_ours(path, content):
            raise DestinationRefused(
                f"{path} is there already, and MusicTool did not write it",
                "Nothing was written. Move that file away, or name another place.",
            )


def _what_is_the_users(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Files that must stay as they are, and what each is."""
    for path in (*libraries_in_force(settings), *library_files(settings)):
        yield path, "your digital library"
    # None there, or none that can be used, leaves nothing to protect.
    with contextlib.suppress(ExportError):
        yield find_export(settings), "your collection export"
    yield settings.overrides_file, "the file of your own decisions"
    yield settings.database, "the database"
    yield settings.root / ".env", "the file of your settings"


def _is_ours(path: Path, content: bytes) -> bool:
    """Whether an earlier export wrote the file that `content` is to replace: a playlist and a
    report say so, a table begins with the same column. A list of plain lines cannot tell."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return True
    if path.suffix in FORMATS:
        return WRITTEN_BY.encode() in head
    if path.suffix == ".csv":
        return _first_column(head) == _first_column(content)
    if MADE_FROM.encode() in content[:_HEAD]:
        return MADE_FROM.encode() in head
    return True


def _first_column(content: bytes) -> bytes:
    return content[:_HEAD].removeprefix(codecs.BOM_UTF8).partition(b",")[0]


def _is_within(folder: Path, other: Path) -> bool:
    resolved = _resolved(folder)
    return any(_is_same(parent, other) for parent in (resolved, *resolved.parents))


def _is_same(path: Path, other: Path) -> bool:
    """Whether both are one file: through links, and however the system compares names."""
    try:
        return os.path.samefile(path, other)  # noqa: PTH121 (neither needs to exist)
    except OSError:
        return _resolved(path) == _resolved(other)


def _resolved(path: Path) -> Path:
    """Where it leads. `Path.resolve` breaks off at a link that leads to itself, which is no reason
    to: it is not the file that is to be written, whatever it is."""
    return Path(os.path.realpath(path))
