"""The published database is whole, readable and unlocked at every moment, whoever dies."""

from __future__ import annotations

import errno
import logging
import os
import random
import shutil
import signal
import stat
import subprocess
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.core.tables import TABLES, VIEWS
from musictool_pipeline.errors import StorageError
from musictool_pipeline.tables import generations
from musictool_pipeline.tables.attached import MEMORY, attached
from musictool_pipeline.tables.generations import STORAGE_VERSION, Warehouse
from musictool_pipeline_tests.empty_database import made_from_nothing
from musictool_pipeline_tests.surroundings import StartProcess

# Two tables that every change keeps equal: half a change would show.
COUNTERS = "CREATE TABLE IF NOT EXISTS one (n INTEGER); CREATE TABLE IF NOT EXISTS two (n INTEGER);"


@pytest.fixture
def made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first generation is not copied, as it is in other tests."""
    monkeypatch.setattr(Warehouse, "_copy_to", made_from_nothing)


_FROM_NOTHING = pytest.mark.usefixtures("made_here")
"""For what is promised of a first generation. One that follows a file put aside is always made."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    (tmp_path / "data").mkdir()
    return Warehouse(tmp_path / "data" / "musictool.duckdb", COUNTERS)


def add(number: int) -> Callable[[duckdb.DuckDBPyConnection], None]:
    def change(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("INSERT INTO one VALUES (?)", [number])
        connection.execute("INSERT INTO two VALUES (?)", [number])

    return change


def numbers(warehouse: Warehouse) -> list[int]:
    with warehouse.read(to_build_on=True) as connection:
        one = connection.execute("SELECT n FROM one ORDER BY n").fetchall()
        assert one == connection.execute("SELECT n FROM two ORDER BY n").fetchall()
    return [number for (number,) in one]


def litter(warehouse: Warehouse) -> set[str]:
    names = {path.name for path in warehouse.path.parent.iterdir()}
    own = (warehouse.path.name, f".{warehouse.path.name}.lock", f".{warehouse.path.name}.seal")
    return names - {*own}


# ------------------------------------------------------------------ reading and publishing


def test_a_generation_that_comes_while_the_seal_is_read_is_known_too(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the refresh beside another one would find all its tables empty."""
    warehouse.publish(add(1))
    content_of = generations.content_of
    published: list[int] = []

    def overtaken(path: Path) -> bytes:
        content = content_of(path)
        if not published:
            published.append(2)
            warehouse.publish(add(2))
        return content

    monkeypatch.setattr(generations, "content_of", overtaken)
    assert numbers(warehouse) == [1, 2]
    assert published


def test_where_there_is_none_the_tables_are_empty(warehouse: Warehouse) -> None:
    """A dashboard opened before the first refresh shows nothing, not an error."""
    with warehouse.read() as connection:
        for table in (*TABLES, *VIEWS):
            cursor = connection.execute(f"SELECT * FROM {table.name}")
            assert tuple(column[0] for column in cursor.description or ()) == table.column_names
            assert cursor.fetchall() == []
    assert list(warehouse.path.parent.iterdir()) == []  # looking makes nothing


@_FROM_NOTHING
def test_ctrl_c_waits_for_the_database(warehouse: Warehouse) -> None:
    """DuckDB would make an error of its own of it, which says that the program is at fault."""
    with pytest.raises(KeyboardInterrupt), warehouse.read() as connection:
        signal.raise_signal(signal.SIGINT)
        assert connection.execute("SELECT count(*) FROM releases").fetchall() == [(0,)]

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        signal.raise_signal(signal.SIGINT)
        add(1)(connection)

    with pytest.raises(KeyboardInterrupt):
        warehouse.publish(change)
    assert numbers(warehouse) == [1]
    assert litter(warehouse) == set()


@_FROM_NOTHING
def test_a_change_is_published_with_what_it_gave(warehouse: Warehouse) -> None:
    def change(connection: duckdb.DuckDBPyConnection) -> str:
        add(1)(connection)
        return "given"

    assert warehouse.publish(change) == "given"
    assert numbers(warehouse) == [1]
    warehouse.publish(add(2))
    assert numbers(warehouse) == [1, 2]
    assert litter(warehouse) == set()


def test_the_read_connection_cannot_write(warehouse: Warehouse) -> None:
    warehouse.publish(add(1))
    with warehouse.read() as connection, pytest.raises(duckdb.Error):
        connection.execute("DELETE FROM one")
    assert numbers(warehouse) == [1]


@_FROM_NOTHING
def test_any_program_can_read_the_file_alone(warehouse: Warehouse, tmp_path: Path) -> None:
    """All of it is in the one file: nothing waits in a log beside it."""
    warehouse.publish(add(1))
    shutil.copyfile(warehouse.path, tmp_path / "copy.duckdb")
    with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT * FROM one").fetchall() == [(1,)]


@_FROM_NOTHING
def test_tables_carry_their_descriptions(warehouse: Warehouse) -> None:
    warehouse.publish(add(1))
    with warehouse.read() as connection:
        told = dict(
            connection.execute(
                "SELECT table_name, comment FROM duckdb_tables() WHERE comment IS NOT NULL"
            ).fetchall()
        )
    assert told == {table.name: table.description for table in TABLES}


class _MistakeError(Exception):
    pass


@pytest.mark.parametrize("error", [_MistakeError, KeyboardInterrupt, duckdb.ConstraintException])
def test_a_change_that_fails_leaves_the_old(
    warehouse: Warehouse, error: type[BaseException]
) -> None:
    warehouse.publish(add(1))
    before = warehouse.path.read_bytes()

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("INSERT INTO one SELECT * FROM range(200_000)")
        raise error("in the middle")

    with pytest.raises(error):
        warehouse.publish(change)
    assert warehouse.path.read_bytes() == before
    assert litter(warehouse) == set()
    warehouse.publish(add(2))  # the lock is free again
    assert numbers(warehouse) == [1, 2]


@_FROM_NOTHING
def test_the_first_change_that_fails_leaves_nothing(warehouse: Warehouse) -> None:
    def change(_: duckdb.DuckDBPyConnection) -> None:
        raise _MistakeError

    with pytest.raises(_MistakeError):
        warehouse.publish(change)
    assert not warehouse.path.exists()
    assert litter(warehouse) == set()


# ------------------------------------------------------------------ the disk


@pytest.mark.parametrize("step", ["copyfile", "fsync", "replace"])
def test_a_full_disk_leaves_the_old(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    warehouse.publish(add(1))
    before = warehouse.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(*{"copyfile": (shutil, "copyfile"), "fsync": (os, "fsync")}.get(
            step, (Path, "replace")
        ), full)  # fmt: skip
        with pytest.raises(StorageError, match="No space left") as raised:
            warehouse.publish(add(2))
    assert "musictool.duckdb" in str(raised.value)
    assert warehouse.path.read_bytes() == before
    assert litter(warehouse) == set()
    warehouse.publish(add(2))
    assert numbers(warehouse) == [1, 2]


@_FROM_NOTHING
def test_duckdbs_own_failure_to_write_is_a_storage_error(warehouse: Warehouse) -> None:
    def change(_: duckdb.DuckDBPyConnection) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        warehouse.publish(change)


@pytest.mark.parametrize("kind", [duckdb.TransactionException, duckdb.FatalException])
def test_a_disk_that_fills_up_at_the_commit_is_a_storage_error(
    warehouse: Warehouse, kind: type[duckdb.Error]
) -> None:
    """There DuckDB says it with other classes: the user was shown a bare line of Dagster's."""
    warehouse.publish(add(1))
    before = warehouse.path.read_bytes()

    def change(_: duckdb.DuckDBPyConnection) -> None:
        raise kind("Failed to commit: ... No space left on device\nStack Trace:\n0x7f")

    with pytest.raises(StorageError, match="No space left") as raised:
        warehouse.publish(change)
    assert "Stack Trace" not in str(raised.value)
    assert warehouse.path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="no limit can be set there")
@pytest.mark.parametrize("room", [0, 1_000_000], ids=["at once", "half way"])
def test_a_file_that_cannot_grow_fails_its_writer_alone(warehouse: Warehouse, room: int) -> None:
    """Readers of this process have the same DuckDB."""
    import resource

    def many(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "INSERT INTO one SELECT (hash(i) % 2_000_000_000)::INTEGER FROM range(1_000_000) t(i)"
        )

    warehouse.publish(add(1))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    signalled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with warehouse.read() as reader:
        try:
            most = warehouse.path.stat().st_size + room
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, usual[1]))
            with pytest.raises(StorageError, match="cannot be written"):
                warehouse.publish(many)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
            signal.signal(signal.SIGXFSZ, signalled)
        assert reader.execute("SELECT n FROM one").fetchall() == [(1,)]
    assert litter(warehouse) == set()
    warehouse.publish(add(2))
    assert numbers(warehouse) == [1, 2]


