"""Databases of other programs: copied, told by their tables, and left as they are.

What belongs here: what holds for all of them. What is in one is tested with its format.
"""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from musictool_pipeline.inputs.library_folder import with_its_log
from musictool_pipeline.libraries.databases import SIGNATURE, tables_of
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Format, Options
from musictool_pipeline.libraries.formats import FORMATS
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.recognise import recognise
from musictool_pipeline.tables.library_state import library_state
from musictool_pipeline_tests.libraries.written_libraries import WRITERS, Entry, read

FIRST = Entry("/m/a.mp3", "A", "T")
SECOND = Entry("/m/b.mp3", "B", "U")


def _is_plain(format: Format, folder: Path) -> bool:
    path = WRITERS[format.kind](folder, FIRST)
    return path.is_file() and path.read_bytes().startswith(SIGNATURE)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[Format]:
    return [it for it in FORMATS if _is_plain(it, tmp_path_factory.mktemp(it.kind))]


PLAIN = pytest.mark.parametrize("kind", ["engine", "mixxx", "beets", "serato_4"])


def test_every_format_that_is_a_database_is_tested_here(plain: list[Format]) -> None:
    [mark] = [PLAIN.mark]
    assert [format.kind for format in plain] == mark.args[1]


def sql_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def written_but_not_merged(folder: Path, kind: str) -> tuple[Path, sqlite3.Connection]:
    """A database whose second entry is in the log beside it; it is merged when the connection
    is closed."""
    (folder / "later").mkdir()
    path = WRITERS[kind](folder, FIRST)
    later = sql_of(WRITERS[kind](folder / "later", FIRST, SECOND))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA writable_schema = ON")
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        connection.execute(f'DROP TABLE "{table}"')
    connection.executescript(later.replace("BEGIN TRANSACTION", "BEGIN"))
    return path, connection


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@PLAIN
def test_what_is_not_merged_yet_is_read_and_left_where_it_is(tmp_path: Path, kind: str) -> None:
    """While a program runs, its newest tracks are in the file beside the database."""
    path, connection = written_but_not_merged(tmp_path, kind)
    with closing(connection):
        before = contents(tmp_path)
        assert before[f"{path.name}-wal"]
        assert [track.title for track in read_library(path)] == ["T", "U"]
        assert contents(tmp_path) == before


@PLAIN
def test_a_change_of_the_log_alone_is_a_change(tmp_path: Path, kind: str) -> None:
    """The sensor looks at the files, the reading at what is in them: both have to see it."""
    path, connection = written_but_not_merged(tmp_path, kind)
    with closing(connection):
        merged, before = path.read_bytes(), library_state(path)
        seen = [(file, file.stat().st_size) for file in with_its_log(recognise(path), path)]
        connection.execute("CREATE TABLE more (x)")
        assert path.read_bytes() == merged
        assert library_state(path) != before
        assert [(file, file.stat().st_size) for file in with_its_log(recognise(path), path)] != seen


def test_one_whose_tables_are_all_in_the_log_is_recognised(tmp_path: Path) -> None:
    """A program that was just installed has merged nothing yet."""
    path = tmp_path / "mixxxdb.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        (tmp_path / "other").mkdir()
        connection.executescript(sql_of(WRITERS["mixxx"](tmp_path / "other", FIRST)))
        before = contents(tmp_path)
        assert recognise(path).kind == "mixxx"
        assert contents(tmp_path) == before


