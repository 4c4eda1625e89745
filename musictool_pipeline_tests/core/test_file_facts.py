"""A decision outlives its file's name: the one file with the same facts is found, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musictool_pipeline.core.decisions import Decisions, Override, Overrides, find_decided
from musictool_pipeline.core.file_facts import FileFacts, facts_of, tags_mark
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack

TRACK = VinylTrack(7001, "Goldie", "Jah", None, None, None, None, 300, "A", None, 7, 1)
FILE = DigitalTrack("aa", "Goldie", "Jah", None, None, None, None, "/old/jah.mp3", 300.4)
MOVED = replace(FILE, digital_id="bb", path="/new/jah.mp3")
FACTS = facts_of(9_000, FILE.duration_seconds, FILE.artist, FILE.title)
SAME = Override(2, 7, 1, None, "same", "/old/jah.mp3", None, FACTS)


def find(
    *files: DigitalTrack,
    sizes: dict[str, int | None] | None = None,
    rows: tuple[Override, ...] = (SAME,),
) -> Decisions:
    all_of_a_size = {file.digital_id: 9_000 for file in files}
    return find_decided(Overrides(rows), [TRACK], files, all_of_a_size if sizes is None else sizes)


def ids(found: Decisions) -> list[str | None]:
    return [it.digital_id for it in found.by_track.values()]


def test_a_file_that_was_moved_keeps_its_decision_and_this_is_said() -> None:
    found = find(MOVED)
    assert (ids(found), found.problems) == (["bb"], ())
    (remark,) = found.remarks
    assert (remark.line, remark.text) == (
        2,
        "release 7, track 1: /old/jah.mp3 is not in the digital library any more; the decision "
        "holds for /new/jah.mp3, which has its size and length",
    )


def test_when_the_file_comes_back_the_decision_is_about_it_again() -> None:
    found = find(MOVED, FILE)
    assert (ids(found), found.remarks) == (["aa"], ())


@pytest.mark.parametrize(
    ("file", "size"),
    [
        (replace(MOVED, artist=None, title=None), 9_000),  # untagged in the other program
        (MOVED, 9_001),  # retagged, or measured in kB
        (MOVED, None),
        (replace(MOVED, duration_seconds=301.0), 9_000),  # rounded by another program
    ],
)
def test_size_and_length_do_and_so_do_length_and_tags(file: DigitalTrack, size: int | None) -> None:
    assert ids(find(file, sizes={"bb": size})) == ["bb"]


@pytest.mark.parametrize(
    ("file", "size"),
    [
        (replace(MOVED, duration_seconds=303.0), 9_000),
        (replace(MOVED, duration_seconds=None), 9_000),
        (replace(MOVED, title="Inner City Life"), 9_000),  # two uncompressed files of one length
        (replace(MOVED, title="Inner City Life"), 9_001),
        (replace(MOVED, artist=None, title=None), None),
    ],
)
def test_a_file_that_only_comes_near_is_not_taken_and_the_line_is_named(
    file: DigitalTrack, size: int | None
) -> None:
    """A decision on the wrong file is worse than one that has to be made again."""
    found = find(file, sizes={"bb": size})
    assert (found.by_track, found.remarks) == ({}, ())
    assert found.problems[0].line == 2
    assert "no file /old/jah.mp3 in the digital library, and none has" in found.problems[0].reason


def test_of_two_that_fit_none_is_taken_and_both_are_named() -> None:
    found = find(MOVED, replace(MOVED, digital_id="cc", path="/copy/jah.mp3"))
    assert found.by_track == {}
    assert "2 have its size and length: /new/jah.mp3; /copy/jah.mp3" in found.problems[0].reason


def test_one_file_in_two_libraries_is_one() -> None:
    entries = (replace(MOVED, is_music=False), replace(MOVED, digital_id="cc"))
    assert ids(find(*entries)) == ["cc"]


def test_of_two_of_one_size_the_one_with_its_tags_is_meant() -> None:
    untagged = replace(MOVED, digital_id="cc", path="/x.mp3", artist=None, title=None)
    assert ids(find(untagged, MOVED)) == ["bb"]


def test_what_was_decided_of_the_file_by_its_own_name_comes_first() -> None:
    """The same file was in two folders; one copy was refused, the other one kept."""
    kept = replace(SAME, line=2, digital="/new/jah.mp3")
    refused = replace(SAME, line=3, decision="not")
    found = find(MOVED, rows=(kept, refused))
    assert (ids(found), found.remarks, found.problems) == (["bb"], (), ())


def test_a_line_without_facts_is_named_as_before() -> None:
    found = find(MOVED, rows=(replace(SAME, facts=None),))
    assert found.problems[0].reason.endswith("no file /old/jah.mp3 in the digital library")


def test_another_file_under_the_old_name_is_said() -> None:
    """Two files swapped their names: the decision holds for what lies there, and should not be
    trusted."""
    found = find(replace(FILE, duration_seconds=412.0))
    assert ids(found) == ["aa"]
    assert found.remarks[0].text == (
        "release 7, track 1: /old/jah.mp3 is 412 s long, and was 300 s when you decided; "
        "the decision holds for it, so look at it again"
    )
    assert find(replace(FILE, duration_seconds=302.0)).remarks == ()


def test_the_mark_of_tags_is_no_formula_and_no_number() -> None:
    """The decisions are opened in a spreadsheet, which runs a title that begins with `=`."""
    marks = [tags_mark("=HYPERLINK(1)", f"=cmd|{number}") for number in range(50)]
    assert all(mark and mark.startswith("t") and mark.isalnum() for mark in marks)
    assert len(set(marks)) == 50
    assert tags_mark("Caf\u00e9", "x") == tags_mark("Cafe\u0301", "x")
    assert tags_mark(None, "x") is None
    assert facts_of(None, 0.2, None, "x") is None
    assert facts_of(0, None, "a", "x") == FileFacts(tags=tags_mark("a", "x"))
