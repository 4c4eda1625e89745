from __future__ import annotations

import functools
import gc
import os
import random
import subprocess
import sys
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musictool_pipeline.core.matching import comparing
from musictool_pipeline.core.matching import matcher as matcher_module
from musictool_pipeline.core.matching.comparing import Comparison, compare, look_closer
from musictool_pipeline.core.matching.matcher import Matcher, match_all
from musictool_pipeline.core.matching.parsing.reading import TrackReadings
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    MOST_LETTERS,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    STATUSES,
    DigitalTrack,
    Judgement,
    MatchSettings,
    Verdict,
    VinylTrack,
    suite_of,
)
from musictool_pipeline.core.matching.weighing import points as weighing
from musictool_pipeline.core.matching.weighing.points import points
from musictool_pipeline.core.text import one_line
from musictool_pipeline.errors import TableDamaged
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import DEV, half
from musictool_pipeline_tests.core.matching.large import collection
from musictool_pipeline_tests.core.matching.written_pairs import SETS, pairs

PLAIN = digital("Goldie", "Inner City Life", digital_id="plain")
DUB = digital("Goldie", "Inner City Life (Dub)", digital_id="dub")
PESHAY = digital("Goldie", "Inner City Life (Peshay Remix)", digital_id="peshay")
OTHER = digital("Photek", "Ni-Ten-Ichi-Ryu", digital_id="other")


def test_the_exact_version_comes_first_and_the_others_are_alternatives() -> None:
    verdict = Matcher([DUB, PLAIN, OTHER, PESHAY]).judge(vinyl("Goldie", "Inner City Life"))
    assert (verdict.status, verdict.digital_id) == (OWNED, "plain")
    assert {it.digital_id: it.status for it in verdict.alternatives} == {
        "dub": OTHER_VERSION,
        "peshay": OTHER_VERSION,
    }


def test_the_surest_of_other_versions_comes_first() -> None:
    """A file that holds two pieces names the record's mixer, and is the worse one to play."""
    plain = digital("Blondie", "Rapture", path="/m/plain.mp3")
    mixed = digital("Blondie vs The Doors", "Rapture Riders (Reflex Mix)", path="/m/mixed.mp3")
    remix = digital("Blondie", "Rapture (Frankie Knuckles Remix)", path="/m/remix.mp3")
    verdict = Matcher([mixed, remix, plain]).judge(vinyl("Blondie", "Rapture (Reflex Revision)"))
    assert verdict.status == OTHER_VERSION
    assert [each.digital_id for each in verdict.alternatives][:2] == [
        plain.digital_id,
        remix.digital_id,
    ]


def test_the_same_words_in_another_length_come_before_other_words() -> None:
    shop = digital("Sam Feldt", "Show Me Love (Edx Remix)", digital_id="cut", seconds=233)
    plain = digital("Sam Feldt", "Show Me Love", digital_id="plain", seconds=181)
    track = vinyl("Sam Feldt", "Show Me Love (Edx Remix)", seconds=397)
    verdict = Matcher([plain, shop]).judge(track)
    assert (verdict.status, verdict.digital_id) == (OTHER_VERSION, "cut")


def test_every_other_version_is_listed() -> None:
    verdict = Matcher([DUB, PESHAY, OTHER]).judge(vinyl("Goldie", "Inner City Life"))
    assert verdict.status == OTHER_VERSION
    assert {it.digital_id for it in verdict.alternatives} == {"dub", "peshay"}


def test_nothing_plausible() -> None:
    verdict = Matcher([OTHER]).judge(vinyl("Goldie", "Inner City Life"))
    assert (verdict.status, verdict.digital_id, verdict.alternatives) == (MISSING, None, ())


def test_a_track_without_a_title_is_missing() -> None:
    assert Matcher([PLAIN]).judge(vinyl("Goldie", None)).status == MISSING
    assert Matcher([]).judge(vinyl("Goldie", "Angel")).status == MISSING


def test_of_two_equal_files_the_first_id_wins() -> None:
    twice = [digital("Goldie", "Angel", digital_id=name) for name in ("b", "a")]
    verdict = Matcher(twice).judge(vinyl("Goldie", "Angel"))
    assert verdict.digital_id == "a"
    assert [it.digital_id for it in verdict.alternatives] == ["b"]