def test_what_was_only_half_written_is_not_read(tmp_path: Path) -> None:
    """A program without a log writes into the database, and keeps beside it what stood there."""
    path = WRITERS["mixxx"](tmp_path, *(Entry(f"/m/{n}.mp3", "A", "T" * 999) for n in range(200)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE library SET title = replace(title, 'T', 'U')")
        before = contents(tmp_path)
        assert b"U" * 999 in before[path.name]
        assert before[f"{path.name}-journal"]
        assert {track.title for track in read_library(path)} == {"T" * 999}
        assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", [*PLAIN.mark.args[1], "rekordbox_db"])
def test_memory_does_not_grow_with_the_library(tmp_path: Path, kind: str) -> None:
    """100,000 entries of 2 KB would take 200 MB, and a small server has less."""
    [format] = [it for it in FORMATS if it.kind == kind]
    peaks: list[int] = []
    for count in (1, 500, 1_500):
        folder = tmp_path / str(count)
        folder.mkdir()
        entries = (Entry(f"/m/{number}.mp3", "A", "T" * 2_000) for number in range(count))
        path = WRITERS[kind](folder, *entries)
        if count == 1:  # What it takes to begin is not what is measured.
            assert sum(1 for _ in format.read(path, Options())) == count
            continue
        tracemalloc.start()
        assert sum(1 for _ in format.read(path, Options())) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000


@PLAIN
def test_the_copy_is_made_where_it_may_be_and_is_gone_afterwards(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, FIRST, SECOND)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tracks = read_library(path, Options(scratch=scratch))
    next(tracks)
    assert [file.name for file in scratch.rglob("*.db")] == ["copy.db"]
    assert len(list(tracks)) == 1
    assert list(scratch.iterdir()) == []


@PLAIN
def test_a_scratch_folder_that_is_not_there_is_said_so(tmp_path: Path, kind: str) -> None:
    with pytest.raises(LibraryError, match="cannot be copied"):
        list(read_library(WRITERS[kind](tmp_path, FIRST), Options(scratch=tmp_path / "gone")))


@PLAIN
def test_one_that_never_holds_still_is_said_so(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = WRITERS[kind](tmp_path, FIRST)
    always_another = iter(range(1_000_000))
    monkeypatch.setattr(
        "musictool_pipeline.libraries.databases._state", lambda _: (next(always_another), 0)
    )
    with pytest.raises(LibraryError, match="is being written just now") as caught:
        read(path)
    assert caught.value.remedy.startswith("Close ")


@pytest.mark.parametrize("times", [1, 2])
def test_one_that_is_written_to_while_it_is_copied_is_copied_again(
    tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = WRITERS["mixxx"](tmp_path, FIRST)
    copy = writing_between(path, times)
    monkeypatch.setattr("musictool_pipeline.libraries.databases.shutil.copyfileobj", copy)
    assert [track.title for track in read_library(path)] == [f"{times}"]


def writing_between(path: Path, times: int) -> Callable[..., None]:
    """A copying after which, so many times, the program has written once more."""
    left = iter(range(1, times + 1))

    def copy(source: object, sink: object, length: int) -> None:
        sink.write(source.read())  # type: ignore[attr-defined]
        for number in left:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("UPDATE library SET title = ?", [str(number)])
            return

    return copy


@PLAIN
@pytest.mark.parametrize("keep", [16, 100, 5000])
def test_a_damaged_one_is_an_error_and_not_an_empty_library(
    tmp_path: Path, kind: str, keep: int
) -> None:
    path = WRITERS[kind](tmp_path, *(Entry(f"/m/{n}.mp3", "A", "T") for n in range(100)))
    content = path.read_bytes()
    path.write_bytes(content[:keep] + b"\xff" * (len(content) - keep))
    with pytest.raises(LibraryError):
        read(path)


@PLAIN
def test_a_view_in_place_of_a_table_is_not_run(tmp_path: Path, kind: str) -> None:
    """A view can be a question that never ends."""
    path = WRITERS[kind](tmp_path, FIRST)
    with closing(sqlite3.connect(path)) as connection:
        for table in tables_of(path) - {"sqlite_sequence"}:
            connection.execute(f'DROP TABLE "{table}"')
            connection.execute(
                f'CREATE VIEW "{table}" AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL '
                "SELECT id + 1 FROM n) SELECT id, '' AS title, '' AS path FROM n"
            )
    with pytest.raises(NotALibrary):
        read(path)


@PLAIN
def test_a_table_that_lacks_what_is_needed_is_said_so(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, FIRST)
    with closing(sqlite3.connect(path)) as connection:
        for table in tables_of(path) - {"sqlite_sequence"}:
            connection.execute(f'DROP TABLE "{table}"')
            connection.execute(f'CREATE TABLE "{table}" (x)')
    with pytest.raises(NotALibrary, match="is not laid out as a database of"):
        read(path)


@pytest.mark.parametrize("tables", ["metadata_items (id)", "library (id)", ""])
def test_one_of_an_unknown_program_is_named_so(tmp_path: Path, tables: str) -> None:
    path = tmp_path / "m.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {tables or 'x (id)'}")
        if not tables:
            connection.execute("DROP TABLE x")
    with pytest.raises(NotALibrary, match="an SQLite database of a program") as caught:
        read(path)
    assert caught.value.remedy.startswith("Give the folder with your music")
