"""One DuckDB for all readers of this process: what they share, and what they must not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.tables import attached as module
from musictool_pipeline.tables.attached import MEMORY, attached


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return made(tmp_path / "it's one.duckdb", 1)


def made(path: Path, number: int) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE one AS SELECT {number} AS n")
    return path


def number_in(connection: duckdb.DuckDBPyConnection) -> int:
    (number,) = connection.execute("SELECT n FROM main.one").fetchone() or (0,)
    return number


def test_several_read_the_same_file_and_the_last_one_lets_it_go(database: Path) -> None:
    with attached(database) as first, attached(database) as second:
        made(database.with_name("next.duckdb"), 2).replace(database)
        assert (number_in(first), number_in(second)) == (1, 1)
    with attached(database) as later:
        assert number_in(later) == 2


def test_files_of_one_name_are_told_apart(database: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = made(tmp_path / "other" / database.name, 7)
    with attached(database) as first, attached(other) as second:
        assert (number_in(first), number_in(second)) == (1, 7)


def test_a_reader_changes_nothing(database: Path) -> None:
    with attached(database) as connection, pytest.raises(duckdb.InvalidInputException):
        connection.execute("INSERT INTO one VALUES (2)")


def test_what_one_keeps_in_memory_no_other_sees() -> None:
    with attached(MEMORY) as first, attached(MEMORY) as second:
        first.execute("CREATE TABLE one AS SELECT 1 AS n")
        with pytest.raises(duckdb.CatalogException):
            number_in(second)


def test_what_does_not_fit_into_memory_goes_beside_the_file(database: Path) -> None:
    for path in (database, made(database.with_name("two.duckdb"), 2)):
        with attached(path) as connection:
            where = connection.execute("SELECT current_setting('temp_directory')").fetchone()
            assert where == (f"{path}.tmp",)


def test_a_file_that_is_no_database_leaves_the_next_one_readable(database: Path) -> None:
    broken = database.with_name("broken.duckdb")
    broken.write_bytes(b"SQLite format 3\0" + bytes(20_000))
    with pytest.raises(duckdb.Error), attached(broken):
        pass
    with attached(database) as connection:
        assert number_in(connection) == 1


def test_after_a_fatal_error_the_next_reader_gets_another_duckdb(database: Path) -> None:
    with attached(database):
        lost = module._engine
    with pytest.raises(duckdb.FatalException), attached(database):
        raise duckdb.FatalException("as if it were lost")
    with attached(database) as connection:
        assert number_in(connection) == 1
        assert module._engine is not lost


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_reads_too_and_ends(database: Path) -> None:
    """DuckDB's threads stay with the parent, and to wait for them takes for ever."""
    code = (
        "import os, sys, pathlib\n"
        "from musictool_pipeline.tables.attached import attached\n"
        "def read():\n"
        "    with attached(pathlib.Path(sys.argv[1])) as connection:\n"
        "        return connection.execute('SELECT n FROM one').fetchone()\n"
        "assert read() == (1,)\n"
        "child = os.fork()\n"
        "assert read() == (1,)\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n"
    )
    command = [sys.executable, "-c", code, str(database)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_made_beside_readers_is_whole_and_in_the_form_asked_for(
    database: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.duckdb"
    with attached(database) as reader, attached(new, "v1.0.0", beside=database) as writer:
        writer.execute("CREATE TABLE one AS SELECT 7 AS n; CREATE VIEW two AS FROM one")
        assert number_in(reader) == 1
    with duckdb.connect(str(new), read_only=True) as alone:
        assert alone.execute("FROM two").fetchall() == [(7,)]
        form = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE path IS NOT NULL"
        assert alone.execute(form).fetchall() == [("v1.0.0+",)]
    assert {path.name for path in tmp_path.iterdir()} == {database.name, new.name}