def test_of_two_files_the_one_of_the_right_length_wins() -> None:
    library = [
        digital("Goldie", "Angel", digital_id="a", seconds=310),
        digital("Goldie", "Angel", digital_id="b", seconds=300),
    ]
    assert Matcher(library).judge(vinyl("Goldie", "Angel", seconds=300)).digital_id == "b"


def test_one_file_serves_several_pressings() -> None:
    matcher = Matcher([PLAIN])
    first = matcher.judge(vinyl("Goldie", "Inner City Life", number=1))
    second = matcher.judge(vinyl("Goldie", "Inner City Life", number=2))
    assert first.digital_id == second.digital_id == "plain"


def test_a_file_that_is_no_music_is_never_matched() -> None:
    """A sample pack called like a record is not the record."""
    loop = digital("Goldie", "Inner City Life", is_music=False)
    assert Matcher([loop]).judge(vinyl("Goldie", "Inner City Life")).status == MISSING


def test_every_compared_file_is_explained() -> None:
    explained = Matcher([PLAIN, DUB]).explain(vinyl("Goldie", "Inner City Life"))
    judged = [(it.judgement.digital_id, it.judgement.status) for it in explained]
    assert judged == [("plain", OWNED), ("dub", OTHER_VERSION)]
    for each in explained:
        assert each.points[0].startswith("the same recording: ")
        assert any(line.endswith("  title of many: no") for line in each.points)


def test_what_is_explained_is_what_is_judged() -> None:
    matcher = Matcher([PLAIN, DUB, PESHAY])
    track = vinyl("Goldie", "Inner City Life")
    best, *others = matcher.explain(track)
    verdict = matcher.judge(track)
    assert (best.judgement.digital_id, best.judgement.confidence, best.judgement.reason) == (
        verdict.digital_id,
        verdict.confidence,
        verdict.reason,
    )
    assert tuple(it.judgement for it in others) == verdict.alternatives


def of_every_kind() -> tuple[list[VinylTrack], list[DigitalTrack]]:
    """Generated tracks and files, and written pairs, in one library."""
    tracks, library = collection(400, 3_000)
    for name in SETS:
        for number, pair in enumerate(pairs(name)[::5]):
            tracks += pair.record
            library.append(replace(pair.file, digital_id=f"{name}{number:05}"))
    return list(dict.fromkeys(tracks)), library


def test_what_is_hardly_looked_at_would_have_changed_nothing() -> None:
    tracks, library = of_every_kind()
    matcher = Matcher(library)
    for track in tracks:
        if suite_of(track) is not None:
            continue
        verdict = matcher.judge(track)
        each = [it.judgement for it in matcher.explain(track)]
        found = tuple(it for it in each if it.status != MISSING)
        if found:
            best = Judgement(
                verdict.digital_id or "", verdict.status, verdict.confidence, verdict.reason
            )
            assert found[0] == best
            assert verdict.alternatives == found[best.status != OTHER_VERSION :]
        elif each:
            assert (verdict.status, verdict.digital_id) == (MISSING, None)
            assert (verdict.confidence, verdict.reason) == (each[0].confidence, each[0].reason)


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Angel Eyes", digital(None, None, path="/m/Angel Eyes.mp3")),
        (
            "Kiss",
            digital(None, None, path="/m/Gold - Kiss - Lala.mp3", release_id=1, seconds=20),
        ),
        ("The Long Way Down Again / Arrival", digital("Goldie", "Arrival", label="x", seconds=20)),
    ],
)
def test_what_a_definition_says_is_told_however_unlikely(title: str, other: DigitalTrack) -> None:
    """Beside a file that is owned: a title that is all that is said, the very release, half of a
    medley."""
    track = vinyl("Goldie", title, seconds=400, label="y", album="Elsewhere")
    verdict = Matcher([digital("Goldie", title, digital_id="a", seconds=400), other]).judge(track)
    assert verdict.digital_id == "a"
    assert [it.digital_id for it in verdict.alternatives] == [other.digital_id]


