"""The report: what it says, when it is written, and that no title is ever more than text.

What a browser makes of it is seen in `test_report_in_a_browser`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.errors import DestinationRefused, MusicToolError
from musictool_pipeline.publishing import report as report_module
from musictool_pipeline.publishing.report import WrittenReport, keep_report, write_report
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.fingerprints import note
from musictool_pipeline.tables.gaps import build_statistics
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.judged_collection import (
    AT,
    COPIES,
    EVERYTHING,
    TRACKS,
    publish,
)
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS, publish_hostile

DATED = [
    {**copy, "date_added": AT.replace(year=2020 + number)} for number, copy in enumerate(COPIES)
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small collection, judged and counted."""
    database = tmp_path_factory.mktemp("judged") / "musictool.duckdb"
    publish(database, **{**EVERYTHING, "collection_items": DATED})
    build_statistics(Warehouse(database))
    return database


@pytest.fixture
def settings(database: Path, tmp_path: Path) -> Settings:
    """A data folder with a copy of it."""
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    shutil.copy(database, settings.database)
    return settings


class Document(HTMLParser):
    """The elements of a page, the text of its scripts and styles, and all other text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._open: dict[str, str | None] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._open = {"tag": tag, **dict(attrs)}

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is None:
            self.words.append(data)
        else:
            self.raw.append((self._open, data))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, name: str) -> list[str]:
        return [value for _, attrs in self.elements if (value := attrs.get(name)) is not None]


def written(settings: Settings) -> str:
    return write_report(settings, settings.report_file).path.read_text("utf-8")


def data_of(html: str) -> dict[str, Any]:
    (data,) = [text for attrs, text in Document(html).raw if attrs.get("id") == "data"]
    return json.loads(data)


def table_of(html: str) -> list[tuple[Any, ...]]:
    """The list's rows as the page's script reads them: record and track, text for text."""
    data = data_of(html)
    strings, records, tracks = data["strings"], data["records"], data["tracks"]
    rows: list[tuple[Any, ...]] = []
    for number, release_id in enumerate(records["id"]):
        for _ in range(records["tracks"][number]):
            track = len(rows)
            rows.append(
                (
                    release_id,
                    strings[records["artist"][number]],
                    records["title"][number],
                    tracks["position"][track],
                    strings[tracks["artist"][track]],
                    tracks["title"][track],
                    data["statuses"][int(tracks["status"][track])],
                    tracks["confidence"][track],
                    strings[tracks["reason"][track]],
                    tracks["file"][track],
                )
            )
    return rows


# --- What it says --------------------------------------------------------------------------------


def test_the_overview_has_the_figures_of_the_tables(settings: Settings) -> None:
    text = Document(written(settings)).text
    assert "releases 6 copies 4 tracks 7 files 2 of the tracks owned 14 %" in text
    assert "owned 1 14 % other version 1 14 % review 1 14 % missing 4 57 %" in text
    assert "Tracklists as of 2 January 2026." in text
    assert "2 of 6 releases have no tracklist" in text
    assert "Data provided by Discogs" in text
    assert "not affiliated with Discogs" in text


def test_every_column_says_what_it_holds(settings: Settings) -> None:
    """A blank heading is read aloud as nothing; a title explains a word such as `missing`."""
    html = written(settings)
    headings = re.findall(r"<thead><tr>(.*?)</tr></thead>", html)
    assert len(headings) >= 4
    for row in headings:
        assert "<td" not in row
        for words in re.findall(r"<th scope=col[^>]*>(.*?)</th>", row):
            assert re.sub("<[^>]*>|&nbsp;", "", words)
    assert html.count('<th scope=col title="tracks that you have no file of">missing</th>') >= 2


def test_what_came_last_stands_first(settings: Settings) -> None:
    text = Document(written(settings)).text
    last = text[text.index("Added last") :]
    assert last.index("2 Jan 2023 Ann \N{EN DASH} Album 3") < last.index(
        "2 Jan 2020 Goldie \N{EN DASH} Album 1"
    )
    assert "1 of 2" in last, "Goldie's record has two tracks, and one is owned"


def test_the_list_has_every_judged_track_in_the_order_of_the_shelf(settings: Settings) -> None:
    rows = table_of(written(settings))
    assert [(row[0], row[3], row[6]) for row in rows] == [
        (3, "1", "missing"),
        (1, "A", "other_version"),
        (1, "B", "owned"),
        (2, "A1", "missing"),
        (2, "a2", "missing"),
        (2, "A2", "review"),
        (2, "", "missing"),
    ]
    assert {row[5] for row in rows} == {track["title"] for track in TRACKS}


def test_a_record_is_in_the_folders_of_all_its_copies(settings: Settings) -> None:
    data = data_of(written(settings))
    records = data["records"]
    folders = {
        release_id: [data["strings"][number] for number in numbers]
        for release_id, numbers in zip(records["id"], records["folders"], strict=True)
    }
    assert folders == {1: ["Jungle"], 2: ["House", "To Sell"], 3: []}


def test_files_are_named_without_their_folders(settings: Settings) -> None:
    """A list is handed on; where its owner keeps music, or the owner's name, is not."""
    html = written(settings)
    assert {row[9] for row in table_of(html)} == {"", "aa.mp3", "Goldie - Jah.mp3"}
    assert "C:" not in html and "/Music/" not in html


