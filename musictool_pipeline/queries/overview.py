"""The database at a glance, for commands that have to answer fast: no pandas, one connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from musictool_pipeline.core.progress import ExpandedRelease
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.wants import WantlistFigures, read_wantlist_figures
from musictool_pipeline.tables.published import open_tables, row_count


@dataclass(frozen=True, slots=True)
class Overview:
    """What the published tables hold; all empty if there is no database yet.

    `answered` are the releases whose answer the tables know, of any kind; `not_renewed` those
    whose tracklist stays though Discogs was asked for a newer one in vain, and why.
    """

    release_ids: frozenset[int] = frozenset()
    answered: frozenset[int] = frozenset()
    copies: int = 0
    tracks: int = 0
    fetched: int = 0
    unavailable: int = 0
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    gone: tuple[tuple[int, str], ...] = ()
    failed: tuple[tuple[int, str], ...] = ()
    not_renewed: tuple[tuple[int, str], ...] = ()
    recent: tuple[ExpandedRelease, ...] = ()
    wantlist: WantlistFigures = field(default_factory=WantlistFigures)


def read_overview(database: Path) -> Overview:
    """Reads it."""
    if not database.exists():
        return Overview()
    with open_tables(database) as tables:
        return _overview(tables.connection)


class KeptOverview:
    """`read_overview` for a face that looks each second: the tables of 10,000 releases take a tenth
    of it, so they are read again only if the database was replaced."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None
        self._overview = Overview()

    def __call__(self, database: Path) -> Overview:
        try:
            status = database.stat()
        except OSError:
            return Overview()
        # The number first, the content after: what is replaced in between is read once more.
        seen = status.st_ino, status.st_mtime_ns
        if seen != self._seen:
            self._overview, self._seen = read_overview(database), seen
        return self._overview


def _overview(connection: duckdb.DuckDBPyConnection) -> Overview:
    releases = sql.rows(connection, "tracklist_states.sql")
    by_status = Counter(status for _, status, _, _ in releases)
    failed = tuple((rid, why or "") for rid, status, why, _ in releases if status == "failed")
    return Overview(
        release_ids=frozenset(release_id for release_id, _, _, _ in releases),
        answered=frozenset(release_id for release_id, _, _, is_there in releases if is_there),
        copies=row_count(connection, "collection_items"),
        tracks=row_count(connection, "expanded_tracks"),
        fetched=by_status["fetched"],
        unavailable=by_status["unavailable"],
        failures=dict(Counter(why for _, why in failed).most_common()),
        gone=tuple((rid, why or "") for rid, status, why, _ in releases if status == "unavailable"),
        failed=failed,
        not_renewed=tuple(
            (rid, why) for rid, status, why, _ in releases if status == "fetched" and why
        ),
        recent=tuple(sql.read(ExpandedRelease, connection, "last_fetched.sql")),
        wantlist=read_wantlist_figures(connection),
    )


@dataclass(frozen=True, slots=True)
class JudgedCounts:
    """How far the gap analysis goes: `judged` of `tracks`, against `files` that are music."""

    tracks: int
    judged: int
    files: int

    @property
    def unjudged(self) -> int:
        """Tracks that came after the latest analysis."""
        return max(0, self.tracks - self.judged)


def count_judged(connection: duckdb.DuckDBPyConnection) -> JudgedCounts:
    """Counts it."""
    return JudgedCounts(
        tracks=row_count(connection, "expanded_tracks"),
        judged=row_count(connection, "gap_analysis"),
        files=row_count(connection, "digital_tracks", "is_music"),
    )


def require_judged(connection: duckdb.DuckDBPyConnection) -> JudgedCounts:
    """As `count_judged`. Raises MusicToolError if no track was judged yet, with what to do."""
    counts = require_tracks(connection)
    if counts.judged:
        return counts
    raise MusicToolError("There is no gap analysis yet.", "`musictool refresh` makes it.")


def require_tracks(connection: duckdb.DuckDBPyConnection) -> JudgedCounts:
    """As `count_judged`. Raises MusicToolError if there are no tracks yet, with what to do."""
    counts = count_judged(connection)
    if counts.tracks or counts.judged:
        return counts
    raise MusicToolError(
        "There are no tracks yet.",
        "`musictool refresh` makes them, from the collection's export in the data folder.",
    )