def test_anothers_disk_error_is_not_called_the_databases(warehouse: Warehouse) -> None:
    """`expand` reads cache files in its change: one of them may be on a bad sector."""

    def change(_: duckdb.DuckDBPyConnection) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "cache/7.json")

    with pytest.raises((OSError, StorageError)) as raised:
        warehouse.publish(change)
    assert "musictool.duckdb" not in str(raised.value)


def test_a_file_in_the_folders_place_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StorageError):
        Warehouse(tmp_path / "data" / "x.duckdb").publish(lambda _: None)


# ------------------------------------------------------------------ files that are none of ours

_NO_DATABASE = pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"PK\x03\x04 or anything" * 1000, id="foreign"),
        pytest.param(lambda sound: sound[:100], id="cut in the header"),
        pytest.param(lambda sound: sound[:12_288], id="cut behind the header"),
        pytest.param(lambda sound: bytes(len(sound)), id="zeros"),
    ],
)
_DAMAGED_HEADER = pytest.mark.parametrize("position", [5_000, 9_000, 13_000])


def damaged(warehouse: Warehouse, damage: Callable[[bytes], bytes]) -> bytes:
    warehouse.publish(add(1))
    content = damage(warehouse.path.read_bytes())
    warehouse.path.write_bytes(content)
    return content