def test_few_files_are_looked_at_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    closely: list[Any] = []

    def counted(*args: Any) -> Comparison:
        closely.append(args)
        return look_closer(*args)

    monkeypatch.setattr(comparing, "look_closer", counted)
    tracks, library = collection(150, 8_000)
    matcher = Matcher(library)
    compared = sum(len(matcher.explain(track)) for track in tracks)
    closely.clear()
    for track in tracks:
        matcher.judge(track)
    assert len(closely) < 0.8 * compared


def test_a_missing_track_names_the_nearest_file_and_is_the_surer_the_farther_it_is() -> None:
    track = vinyl("Goldie", "Journey")
    alone = Matcher([OTHER]).judge(track)
    assert (alone.reason, alone.confidence) == ("no such title by this artist in the library", 97)
    beside = Matcher([digital("Goldie", "Journey 2")]).judge(track)
    assert beside.status == MISSING
    assert beside.reason.startswith("nearest: another number in the title: ")
    assert beside.confidence < 97


# --- A record -------------------------------------------------------------------------------------


def record(*titles: str) -> list[VinylTrack]:
    return [
        vinyl("Goldie", title, number=number, album="Angel")
        for number, title in enumerate(titles, start=1)
    ]


def test_two_mixes_on_a_record_do_not_share_a_file() -> None:
    """One file, two differently named takes of it: it can be one of them at most."""
    file = digital("Goldie", "Angel (Carnage)", digital_id="f")
    takes = record("Angel (Carnage)", "Angel (Carnages)")
    alone = [Matcher([file]).judge(each).status for each in takes]
    together = Matcher([file]).judge_record(takes)
    assert alone == [OWNED, OWNED]
    assert [it.status for it in together] == [OWNED, OTHER_VERSION]
    other = together[1]
    assert other.digital_id == "f"
    assert [it.digital_id for it in other.alternatives] == ["f"]
    assert other.reason.startswith("another version: the file is Angel (Carnage) of this record, ")


def test_the_file_of_another_track_of_the_record_is_not_one_to_look_at() -> None:
    """`Langsam` is there, so it is not `Sehr Langsam`."""
    file = digital("Goldie", "Langsam")
    short, long = Matcher([file]).judge_record(record("Langsam", "Sehr Langsam"))
    assert (short.status, long.status) == (OWNED, MISSING)
    assert long.reason.startswith("nearest: a file of another track of this record: the titles")
    assert Matcher([file]).judge(vinyl("Goldie", "Sehr Langsam")).status == REVIEW


def test_the_half_of_a_medley_that_is_there_is_named() -> None:
    medley, half = "Beat It / State Of Shock", "Beat It"
    found = Matcher([digital("Goldie", half)]).judge(vinyl("Goldie", medley))
    assert found.reason.startswith("half of a medley: the file has Beat It alone, ")
    found = Matcher([digital("Goldie", medley)]).judge(vinyl("Goldie", half))
    assert found.reason.startswith("half of a medley: the record has Beat It alone, ")


def test_a_title_that_is_on_a_record_twice_has_its_file_twice() -> None:
    file = digital("Goldie", "Angel")
    verdicts = Matcher([file]).judge_record(record("Angel", "Angel"))
    assert [it.status for it in verdicts] == [OWNED, OWNED]


def test_other_titles_of_a_record_are_judged_as_if_alone() -> None:
    matcher = Matcher([PLAIN, DUB, OTHER])
    tracks = record("Inner City Life", "Ni-Ten-Ichi-Ryu", "Kemistry")
    assert matcher.judge_record(tracks) == [matcher.judge_record([each])[0] for each in tracks]


def test_a_record_without_tracks_has_no_verdicts() -> None:
    assert Matcher([PLAIN]).judge_record([]) == []


def test_records_together_are_judged_as_each_alone() -> None:
    tracks, library = collection(120, 400)
    matcher = Matcher(library)
    records = [list(each) for _, each in groupby(tracks, key=lambda it: it.release_id)]
    records += [[], record("Angel", "Angel")]
    alone = [verdict for each in records for verdict in matcher.judge_record(each)]
    assert matcher.judge_records(records) == alone


