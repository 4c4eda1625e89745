"""Charts: plain bars and areas that are legible on paper and on black.

What belongs here: how a chart looks. Names from the database are only ever values in a chart's
data, which Vega draws as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import status_word
from musictool_pipeline.queries.figures import Month

INK: Final = "#b0603c"
FIGURE: Final = "#8b8377"

# Of one lightness, so that each stands out from paper and from black, and no two look alike to
# those who see no red or no green.
STATUS_COLOURS: Final = {
    OWNED: "#3c9a7a",
    OTHER_VERSION: "#5a86c0",
    REVIEW: "#cf9a3a",
    MISSING: "#b0603c",
}

_QUIET_AXIS: Final = {"grid": False, "ticks": False, "domain": False}


def bars(figures: Mapping[str, float], what: str, most: int = 10) -> None:
    """Horizontal bars, one for each name, the largest first; the figure stands beside each."""
    frame = pd.DataFrame(
        [(one_line(name), value) for name, value in list(figures.items())[:most]],
        columns=["name", "value"],
    )
    axis = {**_QUIET_AXIS, "labelLimit": 190, "labelFontSize": 13}
    label = {"type": "text", "align": "left", "dx": 5, "color": FIGURE, "fontSize": 13}
    _draw(
        frame,
        {
            "height": {"step": 26},
            "encoding": {
                "y": _field("name", "nominal", sort=None, axis=axis),
                "x": {"field": "value", "type": "quantitative", "axis": None},
                "tooltip": [
                    _field("name", "nominal", "Name"),
                    _field("value", "quantitative", what),
                ],
            },
            "layer": [
                {"mark": {"type": "bar", "color": INK, "height": {"band": 0.62}}},
                {
                    "mark": label,
                    "encoding": {
                        "text": {"field": "value", "type": "quantitative", "format": ",.0f"}
                    },
                },
            ],
        },
    )
    if len(figures) > most:
        st.caption(f"The {most} largest of {len(figures):,}.")


def statuses(counts: Mapping[str, int]) -> None:
    """One bar, divided among the statuses, and below it what each part is."""
    parts = "".join(
        f'<div style="background:{colour};flex:{counts[status]}"></div>'
        for status, colour in STATUS_COLOURS.items()
        if counts.get(status)
    )
    words = "".join(
        f'<span><i style="background:{colour}"></i>{status_word(status)} '
        f"<b>{counts.get(status, 0):,}</b></span>"
        for status, colour in STATUS_COLOURS.items()
    )
    st.html(f'<div class="parts">{parts}</div><div class="legend">{words}</div>')


def growth(months: Sequence[Month]) -> None:
    """How many copies there were, month by month."""
    frame = pd.DataFrame(
        [(month.month.isoformat(), month.copies, month.added) for month in months],
        columns=["month", "copies", "added"],
    )
    _draw(
        frame,
        {
            "height": 230,
            "mark": {
                "type": "area",
                "interpolate": "step-after",
                "color": INK,
                "opacity": 0.3,
                "line": {"color": INK, "interpolate": "step-after"},
            },
            "encoding": {
                "x": _field(
                    "month", "temporal", axis={"grid": False, "format": "%Y", "tickCount": "year"}
                ),
                "y": _field("copies", "quantitative", axis={"tickCount": 4, "format": ",.0f"}),
                "tooltip": [
                    _field("month", "temporal", "Month", format="%B %Y"),
                    _field("added", "quantitative", "Added"),
                    _field("copies", "quantitative", "Copies then"),
                ],
            },
        },
    )


def _field(name: str, kind: str, title: str | None = None, **more: object) -> dict[str, object]:
    return {"field": name, "type": kind, "title": title, **more}


def _draw(frame: pd.DataFrame, spec: Mapping[str, Any]) -> None:
    st.vega_lite_chart(frame, dict(spec), width="stretch")
