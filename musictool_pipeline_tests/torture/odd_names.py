"""Ids that are paths, and titles that are orders: digits only reach paths and addresses, and
nothing that Discogs or an export says is executed or rendered.

Titles come from strangers. A terminal obeys escape sequences, a web page markup, a file system
`../`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import psutil

from musictool_pipeline.core.collection.export_header import DISCOGS_COLUMNS
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.libraries.written_libraries import entry, nml
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_least, exactly, none_of
from musictool_pipeline_tests.torture.projects import EXPORT_NAME, Tortured, made_project

ODD_IDS = (
    "../../x", "..\\..\\x", "/etc/passwd", "1e9", "1E+06", "٣", "\uff11\uff12", "²", "1\x002",
    "\x00", "1_0", "0x10", str(10**30), "-5", "0", "+7", "1/2", "7?token=1", "7#x", "7%2e%2e",
    "NaN", "inf", "", " ", "7;8", "${HOME}", "`id`", "$(id)", "'; DROP TABLE releases; --",
    "<b>7</b>", "None", "7 8", "99999999999", "1" * 5000, "7\u200b8", "\u202e7",
)  # fmt: skip

ODD_TEXTS = (
    "\x1b[2J\x1b]0;owned\x07clear",
    "\x9b31mred",
    "\x1b]8;;http://127.0.0.1/\x1b\\link\x1b]8;;\x1b\\",
    "bell\x07 back\x08 null\x00 delete\x7f",
    "two\r\nlines\x0bmore\x0c\x85\u2028and\u2029more",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1))",
    "![x](http://127.0.0.1:9/pixel.png)",
    "| cell | `code` | **bold**",
    "[red]rich[/red] [link=file:///etc/passwd]x[/link] :fire:",
    '=HYPERLINK("http://127.0.0.1")',
    "%s %d {0} {title} ${HOME} $(id) `id`",
    "rtl \u202eesrever",
    "isolates \u2066a\u2067b\u2068c\u2069 marks \u200e\u200f\u061c",
    "one line\nFORGED another",
    "one line\r\x1b[1AFORGED\x85FORGED\u2028FORGED\u2029FORGED\x0bFORGED",
    "'; DROP TABLE releases; --",
)
"""Control characters, escapes, HTML, Markdown, spreadsheet formulas, format strings, SQL, signs
that turn a line round, and texts that end in a line that looks like one of the project's."""

FIRST = 500_001
"""The id of the release with the first of those texts; the others follow."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but tab and line feed."""
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal or a log may not be given."""
_FORGED = re.compile(r"(?m)^\W*FORGED")
_ACTIVE = re.compile(r"(?<!\\)(?:<script|<img|\]\(|!\[)", re.IGNORECASE)
"""Markdown that is not escaped, but for links of the project's own, which are checked apart."""


def run(stage: Stage) -> Iterator[Figure]:
    """A collection of them, refreshed, and everything that is then shown of it."""
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(_answer, limit=LIMIT) as discogs,
    ):
        project = made_project(stage.folder / "project", preloaded, discogs.url, _export())
        refreshed = project.refresh()
        ids = {FIRST + number for number in range(len(ODD_TEXTS))}
        yield exactly("exit code", _code(refreshed), 0)
        paths = {entry.path for entry in discogs.requests}
        allowed = {f"/releases/{rid}" for rid in ids}
        yield none_of("addresses asked for that are no release of it", paths - allowed)
        names = [path.name for path in (project.data / "cache").iterdir()]
        yield none_of(
            "files in the cache with other names than digits",
            [name for name in names if not re.fullmatch(r"[0-9]{1,10}\.json|\.claims", name)],
        )
        yield none_of("files outside the project's folders", _strays(stage, project))
        said = {**_said(stage, project), "refresh": refreshed.said()}
        yield none_of("what a terminal is told to obey", _obeyed(said))
        yield none_of("control characters in the tables", _in_tables(project))
        yield none_of("markup rendered in Dagster's pages", _in_dagster(project))
        yield none_of("elements in the report that it does not need", _in_report(project))
        yield exactly("releases in the tables", len(project.ask("FROM releases")), len(ids))
        yield from _odd_files(stage, project)
    yield from _loopback_only()


def _export() -> bytes:
    """One row for each odd id, each of which says the same; and one for each odd text."""
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, DISCOGS_COLUMNS, restval="", lineterminator="\r\n")
    rows.writeheader()
    for number, odd in enumerate(ODD_TEXTS):
        rows.writerow({"Artist": odd, "Title": odd, "Label": odd, "Catalog#": odd,
                       "CollectionFolder": odd, "Collection Notes": odd,
                       "release_id": FIRST + number})  # fmt: skip
    for odd in ODD_IDS:
        rows.writerow({"Artist": "A", "Title": "T", "release_id": odd})
    return text.getvalue().encode()


def _answer(release_id: int) -> bytes | None:
    if not 0 <= release_id - FIRST < len(ODD_TEXTS):
        return None
    odd = ODD_TEXTS[release_id - FIRST]
    artists = [{"name": odd, "anv": odd, "join": odd}]
    tracks = [
        {"position": odd, "type_": "track", "title": odd, "duration": odd, "artists": artists},
        {"position": "A1", "type_": "track", "title": odd, "duration": "3:45"},
    ]
    answer: Mapping[str, Any] = {
        "id": release_id, "title": odd, "artists": artists, "country": odd, "genres": [odd],
        "styles": [odd], "labels": [{"name": odd, "catno": odd}],
        "formats": [{"name": odd, "qty": odd, "descriptions": [odd], "text": odd}],
        "tracklist": tracks,
    }  # fmt: skip
    return json.dumps(answer).encode()


