"""Writing files into a folder of the user's choice without changing anything of the user's own.

What belongs here: what must not be written to, and why; then writing. What the files hold does not
belong here.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from musictool_pipeline.disk.files import (
    content_of,
    new_file,
    obstacle_at,
    storage_errors,
    sweep_temporaries,
    write_atomically,
)
from musictool_pipeline.errors import DestinationRefused, ExportError
from musictool_pipeline.inputs.export_folder import find_export
from musictool_pipeline.inputs.library_folder import libraries_in_force, library_files
from musictool_pipeline.publishing.playlists import FORMATS, WRITTEN_BY
from musictool_pipeline.publishing.report_page import MADE_FROM
from musictool_pipeline.settings import Places, Settings, is_checkout

_HEAD = 1024


def write_files(settings: Settings, folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Writes the files, content by name, into the folder, which is made if there is none; a link to
    a file stays one. Gives the copies under which files of an earlier version were kept.

    Each file replaces an earlier one once it is complete. All are looked at before the first is
    written: raises DestinationRefused if one would replace something of the user's, or if the
    project itself would read it; StorageError if the disk is full or read-only.
    """
    _refuse_folder(settings, folder, files)
    if len(files) > 1:
        _refuse_checkout(settings, folder)
    users = list(_what_is_the_users(settings))
    before = {name: _refuse_no_file(settings, folder / name, users) for name in files}
    noted = _read_note(folder)
    is_of_earlier_version = noted is None and any(
        _is_marked(name, content) for name, content in before.items()
    )
    to_keep = [
        name
        for name, content in files.items()
        if _is_to_be_kept(folder / name, before[name], content, noted, is_of_earlier_version)
    ]
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    kept = [_keep(folder / name, before[name]) for name in to_keep]
    _write_note(folder, noted or {}, before, files)
    for name, content in files.items():
        write_atomically(Path(os.path.realpath(folder / name)), content)
    sweep_temporaries(folder)
    return kept


def _refuse_folder(places: Places, folder: Path, names: Iterable[str]) -> None:
    with storage_errors(folder):
        what = obstacle_at(folder) or ("a file" if folder.exists() else "a folder")
    if what != "a folder":
        raise DestinationRefused(f"{folder} is {what}, not a folder")
    data = places.data_dir
    if _is_within(folder, data) and not _is_within(folder, data / "exports"):
        has_playlists = any(Path(name).suffix in FORMATS for name in names)
        raise DestinationRefused(
            f"{folder} is in the data folder: the next refresh would take the playlists there for "
            "a digital library, and call everything on them owned"
            if has_playlists
            else f"{folder} is in the data folder, which is for what a refresh reads",
            f"Nothing was written. Use {data / 'exports'}, or a folder outside of {data}.",
        )


def _refuse_checkout(places: Places, folder: Path) -> None:
    """Several files need a folder of their own: among a project's they would be in its way."""
    if is_checkout(folder) or (folder / ".git").exists():
        raise DestinationRefused(
            f"{folder} is the folder of a project, and {folder.resolve().name} would get files "
            "that are not its own",
            "Nothing was written. Name a folder of its own for them, or none: then they go to "
            f"{places.data_dir / 'exports'}.",
        )


def _refuse_no_file(settings: Settings, path: Path, users: Iterable[tuple[Path, str]]) -> bytes:
    """What is in the file that is to be replaced, nothing if there is none. Raises if it is
    something else than a file, or one that is never written."""
    for file, what in users:
        if _is_same(path, file):
            raise DestinationRefused(f"{path} is {what}, which is never written")
    with storage_errors(path):
        if what := obstacle_at(path):
            raise DestinationRefused(f"{path} is {what}, and a file is to be written there")
        if path.is_symlink():
            _refuse_folder(settings, Path(os.path.realpath(path)).parent, [path.name])
        return content_of(path) if path.exists() else b""


