"""The pages, run as Streamlit runs them: filled, before there is anything, and with texts that no
page may obey."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from musictool_pipeline.app.dashboard.pages import PAGES as PAGES_SHOWN
from musictool_pipeline.core.progress import (
    FETCHING,
    JUDGING,
    READING,
    ExpandedRelease,
    Progress,
)
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import write_progress
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.dashboard.conftest import (
    HOSTILE,
    PAGES,
    Fill,
    OpenPage,
    html_of,
    table,
    texts,
    walk,
)
from musictool_pipeline_tests.app.judged_collection import COPIES, FILES, RELEASES, TRACKS
from musictool_pipeline_tests.app.mixed_collection import publish_mixed
from musictool_pipeline_tests.app.poor_health import in_poor_health


def words(app: AppTest) -> str:
    """Everything that the page says, whatever says it."""
    said = ("text", "markdown", "caption", "html", "code")
    return "\n".join(
        str(each.text if each.type == "progress" else each.value)
        for each in walk(app)
        if each.type in (*said, "progress")
    )


# --- Each page, in every state of the data --------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_everything_there(
    page: str, fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    """It writes nothing, and holds nothing open: an open reader would shut out any program that
    opens the file to write, and keep the disk space of generations long gone."""
    fill()
    before = {path: path.stat().st_mtime_ns for path in settings.root.rglob("*")}
    app = open_page(page)
    assert not app.exception
    assert {path: path.stat().st_mtime_ns for path in settings.root.rglob("*")} == before
    with duckdb.connect(str(settings.database), config={"threads": "1"}) as connection:
        assert connection.execute("SELECT count(*) FROM releases").fetchone() == (len(RELEASES),)
    assert len(app.title) == 1
    assert "Data provided by [Discogs](https://www.discogs.com)." in app.caption[-1].value
    assert "not affiliated" in app.caption[-1].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_before_there_is_a_database(
    page: str, open_page: OpenPage, settings: Settings
) -> None:
    app = open_page(page)
    assert not app.exception
    said = words(app)
    assert "musictool refresh" in said
    assert page == "tools" or "There is no collection yet." in said
    assert list(settings.data_dir.iterdir()) == []


def test_a_page_on_an_empty_database(fill: Fill, open_page: OpenPage) -> None:
    fill(releases=[])
    app = open_page("overview")
    assert not app.exception
    assert "There is no collection yet." in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_a_collection_and_nothing_else(
    page: str, fill: Fill, open_page: OpenPage
) -> None:
    """Half way through the first refresh: releases, and not one tracklist."""
    fill(releases=RELEASES, collection_items=COPIES)
    app = open_page(page)
    assert not app.exception
    assert "There is no collection yet." not in words(app)
    if page in ("gaps", "review"):
        assert "There is no gap analysis yet." in words(app)


@pytest.mark.parametrize(
    ("page", "kind"),
    [("overview", "another program's"), ("gaps", "no database"), ("tools", "another program's")],
)
def test_a_page_says_that_another_program_wrote_the_file(
    page: str, kind: str, open_page: OpenPage, settings: Settings
) -> None:
    if kind == "no database":
        settings.database.write_bytes(b"not a database, " * 1000)
    else:
        with duckdb.connect(str(settings.database)) as connection:
            connection.execute("CREATE TABLE releases (mine INTEGER)")
    app = open_page(page)
    assert not app.exception
    if page != "tools":
        assert "made by another version or another program" in words(app)


def test_a_setting_that_makes_no_sense_is_said(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSICTOOL_REFETCH_DAYS", "soon")
    app = open_page("overview")
    assert not app.exception
    assert "MUSICTOOL_REFETCH_DAYS is 'soon'" in texts(app)


# --- Texts that no page may obey ------------------------------------------------------------------

# These elements show what they are given letter by letter; the browser's test looks at them too.
LITERAL = {"text", "dataframe", "multiselect", "arrow_vega_lite_chart", "vega_lite_chart", "code"}

OURS = {"style", "div", "small", "h2", "p", "dl", "dt", "dd", "span", "i", "b", "code"}


class Tags(HTMLParser):
    """The elements and the attributes of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"@{name}" for name, _ in attrs)}


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_the_database_is_markdown_or_html(
    page: str, fill: Fill, open_page: OpenPage
) -> None:
    """A title on Discogs is written by a stranger. Whatever it holds, the page shows it."""
    fill("hostile")
    app = open_page(page, grouped="false")
    assert not app.exception
    for each in walk(app):
        if each.type == "html":
            assert Tags(each.value).found <= {*OURS, "@class", "@style"}
        elif each.type not in LITERAL:
            for bad in ("<script", "(javascript", ":red[", "onerror", "cleared"):
                assert bad not in str(each.proto), each.type
    for each in app.text:
        assert "\x1b" not in each.value
    for frame in app.dataframe:
        assert "\x1b" not in frame.value.to_csv()
        for name in frame.value.columns:
            if name.endswith("_url"):
                links = frame.value[name].dropna()
                assert all(str(link).startswith("https://") for link in links), name


