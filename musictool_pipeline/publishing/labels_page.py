"""The labels as a page: records in, one HTML document out, that prints sheet by sheet.

What belongs here: the markup. Every title is shown as text; the document has no script and asks for
nothing: a Content-Security-Policy forbids it both. What fits on a label is in `label_layout`,
its code in `release_codes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Template

from musictool_pipeline.core.words import length
from musictool_pipeline.publishing.label_layout import (
    CODE_GAP,
    COLUMN_GAP_EM,
    COLUMNS_EM,
    LEADING,
    PADDING,
    Fitted,
    Label,
    LabelRecord,
    LabelRow,
    Sheet,
    code_size,
    labels_of,
)
from musictool_pipeline.publishing.release_codes import release_code
from musictool_pipeline.publishing.web_page import as_text, part, source_of, text_or


@dataclass(frozen=True, slots=True)
class LabelsPage:
    """The document, and how many labels are on how many sheets."""

    html: str
    labels: int
    sheets: int


def labels_page(records: Sequence[LabelRecord], sheet: Sheet) -> LabelsPage:
    """The labels of the records on such sheets."""
    labels = [label for record in records for label in labels_of(record, sheet)]
    sheets = [labels[at : at + sheet.labels] for at in range(0, len(labels), sheet.labels)]
    style = _style(labels, sheet)
    return LabelsPage(
        Template(part("labels.html")).substitute(
            policy=f"default-src 'none'; style-src {source_of(style)}; base-uri 'none'; "
            "form-action 'none'",
            style=style,
            sheet=as_text(sheet.name),
            sheets="\n".join(_sheet(each, sheet) for each in sheets),
        ),
        len(labels),
        len(sheets),
    )


def _style(labels: Sequence[Label], sheet: Sheet) -> str:
    """The style with the sheet's measures, and a class for each size and height that is used: the
    policy allows no style on an element."""
    title = "minmax(0, 1fr)"
    columns = [f"{COLUMNS_EM[name]}em" for name in ("own", "position", "length", "bpm", "key")]
    texts = [text for each in labels for text in (each.artist, each.title, each.facts)]
    points = {each.points for each in (*labels, *texts)}
    lines = {row.lines for label in labels for row in label.rows} | {text.lines for text in texts}
    sizes = [f".{_size_class(size)}{{font-size:{size:g}pt}}" for size in sorted(points)]
    heights = [f".lines{count}{{height:{count * LEADING:g}em}}" for count in sorted(lines)]
    measures = {
        "width": sheet.width,
        "height": sheet.height,
        "columns": sheet.columns,
        "label_width": sheet.label_width,
        "label_height": sheet.label_height,
        "left": sheet.left,
        "top": sheet.top,
        "gap": sheet.gap,
        "padding": PADDING,
        "code": code_size(sheet),
        "code_gap": CODE_GAP,
        "head": code_size(sheet),
        "leading": LEADING,
        "column_gap": COLUMN_GAP_EM,
        "track_columns": " ".join([*columns[:2], title, *columns[2:]]),
    }
    return Template(part("labels.css")).substitute(measures) + "\n".join([*sizes, *heights, ""])


def _size_class(points: float) -> str:
    return f"size{round(points * 10)}"


def _sheet(labels: Sequence[Label], sheet: Sheet) -> str:
    kind = "sheet paper" if sheet.paper else "sheet"
    return f'<section class="{kind}">\n' + "\n".join(map(_label, labels)) + "\n</section>"


def _label(label: Label) -> str:
    record = label.record
    tracks = "".join(_rows(label.rows))
    return (
        "<article><header><div class=words>"
        f"{_fitted('artist', label.artist, '(no artist)')}"
        f"{_fitted('title', label.title, '(no title)')}"
        f"{_fitted('facts', label.facts, '')}"
        f"</div>{release_code(record.release_id)}</header>"
        f'<ol class="tracks {_size_class(label.points)}">{tracks}</ol></article>'
    )


def _fitted(name: str, fitted: Fitted, otherwise: str) -> str:
    kind = f"{name} {_size_class(fitted.points)} lines{fitted.lines}"
    return f'<p class="{kind}">{text_or(fitted.text, otherwise)}</p>'


def _rows(rows: Sequence[LabelRow]) -> Iterator[str]:
    for row in rows:
        track = row.track
        own = '<span class=own title="there as a file">&#10003;</span>' if track.is_owned else ""
        seconds = length(track.seconds) if track.seconds else ""
        bpm = f"{track.bpm:.1f}" if track.bpm else ""
        yield (
            f'<li class="lines{row.lines}"><span>{own}</span>'
            f"<span class=position>{text_or(row.position, '')}</span>"
            f"<span class=name>{text_or(row.title, '')}</span>"
            f"<span class=number>{seconds}</span><span class=number>{bpm}</span>"
            f"<span class=key>{as_text(track.camelot or '')}</span></li>"
        )
