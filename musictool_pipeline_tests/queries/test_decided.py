"""Decisions against the published tables: the database finds the same files as the gap analysis."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.decisions_file import read_overrides
from musictool_pipeline.core.file_facts import facts_of, tags_mark
from musictool_pipeline.queries.decided import read_decided, read_facts
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app import judged_collection as sample

LIBRARY = [
    sample.digital("aa", "Cafe\u0301", "L\u00f6we", path="/new/a.mp3", duration_seconds=300.2),
    sample.digital("bb", "Other", "Tune", path="/b.mp3", duration_seconds=300.0),
    sample.digital("cc", None, None, path="/c.wav", duration_seconds=90.0, file_size_bytes=77),
]
MARK = tags_mark("Caf\u00e9", "Lo\u0308we")
HEADER = "discogs_release_id,track_number,decision,digital,file_size,file_length,file_tags\n"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("decided") / "musictool.duckdb"
    sample.publish(path, **{**sample.EVERYTHING, "digital_tracks": LIBRARY})
    return path


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("/b.mp3,,,", "bb"),
        (f"/old/a.mp3,,300,{MARK}", "aa"),
        (f"/old/a.mp3,123,300,{MARK}", "aa"),
        (f"/old/a.mp3,,200,{MARK}", None),
        ("/old/c.wav,77,90,", "cc"),
        ("/old/c.wav,78,90,", None),
        ("/old/c.wav,,,", None),
    ],
)
def test_a_file_is_found_by_its_name_or_by_its_facts(
    row: str, found: str | None, database: Path
) -> None:
    overrides = read_overrides(f"{HEADER}1,1,same,{row}\n".encode())
    with open_tables(database) as tables:
        decided = read_decided(tables.connection, overrides)
    assert [it.digital_id for it in decided.by_track.values()] == ([found] if found else [])
    assert len(decided.problems) == (0 if found else 1)
    assert len(decided.remarks) == (1 if found and found != "bb" else 0)


def test_what_is_kept_of_a_file_is_what_finds_it_again(database: Path) -> None:
    with open_tables(database) as tables:
        assert read_facts(tables.connection, "cc") == facts_of(77, 90.0, None, None)
        assert read_facts(tables.connection, "aa") == facts_of(None, 300, "Caf\u00e9", "L\u00f6we")
        assert read_facts(tables.connection, "zz") is None
        assert read_facts(tables.connection, None) is None
