"""Rekordbox 6 and 7's own database, `master.db`: the rows of its table `djmdContent`.

It is encrypted with SQLCipher, so nothing in it tells what it is: its name, its size and its random
beginning do. It is opened only through pyrekordbox, an extra that the user installs; the key stays
inside that package, which would log it, and is silenced for that. What pyrekordbox opens it may
also write to, so it gets a copy.

Rows that are marked as deleted are not part of the library.
"""

from __future__ import annotations

import importlib.util
import logging
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musictool_pipeline.core.file_places import has_root
from musictool_pipeline.libraries.databases import (
    SIGNATURE,
    copied,
    damage_told,
    opened_copy,
    require_columns,
    rows,
    select,
    text,
)
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.rekordbox_usb import TYPES, VIDEO
from musictool_pipeline.libraries.track import LibraryTrack, library_track

if TYPE_CHECKING:
    from pyrekordbox import MasterDatabase

    from musictool_pipeline.libraries.head import Head

SOURCE = "rekordbox_db"
_PROGRAM = "Rekordbox 6 and 7"
_PACKAGE = "pyrekordbox"
_EXPORT = "in Rekordbox, choose File > Export Collection in xml format, and give that file."

_NAME = re.compile(r"master.*\.db", re.IGNORECASE)
_PAGE = 4096

_COLUMNS = (
    *("ID", "FolderPath", "FileNameL", "Title", "Subtitle", "BPM", "Length", "BitRate"),
    *("FileSize", "FileType", "StockDate", "ServiceID"),
)
_NAMES = """
    artist.Name AS artist, remixer.Name AS remixer, album.Name AS album, genre.Name AS genre,
    label.Name AS label, musical_key.ScaleName AS musical_key
"""
# An id of another table is text, and NULL, '' or '0' if there is none.
_QUERY = """
    SELECT {columns}, {names} FROM djmdContent AS track
    LEFT JOIN djmdArtist AS artist ON artist.ID = track.ArtistID
    LEFT JOIN djmdArtist AS remixer ON remixer.ID = track.RemixerID
    LEFT JOIN djmdAlbum AS album ON album.ID = track.AlbumID
    LEFT JOIN djmdGenre AS genre ON genre.ID = track.GenreID
    LEFT JOIN djmdLabel AS label ON label.ID = track.LabelID
    LEFT JOIN djmdKey AS musical_key ON musical_key.ID = track.KeyID
    WHERE track.rb_local_deleted IS NOT 1 ORDER BY track.rowid
"""
_IDS = ("ArtistID", "RemixerID", "AlbumID", "GenreID", "LabelID", "KeyID")
_NEEDED = {
    "djmdContent": ("ID", "FolderPath", "Title", *_IDS, "rb_local_deleted"),
    "djmdArtist": ("ID", "Name"),
    "djmdAlbum": ("ID", "Name"),
    "djmdGenre": ("ID", "Name"),
    "djmdLabel": ("ID", "Name"),
    "djmdKey": ("ID", "ScaleName"),
}
_AT_A_SERVICE = re.compile(r"[A-Za-z][\w-]+:")


def _rows(path: Path, scratch: Path | None) -> Iterator[dict[str, object]]:
    with _connection(path, scratch) as connection:
        there = {
            table: require_columns(connection, path, _PROGRAM, table, needed)
            for table, needed in _NEEDED.items()
        }
        columns = select(_COLUMNS, there["djmdContent"], table="track")
        yield from rows(connection, _QUERY.format(columns=columns, names=_NAMES))


@contextmanager
def _connection(path: Path, scratch: Path | None) -> Iterator[Any]:
    """A connection to a copy; one that was decrypted already needs no package."""
    with opened(path) as file:
        is_plain = file.read(len(SIGNATURE)) == SIGNATURE
    if is_plain:
        with opened_copy(path, "Rekordbox", scratch) as connection:
            yield connection
        return
    if importlib.util.find_spec(_PACKAGE) is None:
        raise LibraryError(
            f"{path} is Rekordbox's own database, and the package that reads it is not installed",
            "Install `musictool-pipeline[rekordbox]` where `musictool-pipeline` is installed (in a "
            f"checkout `.venv/bin/python -m pip install {_PACKAGE}`); or {_EXPORT}",
        )
    with copied(path, "Rekordbox", scratch) as copy, _decrypted(copy, path) as connection:
        yield connection


