"""`python -m musictool_pipeline.demo`: from nothing to finished tables, and a second time for free.
One demo is always run; what comes after it, and its other forms, are slow.

What the sample holds and how the stand-in answers is tested beside it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.demo.__main__ import _prepare, main
from musictool_pipeline.demo.environment import demo_environment, demo_folder
from musictool_pipeline.demo.sample import LIBRARY_NAME
from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES, read_settings
from musictool_pipeline_tests.invented_library import demo_library
from musictool_pipeline_tests.sample_data import SampleCollection, demo_collection

TOKEN = "mYoWnToKeN"

Completed = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Demo:
    """A demo, run by somebody with settings of their own, behind a proxy that does not answer."""

    folder: Path
    sample: SampleCollection
    environment: Mapping[str, str]
    first: Completed

    def again(self, *arguments: str) -> Completed:
        return _run(self.folder, self.environment, *arguments)

    def table(self, folder: str, name: str, left_out: Collection[str]) -> str:
        """All rows, without those columns."""
        database = self.folder / "data" / folder / "musictool.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            described = connection.execute(f"DESCRIBE main.{name}").fetchall()
            columns = ", ".join(column for column, *_ in described if column not in left_out)
            rows = connection.execute(f"SELECT {columns} FROM main.{name} ORDER BY ALL").fetchall()
        # The demo's own folder is in the library's paths.
        return str(rows).replace(folder, "demo")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    for name in ("home", "tmp", "own-dagster"):
        (folder / name).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT_ROOT),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "user-cache"),
        **dict.fromkeys(SETTING_NAMES, ""),
        "MUSICTOOL_DATA_DIR": str(folder / "data"),
        "MUSICTOOL_LOGS_DIR": str(folder / "own-logs"),
        "MUSICTOOL_COLLECTION_CSV": str(folder / "mine.csv"),
        "DISCOGS_API_KEY": TOKEN,
        "DISCOGS_API_URL": "http://127.0.0.1:1",
        "DAGSTER_HOME": str(folder / "own-dagster"),
        "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
    }

    return Demo(folder, demo_collection(), environment, _run(folder, environment))


def _run(folder: Path, environment: Mapping[str, str], *arguments: str) -> Completed:
    return subprocess.run(
        [sys.executable, "-m", "musictool_pipeline.demo", *arguments],
        env=environment,
        cwd=folder / "home",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def test_the_first_demo_shows_what_came_of_it(demo: Demo) -> None:
    out = demo.first.stdout
    assert demo.first.returncode == 0, out + demo.first.stderr
    assert demo.first.stderr == ""
    assert "An invented collection of 60 releases" in out
    assert f"59 of 60 releases expanded, {demo.sample.track_count} tracks" in out
    for table in ("What is on the records (expanded_tracks)", "By format"):
        assert "│" in out.partition(table)[2]
    assert "61 requests were sent" in out


def test_it_says_where_to_look_next_and_that_is_there(demo: Demo) -> None:
    found = re.search(r"^The database: +(\S+\.duckdb)", demo.first.stdout, re.M)
    assert found
    with duckdb.connect(found[1], read_only=True) as connection:
        tracks = connection.execute("SELECT count(*) FROM expanded_tracks").fetchone()
    assert tracks == (demo.sample.track_count,)
    assert "`musictool ui`" in demo.first.stdout


def test_every_outcome_of_the_gap_analysis_is_shown(demo: Demo) -> None:
    database = demo.folder / "data" / "demo" / "musictool.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        counts = dict(
            connection.execute("SELECT status, count(*) FROM gap_analysis GROUP BY ALL").fetchall()
        )
    assert set(counts) == {"owned", "other_version", "review", "missing"}
    assert sum(counts.values()) == demo.sample.track_count
    shown = demo.first.stdout.partition("Which of these are there as files (gap_analysis)")[2]
    for status, count in counts.items():
        assert re.search(rf"│ {status} +│ +{count} │", shown), status


def test_the_examples_of_reasons_fit_a_terminal(demo: Demo) -> None:
    """DuckDB breaks what does not fit 80 columns, inside a word."""
    shown = demo.first.stdout.partition("Which of these are there as files (gap_analysis)")[2]
    drawn = [line for line in shown.splitlines() if line.startswith("│")]
    assert drawn
    assert max(map(len, drawn)) <= 80


def test_it_ends_with_the_beginning_of_the_rip_list(demo: Demo) -> None:
    shown = demo.first.stdout.partition("The beginning of the rip list (musictool gaps)\n")[2]
    assert shown.startswith(f"{demo.sample.track_count} tracks: ")
    assert len(re.findall(r"^\S.*: \d+ of \d+ missing$", shown, re.M)) == 3
    assert re.search(r"^and \d+ more records", shown, re.M)


def test_the_library_is_written_once_and_read_only(demo: Demo) -> None:
    library = demo.folder / "data" / "demo" / LIBRARY_NAME
    assert library.read_bytes() == demo_library(demo.sample).nml


@pytest.mark.slow
def test_the_second_demo_sends_nothing_and_shows_the_same(demo: Demo) -> None:
    second = demo.again()
    assert second.returncode == 0, second.stdout + second.stderr
    assert "\n0 requests sent: every tracklist was there already.\n" in second.stdout
    assert "sends none" not in second.stdout
    assert "0 tracklists fetched with 0 requests" in second.stdout
    shown = demo.first.stdout.partition("The beginning of the rip list (musictool gaps)\n")[2]
    assert shown.partition("\n61 requests")[0] in second.stdout
    assert TOKEN not in second.stdout


# What another source of the collection may have otherwise: when, and from where, a row came.
NOT_IN_AN_EXPORT = {"created_at", "expanded_date", "fetched_at", "csv_line", "instance_id"}


@pytest.mark.slow
def test_with_the_collection_from_the_api_it_ends_in_the_same_tables(demo: Demo) -> None:
    live = demo.again("--live")
    assert live.returncode == 0, live.stdout + live.stderr
    assert "63 of 63 copies" in live.stdout
    assert "64 requests were sent; run `musictool demo --live` again" in live.stdout
    assert not list((demo.folder / "data" / "demo-live").glob("*.csv"))
    for table in TABLES:
        rows = demo.table("demo", table.name, NOT_IN_AN_EXPORT)
        assert demo.table("demo-live", table.name, NOT_IN_AN_EXPORT) == rows, table.name
        assert rows != "[]" or table.name in EMPTY_IN_THE_DEMO


# Nothing changed yet, no file is there twice, and no wantlist is set.
EMPTY_IN_THE_DEMO = {
    "collection_changes",
    "digital_duplicates",
    "wantlist_items",
    "wanted_tracks",
    "wanted_gaps",
}

# What no dump can know: where an answer came from, when, and what it took.
NOT_IN_A_DUMP = {
    "releases": {"fetched_at", "requests"},
    "expanded_tracks": {"source", "expanded_date", "created_at"},
}


@pytest.mark.slow
def test_the_demo_that_begins_with_a_dump_ends_in_the_same_tables(demo: Demo) -> None:
    from_dump = demo.again("--dump")
    assert from_dump.returncode == 0, from_dump.stdout + from_dump.stderr
    assert "58 tracklists imported" in from_dump.stdout
    assert "\n3 requests were sent; run `musictool demo --dump` again" in from_dump.stdout
    for table in TABLES:
        left_out = NOT_IN_A_DUMP.get(table.name, ())
        rows = demo.table("demo", table.name, left_out)
        assert demo.table("demo-dump", table.name, left_out) == rows, table.name
    database = demo.folder / "data" / "demo-dump" / "musictool.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        sources = connection.execute(
            "SELECT source, count(DISTINCT discogs_release_id) FROM expanded_tracks "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert sources == [("api", 1), ("dump", 57)]


def test_nobody_begins_with_a_dump_and_reads_the_collection_from_the_api() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--live", "--dump"])
    assert refused.value.code == 2


def test_it_keeps_out_of_ones_own_collection(demo: Demo) -> None:
    """Dagster's partitions stay for ever: sixty invented records would stand among one's own."""
    names = {path.name for path in (demo.folder / "data").iterdir()}
    assert {"demo"} <= names <= {"demo", "demo-dump", "demo-live"}
    assert list((demo.folder / "own-dagster").iterdir()) == []
    assert not (demo.folder / "own-logs").exists()
    assert list((demo.folder / "home").iterdir()) == []


def test_ones_own_token_is_not_used_and_not_shown(demo: Demo) -> None:
    assert TOKEN not in demo.first.stdout
    assert "DISCOGS_API_KEY not found" in demo.first.stdout


def test_its_settings_can_be_read(tmp_path: Path) -> None:
    folder = demo_folder(tmp_path)
    settings = read_settings(demo_environment(folder), tmp_path)
    assert (settings.data_dir, settings.logs_dir) == (folder, folder / "logs")
    assert (settings.token, settings.username, settings.collection_csv) == (None, None, None)
    assert settings.dagster_home == folder / "dagster"
    others = {demo_folder(tmp_path, live=True), demo_folder(tmp_path, from_dump=True)}
    assert len(others | {folder}) == 3


def test_its_settings_name_nothing_that_is_no_setting() -> None:
    assert set(demo_environment(Path("demo"))) <= set(SETTING_NAMES)


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_in_the_demos_folder_is_not_written_through(tmp_path: Path) -> None:
    sample, folder = demo_collection(), tmp_path / "demo"
    folder.mkdir()
    (tmp_path / "diary").write_text("mine")
    (folder / sample.export_name).symlink_to(tmp_path / "diary")
    _prepare(folder, sample, live=False)
    assert (tmp_path / "diary").read_text() == "mine"
    assert (folder / sample.export_name).read_bytes() == sample.export_csv
