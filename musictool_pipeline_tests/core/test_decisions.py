"""A person's decisions: read from the user's file, applied first, reported when without effect."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.decisions import (
    Decisions,
    Override,
    Overrides,
    apply_decision,
    find_decided,
)
from musictool_pipeline.core.decisions_file import (
    COLUMNS,
    FACTS,
    append_decision,
    read_overrides,
    withdraw_decision,
)
from musictool_pipeline.core.file_facts import FileFacts
from musictool_pipeline.core.matching.tracks import DigitalTrack, Judgement, Verdict, VinylTrack

HEADER = ",".join(COLUMNS) + "\n"


def vinyl(track_number: int, position: str, release_id: int = 7) -> VinylTrack:
    return VinylTrack(
        release_id * 1000 + track_number, "Goldie", f"Title {track_number}", None, None, None,
        None, None, position, None, release_id, track_number,
    )  # fmt: skip


def digital(digital_id: str, path: str) -> DigitalTrack:
    return DigitalTrack(digital_id, None, None, None, None, None, None, path, None)


TRACKS = [vinyl(1, "A1"), vinyl(2, "A2"), vinyl(3, "B"), vinyl(4, "B")]
LIBRARY = [
    digital("aa", "C:/Music/Caf\u00e9.mp3"),
    digital("bb", "/music/b.flac"),
    digital("cc", "/music/c.mp3"),
]
FOUND = Verdict(
    7001,
    "owned",
    96,
    "title 100",
    "aa",
    (Judgement("bb", "review", 60, "lengths"), Judgement("cc", "missing", 40, "far")),
)


def test_of_two_entries_of_one_file_the_music_is_meant():
    entries = [
        DigitalTrack(name, None, None, None, None, None, None, "/a.mp3", None, name == "z")
        for name in "az"
    ]
    rows = read_overrides((HEADER + "7,1,same,/a.mp3,\n").encode())
    assert find_decided(rows, TRACKS, entries).by_track[7001].digital_id == "z"


@pytest.mark.parametrize("named", ["C:/music/A.mp3", r"C:\\Music\\a.mp3", "/mnt/c/Music/a.mp3"])
@pytest.mark.parametrize("listed", [r"C:\Music\a.mp3", "/mnt/c/Music/a.mp3"])
def test_a_file_is_meant_by_each_programs_path_of_it(named: str, listed: str):
    file = DigitalTrack("f", None, None, None, None, None, None, listed, None, True)
    rows = read_overrides((HEADER + f"7,1,same,{named}\n").encode())
    assert find_decided(rows, TRACKS, [file]).by_track[7001].digital_id == "f"


def decided(*rows: str) -> Decisions:
    return find_decided(read_overrides((HEADER + "\n".join(rows)).encode()), TRACKS, LIBRARY)


def verdict(*rows: str, of: Verdict = FOUND) -> Verdict:
    decisions = decided(*rows)
    assert decisions.problems == ()
    return apply_decision(decisions.by_track[of.track_id], of)


def problems(*rows: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in decided(*rows).problems]


def test_same_names_the_file():
    found = verdict("7,1,same,/music/b.flac,my own rip")
    assert (found.status, found.digital_id, found.confidence) == ("owned", "bb", 100)
    assert found.reason == "you decided: the same version (my own rip)"
    assert [it.digital_id for it in found.alternatives] == ["aa", "cc"]


def test_other_version_lists_the_file_with_the_others():
    found = verdict("7,1,other_version,aa,")
    assert (found.status, found.digital_id) == ("other_version", "aa")
    assert [it.digital_id for it in found.alternatives] == ["aa", "bb", "cc"]


def test_not_that_file_leaves_the_next_best():
    found = verdict("7,1,not,aa,")
    assert (found.status, found.digital_id, found.confidence) == ("review", "bb", 60)
    assert [it.digital_id for it in found.alternatives] == ["cc"]


def test_not_any_of_them_is_missing():
    found = verdict("7,1,not,aa,", "7,1,not,bb,", "7,1,not,cc,")
    assert (found.status, found.digital_id, found.alternatives) == ("missing", None, ())
    assert verdict("7,1,not,,").status == "missing"


def test_not_a_file_that_was_never_the_best_only_takes_it_off_the_list():
    found = verdict("7,1,not,bb,")
    assert (found.status, found.digital_id) == ("owned", "aa")
    assert [it.digital_id for it in found.alternatives] == ["cc"]


def test_a_track_owned_outside_of_any_library():
    found = verdict("7,1,same,,on the old laptop", of=Verdict(7001, "missing", 100, "", None, ()))
    assert (found.status, found.digital_id) == ("owned", None)


def test_the_last_decision_counts():
    assert verdict("7,1,not,bb,", "7,1,same,bb,").digital_id == "bb"
    taken_back = verdict("7,1,same,bb,", "7,1,not,bb,")
    assert (taken_back.status, taken_back.digital_id) == ("owned", "aa")


@pytest.mark.parametrize(
    "path", ["c:\\music\\", "C:/Music/Cafe\u0301.mp3", "C:\\Music\\Caf\u00e9.mp3", "aa"]
)
def test_a_path_in_another_spelling_is_the_same_file(path: str):
    if path == "c:\\music\\":
        assert problems(f"7,1,same,{path},")
    else:
        assert verdict(f"7,1,same,{path},").digital_id == "aa"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (
            "/Users/me/Löwe.mp3",
            [
                *("/Users/me/Löwe.mp3", "Macintosh HD/Users/me/Löwe.mp3", "Users/me/Löwe.mp3"),
                *("/Users/Me/LÖWE.MP3", "Macintosh HD/Users/me/Lo\u0308we.mp3"),
            ],
        ),
        ("/Volumes/Stick/a.mp3", ["Stick/a.mp3", "/Volumes/Stick/a.mp3", "/Volumes/STICK/A.mp3"]),
        ("D:\\House\\a.mp3", ["D:/House/a.mp3", "d:\\house\\A.mp3", "D:\\House/a.mp3"]),
        ("\\\\nas\\music\\a.mp3", ["//nas/music/a.mp3", "\\\\NAS\\Music\\a.mp3"]),
        ("/home/me/a.mp3", ["/home/me/a.mp3"]),
    ],
)
def test_a_file_is_found_by_every_name_that_a_program_has_for_it(path: str, names: list[str]):
    """Decisions that were made when Traktor's spelling was stored still hold."""
    library = [digital("z", path)]
    for name in names:
        row = Override(2, 7, 1, None, "same", name, None)
        found = find_decided(Overrides((row,)), [vinyl(1, "A1")], library)
        assert [it.digital_id for it in found.by_track.values()] == ["z"], name


