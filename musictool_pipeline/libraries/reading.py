"""The way in: from a path to its tracks, and from the data folder to the libraries in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from musictool_pipeline.libraries.discarded import is_hidden
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.folder import AUDIO_TYPES
from musictool_pipeline.libraries.format import NO_OPTIONS, Format, Options, Parts
from musictool_pipeline.libraries.formats import FOLDER, FORMATS
from musictool_pipeline.libraries.known import Known, ReadEntry
from musictool_pipeline.libraries.recognise import libraries_at, recognise
from musictool_pipeline.libraries.track import DistinctIds, LibraryTrack

_OWN_FOLDERS = frozenset(
    {"cache", "changes", "demo", "demo-dump", "demo-live", "exports", "logs", "snapshots"}
)
_OWN_FILES = frozenset(
    {"match_overrides.csv", "owned_tracks.m3u8", "owned_tracks.nml", "owned_tracks.xml"}
)

_NAMES = frozenset(name for format in FORMATS for name in format.file_names)
_SUFFIXES = frozenset(suffix for format in FORMATS for suffix in format.suffixes)
_DOUBTFUL = frozenset(suffix for format in FORMATS for suffix in format.doubtful_suffixes)
_DEEPEST = 3
_MOST_ENTRIES = 10_000


def read_library(path: Path, options: Options = NO_OPTIONS) -> Iterator[LibraryTrack]:
    """The tracks of the library or folder at `path`, of any kind, in its own order; of a
    folder with a database beside its audio files, those of the database first. No two have one id.

    Raises NotALibrary or LibraryError; where a file is damaged further on, after the tracks that
    stand before the damage. Nothing may be concluded from those: keep what was there before.
    """
    yield from map(DistinctIds(), _tracks(path, options))


def read_entries(path: Path, known: Known, options: Options = NO_OPTIONS) -> Iterator[ReadEntry]:
    """The entries of the library at `path`, in its own order, each with the id that it has by
    itself. Of one that is `known` no track is made. Raises as `read_library` does."""
    [(format, library), *more] = libraries_at(path)
    if not isinstance(format.read, Parts) or more:
        for track in _tracks(path, options):
            yield ReadEntry(None, None, track)
        return
    parts: Parts[Any] = format.read
    for raw in parts.entries(library, options):
        mark = known.mark(raw)
        if (was := known.number(mark)) is not None:
            yield ReadEntry(mark, was, None)
        elif (track := parts.track(raw)) is not None:
            yield ReadEntry(mark, None, track)


def _tracks(path: Path, options: Options) -> Iterator[LibraryTrack]:
    found = libraries_at(path)
    has_audio = found[-1][0] is FOLDER
    for format, library in found:
        for track in format.read(library, options):
            if format is FOLDER or not (has_audio and _is_gone_from(path, format, track)):
                yield track


def _is_gone_from(folder: Path, format: Format, track: LibraryTrack) -> bool:
    """Whether a file should lie in this very folder, and does not. A database that its program has
    left behind lists such files for ever; of those that lie elsewhere it has the only word. So it
    has where its paths are relative, as Engine's: it may be a copy, and its files where they were.
    """
    local = track.path
    within = os.path.join(os.path.abspath(folder), "")  # noqa: PTH100, PTH118
    if local is None or not local.startswith(within) or format.has_relative_paths:
        return False
    try:
        os.stat(local)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def each_once(paths: Iterable[Path]) -> list[Path]:
    """Those of the paths at which there is something that no other one leads to, in their order:
    one library can be given as a file, as the folder in which it lies, and over detours, and in an
    old and a newer form of its program's. Where nothing can be read the path stays, so that reading
    it says why."""
    found = {path: _found_at(path) for path in paths}
    there = frozenset().union(*(places for places, _ in found.values()))
    kept: list[Path] = []
    for path, (places, newer) in found.items():
        larger = any(places < others for others, _ in found.values())
        is_old = not newer.isdisjoint(there - places)
        if not larger and not is_old and all(places != found[other][0] for other in kept):
            kept.append(path)
    return kept


_Places = frozenset[tuple[object, ...]]


def _found_at(path: Path) -> tuple[_Places, _Places]:
    """What lies at the path, and, if that is one old library, where its newer form would lie."""
    try:
        found = libraries_at(path)
        places = frozenset(_identity(where) for _, where in found)
    except (LibraryError, OSError):
        return frozenset({(os.path.abspath(path),)}), frozenset()  # noqa: PTH100
    if len(found) > 1:
        return places, frozenset()
    [(format, where)] = found
    return places, frozenset(_identity(it) for it in format.newer(where) if it.exists())


def _identity(path: Path) -> tuple[object, ...]:
    state = path.stat()
    return state.st_dev, state.st_ino


def find_libraries(data_dir: Path) -> list[Path]:
    """The libraries in the data folder, sorted: files that are one by their name (`*.nml`,
    `*.m3u8`, `m.db`, `database V2`) or by what is in them (`*.xml`, `*.csv`), databases of DJ
    programs in folders below, and folders with audio files; each once. Neither the collection's
    exports nor anything that this project writes is among them.

    What is a library by its name but cannot be read is listed too, so that reading it says why. So
    is a link to a library, or to a folder, on a disk that is not connected.
    """
    try:
        entries = sorted(data_dir.iterdir())
    except OSError:
        return []
    found: list[Path] = []
    for entry in entries:
        if entry.name.startswith(("~$", ".")) or entry.name.lower() in _OWN_FILES:
            continue
        if entry.is_dir():
            if entry.name.lower() not in _OWN_FOLDERS:
                found.extend(_in_folder(entry))
        elif entry.is_symlink() and not entry.exists():
            is_folder = not entry.suffix and entry.name.lower() not in _OWN_FOLDERS
            if is_folder or _is_library_file(entry):
                found.append(entry)
        elif entry.is_file() and _is_library_file(entry):
            found.append(entry)
    return each_once(found)


def _is_library_file(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in _SUFFIXES:
        return True
    has_name = path.name.lower() in _NAMES
    if not has_name and suffix not in _DOUBTFUL:
        return False
    try:
        recognise(path)
    except NotALibrary:
        return False
    except LibraryError:
        # An XML that cannot be read may be the library of somebody who would miss it; a table
        # that cannot be read is not even known to be one of tracks.
        return has_name or suffix == ".xml"
    return True


def _in_folder(folder: Path) -> Iterator[Path]:
    """The databases of DJ programs in a folder; then the folder itself, if it holds audio files."""
    has_audio = False
    entries = 0
    for parent, folders, files in os.walk(folder):
        below = len(Path(parent).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        if below >= _DEEPEST:
            folders.clear()
        for name in sorted(files):
            entries += 1
            if name.lower() in _NAMES and _is_library_file(Path(parent, name)):
                yield Path(parent, name)
            is_audio = Path(name).suffix[1:].lower() in AUDIO_TYPES and not is_hidden(name)
            has_audio = has_audio or is_audio
        if entries > _MOST_ENTRIES:
            break
    if has_audio:
        yield folder