def test_without_a_script_the_missing_tracks_are_there(settings: Settings) -> None:
    html = written(settings)
    plain = Document(html[html.index("<noscript>") : html.index("</noscript>")]).text
    assert "Various \N{EN DASH} Album 2 Café Müller Records, CM 7, House, To Sell" in plain
    assert "3 of 4 missing: A1 First Waltz , a2 Second Waltz , Fourth Waltz" in plain
    assert "Inner City Life" not in plain, "that one is there in another version"


def test_without_a_library_it_says_why_nothing_is_owned(settings: Settings) -> None:
    Warehouse(settings.database).publish(
        lambda connection: connection.execute(
            "UPDATE collection_statistics SET value = 0 WHERE dimension = 'digital_music'"
        )
    )
    assert "No digital library was read yet" in Document(written(settings)).text


@pytest.mark.parametrize("there", ["no database", "no gap analysis"])
def test_where_nothing_was_judged_it_says_what_to_do_and_writes_nothing(
    there: str, tmp_path: Path
) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    if there == "no gap analysis":
        settings.data_dir.mkdir()
        publish(settings.database, expanded_tracks=TRACKS)
    with pytest.raises(MusicToolError) as error:
        write_report(settings, settings.report_file)
    assert "musictool refresh" in error.value.remedy
    assert keep_report(settings) is None
    assert not settings.report_file.parent.exists()


# --- When it is written --------------------------------------------------------------------------


def test_the_same_database_gives_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    first = write_report(settings, tmp_path / "one" / "report.html").path.read_bytes()
    again = write_report(settings, tmp_path / "two" / "other.html").path.read_bytes()
    assert first == again


def kept(settings: Settings) -> WrittenReport:
    report = keep_report(settings)
    assert report is not None
    return report