@pytest.mark.parametrize("name", ["/home/me/A.mp3", "me/b.mp3", "a.mp3", "home/me/b.mp3"])
def test_another_file_is_not_found(name: str):
    """Where the system tells upper and lower case apart, so do decisions."""
    row = Override(2, 7, 1, None, "same", name, None)
    found = find_decided(Overrides((row,)), [vinyl(1, "A1")], [digital("z", "/home/me/a.mp3")])
    assert not found.by_track
    assert len(found.problems) == 1


def test_a_position_stands_for_a_track_number():
    content = b"discogs_release_id;position;decision;digital\n7;a2;same;bb\n"
    decisions = find_decided(read_overrides(content), TRACKS, LIBRARY)
    assert decisions.problems == ()
    assert set(decisions.by_track) == {7002}


def test_a_position_that_two_tracks_have_decides_nothing():
    content = b"discogs_release_id,position,decision,digital\n7,B,same,bb\n"
    decisions = find_decided(read_overrides(content), TRACKS, LIBRARY)
    assert decisions.by_track == {}
    assert "track_number" in decisions.problems[0].reason


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("8,1,same,aa,", "release 8 is not in the collection"),
        ("7,9,same,aa,", "no such track"),
        ("7,1,same,/gone.mp3,", "no file /gone.mp3"),
        ("seven,1,same,aa,", "no release id"),
        ("7,one,same,aa,", "no track number"),
        ("7,,same,aa,", "neither a track number nor a position"),
        ("7,1,perhaps,aa,", "not same, other_version or not"),
    ],
)
def test_what_points_at_nothing_is_reported_with_its_line(row: str, said: str):
    """A decision without effect that is passed over looks like one that holds."""
    [(line, reason)] = problems("7,1,same,aa,", row)
    assert line == 3
    assert said in reason


