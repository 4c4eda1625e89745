"""The report as a page: values in, one HTML document out.

What belongs here: what the page says and how it is made safe. Every title is shown as
text: escaped in the markup, and in the list, which the browser builds itself, put
in as text only. Nothing is read here but the page's own parts, `report.html`, `report.css` and
`report.js`, and the document asks for nothing: a Content-Security-Policy forbids it every request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from string import Template
from typing import Final
from urllib.parse import quote

from musictool_pipeline.core.matching.tracks import MISSING, STATUSES
from musictool_pipeline.core.shop_links import release_url
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted, share, status_word
from musictool_pipeline.publishing.report_charts import Part, bar, growth
from musictool_pipeline.publishing.report_data import (
    Report,
    ReportRecord,
    ReportTrack,
    Shares,
    data_of,
)
from musictool_pipeline.publishing.web_page import as_text, part, source_of, text_or
from musictool_pipeline.queries.records import Addition

MADE_FROM: Final = "musictool-made-from"
"""The name of the `meta` element that says what a report was made from."""

_MOST_LABELS, _MOST_FORMATS, _MOST_GENRES = 15, 8, 10


# --- The document ---------------------------------------------------------------------------------


def page(report: Report) -> str:
    """The whole document, in HTML."""
    style, script = part("report.css"), part("report.js")
    policy = (
        f"default-src 'none'; script-src {source_of(script)}; style-src {source_of(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(part("report.html")).substitute(
        made_from=as_text(report.made_from),
        policy=policy,
        style=style,
        script=script,
        as_of=_as_of(report.as_of),
        remarks=_remarks(report),
        figures=_figures(report),
        status_bar=bar(_parts(report.shares), report.shares.tracks),
        legend=_legend(report.shares),
        growth=_growth(report),
        formats=_shares_table("format", _largest(report.formats, _MOST_FORMATS)),
        decades=_shares_table("decade", report.decades),
        labels=_shares_table("label", _largest_gaps(report.labels), link="label"),
        genres=_counts_table(report.genres[:_MOST_GENRES]),
        last_added=_last_added(report.last_added),
        missing=_missing(report.records),
        data=data_of(report),
    )


# --- The overview ---------------------------------------------------------------------------------


def _as_of(day: date | None) -> str:
    return f"Tracklists as of {_day(day)}." if day else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _remarks(report: Report) -> str:
    remarks: list[str] = []
    without = report.releases - report.expanded
    if without:
        has, its = ("has", "its") if without == 1 else ("have", "their")
        remarks.append(
            f"{without:,} of {report.releases:,} releases {has} no tracklist, so {its} tracks are "
            "not counted."
        )
    if not report.files:
        remarks.append(
            "No digital library was read yet, so nothing can be owned. Put one into the data "
            "folder, or set MUSICTOOL_DIGITAL_LIBRARY, then run musictool refresh. Of one that is "
            "there, musictool check says what is wrong."
        )
    if report.named_twice:
        files = counted(report.named_twice, "file has", "files have")
        remarks.append(
            f"{files} several entries in one digital library. musictool health says which."
        )
    if report.low_bitrates:
        tracks = counted(report.low_bitrates, "owned track has", "owned tracks have")
        remarks.append(
            f"{tracks} no file of at least {report.least_bitrate} kbit/s. musictool health says "
            "which."
        )
    return "".join(f"<p class=remark>{as_text(remark)}</p>" for remark in remarks)


def _figures(report: Report) -> str:
    owned = _percent(report.shares.owned, report.shares.tracks)
    figures = (
        ("releases", f"{report.releases:,}"),
        ("copies", f"{report.copies:,}"),
        ("tracks", f"{report.shares.tracks:,}"),
        ("files", f"{report.files:,}"),
        ("of the tracks owned", owned),
    )
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)


def _percent(part: int, whole: int) -> str:
    return share(part / whole if whole else None)


def _parts(shares: Shares) -> list[Part]:
    return [Part(kind, count) for kind, count in zip(STATUSES, shares.counts, strict=True)]


def _legend(shares: Shares) -> str:
    """Each status with its count; a click lists its tracks."""
    return "".join(
        f'<li><a href="#status={kind}"><span class="mark {kind}"></span>{status_word(kind)}</a> '
        f"<b>{count:,}</b> <small>{_percent(count, shares.tracks)}</small></li>"
        for kind, count in zip(STATUSES, shares.counts, strict=True)
    )


def _growth(report: Report) -> str:
    chart = growth(report.added_by_year)
    if not chart:
        return "<p>Nothing has a date.</p>"
    undated = f" {report.undated:,} more without a date." if report.undated else ""
    said = f"Copies at the end of each year, with those added in it on top.{undated}"
    return f"{chart}<p><small>{said}</small></p>"


def _largest(shares: Iterable[Shares], most: int) -> list[Shares]:
    return sorted(shares, key=lambda each: -each.tracks)[:most]


def _largest_gaps(shares: Iterable[Shares]) -> list[Shares]:
    with_gaps = [each for each in shares if each.missing]
    return sorted(with_gaps, key=lambda each: -each.missing)[:_MOST_LABELS]


def _shares_table(what: str, rows: Sequence[Shares], link: str | None = None) -> str:
    """A bar for each; its length is the number of tracks, its parts their status. `what` a row
    is."""
    if not rows:
        return "<p>None.</p>"
    longest = max(row.tracks for row in rows)
    return "".join(
        [
            f'<table class="bars"><thead><tr>{_unseen_header(what)}{_unseen_header("by status")}'
            '<th scope=col title="tracks that you have no file of">missing</th>'
            '<th scope=col title="tracks on these records">tracks</th></tr></thead><tbody>',
            *(
                f"<tr><th scope=row>{_named(row.name, link)}</th>"
                f"<td>{bar(_parts(row), longest)}</td>"
                f"<td>{row.missing:,}</td><td>{row.tracks:,}</td></tr>"
                for row in rows
            ),
            "</tbody></table>",
        ]
    )


def _counts_table(rows: Sequence[tuple[str | None, int]]) -> str:
    if not rows:
        return "<p>None.</p>"
    longest = max(count for _, count in rows)
    return "".join(
        [
            f'<table class="bars"><thead><tr>{_unseen_header("genre")}{_unseen_header("as a bar")}'
            "<th scope=col>releases</th></tr></thead><tbody>",
            *(
                f"<tr><th scope=row>{_named(name)}</th>"
                f"<td>{bar([Part('plain', count)], longest)}</td><td>{count:,}</td></tr>"
                for name, count in rows
            ),
            "</tbody></table>",
        ]
    )


def _unseen_header(words: str) -> str:
    """The heading of a column that explains itself to the eye, for a reader that reads aloud."""
    return f'<th scope=col><span class="unseen">{words}</span></th>'


def _named(name: str | None, link: str | None = None) -> str:
    shown = text_or(name, "<i>unknown</i>")
    if link and name:
        return f'<a href="#{link}={quote(one_line(name), safe="")}">{shown}</a>'
    return shown


def _last_added(records: Iterable[Addition]) -> str:
    rows = "".join(
        f"<tr><td>{record.date_added.day} {record.date_added:%b %Y}</td><td>{_linked(record)}"
        f"<small>{_filed(record.label, record.catalog_number)}</small></td>"
        f"<td>{_owned_of(record)}</td></tr>"
        for record in records
    )
    if not rows:
        return "<p>Nothing has a date.</p>"
    return (
        '<table class="last"><thead><tr><th scope=col>added</th><th scope=col>record</th>'
        '<th scope=col title="tracks that you have a file of, and all tracks">owned</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _owned_of(record: Addition) -> str:
    return f"{record.owned or 0} of {record.tracks}" if record.tracks else "no tracklist"


def _linked(record: Addition | ReportRecord) -> str:
    name = f"{text_or(record.artist, '(no artist)')} &ndash; {text_or(record.title, '(no title)')}"
    return f'<a href="{release_url(record.release_id)}" {_OUTSIDE}>{name}</a>'


# A linked site learns neither where the report lies nor that there is one.
_OUTSIDE: Final = 'target="_blank" rel="noopener noreferrer"'


def _filed(*facts: object) -> str:
    return ", ".join(as_text(fact) for fact in facts if fact)


# --- The list, where there is no JavaScript -------------------------------------------------------


def _missing(records: Iterable[ReportRecord]) -> str:
    """Each record that lacks tracks, with these tracks on one line: the list of a browser that runs
    no script, and so can filter nothing."""
    rows: list[str] = []
    for record in records:
        missing = [track for track in record.tracks if track.status == MISSING]
        if missing:
            filed = _filed(record.label, record.catalog_number, *record.folders)
            rows.append(
                f"<li>{_linked(record)} <small>{filed}</small><br>"
                f"{len(missing)} of {len(record.tracks)} missing: "
                f"{', '.join(map(_in_short, missing))}</li>"
            )
    return f'<ol class="missing">{"".join(rows)}</ol>' if rows else "<p>Nothing is missing.</p>"


def _in_short(track: ReportTrack) -> str:
    title = text_or(track.title, "(no title)")
    return f"{as_text(track.position)} {title}" if track.position else title
