"""From one release's answer, as the Discogs API gives it, to the tracks on the record.

What belongs here: reading the payload of `GET /releases/{id}` (credits, labels, formats, years,
positions, durations, headings, index tracks). What does not: how the payload came here, and the
tables it goes to. Facts about the payload were measured on 468 real answers; every key can be
absent, and any value can be of another type than the documentation says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from musictool_pipeline.core.text import printed
from musictool_pipeline.errors import UnreadableRelease

Payload = Mapping[str, Any]

# Formats that are no object on a shelf, or no statement about one. A release that lists one of
# these first is still looked for under the record that it came with.
NOT_PHYSICAL = frozenset({"File", "Hybrid", "All Media", "Memory Stick"})

EARLIEST_YEAR, LATEST_YEAR = 1860, 2100

# A box set of 500 sides holds about 5,000 tracks; an answer with more is no tracklist.
MOST_TRACKS = 100_000
MOST_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a release. `number` runs from 1 in the tracklist's order, sub-tracks included.

    `artist` is the credit as printed, `artist_on_discogs` the same by the artists' names there,
    None if the two agree; `duration` the printed text, `duration_seconds` its length
    in seconds, if it is a sensible one; `parent_*` is the index track that a sub-track belongs
    to; `heading` the heading that the track stands under; `remixer` the names that the further
    credits give a remix role, joined by `, `.
    """

    number: int
    artist: str | None
    title: str | None
    position: str | None
    duration: str | None
    duration_seconds: int | None
    parent_position: str | None
    parent_title: str | None
    heading: str | None
    artist_on_discogs: str | None = None
    remixer: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What an answer says of the release itself; None if it says nothing."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    format_type: str | None
    format_description: str | None
    release_year: int | None
    country: str | None
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    master_id: int | None
    tracks: tuple[Track, ...]


def expand_release(release_id: int, payload: Payload) -> Release:
    """The release and its tracks, from the JSON object that the API answered for `release_id`.

    Raises UnreadableRelease if the payload has no tracklist at all that could be read: an
    empty list is a fact about the record, something that is no list is a broken answer.
    """
    credit = printed_credit(payload.get("artists"))
    tracklist = payload.get("tracklist")
    if tracklist is not None and not _is_list(tracklist):
        raise UnreadableRelease(
            release_id, f"its tracklist is a {type(tracklist).__name__}, not a list"
        )
    labels = _objects(payload.get("labels"))
    formats = physical_first(
        [entry for entry in _objects(payload.get("formats")) if printed(entry.get("name"))]
    )
    return Release(
        release_id=release_id,
        artist=credit,
        title=printed(payload.get("title")),
        label=_joined(_without_suffix(printed(label.get("name"))) for label in labels),
        catalog_number=_joined(printed(label.get("catno")) for label in labels),
        format_type=printed(formats[0].get("name")) if formats else None,
        format_description=format_description(formats),
        release_year=release_year(payload.get("year"), payload.get("released")),
        country=printed(payload.get("country")),
        genres=_texts(payload.get("genres")),
        styles=_texts(payload.get("styles")),
        master_id=_positive(payload.get("master_id")),
        tracks=tuple(
            _tracks(
                release_id,
                _objects(tracklist),
                payload.get("artists"),
                _objects(payload.get("extraartists")),
            )
        ),
    )


def _tracks(
    release_id: int, entries: Sequence[Payload], artists: object, credits: Sequence[Payload]
) -> Iterator[Track]:
    heading: str | None = None
    number = 0
    remixes = [credit for credit in credits if _is_remix(credit)]
    places = _places(entries) if remixes else {}
    positions_are_printed = any(printed(entry.get("position")) for entry in entries)
    for entry in entries:
        if _is_heading(entry, positions_are_printed):
            heading = printed(entry.get("title"))
            continue
        for track, parent, credited in _leaves(entry, None, artists, MOST_LEVELS):
            position, title = printed(track.get("position")), printed(track.get("title"))
            if position is None and title is None:
                continue
            number += 1
            if number > MOST_TRACKS:
                raise UnreadableRelease(release_id, f"it lists more than {MOST_TRACKS:,} tracks")
            duration = printed(track.get("duration"))
            artist, on_discogs = printed_credit(credited), credit_on_discogs(credited)
            yield Track(
                number=number,
                artist=artist,
                title=title,
                position=position,
                duration=duration,
                duration_seconds=seconds(duration),
                parent_position=printed(parent.get("position")) if parent else None,
                parent_title=printed(parent.get("title")) if parent else None,
                heading=heading,
                artist_on_discogs=on_discogs if on_discogs != artist else None,
                remixer=_remixer(track, parent, remixes, places),
            )


def _leaves(
    entry: Payload, parent: Payload | None, artists: object, levels: int
) -> Iterator[tuple[Payload, Payload | None, object]]:
    """The entry itself, or, if it is an index track, the tracks that it groups; each with its
    artists."""
    artists = entry.get("artists") if printed_credit(entry.get("artists")) else artists
    sub_tracks = _objects(entry.get("sub_tracks"))
    if not sub_tracks or levels == 0:
        yield entry, parent, artists
        return
    for sub_track in sub_tracks:
        if sub_track.get("type_") != "heading":
            yield from _leaves(sub_track, entry, artists, levels - 1)


def _is_remix(credit: Payload) -> bool:
    """`Remix`, `Remix [Additional]`, `Producer, Remix`, `Edited By`; a role may name several."""
    role = (printed(credit.get("role")) or "").lower()
    return "remix" in role or "edited by" in role