def test_it_is_left_alone_where_nothing_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a refresh with nothing to do from reading 100,000 rows to find that out."""
    assert kept(settings).written
    before = settings.report_file.stat()

    def never(*_: object) -> None:
        raise AssertionError("the tables were read")

    monkeypatch.setattr(report_module, "read_report", never)
    report = kept(settings)
    assert (report.written, report.tracks, report.records) == (False, 7, 3)
    assert report.size == before.st_size
    after = settings.report_file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_it_is_written_anew_where_it_is_gone(settings: Settings) -> None:
    assert kept(settings).written
    settings.report_file.unlink()
    assert kept(settings).written


@pytest.mark.parametrize("table", ["digital_tracks", "releases", "gap_analysis"])
def test_it_is_written_anew_where_a_table_was_made_anew(table: str, settings: Settings) -> None:
    assert kept(settings).written
    Warehouse(settings.database).publish(lambda connection: note(connection, table, "another"))
    assert kept(settings).written
    assert not kept(settings).written


def test_it_is_written_anew_where_its_own_code_is_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(settings).written
    monkeypatch.setattr(report_module, "_code", lambda: "another")
    assert kept(settings).written


def test_an_earlier_report_is_replaced_and_nothing_else_is(settings: Settings) -> None:
    """Prevents `--output` with a name too short from writing over a letter, or the database."""
    written(settings)
    written(settings)
    letter = settings.root / "letter.html"
    letter.write_text("Dear Goldie")
    for path in (letter, settings.database, settings.data_dir / "report.html"):
        before = path.read_bytes() if path.exists() else None
        with pytest.raises(DestinationRefused):
            write_report(settings, path)
        assert (path.read_bytes() if path.exists() else None) == before


# --- What a title can do: nothing ----------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a database full of them."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = Settings(root=folder, data_dir=folder / "data")
    settings.data_dir.mkdir()
    publish_hostile(settings.database)
    return written(settings)


def test_no_title_makes_an_element_or_an_attribute(hostile: str, settings: Settings) -> None:
    made, harmless = Document(hostile).elements, Document(written(settings)).elements
    assert {name for name, _ in made} == {name for name, _ in harmless}
    assert {key for _, attrs in made for key in attrs} <= {key for _, a in harmless for key in a}
    assert sum(name == "script" for name, _ in made) == 2
    assert sum(name == "noscript" for name, _ in made) == 1
    assert hostile.lower().count("</script") == 2
    assert hostile.lower().count("</noscript") == 1


def test_every_link_leads_to_discogs_or_into_the_page(hostile: str) -> None:
    links = Document(hostile).attributes("href")
    assert len(links) > len(TEXTS)
    for link in links:
        assert re.fullmatch(
            r"#list|#(status|label)=[\w%.~-]+|https://www\.discogs\.com(/release/\d+)?", link
        )


def test_the_list_keeps_every_text_as_it_is_but_for_what_is_obeyed(hostile: str) -> None:
    expected = {
        re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", re.sub("[\u202a-\u202e]", "", text))
        for text in TEXTS
    }
    rows = table_of(hostile)
    assert len(rows) == 2 * len(TEXTS)
    for column in (1, 2, 3, 4, 5, 8):
        assert {row[column] for row in rows} == expected
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", hostile)


def test_the_list_cannot_end_its_script_element(hostile: str) -> None:
    data = hostile[hostile.index('id="data">') + 10 :].partition("</script>")[0]
    assert json.loads(data)["records"]["id"], "it ends where it should"
    assert not set("<>&\u2028\u2029") & set(data)


def test_the_policy_allows_this_script_and_this_style_and_no_request(settings: Settings) -> None:
    document = Document(written(settings))
    (policy,) = [
        attrs["content"] or ""
        for name, attrs in document.elements
        if name == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    hashes = {
        attrs[
            "tag"
        ]: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for attrs, text in document.raw
        if attrs.get("type") != "application/json"
    }
    assert rules == {
        "default-src": "'none'",
        "script-src": hashes["script"],
        "style-src": hashes["style"],
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    names = [name for name, _ in document.elements]
    assert names.index("style") > [attrs.get("http-equiv") for _, attrs in document.elements].index(
        "Content-Security-Policy"
    ), "a policy holds for what comes after it"


def test_nothing_in_it_asks_for_anything(settings: Settings) -> None:
    document = Document(written(settings))
    for name in ("src", "srcset", "style", "action", "background", "poster", "onclick", "onload"):
        assert document.attributes(name) == []
    assert not {"link", "img", "iframe", "object", "base"} & {name for name, _ in document.elements}
    (style,) = [text for attrs, text in document.raw if attrs["tag"] == "style"]
    assert "url(" not in style and "@import" not in style


def test_the_script_makes_text_and_nothing_else(settings: Settings) -> None:
    (script,) = [
        text
        for attrs, text in Document(written(settings)).raw
        if attrs["tag"] == "script" and "id" not in attrs
    ]
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(",
                "fetch(", "XMLHttpRequest", "import(", "setAttribute", "<!--", "</"):  # fmt: skip
        assert way not in script


def test_the_fingerprint_stands_where_it_is_looked_for(settings: Settings) -> None:
    head = written(settings).encode()[:1024]
    assert report_module._noted_in(settings.report_file)
    assert head.index(b"musictool-made-from") < 512


@pytest.mark.skipif(os.name == "nt", reason="modes are not Windows's")
def test_a_folder_that_cannot_be_written_to_says_so(settings: Settings, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.access(locked, os.W_OK):
        pytest.skip("root writes everywhere")
    with pytest.raises(MusicToolError, match="cannot be written"):
        write_report(settings, locked / "report.html")
