"""The review page: a decision a click, written down, honoured by the next gap analysis, undone."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from musictool_pipeline.app.dashboard import review
from musictool_pipeline.inputs.decisions import load_overrides, take_back_decision
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.gaps import build_gap_analysis
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.dashboard.conftest import FILLED, Fill, OpenPage, html_of, texts
from musictool_pipeline_tests.app.judged_collection import RELEASES, digital, publish, track

HEADER = "discogs_release_id,track_number,decision,digital,note"
FACTS = "file_size,file_length,file_tags"


def click(app: AppTest, label: str, place: int = 0) -> AppTest:
    [*buttons] = [each for each in app.button if each.label == label]
    return buttons[place].click().run()


def rows(settings: Settings) -> list[str]:
    return settings.overrides_file.read_text().splitlines()


def test_it_goes_through_the_queue_and_ends(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    fill()
    app = open_page("review")
    assert "2 tracks to look at, 0 decided" in texts(app)
    assert "Third Waltz" in html_of(app)
    app = click(app, "Same version")
    header, row = rows(settings)
    assert header == f"{HEADER},{FACTS}"
    assert row.startswith('2,3,same,C:\\Music\\dd.mp3,"in the dashboard, 20')
    assert "1 track to look at, 1 decided" in texts(app)
    assert "The next `musictool refresh` applies" in app.caption[0].value
    assert "Decided last: Cid - Third Waltz (dd.mp3): the same version." in texts(app)
    assert "Fourth Waltz" in html_of(app)
    # A file without a path is called by its id.
    app = click(app, "Other version")
    assert rows(settings)[2].startswith("2,4,other_version,ee,")
    assert "All are decided." in "".join(each.value for each in app.markdown)
    # Opened anew, it does not begin again.
    assert "0 tracks to look at, 2 decided" in texts(open_page("review"))


def test_after_a_refused_file_the_next_one_is_shown(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    fill()
    app = open_page("review")
    assert len([each for each in app.button if each.label == "Not it"]) == 2
    app = click(app, "Not it")
    assert "Third Waltz" in html_of(app)
    assert "dd.mp3" not in html_of(app)
    app = click(app, "Not it")
    assert "Fourth Waltz" in html_of(app)
    assert [row.split(",")[2:4] for row in rows(settings)[1:]] == [
        ["not", "C:\\Music\\dd.mp3"],
        ["not", "ee"],
    ]


def test_the_cards_have_the_speed_of_the_record_and_the_sound_of_the_file(
    fill: Fill, open_page: OpenPage
) -> None:
    pressing = {"format_type": "Vinyl", "format_description": '12", 45 RPM', "release_year": 1994}
    sound = {"bpm": 126.0, "musical_key": "Am", "camelot": "8A"}
    fill(
        **{
            **FILLED,
            "expanded_tracks": [{**each, **pressing} for each in FILLED["expanded_tracks"]],
            "digital_tracks": [{**each, **sound} for each in FILLED["digital_tracks"]],
        }
    )
    shown = html_of(open_page("review"))
    assert "<dt>Format</dt><dd>Vinyl, 12&quot;, 45 RPM" in shown
    assert "<dt>Sound</dt><dd>126.0 BPM, Am (8A)</dd>" in shown


def test_none_of_several_is_one_click(fill: Fill, open_page: OpenPage, settings: Settings) -> None:
    fill()
    app = click(open_page("review"), "None of these files")
    assert rows(settings)[1].startswith("2,3,not,,")
    assert "Fourth Waltz" in html_of(app)


def test_later_comes_at_the_end(fill: Fill, open_page: OpenPage, settings: Settings) -> None:
    fill()
    app = click(open_page("review"), "Later")
    assert "Fourth Waltz" in html_of(app)
    app = click(app, "Later")
    assert "Third Waltz" in html_of(app)
    assert not settings.overrides_file.exists()


def test_undo_takes_back_one_after_the_other_and_nothing_else(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    """The file holds decisions of months: not one of them may go with an undo."""
    mine = f"{HEADER}\r\n1,1,same,aa,mine\r\n"
    settings.overrides_file.write_bytes(mine.encode())
    fill()
    app = open_page("review")
    assert not [each for each in app.button if each.label == "Undo"]
    click(click(app, "Same version"), "Not it")
    assert len(rows(settings)) == 4
    app = open_page("review")
    app = click(app, "Undo")
    assert "Fourth Waltz" in html_of(app)
    app = click(app, "Undo")
    assert "Third Waltz" in html_of(app)
    # The columns that the decisions needed stay.
    assert settings.overrides_file.read_bytes() == mine.replace("note", f"note,{FACTS}").encode()


def test_undo_does_without_a_column_for_notes(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    mine = "release_id;position;decision;path\n1;A;same;aa\n"
    settings.overrides_file.write_text(mine)
    fill()
    app = click(click(open_page("review"), "Later"), "Later")
    app = click(app, "Not it")
    assert "cannot take the decision" in texts(app)  # A2 and a2 are one position
    settings.overrides_file.write_text(mine.replace("position", "track_number").replace("A", "1"))
    app = click(app, "Same version")
    header, mine, row = rows(settings)
    assert (header, mine) == (
        "release_id;track_number;decision;path;" + ";".join(FACTS.split(",")),
        "1;1;same;aa",
    )
    assert row.startswith("2;3;same;C:\\Music\\dd.mp3;;431;t")
    click(app, "Undo")
    assert rows(settings) == [header, mine]


def test_a_file_that_cannot_take_it_is_said_and_left_alone(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    settings.overrides_file.write_bytes(b"what,is,this\n")
    fill()
    app = click(open_page("review"), "Same version")
    assert not app.exception
    assert "cannot take the decision: the header lacks" in texts(app)
    assert settings.overrides_file.read_bytes() == b"what,is,this\n"
    assert "2 tracks to look at" in texts(app)


def judged(settings: Settings) -> list[tuple[str, str, bool]]:
    build_gap_analysis(Warehouse(settings.database), settings.overrides_file)
    with Warehouse(settings.database).read() as connection:
        return connection.execute(
            "SELECT title, status, overridden FROM gap_analysis ORDER BY track_number"
        ).fetchall()


def test_the_next_gap_analysis_honours_it(open_page: OpenPage, settings: Settings) -> None:
    """With the real matcher: what the dashboard writes is what the refresh reads."""
    publish(
        settings.database,
        releases=RELEASES[:1],
        expanded_tracks=[
            track(1, 1, "A", "Photek", "Camera (Static Mix)"),
            track(1, 2, "B", "Photek", "Rings Around Saturn"),
        ],
        digital_tracks=[digital("aa", "Photek", "Camera (Stat", path="/é, 1.mp3")],
    )
    assert judged(settings)[0] == ("Camera (Static Mix)", "review", False)
    outcomes = {"Same version": "owned", "Other version": "other_version", "Not it": "missing"}
    for clicked, status in outcomes.items():
        app = click(open_page("review"), clicked)
        assert "All are decided." in "".join(each.value for each in app.markdown)
        assert judged(settings)[0] == ("Camera (Static Mix)", status, True)
        app = open_page("review")
        assert "0 tracks to look at" not in texts(app)
        # It is honoured, so the page no longer speaks of it.
        assert "Decided last" not in texts(app)
        # Taken back, it is as it was.
        last = load_overrides(settings.overrides_file)[0].decisions[-1]
        take_back_decision(settings.overrides_file, last)
        assert judged(settings)[0] == ("Camera (Static Mix)", "review", False)


def test_a_decision_on_a_file_that_is_gone_settles_nothing(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    """It has no effect on the next refresh either: silence would hide the track for ever."""
    settings.overrides_file.write_text(f"{HEADER}\n2,3,same,/gone.mp3,\n")
    fill()
    assert "2 tracks to look at, 0 decided" in texts(open_page("review"))


def test_a_key_that_is_held_decides_one_track(
    fill: Fill, open_page: OpenPage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key repeats thirty times a second, and a double click hits the next track's button."""
    fill()
    app = open_page("review")
    monkeypatch.setattr(review, "HELD_SECONDS", 60.0)
    app = click(click(app, "Same version"), "Same version")
    assert len(rows(settings)) == 2
    app = click(click(app, "Undo"), "Later")
    assert len(rows(settings)) == 1
    app = click(app, "Same version")
    assert len(rows(settings)) == 2
