"""The sample data is what it promises: the same bytes everywhere, and odd in every known way.

Other rooms' tests lean on `ODD_CASES` and on the track counts, so both are held against the
answers themselves here, read as plain JSON and CSV and by nothing of the project.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.demo import sample as files
from musictool_pipeline.demo.sample import DUMP, sample_collection
from musictool_pipeline_tests import sample_data
from musictool_pipeline_tests.invented_music import Dice, coined_rosters, written_rosters
from musictool_pipeline_tests.sample_data import (
    EXPORT_HEADER,
    ODD_CASES,
    SampleCollection,
    demo_collection,
    large_collection,
    write_sample,
)
from musictool_pipeline_tests.sample_files import FOLDER, sample_files

DEMO_SHA256 = "fa656c09080e3506de88d285e1b27c35cba89b74b425c7745fbe033f1ca6e9bf"
LARGE_SHA256 = "43032dab97d370a47f3d40a8cc4d33921f37e8f2defae75552a7ada074ad4fc2"

Json = dict[str, Any]
Row = dict[str, str]
Rows = list[Row]


def read_export(export_csv: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(export_csv.decode(), newline="")))


def fingerprint(sample: files.SampleCollection) -> str:
    digest = hashlib.sha256(sample.export_name.encode() + sample.export_csv)
    for release_id, body in sample.answers.items():
        digest.update(str(release_id).encode() + body)
    return digest.hexdigest()


def tracks_read_back(entries: list[Json]) -> int:
    """The tracks of a tracklist, by the definition alone."""
    count = 0
    for entry in entries:
        if "sub_tracks" in entry:
            count += tracks_read_back(entry["sub_tracks"])
        elif entry.get("type_") != "heading" and (entry["position"] or entry["title"]):
            count += 1
    return count


@pytest.fixture(scope="module")
def demo() -> SampleCollection:
    return demo_collection()


# ------------------------------------------------------------------ determinism


def test_the_demo_is_the_same_bytes_everywhere(demo: SampleCollection) -> None:
    """Prevents results that differ between two machines, which could not be compared.

    A deliberate change of the sample data changes this digest: pin the new one.
    """
    assert fingerprint(demo) == DEMO_SHA256


def test_the_files_that_are_shipped_are_what_is_made() -> None:
    """A change to how the sample is invented that the demo does not show would prove nothing. After
    one that is wanted: `python -m musictool_pipeline_tests.sample_files`."""
    made = sample_files()
    assert {path.name for path in FOLDER.iterdir()} == made.keys()
    shipped = {name: (FOLDER / name).read_bytes() for name in made}
    # Not every version of zlib compresses to the same bytes.
    for content in (made, shipped):
        content[DUMP] = gzip.decompress(content[DUMP])
    assert [name for name, content in made.items() if shipped[name] != content] == []


def test_the_files_are_read_as_they_were_made(demo: SampleCollection) -> None:
    assert fingerprint(sample_collection()) == fingerprint(demo)
    assert sample_collection().shelf == demo.shelf


def test_a_large_collection_is_the_same_bytes_everywhere() -> None:
    large = large_collection(40, seed=7)
    digest = hashlib.sha256(large.export_csv())
    for release_id in large.release_ids:
        digest.update(large.answer(release_id))
    assert digest.hexdigest() == LARGE_SHA256


def test_hash_randomisation_changes_nothing() -> None:
    """A set or a `hash()` on the way would pass the pinned digest now and then."""
    script = (
        "import hashlib; from musictool_pipeline_tests.sample_data import demo_collection as d;"
        "s = d(3); print(hashlib.sha256(s.export_csv + b''.join(s.answers.values())).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_gives_other_music(demo: SampleCollection) -> None:
    other = demo_collection(seed=2)
    assert other.answers.keys() == demo.answers.keys()
    assert all(other.answers[each] != demo.answers[each] for each in demo.answers)


# ------------------------------------------------------------------ the demo's odd cases

Shown = Callable[[Json, Rows], bool]


def _any_entry(check: Callable[[Json], bool]) -> Shown:
    return lambda release, _: any(check(entry) for entry in release["tracklist"])


def _positions(*expected: str) -> Shown:
    return lambda release, _: [entry["position"] for entry in release["tracklist"]] == [*expected]


def _parts(*expected: str) -> Shown:
    return _any_entry(
        lambda entry: (
            entry["type_"] == "index"
            and [part["position"] for part in entry["sub_tracks"]] == [*expected]
        )
    )


def _duration(expected: str) -> Shown:
    return _any_entry(lambda entry: entry["duration"] == expected)


def _title(check: Callable[[str], bool]) -> Shown:
    return _any_entry(lambda entry: check(entry["title"]))


def _join(join: str, printed: str) -> Shown:
    def shown(release: Json, rows: Rows) -> bool:
        first, second = release["artists"]
        glued = f"{first['name']}{printed}{second['name']}"
        return first["join"] == join and all(row["Artist"] == glued for row in rows)

    return shown


def _absent(key: str) -> Shown:
    return lambda release, _: key not in release


def _in_script(first: str, last: str) -> Shown:
    def written_in(text: str) -> bool:
        return any(first <= letter <= last for letter in text)

    return lambda release, rows: (
        written_in(release["artists"][0]["name"])
        and all(written_in(entry["title"]) for entry in release["tracklist"])
        and all(written_in(row["Artist"]) and written_in(row["Title"]) for row in rows)
    )


def _versions(release: Json, _: Rows) -> bool:
    titles = [entry["title"] for entry in release["tracklist"]]
    endings = ["", " (Original Mix)", " (VIP)", " (Dub)", " - Dub Mix", " (Instrumental)"]
    endings += [" (Live)", " (Radio Edit)", " Part 1", " Part 2"]
    [remix] = [entry for entry in release["tracklist"] if entry["title"].endswith(" Remix)")]
    [remixer] = remix["extraartists"]
    return (
        {titles[0] + ending for ending in endings} < set(titles)
        and remixer["role"] == "Remix"
        and remix["title"] == f"{titles[0]} ({remixer['name']} Remix)"
    )


SHOWN: dict[str, Shown] = {
    "anv differs from name": lambda release, rows: (
        release["artists"][0]["anv"] not in ("", release["artists"][0]["name"])
        and rows[0]["Artist"] == release["artists"][0]["name"]
    ),
    "artist with a suffix": lambda release, rows: (
        release["artists"][0]["name"].endswith(" (2)") and rows[0]["Artist"].endswith(" (2)")
    ),
    "label with a suffix": lambda release, _: release["labels"][0]["name"].endswith(" (19)"),
    "join ,": _join(",", ", "),
    "join &": _join("&", " & "),
    "join /": _join("/", " / "),
    "join Feat.": _join("Feat.", " Feat. "),
    "join vs": _join("vs", " vs "),
    "join And": _join("And", " And "),
    "join Meets": _join("Meets", " Meets "),
    "join with a trailing blank": _join("Feat. ", " Feat. "),
    "track artists": _any_entry(lambda entry: "artists" in entry),
    "track artists with a join": _any_entry(
        lambda entry: [each["join"] for each in entry.get("artists", [])] == ["Feat.", ""]
    ),
    "track artist with an anv": _any_entry(
        lambda entry: any(artist["anv"] for artist in entry.get("artists", []))
    ),
    "Various": lambda release, _: (
        [artist["name"] for artist in release["artists"]] == ["Various"]
        and len(release["tracklist"]) > 5
        and all("artists" in entry for entry in release["tracklist"])
    ),
    "same label twice": lambda release, rows: (
        len(release["labels"]) == 2
        and len({label["name"] for label in release["labels"]}) == 1
        and len({label["catno"] for label in release["labels"]}) == 2
        and rows[0]["Label"] == ", ".join(label["name"] for label in release["labels"])
    ),
    "catalogue numbers cut by the export": lambda release, rows: (
        len(rows[0]["Catalog#"]) == 50
        and ", ".join(label["catno"] for label in release["labels"]).startswith(rows[0]["Catalog#"])
    ),
    "catno none": lambda release, rows: (
        release["labels"][0]["catno"] == "none" and rows[0]["Catalog#"] == "none"
    ),
    "digital format first": lambda release, rows: (
        [shape["name"] for shape in release["formats"]] == ["File", "Vinyl"]
        and rows[0]["Format"] == '4xFile, FLAC, EP + 12", EP'
    ),
    "quantity 2": lambda release, rows: (
        release["formats"][0]["qty"] == "2" and rows[0]["Format"].startswith('2x12"')
    ),
    "format text": lambda release, _: bool(release["formats"][0]["text"]),
    "format without descriptions": lambda release, rows: (
        "descriptions" not in release["formats"][0] and rows[0]["Format"] == "Vinyl"
    ),
    "format cut by the export": lambda release, rows: (
        len(release["formats"]) == 3 and len(rows[0]["Format"]) == 50
    ),
    "no type_": lambda release, _: (
        len(release["tracklist"]) > 1
        and not any("type_" in entry for entry in release["tracklist"])
    ),
    "heading": _any_entry(lambda entry: entry["type_"] == "heading" and not entry["duration"]),
    "heading with a duration": _any_entry(
        lambda entry: entry["type_"] == "heading" and bool(entry["duration"])
    ),
    "index of whole tracks": _parts("1-1", "1-2", "1-3"),
    "index of parts A3.1": _parts("A3.1", "A3.2"),
    "index of parts B1a": _parts("B1a", "B1b", "B1c"),
    "index of parts 5a": _parts("5a", "5b"),
    "versions": _versions,
    "positions A and AA": _positions("A", "AA"),
    "positions A1": _positions("A1", "A2", "B1", "B2"),
    "positions 1": _positions("1", "2", "3", "4", "5"),
    "positions 1-01": _positions("1-01", "1-02", "2-01", "2-02"),
    "positions CD1-3": _positions("CD1-1", "CD1-2", "CD1-3", "CD2-1", "CD2-2"),
    "position Video 1": _positions("1", "2", "Video 1"),
    "positions A3i": _positions("A1", "A2", "A3i", "A3ii", "B1"),
    "positions B4(i)": _positions("A1", "B1", "B2", "B3", "B4(i)", "B4(ii)"),
    "positions 9A": _positions("8A", "8B", "9A", "9B"),
    "positions a1": _positions("a1", "a2", "b1", "b2"),
    "empty positions": _positions("", "", ""),
    "repeated positions": _positions("A1", "A2", "A1", "A2", "B1", "B1"),
    "position with a trailing blank": _positions("A1", "A2 ", "B1"),
    "position with a Greek alpha": _positions("\u03911", "A2", "B1"),
    "duration missing": _duration(""),
    "duration M:SS": _duration("3:45"),
    "duration MM:SS": _duration("12:07"),
    "duration H:MM:SS": _duration("1:02:33"),
    "duration 75:10": _duration("75:10"),
    "duration 999:99": _duration("999:99"),
    "title with a tab": _title(lambda title: "\t" in title),
    "title with a trailing blank": _title(lambda title: title.endswith(" ")),
    "title with U+FEFF": _title(lambda title: "\ufeff" in title),
    "entry with neither position nor title": _any_entry(
        lambda entry: (entry["position"], entry["title"]) == ("", "")
    ),
    "empty tracklist": lambda release, _: release["tracklist"] == [],
    "without released": _absent("released"),
    "without master_id": _absent("master_id"),
    "without notes": _absent("notes"),
    "without extraartists": _absent("extraartists"),
    "without year": lambda release, rows: "year" not in release and rows[0]["Released"] == "0",
    "without uri": _absent("uri"),
    "without videos": _absent("videos"),
    "year 0": lambda release, rows: release["year"] == 0 and rows[0]["Released"] == "0",
    "released YYYY": lambda release, _: release["released"] == "2001",
    "released YYYY-MM-00": lambda release, _: release["released"] == "1997-06-00",
    "released YYYY-00-00": lambda release, rows: (
        release["released"] == "1993-00-00" and rows[0]["Released"] == "1993"
    ),
    "released YYYY-MM-DD": lambda release, _: release["released"] == "1998-11-23",
    "status Draft": lambda release, _: release["status"] == "Draft",
    "Japanese artist and titles": _in_script("\u3041", "\u9fff"),
    "Cyrillic artist and titles": _in_script("\u0400", "\u04ff"),
    "Hebrew artist and titles": _in_script("\u05d0", "\u05ea"),
    "gone": lambda release, rows: not release and len(rows) == 1,
    "markup in a title": lambda release, rows: (
        release["title"] == rows[0]["Title"] == "<b>Bass</b> & *Drums*"
    ),
    "very long title": lambda release, rows: (
        len(release["tracklist"][0]["title"]) > 300 and len(rows[0]["Title"]) > 300
    ),
    "generic titles": lambda release, _: (
        [entry["title"] for entry in release["tracklist"]] == ["Untitled", "Intro", "A2", "Track 4"]
    ),
    "second copy": lambda _, rows: len(rows) == 2 and rows[1]["Date Added"] < rows[0]["Date Added"],
    "third copy": lambda _, rows: (
        len(rows) == 3 and len({row["CollectionFolder"] for row in rows}) > 1
    ),
    "note with a line break": lambda _, rows: (
        "\n" in rows[0]["Collection Notes"] and '"' in rows[0]["Collection Notes"]
    ),
    "note like a formula": lambda _, rows: rows[0]["Collection Notes"] == "=1+1",
    "no date added": lambda _, rows: rows[0]["Date Added"] == "",
}


def test_every_odd_case_is_checked_and_no_other() -> None:
    assert ODD_CASES.keys() == SHOWN.keys()


@pytest.mark.parametrize("seed", [0, 1, 2, 12345])
def test_every_odd_case_is_really_there(seed: int) -> None:
    """Prevents a case that other tests believe they cover from quietly going missing."""
    sample = demo_collection(seed)
    rows = read_export(sample.export_csv)
    missing: list[str] = []
    for name, release_id in ODD_CASES.items():
        release = json.loads(sample.answers.get(release_id, b"{}"))
        copies = [row for row in rows if row["release_id"] == str(release_id)]
        if not SHOWN[name](release, copies):
            missing.append(name)
    assert missing == []


# ------------------------------------------------------------------ the demo's export and answers


def test_the_export_is_in_discogs_own_form(demo: SampleCollection) -> None:
    text = demo.export_csv.decode("utf-8")
    assert not text.startswith("\ufeff")
    assert text.startswith(",".join(EXPORT_HEADER) + "\r\n")
    assert text.endswith("\r\n")

    physical_lines = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(line) for line in physical_lines} == {len(EXPORT_HEADER)}
    assert len(physical_lines) == 1 + 63
    assert demo.export_name == "demo-collection-20260101-1200.csv"


def test_copies_folders_and_conditions_vary(demo: SampleCollection) -> None:
    rows = read_export(demo.export_csv)
    copies = Counter(row["release_id"] for row in rows)
    assert sorted(copies.values()) == [1] * 58 + [2, 3]
    assert len({row["CollectionFolder"] for row in rows}) >= 4
    assert len({row["Collection Media Condition"] for row in rows}) >= 4
    assert len({row["Collection Crate"] for row in rows}) >= 4
    assert {len(row["Date Added"]) for row in rows} == {0, len("2024-01-01 12:00:00")}
    assert sum(not row["Date Added"] for row in rows) == 4
    assert max(len(row["Catalog#"]) for row in rows) == 50
    assert max(len(row["Format"]) for row in rows) == 50


def test_every_release_of_the_export_is_answered_but_the_gone_one(demo: SampleCollection) -> None:
    rows = read_export(demo.export_csv)
    listed = {int(row["release_id"]) for row in rows}
    assert listed - demo.answers.keys() == {ODD_CASES["gone"]}
    assert demo.answers.keys() < listed
    for release_id, body in demo.answers.items():
        release = json.loads(body)
        assert release["id"] == release_id
        titles = {row["Title"] for row in rows if row["release_id"] == str(release_id)}
        assert titles == {release["title"]}


def test_answers_have_the_keys_and_types_of_real_ones(demo: SampleCollection) -> None:
    """A demo in a shape of its own would work here and fail on the first real answer."""
    always = {
        "id": int, "status": str, "resource_url": str, "artists": list, "artists_sort": str,
        "labels": list, "series": list, "companies": list, "formats": list, "data_quality": str,
        "community": dict, "format_quantity": int, "date_added": str, "date_changed": str,
        "num_for_sale": int, "title": str, "country": str, "identifiers": list, "genres": list,
        "styles": list, "tracklist": list, "images": list, "thumb": str, "estimated_weight": int,
        "blocked_from_sale": bool, "is_offensive": bool,
    }  # fmt: skip
    credit = {"name", "anv", "join", "role", "tracks", "id", "resource_url"}
    for body in demo.answers.values():
        release = json.loads(body)
        assert {key: type(release.get(key)) for key in always} == always
        assert all(credit <= artist.keys() for artist in release["artists"])
        assert all(type(shape["qty"]) is str for shape in release["formats"])
        assert all(label["catno"] for label in release["labels"])
        for entry in release["tracklist"]:
            assert {"position", "title", "duration"} <= entry.keys()
            assert all(credit <= artist.keys() for artist in entry.get("artists", []))


@pytest.mark.parametrize("seed", range(5))
def test_the_demo_track_count_is_that_of_its_answers(seed: int) -> None:
    sample = demo_collection(seed)
    read_back = (
        tracks_read_back(json.loads(body)["tracklist"]) for body in sample.answers.values()
    )
    assert sample.track_count == sum(read_back)


# ------------------------------------------------------------------ the large collection


def test_an_answer_depends_on_seed_and_id_alone() -> None:
    """Prevents benchmarks in which the order of concurrent requests changes the data."""
    large, larger = large_collection(200), large_collection(5_000)
    forwards = {each: large.answer(each) for each in large.release_ids}
    backwards = {each: larger.answer(each) for each in reversed(large.release_ids)}
    assert forwards == backwards
    reseeded = large_collection(200, seed=2)
    assert all(reseeded.answer(each) != body for each, body in forwards.items())


def test_large_answers_and_export_agree() -> None:
    large = large_collection(500)
    rows = read_export(large.export_csv())
    assert {int(row["release_id"]) for row in rows} == set(large.release_ids)
    assert 500 < len(rows) < 540
    for row in rows:
        release = json.loads(large.answer(int(row["release_id"])))
        assert release["id"] == int(row["release_id"])
        assert release["title"] == row["Title"]
        assert str(release["year"]) == row["Released"]


def test_a_large_track_count_is_that_of_its_answer() -> None:
    large = large_collection(3_000)
    for release_id in large.release_ids:
        entries = json.loads(large.answer(release_id))["tracklist"]
        assert large.track_count(release_id) == tracks_read_back(entries)


def test_large_answers_are_as_big_and_as_odd_as_real_ones() -> None:
    """Prevents benchmarks on data that is easier than what users have."""
    large = large_collection(3_000)
    bodies = [large.answer(release_id) for release_id in large.release_ids]
    assert 6_000 < statistics.median(map(len, bodies)) < 8_000

    entries = [entry for body in bodies for entry in json.loads(body)["tracklist"]]
    kinds = Counter(entry.get("type_") for entry in entries)
    assert 7 < len(entries) / len(bodies) < 10
    assert 0.005 < kinds["heading"] / len(entries) < 0.02
    assert kinds["index"] > 10
    assert kinds[None] > 100
    assert 0.16 < sum("artists" in entry for entry in entries) / len(entries) < 0.22
    assert 0.48 < sum(not entry["duration"] for entry in entries) / len(entries) < 0.58


def test_a_release_that_is_not_in_the_collection_is_not_made_up() -> None:
    large = large_collection(10)
    for stranger in (large.release_ids.start - 1, large.release_ids.stop):
        with pytest.raises(KeyError):
            large.answer(stranger)
        with pytest.raises(KeyError):
            large.track_count(stranger)


@pytest.mark.parametrize(("releases", "seed"), [(0, 1), (-1, 1), (1, -1)])
def test_a_collection_of_nothing_is_refused(releases: int, seed: int) -> None:
    with pytest.raises(ValueError, match=r"not -?\d+|from 0 up"):
        large_collection(releases, seed)


# ------------------------------------------------------------------ ids and names


def test_no_id_is_shared_and_none_is_real(demo: SampleCollection) -> None:
    """A sample answer under a real release's id would sit in a user's cache as the truth."""
    demo_ids = {int(row["release_id"]) for row in read_export(demo.export_csv)}
    assert min(demo_ids) > 900_000_000
    assert demo_ids.isdisjoint(large_collection(100_000).release_ids)


def test_names_are_told_apart_as_discogs_does() -> None:
    rosters = [*written_rosters(), *coined_rosters(1)]
    for cast in (rosters[:3], rosters[3:]):
        acts = [act for roster in cast for act in roster.acts]
        assert len({act.name for act in acts}) == len({act.id for act in acts}) == len(acts)
        imprints = [imprint for roster in cast for imprint in roster.imprints]
        assert len({imprint.name for imprint in imprints}) == len(imprints)
        assert all(imprint.code for imprint in imprints)
    assert any(act.name.endswith(" (2)") for roster in rosters[3:] for act in roster.acts)


@pytest.mark.parametrize("seed", range(5))
def test_one_id_is_one_artist(seed: int) -> None:
    names: dict[int, set[str]] = {}
    for body in demo_collection(seed).answers.values():
        release = json.loads(body)
        for credited in (release, *release["tracklist"]):
            for artist in credited.get("artists", []) + credited.get("extraartists", []):
                names.setdefault(artist["id"], set()).add(artist["name"])
    assert {each: found for each, found in names.items() if len(found) > 1} == {}


def test_dice_throw_everything_and_nothing_else() -> None:
    dice = Dice(5)
    assert {dice.between(1, 6) for _ in range(500)} == {1, 2, 3, 4, 5, 6}
    assert {dice.pick("abc") for _ in range(200)} == set("abc")
    assert not any(dice.chance(0) for _ in range(100))
    assert all(dice.chance(1) for _ in range(100))


# ------------------------------------------------------------------ on disk


def test_a_written_sample_is_the_sample(demo: SampleCollection, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    write_sample(folder, demo)
    write_sample(folder, demo)
    assert (folder / demo.export_name).read_bytes() == demo.export_csv
    written = {int(file.stem): file.read_bytes() for file in (folder / "releases").iterdir()}
    assert written == demo.answers


def test_the_command_writes_the_demo(
    demo: SampleCollection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sample_data.main([str(tmp_path)]) == 0
    assert (tmp_path / demo.export_name).read_bytes() == demo.export_csv
    assert len(list((tmp_path / "releases").glob("*.json"))) == len(demo.answers)
    assert "59 answers" in capsys.readouterr().out


def test_the_command_writes_a_large_collection(tmp_path: Path) -> None:
    assert sample_data.main([str(tmp_path), "--releases", "12", "--seed", "4"]) == 0
    large = large_collection(12, seed=4)
    assert (tmp_path / large.export_name).read_bytes() == large.export_csv()
    for release_id in large.release_ids:
        written = tmp_path / "releases" / f"{release_id}.json"
        assert written.read_bytes() == large.answer(release_id)


@pytest.mark.parametrize(
    "arguments", [[], ["--releases", "0"], ["--releases", "x"], ["--seed", "-1"]]
)
def test_wrong_usage_exits_with_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = [str(tmp_path / "out")] if arguments else []
    with pytest.raises(SystemExit) as exit_info:
        sample_data.main([*folder, *arguments])
    assert exit_info.value.code == 2
    assert "error:" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit) as exit_info:
        sample_data.main([str(tmp_path / "file")])
    assert exit_info.value.code == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        sample_data.main(["--help"])
    assert exit_info.value.code == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("DIR", "--releases", "--seed"))