def _remixer(
    track: Payload,
    parent: Payload | None,
    remixes: Sequence[Payload],
    places: Mapping[str, int],
) -> str | None:
    """The names that a track's own further credits, or the release's for its position, give a
    remix role. A credit of the release that names no position may be about any of them."""
    own = [
        credit
        for entry in (track, parent or {})
        for credit in _objects(entry.get("extraartists"))
        if _is_remix(credit)
    ]
    position = printed(track.get("position"))
    if position:
        own += [credit for credit in remixes if _is_about(credit, position, places)]
    return _joined(
        printed(credit.get("anv")) or _without_suffix(printed(credit.get("name"))) for credit in own
    )


def _places(entries: Sequence[Payload]) -> dict[str, int]:
    """The positions of a tracklist in their order, for ranges: `A2 to B1`."""
    leaves = (leaf for entry in entries for leaf, _, _ in _leaves(entry, None, None, MOST_LEVELS))
    positions = dict.fromkeys(printed(leaf.get("position")) or "" for leaf in leaves)
    return {position: place for place, position in enumerate(positions) if position}


def _is_about(credit: Payload, position: str, places: Mapping[str, int]) -> bool:
    """Whether a credit's `tracks` (`A1, B2 to B4`) hold this position."""
    for part in (printed(credit.get("tracks")) or "").split(","):
        first, to, last = (text.strip() for text in part.partition(" to "))
        if position == first or (
            to and places.get(first, len(places)) <= places[position] <= places.get(last, -1)
        ):
            return True
    return False


def _is_heading(entry: Payload, positions_are_printed: bool) -> bool:
    kind = entry.get("type_")
    if kind == "heading":
        return True
    # A line without position and parts, among lines that have positions: an index that groups
    # nothing is a name over the tracks that follow, its duration perhaps their sum. Old answers
    # carry no type_; there such a line, without a duration, is what the form showed as a heading.
    names_others = (
        positions_are_printed
        and printed(entry.get("title")) is not None
        and not printed(entry.get("position"))
        and not _objects(entry.get("sub_tracks"))
    )
    if kind is None:
        return names_others and not printed(entry.get("duration"))
    return names_others and kind == "index"


def printed_credit(artists: object) -> str | None:
    """The artists' credit as it stands on the record: each name as printed there (`anv`, or else
    the name without its disambiguation suffix), glued by the `join` text that follows it."""
    return _credit(artists, lambda artist: printed(artist.get("anv")))


def credit_on_discogs(artists: object) -> str | None:
    """The same credit by the names under which Discogs keeps the artists: what shops and tags use
    where a sleeve prints another (`LILT` for `The London Irish Live Trust`)."""
    return _credit(artists, lambda artist: None)


def _credit(artists: object, name_on_record: Callable[[Payload], str | None]) -> str | None:
    credit = ""
    glue = ""
    for artist in _objects(artists):
        name = name_on_record(artist) or _without_suffix(printed(artist.get("name")))
        if name is None:
            continue
        credit += glue + name
        join = printed(artist.get("join")) or ","
        glue = ", " if join == "," else f" {join} "
    return credit or None


def physical_first(formats: Sequence[Payload]) -> list[Payload]:
    """The formats with the records before the files; the order is otherwise as listed."""
    return sorted(formats, key=lambda entry: printed(entry.get("name")) in NOT_PHYSICAL)


def format_description(formats: Sequence[Payload]) -> str | None:
    """`2 x LP, Album, Blue; CD, Album`: what the first format is, then the others by name."""
    described: list[str] = []
    for place, entry in enumerate(formats):
        parts = [*_texts(entry.get("descriptions")), *_texts([entry.get("text")])]
        if place > 0 or not parts:
            parts = [*_texts([entry.get("name")]), *parts]
        quantity = printed(entry.get("qty")) or "1"
        text = ", ".join(parts)
        if text:
            several = quantity.isdecimal() and quantity.lstrip("0") not in {"", "1"}
            described.append(f"{quantity} x {text}" if several else text)
    return "; ".join(described) or None


_YEAR = re.compile(r"\s*([0-9]{4})(?![0-9])")


def release_year(year: object, released: object = None) -> int | None:
    """The year of this pressing: `year`, if it is a sensible one, else the one that `released`
    (`1993`, `1993-00-00`, `1993-05-00`) begins with. 0 and odd numbers mean unknown: None."""
    if isinstance(year, int):
        year = str(year) if 0 < year <= LATEST_YEAR else None
    for value in (year, released):
        found = _YEAR.match(value) if isinstance(value, str) else None
        if found and EARLIEST_YEAR <= int(found[1]) <= LATEST_YEAR:
            return int(found[1])
    return None


_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5][0-9])", re.ASCII)


def seconds(duration: str | None) -> int | None:
    """The length in seconds of `M:SS`, `MM:SS`, `MMM:SS` or `H:MM:SS`; None for anything else,
    for 0:00, and if there are more than 59 seconds (`999:99` stands for unknown)."""
    clock = _CLOCK.fullmatch(duration or "")
    if clock is None or (clock[1] and int(clock[2]) > 59):
        return None
    return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3]) or None


_SUFFIX = re.compile(r" \([0-9]{1,6}\)\Z")


def _without_suffix(name: str | None) -> str | None:
    """`Goldie (2)` -> `Goldie`: the number only tells apart artists, or labels, of one name."""
    return _SUFFIX.sub("", name).rstrip() or name if name else None


def _joined(texts: Iterable[str | None]) -> str | None:
    """The texts, each once, in order: a label with two catalogue numbers is listed twice."""
    return ", ".join(dict.fromkeys(text for text in texts if text)) or None


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _objects(value: object) -> list[Payload]:
    return [entry for entry in value if isinstance(entry, dict)] if _is_list(value) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for entry in value if (text := printed(entry))) if _is_list(value) else ()


def _positive(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < 2**31 else None
