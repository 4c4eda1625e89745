"""What the report shows, and how its page carries the list of tracks.

What belongs here: the values of one report, and the data that the page's script reads. Their
look belongs to `publishing.report_page`, their origin to `publishing.report`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from musictool_pipeline.core.matching.tracks import STATUSES
from musictool_pipeline.core.shop_links import BANDCAMP, BEATPORT, JUNO, RELEASES, names_somebody
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import sound
from musictool_pipeline.queries.records import Addition

_UNSAFE: Final = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Shares:
    """How many tracks have which status; `name` is what they share, None where not known."""

    name: str | None
    owned: int
    other_version: int
    review: int
    missing: int

    @property
    def tracks(self) -> int:
        return self.owned + self.other_version + self.review + self.missing

    @property
    def counts(self) -> tuple[int, ...]:
        """In the order of STATUSES."""
        return (self.owned, self.other_version, self.review, self.missing)


@dataclass(frozen=True, slots=True)
class ReportTrack:
    """A track of the list; `file` is the name of the file that came nearest, without its folder.
    `bpm` and `camelot` are those of an owned track's file; `sound_disagreement` names the others
    that give a different one."""

    position: str | None
    artist: str | None
    title: str | None
    duration: str | None
    status: str
    confidence: int
    reason: str | None
    file: str | None
    bpm: float | None = None
    camelot: str | None = None
    sound_disagreement: str | None = None


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A record of the list; `folders` are those of all its copies, `added` the day of the first."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    format: str | None
    folders: Sequence[str]
    added: date | None
    tracks: tuple[ReportTrack, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page says. `as_of` is the day of the latest tracklist, never today: the
    same database gives the same bytes. Counts are of the whole collection; `records` are those
    with tracks, in the order of the list. `named_twice` files have several entries in a library,
    `low_bitrates` owned tracks no file of at least `least_bitrate`."""

    made_from: str
    as_of: date | None
    copies: int
    releases: int
    expanded: int
    files: int
    shares: Shares
    formats: tuple[Shares, ...]
    decades: tuple[Shares, ...]
    labels: tuple[Shares, ...]
    added_by_year: tuple[tuple[int, int], ...]
    undated: int
    genres: tuple[tuple[str | None, int], ...]
    last_added: tuple[Addition, ...]
    records: tuple[ReportRecord, ...]
    named_twice: int = 0
    low_bitrates: int = 0
    least_bitrate: int = 0


class _Strings:
    """Texts that many rows share, each once; a row has its number. Number 0 is no text."""

    def __init__(self) -> None:
        self._numbers = {"": 0}

    def number(self, text: str | None) -> int:
        return self._numbers.setdefault(one_line(text), len(self._numbers)) if text else 0

    def all(self) -> list[str]:
        return list(self._numbers)


def data_of(report: Report) -> str:
    """The list, column by column, as JSON that is safe between script tags. `report.js` reads it.

    Shop links are not in it: they are made of artist and title, and would be half of the file.
    """
    strings = _Strings()
    records = report.records
    tracks = [track for record in records for track in record.tracks]
    artists = {track.artist for track in tracks}
    place = {status: str(number) for number, status in enumerate(STATUSES)}
    columns = {
        "statuses": STATUSES,
        "release": RELEASES,
        "shops": [(shop.name, shop.before, shop.after) for shop in (BANDCAMP, BEATPORT, JUNO)],
        "records": {
            "id": [record.release_id for record in records],
            "artist": [strings.number(record.artist) for record in records],
            "title": [one_line(record.title or "") for record in records],
            "label": [strings.number(record.label) for record in records],
            "catalog": [one_line(record.catalog_number or "") for record in records],
            "year": [record.release_year or 0 for record in records],
            "format": [strings.number(record.format) for record in records],
            "folders": [[strings.number(name) for name in record.folders] for record in records],
            "added": [record.added.isoformat() if record.added else "" for record in records],
            "tracks": [len(record.tracks) for record in records],
        },
        "tracks": {
            "position": [one_line(track.position or "") for track in tracks],
            "artist": [strings.number(track.artist) for track in tracks],
            "title": [one_line(track.title or "") for track in tracks],
            "duration": [one_line(track.duration or "") for track in tracks],
            "status": "".join(place[track.status] for track in tracks),
            "confidence": [track.confidence for track in tracks],
            "reason": [strings.number(track.reason) for track in tracks],
            "file": [one_line(track.file or "") for track in tracks],
            "sound": [strings.number(sound(track.bpm, None, track.camelot)) for track in tracks],
            "disagreement": [strings.number(track.sound_disagreement) for track in tracks],
        },
        "nobody": sorted(
            strings.number(artist) for artist in artists if artist and not names_somebody(artist)
        ),
    }
    return _json({"strings": strings.all(), **columns})


def _json(value: object) -> str:
    """JSON that holds nothing that ends a script element or a line of one, with any texts."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign, escaped in _UNSAFE.items():
        text = text.replace(sign, escaped)
    return text
