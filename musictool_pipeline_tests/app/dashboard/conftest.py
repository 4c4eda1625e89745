"""A collection to look at, and the dashboard opened on it without a browser.

What belongs here: what the tests of several pages share. What a page ought to show stands with its
tests.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from musictool_pipeline.settings import SETTING_NAMES, Settings
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline_tests.app.judged_collection import (
    COPIES,
    FILES,
    GAPS,
    RELEASES,
    TRACKS,
    Row,
    gap,
    publish,
    release,
    track,
)

PAGES = ("overview", "gaps", "review", "records", "files", "wantlist", "health", "tools")

_MAIN = sys.modules["__main__"]


@pytest.fixture(scope="session", autouse=True)
def no_components_are_looked_for() -> Iterator[None]:
    """Each page that a test opens would look through all packages for Streamlit's components, of
    which the dashboard has none: nine tenths of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda *_: [])
        yield


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """AppTest makes the page the main module, which each process that a later test starts would
    run again, outside Streamlit."""
    yield
    sys.modules["__main__"] = _MAIN


HOSTILE = (
    "<script>document.title='taken'</script>",
    "[x](javascript:alert(1))",
    "$\\alpha$ :red[title] **bold**",
    "\x1b[2Jcleared",
    "<img src=x onerror=\"document.title='taken'\">",
)

REVIEWED: list[Row] = [
    gap(
        TRACKS[4],
        "review",
        digital_id="dd",
        digital_path="C:\\Music\\dd.mp3",
        alternatives='[{"digital_id": "ee", "digital_path": null, "status": "review", '
        '"confidence": 60, "reason": "artist unknown"}]',
    ),
    gap(TRACKS[5], "review", confidence=70, digital_id="ee", digital_path=None),
]
LIBRARY: list[Row] = [
    *FILES,
    {**FILES[0], "digital_id": "dd", "path": "C:\\Music\\dd.mp3", "artist": "Cid"},
    {**FILES[0], "digital_id": "ee", "path": None, "title": "Fourth Waltz"},
]
DUPLICATES: list[Row] = [
    {
        "group_id": "g",
        "digital_id": name,
        "title": "Twice",
        "path": f"/Music/{name}.mp3",
        "file_size_bytes": 7_000_000,
        "is_best": name == "aa",
        "reason": "320 kbit/s",
    }
    for name in ("aa", "dd")
]
WANTED: list[Row] = [
    {"release_id": 8, "csv_line": 2, "artist": "Ann", "title": "Later", "label": "Blue"},
    {"release_id": 9, "csv_line": 3, "artist": "Bob", "title": "Sooner", "notes": "first press"},
]
WANTED_GAPS: list[Row] = [
    {**GAPS[0], "track_id": 80 + n, "discogs_release_id": 8, "track_number": n, "status": status}
    for n, status in enumerate(("owned", "owned", "owned", "review"), start=1)
]
FILLED: dict[str, list[Row]] = {
    "releases": RELEASES,
    "collection_items": [
        {**copy, "date_added": datetime(2020 + place, 3, 1)} for place, copy in enumerate(COPIES)
    ],
    "expanded_tracks": TRACKS,
    "digital_tracks": LIBRARY,
    "gap_analysis": [*GAPS[:4], *REVIEWED, GAPS[6]],
    "digital_duplicates": DUPLICATES,
    "wantlist_items": WANTED,
    "wanted_gaps": WANTED_GAPS,
}


