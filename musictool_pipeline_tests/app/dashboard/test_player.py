"""The player and the videos on the review page: nothing is loaded or looked at before a click."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from musictool_pipeline.app.dashboard.videos import Video, best_first, videos_of
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.dashboard.conftest import (
    FILLED,
    HOSTILE,
    Fill,
    OpenPage,
    html_of,
    texts,
    walk,
)
from musictool_pipeline_tests.app.dashboard.test_listening import write_wav

FIRST_FILE = FILLED["digital_tracks"][3]


def listed(key: str, title: str, duration: int | None = 300, **values: object) -> dict[str, object]:
    uri = f"https://www.youtube.com/watch?v={key}"
    return {"uri": uri, "title": title, "duration": duration, "embed": True, **values}


def cache(settings: Settings, *videos: object, release_id: int = 2) -> None:
    answer = json.dumps({"id": release_id, "videos": [*videos]}).encode()
    TracklistCache(settings.cache_dir).write(
        release_id, answer, status=FETCHED, fetched_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def click(app: AppTest, label: str, place: int = 0) -> AppTest:
    return [each for each in app.button if each.label == label][place].click().run()


def frames(app: AppTest) -> list[str]:
    return [each.proto.src for each in walk(app) if each.type == "iframe"]


@pytest.fixture
def wav(fill: Fill, tmp_path: Path) -> Path:
    """The file of the first track, which is there and lasts ten seconds."""
    file = write_wav(tmp_path / "dd.wav", 10)
    here = {**FIRST_FILE, "path": str(file), "duration_seconds": 10.0}
    others = [it for it in FILLED["digital_tracks"] if it is not FIRST_FILE]
    fill(**{**FILLED, "digital_tracks": [*others, here]})
    return file


def test_it_plays_from_the_start_from_the_middle_and_stops(wav: Path, open_page: OpenPage) -> None:
    app = open_page("review")
    assert "<audio" not in html_of(app)
    app = click(app, "Play")
    assert '<audio controls autoplay src="listen?file=dd"' in html_of(app)
    app = click(app, "From the middle")
    assert 'src="listen?file=dd#t=5"' in html_of(app)
    app = click(app, "Stop")
    assert "<audio" not in html_of(app)
    # The next track begins in silence.
    app = click(click(app, "Play"), "Later")
    assert "<audio" not in html_of(app)


def test_no_file_is_looked_at_before_a_click(
    wav: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that sleeps, or a share that does not answer, would hold up the page."""
    looked: list[object] = []
    real = os.path.realpath
    monkeypatch.setattr(os.path, "realpath", lambda path: looked.append(path) or real(path))
    app = open_page("review")
    assert wav not in looked
    click(app, "Play")
    assert wav in looked


