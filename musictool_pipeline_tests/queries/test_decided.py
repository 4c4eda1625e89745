"""Decisions against the published tables: the database finds the same files as the gap analysis."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.decisions_file import read_overrides
from musictool_pipeline.core.file_facts import facts_of, tags_mark
from musictool_pipeline.core.file_places import file_of
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


@pytest.mark.parametrize(
    ("in_the_library", "decided_on"),
    [
        ("C:\\Music\\\u00c4.mp3", "/mnt/c/Music/\u00c4.mp3"),
        ("/mnt/c/Music/\u00c4.mp3", "C:/MUSIC/A\u0308.mp3"),
        ("/Volumes/Macintosh HD/Users/me/a.mp3", "/Users/Me/a.mp3"),
        ("/home/me/A.mp3", "home/me/A.mp3"),
        ("Stick/a.mp3", "Stick/a.mp3"),
    ],
)
def test_a_file_is_found_by_each_name_by_which_the_gap_analysis_finds_it(
    in_the_library: str, decided_on: str, tmp_path: Path
) -> None:
    """Else the decision counts, and `decide --list` says that it has no effect."""
    file = sample.digital("dd", "Goldie", "Jah", path=in_the_library)
    entry = {it: file[it] for it in ("digital_id", "source", "path", "is_music")}
    entry |= {"library": "a.nml", "number": 1, "file": file_of(in_the_library)}
    database = tmp_path / "musictool.duckdb"
    sample.publish(
        database,
        **{**sample.EVERYTHING, "digital_tracks": [file], "pipeline.library_tracks": [entry]},
    )
    overrides = read_overrides(f"{HEADER}1,1,same,{decided_on},,,\n".encode())
    with open_tables(database) as tables:
        decided = read_decided(tables.connection, overrides)
    assert [it.digital_id for it in decided.by_track.values()] == ["dd"]
    assert decided.problems == ()


def test_what_is_kept_of_a_file_is_what_finds_it_again(database: Path) -> None:
    with open_tables(database) as tables:
        assert read_facts(tables.connection, "cc") == facts_of(77, 90.0, None, None)
        assert read_facts(tables.connection, "aa") == facts_of(None, 300, "Caf\u00e9", "L\u00f6we")
        assert read_facts(tables.connection, "zz") is None
        assert read_facts(tables.connection, None) is None
