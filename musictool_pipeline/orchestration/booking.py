"""Booking tracklists with Dagster: one materialization for each release's partition.

What belongs here: turning what is in the cache, or was just put there, into events with metadata
that is worth looking at. The cache is the truth; events follow it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

import dagster as dg

from musictool_pipeline.core.discogs.tracklist import Release, expand_release
from musictool_pipeline.core.shop_links import release_url
from musictool_pipeline.discogs.api import RequestCounts
from musictool_pipeline.discogs.cache import FETCHED, CachedAnswer
from musictool_pipeline.errors import UnreadableRelease
from musictool_pipeline.orchestration.half_public import DATA_VERSION_TAG

TRACKLISTS = dg.AssetKey("discogs_tracklists")

_MOST_FAILURES = 20

log = logging.getLogger("musictool")


def read_release(cached: CachedAnswer) -> Release | None:
    """The release in a cached answer; None if Discogs has none, or if it makes no sense."""
    if cached.status != FETCHED:
        return None
    try:
        return expand_release(cached.release_id, cached.payload())
    except UnreadableRelease as error:
        log.warning("%s", error)
        return None


def materialization(
    cached: CachedAnswer,
    release: Release | None,
    *,
    source: str,
    previous: Release | None = None,
    seconds: float | None = None,
) -> dg.AssetMaterialization:
    """The event for one release. `source` is `api` for an answer that just came, `dump` for one
    from a monthly dump, `cache` for another that was there; `previous` is what a newer answer
    replaced."""
    metadata: dict[str, dg.MetadataValue] = {
        "status": dg.MetadataValue.text(cached.status),
        "source": dg.MetadataValue.text(source),
        "discogs": dg.MetadataValue.url(release_url(cached.answered_id)),
        "fetched_at": dg.MetadataValue.timestamp(cached.fetched_at),
        "requests": dg.MetadataValue.int(cached.requests),
    }
    if seconds is not None:
        metadata["seconds"] = dg.MetadataValue.float(round(seconds, 2))
    if cached.answered_id != cached.release_id:
        metadata["merged_into"] = dg.MetadataValue.int(cached.answered_id)
    if cached.remark:
        metadata["remark"] = dg.MetadataValue.text(cached.remark)
    if release:
        metadata["artist"] = dg.MetadataValue.text(release.artist or "")
        metadata["title"] = dg.MetadataValue.text(release.title or "")
        metadata["tracks"] = dg.MetadataValue.int(len(release.tracks))
    if release and previous:
        changed = release.tracks != previous.tracks
        metadata["tracklist_changed"] = dg.MetadataValue.bool(changed)
    return dg.AssetMaterialization(
        asset_key=TRACKLISTS,
        partition=str(cached.release_id),
        metadata=metadata,
        tags={DATA_VERSION_TAG: cached.checksum},
    )


def sent_metadata(sent: RequestCounts) -> dict[str, int]:
    """How many requests a run sent, whether it has ended or not."""
    return {"requests": sent.requests, "throttled_429": sent.throttled}


def failure_table(failures: Mapping[int, str]) -> str:
    """Releases and why they failed, as a Markdown table of the first 20."""
    rows = [
        f"| [{release_id}]({release_url(release_id)}) | {as_text(cause)} |"
        for release_id, cause in list(failures.items())[:_MOST_FAILURES]
    ]
    if len(failures) > _MOST_FAILURES:
        rows.append(f"| and {len(failures) - _MOST_FAILURES} more | |")
    return "\n".join(["| release | why |", "|---|---|", *rows])


# Dagster's pages make a link of each address, web or mail, after they have resolved the escapes. A
# comment divides it, and does not show.
_IN_AN_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)


def as_text(text: str) -> str:
    """Markdown that shows this text on one line, also in a table, and nothing else."""
    escaped = text.replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    for mark in "|*_`[]~#!":
        escaped = escaped.replace(mark, f"\\{mark}")
    return _IN_AN_ADDRESS.sub("<!-- -->", " ".join(escaped.split()))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as a Markdown table, or `none`; all that they hold shows as text."""
    if not rows:
        return "none"
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        cells = ["" if value is None else as_text(str(value)) for value in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bar_chart(counts: Sequence[tuple[str, int]], width: int = 40) -> str:
    """Counts as bars of text, the longest `width` characters wide, with each one's share."""
    total = sum(count for _, count in counts)
    longest = max((count for _, count in counts), default=0)
    indent = max((len(name) for name, _ in counts), default=0)
    lines = [
        f"{name:<{indent}}  {'█' * round(width * count / longest):<{width}}  "
        f"{count:,} ({count / total:.1%})"
        for name, count in counts
        if total
    ]
    return "\n".join(["```", *(lines or ["nothing yet"]), "```"])
