"""Sample data out of a seed: a collection export, and the API's answer for each of its releases.

What belongs here: releases in the exact shape of `GET /releases/{id}`, every oddity that real ones
have (`ODD_CASES`), and the export of the collection that holds them. Words and names come from
`invented_music`; serving the answers over HTTP is the stand-in's business.

The same seed gives the same bytes on every platform and Python version. Release ids lie far above
those that Discogs has given out, so no cache of real answers can be mistaken for sample data.

    python -m musictool_pipeline_tests.sample_data DIR [--releases N] [--seed S]
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from musictool_pipeline.demo import sample
from musictool_pipeline.demo.sample import EXPORT_NAME, SAMPLE_USER
from musictool_pipeline.demo.sample_shelf import SampleShelf
from musictool_pipeline_tests.invented_music import (
    Act,
    Dice,
    Imprint,
    Roster,
    coined_rosters,
    track_title,
    written_rosters,
)

DEMO_RELEASES = 60
FIRST_DEMO_ID = 900_000_001
FIRST_LARGE_ID = 910_000_001

ODD_CASES: dict[str, int] = {}
"""Every oddity of real data by name -> the id of the demo release that shows it."""

EXPORT_HEADER = (
    "Catalog#",
    "Artist",
    "Title",
    "Label",
    "Format",
    "Rating",
    "Released",
    "release_id",
    "CollectionFolder",
    "Date Added",
    "Collection Media Condition",
    "Collection Sleeve Condition",
    "Collection Notes",
    "Collection Crate",
    "Collection Bought At",
)

Json = dict[str, Any]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


# ------------------------------------------------------------------ what is handed out


@dataclass(frozen=True, slots=True)
class SampleCollection(sample.SampleCollection):
    """The demo's collection, or one like it. `track_count` is the number of tracks in all
    answers, each release once: no headings, no index tracks (but their sub-tracks), no entries
    with neither position nor title. It was counted while the tracks were made, not by reading
    them back, and so can be held against what an expansion finds.
    """

    track_count: int


@dataclass(frozen=True, slots=True)
class LargeCollection:
    """A collection for benchmarks, made piece by piece as it is asked for.

    A release depends on the seed and its id alone: neither on the order of the questions nor on
    the size of the collection. About 2 % of the releases are there in a second copy.
    """

    releases: int
    seed: int
    rosters: tuple[Roster, ...] = field(repr=False)
    second_copies: int | None = None
    """So many releases are there twice; None: each with a chance of 2 %."""

    @property
    def export_name(self) -> str:
        return "large-collection-20260101-1200.csv"

    @property
    def release_ids(self) -> range:
        return range(FIRST_LARGE_ID, FIRST_LARGE_ID + self.releases)

    def export_csv(self) -> bytes:
        """The collection export, in Discogs' own form."""
        return _export(_export_row(release, copy) for release, copy in self._copies())

    def shelf(self, username: str = SAMPLE_USER) -> SampleShelf:
        """The same copies as the API lists them."""
        return _shelf(username, self._copies())

    def answer(self, release_id: int) -> bytes:
        """The JSON body that the API answers for this release; KeyError if it is not in here."""
        dice, roster, cover = self._cover(release_id)
        tracks = _tracklist(dice, roster, cover)
        return _encode(_payload(dice, release_id, roster, cover, tracks)).encode()

    def track_count(self, release_id: int) -> int:
        """The number of tracks in `answer(release_id)`, as in `SampleCollection.track_count`."""
        dice, roster, cover = self._cover(release_id)
        return _tracklist(dice, roster, cover).count

    def _cover(self, release_id: int) -> tuple[Dice, Roster, _Cover]:
        if release_id not in self.release_ids:
            raise KeyError(release_id)
        dice = Dice(self.seed, release_id)
        roster = dice.pick(self.rosters)
        return dice, roster, _cover(dice, roster)

    def _copies(self) -> Iterable[tuple[Json, _Copy]]:
        for place, release_id in enumerate(self.release_ids):
            dice, roster, cover = self._cover(release_id)
            release = {"id": release_id, **cover.facts}
            yield release, _copy(dice, roster)
            if self.second_copies is None:
                twice = dice.chance(0.02)
            else:
                # Spread evenly over the collection.
                before, after = (self.second_copies * (place + n) // self.releases for n in (0, 1))
                twice = before < after
            if twice:
                yield release, _copy(dice, roster)


def demo_collection(seed: int = 1) -> SampleCollection:
    """60 releases in 63 copies, every one of `ODD_CASES` among them, whatever the seed (from 0)."""
    rosters = written_rosters()
    releases = [_plain_release(seed, number, rosters) for number in range(1, DEMO_RELEASES + 1)]
    for number, twist in _TWISTS:
        twist(releases[number - 1])

    firsts = [(release.payload, release.copies[0]) for release in releases]
    seconds = [(each.payload, copy) for each in releases for copy in each.copies[1:]]
    copies = [*firsts, *seconds]
    there = [release for release in releases if not release.gone]
    return SampleCollection(
        export_name=EXPORT_NAME,
        export_csv=_export(_export_row(release, copy) for release, copy in copies),
        answers={release.id: _encode(release.payload).encode() for release in there},
        track_count=sum(release.tracks.count for release in there),
        shelf=_shelf(SAMPLE_USER, copies),
    )


def large_collection(
    releases: int, seed: int = 1, second_copies: int | None = None
) -> LargeCollection:
    """A collection of that many releases, about 8 tracks each, odd about as often as real ones;
    `second_copies` of them are there twice (None: about 2 %).

    ValueError where `releases` is below 1 or `seed` below 0.
    """
    if releases < 1:
        raise ValueError(f"a collection needs at least one release, not {releases}")
    return LargeCollection(releases, seed, coined_rosters(seed), second_copies)


def write_sample(folder: Path, sample: SampleCollection) -> None:
    """The export and `releases/<id>.json` for each answer, in `folder`, which is made if missing.

    Files of the same names are replaced. OSError where the folder cannot be written.
    """
    _write(folder, sample.export_name, sample.export_csv, sample.answers.items())


def _write(
    folder: Path, export_name: str, export_csv: bytes, answers: Iterable[tuple[int, bytes]]
) -> None:
    answers_folder = folder / "releases"
    answers_folder.mkdir(parents=True, exist_ok=True)
    (folder / export_name).write_bytes(export_csv)
    for release_id, body in answers:
        (answers_folder / f"{release_id}.json").write_bytes(body)


# ------------------------------------------------------------------ tracklists


class _Tracklist:
    """A tracklist in the making, which counts its true tracks as they are put in."""

    __slots__ = ("count", "entries")

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self.count = 0

    def track(
        self,
        position: str,
        title: str,
        duration: str = "",
        artists: list[Json] | None = None,
        extraartists: list[Json] | None = None,
    ) -> None:
        entry: Json = {"position": position, "type_": "track"}
        if artists:
            entry["artists"] = artists
        entry["title"] = title
        if extraartists:
            entry["extraartists"] = extraartists
        entry["duration"] = duration
        self.entries.append(entry)
        self.count += 1

    def heading(self, title: str, duration: str = "") -> None:
        self.entries.append(
            {"position": "", "type_": "heading", "title": title, "duration": duration}
        )

    def index(self, title: str, parts: Sequence[tuple[str, str, str]], duration: str = "") -> None:
        """`parts` are (position, title, duration), each of them a track."""
        sub_tracks = [
            {"position": position, "type_": "track", "title": part, "duration": length}
            for position, part, length in parts
        ]
        self.entries.append(
            {
                "position": "",
                "type_": "index",
                "title": title,
                "duration": duration,
                "sub_tracks": sub_tracks,
            }
        )
        self.count += len(sub_tracks)

    def junk(self) -> None:
        self.entries.append({"position": "", "type_": "track", "title": "", "duration": ""})

    def clear(self) -> None:
        self.entries.clear()
        self.count = 0


def _tracklist(dice: Dice, roster: Roster, cover: _Cover) -> _Tracklist:
    """A tracklist with the oddities of real ones, as often as they are measured there.

    53 % of tracks without a duration, 19 % with artists of their own, 1.4 % with a trailing blank,
    1 % of entries headings, some index tracks, some releases without any `type_`.
    """
    tracks = _Tracklist()
    number = dice.between(cover.carrier.fewest, cover.carrier.most)
    timed = dice.chance(0.5)
    headings = number > 3 and dice.chance(0.04)
    indexed = not headings and number > 3 and dice.chance(0.02)
    for place, position in enumerate(cover.carrier.positions(number)):
        if headings and place % 4 == 0:
            tracks.heading(f"{track_title(dice, roster.scene)} Side")
        length = _duration(dice) if timed and dice.chance(0.94) else ""
        if indexed and place == 1:
            suite = f"{track_title(dice, roster.scene)} Suite"
            tracks.index(
                suite,
                [
                    (f"{position}{letter}", track_title(dice, roster.scene), length)
                    for letter in "abc"
                ],
            )
            continue
        title, extraartists = _versioned_title(dice, roster)
        if dice.chance(0.014):
            title += " "
        own = cover.various or dice.chance(0.015)
        tracks.track(
            position,
            title,
            length,
            [_credit(dice.pick(roster.acts))] if own else None,
            extraartists,
        )
    if dice.chance(0.002):
        tracks.junk()
    if not headings and not indexed and dice.chance(0.04):
        _drop_types(tracks)
    return tracks


def _versioned_title(dice: Dice, roster: Roster) -> tuple[str, list[Json] | None]:
    """A title, a third of the time with a version, and the credit of whoever made that version."""
    title = track_title(dice, roster.scene)
    if not dice.chance(0.33):
        return title, None
    version = dice.pick(roster.scene.versions)
    if "{}" not in version:
        return f"{title} {version}", None
    remixer = dice.pick(roster.acts)
    credit = [_credit(remixer, role="Remix")]
    return f"{title} {version.format(remixer.name.partition(' (')[0])}", credit


def _duration(dice: Dice) -> str:
    seconds = dice.between(150, 540)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _drop_types(tracks: _Tracklist) -> None:
    for entry in tracks.entries:
        del entry["type_"]


# ------------------------------------------------------------------ covers


@dataclass(frozen=True, slots=True)
class _Carrier:
    """What the music is pressed on: its formats in the API's shape, and how much it holds."""

    formats: tuple[Json, ...]
    fewest: int
    most: int
    discs: int = 1
    title_suffix: str = ""
    numbered: bool = False
    various: bool = False

    def positions(self, number: int) -> tuple[str, ...]:
        return _numbers(number) if self.numbered else _sides(number, 2 * self.discs)


@cache
def _numbers(number: int) -> tuple[str, ...]:
    return tuple(str(place + 1) for place in range(number))


@cache
def _sides(number: int, sides: int) -> tuple[str, ...]:
    if number <= sides:
        return tuple("ABCDEF"[:number])
    positions: list[str] = []
    for side in range(sides):
        first, last = number * side // sides, number * (side + 1) // sides
        positions += [f"{'ABCDEF'[side]}{place + 1}" for place in range(last - first)]
    return tuple(positions)


def _format(name: str, qty: int, *descriptions: str, text: str = "") -> Json:
    shape: Json = {"name": name, "qty": str(qty)}
    if descriptions:
        shape["descriptions"] = list(descriptions)
    if text:
        shape["text"] = text
    return shape


_SINGLES = (
    _Carrier((_format("Vinyl", 1, '12"'),), 2, 4),
    _Carrier((_format("Vinyl", 1, '12"', "33 ⅓ RPM", "EP"),), 3, 5, title_suffix=" EP"),
    _Carrier((_format("Vinyl", 1, '12"', "45 RPM", "White Label"),), 2, 2),
    _Carrier((_format("Vinyl", 1, '7"', "45 RPM", "Single"),), 2, 2),
)
_ALBUMS = (
    _Carrier((_format("Vinyl", 1, "LP", "Album"),), 7, 12),
    _Carrier((_format("Vinyl", 1, "LP", "Album", "Reissue", "Remastered"),), 7, 12),
    _Carrier((_format("CD", 1, "Album"),), 9, 14, numbered=True),
    _Carrier((_format("Vinyl", 2, "LP", "Album", text="Gatefold"),), 10, 16, discs=2),
)
_COMPILATIONS = (
    _Carrier((_format("Vinyl", 2, "LP", "Compilation"),), 10, 16, discs=2, various=True),
    _Carrier((_format("CD", 1, "Compilation"),), 11, 16, numbered=True, various=True),
)
_CARRIERS = _SINGLES * 7 + _ALBUMS * 12 + _COMPILATIONS * 5

# Discogs files every compilation under this one artist.
_VARIOUS = Act(194, "Various")

_COUNTRIES = ("UK", "UK", "US", "Germany", "Netherlands", "Italy", "Japan", "France")


@dataclass(frozen=True, slots=True)
class _Cover:
    """What an export tells of a release; `facts` are those keys in the API's shape."""

    carrier: _Carrier
    facts: Json

    @property
    def various(self) -> bool:
        return self.carrier.various


def _cover(dice: Dice, roster: Roster) -> _Cover:
    carrier = dice.pick(_CARRIERS)
    act, imprint = dice.pick(roster.acts), dice.pick(roster.imprints)
    artists = [_credit(_VARIOUS) if carrier.various else _pictured(act)]
    if not carrier.various and dice.chance(0.08):
        artists = [_pictured(act, join="&"), _pictured(dice.pick(roster.acts))]
    facts: Json = {
        "artists": artists,
        "labels": [_label(imprint, dice.between(1, 140))],
        "formats": [dict(shape) for shape in carrier.formats],
        "title": track_title(dice, roster.scene) + carrier.title_suffix,
        "year": 0 if dice.chance(0.02) else dice.between(roster.scene.since, 2024),
    }
    return _Cover(carrier, facts)


def _credit(act: Act, *, anv: str = "", join: str = "", role: str = "") -> Json:
    return {
        "name": act.name,
        "anv": anv,
        "join": join,
        "role": role,
        "tracks": "",
        "id": act.id,
        "resource_url": f"https://api.discogs.com/artists/{act.id}",
    }


def _pictured(act: Act, *, join: str = "") -> Json:
    return _credit(act, join=join) | {"thumbnail_url": _image_url("A", act.id, 1, 600)}


def _label(imprint: Imprint, number: int) -> Json:
    return _company(imprint, ("1", "Label"), f"{imprint.code} {number:03d}")


def _company(imprint: Imprint, part: tuple[str, str], catno: str = "") -> Json:
    return {
        "name": imprint.name,
        "catno": catno,
        "entity_type": part[0],
        "entity_type_name": part[1],
        "id": imprint.id,
        "resource_url": f"https://api.discogs.com/labels/{imprint.id}",
        "thumbnail_url": _image_url("L", imprint.id, 1, 300),
    }


# ------------------------------------------------------------------ whole answers

_COMPANY_PARTS = (
    ("13", "Phonographic Copyright (p)"),
    ("14", "Copyright (c)"),
    ("9", "Distributed By"),
    ("17", "Pressed By"),
    ("23", "Recorded At"),
    ("29", "Mastered At"),
)
_ROLES = ("Producer", "Written-By", "Mastered By", "Engineer", "Bass", "Drums", "Artwork", "Vocals")
_REMARKS = (
    "Comes in a plain black die-cut sleeve.",
    "Track durations are not printed on the release.",
    "First pressing, with a stamped centre label.",
    "Recorded on two evenings in a converted boathouse.",
    "Limited to 300 copies.\n\nThe run-out says otherwise.",
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _payload(
    dice: Dice, release_id: int, roster: Roster, cover: _Cover, tracks: _Tracklist
) -> Json:
    """The answer of `GET /releases/{id}`, its keys in the order in which the API sends them."""
    facts = cover.facts
    release: Json = {
        "id": release_id,
        "status": "Accepted",
        "year": facts["year"],
        "resource_url": f"https://api.discogs.com/releases/{release_id}",
        "uri": f"https://www.discogs.com/release/{release_id}",
        "artists": facts["artists"],
        "artists_sort": _glued(facts["artists"]),
        "labels": facts["labels"],
        "series": [],
        "companies": [
            _company(dice.pick(roster.imprints), dice.pick(_COMPANY_PARTS))
            for _ in range(dice.between(0, 5))
        ],
        "formats": facts["formats"],
        "data_quality": "Correct" if dice.chance(0.08) else "Needs Vote",
        "community": {
            "have": dice.between(0, 900),
            "want": dice.between(0, 400),
            "rating": {"count": dice.between(1, 90), "average": dice.between(250, 500) / 100},
        },
        "format_quantity": sum(int(shape["qty"]) for shape in facts["formats"]),
        "date_added": f"{_day(dice, 2004, 2014)}T{_time(dice)}-08:00",
        "date_changed": f"{_day(dice, 2015, 2025)}T{_time(dice)}-07:00",
        "num_for_sale": 0,
        "lowest_price": None,
    }
    if dice.chance(0.8):
        release["num_for_sale"] = dice.between(1, 60)
        release["lowest_price"] = dice.between(79, 9500) / 100
    if dice.chance(0.7):
        release["master_id"] = release_id
        release["master_url"] = f"https://api.discogs.com/masters/{release_id}"
    release["title"] = facts["title"]
    release["country"] = dice.pick(_COUNTRIES)
    released = _released(dice, facts["year"])
    if released:
        release["released"] = released
    if dice.chance(0.5):
        release["notes"] = dice.pick(_REMARKS)
    if released:
        release["released_formatted"] = _released_formatted(released)
    release |= {
        "identifiers": _identifiers(dice, facts["labels"][0]["catno"]),
        "videos": _videos(dice, release_id),
        "genres": list(roster.scene.genres),
        "styles": [dice.pick(roster.scene.styles)],
        "tracklist": tracks.entries,
    }
    if dice.chance(0.6):
        release["extraartists"] = [
            _credit(dice.pick(roster.acts), role=dice.pick(_ROLES))
            for _ in range(dice.between(1, 8))
        ]
    images = [_image(release_id, number) for number in range(1, dice.between(0, 7) + 1)]
    release |= {
        "images": images,
        "thumb": images[0]["uri150"] if images else "",
        "estimated_weight": 230 * release["format_quantity"],
        "blocked_from_sale": False,
        "is_offensive": False,
    }
    return release


def _day(dice: Dice, first_year: int, last_year: int) -> str:
    year, month, day = dice.between(first_year, last_year), dice.between(1, 12), dice.between(1, 28)
    return f"{year}-{month:02d}-{day:02d}"


def _time(dice: Dice) -> str:
    return f"{dice.between(0, 23):02d}:{dice.between(0, 59):02d}:{dice.between(0, 59):02d}"


def _released(dice: Dice, year: int) -> str:
    """`YYYY`, `YYYY-MM-DD` or, where the day is unknown, `YYYY-MM-00`; '' for an unknown year."""
    if not year or dice.chance(0.5):
        return str(year or "")
    day = 0 if dice.chance(0.2) else dice.between(1, 28)
    return f"{year}-{dice.between(1, 12):02d}-{day:02d}"


def _released_formatted(released: str) -> str:
    year, month, day = ([int(part) for part in released.split("-")] + [0, 0])[:3]
    words = [f"{day:02d}" if day else "", _MONTHS[month - 1] if month else "", str(year)]
    return " ".join(word for word in words if word)


def _identifiers(dice: Dice, catno: str) -> list[Json]:
    sides = ("A", "B") if dice.chance(0.7) else ()
    identifiers: list[Json] = [
        {
            "type": "Matrix / Runout",
            "value": f"{catno} {side}1",
            "description": f"Side {side}, etched",
        }
        for side in sides
    ]
    if dice.chance(0.5):
        # GS1 sets 200 to 299 aside for use inside a shop: no product anywhere has such a number.
        barcode = f"2 {dice.between(0, 999_999):06d} {dice.between(0, 999_999):06d}"
        identifiers.insert(0, {"type": "Barcode", "value": barcode})
    return identifiers


def _videos(dice: Dice, release_id: int) -> list[Json]:
    return [
        {
            "uri": f"https://www.youtube.com/watch?v=invented-{release_id}-{number}",
            "title": f"Side {number}",
            "description": None,
            "duration": dice.between(150, 540),
            "embed": True,
        }
        for number in range(dice.between(0, 8))
    ]


def _image_url(kind: str, owner_id: int, number: int, edge: int) -> str:
    # As long as a real, signed one, so that answers weigh what real ones do; it leads nowhere.
    name = f"{kind}-{owner_id}-{number:04d}"
    return (
        f"https://i.discogs.com/invented-{name}-invented-invented/rs:fit/g:sm/q:90/h:{edge}/w:{edge}"
        f"/invented-invented/invented-invented/invented-invented/{name}.jpeg"
    )


def _image(release_id: int, number: int) -> Json:
    uri = _image_url("R", release_id, number, 600)
    return {
        "type": "primary" if number == 1 else "secondary",
        "uri": uri,
        "resource_url": uri,
        "uri150": _image_url("R", release_id, number, 150),
        "width": 600,
        "height": 600,
    }


# ------------------------------------------------------------------ the export


@dataclass(frozen=True, slots=True)
class _Copy:
    """What the collector noted about one copy on his shelf."""

    folder: str
    added: str
    media: str
    sleeve: str
    rating: str = ""
    notes: str = ""
    crate: str = ""
    bought_at: str = ""


_CONDITIONS = (
    "Near Mint (NM or M-)",
    "Very Good Plus (VG+)",
    "Very Good Plus (VG+)",
    "Very Good (VG)",
    "Mint (M)",
    "Good Plus (G+)",
)
_SLEEVES = (*_CONDITIONS, "Generic", "No Cover", "Not Graded")
_NOTES = ("", "", "", "Light marks on side B", "Plays fine", 'Bought with the "other" one, sealed')
_SHOPS = ("", "", "Flea market", "Record fair, hall 2", "A friend's attic")
_ABBREVIATED = {
    "Compilation": "Comp",
    "Limited Edition": "Ltd",
    "Reissue": "RE",
    "Remastered": "RM",
    "Test Pressing": "TP",
    "White Label": "W/Lbl",
}
_CUT = 50


def _copy(dice: Dice, roster: Roster) -> _Copy:
    own_folder = roster.scene.name
    return _Copy(
        folder=dice.pick((own_folder, own_folder, own_folder, "Uncategorized", "To Sell")),
        added=f"{_day(dice, 2012, 2025)} {_time(dice)}",
        media=dice.pick(_CONDITIONS),
        sleeve=dice.pick(_SLEEVES),
        rating=dice.pick(("", "", "3", "4", "5")),
        notes=dice.pick(_NOTES),
        crate=f"{dice.pick('ABCD')}{dice.between(1, 9)}",
        bought_at=dice.pick(_SHOPS),
    )


def _export(rows: Iterable[Sequence[str]]) -> bytes:
    """RFC 4180 with CRLF, UTF-8 without BOM: as Discogs writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(EXPORT_HEADER)
    writer.writerows(rows)
    return text.getvalue().encode()


def _export_row(release: Json, copy: _Copy) -> list[str]:
    return [
        ", ".join(label["catno"] for label in release["labels"])[:_CUT],
        _glued(release["artists"]),
        release["title"],
        ", ".join(label["name"] for label in release["labels"]),
        " + ".join(_abbreviated(shape) for shape in release["formats"])[:_CUT],
        copy.rating,
        str(release.get("year", 0)),
        str(release["id"]),
        copy.folder,
        copy.added,
        copy.media,
        copy.sleeve,
        copy.notes,
        copy.crate,
        copy.bought_at,
    ]


_BASIC = ("id", "master_id", "title", "year", "artists", "labels", "formats", "genres", "styles")


def _shelf(username: str, copies: Iterable[tuple[Json, _Copy]]) -> SampleShelf:
    """Copies in any order as the API lists them, numbered in that order."""
    listed = list(copies)
    folders = ("Uncategorized", *sorted({copy.folder for _, copy in listed} - {"Uncategorized"}))
    items = [
        {
            "id": release["id"],
            "instance_id": 700_000_001 + number,
            "folder_id": folders.index(copy.folder) + 1,
            "rating": int(copy.rating or 0),
            "date_added": copy.added.replace(" ", "T") + "-08:00" if copy.added else None,
            "notes": [
                {"field_id": field, "value": value}
                for field, value in enumerate(
                    (copy.media, copy.sleeve, copy.notes, copy.crate, copy.bought_at), start=1
                )
                if value
            ],
            "basic_information": {
                # What is unknown is 0 here, and absent in the release's own answer.
                "master_id": 0,
                "year": 0,
                **{key: release[key] for key in _BASIC if key in release},
            },
        }
        for number, (release, copy) in enumerate(listed)
    ]
    items.sort(key=lambda item: (item["date_added"] or "", item["instance_id"]))
    return SampleShelf(username, folders, tuple(items))


def _glued(artists: Sequence[Json]) -> str:
    """The artists' names with their joins, as the export and `artists_sort` have them."""
    last = len(artists) - 1
    return "".join(
        artist["name"] + ("" if place == last else _glue(artist["join"].strip()))
        for place, artist in enumerate(artists)
    )


def _glue(join: str) -> str:
    return ", " if join == "," else f" {join} "


def _abbreviated(shape: Json) -> str:
    descriptions: list[str] = shape.get("descriptions", [])
    words = [_ABBREVIATED.get(word, word) for word in descriptions]
    if shape["name"] != "Vinyl" or not words:
        words.insert(0, shape["name"])
    if "text" in shape:
        words.append(shape["text"][:3])
    quantity = "" if shape["qty"] == "1" else f"{shape['qty']}x"
    return quantity + ", ".join(words)


# ------------------------------------------------------------------ the demo's odd cases


@dataclass(slots=True)
class _Release:
    """A demo release in the making: plain at first, then twisted into an odd case."""

    roster: Roster
    dice: Dice
    tracks: _Tracklist
    payload: Json
    copies: list[_Copy]
    gone: bool = False

    @property
    def id(self) -> int:
        return self.payload["id"]

    @property
    def entries(self) -> list[Json]:
        return self.tracks.entries

    def acts(self, count: int) -> list[Act]:
        """So many different ones, none of whom is on the cover."""
        covered = {artist["id"] for artist in self.payload["artists"]}
        others = [act for act in self.roster.acts if act.id not in covered]
        start = self.dice.between(0, len(others) - count)
        return others[start : start + count]

    def title(self) -> str:
        return track_title(self.dice, self.roster.scene)

    def credit_to(self, *artists: Json) -> None:
        self.payload["artists"] = list(artists)
        self.payload["artists_sort"] = _glued(artists)

    def press(self, *formats: Json) -> None:
        self.payload["formats"] = list(formats)
        self.payload["format_quantity"] = sum(int(shape["qty"]) for shape in formats)

    def restart(self, *formats: Json) -> None:
        """No tracks as yet, on these formats; a compilation is from now on by one artist."""
        self.press(*formats)
        if self.payload["artists"][0]["id"] == _VARIOUS.id:
            self.credit_to(_credit(self.acts(1)[0]))
        self.tracks.clear()

    def relist(self, *positions: str) -> None:
        """Tracks at these positions, with nothing odd about them, on a format that fits."""
        if positions[0].startswith(("1", "CD")):
            self.restart(_format("CD", 1, "Album"))
        elif len(positions) > 4:
            self.restart(_format("Vinyl", 1, "LP", "Album"))
        else:
            self.restart(_format("Vinyl", 1, '12"', "EP"))
        for position in positions:
            self.tracks.track(position, self.title(), _duration(self.dice))

    def retitle(self, *titles: str) -> None:
        """Tracks with these titles, on as many sides as it takes."""
        self.relist(*_sides(len(titles), 2))
        for entry, title in zip(self.entries, titles, strict=True):
            entry["title"] = title

    def another_copy(self) -> _Copy:
        return _copy(self.dice, self.roster)

    def change_copy(self, **changes: str) -> None:
        self.copies[0] = replace(self.copies[0], **changes)

    def release_date(self, released: str) -> None:
        self.payload["year"] = int(released[:4])
        self.payload["released"] = released
        self.payload["released_formatted"] = _released_formatted(released)


# Added to a written artist's or label's id, for one that is not on the roster.
_NEWCOMERS = 1_000_000


def _newcomer(act: Act, name: str) -> Act:
    return Act(act.id + _NEWCOMERS, name)


_Twist = Callable[[_Release], None]

_TWISTS: list[tuple[int, _Twist]] = []


def _plain_release(seed: int, number: int, rosters: Sequence[Roster]) -> _Release:
    release_id = FIRST_DEMO_ID + number - 1
    dice = Dice(seed, release_id)
    roster = rosters[number % len(rosters)]
    cover = _cover(dice, roster)
    tracks = _tracklist(dice, roster, cover)
    payload = _payload(dice, release_id, roster, cover, tracks)
    return _Release(roster, dice, tracks, payload, [_copy(dice, roster)])


def _odd_case(number: int, *names: str) -> Callable[[_Twist], _Twist]:
    """The decorated function makes these cases of the demo's release `number` (1 to 60)."""

    def register(twist: _Twist) -> _Twist:
        for name in names:
            if name in ODD_CASES:
                raise ValueError(f"two odd cases are called {name!r}")
            ODD_CASES[name] = FIRST_DEMO_ID + number - 1
        _TWISTS.append((number, twist))
        return twist

    return register


@_odd_case(1, "anv differs from name")
def _anv(release: _Release) -> None:
    release.relist("A1", "B1")
    [act] = release.acts(1)
    release.credit_to(_credit(act, anv=f"{act.name} Soundsystem"))


@_odd_case(2, "artist with a suffix", "label with a suffix")
def _suffixes(release: _Release) -> None:
    release.relist("A1", "B1")
    act = release.roster.acts[-1]
    release.credit_to(_credit(_newcomer(act, f"{act.name} (2)")))
    imprint = release.roster.imprints[0]
    namesake = replace(imprint, id=imprint.id + _NEWCOMERS, name=f"{imprint.name} (19)")
    release.payload["labels"] = [_label(namesake, 7)]


def _join(join: str, release: _Release) -> None:
    # Tracks without artists of their own, so that the release's credit is what they show.
    release.relist("A1", "A2", "B1")
    first, second = release.acts(2)
    release.credit_to(_credit(first, join=join), _credit(second))


for _number, _joined in enumerate((",", "&", "/", "Feat.", "vs", "And", "Meets"), start=3):
    _odd_case(_number, f"join {_joined}")(partial(_join, _joined))
_odd_case(10, "join with a trailing blank")(partial(_join, "Feat. "))


@_odd_case(11, "track artists", "track artists with a join", "track artist with an anv")
def _track_artists(release: _Release) -> None:
    release.restart(_format("Vinyl", 1, '12"', "EP"))
    first, second, third = release.acts(3)
    release.tracks.track("A1", release.title())
    release.tracks.track("A2", release.title(), "5:12", [_credit(first)])
    release.tracks.track(
        "B1", release.title(), "6:03", [_credit(second, join="Feat."), _credit(third)]
    )
    release.tracks.track("B2", release.title(), "", [_credit(first, anv=first.name.upper())])


@_odd_case(12, "Various")
def _various(release: _Release) -> None:
    release.credit_to(_credit(_VARIOUS))
    release.press(_format("Vinyl", 2, "LP", "Compilation"))
    release.tracks.clear()
    for position, act in zip(_sides(8, 4), release.acts(8), strict=True):
        release.tracks.track(position, release.title(), _duration(release.dice), [_credit(act)])


@_odd_case(13, "same label twice")
def _same_label_twice(release: _Release) -> None:
    imprint = release.roster.imprints[0]
    release.payload["labels"] = [_label(imprint, 12), _label(imprint, 512)]


@_odd_case(14, "catalogue numbers cut by the export")
def _long_catalogue_numbers(release: _Release) -> None:
    imprint = release.roster.imprints[1]
    release.payload["labels"] = [_label(imprint, number) for number in range(101, 109)]


@_odd_case(15, "catno none")
def _no_catalogue_number(release: _Release) -> None:
    release.payload["labels"][0]["catno"] = "none"


@_odd_case(16, "digital format first")
def _digital_first(release: _Release) -> None:
    release.press(_format("File", 4, "FLAC", "EP"), _format("Vinyl", 1, '12"', "EP"))


@_odd_case(17, "quantity 2", "format text")
def _two_blue_discs(release: _Release) -> None:
    release.press(_format("Vinyl", 2, '12"', "45 RPM", "Album", text="Translucent Blue"))


@_odd_case(18, "format without descriptions")
def _bare_format(release: _Release) -> None:
    release.press(_format("Vinyl", 1))


@_odd_case(19, "format cut by the export")
def _long_format(release: _Release) -> None:
    release.press(
        _format("Vinyl", 2, "LP", "Album", "Limited Edition", "Reissue", "Remastered", "Stereo"),
        _format("Vinyl", 1, '7"', "45 RPM", "Single Sided", "Etched"),
        _format("CD", 1, "Album"),
    )


@_odd_case(20, "no type_")
def _no_types(release: _Release) -> None:
    release.relist("A1", "A2", "B1", "B2")
    _drop_types(release.tracks)


@_odd_case(21, "heading")
def _headings(release: _Release) -> None:
    release.restart(_format("Vinyl", 1, '12"', "EP"))
    for side, name in (("A", "Morning Side"), ("B", "Evening Side")):
        release.tracks.heading(name)
        release.tracks.track(f"{side}1", release.title())
        release.tracks.track(f"{side}2", release.title())


@_odd_case(22, "heading with a duration")
def _timed_heading(release: _Release) -> None:
    release.restart(_format("CD", 1, "Compilation", "Mixed"))
    release.tracks.heading("The Continuous Mix", "58:20")
    release.tracks.track("1", release.title(), "6:10")
    release.tracks.track("2", release.title(), "5:45")


@_odd_case(24, "versions")
def _versions(release: _Release) -> None:
    base, [remixer] = release.title(), release.acts(1)
    release.retitle(
        base,
        f"{base} (Original Mix)",
        f"{base} (VIP)",
        f"{base} ({remixer.name} Remix)",
        f"{base} (Dub)",
        f"{base} - Dub Mix",
        f"{base} (Instrumental)",
        f"{base} (Live)",
        f"{base} (Radio Edit)",
        f"{base} Part 1",
        f"{base} Part 2",
    )
    release.entries[3]["extraartists"] = [_credit(remixer, role="Remix")]


@_odd_case(23, "index of whole tracks")
def _index_of_tracks(release: _Release) -> None:
    release.restart(_format("CD", 2, "Album"))
    for disc in ("1", "2"):
        parts = [
            (f"{disc}-{part}", f"{part}. {release.title()}", _duration(release.dice))
            for part in (1, 2, 3)
        ]
        release.tracks.index(f"{release.title()} Suite", parts, "21:40")
    release.tracks.track("2-4", release.title(), "4:02")


@_odd_case(27, "index of parts A3.1")
def _index_of_dotted_parts(release: _Release) -> None:
    release.relist("A1", "A2")
    parts = [(f"A3.{part}", release.title(), "") for part in (1, 2)]
    release.tracks.index("Medley", parts, "7:31")
    release.tracks.track("B1", release.title())


@_odd_case(25, "index of parts B1a")
def _index_of_lettered_parts(release: _Release) -> None:
    release.relist("A1")
    parts = [(f"B1{part}", release.title(), "3:03") for part in "abc"]
    release.tracks.index(release.title(), parts)


@_odd_case(26, "index of parts 5a")
def _index_of_numbered_parts(release: _Release) -> None:
    release.relist("1", "2", "3", "4")
    release.tracks.index(release.title(), [("5a", "Intro", "0:40"), ("5b", release.title(), "")])


_PRINTED_POSITIONS = (
    (28, "positions A and AA", ("A", "AA")),
    (29, "positions 1", ("1", "2", "3", "4", "5")),
    (30, "positions 1-01", ("1-01", "1-02", "2-01", "2-02")),
    (31, "positions CD1-3", ("CD1-1", "CD1-2", "CD1-3", "CD2-1", "CD2-2")),
    (32, "position Video 1", ("1", "2", "Video 1")),
    (33, "positions A3i", ("A1", "A2", "A3i", "A3ii", "B1")),
    (34, "positions B4(i)", ("A1", "B1", "B2", "B3", "B4(i)", "B4(ii)")),
    (35, "positions 9A", ("8A", "8B", "9A", "9B")),
    (37, "positions a1", ("a1", "a2", "b1", "b2")),
    (38, "empty positions", ("", "", "")),
    (39, "repeated positions", ("A1", "A2", "A1", "A2", "B1", "B1")),
    (40, "position with a trailing blank", ("A1", "A2 ", "B1")),
    (41, "position with a Greek alpha", ("\N{GREEK CAPITAL LETTER ALPHA}1", "A2", "B1")),
    (59, "positions A1", ("A1", "A2", "B1", "B2")),
)
for _number, _shape, _printed in _PRINTED_POSITIONS:
    _odd_case(_number, _shape)(lambda release, printed=_printed: release.relist(*printed))


_ODD_DURATIONS = {
    "duration missing": "",
    "duration M:SS": "3:45",
    "duration MM:SS": "12:07",
    "duration H:MM:SS": "1:02:33",
    "duration 75:10": "75:10",
    "duration 999:99": "999:99",
}


@_odd_case(36, *_ODD_DURATIONS)
def _durations(release: _Release) -> None:
    release.relist(*_sides(len(_ODD_DURATIONS), 2))
    for entry, duration in zip(release.entries, _ODD_DURATIONS.values(), strict=True):
        entry["duration"] = duration


@_odd_case(42, "title with a tab", "title with a trailing blank", "title with U+FEFF")
def _unseen_characters(release: _Release) -> None:
    release.retitle(f"{release.title()}\t(VIP)", f"{release.title()} ", f"\ufeff{release.title()}")


@_odd_case(43, "entry with neither position nor title")
def _junk_entry(release: _Release) -> None:
    release.relist("A1", "B1")
    release.tracks.junk()


@_odd_case(44, "empty tracklist")
def _no_tracks(release: _Release) -> None:
    release.tracks.clear()


_OFTEN_ABSENT = ("released", "master_id", "notes", "extraartists", "year", "uri", "videos")


@_odd_case(45, *(f"without {key}" for key in _OFTEN_ABSENT))
def _absent_keys(release: _Release) -> None:
    for key in (*_OFTEN_ABSENT, "released_formatted", "master_url"):
        release.payload.pop(key, None)


@_odd_case(46, "year 0")
def _unknown_year(release: _Release) -> None:
    release.payload["year"] = 0
    release.payload.pop("released", None)
    release.payload.pop("released_formatted", None)


for _number, _shape, _date in (
    (47, "released YYYY", "2001"),
    (48, "released YYYY-MM-00", "1997-06-00"),
    (49, "released YYYY-00-00", "1993-00-00"),
    (50, "released YYYY-MM-DD", "1998-11-23"),
):
    _odd_case(_number, _shape)(lambda release, date=_date: release.release_date(date))


@_odd_case(50, "status Draft")
def _draft(release: _Release) -> None:
    release.payload["status"] = "Draft"


def _other_script(artist: str, titles: Sequence[str], release: _Release) -> None:
    release.credit_to(_credit(_newcomer(release.roster.acts[0], artist)))
    release.payload["title"] = titles[0]
    release.retitle(*titles)


for _number, _script, _artist, _titles in (
    (51, "Japanese", "ヴェルナ霧灯団", ("銅色の雨", "屋上のカセット", "遠い信号 (ダブ)")),
    (52, "Cyrillic", "Квартет Лунобрезг", ("Медная погода", "Тихий перрон", "Вальс для фонаря")),
    (53, "Hebrew", "להקת צלמורן", ("רחוב הנחושת", "אבק קל", "ואלס לפנס")),
):
    _odd_case(_number, f"{_script} artist and titles")(partial(_other_script, _artist, _titles))


@_odd_case(54, "gone")
def _gone(release: _Release) -> None:
    release.gone = True


@_odd_case(55, "markup in a title")
def _markup(release: _Release) -> None:
    release.payload["title"] = "<b>Bass</b> & *Drums*"
    release.retitle(
        "<b>Bass</b> & *Drums*", "[Parquet](#) `Floor`", "<script>alert('side B')</script>"
    )


@_odd_case(56, "very long title")
def _long_title(release: _Release) -> None:
    chapters = ", ".join(f"{release.title()} In {place} Movements" for place in range(2, 16))
    release.payload["title"] = f"The Complete And Unabridged {chapters}"
    release.retitle(f"{release.title()} Or {chapters}", release.title())


@_odd_case(57, "second copy")
def _second_copy(release: _Release) -> None:
    # Listed after the other copy, though it was added before.
    release.change_copy(added="2019-03-02 18:30:00", folder="To Sell")
    release.copies.append(
        replace(release.another_copy(), added="2013-08-17 09:15:00", folder="Uncategorized")
    )


@_odd_case(58, "third copy")
def _third_copy(release: _Release) -> None:
    release.change_copy(folder=release.roster.scene.name)
    release.copies += [
        replace(release.another_copy(), folder="To Sell", media="Good (G)"),
        replace(release.another_copy(), folder="To Sell", notes="Still sealed", added=""),
    ]


@_odd_case(59, "generic titles")
def _generic_titles(release: _Release) -> None:
    for entry, title in zip(release.entries, ("Untitled", "Intro", "A2", "Track 4"), strict=True):
        entry["title"] = title


@_odd_case(60, "note with a line break")
def _note_of_two_lines(release: _Release) -> None:
    release.change_copy(notes='Sleeve split at the seam.\nRun-out: "Cut at dawn", side B.')


@_odd_case(4, "note like a formula")
def _formula(release: _Release) -> None:
    release.change_copy(notes="=1+1")


@_odd_case(5, "no date added")
@_odd_case(15)
@_odd_case(33)
def _undated(release: _Release) -> None:
    release.change_copy(added="")


# ------------------------------------------------------------------ the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sample data; 0 when done. Wrong usage, or a folder that cannot be written, exits
    with 2 and a sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m musictool_pipeline_tests.sample_data",
        description="Write an invented Discogs collection export, and in releases/ the API's "
        "answer for each of its releases. The same seed gives the same bytes.",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="made if missing")
    parser.add_argument(
        "--releases",
        metavar="N",
        type=int,
        help="a collection of N releases for benchmarks, about 7 KB each, in place of the demo's "
        f"{DEMO_RELEASES} with every odd case",
    )
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="from 0 up (default 1)")
    options = parser.parse_args(arguments)
    try:
        if options.releases is None:
            sample = demo_collection(options.seed)
            written = len(sample.answers)
            write_sample(options.folder, sample)
        else:
            sample = large_collection(options.releases, options.seed)
            written = sample.releases
            answers = ((each, sample.answer(each)) for each in sample.release_ids)
            _write(options.folder, sample.export_name, sample.export_csv(), answers)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(f"{options.folder / sample.export_name}, and {written} answers in releases/ beside it")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