def hostile() -> dict[str, list[Row]]:
    """A collection in which every text is one that no page may obey."""
    tracks = [
        track(
            1, number, bad, bad, bad, album=bad, album_artist=bad, label=bad, catalog_number=bad,
            collection_folder=bad, notes=bad, format_type=bad, duration=bad,
        )
        for number, bad in enumerate(HOSTILE, start=1)
    ]  # fmt: skip
    bad = HOSTILE[0]
    return {
        "releases": [
            release(1, bad, bad, label=bad, format=bad, tracklist_error=bad, country=bad),
            *(release(2 + n, each, each, label=each) for n, each in enumerate(HOSTILE)),
            release(9, bad, bad, tracklist_status="failed", tracklist_error=HOSTILE[1]),
        ],
        "collection_items": [
            {
                "item_id": "1-1", "release_id": 1, "artist": bad, "title": bad, "notes": bad,
                "collection_folder": each, "media_condition": each, "csv_line": number,
                "date_added": datetime(2020, 1, 1),
            }
            for number, each in enumerate(HOSTILE, start=2)
        ],
        "expanded_tracks": tracks,
        "digital_tracks": [
            {
                "digital_id": str(number), "source": each, "path": each, "artist": each,
                "title": each, "album": each, "file_type": each, "is_music": True,
            }
            for number, each in enumerate(HOSTILE)
        ],
        "gap_analysis": [
            gap(
                each, "review" if number < 4 else "missing", reason=HOSTILE[1],
                digital_id=str(number), digital_path=bad, digital_title=bad,
                discogs_url="javascript:alert(1)", bandcamp_url="javascript:alert(1)",
            )
            for number, each in enumerate(tracks)
        ],
        "digital_duplicates": [
            {
                "group_id": "g", "digital_id": str(number), "path": each, "artist": each,
                "title": each, "version": each, "reason": each, "is_best": number == 0,
            }
            for number, each in enumerate(HOSTILE)
        ],
        "wantlist_items": [
            {
                "release_id": 20 + number, "csv_line": number, "artist": each, "title": each,
                "label": each, "catalog_number": each, "notes": each,
            }
            for number, each in enumerate(HOSTILE, start=2)
        ],
    }  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder with nothing in it, which the environment names."""
    data = tmp_path / "data"
    data.mkdir()
    for name in SETTING_NAMES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("MUSICTOOL_DATA_DIR", str(data))
    monkeypatch.setenv("MUSICTOOL_LOGS_DIR", str(tmp_path / "logs"))
    return Settings(root=tmp_path, data_dir=data, logs_dir=tmp_path / "logs")


Fill = Callable[..., None]


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The databases that many tests begin with, each made once."""
    folder = tmp_path_factory.mktemp("databases")
    made = {name: folder / f"{name}.duckdb" for name in ("filled", "hostile")}
    _publish(made["filled"], FILLED)
    _publish(made["hostile"], hostile())
    return made


def _publish(database: Path, tables: dict[str, list[Row]]) -> None:
    publish(database, **tables)
    Warehouse(database).publish(
        lambda connection: connection.execute(sql("collection_statistics.sql"))
    )


@pytest.fixture
def fill(settings: Settings, _made: dict[str, Path]) -> Fill:
    """`fill("filled")`, `fill("hostile")`, `fill(releases=..., ...)`: the database with these
    rows, counted."""

    def fill(name: str = "filled", **tables: list[Row]) -> None:
        if tables:
            _publish(settings.database, tables)
        else:
            shutil.copyfile(_made[name], settings.database)

    return fill


# Without a browser there is no address, and only the start page is shown.
_START = """
from musictool_pipeline.app.dashboard.frame import navigate
from musictool_pipeline.app.dashboard.pages import PAGES

navigate(*sorted(PAGES, key=lambda page: page.path != {name!r}))
"""

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """`open_page("gaps", q="waltz")`: a page, with what its address asks for."""
    # It reads about every installed package for each AppTest, which takes longer than the page.
    monkeypatch.setattr(
        "streamlit.components.v2.component_manager.scan_component_manifests",
        list,
        raising=False,
    )

    # A test clicks faster than a person.
    monkeypatch.setattr("musictool_pipeline.app.dashboard.review.HELD_SECONDS", 0.0)

    def open_page(name: str, **query: str | list[str]) -> AppTest:
        app = AppTest.from_string(_START.format(name=name), default_timeout=30)
        app.query_params.update(query)
        return app.run()

    return open_page


def texts(app: AppTest) -> str:
    """What stands on a page as text."""
    return "\n".join(str(each.value) for each in app.text)


def table(app: AppTest, place: int = 0) -> list[dict[str, Any]]:
    """A table of the page, row by row."""
    return app.dataframe[place].value.to_dict("records")


def walk(app: AppTest) -> Iterator[Any]:
    """Every element of the page."""
    waiting: list[Any] = [app.main, app.sidebar]
    while waiting:
        each = waiting.pop()
        children = getattr(each, "children", None)
        if children is None:
            yield each
        else:
            waiting.extend(children.values())


def html_of(app: AppTest) -> str:
    """The HTML of the page, piece after piece."""
    return "".join(str(each.value) for each in walk(app) if each.type == "html")