def test_the_titles_are_there_all_the_same(fill: Fill, open_page: OpenPage) -> None:
    fill("hostile")
    shown = {row["title"] for row in table(open_page("records"))}
    assert shown >= {HOSTILE[0], HOSTILE[1], HOSTILE[2]}
    assert "&lt;script&gt;" in html_of(open_page("review"))


# --- Overview -------------------------------------------------------------------------------------


def test_the_overview_counts(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("overview")
    figures = {each.label: each.value for each in app.metric}
    assert figures == {
        "Records": "4",
        "Releases": "6",
        "Tracks on them": "7",
        "Digital tracks": "4",
        "Owned as files": "14 %",
    }
    assert table(app)[0]["title"] == "Album 3"
    assert "No refresh" not in texts(app)
    assert "1 release failed: HTTP 503" in texts(app)


def test_a_refresh_that_runs_is_followed(
    fill: Fill, open_page: OpenPage, settings: Settings
) -> None:
    fill()
    running = Progress(
        process=str(Owner.this_process()),
        stage=FETCHING,
        started_at=1.0,
        updated_at=time.time(),
        total=200,
        done=50,
        rate_per_minute=58.25,
        eta_seconds=155.0,
        waiting="other programs use 20 of the 60 requests a minute",
        recent=(ExpandedRelease(7, "Goldie", "Timeless", 12),),
        failures={"HTTP 503": 2},
    )
    write_progress(settings.progress_file, running)
    said = words(open_page("overview"))
    assert "58.2 a minute, 3 min left, done at" in said
    assert "It waits: other programs use 20" in said
    assert "7: Goldie - Timeless, 12 tracks" in said
    assert "2 releases failed: HTTP 503" in said
    # Of a library that is read nobody knows how long it takes, and nothing is fetched then.
    write_progress(settings.progress_file, replace(running, stage=READING, total=0, waiting=""))
    said = words(open_page("overview"))
    assert "Reading the libraries" in said
    assert "0 of 0" not in said and "a minute" not in said
    write_progress(
        settings.progress_file, replace(running, stage=JUDGING, judged=100, to_judge=400)
    )
    assert "100 of 400 tracks compared" in words(open_page("overview"))
    write_progress(
        settings.progress_file, replace(running, finished=True, stopped="Discogs is down")
    )
    said = words(open_page("overview"))
    assert "a minute" not in said
    assert "It ended early: Discogs is down" in said


# --- Gap analysis ---------------------------------------------------------------------------------


def test_the_tabs_have_their_tracks(fill: Fill, open_page: OpenPage) -> None:
    fill()
    for tab, titles in (
        ("Other version", ["Inner City Life"]),
        ("Owned", ["Jah"]),
        ("Review", ["Third Waltz", "Fourth Waltz"]),
    ):
        app = open_page("gaps", tab=tab)
        assert [row["title"] for row in table(app)] == titles
    assert len(table(open_page("gaps", tab="All"))) == 7
    assert "7 tracks: 3 missing, 1 other version, 2 review, 1 owned" in texts(app)


def test_what_is_missing_comes_record_by_record(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("gaps")
    assert [(row["title"], row["listed"], row["tracks"]) for row in table(app)] == [
        ("Album 2", 2, 4),
        ("Album 3", 1, 1),
    ]
    app.toggle(key="grouped").set_value(False).run()
    assert [row["title"] for row in table(app)] == ["Alone", "First Waltz", "Second Waltz"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"q": "waltz SECOND"}, ["Second Waltz"]),
        ({"folder": "To Sell"}, ["First Waltz", "Second Waltz"]),
        ({"label": "muller"}, ["First Waltz", "Second Waltz"]),
        ({"artist": "bob"}, ["Second Waltz"]),
        ({"q": "nothing like it"}, []),
        ({"folder": "no such folder"}, ["Alone", "First Waltz", "Second Waltz"]),
        ({"page": "99999999999999999999"}, ["Alone", "First Waltz", "Second Waltz"]),
        ({"page": "7"}, ["Alone", "First Waltz", "Second Waltz"]),
        ({"sort": "Title", "down": "true"}, ["Second Waltz", "First Waltz", "Alone"]),
        ({"sort": "1; DROP TABLE releases"}, ["Alone", "First Waltz", "Second Waltz"]),
    ],
)
def test_the_address_holds_the_filters(
    query: dict[str, str], titles: list[str], fill: Fill, open_page: OpenPage
) -> None:
    """A filtered page can be bookmarked and sent on; whatever an address holds, it is no crash."""
    fill()
    app = open_page("gaps", grouped="false", **query)
    assert not app.exception
    shown = [row["title"] for row in table(app)] if app.dataframe else []
    assert shown == titles