@contextmanager
def _decrypted(copy: Path, path: Path) -> Iterator[Any]:
    """A connection to the copy of the database at `path`."""
    from sqlalchemy import event
    from sqlalchemy.exc import SQLAlchemyError

    database = _opened(copy, path)

    @event.listens_for(database.engine, "do_connect")
    def connect(dialect: Any, *_: object) -> Any:
        # By its path itself, which pyrekordbox puts into an address, and SQLAlchemy takes apart.
        connection = dialect.dbapi.connect(str(copy), check_same_thread=False)
        # It would write to the terminal what it cannot decrypt.
        for setting in ("cipher_log_level = NONE", "trusted_schema = OFF", "query_only = ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        return connection

    errors = database.engine.dialect.loaded_dbapi.Error
    try:
        with (
            damage_told(path, errors, SQLAlchemyError),
            closing(database.engine.raw_connection()) as pooled,
        ):
            connection = pooled.driver_connection
            _check_key(connection, path, errors)
            yield connection
    finally:
        database.close()
        database.engine.dispose()


def _opened(copy: Path, path: Path) -> MasterDatabase:
    try:
        # Not before: it takes two seconds, and brings SQLAlchemy.
        from pyrekordbox import MasterDatabase, config

        # It would look for an installed Rekordbox, and fail if its database was moved.
        config.__config__["rekordbox7"].setdefault("db_path", copy)
        _silence()
        return MasterDatabase(copy)
    except Exception as error:
        kind = type(error).__name__
    # Out here, so that it does not hold the other, whose message may hold the address with the key.
    raise LibraryError(
        f"{path} cannot be read: {_PACKAGE} failed ({kind})", f"Update {_PACKAGE}; or {_EXPORT}"
    )


def _check_key(connection: Any, path: Path, errors: type[Exception]) -> None:
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except errors:
        raise LibraryError(
            f"{path} cannot be decrypted: it is damaged, or no database of {_PROGRAM}",
            f"If Rekordbox opens it, {_EXPORT}",
        ) from None


def _silence() -> None:
    """Nothing that pyrekordbox says is for the user, and at the level DEBUG it says the key."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == _PACKAGE:
            logging.getLogger(name).disabled = True


def _track(row: dict[str, object]) -> LibraryTrack:
    path, tempo = text(row["FolderPath"]) or text(row["FileNameL"]), row["BPM"]
    streamed = _AT_A_SERVICE.match(path) is not None
    if row["ServiceID"] not in (None, 0, "", "0"):
        streamed = streamed or not has_root(path)
    return library_track(
        SOURCE,
        path=path,
        identity=str(row["ID"]),
        artist=row["artist"],
        title=row["Title"],
        remixer=row["remixer"],
        mix=row["Subtitle"],
        album=row["album"],
        label=row["label"],
        genre=row["genre"],
        bpm=tempo / 100 if isinstance(tempo, int | float) else None,
        musical_key=key_from_text(text(row["musical_key"])),
        duration_seconds=row["Length"],
        file_type=TYPES.get(row["FileType"]),
        bitrate=row["BitRate"],
        file_size_bytes=row["FileSize"],
        is_music=row["FileType"] != VIDEO,
        streamed=streamed,
        imported_at=row["StockDate"],
    )


def _recognise(head: Head) -> bool:
    """By its tables if it was decrypted already; else as far as an encrypted one can be told."""
    if head.start.startswith(SIGNATURE):
        return head.tables >= {"djmdContent", "djmdArtist"}
    has_name = _NAME.fullmatch(head.path.name) is not None
    return has_name and head.is_noise and head.path.stat().st_size % _PAGE == 0


FORMAT = Format(
    kind=SOURCE,
    words="Rekordbox 6 and 7",
    example="Rekordbox's master.db",
    read=Parts(lambda path, options: _rows(path, options.scratch), _track),
    recognise=_recognise,
    file_names=("master.db",),
    in_folders=("master.db",),
    usual_places=(
        "Library/Pioneer/rekordbox/master.db",
        "Library/Application Support/Pioneer/rekordbox/master.db",
        "AppData/Roaming/Pioneer/rekordbox/master.db",
    ),
)
