"""beets' `library.db`: the rows of its table `items`.

Since 2.10 a path starts at the music directory, which only beets' `config.yaml` names. Later
versions keep the genres and the remixers of a track, of which there may be several, in one text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.core.file_places import has_root
from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.libraries.databases import opened_copy, require_columns, rows, select, text
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.track import LibraryTrack, library_track

SOURCE = "beets"
_PROGRAM = "beets"

_COLUMNS = (
    *("id", "path", "title", "artist", "artists", "album", "label", "genre", "genres", "remixer"),
    *("remixers", "length", "bpm", "initial_key", "bitrate", "added", "catalognum"),
    "discogs_albumid",
)
_BETWEEN_VALUES = "\\\u2400"

_CONFIG = "config.yaml"
_CONFIG_FOLDERS = (
    "~/.config/beets",
    "~/Library/Application Support/beets",
    "~/AppData/Roaming/beets",
)
_DEFAULTS = {"library": "library.db", "directory": "~/Music"}
_LARGEST_CONFIG = 1024**2
_SETTING = re.compile(r"^(library|directory)[ \t]*:[ \t]+(\S.*)$", re.MULTILINE)
_SINGLE_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _rows(path: Path, scratch: Path | None) -> Iterator[tuple[dict[str, object], str | None]]:
    directory = _music_directory(path)
    with opened_copy(path, _PROGRAM, scratch) as connection:
        there = require_columns(connection, path, _PROGRAM, "items", ("path", "title", "artist"))
        query = f"SELECT {select(_COLUMNS, there, table='items')} FROM items ORDER BY rowid"
        for row in rows(connection, query):
            yield row, directory


def _track(row: dict[str, object], directory: str | None) -> LibraryTrack:
    bitrate = row["bitrate"]
    return library_track(
        SOURCE,
        path=_path(row["path"], directory),
        identity=str(row["id"]),
        artist=row["artist"] or _joined(row["artists"]),
        title=row["title"],
        remixer=_joined(row["remixers"]) or row["remixer"],
        album=row["album"],
        label=row["label"],
        genre=_joined(row["genres"]) or row["genre"],
        bpm=row["bpm"],
        musical_key=key_from_text(text(row["initial_key"])),
        duration_seconds=row["length"],
        bitrate=bitrate / 1000 if isinstance(bitrate, int | float) else None,
        imported_at=row["added"],
        catalog_number=row["catalognum"],
        discogs_release_id=row["discogs_albumid"],
    )


def _joined(values: object) -> str:
    """Several values as beets shows them."""
    return text(values).replace(_BETWEEN_VALUES, "; ")


def _path(value: object, directory: str | None) -> str | None:
    path = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else text(value)
    if not path or has_root(path) or directory is None:
        return path or None
    return f"{directory}/{path}"


# --- Where the music is ---------------------------------------------------------------------------


def settings_beside(database: Path) -> tuple[Path, ...]:
    """The files that may say where the music is."""
    usual = (Path(os.path.expanduser(folder)) for folder in _CONFIG_FOLDERS)  # noqa: PTH111
    return (database.with_name(_CONFIG), *(folder / _CONFIG for folder in usual))


def _music_directory(database: Path) -> str | None:
    """From the settings beside the database, or from those of this user if they name it."""
    for config in settings_beside(database):
        if (settings := _settings(config)) is not None:
            is_beside = config.parent == database.parent
            if is_beside or _is_same(settings["library"], database):
                return settings["directory"]
    return None


def _is_same(name: str, database: Path) -> bool:
    try:
        return os.path.samefile(name, database)  # noqa: PTH121
    except (OSError, ValueError):
        return False


def _settings(config: Path) -> dict[str, str] | None:
    """`library` and `directory` as absolute paths; None if there is no such file. Of YAML this
    reads what these two are written in: one line each, with or without quotes."""
    try:
        with open_regular(config) as file:
            content = file.read(_LARGEST_CONFIG).decode("utf-8-sig", "surrogateescape")
    except OSError:
        return None
    given = {name: _unquoted(value.strip()) for name, value in _SETTING.findall(content)}
    return {
        name: _absolute(given.get(name) or default, config.parent)
        for name, default in _DEFAULTS.items()
    }


def _unquoted(value: str) -> str:
    if found := _SINGLE_QUOTED.match(value):
        return found[1].replace("''", "'")
    if found := _DOUBLE_QUOTED.match(value):
        return re.sub(r"\\(.)", r"\1", found[1])
    return re.split(r"\s#", value)[0].strip()


def _absolute(name: str, folder: Path) -> str:
    name = os.path.expanduser(name)  # noqa: PTH111
    if not has_root(name):
        name = os.path.normpath(folder.absolute() / name)
    return name.rstrip("/\\")


FORMAT = Format(
    kind=SOURCE,
    words="beets",
    example="beets' library.db",
    read=Parts(lambda path, options: _rows(path, options.scratch), lambda it: _track(*it)),
    recognise=lambda head: head.tables >= {"items", "item_attributes"},
    file_names=("library.db", "musiclibrary.db"),
    doubtful_suffixes=(".db",),
    in_folders=("library.db", "musiclibrary.db"),
    usual_places=(
        ".config/beets/*.db",
        "Library/Application Support/beets/library.db",
        "AppData/Roaming/beets/*.db",
    ),
    read_besides=settings_beside,
)