@_NO_DATABASE
def test_what_is_no_database_is_put_aside_and_made_anew(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    content = damaged(warehouse, damage)
    with caplog.at_level(logging.WARNING, "musictool"):
        warehouse.publish(add(2))
    assert numbers(warehouse) == [2]
    [aside] = litter(warehouse)
    assert aside.startswith("musictool.duckdb.aside-")
    assert (warehouse.path.parent / aside).read_bytes() == content
    assert aside in caplog.text


@_NO_DATABASE
def test_what_is_no_database_reads_as_empty_tables(
    warehouse: Warehouse, damage: Callable[[bytes], bytes]
) -> None:
    """Every step reads before it publishes: an error here, and no refresh could mend the file."""
    content = damaged(warehouse, damage)
    assert numbers(warehouse) == []
    assert warehouse.path.read_bytes() == content
    assert litter(warehouse) == set()


def flipped(position: int) -> Callable[[bytes], bytes]:
    return lambda sound: sound[:position] + bytes([sound[position] ^ 255]) + sound[position + 1 :]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


_NO_FILE = pytest.mark.parametrize(
    "put",
    [
        pytest.param(Path.mkdir, id="folder"),
        pytest.param(_pipe, id="pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="device"),
        pytest.param(lambda path: path.symlink_to(path.name), id="link to itself"),
    ],
)


@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links")
@_NO_FILE
def test_what_is_no_file_reads_as_empty_tables_and_is_put_aside(
    warehouse: Warehouse, put: Callable[[Path], None]
) -> None:
    """At a pipe `status` waited for ever, and of a device a copy would have filled the disk."""
    warehouse.publish(add(1))
    warehouse.path.unlink()
    put(warehouse.path)
    assert numbers(warehouse) == []
    warehouse.publish(add(2))
    assert numbers(warehouse) == [2]
    [aside] = litter(warehouse)
    assert aside.startswith("musictool.duckdb.aside-")


@_DAMAGED_HEADER
def test_a_flipped_bit_in_the_header_is_put_aside(warehouse: Warehouse, position: int) -> None:
    damaged(warehouse, flipped(position))
    warehouse.publish(add(2))
    assert numbers(warehouse) == [2]


@_DAMAGED_HEADER
def test_a_flipped_bit_in_the_header_reads_as_empty_tables(
    warehouse: Warehouse, position: int
) -> None:
    damaged(warehouse, flipped(position))
    assert numbers(warehouse) == []


def test_another_programs_database_reads_as_empty_tables(warehouse: Warehouse) -> None:
    warehouse.publish(add(1))
    assert numbers(warehouse) == [1], "that it is ours holds of this generation alone"
    warehouse.path.unlink()
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("CREATE TABLE one AS SELECT 7 AS n")
    assert numbers(warehouse) == []


def test_another_programs_database_is_put_aside_as_it_is(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    """What lies under our name may be somebody's only copy of something else."""
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("CREATE TABLE one AS SELECT 7 AS n")
    content = warehouse.path.read_bytes()
    with caplog.at_level(logging.WARNING, "musictool"):
        warehouse.publish(add(1))
    assert numbers(warehouse) == [1]
    [aside] = litter(warehouse)
    assert aside.startswith("musictool.duckdb.aside-")
    assert (warehouse.path.parent / aside).read_bytes() == content
    assert aside in caplog.text


def test_tables_of_another_form_are_made_anew(warehouse: Warehouse) -> None:
    warehouse.publish(add(1))
    later = Warehouse(warehouse.path, COUNTERS.replace("one (n INTEGER)", "one (n BIGINT)"))
    assert numbers(later) == []
    later.publish(add(2))
    assert numbers(later) == [2]
    assert len(litter(later)) == 1


def test_a_new_comment_on_a_table_makes_no_other_version(warehouse: Warehouse) -> None:
    """A better word in a description must not cost a generation."""
    warehouse.publish(add(1))
    described = Warehouse(warehouse.path, f"{COUNTERS}\nCOMMENT ON TABLE one IS 'counts';\n")
    described.publish(add(2))
    assert numbers(warehouse) == numbers(described) == [1, 2]
    assert litter(warehouse) == set()
    with described.read() as connection:
        told = "SELECT comment FROM duckdb_tables() WHERE table_name = 'one'"
        assert connection.execute(told).fetchall() == [("counts",)]


# ------------------------------------------------------------------ the form of the file


def storage_version(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE path = ?", [str(path)]
        ).fetchone()
    assert row
    return row[0]


@_FROM_NOTHING
def test_older_programs_can_open_every_generation(warehouse: Warehouse) -> None:
    """The newest form would shut out every program that comes with a DuckDB before 2.0."""
    for number in (1, 2):
        warehouse.publish(add(number))
        assert storage_version(warehouse.path) == f"{STORAGE_VERSION}+" == "v1.0.0+"


def test_a_file_of_the_newest_form_is_made_again_once(warehouse: Warehouse) -> None:
    """As an earlier version left it: the same tables in a file that older programs cannot open."""
    warehouse.publish(add(1))
    newest = warehouse.path.with_name("newest.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse.path}' AS published (READ_ONLY)")
        connection.execute(f"ATTACH '{newest}' AS newest")
        connection.execute("COPY FROM DATABASE published TO newest")
    newest.replace(warehouse.path)
    warehouse.path.with_name(f".{warehouse.path.name}.seal").unlink()
    assert storage_version(warehouse.path) == "v2.0.0+"
    assert numbers(warehouse) == []
    for number in (2, 3):
        warehouse.publish(add(number))
    assert numbers(warehouse) == [2, 3]
    assert storage_version(warehouse.path) == "v1.0.0+"
    assert len(litter(warehouse)) == 1


@pytest.mark.slow  # installs another DuckDB
def test_a_duckdb_before_2_0_reads_every_table_and_view(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.publish(add(1))
    venv.create(tmp_path / "older", with_pip=True)
    python = tmp_path / "older" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "duckdb<2"]
    if subprocess.run(install, check=False, capture_output=True).returncode:
        pytest.skip("no older DuckDB can be installed here")
    code = (
        "import duckdb, sys\n"
        "with duckdb.connect(sys.argv[1], read_only=True) as connection:\n"
        "    for name in sys.argv[2:]:\n"
        "        connection.execute(f'FROM {name}').fetchall()\n"
        "print(duckdb.__version__)\n"
    )
    names = ["one", *(it.name for it in (*TABLES, *VIEWS))]
    done = subprocess.run(
        [python, "-c", code, warehouse.path, *names], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout[:2]) == (0, "1."), done.stderr


# ------------------------------------------------------------------ beside other programs


def _hold_for_writing(path: Path, pipe: Connection) -> None:
    with duckdb.connect(str(path)):
        pipe.send("open")
        pipe.recv()


def test_a_program_that_holds_it_for_writing_stops_nobody(
    warehouse: Warehouse, start_process: StartProcess
) -> None:
    """DuckDB's own shell opens for writing unless told otherwise, and shuts out every reader."""
    warehouse.publish(add(1))
    here, there = Pipe()
    holder = start_process(_hold_for_writing, warehouse.path, there)
    assert here.recv() == "open"
    with pytest.raises(duckdb.IOException, match="lock"):
        duckdb.connect(str(warehouse.path), read_only=True)
    assert numbers(warehouse) == [1]
    warehouse.publish(add(2))
    here.send("end")
    holder.join(10)
    assert numbers(warehouse) == [1, 2]
    assert litter(warehouse) == set()


def _write_and_die(path: Path) -> None:
    connection = duckdb.connect(str(path))
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    connection.execute("INSERT INTO one VALUES (99)")
    connection.execute("INSERT INTO two VALUES (99)")
    os._exit(0)  # with the change in the log only


def test_an_intruders_log_does_not_spoil_the_next_generation(
    warehouse: Warehouse, start_process: StartProcess
) -> None:
    """Beside the next generation the log would be taken for that one's, and played into it."""
    warehouse.publish(add(1))
    start_process(_write_and_die, warehouse.path).join(10)
    assert litter(warehouse) == {"musictool.duckdb.wal"}
    warehouse.publish(add(2))
    assert numbers(warehouse) == [1, 2]
    assert litter(warehouse) == set()


def _write_to(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO one VALUES (99)")
        connection.execute("CREATE TABLE intruder (number INTEGER)")


def test_what_another_program_wrote_is_never_built_upon(
    warehouse: Warehouse, start_process: StartProcess
) -> None:
    """A row that somebody changed would stay for good: nothing says that it has to be made anew."""
    warehouse.publish(add(1))
    start_process(_write_to, warehouse.path).join(10)
    with warehouse.read() as connection:
        assert connection.execute("SELECT count(*) FROM one").fetchone() == (2,), "shown as it is"
    assert numbers(warehouse) == [], "and taken for nothing by whoever builds"
    warehouse.publish(add(2))
    assert numbers(warehouse) == [2]
    (aside,) = litter(warehouse)
    with duckdb.connect(str(warehouse.path.parent / aside), read_only=True) as connection:
        assert connection.execute("SELECT n FROM one ORDER BY n").fetchall() == [(1,), (99,)]
    warehouse.publish(add(3))
    assert numbers(warehouse) == [2, 3], "the next generation is ours again"


def test_killed_between_the_seal_and_the_replace_leaves_a_generation_that_is_ours(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.publish(add(1))
    copy = tmp_path / "next generation"
    copy.write_bytes(b"never put in place")
    warehouse._write_seal(copy)
    assert numbers(warehouse) == [1]
    warehouse.publish(add(2))
    assert numbers(warehouse) == [1, 2]


@pytest.mark.parametrize("step", [10**7, 10**9, 2 * 10**9])
def test_a_disk_that_keeps_times_in_steps_breaks_no_seal(warehouse: Warehouse, step: int) -> None:
    """On a USB stick every refresh would begin from nothing, and leave an old database behind."""
    warehouse.publish(add(1))
    time_ns = warehouse.path.stat().st_mtime_ns // step * step
    os.utime(warehouse.path, ns=(time_ns, time_ns))
    assert numbers(warehouse) == [1]


@pytest.mark.parametrize("seal", [None, b"", b"[[1]]", b"null"])
def test_without_a_usable_seal_the_database_counts_as_ours(
    warehouse: Warehouse, seal: bytes | None
) -> None:
    """Older versions made none, and a power cut may empty it."""
    warehouse.publish(add(1))
    if seal is None:
        warehouse._seal.unlink()
    else:
        warehouse._seal.write_bytes(seal)
    assert numbers(warehouse) == [1]


def test_what_killed_writers_left_is_removed(warehouse: Warehouse) -> None:
    warehouse.publish(add(1))
    for name in (".musictool.duckdb.1-1.tmp", ".musictool.duckdb.1-1.tmp.wal"):
        (warehouse.path.parent / name).write_bytes(b"half")
    for name in (".other.duckdb.1-1.tmp", "notes.tmp", "musictool.duckdb.bak"):
        (warehouse.path.parent / name).write_bytes(b"not ours")
    warehouse.publish(add(2))
    assert litter(warehouse) == {".other.duckdb.1-1.tmp", "notes.tmp", "musictool.duckdb.bak"}


# ------------------------------------------------------------------ several at once


def _hold_open(path: Path, pipe: Connection) -> None:
    with Warehouse(path, COUNTERS).read() as connection:
        while True:
            pipe.send(connection.execute("SELECT n FROM one ORDER BY n").fetchall())
            if pipe.recv() == "end":
                return


def test_a_reader_keeps_its_generation_and_blocks_nobody(
    warehouse: Warehouse, start_process: StartProcess
) -> None:
    """An open dashboard must not stop a refresh, nor a refresh the dashboard."""
    warehouse.publish(add(1))
    here, there = Pipe()
    reader = start_process(_hold_open, warehouse.path, there)
    assert here.recv() == [(1,)]
    began = time.monotonic()
    for number in (2, 3):
        warehouse.publish(add(number))
    assert time.monotonic() - began < 5
    here.send("again")
    assert here.poll(10)
    assert here.recv() == [(1,)]
    assert numbers(warehouse) == [1, 2, 3]
    here.send("end")
    reader.join(10)
    assert reader.exitcode == 0


def test_a_reader_in_the_same_process_blocks_nobody_either(warehouse: Warehouse) -> None:
    warehouse.publish(add(1))
    with warehouse.read() as connection:
        warehouse.publish(add(2))
        assert connection.execute("SELECT n FROM one").fetchall() == [(1,)]
    assert numbers(warehouse) == [1, 2]


def _publish_some(path: Path, first: int) -> None:
    warehouse = Warehouse(path, COUNTERS)
    for number in range(first, first + 4):
        warehouse.publish(add(number))


def test_concurrent_publishers_lose_no_change(
    warehouse: Warehouse, start_process: StartProcess
) -> None:
    warehouse.publish(add(-1))
    publishers = [start_process(_publish_some, warehouse.path, first) for first in (0, 10, 20)]
    while any(publisher.is_alive() for publisher in publishers):
        numbers(warehouse)
    assert [publisher.exitcode for publisher in publishers] == [0, 0, 0]
    assert numbers(warehouse) == [-1, *(first + n for first in (0, 10, 20) for n in range(4))]
    assert litter(warehouse) == set()


def _publish_for_ever(path: Path, running: Path) -> None:
    warehouse = Warehouse(path, COUNTERS)
    number = 0
    while True:
        number += 1
        warehouse.publish(add(number))
        running.touch()


@_FROM_NOTHING
def test_the_first_generation_may_come_while_one_looks(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def while_another_publishes(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        monkeypatch.setattr(generations, "attached", attached)
        try:
            with attached(path) as connection:
                yield connection
        finally:
            warehouse.publish(add(1))

    monkeypatch.setattr(generations, "attached", while_another_publishes)
    assert numbers(warehouse) in ([], [1])


def test_what_was_opened_while_a_generation_came_is_not_read(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its header may be the old one's."""
    warehouse.publish(add(1))
    opened: list[Path] = []

    @contextmanager
    def of_two_generations(
        path: Path, form: str = "", beside: Path | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        if not form:  # else it is written
            opened.append(path)
            if len(opened) == 1:
                warehouse.publish(add(2))
                path = MEMORY
        with attached(path, form, beside) as connection:
            yield connection

    monkeypatch.setattr(generations, "attached", of_two_generations)
    assert numbers(warehouse) == [1, 2]
    assert opened == [warehouse.path] * 2


@pytest.mark.slow  # the suite kills at each of the places: torture/test_points_of_death.py
@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_killed_at_any_moment_a_whole_generation_is_left(
    tmp_path: Path, start_process: StartProcess
) -> None:
    dice = random.Random(4)
    torn = 0
    for round_ in range(8):
        warehouse = Warehouse(tmp_path / f"{round_}" / "x.duckdb", COUNTERS)
        warehouse.path.parent.mkdir()
        running = tmp_path / f"{round_}.running"
        writer = start_process(_publish_for_ever, warehouse.path, running)
        while not running.exists():
            assert writer.is_alive()
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.12))
        writer.kill()
        writer.join(10)
        torn += bool(litter(warehouse))
        left = numbers(warehouse)
        assert left == list(range(1, len(left) + 1))
        assert left
        warehouse.publish(add(len(left) + 1))  # the kernel has let go of the lock
        assert numbers(warehouse) == [*left, len(left) + 1]
        assert litter(warehouse) == set()
    assert torn  # or the kills never hit a publish, and the test shows nothing


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_nobody_else_can_put_a_link_where_a_generation_is_made(warehouse: Warehouse) -> None:
    """DuckDB follows one, at the log beside the file too, whose name is known once the file is
    seen."""
    warehouse.publish(add(1))
    seen: list[int] = []

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        seen.extend(path.stat().st_mode for path in warehouse.path.parent.glob(".*.tmp*"))
        add(2)(connection)

    warehouse.publish(change)
    assert [stat.S_ISDIR(mode) and stat.S_IMODE(mode) for mode in seen] == [0o700]
    assert numbers(warehouse) == [1, 2]
    assert litter(warehouse) == set()


def test_what_a_killed_writer_left_is_removed_if_nothing_is_published(warehouse: Warehouse) -> None:
    """Killed after the last generation of a refresh: the next one finds its tables made."""
    warehouse.publish(add(1))
    left_over = warehouse.path.with_name(f".{warehouse.path.name}.killed.tmp")
    left_over.mkdir()
    warehouse.sweep()
    assert not left_over.exists()
    assert numbers(warehouse) == [1]


def test_what_a_killed_writer_left_is_removed(warehouse: Warehouse, tmp_path: Path) -> None:
    data = warehouse.path.parent
    (data / ".musictool.duckdb.1.tmp").mkdir()
    (data / ".musictool.duckdb.1.tmp" / "musictool.duckdb").touch()
    (data / ".musictool.duckdb.2-3.tmp").touch()  # an earlier version's
    (tmp_path / "mine").mkdir()
    (data / ".musictool.duckdb.4.tmp").symlink_to(tmp_path / "mine")
    warehouse.publish(add(1))
    assert litter(warehouse) == set()
    assert (tmp_path / "mine").exists()