def test_the_line_is_that_of_the_file():
    [(line, _)] = problems('7,1,same,aa,"a note', 'of two lines"', "", "8,1,not,,")
    assert line == 5


@pytest.mark.parametrize("end", ["", '8,2,not,,by "ear\n', '8,2,not,,"by ear"\n'])
def test_a_quotation_mark_that_swallows_decisions_is_reported(end: str):
    """The decisions below it were part of its note: lost, without a word."""
    rows = '7,1,same,aa,"by ear\n7,2,same,bb,\n7,3,not,,\n' + end
    found = read_overrides((HEADER + rows).encode())
    first = found.problems[0]
    assert first.line == 2
    assert "opens here and is not closed before the decision on line 3" in first.reason
    if not end:  # then a decision that is added would be swallowed too
        with pytest.raises(ValueError, match="fix line 2 before adding decisions"):
            append_decision((HEADER + rows).encode(), override())


@pytest.mark.parametrize("content", [b"", b"\n\n", HEADER.encode()])
def test_an_empty_file_decides_nothing(content: bytes):
    assert read_overrides(content) == Overrides()


@pytest.mark.parametrize("content", [b"artist,title\nx,y\n", b"\x00\x01\x02", b"a,b"])
def test_another_file_is_reported(content: bytes):
    found = read_overrides(content)
    assert found.decisions == ()
    assert found.problems[0].line == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_spreadsheet_saves_it_in_its_own_way(encoding: str):
    content = (HEADER + "7,1,same,C:/Music/Café.mp3,schön\n").encode(encoding)
    decisions = find_decided(read_overrides(content), TRACKS, LIBRARY)
    assert decisions.by_track[7001].digital_id == "aa"


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_a_line_that_names_the_delimiter_is_no_header(first: str):
    """A spreadsheet that writes semicolons puts it first."""
    content = f"{first}{HEADER}7,1,not,,\n".replace(",", ";").encode()
    found = read_overrides(content)
    assert [each.decision for each in found.decisions] == ["not"]
    assert found.problems == ()
    added = append_decision(content, override("same"))
    assert added.startswith(content)
    assert len(read_overrides(added).decisions) == 2
    assert withdraw_decision(added, override("same")) == content


@given(st.binary())
def test_no_bytes_make_it_fail(content: bytes):
    read_overrides(content)
    read_overrides(HEADER.encode() + content)


def test_a_row_that_ends_before_the_release_id_is_a_problem_and_no_crash():
    """It stopped the whole refresh, for a line that a spreadsheet left behind."""
    found = read_overrides(b"track_number,discogs_release_id,decision\n3\n1,7,not\n")
    assert [problem.reason for problem in found.problems] == ["'' is no release id"]
    assert len(found.decisions) == 1


# --- Writing --------------------------------------------------------------------------------------


def override(decision: str = "same", digital: str | None = "/music/b.flac", **fields: object):
    known = {"release_id": 7, "track_number": 2, "position": "A2", "note": "by ear", **fields}
    return Override(0, decision=decision, digital=digital, **known)  # type: ignore[arg-type]


def said(content: bytes) -> list[tuple[object, ...]]:
    return [
        (it.release_id, it.track_number, it.position, it.decision, it.digital, it.note)
        for it in read_overrides(content).decisions
    ]