def test_takes_that_are_named_alike_make_a_bracket_a_take() -> None:
    """`(Carnage)` alone may be part of the title; beside three others it is a take of it."""
    matcher = Matcher([digital("Goldie", "Angel")])
    several = record(
        "Angel (Carnage)", "Angel (Woodtick)", "Angel (Rainforest)", "Angel (Low Tide)"
    )
    assert [it.status for it in matcher.judge_record(several)].count(OWNED) == 0


# --- Any library, any text ------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Untitled", "Intro"])
def test_a_generic_title_needs_the_record(title: str) -> None:
    file = digital("Goldie", title, album="Timeless")
    assert Matcher([file]).judge(vinyl("Goldie", title, album="Timeless")).status == OWNED
    assert Matcher([file]).judge(vinyl("Goldie", title, album="Saturnz")).status == REVIEW


CHOSEN = half(DEV)


@functools.cache
def in_order() -> list[Verdict]:
    """Not when the module is read: every process of the suite reads it, and one runs its tests."""
    return [Matcher(CHOSEN.library).judge(row.track) for row in CHOSEN.rows[:60]]


@settings(max_examples=4)
@given(st.integers(0, 1000))
def test_the_order_of_the_library_and_of_the_tracks_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    library = chance.sample(CHOSEN.library, len(CHOSEN.library))
    matcher = Matcher(library)
    rows = chance.sample(range(60), 60)
    verdicts = {number: matcher.judge(CHOSEN.rows[number].track) for number in rows}
    assert [verdicts[number] for number in range(60)] == in_order()


