"""Texts that are no markup, no script, no end of either and no address, though they look like it.

What belongs here: the texts, and a database whose every text is one of them. What must not become
of them stands with the tests.
"""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline.tables.gaps import build_statistics
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.judged_collection import (
    AT,
    answer,
    digital,
    gap,
    publish,
    release,
    track,
)

TEXTS = (
    "<script>document.title = 'ran'</script>",
    "</script><script>document.title = 'ran'</script>",
    "<!-- <script>",
    "</noscript><img src=https://example.org/noscript.png>",
    "<img src=https://example.org/a.png onerror=\"document.title = 'ran'\">",
    '" onmouseover="document.title = \'ran\'" x="',
    "' style='background: url(https://example.org/b.png)",
    "javascript:document.title='ran'",
    "Rock &amp; Roll & <b>Blues</b>",
    "\x1b[2J\x1b]0;ran\x07 red",
    "nul \x00, bell \x07, escape \x1b, delete \x7f, CSI \x9b",
    "line\u2028paragraph\u2029end",
    "${made_from} $data %s {0}",
    "\\u003c/script\\u003e",
    "]]> --> */ `${document.title = 'ran'}`",
    "\u202eright to left",
)


def publish_hostile(database: Path) -> None:
    """A record for each of TEXTS, with every text of it that one; half of the tracks missing."""
    releases, copies, tracks, gaps, files = [], [], [], [], []
    for number, text in enumerate(TEXTS, start=1):
        releases.append(
            release(
                number, text, text, label=text, catalog_number=text, genres=[text], first_added=AT
            )
        )
        copies.append(
            {
                "item_id": f"{number}-1",
                "release_id": number,
                "collection_folder": text,
                "date_added": AT,
                "csv_line": number,
            }
        )
        files.append(digital(f"file{number}", text, text, path=f"C:\\Music\\{text}"))
        words = dict.fromkeys(("album", "album_artist", "label", "catalog_number"), text)
        for place, status in enumerate(("missing", "review"), start=1):
            # The helper knows three releases; what it takes of them is given here.
            row = {
                **track(1, place, text, text, text, duration=text, format_type=text),
                **words,
                "id": number * 100 + place,
                "discogs_release_id": number,
                "collection_folder": text,
                "date_added": AT,
            }
            tracks.append(row)
            found = {"digital_id": f"file{number}", "digital_path": f"C:\\Music\\{text}"}
            gaps.append(
                gap(
                    row,
                    status,
                    reason=text,
                    bandcamp_url=text,
                    beatport_url=text,
                    juno_url=text,
                    **(found if status == "review" else {}),
                )
            )
    publish(
        database,
        releases=releases,
        collection_items=copies,
        expanded_tracks=tracks,
        digital_tracks=files,
        gap_analysis=gaps,
        **{
            "pipeline.answers": [answer(number, text) for number, text in enumerate(TEXTS, start=1)]
        },
    )
    build_statistics(Warehouse(database))