def test_a_new_file_begins_with_the_header():
    assert append_decision(b"", override()) == (
        b"discogs_release_id,track_number,decision,digital,note\n7,2,same,/music/b.flac,by ear\n"
    )


FILES = {
    "a spreadsheet's, on Windows": (
        "\ufeffnote;Decision;digital_path;Position;release_id\r\nsüß;same;aa;B;9\r\n".encode(),
        b";same;/music/b.flac;A2;7\r\n",
    ),
    "no line end at its end": (
        b"discogs_release_id\ttrack_number\tdecision\tdigital\n9\t1\tnot\taa",
        b"\n7\t2\tsame\t/music/b.flac\n",
    ),
    "UTF-16": (
        "\ufeffdiscogs_release_id,track_number,decision,digital\n9,1,not,aa\n".encode("utf-16-le"),
        "7,2,same,/music/b.flac\n".encode("utf-16-le"),
    ),
    "Windows-1252": (
        "discogs_release_id,track_number,decision,digital,note\n9,1,not,aa,süß\n".encode("cp1252"),
        b"7,2,same,/music/b.flac,\n",
    ),
    "two columns that name the file, and a line that makes no sense": (
        b"discogs_release_id,track_number,decision,digital_id,path\nx,y,z\n",
        b"7,2,same,/music/b.flac,\n",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_the_users_file_stays_byte_for_byte(name: str):
    """The user's spreadsheet has to open it again tomorrow, with the user's own rows unchanged."""
    content, added = FILES[name]
    decision = override(note=None)
    written = append_decision(content, decision)
    assert written == content + added
    withdrawn = withdraw_decision(written, decision)
    assert withdrawn == (
        content if content.endswith(b"\n") or b"\0" in content else content + b"\n"
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n", "the header lacks the columns"),
        (b"release_id,position,decision,note\n", "no column digital"),
        (b"release_id,position,decision,digital\n", "the position is not the track's alone"),
        (b'release_id,track_number,decision,digital,note\n1,1,not,aa,"open\n', "quotation mark"),
        ("release_id,track_number,decision,digital\n9,1,not,ä\n".encode("cp1252"), "UTF-8"),
    ],
)
def test_a_file_that_cannot_take_it_is_left_alone(content: bytes, why: str):
    """A decision that is written and not read back is one that is lost."""
    with pytest.raises(ValueError, match=why):
        append_decision(content, override(digital="/music/日本.mp3", position=None))


def test_only_the_last_of_two_equal_rows_is_withdrawn():
    content = (HEADER + "7,2,same,/music/b.flac,by ear\n1,1,not,aa,\n").encode()
    twice = append_decision(content, override())
    assert withdraw_decision(twice, override()) == content
    once = withdraw_decision(content, override())
    assert once == (HEADER + "1,1,not,aa,\n").encode()
    with pytest.raises(ValueError, match="not in it any more"):
        withdraw_decision(once, override())


def test_a_row_is_withdrawn_from_the_middle_with_its_line_ends_inside_quotes():
    row = '7,2,same,/music/b.flac,"two\nlines"\n'
    content = (HEADER + '9,1,not,"a\r\na",x\n' + row + '9,2,not,aa,"ä"\n').encode("cp1252")
    left = withdraw_decision(content, override(note="two\nlines"))
    assert left == content.replace(row.encode(), b"")


KNOWN = FileFacts(9_000, 300, "t0123456789ab")


def test_a_new_file_has_columns_for_what_tells_the_file_apart():
    written = append_decision(b"", override(facts=KNOWN))
    assert written == (
        b"discogs_release_id,track_number,decision,digital,note,file_size,file_length,file_tags\n"
        b"7,2,same,/music/b.flac,by ear,9000,300,t0123456789ab\n"
    )
    assert read_overrides(written).decisions[0].facts == KNOWN


@pytest.mark.parametrize("name", FILES)
def test_the_header_gets_the_columns_and_the_rows_stay_byte_for_byte(name: str):
    content, _ = FILES[name]
    decision = override(note=None, facts=KNOWN)
    written = append_decision(content, decision)
    *before, last = read_overrides(written).decisions
    assert tuple(before) == read_overrides(content).decisions
    assert last.facts == KNOWN
    marks = "".join(written.decode("utf-16" if b"\0" in written else "cp1252").splitlines()[0])
    assert [*marks.replace(";", ",").replace("\t", ",").split(",")][-3:] == [*FACTS]
    withdrawn = withdraw_decision(written, last)
    assert append_decision(withdrawn, last) == written


def test_where_there_is_no_room_for_facts_the_decision_is_kept_without():
    """What stands beside the columns has a meaning of its owner's."""
    content = (HEADER + "7,1,same,aa,note,more\n").encode()
    assert append_decision(content, override(facts=KNOWN)) == append_decision(content, override())


def test_facts_that_a_spreadsheet_spoiled_count_as_unknown():
    header = HEADER.strip() + "," + ",".join(FACTS)
    rows = f"{header}\n7,1,same,aa,,1.23E+07,300,\n7,2,same,aa,,,,\n7,3,not,aa\n"
    found = read_overrides(rows.encode())
    assert [it.facts for it in found.decisions] == [FileFacts(seconds=300), None, None]
    assert found.problems == ()


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=12)
CELLS = st.text("a;,\t\"'\r\n é\u2028=", max_size=6)
DECIDED = st.builds(
    Override,
    line=st.just(0),
    release_id=st.integers(1, 99),
    track_number=st.integers(1, 9),
    position=st.none(),
    decision=st.sampled_from(["same", "other_version", "not"]),
    digital=st.one_of(st.none(), TEXT),
    note=st.one_of(st.none(), CELLS),
)
WITH_FACTS = st.builds(
    replace,
    DECIDED,
    facts=st.builds(FileFacts, st.none() | st.integers(1, 10**9), st.none(), st.just("t0")),
)