def verdicts_are_sound(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        assert verdict.status in STATUSES
        assert 0 <= verdict.confidence <= 100
        assert len(verdict.reason) <= 600
        assert verdict.reason == one_line(verdict.reason)
        assert (verdict.digital_id is None) == (verdict.status == MISSING)


@pytest.mark.parametrize("title", [None, "", " ", "\x00", "()", "-", " - ", "\ud800", "\u200b"])
@pytest.mark.parametrize("artist", [None, "", "&", "\udcff", "Goldie"])
def test_a_text_that_says_nothing_matches_nothing(artist: str | None, title: str | None) -> None:
    library = [digital(artist, title, path=title, digital_id="same"), PLAIN]
    verdicts = Matcher(library).judge_record([vinyl(artist, title), vinyl(artist, "Angel")])
    verdicts_are_sound(verdicts)
    assert verdicts[0].status in (MISSING, REVIEW)


@pytest.mark.parametrize(
    "long",
    [
        "a" * 10_000,
        "love " * 2_000,
        "(" * 10_000,
        "()" * 5_000,
        "(a) " * 2_500,
        "a - " * 2_500,
        "1 " * 5_000,
        "_" * 10_000,
        "a/b " * 2_500,
        "feat. " * 1_666,
        "remix " * 1_666,
        " " * 9_999 + "a",
        "\u0301" * 10_000,
        "\U0001f3b5" * 10_000,
    ],
    ids=lambda it: repr(it[:6]),
)
def test_10_000_letters_are_judged(long: str) -> None:
    """One tag with a whole review in it must not hold up an analysis."""
    library = [
        digital("Goldie", long, path=f"/m/{long}.mp3", digital_id="title"),
        digital(long, "Angel", digital_id="artist"),
        digital("Goldie", f"Angel ({long})", remixer=long, mix=long, album=long, digital_id="all"),
    ]
    matcher = Matcher(library)
    tracks = [vinyl("Goldie", long, album=long), vinyl(long, "Angel"), vinyl("Goldie", "Angel")]
    verdicts_are_sound(matcher.judge_record(tracks))


EVERY_SCRIPT = st.text(st.characters(codec=None), max_size=30)


@given(EVERY_SCRIPT, EVERY_SCRIPT, EVERY_SCRIPT, EVERY_SCRIPT)
def test_every_script_is_judged(artist: str, title: str, album: str, its_title: str) -> None:
    """Lone surrogates too: Python's sign for a byte in a file name that is no text."""
    library = [
        digital(artist, title, album=album, digital_id="a"),
        digital(album, its_title, path=f"/m/{artist}/{title}.mp3", digital_id="b"),
        digital(None, None, path=f"/m/{artist} - {title}.mp3", digital_id="c"),
    ]
    tracks = [vinyl(artist, title, album=album, number=1), vinyl(artist, its_title, number=2)]
    verdicts = Matcher(library).judge_record(tracks)
    verdicts_are_sound(verdicts)
    assert Matcher(reversed(library)).judge_record(tracks) == verdicts


def test_2_000_equal_files_are_not_all_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample pack or a backup of a backup: the work for a track is bounded."""
    compared: list[TrackReadings] = []

    def counted(mine: TrackReadings, theirs: TrackReadings, *more: Any) -> Comparison | None:
        compared.append(theirs)
        return compare(mine, theirs, *more)

    monkeypatch.setattr(matcher_module, "compare", counted)
    library = [digital("Goldie", "Angel", digital_id=f"{number:04}") for number in range(2_000)]
    matcher = Matcher(library)
    verdict = matcher.judge(vinyl("Goldie", "Angel"))
    assert verdict.digital_id == "0000"
    assert 0 < len(compared) <= MatchSettings().candidates
    assert len(verdict.alternatives) < MatchSettings().candidates


def test_a_damaged_table_of_points_ends_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "FILE", "another.txt")
    points.cache_clear()
    try:
        with pytest.raises(TableDamaged):
            Matcher([PLAIN])
    finally:
        points.cache_clear()


TEXTS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            ["Goldie", "Angel", "(", ")", "[", "]", " - ", "-", "_", "Remix", "feat.", "'89", "Pt.",
             "II", "01", "...", "/", "\x00", "\x01", "12\"", "\u00e0\u00fa\u00e9", "ילדה", "A1."]
        ),
        max_size=9,
    ).map(" ".join),
)  # fmt: skip


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_is_too_strange(
    artist: str | None,
    title: str | None,
    its_artist: str | None,
    its_title: str | None,
    path: str | None,
    remixer: str | None,
    mix: str | None,
) -> None:
    """One broken tag must not end the analysis of a library."""
    files = [
        digital(its_artist, its_title, path=path, remixer=remixer, mix=mix, digital_id="any"),
        digital(artist, title, path=path, digital_id="like the vinyl"),
    ]
    verdict = Matcher(files).judge(vinyl(artist, title, album=path))
    assert verdict.status in (OWNED, OTHER_VERSION, REVIEW, MISSING)
    assert 0 <= verdict.confidence <= 100


def test_in_a_library_of_copies_no_more_files_are_compared_than_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = [digital("Goldie", "Angel", digital_id=f"f{at:06d}") for at in range(100_000)]
    compared: list[object] = []
    real = matcher_module.compare
    monkeypatch.setattr(
        matcher_module, "compare", lambda *given: (compared.append(given[1]), real(*given))[1]
    )
    judge = Matcher(library).judge
    verdict = judge(vinyl("Goldie", "Angel"))
    assert len(compared) == matcher_module.DEFAULT_SETTINGS.candidates
    assert verdict.digital_id == "f000000"
    assert judge(vinyl("Goldie", "Angel")) == verdict


@pytest.mark.parametrize("text", ["innercitylife " * 800, "x" * 10_000, "- " * 5_000, "'" * 10_000])
def test_of_an_endless_text_only_the_beginning_is_read(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title of 10,000 letters took half a minute."""
    read: list[DigitalTrack] = []
    real = matcher_module.read_digital
    monkeypatch.setattr(
        matcher_module, "read_digital", lambda track: (read.append(track), real(track))[1]
    )
    path = f"{text}/Goldie - Angel.mp3"
    file = digital("Goldie", f"Angel {text}", album=text, path=path, digital_id="f" * 900)
    verdict = Matcher([file]).judge(vinyl("Goldie", f"Angel {text}", album=text))
    assert read
    assert all(len(text or "") <= MOST_LETTERS for it in read for text in (it.title, it.album))
    assert (read[0].path or "").endswith("Goldie - Angel.mp3")
    assert verdict.digital_id in ("f" * 900, None)


def test_a_record_of_many_tracks_reads_each_title_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each track beside all others of its record was the square of their number."""
    asked: list[VinylTrack] = []
    real = matcher_module.base_title
    monkeypatch.setattr(
        matcher_module, "base_title", lambda track: (asked.append(track), real(track))[1]
    )
    record = [vinyl("Goldie", f"Tune {number}", number=number) for number in range(300)]
    Matcher([]).judge_record(record)
    assert len(asked) == len(record)


def test_every_process_comes_to_the_same_verdicts() -> None:
    """Python shuffles its sets anew in each process; the answers must not follow."""
    program = (
        "from musictool_pipeline.core.matching.matcher import match_all;"
        "from musictool_pipeline_tests.core.matching.large import collection;"
        "from musictool_pipeline_tests.core.matching.labelled import DEV, half;"
        "print(list(match_all(*collection(150, 3000))));"
        "chosen = half(DEV);"
        "print(list(match_all([row.track for row in chosen.rows[:40]], chosen.library)))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert b"owned" in runs[0]
    assert b"another version" in runs[0]


@pytest.mark.slow  # in small: tables/test_gaps
def test_two_processes_give_the_same_verdicts_in_the_same_order() -> None:
    tracks, library = collection(1_100, 1_500)
    alone = list(match_all(tracks, library))
    assert list(match_all(tracks, library, processes=2)) == alone
    assert [verdict.track_id for verdict in alone] == [track.track_id for track in tracks]


# --- Suites ---------------------------------------------------------------------------------------

PART = vinyl("Lowland Choir", "Arrival", parent_title="The Harbour Suite")
SUITE = digital("Lowland Choir", "The Harbour Suite", digital_id="suite")


def test_a_file_of_the_whole_suite_is_one_to_look_at_for_its_parts() -> None:
    found = Matcher([SUITE]).judge(PART)
    assert (found.status, found.digital_id) == (REVIEW, "suite")
    assert found.reason.startswith("the file may be all of The Harbour Suite")


def test_a_part_that_is_there_is_owned_whatever_else_is() -> None:
    part = digital("Lowland Choir", "Arrival", digital_id="part")
    assert Matcher([SUITE, part]).judge(PART).digital_id == "part"
    assert Matcher([SUITE, part]).judge(PART).status == OWNED


@pytest.mark.parametrize("title", ["The Harbour Suite (Part 1)", "The Harbour Suite, Part 2"])
def test_a_part_is_never_owned_by_the_whole(title: str) -> None:
    part = vinyl("Lowland Choir", title, parent_title="The Harbour Suite")
    assert Matcher([SUITE]).judge(part).status == REVIEW


def test_a_suite_by_somebody_else_or_in_another_version_says_nothing_of_a_part() -> None:
    others = [
        digital("Somebody Else", "The Harbour Suite", digital_id="a"),
        digital("Lowland Choir", "The Harbour Suite (Live)", digital_id="b"),
    ]
    assert Matcher(others).judge(PART).status == MISSING


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_garbage_collector_rests_while_tracks_are_judged_and_is_as_it_was_afterwards(
    is_enabled: bool,
) -> None:
    was_enabled = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        tracks = [vinyl("Goldie", "Angel"), vinyl("Goldie", "Timeless")]
        assert [gc.isenabled() for _ in match_all(tracks, [PLAIN])] == [False, False]
        assert gc.isenabled() is is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


@pytest.mark.parametrize(
    ("other_side", "status"),
    [("Paper Lanterns (Instrumental)", OWNED), ("Tide Tables", OTHER_VERSION)],
)
def test_the_vocal_side_beside_an_instrumental_is_the_song(other_side: str, status: str) -> None:
    record = [
        vinyl("Marisol Venn", "Paper Lanterns (Vocal)"),
        vinyl("Marisol Venn", other_side, number=2),
    ]
    matcher = Matcher([digital("Marisol Venn", "Paper Lanterns")])
    assert matcher.judge_record(record)[0].status == status