def _is_to_be_kept(
    path: Path, before: bytes, content: bytes, noted: _Note | None, is_of_earlier_version: bool
) -> bool:
    """True if the file is kept under another name before it is replaced: it comes from a version
    that noted nothing, so the user may have changed it. Raises if it is the user's."""
    if before in (b"", content) or _is_marked(path.name, before):
        return False
    known = (noted or {}).get(path.name)
    if known and _digest(before) not in known:
        raise DestinationRefused(
            f"{path} was changed since MusicTool wrote it",
            "Nothing was written. Save your changes under another name or move the file away, then "
            "run the same command again.",
        )
    if known:
        return False
    if is_of_earlier_version and _has_our_form(path.name, before, content):
        return True
    raise DestinationRefused(
        f"{path} is there already, and MusicTool did not write it",
        "Nothing was written. Move that file away, or name another place.",
    )


def _keep(path: Path, content: bytes) -> Path:
    """A copy of the file beside it: `gap_analysis.kept.csv`, or with a number."""
    ends = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    with storage_errors(path):
        for end in ends:
            kept = path.with_name(f"{path.stem}.kept{end}{path.suffix}")
            with contextlib.suppress(FileExistsError), new_file(kept) as file:
                file.write(content)
                return kept
    raise AssertionError("the names have no end")


def _what_is_the_users(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Files that must stay as they are, and what each is."""
    for path in (*libraries_in_force(settings), *library_files(settings)):
        yield path, "your digital library"
    # None there, or none that can be used, leaves nothing to protect.
    with contextlib.suppress(ExportError):
        yield find_export(settings), "your collection export"
    if settings.wantlist_csv:
        yield settings.wantlist_csv, "your wantlist"
    yield settings.overrides_file, "the file of your own decisions"
    yield settings.database, "the database"
    yield settings.root / ".env", "the file of your settings"


def _is_marked(name: str, content: bytes) -> bool:
    """True if the file says in itself that MusicTool wrote it, as a playlist and a report do."""
    suffix = Path(name).suffix
    mark = WRITTEN_BY if suffix in FORMATS else MADE_FROM
    return suffix not in {".csv", ".txt"} and mark.encode() in content[:_HEAD]


def _has_our_form(name: str, before: bytes, content: bytes) -> bool:
    """True if it may be an earlier export of the same name: a table begins with the same column. A
    list of plain lines cannot tell."""
    suffix = Path(name).suffix
    return suffix == ".txt" or (
        suffix == ".csv" and _first_column(before) == _first_column(content)
    )


def _first_column(content: bytes) -> bytes:
    return content[:_HEAD].removeprefix(codecs.BOM_UTF8).partition(b",")[0]


# --- What was written last ------------------------------------------------------------------------

NOTE: Final = ".musictool-export.json"
"""Beside exports that cannot bear a mark: their digests by name, as MusicTool wrote them last. A
file that has another one was changed since. The one before stays in it too: whichever of the two is
there if the process dies in between, it is ours."""

_Note = Mapping[str, list[str]]


def _read_note(folder: Path) -> _Note | None:
    """None if there is none, or none that makes sense."""
    try:
        noted = json.loads(content_of(folder / NOTE))
        return {str(name): [str(digest) for digest in known] for name, known in noted.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write_note(
    folder: Path, noted: _Note, before: Mapping[str, bytes], files: Mapping[str, bytes]
) -> None:
    now = {
        name: sorted({_digest(content), *([_digest(before[name])] if before[name] else [])})
        for name, content in files.items()
        if not _is_marked(name, content)
    }
    if now and (changed := {**noted, **now}) != noted:
        content = json.dumps(changed, indent=1, sort_keys=True, ensure_ascii=False)
        write_atomically(folder / NOTE, content.encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- Which file is which --------------------------------------------------------------------------


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
    to: it cannot be the file that is to be written."""
    return Path(os.path.realpath(path))