@given(
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    delimiter=st.sampled_from(",;\t"),
    names=st.permutations([*COLUMNS, "mine"]),
    rows=st.lists(st.lists(CELLS, max_size=6), max_size=4),
    line_end=st.sampled_from(["\n", "\r\n"]),
    decision=DECIDED,
)
def test_it_is_written_so_that_it_is_read_or_not_at_all(
    codec: str,
    delimiter: str,
    names: list[str],
    rows: list[list[str]],
    line_end: str,
    decision: Override,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerows([names, *rows])
    content = text.getvalue().encode(codec, "replace")
    try:
        written = append_decision(content, decision)
    except ValueError:
        return
    assert written.startswith(content)
    before, after = said(content), said(written)
    assert after[:-1] == before
    assert after[-1] == (
        decision.release_id,
        decision.track_number,
        None,
        decision.decision,
        decision.digital,
        decision.note,
    )
    assert withdraw_decision(written, decision) == content


@given(content=st.binary(max_size=60), decision=DECIDED)
def test_whatever_the_file_holds_it_is_added_to_or_refused(content: bytes, decision: Override):
    for prefix in (b"", HEADER.encode(), HEADER.encode("utf-16")):
        try:
            assert append_decision(prefix + content, decision).startswith(prefix + content)
        except ValueError:
            continue


@given(content=st.binary(max_size=60), decision=WITH_FACTS)
def test_facts_change_nothing_that_was_there(content: bytes, decision: Override):
    for prefix in (b"", HEADER.encode(), HEADER.encode("utf-16"), b"sep=,\n" + HEADER.encode()):
        try:
            written = append_decision(prefix + content, decision)
        except ValueError:
            continue
        before = read_overrides(prefix + content)
        after = read_overrides(written)
        assert after.decisions[:-1] == before.decisions
        assert after.problems == before.problems
