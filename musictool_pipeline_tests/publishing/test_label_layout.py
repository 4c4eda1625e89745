"""What fits on a label: sheets that fit their paper, type that shrinks, tracks that flow on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.publishing.label_layout import (
    LEADING,
    MOST_LINES,
    PADDING,
    POINTS,
    SHEETS,
    Label,
    LabelRecord,
    LabelTrack,
    Sheet,
    code_size,
    fitted,
    labels_of,
    lines_of,
    width_of,
)
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS

MM = 25.4 / 72
EVERY_SHEET = pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
LONG = "An Extraordinarily Long Title That Goes On (Some Remixer's Extended Vocal Mix) " * 6


def record(count: int, title: str | None = "Title", words: str = "Words") -> LabelRecord:
    tracks = tuple(
        LabelTrack(f"A{number}", None, title, 245.0, 124.0, "8A", True)
        for number in range(1, count + 1)
    )
    return LabelRecord(1, words, words, words, "CAT 1", 1999, tracks)


def height_of(label: Label, sheet: Sheet) -> float:
    rows = sum(row.lines for row in label.rows) * label.points * MM * LEADING
    return 2 * PADDING + code_size(sheet) + rows


@EVERY_SHEET
def test_the_labels_are_on_the_paper(sheet: Sheet) -> None:
    right = sheet.left + sheet.columns * sheet.label_width + (sheet.columns - 1) * sheet.gap
    assert sheet.left + right == pytest.approx(sheet.width, abs=1)
    bottom = sheet.top + sheet.rows * sheet.label_height
    assert sheet.top + bottom == pytest.approx(sheet.height, abs=1)
    assert code_size(sheet) >= 12, "a phone reads no smaller code"


@EVERY_SHEET
def test_every_track_is_there_once_and_nothing_is_higher_than_the_label(sheet: Sheet) -> None:
    for title in ("Short", LONG, "銅色の雨" * 40, "W" * 400, *TEXTS):
        labels = labels_of(record(14, title), sheet)
        rows = [row for label in labels for row in label.rows]
        assert [row.position for row in rows] == [f"A{number}" for number in range(1, 15)], title
        assert all(row.lines <= MOST_LINES for row in rows), title
        highest = max(height_of(label, sheet) for label in labels)
        assert highest <= sheet.label_height + 1e-6, title


@pytest.mark.parametrize("name", ["a4", "letter", "a4-2x3", "a4-2x4", "letter-2x3", "letter-2x5"])
def test_fourteen_tracks_fit_on_one_label(name: str) -> None:
    (label,) = labels_of(record(14, "A title of common length"), SHEETS[name])
    assert label.points >= POINTS[-1]


def test_on_a_low_label_they_flow_on_and_each_says_which_it_is() -> None:
    labels = labels_of(record(14), SHEETS["a4-2x7"])
    assert [label.facts.text[:6] for label in labels] == ["1/2 · ", "2/2 · "]


def test_few_tracks_are_in_large_type_and_no_tracks_are_a_label_too() -> None:
    (few,) = labels_of(record(2), SHEETS["a4-2x4"])
    assert few.points == POINTS[0]
    (none,) = labels_of(record(0), SHEETS["a4-2x4"])
    assert none.rows == ()


def test_if_it_takes_two_labels_the_type_is_as_large_as_two_permit() -> None:
    """Thirty tracks in the smallest type, two of them alone on a label, can hardly be read."""
    labels = labels_of(record(30), SHEETS["letter"])
    assert len(labels) == 2
    assert labels[0].points > POINTS[-1]
    assert len(labels[1].rows) > 5


def test_a_title_is_in_smaller_type_before_it_is_cut_short() -> None:
    title = ("An Extraordinarily Long Title That Goes On " * 3)[:120]
    (label,) = labels_of(record(6, title), SHEETS["letter"])
    assert [row.title for row in label.rows] == [title.strip()] * 6
    assert label.points < POINTS[0]
    (hopeless,) = labels_of(record(4, LONG), SHEETS["letter"])
    assert all(row.is_cut for row in hopeless.rows) and hopeless.points == POINTS[0]


@EVERY_SHEET
def test_the_head_is_no_higher_than_its_place(sheet: Sheet) -> None:
    for words in ("Short", LONG, "銅色の雨" * 40, "W" * 300, *TEXTS):
        (label, *_) = labels_of(record(1, words=words), sheet)
        texts = (label.artist, label.title, label.facts)
        height = sum(text.lines * text.points for text in texts) * MM * LEADING
        assert height <= code_size(sheet) + 1e-6, words


def test_a_title_is_not_cut_short_as_long_as_its_label_has_room() -> None:
    """The end of a title is what tells one remix from another."""
    title = ("An Extraordinarily Long Title That Goes On " * 6)[:240].strip()
    (label,) = labels_of(record(2, title), SHEETS["a4"])
    assert [row.title for row in label.rows] == [title] * 2
    assert label.points > POINTS[-1]
    assert all(row.lines > MOST_LINES and not row.is_cut for row in label.rows)


def test_a_text_shrinks_before_it_is_cut_short() -> None:
    whole = fitted("Some Artist", (10.0, 5.0), 40, 5)
    assert (whole.text, whole.points, whole.lines) == ("Some Artist", 10.0, 1)
    smaller = fitted("Some Artist And Another", (10.0, 5.0), 40, 5)
    assert (smaller.text, smaller.points) == ("Some Artist And Another", 5.0)
    cut = fitted(LONG, (10.0, 5.0), 40, 5)
    assert cut.points == 5.0 and cut.text.endswith("…")
    assert LONG.startswith(cut.text[:-1])


def test_a_text_on_a_label_has_one_line_of_its_own() -> None:
    assert fitted("a\nb\x1b[2J\u202e", (10.0,), 90, 5).text == "a b [2J"


def test_a_position_that_is_too_long_is_cut_short() -> None:
    track = LabelTrack("Side One, Track One", None, "Title", None, None, None, False)
    (label,) = labels_of(LabelRecord(1, None, None, None, None, None, (track,)), SHEETS["a4"])
    assert label.rows[0].position.endswith("…")


def test_another_artist_stands_before_the_title() -> None:
    track = LabelTrack("A", "Ann", "One", None, None, None, False)
    (label,) = labels_of(LabelRecord(1, None, None, None, None, None, (track,)), SHEETS["a4"])
    assert label.rows[0].title == "Ann – One"  # noqa: RUF001


def test_the_facts_are_those_that_are_known() -> None:
    assert record(0).facts == "CAT 1 · Words · 1999"
    assert LabelRecord(1, "A", "T", None, None, None, ()).facts == ""


@given(st.text(max_size=80), st.text(max_size=80), st.floats(3, 60))
def test_a_longer_text_takes_no_fewer_lines(text: str, more: str, room: float) -> None:
    assert lines_of(text, room) >= 1
    assert lines_of(f"{text} {more}", room) >= lines_of(text, room)
    assert lines_of(text, room) * room >= width_of(" ".join(text.split())) - 3 * len(text.split())


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [("", 5, 1), ("aaaa aaaa", 6, 1), ("aaaa aaaa", 5, 2), ("a" * 20, 5, 4), ("銅色の雨", 3, 3)],
)
def test_lines(text: str, room: float, lines: int) -> None:
    assert lines_of(text, room) == lines
