"""The checks: each notices what it is there for, and a blocking one stops what would be built."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.orchestration import checks
from musictool_pipeline.orchestration.checks import CHECKS, Check, CheckFinding, Evidence
from musictool_pipeline.tables.published import PublishedTables
from musictool_pipeline_tests.orchestration.conftest import Project


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Empty tables as they are published, but without what DuckDB itself refuses."""
    with duckdb.connect(":memory:") as connection:
        for table in TABLES:
            columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
        yield connection


def found(name: str, database: duckdb.DuckDBPyConnection, **now: float) -> CheckFinding:
    [check] = [it for of_asset in CHECKS.values() for it in of_asset if it.name == name]
    before = {key.removesuffix("_before"): it for key, it in now.items() if key.endswith("_before")}
    return check.look(Evidence(PublishedTables(database), now, lambda: before))


def test_a_sound_table_passes(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("INSERT INTO releases (release_id) VALUES (1), (2)")
    assert found("releases_is_sound", database) == CheckFinding(
        True, {"rows": 2, "distinct_keys": 2, "without_key": 0}
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("SELECT 1", "releases is empty."),
        ("INSERT INTO releases (release_id) VALUES (1), (1)", "1 rows have the release_id of"),
        ("INSERT INTO releases (artist) VALUES ('Goldie')", "1 rows lack release_id."),
        ("ALTER TABLE releases DROP COLUMN label", "other columns than it should: label."),
        ("ALTER TABLE releases ALTER release_year TYPE VARCHAR", "should: release_year."),
    ],
)
def test_an_unsound_table_does_not(
    database: duckdb.DuckDBPyConnection, change: str, says: str
) -> None:
    database.execute(change)
    finding = found("releases_is_sound", database)
    assert not finding.passed
    assert finding.text is not None
    assert says in finding.text


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ("DELETE FROM gap_analysis", "tracks_without_row"),
        ("DELETE FROM expanded_tracks", "rows_without_track"),
        ("UPDATE gap_analysis SET status = 'found'", "rows_of_no_known_status"),
        ("UPDATE gap_analysis SET confidence = 101", "rows_of_no_known_status"),
        ("DELETE FROM digital_tracks", "rows_of_no_known_file"),
    ],
)
def test_a_gap_analysis_that_is_not_whole(
    database: duckdb.DuckDBPyConnection, change: str, figure: str
) -> None:
    database.execute("INSERT INTO expanded_tracks (id) VALUES (7)")
    database.execute("INSERT INTO digital_tracks (digital_id) VALUES ('f')")
    database.execute(
        "INSERT INTO gap_analysis (track_id, status, confidence, digital_id) "
        "VALUES (7, 'owned', 90, 'f')"
    )
    assert found("gap_analysis_is_whole", database).passed
    database.execute(change)
    finding = found("gap_analysis_is_whole", database)
    assert not finding.passed
    assert finding.metadata[figure] == 1


def test_a_fall_warns_and_a_small_one_does_not(database: duckdb.DuckDBPyConnection) -> None:
    row_count = "dagster/row_count"
    name = "release_count_did_not_fall"
    assert found(name, database, **{row_count: 90, f"{row_count}_before": 100}).passed
    assert not found(name, database, **{row_count: 89, f"{row_count}_before": 100}).passed
    assert found(name, database, **{row_count: 1}).passed, "there was nothing before"
    name = "share_owned_did_not_fall"
    assert found(name, database, share_owned=0.45, share_owned_before=0.5).passed
    assert not found(name, database, share_owned=0.44, share_owned_before=0.5).passed


def test_nothing_is_built_on_what_a_blocking_check_refuses(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table itself was published, and says so; what would be made of it stays as it was."""
    refuses = Check(
        "releases_is_sound",
        "Never.",
        lambda evidence: CheckFinding(False, text="No."),
        blocking=True,
    )
    others = CHECKS["releases"][1:]
    monkeypatch.setitem(checks.CHECKS, "releases", [refuses, *others])  # type: ignore[arg-type]
    project.write_export([101])
    result = project.refresh()
    assert not result.success
    made = [
        name
        for name in ("releases", "discogs_tracklists", "expanded_tracks", "gap_analysis")
        if result.asset_materializations_for_node(name)
    ]
    assert made == ["releases"]
    assert project.discogs.requests == []