def test_a_file_that_is_not_here_is_said_with_its_path(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("review")
    assert labels(app).count("Play") == 1  # the other candidate's path is not known
    app = click(app, "Play")
    assert "<audio" not in html_of(app)
    assert "C:\\Music\\dd.mp3 is not" in texts(app)
    assert "Play" in labels(app)


def test_a_type_that_browsers_do_not_play_is_said_and_has_no_button(
    fill: Fill, open_page: OpenPage
) -> None:
    others = [it for it in FILLED["digital_tracks"] if it is not FIRST_FILE]
    fill(**{**FILLED, "digital_tracks": [*others, {**FIRST_FILE, "path": "/Music/dd.aiff"}]})
    app = open_page("review")
    assert "Browsers do not play AIFF. Open the file in a player: /Music/dd.aiff" in texts(app)
    assert "Play" not in labels(app)


def test_each_key_has_one_button(wav: Path, open_page: OpenPage, settings: Settings) -> None:
    """Two buttons of one key would both be pressed."""
    cache(settings, listed("first-video", "x"), listed("second-video", "y"))
    app = click(open_page("review"), "Not it", 1)
    keys = {each.label: each.proto.shortcut for each in app.button if each.proto.shortcut}
    assert keys == {
        "Same version": "s",
        "Other version": "o",
        "Not it": "n",
        "Later": "l",
        "Undo": "u",
        "Play": "p",
        "From the middle": "m",
        "Watch": "v",
    }
    every = [each.proto.shortcut for each in app.button if each.proto.shortcut]
    assert len(every) == len(set(every))


# --- Videos ---------------------------------------------------------------------------------------


def test_a_video_is_a_button_until_it_is_clicked(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    """Before that no other machine learns which record somebody looks at."""
    fill()
    cache(settings, listed("aaaaaaaaaaa", "Fourth"), listed("bbbbbbbbbbb", "Cid - Third Waltz"))
    app = open_page("review")
    shown = "".join(str(getattr(each, "value", "")) for each in walk(app)) + html_of(app)
    assert "youtube" not in shown.lower().replace("from youtube.", "")
    assert frames(app) == []
    assert [text for text in texts(app).splitlines() if "(5:00)" in text] == [
        "Cid - Third Waltz (5:00)",
        "Fourth (5:00)",
    ]
    app = click(app, "Watch")
    assert frames(app) == ["https://www.youtube-nocookie.com/embed/bbbbbbbbbbb"]
    assert frames(click(app, "Close")) == []


def test_a_video_that_may_not_be_embedded_is_a_link(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    fill()
    cache(settings, listed("aaaaaaaaaaa", "Third Waltz", embed=False))
    app = open_page("review")
    assert "Watch" not in labels(app)
    links = [each.proto.url for each in walk(app) if each.type == "link_button"]
    assert "https://www.youtube.com/watch?v=aaaaaaaaaaa" in links


def test_titles_of_strangers_are_text(fill: Fill, open_page: OpenPage, settings: Settings) -> None:
    fill()
    cache(settings, *(listed(f"aaaaaaaaaa{place}", bad) for place, bad in enumerate(HOSTILE)))
    app = open_page("review")
    assert HOSTILE[0] in texts(app)
    assert "\x1b" not in texts(app)
    assert not any(bad in html_of(app) for bad in HOSTILE)
    assert not any(bad in label for bad in HOSTILE for label in labels(app))


@pytest.mark.parametrize("damaged", [b"", b"{}", b"\x00" * 100])
def test_a_damaged_answer_is_left_where_it_is(
    damaged: bytes, fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    """The dashboard writes decisions, and nothing else."""
    fill()
    cache(settings, listed("aaaaaaaaaaa", "x"))
    file = TracklistCache(settings.cache_dir).path(2)
    file.write_bytes(damaged)
    app = open_page("review")
    assert "Watch" not in labels(app)
    assert not app.exception
    assert file.read_bytes() == damaged


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)//https://www.youtube.com/watch?v=aaaaaaaaaaa",
        "https://evil.example/watch?v=aaaaaaaaaaa",
        "https://www.youtube.com.evil.example/watch?v=aaaaaaaaaaa",
        "https://www.youtube.com@evil.example/watch?v=aaaaaaaaaaa",
        "https://www.youtube.com/watch?v=../../x",
        'https://www.youtube.com/watch?v=a" onload="x',
        "https://www.youtube.com/watch?v=aaaaaaaaaaa\n",
        "",
        None,
        7,
    ],
)
def test_an_address_that_is_no_videos_is_left_out(uri: object) -> None:
    assert [*videos_of({"videos": [listed("x", "t", uri=uri)]})] == []


@pytest.mark.parametrize("answer", [None, [], {}, {"videos": None}, {"videos": [None, 1, "x", []]}])
def test_an_answer_without_videos_has_none(answer: object) -> None:
    assert [*videos_of(answer)] == []


@pytest.mark.parametrize(
    "uri",
    [
        "https://www.youtube.com/watch?v=aaaaaaaaaaa",
        "http://youtube.com/watch?feature=x&v=aaaaaaaaaaa&t=3",
        "https://youtu.be/aaaaaaaaaaa?t=3",
    ],
)
def test_every_spelling_of_an_address_is_one_video(uri: str) -> None:
    found = [*videos_of({"videos": [listed("", "t", uri=uri), listed("aaaaaaaaaaa", "again")]})]
    assert found == [Video("aaaaaaaaaaa", "t", 300, True)]


def test_the_video_that_fits_the_track_comes_first() -> None:
    """By its title, and of several with that title by its length."""
    titles = (
        ("a", "Whole record", 1_900),
        ("b", "Ann - First Waltz (Dub)", 300),
        ("c", "Ann — FIRST WALTZ", 421),
        ("d", "Ann - First Waltz", 300),
        ("e", "Second Waltz", 420),
    )
    videos = [Video(key, title, seconds, True) for key, title, seconds in titles]
    assert [it.key for it in best_first(videos, "First Waltz", 420)][:2] == ["c", "b"]
    assert next(it.key for it in best_first(videos, "First Waltz (Dub)", 300)) == "b"
    assert [it.key for it in best_first(videos, None, None)] == ["a", "b", "c", "d", "e"]
