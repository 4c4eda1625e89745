"""Gap analysis, duplicates and statistics: one row for each track, made anew when it has to be and
not otherwise."""

from __future__ import annotations

import csv
import inspect
import io
import json
import re
import shutil
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from musictool_pipeline.core import duplicates
from musictool_pipeline.core.file_facts import tags_mark
from musictool_pipeline.core.matching.parsing.reading import TrackReadings
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.errors import SettingsError, StorageError
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.queries.decided import read_decided
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables import judging, verdicts
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.gaps import (
    GapResult,
    build_gap_analysis,
    build_statistics,
    known_problems,
)
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline.tables.library import load_digital_tracks
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.tracklists import expand
from musictool_pipeline.tables.verdicts import GapOptions
from musictool_pipeline_tests.libraries.written_libraries import (
    entry,
    location,
    nml,
    rekordbox,
)
from musictool_pipeline_tests.sample_data import EXPORT_HEADER
from musictool_pipeline_tests.tables.asking import ask

RECORDS = {
    11: ("Goldie", ["Inner City Life", "Saint Angel"], "1994", "House", "FFRR"),
    12: ("Photek", ["Ni-Ten-Ichi-Ryu", "The Fifth Column"], "1997", "Crate", "Science"),
}


def answer(release_id: int) -> bytes:
    artist, titles, year, _, label = RECORDS[release_id]
    return json.dumps(
        {
            "id": release_id,
            "title": titles[0],
            "year": int(year),
            "artists": [{"name": artist}],
            "labels": [{"name": label, "catno": "X 1"}],
            "genres": ["Electronic", "Jazz"],
            "formats": [{"name": "Vinyl", "qty": "1"}],
            "tracklist": [
                {"position": position, "type_": "track", "title": title, "duration": "5:00"}
                for position, title in zip("AB", titles, strict=True)
            ],
        }
    ).encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path, data_dir=tmp_path / "data")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the two records, made once and copied for each test."""
    data = tmp_path_factory.mktemp("made")
    settings = Settings(root=data, data_dir=data)
    text = io.StringIO()
    writer = csv.DictWriter(text, list[str](EXPORT_HEADER))
    writer.writeheader()
    for release_id, (artist, titles, year, folder, label) in RECORDS.items():
        row = dict.fromkeys(EXPORT_HEADER, "") | {
            "Artist": artist, "Title": titles[0], "Label": label, "Released": year,
            "release_id": str(release_id), "CollectionFolder": folder,
            "Date Added": "2020-01-01 00:00:00",
        }  # fmt: skip
        writer.writerow(row)
    path = settings.data_dir / "me-collection-20260101-1200.csv"
    path.write_text(text.getvalue())
    warehouse = Warehouse(settings.database)
    load_collection(warehouse, load_export(path))
    cache = TracklistCache(settings.cache_dir)
    for release_id in RECORDS:
        cache.write(release_id, answer(release_id), status=FETCHED, fetched_at=datetime.now(UTC))
    expand(warehouse, cache)
    return data


@pytest.fixture
def warehouse(settings: Settings, made: Path) -> Warehouse:
    """A collection of two records with two tracks each, and no library."""
    shutil.copytree(made, settings.data_dir, dirs_exist_ok=True)
    return Warehouse(settings.database)


def own(settings: Settings, warehouse: Warehouse, *files: tuple[str, str, str]) -> None:
    """A library with these files: name, artist, title; each lasts five minutes."""
    (settings.data_dir / "collection.nml").write_text(
        nml(*(entry(location(name), ARTIST=artist, TITLE=title) for name, artist, title in files))
    )
    load_digital_tracks(warehouse, settings)


def statuses(warehouse: Warehouse) -> list[str]:
    rows = ask(
        warehouse, "SELECT status FROM gap_analysis ORDER BY discogs_release_id, track_number"
    )[1]
    return [status for (status,) in rows]


def build(settings: Settings, warehouse: Warehouse, **options: object) -> GapResult:
    return build_gap_analysis(
        warehouse,
        settings.overrides_file,
        GapOptions(**options),  # type: ignore[arg-type]
    )


def test_one_row_for_each_track_with_what_is_known_of_it(settings: Settings, warehouse: Warehouse):
    own(
        settings,
        warehouse,
        ("a.mp3", "Goldie", "Inner City Life"),
        ("b.mp3", "Goldie", "Saint Angel (Instrumental)"),
    )
    result = build(settings, warehouse)
    assert (result.tracks, result.judged, result.published) == (4, 4, True)
    assert statuses(warehouse) == ["owned", "other_version", "missing", "missing"]
    names, rows = ask(warehouse, "SELECT * FROM gap_analysis ORDER BY track_id")
    owned, other, missing, _ = (dict(zip(names, row, strict=True)) for row in rows)
    assert owned["track_id"] == 11_000_001
    assert owned["digital_path"] == r"C:\Music\a.mp3"
    assert (owned["digital_artist"], owned["digital_title"]) == ("Goldie", "Inner City Life")
    assert (owned["label"], owned["catalog_number"], owned["position"]) == ("FFRR", "X 1", "A")
    assert owned["overridden"] is False
    assert json.loads(owned["alternatives"]) == []
    [alternative] = json.loads(other["alternatives"])
    assert set(alternative) == {
        "digital_id", "digital_path", "status", "confidence", "reason",
    }  # fmt: skip
    assert alternative["digital_path"] == r"C:\Music\b.mp3"
    assert missing["digital_id"] is missing["digital_path"] is None
    assert missing["discogs_url"] == "https://www.discogs.com/release/12"
    assert "Photek%20Ni-Ten-Ichi-Ryu" in missing["juno_url"]


def test_nothing_is_computed_where_nothing_changed(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
    build(settings, warehouse)
    monkeypatch.setattr(judging, "match_all", lambda *_: pytest.fail("judged again"))
    result = build(settings, warehouse)
    assert (result.tracks, result.judged, result.published) == (4, 0, False)
    assert not build_statistics(warehouse)


@pytest.mark.parametrize("change", ["library", "overrides", "options", "code"])
def test_it_is_made_anew_when_anything_changed(
    settings: Settings, warehouse: Warehouse, change: str, monkeypatch: pytest.MonkeyPatch
):
    """A stale row sends its owner to a shop for what he has."""
    build(settings, warehouse)
    options: dict[str, object] = {}
    match change:
        case "library":
            own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
        case "overrides":
            settings.overrides_file.write_text("discogs_release_id,track_number,decision\n")
        case "options":
            options = {"confidence": 90}
        case _:
            monkeypatch.setattr(verdicts, "code_of", lambda *_: "other code")
    assert build(settings, warehouse, **options).published


def test_where_only_tracks_changed_their_records_alone_are_judged(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    """Last Saturday's find may not cost what twenty years of collecting did; and what is left as it
    was has to be what judging it again would say."""
    own(
        settings,
        warehouse,
        ("a.mp3", "Goldie", "Kemistry"),
        ("b.mp3", "Photek", "The Seventh Seal"),
    )
    build(settings, warehouse)
    assert statuses(warehouse) == ["missing"] * 4
    monkeypatch.setitem(
        RECORDS, 12, ("Photek", ["Ni-Ten-Ichi-Ryu", "The Seventh Seal"], "1997", "Crate", "Science")
    )
    cache = TracklistCache(settings.cache_dir)
    cache.write(12, answer(12), status=FETCHED, fetched_at=datetime.now(UTC))
    expand(warehouse, cache)
    result = build(settings, warehouse)
    # The tracks of a record are judged together: what one is depends on the others.
    assert (result.tracks, result.judged) == (4, 2)
    assert statuses(warehouse) == ["missing", "missing", "missing", "owned"]
    rows = sorted(ask(warehouse, "SELECT * FROM gap_analysis")[1])
    monkeypatch.setattr(verdicts, "code_of", lambda *_: "other code")
    assert build(settings, warehouse).judged == 4
    assert sorted(ask(warehouse, "SELECT * FROM gap_analysis")[1]) == rows


SHELF = tuple(
    (f"{number}.mp3", f"Somebody{number}", f"Another Tune {number}") for number in range(60)
)
FIRST = ("first.mp3", "Goldie", "Inner City Life")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, made: Path) -> Path:
    """A data folder with the two records and 61 files, judged once and copied for each test."""
    data = shutil.copytree(made, tmp_path_factory.mktemp("judged") / "data")
    settings = Settings(root=data, data_dir=data)
    warehouse = Warehouse(settings.database)
    own(settings, warehouse, *SHELF, FIRST)
    build(settings, warehouse)
    return data


def rows(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return sorted(ask(warehouse, "SELECT * FROM gap_analysis")[1])


@pytest.mark.parametrize(
    ("library", "records"),
    [
        ((*SHELF, FIRST, ("more.mp3", "Photek", "The Fifth Column")), {12}),  # one more
        (SHELF, {11}),  # one less
        ((*SHELF, ("first.mp3", "Goldie", "Saint Angel")), {11}),  # one that was tagged anew
        ((*SHELF, ("moved.mp3", "Goldie", "Inner City Life")), {11}),
        ((*SHELF, FIRST, ("more.mp3", "Nobody", "Unheard Of")), set()),
    ],
)
def test_a_file_more_or_less_judges_only_the_records_that_it_could_concern(
    settings: Settings,
    judged: Path,
    library: tuple[tuple[str, str, str], ...],
    records: set[int],
    monkeypatch: pytest.MonkeyPatch,
):
    shutil.copytree(judged, settings.data_dir, dirs_exist_ok=True)
    warehouse = Warehouse(settings.database)
    own(settings, warehouse, *library)
    again: list[int] = []
    real = judging.match_all

    def judging_all(tracks: list[VinylTrack], *rest: object) -> object:
        again.extend(track.release_id for track in tracks)
        return real(tracks, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "match_all", judging_all)
    assert build(settings, warehouse).judged == 2 * len(records)
    assert set(again) == records
    found = rows(warehouse)
    monkeypatch.setattr(verdicts, "code_of", lambda *_: "other code")
    assert build(settings, warehouse).judged == 4
    assert rows(warehouse) == found


def test_a_decision_follows_its_file(settings: Settings, warehouse: Warehouse):
    """The file is called like none of the tracks: only the decision names it."""
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital\n12,B,same,C:/Music/mine.mp3\n"
    )
    own(settings, warehouse, *SHELF)
    build(settings, warehouse)
    assert statuses(warehouse)[3] == "missing"
    own(settings, warehouse, *SHELF, ("mine.mp3", "Nobody", "Unheard Of"))
    result = build(settings, warehouse)
    assert (result.judged, statuses(warehouse)[3], result.problems) == (2, "owned", ())
    own(settings, warehouse, *SHELF)
    result = build(settings, warehouse)
    assert (result.judged, statuses(warehouse)[3], len(result.problems)) == (2, "missing", 1)


def test_a_decision_follows_its_file_to_another_name(settings: Settings, warehouse: Warehouse):
    """The whole library was sorted into other folders: no decision may be lost by it."""
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital,file_size,file_length,file_tags\n"
        f"12,B,same,C:/Music/mine.mp3,,300,{tags_mark('Nobody', 'Unheard Of')}\n"
    )
    own(settings, warehouse, *SHELF, ("mine.mp3", "Nobody", "Unheard Of"))
    build(settings, warehouse)
    own(settings, warehouse, *SHELF, ("renamed.mp3", "Nobody", "Unheard Of"))
    result = build(settings, warehouse)
    assert (result.judged, statuses(warehouse)[3], result.problems) == (2, "owned", ())
    twice = (("renamed.mp3", "Nobody", "Unheard Of"), ("copy.mp3", "Nobody", "Unheard Of"))
    own(settings, warehouse, *SHELF, *twice)
    result = build(settings, warehouse)
    assert (result.judged, statuses(warehouse)[3], len(result.problems)) == (2, "missing", 1)


def test_a_decision_that_keeps_nothing_of_its_file_follows_it_too(
    settings: Settings, warehouse: Warehouse
):
    """A row of an older version, or one written by hand: each refresh that finds the file notes
    what it holds."""
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital\n12,B,same,C:/Music/mine.mp3\n"
    )
    written = settings.overrides_file.read_bytes()
    for title in ("Unheard Of", "Tagged Better"):
        own(settings, warehouse, *SHELF, ("mine.mp3", "Nobody", title))
        assert build(settings, warehouse).problems == ()
    for name in ("renamed.mp3", "again.mp3"):
        own(settings, warehouse, *SHELF, (name, "Nobody", "Tagged Better"))
        assert (build(settings, warehouse).problems, statuses(warehouse)[3]) == ((), "owned")
        overrides, _ = load_overrides(settings.overrides_file)
        with open_tables(settings.database) as tables:
            (remark,) = read_decided(tables.connection, overrides).remarks
        assert f"the decision holds for C:\\Music\\{name}" in remark.text
    assert settings.overrides_file.read_bytes() == written


def test_another_file_under_the_name_does_not_count_as_what_was_decided_on(
    settings: Settings, warehouse: Warehouse
):
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital\n12,B,same,C:/Music/mine.mp3\n"
    )
    for seconds in (300, 240):
        of_that_length = entry(
            location("mine.mp3"), {"PLAYTIME": seconds}, ARTIST="Nobody", TITLE="Unheard Of"
        )
        (settings.data_dir / "collection.nml").write_text(nml(of_that_length))
        load_digital_tracks(warehouse, settings)
        build(settings, warehouse)
    overrides, _ = load_overrides(settings.overrides_file)
    with open_tables(settings.database) as tables:
        (remark,) = read_decided(tables.connection, overrides).remarks
    assert "is 240 s long, and was 300 s" in remark.text


def test_what_was_noted_of_a_decision_goes_with_it(settings: Settings, warehouse: Warehouse):
    row = "12,B,same,C:/Music/mine.mp3\n"
    for rows, noted in ((row, 1), ("", 0)):
        header = "discogs_release_id,position,decision,digital\n"
        settings.overrides_file.write_text(header + rows)
        own(settings, warehouse, ("mine.mp3", "Nobody", "Unheard Of"))
        build(settings, warehouse)
        assert ask(warehouse, "SELECT count(*) FROM pipeline.decided_files")[1] == [(noted,)]


def test_a_file_that_only_got_its_size_is_judged_again_for_the_decision(
    settings: Settings, warehouse: Warehouse
):
    """The matcher does not read sizes, so the file counts as unchanged to it."""
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital,file_size,file_length,file_tags\n"
        "12,B,same,C:/Music/mine.mp3,2048,300,\n"
    )
    for size, problems, status in ((None, 1, "missing"), (2, 0, "owned"), (3, 1, "missing")):
        renamed = entry(location("new.mp3"), {"FILESIZE": size} if size else None, TITLE="Unheard")
        (settings.data_dir / "collection.nml").write_text(nml(renamed))
        load_digital_tracks(warehouse, settings)
        assert len(build(settings, warehouse).problems) == problems
        assert statuses(warehouse)[3] == status, size


def test_many_files_more_judge_everything(settings: Settings, warehouse: Warehouse):
    """Words are rarer or commoner in another library. Small changes add up."""
    own(settings, warehouse, *SHELF[:40])
    build(settings, warehouse)
    for more, judged in ((43, 0), (46, 4), (49, 0), (60, 4)):
        own(settings, warehouse, *SHELF[:more])
        assert build(settings, warehouse).judged == judged, more


def test_what_one_folder_left_is_judged_later(settings: Settings, warehouse: Warehouse):
    own(settings, warehouse, *SHELF)
    build(settings, warehouse, folder="crate")
    own(settings, warehouse, *SHELF, FIRST)
    assert build(settings, warehouse, folder="crate").judged == 2
    assert build(settings, warehouse).judged == 4
    assert statuses(warehouse)[0] == "owned"


def test_every_column_that_a_verdict_is_made_of_counts_as_a_change() -> None:
    """One that is left out would leave a row as it was when its track was another."""
    states = sql("track_states.sql")
    taken = inspect.getsource(judging.vinyl_tracks).partition("SELECT")[2].partition("FROM")[0]
    copied = re.findall(r"track\.(\w+)", sql("gap_analysis.sql"))
    for column in {*re.findall(r"[a-z_]+", taken), *copied} - {"id"}:
        assert re.search(rf"\b{column}\b", states), column


def test_everything_that_the_matcher_reads_of_a_file_counts_as_a_change() -> None:
    noted = sql("judged_files.sql").partition("SELECT")[2].partition("FROM")[0]
    assert [it.strip() for it in noted.split(",")] == [it.name for it in fields(DigitalTrack)]


def test_decisions_are_applied_and_survive(settings: Settings, warehouse: Warehouse):
    own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital,note\n"
        "12,B,same,C:/Music/a.mp3,\n"
        "11,A,not,C:/Music/a.mp3,another take\n"
        "99,A,same,C:/Music/a.mp3,\n"
    )
    result = build(settings, warehouse)
    assert statuses(warehouse) == ["missing", "missing", "missing", "owned"]
    assert [problem.line for problem in result.problems] == [4]
    with warehouse.read() as connection:
        assert known_problems(connection) == result.problems
    own(
        settings,
        warehouse,
        ("a.mp3", "Goldie", "Inner City Life"),
        ("b.mp3", "Goldie", "Saint Angel"),
    )
    build(settings, warehouse)
    assert statuses(warehouse) == ["missing", "owned", "missing", "owned"]
    overridden = ask(warehouse, "SELECT overridden FROM gap_analysis ORDER BY track_id")[1]
    assert overridden == [(True,), (False,), (False,), (True,)]
    assert build(settings, warehouse).problems == result.problems


def test_a_decision_has_its_record_alone_judged_and_so_has_taking_it_back(
    settings: Settings, warehouse: Warehouse
):
    own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
    build(settings, warehouse)
    before = rows(warehouse)
    decisions = "discogs_release_id,position,decision,digital,note\n"
    settings.overrides_file.write_text(decisions + "12,B,same,C:/Music/a.mp3,\n")
    assert (build(settings, warehouse).judged, statuses(warehouse)[-1]) == (2, "owned")
    settings.overrides_file.write_text(decisions + "11,A,not,C:/Music/a.mp3,\n")
    assert (build(settings, warehouse).judged, statuses(warehouse)[-1]) == (4, "missing")
    settings.overrides_file.unlink()
    assert (build(settings, warehouse).judged, rows(warehouse)) == (2, before)


def test_a_file_of_decisions_that_cannot_be_read_stops_it(settings: Settings, warehouse: Warehouse):
    """Prevents decisions from being dropped in silence."""
    settings.overrides_file.mkdir()
    with pytest.raises(StorageError, match=r"match_overrides\.csv cannot be read"):
        build(settings, warehouse)


def test_less_than_the_confidence_asked_for_is_one_to_look_at(
    settings: Settings, warehouse: Warehouse
):
    # 8 s longer than on the record: owned, but not for certain.
    longer = entry(info={"PLAYTIME": 308}, ARTIST="Goldie", TITLE="Inner City Life")
    (settings.data_dir / "collection.nml").write_text(nml(longer))
    load_digital_tracks(warehouse, settings)
    build(settings, warehouse)
    [[confidence]] = ask(warehouse, "SELECT confidence FROM gap_analysis WHERE status = 'owned'")[1]
    assert confidence < 100
    build(settings, warehouse, confidence=confidence)
    assert statuses(warehouse)[0] == "owned"
    build(settings, warehouse, confidence=confidence + 1)
    assert statuses(warehouse)[0] == "review"


def test_only_one_folder_leaves_the_other_rows_as_they_are(
    settings: Settings, warehouse: Warehouse
):
    build(settings, warehouse)
    own(
        settings,
        warehouse,
        ("a.mp3", "Goldie", "Inner City Life"),
        ("b.mp3", "Photek", "The Fifth Column"),
    )
    assert build(settings, warehouse, folder="crate").judged == 2
    assert statuses(warehouse) == ["missing", "missing", "missing", "owned"]
    assert build(settings, warehouse).judged == 4
    assert statuses(warehouse) == ["owned", "missing", "missing", "owned"]


def test_only_one_folder_leaves_no_file_that_is_gone(settings: Settings, warehouse: Warehouse):
    own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
    build(settings, warehouse)
    own(settings, warehouse, ("b.mp3", "Photek", "The Fifth Column"))
    build(settings, warehouse, folder="Crate")
    assert statuses(warehouse) == ["missing", "missing", "missing", "owned"]


def test_files_that_are_no_music_answer_for_nothing(settings: Settings, warehouse: Warehouse):
    (settings.data_dir / "collection.nml").write_text(
        nml(entry(info={"PLAYTIME": 8}, ARTIST="Goldie", TITLE="Inner City Life"))
    )
    load_digital_tracks(warehouse, settings)
    build(settings, warehouse)
    assert "owned" not in statuses(warehouse)


@pytest.mark.parametrize("decision", ["same", "other_version"])
def test_a_file_that_is_no_music_is_a_track_where_its_owner_says_so(
    settings: Settings, warehouse: Warehouse, decision: str
):
    """An interlude of 25 s was refused as a file that is in no library."""
    (settings.data_dir / "collection.nml").write_text(
        nml(entry(info={"PLAYTIME": 25}, ARTIST="Goldie", TITLE="Interlude"))
    )
    load_digital_tracks(warehouse, settings)
    settings.overrides_file.write_text(
        f"discogs_release_id,position,decision,digital\n11,A,{decision},C:/Music/a.mp3\n"
    )
    assert build(settings, warehouse).problems == ()
    names, rows = ask(warehouse, "SELECT * FROM gap_analysis ORDER BY track_id")
    row = dict(zip(names, rows[0], strict=True))
    assert row["status"] == ("owned" if decision == "same" else "other_version")
    assert (row["digital_path"], row["overridden"]) == (r"C:\Music\a.mp3", True)
    assert [it["digital_path"] for it in json.loads(row["alternatives"])] == (
        [] if decision == "same" else [r"C:\Music\a.mp3"]
    )


def test_a_folder_in_which_nothing_is_is_refused_and_the_others_named(
    settings: Settings, warehouse: Warehouse
):
    """A mistyped name judged nothing, and the run was a success."""
    with pytest.raises(SettingsError, match="folder 'Nope'") as caught:
        build(settings, warehouse, folder="Nope")
    assert "Crate, House" in caught.value.explained()
    assert build(settings, warehouse, folder="HOUSE").published


def test_before_there_are_tracks_no_folder_is_refused(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "musictool.duckdb")
    options = GapOptions(folder="House")
    assert build_gap_analysis(warehouse, tmp_path / "none.csv", options).tracks == 0


def figures(warehouse: Warehouse) -> dict[tuple[str, str], float]:
    rows = ask(warehouse, "SELECT metric, dimension, value FROM collection_statistics")[1]
    return {(metric, dimension): value for metric, dimension, value in rows}


def test_the_figures_add_up(settings: Settings, warehouse: Warehouse):
    own(
        settings,
        warehouse,
        ("a.mp3", "Goldie", "Inner City Life"),
        ("b.flac", "Goldie", "Inner City Life"),
    )
    build(settings, warehouse)
    found = figures(warehouse)
    assert found["total", "tracks"] == 4
    assert found["total", "tracks_owned"] == 1
    assert found["total", "tracks_review"] == 0
    assert found["total", "digital_duplicates"] == 1
    assert found["coverage", "all"] == 0.25
    assert found["coverage_by_label", "FFRR"] == 0.5
    assert found["coverage_by_label", "Science"] == 0
    assert found["coverage_by_decade", "1990s"] == 0.25
    assert found["coverage_by_format", "Vinyl"] == 0.25
    assert found["releases_by_genre", "Jazz"] == 2
    assert found["copies_by_folder", "House"] == 1
    assert found["copies_by_year_added", "2020"] == 2
    for metric in ("tracks_by_label", "tracks_by_artist", "tracks_by_format", "tracks_by_folder"):
        assert sum(value for (name, _), value in found.items() if name == metric) == 4


def test_before_anything_is_there_the_figures_are_nought(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "musictool.duckdb")
    assert build_gap_analysis(warehouse, tmp_path / "none.csv").tracks == 0
    found = figures(warehouse)
    assert found["total", "tracks"] == found["total", "tracks_owned"] == 0
    assert ("coverage", "all") not in found


def test_duplicates_come_with_the_best_copy(settings: Settings, warehouse: Warehouse):
    own(
        settings,
        warehouse,
        ("a.mp3", "Goldie", "Inner City Life"),
        ("b.flac", "Goldie", "Inner City Life"),
        ("c.mp3", "Goldie", "Saint Angel"),
    )
    build(settings, warehouse)
    rows = ask(
        warehouse, "SELECT path, is_best, reason FROM digital_duplicates ORDER BY is_best DESC"
    )[1]
    assert [row[:2] for row in rows] == [(r"C:\Music\b.flac", True), (r"C:\Music\a.mp3", False)]
    own(settings, warehouse, ("c.mp3", "Goldie", "Saint Angel"))
    build(settings, warehouse)
    assert ask(warehouse, "SELECT * FROM digital_duplicates")[1] == []


def test_in_search_of_duplicates_only_what_changed_is_read(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    angel, city = ("a.mp3", "Goldie", "Saint Angel"), ("c.mp3", "Goldie", "Inner City Life")
    own(settings, warehouse, angel, ("b.mp3", "Goldie", "Saint Angel"), city)
    build(settings, warehouse)
    read: list[str] = []
    real = duplicates.read_digital

    def reading(track: DigitalTrack) -> TrackReadings:
        read.append(track.path or "")
        return real(track)

    monkeypatch.setattr(duplicates, "read_digital", reading)
    own(settings, warehouse, angel, ("b.mp3", "Goldie", "Inner City Life"), city)
    build(settings, warehouse)
    assert sorted(read) == [r"C:\Music\b.mp3", r"C:\Music\c.mp3"]
    found = ask(warehouse, "SELECT path FROM digital_duplicates ORDER BY path")[1]
    assert found == [(r"C:\Music\b.mp3",), (r"C:\Music\c.mp3",)]
    read.clear()
    monkeypatch.setattr(verdicts, "code_of", lambda *_: "other code")
    build(settings, warehouse)
    assert sorted(read) == [r"C:\Music\b.mp3", r"C:\Music\c.mp3"]


def test_many_tracks_are_judged_by_two_processes_to_the_same_end(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
    asked: list[int] = []
    real = judging.match_all

    def matching(*arguments: object) -> object:
        asked.append(arguments[3])  # type: ignore[arg-type]
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "match_all", matching)
    monkeypatch.setattr(judging, "MANY_TRACKS", 4)
    monkeypatch.setattr(judging.os, "cpu_count", lambda: 8)
    build(settings, warehouse)
    assert asked == [2]
    assert statuses(warehouse) == ["owned", "missing", "missing", "missing"]


def test_both_sides_as_the_matcher_takes_them(settings: Settings, warehouse: Warehouse):
    own(settings, warehouse, ("a.mp3", "Goldie", "Inner City Life"))
    with warehouse.read() as connection:
        assert [it.title for it in judging.vinyl_tracks(connection, 12)] == RECORDS[12][1]
        assert len(judging.vinyl_tracks(connection)) == 4
        [file] = judging.audio_files(connection)
    assert replace(file.track, digital_id="x").title == "Inner City Life"


@pytest.mark.parametrize("named_by", ["id", "path"])
def test_a_decision_outlives_another_program_that_lists_its_file(
    settings: Settings, warehouse: Warehouse, named_by: str
):
    """The file has the id and the path of the library that is read first; the decision has those of
    the time when there was only the other."""
    where = {"Location": "file://localhost/c:/music/x.mp3", "Name": "Something", "TotalTime": 300}
    (settings.data_dir / "rb.xml").write_text(rekordbox(where))
    load_digital_tracks(warehouse, settings)
    [before] = ask(warehouse, "SELECT digital_id, path FROM digital_tracks")[1]
    settings.overrides_file.write_text(
        "discogs_release_id,position,decision,digital\n"
        f"12,A,same,{before[0 if named_by == 'id' else 1]}\n"
    )
    own(settings, warehouse, ("x.mp3", "Nobody", "Something"))
    [after] = ask(warehouse, "SELECT digital_id, path FROM digital_tracks")[1]
    assert before[0] != after[0]
    assert build(settings, warehouse).problems == ()
    rows = ask(warehouse, "SELECT digital_id FROM gap_analysis WHERE status = 'owned'")[1]
    assert rows == [(after[0],)]