# --- Browsers -------------------------------------------------------------------------------------


def test_a_page_at_a_time(fill: Fill, open_page: OpenPage) -> None:
    many = [{**TRACKS[0], "id": n, "track_number": n, "title": f"{n:03}"} for n in range(1, 251)]
    fill(releases=RELEASES, expanded_tracks=many)
    app = open_page("records")
    assert len(table(app)) == 100
    assert "1 to 100 of 250 tracks" in texts(app)
    app = open_page("records", page="3")
    assert [row["title"] for row in table(app)] == [f"{n:03}" for n in range(201, 251)]
    # Another search begins at its first page.
    app.text_input(key="q").set_value("1").run()
    assert "1 to 100 of " in texts(app)


def test_the_copies_have_a_table_of_their_own(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("records", view="Copies on the shelf")
    assert len(table(app)) == len(COPIES)
    assert "media_condition" in table(app)[0]
    app.segmented_control(key="view").set_value("tracks").run()
    assert not app.exception
    assert len(table(app)) == len(TRACKS)


def test_columns_can_be_chosen(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("files")
    app.multiselect(key="columns_browse_files.sql").set_value(["title", "source"]).run()
    assert list(app.dataframe[0].value.columns) == ["title", "source"]


def test_a_length_is_a_clock_that_is_sorted_as_a_number(fill: Fill, open_page: OpenPage) -> None:
    """As text 10:00 would come before 3:13."""
    lengths = (600.0, 193.4, 3_898.0)
    files = [
        {**each, "duration_seconds": seconds} for each, seconds in zip(FILES, lengths, strict=False)
    ]
    fill(releases=RELEASES, digital_tracks=files)
    shown = sorted(row["duration_seconds"] for row in table(open_page("files")))
    assert [text.strip() for text in shown] == ["3:13", "10:00", "1:04:58"]


def test_the_wantlist_says_what_you_have_of_each(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("wantlist")
    assert "2 releases; 2 not fetched yet; you have 3 of 4 tracks as files" in texts(app)
    assert [(row["artist"], row["title"], row["state"]) for row in table(app)] == [
        ("Ann", "Later", "wanted, and you have 3 of 4 tracks as files (1 to review)"),
        ("Bob", "Sooner", "wanted; not judged yet"),
    ]
    assert table(app)[0]["discogs_url"] == "https://www.discogs.com/release/8"
    found = open_page("wantlist", q="first PRESS")
    assert [row["artist"] for row in table(found)] == ["Bob"]
    assert "1 release, " in texts(found)
    assert "Nothing fits." in texts(open_page("wantlist", q="no such record"))


def test_without_a_wantlist_its_page_says_how_to_set_one(
    fill: Fill, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(releases=RELEASES)
    assert "No wantlist is set." in texts(open_page("wantlist"))
    assert "Set MUSICTOOL_WANTLIST" in html_of(open_page("wantlist"))
    monkeypatch.setenv("MUSICTOOL_WANTLIST", str(tmp_path / "wants.csv"))
    assert "Run <code>musictool refresh</code>." in html_of(open_page("wantlist"))


def test_the_duplicates_say_what_they_take(fill: Fill, open_page: OpenPage) -> None:
    fill()
    app = open_page("health")
    assert [each.value for each in app.metric] == ["1", "1", "7.0 MB"]
    assert [row["is_best"] for row in table(app)] == [True, False]


def test_the_page_of_duplicates_is_still_where_it_was() -> None:
    (page,) = [page for page in PAGES_SHOWN if page.earlier_path]
    assert (page.path, page.earlier_path) == ("health", "duplicates")


def test_files_are_looked_for_at_a_click(
    fill: Fill, open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand files on a disk in the network take longer than a page may."""
    monkeypatch.setenv("MUSICTOOL_MIN_BITRATE", "192")
    fill(**in_poor_health(tmp_path / "files"))
    app = open_page("health")
    assert "1 owned track has no file of at least 192 kbit/s." in texts(app)
    assert "of these files" not in texts(app)
    before = len(app.dataframe)
    app.button(key="look").click().run()
    assert not app.exception
    assert "2 of these files are there, 1 is gone." in texts(app)
    assert len(app.dataframe) == before + 1


# --- Tools ----------------------------------------------------------------------------------------


def test_the_downloads_and_prerequisites(
    fill: Fill, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from musictool_pipeline.publishing.exports import EXPORTS

    fill()
    app = open_page("tools")
    assert len(app.get("download_button")) == len(EXPORTS)
    monkeypatch.setenv("MUSICTOOL_WANTLIST", str(tmp_path / "wants.csv"))
    assert len(open_page("tools").get("download_button")) == len(EXPORTS) + 1
    assert "Discogs CSV not found" in texts(app)
    assert "DISCOGS_API_KEY not found" in texts(app)


# --- The database is replaced under it ------------------------------------------------------------


def test_the_next_click_shows_the_next_generation(
    fill: Fill, open_page: OpenPage, settings: Settings, tmp_path: Path
) -> None:
    """What was counted of one generation is not shown of the next, though the path is the same."""
    fill()
    kept = tmp_path / "first.duckdb"
    shutil.copy2(settings.database, kept)
    app = open_page("overview")
    assert app.metric[0].value == "4"
    fill(releases=RELEASES, collection_items=COPIES[:1])
    assert app.run().metric[0].value == "1"
    kept.replace(settings.database)
    assert app.run().metric[0].value == "4"


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ({}, "Filters"),
        ({"bpm": "120-128", "key": "8A"}, "Filters (2 in force)"),
        ({"bpm": "fast"}, "Filters (1 in force)"),
    ],
)
def test_a_link_shows_the_filters_that_it_sets(
    query: dict[str, str], label: str, fill: Fill, open_page: OpenPage
) -> None:
    """Closed and uncounted they would leave out tracks, and nothing would say so."""
    fill()
    (filters,) = open_page("gaps", **query).expander
    assert (filters.label, filters.proto.expanded) == (label, bool(query))


@pytest.mark.parametrize(
    ("key", "count", "is_key"),
    [("8A", 6, True), ("A minor", 6, True), ("1m", 6, True), ("2B", 1, True), ("H", 9, False)],
)
def test_the_key_is_asked_for_in_any_spelling(
    key: str, count: int, is_key: bool, settings: Settings, open_page: OpenPage
) -> None:
    publish_mixed(settings.database)
    app = open_page("gaps", tab="Owned", key=key)
    assert not app.exception
    assert len(table(app)) == count
    assert ("Give one key, as 8A" in words(app)) is not is_key