def _strays(stage: Stage, project: Tortured) -> list[str]:
    known = {project.data, project.logs, project.dagster_home, project.home}
    known |= {project.folder / "tmp", project.folder / "user-cache"}
    return [str(path) for path in project.folder.iterdir() if path not in known] + [
        str(path) for path in project.home.iterdir()
    ]


def _said(stage: Stage, project: Tortured) -> dict[str, str]:
    """Everything that the commands print, and the logs."""
    explained = stage.count(len(ODD_TEXTS), 1)
    commands = [("gaps",), ("gaps", "--json"), ("status",), ("status", "--json"), ("check",)]
    commands += [("explain", str(FIRST + number), "A1") for number in range(explained)]
    commands += [("gaps", odd) for odd in _for_names()[:explained]]
    commands += [("explain", str(FIRST), odd) for odd in _for_names()[:explained]]
    said = {"log": project.log_text()}
    for command in commands:
        ended = project.start(*command)
        ended.wait(120)
        said[" ".join(command)] = ended.said()
    return said


def _obeyed(said: Mapping[str, str]) -> list[str]:
    return [
        f"{where}: {found[0]!r}"
        for where, text in said.items()
        if (found := _OBEYED.findall(text) or _FORGED.findall(text))
    ]


def _for_names(end: str = "") -> list[str]:
    """Those of the texts that can be an argument, or a file's name."""
    return [text + end for text in ODD_TEXTS if not set(text) & set("/\0")]


def _odd_files(stage: Stage, project: Tortured) -> Iterator[Figure]:
    """Libraries with such names, half of them broken, since those are named in a message, and an
    export; then one with bytes that are no text."""
    names = [*map(os.fsencode, _for_names(".nml")), b"bytes \xff\xfe.nml"]
    for number, name in enumerate(names):
        library = nml(entry(TITLE="Mine")) if number % 2 else "<NML"
        with open(os.path.join(os.fsencode(project.data), name), "w") as file:  # noqa: PTH123, PTH118
            file.write(library)
    export = project.data / "one\nFORGED-collection-20270101-1200.csv"
    (project.data / EXPORT_NAME).rename(export)
    ended = project.refresh()
    yield exactly("odd file names: exit code, of broken libraries", _code(ended), 1)
    said = {**_said(stage, project), "refresh": ended.said()}
    yield at_least("odd file names: libraries named", sum(map(_named, said.values())), len(names))
    yield none_of("odd file names: lines forged, or orders given", _obeyed(said))
    yield none_of(
        "odd file names: crashes", [where for where, text in said.items() if "Traceback" in text]
    )


def _code(ended: Command) -> int:
    return -1 if ended.code is None else ended.code


def _named(text: str) -> int:
    return len(re.findall(r"(?m)^.*\.nml", text))


def _in_tables(project: Tortured) -> list[str]:
    return [
        f"{table}: {cell[:60]!r}"
        for table, rows in project.what_tables_say().items()
        for row in rows
        for cell in row
        if isinstance(cell, str) and _CONTROL.search(cell)
    ]


def _in_dagster(project: Tortured) -> list[str]:
    """Markdown is what its pages render: there no text of a stranger may be active."""
    from dagster import AssetKey, MarkdownMetadataValue

    found = []
    with project.instance() as instance:
        for name in ("collection_csv", "releases", "discogs_tracklists", "expanded_tracks",
                     "digital_tracks", "gap_analysis", "collection_statistics"):  # fmt: skip
            records = instance.fetch_materializations(AssetKey(name), limit=100).records
            for record in records:
                materialization = record.asset_materialization
                for key, value in (materialization.metadata if materialization else {}).items():
                    if isinstance(value, MarkdownMetadataValue) and (
                        _ACTIVE.search(value.md_str or "") or _CONTROL.search(value.md_str or "")
                    ):
                        found.append(f"{name}.{key}: {(value.md_str or '')[:80]!r}")
    return found


class _Foreign(HTMLParser):
    """The elements of a page that run, load or lead somewhere, but for its own two scripts (one
    is the list) and its links to Discogs and to shops."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        runs = tag in {"img", "iframe", "object", "embed", "base", "link"} or self.scripts > 2
        if runs or any(name.startswith("on") for name, _ in attrs):
            self.found.append(f"<{tag} {attrs}>"[:80])
        for name, value in attrs:
            if name in {"href", "src", "action"} and not re.match(r"#|https://", value or ""):
                self.found.append(f"{name}={value}"[:80])


def _in_report(project: Tortured) -> list[str]:
    page = (project.data / "exports" / "musictool-report.html").read_text("utf-8")
    parser = _Foreign()
    parser.feed(page)
    parser.close()
    controls = [f"{found!r}" for found in _CONTROL.findall(page)]
    return parser.found + controls + ([] if parser.scripts == 2 else [f"{parser.scripts} scripts"])


def _loopback_only() -> Iterator[Figure]:
    """The stand-in may be reached from this machine alone."""
    with StandIn(lambda release_id: None) as discogs:
        listening = [
            connection.laddr.ip
            for connection in psutil.Process().net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == discogs.port
        ]
        yield none_of(
            "addresses off this machine that the stand-in listens at",
            [ip for ip in listening if not ip.startswith("127.")] or ([] if listening else ["?"]),
        )
        reached = []
        for address in _own_addresses():
            with socket.socket() as client:
                client.settimeout(2)
                if client.connect_ex((address, discogs.port)) == 0:
                    reached.append(address)
        yield none_of("this machine's other addresses that reach it", reached)


def _own_addresses() -> list[str]:
    return [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    ]
