"""Engine DJ's `m.db`, of Engine DJ 2 and later: the rows of its table `Track`.

SQLite writes beside a database even when it only reads, and Engine may be writing at the same
time. So the file is copied, together with what is not yet merged into it, and the copy is read.

A track that Engine marks as not available is kept, since an unplugged disk is enough for that
mark. One that plays from a service is given as a stream.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Format
from musictool_pipeline.libraries.musical_key import key_from_engine
from musictool_pipeline.libraries.track import LibraryTrack, file_type_of, library_track

SOURCE = "engine"
SIGNATURE = b"SQLite format 3\0"

# Of the two, a database has the one that its journal mode calls for, and only while it is in use.
_COMPANIONS = ("-wal", "-journal")
_DATABASE_FOLDER = "database2"
_COLUMNS = (
    *("title", "artist", "album", "label", "remixer", "genre", "length", "bpm", "bpmAnalyzed"),
    *("key", "path", "filename", "fileType", "bitrate", "fileBytes", "streamingSource", "uri"),
    "dateAdded",
)
_ATTEMPTS = 3
_LONGEST_TEXT = 16 * 1024**2


def read_engine(path: Path, *, scratch: Path | None = None) -> Iterator[LibraryTrack]:
    """The tracks, in the order of their ids.

    `scratch` is the folder for the copy, which is deleted afterwards; the system's by default.
    Paths are relative to the Engine folder; they are made absolute where the database still lies
    in it (`Engine Library/Database2/m.db`). Raises LibraryError where it is damaged, and
    NotALibrary where it is no database of Engine DJ's.
    """
    try:
        with (
            tempfile.TemporaryDirectory(prefix="engine-", dir=scratch) as folder,
            closing(_connect(_copy(path, Path(folder)))) as connection,
        ):
            columns = _track_columns(connection, path)
            for row in connection.execute(_query(columns)):
                yield _track(dict(zip(_COLUMNS, row, strict=True)), path)
    except (sqlite3.Error, UnicodeError) as error:
        # SQLite quotes the damaged bytes in its message, and Python cannot always decode that.
        what = error if isinstance(error, sqlite3.Error) else "its layout makes no sense"
        raise LibraryError(f"{path} is damaged: {what}", path=path) from None
    except OSError as error:
        raise LibraryError(
            f"{path} cannot be copied for reading: {error.strerror or error}", path=path
        ) from error


def _copy(path: Path, folder: Path) -> Path:
    """The database in `folder`, as it was at one moment, if it holds still for long enough."""
    copy = folder / "m.db"
    files = [(path, copy)] + [
        (path.with_name(path.name + suffix), folder / f"m.db{suffix}") for suffix in _COMPANIONS
    ]
    for _ in range(_ATTEMPTS):
        before = [_state(original) for original, _ in files]
        for (original, target), state in zip(files, before, strict=True):
            target.unlink(missing_ok=True)
            if state is not None or original is path:
                with open_regular(original) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1024**2)
        if before == [_state(original) for original, _ in files]:
            return copy
    raise LibraryError(
        f"{path} is being written just now",
        "Close Engine DJ, or wait until it is done, and refresh again.",
        path=path,
    )


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _connect(copy: Path) -> sqlite3.Connection:
    # Writable, as it is a copy: what the journal holds has to be merged into it.
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_TEXT)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _track_columns(connection: sqlite3.Connection, path: Path) -> set[str]:
    kinds = connection.execute("SELECT type FROM sqlite_schema WHERE name = 'Track'").fetchall()
    if kinds != [("table",)]:
        raise NotALibrary(
            f"{path} is an SQLite database, but none of Engine DJ's: it has no table Track",
            path=path,
        )
    columns = {row[1] for row in connection.execute("PRAGMA table_info(Track)")}
    if not {"title", "artist", "path"} <= columns:
        raise NotALibrary(
            f"{path} is not laid out as Engine DJ 2 and later do it; it may be from Engine Prime 1",
            "Open the library once in a current Engine DJ, which converts it.",
            path=path,
        )
    return columns


def _query(columns: set[str]) -> str:
    wanted = (f'"{name}"' if name in columns else "NULL" for name in _COLUMNS)
    return f"SELECT {', '.join(wanted)} FROM Track ORDER BY rowid"


def _track(row: dict[str, object], database: Path) -> LibraryTrack:
    key, file_type, uri = row["key"], _str(row["fileType"]), _str(row["uri"])
    streamed = bool(_str(row["streamingSource"]))
    if streamed:
        path = uri or None
    else:
        path = _absolute(_str(row["path"]) or _str(row["filename"]), database)
    return library_track(
        SOURCE,
        path=path,
        artist=row["artist"],
        title=row["title"],
        remixer=row["remixer"],
        album=row["album"],
        label=row["label"],
        genre=row["genre"],
        bpm=row["bpmAnalyzed"] or row["bpm"],
        musical_key=key_from_engine(key) if isinstance(key, int) else None,
        duration_seconds=row["length"],
        file_type=file_type_of(f".{file_type}") if file_type else None,
        bitrate=row["bitrate"],
        file_size_bytes=row["fileBytes"],
        streamed=streamed,
        imported_at=row["dateAdded"],
    )


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _absolute(path: str, database: Path) -> str | None:
    """The path, from the Engine folder on. A database that was copied elsewhere does not tell
    where its Engine folder is; there the path stays as written."""
    if path and database.parent.name.lower() == _DATABASE_FOLDER:
        return os.path.normpath(Path(os.path.abspath(database)).parents[1] / path)  # noqa: PTH100
    return path or None


FORMAT = Format(
    kind=SOURCE,
    words="Engine DJ",
    example="Engine DJ's m.db",
    read=lambda path, options: read_engine(path, scratch=options.scratch),
    recognise=lambda head: head.start.startswith(SIGNATURE),
    file_names=("m.db",),
    in_folders=("Database2/m.db", "Engine Library/Database2/m.db"),
    usual_places=("Music/Engine Library/**/m.db",),
    has_relative_paths=True,
)
