"""From the texts of one track, on vinyl or on disk, to what they say: a Reading.

What belongs here: which of a file's texts is the artist and which the title. What does not: taking
a credit or a title apart (`credits`, `titles`), comparing two readings (`scoring`), or looking for
them (`blocking`).

A file can be read in several ways: its tags as they stand, or `Artist - Title` split out of the
title or of the file name. Every plausible reading is kept; the comparison finds the one that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from musictool_pipeline.core.matching.credits import (
    GUEST,
    TEMPLATE_JUNK,
    Credit,
    read_credit,
)
from musictool_pipeline.core.matching.text import (
    fold,
    in_script,
    likeness,
    mended,
    other_decodings,
)
from musictool_pipeline.core.matching.titles import (
    CAMELOT,
    NOISE,
    Pieces,
    Title,
    is_count,
    numbered,
    take_apart,
    title_of,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.versions import (
    bracket_names_a_version,
    names_a_version,
    read_version,
)
from musictool_pipeline.core.matching.vocabulary import (
    FILLERS,
    LIVE_ALBUM,
    NOISE_TAIL,
    SCENE_TAIL,
)

# A number or a side that a ripper put before the title: `01. `, `A2 - `, `1-03 `.
_LEADING_POSITION: Final = re.compile(
    r"^\s*(?:\d{1,2}[-.]\d{1,2}|0\d{1,2}|\d{1,3}(?=\s*[.)\]_-])|[A-Ha-h]{1,2}\d{1,2}(?=[\s._)-])"
    r"|[A-Ha-h](?=\s*[.)_-]\s)|\(\d{1,2}\)|\[[A-Ha-h]?\d{1,2}\])\s*[-.)\]_]*\s*(?=\S)"
)
_SCENE_POSITION: Final = re.compile(r"(?:\d{2,3}|[a-h]{1,2}\d{0,2})-(?=.+-)")
_SCENE_TAIL: Final = re.compile(SCENE_TAIL, re.IGNORECASE)
_LEADING_NUMBER: Final = re.compile(r"^\s*\d{1,2}\s+(?=\S)")
_LEADING_BPM_OR_KEY: Final = re.compile(
    rf"^\s*(?:(?:{CAMELOT})\s*[-_ ]\s*)?(?:(?:1\d\d|[89]\d)(?:\.\d+)?(?:\s*bpm)?\s*[-_ ]\s*)?"
    rf"(?:(?:{CAMELOT})\s*[-_ ]\s*)?(?=\S)",
    re.IGNORECASE,
)
# As DJ programs write them into titles: `8A - 128 - Title`.
_LEADING_KEY: Final = re.compile(
    rf"^\s*(?:{CAMELOT})\s+-\s+(?:(?:[6-9]\d|1\d\d)(?:\.\d+)?(?:\s*bpm)?\s+-\s+)?(?=\S)", re.I
)
_SHOP_NUMBER: Final = re.compile(r"^\s*\d{5,}[\s_-]+|[\s_-]+\d{6,}\s*$")
# The id that a video downloader leaves behind: `-dQw4w9WgXcQ`.
_VIDEO_ID: Final = re.compile(r"\s?[-\[](?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{11}\]?$")
_NOISE_TAIL: Final = re.compile(NOISE_TAIL)
_COPY: Final = re.compile(r"\s*\(\d\)$|\s+-\s+(?:copy|kopie)$", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r"(?:\.stem)?\.(?:mp3|wav|wave|flac|aiff?|aif|m4a|mp4|ogg|opus|wma|aac|alac|ape|mpc|wv)$",
    re.IGNORECASE,
)
_LIVE_ALBUM: Final = re.compile(LIVE_ALBUM)

FROM_TITLE: Final = "artist from the title"
A_NUMBER: Final = "a number"
"""What was set aside where that may be made up for: it is often a ripper's own."""

# ID3v1 keeps 30 characters of a title, and nothing says that the rest is missing.
ID3V1_LENGTH: Final = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a track. `source` says where the words come from, for the reason.

    `set_aside`: what was thrown away to get here, so that a match is at most one to look at.
    """

    credit: Credit
    title: Title
    source: str = ""
    set_aside: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a title and can support it: folded album, label, folders; seconds."""

    album: str = ""
    label: str = ""
    folders: tuple[str, ...] = ()
    seconds: float | None = None
    live_album: bool = False


@dataclass(frozen=True, slots=True)
class TrackReadings:
    """Everything that one track says: its readings, most trusted first, and its surroundings."""

    readings: tuple[Reading, ...]
    surroundings: Surroundings


def read_vinyl(track: VinylTrack) -> TrackReadings:
    """What a track on vinyl says. Without a track artist the album's is taken, if it is one."""
    credit = read_credit(track.artist)
    if not credit.names:
        credit = read_credit(track.album_artist)
    readings: list[Reading] = []
    title = mended(track.title).replace("*", " ") if track.title else ""
    for text in _in_each_language(title):
        pieces = take_apart(text, by_somebody=bool(credit.names))
        everything = range(len(pieces.segments))
        # Titles on a record's page are whole: dots at their end are the composer's own.
        pieces.cut_off = pieces.cut_off or None
        pieces.printed_length = 0
        readings.append(Reading(_with_guests(credit, pieces), title_of(pieces, everything)))
        if not credit.names and len(pieces.segments) == 2:
            split = read_credit(pieces.segments[0])
            readings.append(Reading(_with_guests(split, pieces), title_of(pieces, [1])))
        readings.extend(_unbracketed_remixes(readings[-1], pieces, ""))
    if credit.names and track.artist_on_discogs:
        names = read_credit(track.artist_on_discogs)
        readings += [
            replace(it, credit=replace(names, featured=it.credit.featured or names.featured))
            for it in readings
        ]
    album = fold(track.album) if track.album else ""
    return TrackReadings(
        tuple(readings),
        Surroundings(
            album=album,
            label=fold(track.label) if track.label else "",
            seconds=float(track.duration_seconds) if track.duration_seconds else None,
            live_album=_LIVE_ALBUM.search(album) is not None,
        ),
    )


def _is_gloss(bracket: str) -> bool:
    """Whether a bracket behind a title in another script may be that title in Latin letters."""
    said_otherwise = (
        bracket_names_a_version(bracket)
        or NOISE.fullmatch(fold(bracket))
        or is_count(fold(bracket).split())
        or GUEST.match(" " + bracket)
    )
    return not said_otherwise and not in_script(bracket) and bool(fold(bracket))


_GLOSSED: Final = re.compile(r"^([^()]+?)\s*\(([^()]+)\)\s*$")


def _in_each_language(title: str) -> list[str]:
    """A title in two scripts, as Discogs prints it (`Gruppa Krovi = ...`) or with one of them in
    brackets: both, and each."""
    sides = [side for side in re.split(r"\s+=\s+", title) if fold(side)]
    glossed = _GLOSSED.match(title)
    if glossed and in_script(glossed[1]) and _is_gloss(glossed[2]):
        sides = [glossed[1], glossed[2]]
    return [title, *sides] if len(sides) > 1 else [title] if title else []


def read_digital(track: DigitalTrack) -> TrackReadings:
    """What a digital file says, by its tags and by its name."""
    tag = read_credit(track.artist)
    beside = _remixers(track, tag)
    folders, stem = _path_parts(track.path)
    readings: list[Reading] = []
    title = mended(track.title.strip()) if track.title else ""
    titles = [*_in_each_language(title), *other_decodings(title)] if fold(title) else []
    credits_ = [tag]
    if track.artist:
        credits_ += [read_credit(other) for other in other_decodings(track.artist)]
    for number, text in enumerate(titles):
        credit = credits_[min(number, len(credits_) - 1)]
        readings.extend(_tag_readings(text, credit))
    named = list(_name_readings(stem, tag)) if stem and not _repeats(stem, track) else []
    if readings and named:
        readings = _with_what_the_name_adds(readings, named, tag)
    elif named:
        readings = named
    finished = tuple(dict.fromkeys(_with_fields(reading, track, beside) for reading in readings))
    album = fold(mended(track.album)) if track.album else ""
    return TrackReadings(
        finished,
        Surroundings(
            album=album,
            label=fold(track.label) if track.label else "",
            folders=folders,
            seconds=track.duration_seconds or None,
            live_album=_LIVE_ALBUM.search(album) is not None,
        ),
    )


def _repeats(stem: str, track: DigitalTrack) -> bool:
    """Whether the file name only repeats the tags, as in most well-kept libraries."""
    if not track.artist or not track.title:
        return False
    return stem in (track.title, f"{track.artist} - {track.title}")


def _with_guests(credit: Credit, pieces: Pieces) -> Credit:
    if not pieces.featured:
        return credit
    guests = tuple(dict.fromkeys((*credit.featured, *pieces.featured)))
    return replace(credit, featured=guests)


def _tag_readings(title: str, tag: Credit) -> Iterator[Reading]:
    title = _NOISE_TAIL.sub("", title) or title
    pieces = take_apart(title.replace("_", " "))
    yield from _arranged(pieces, tag, "")
    if not tag.names:
        yield from _titled_like_a_version(title.replace("_", " "), FROM_TITLE)
    elif len(pieces.segments) == 1:
        exchanged = take_apart(tag.whole)
        yield Reading(
            read_credit(title), title_of(exchanged, [0]), set_aside="the order of artist and title"
        )
    keyless = _LEADING_KEY.sub("", title, count=1)
    stripped = _LEADING_POSITION.sub("", title, count=1)
    if keyless != title:
        yield from _arranged(take_apart(keyless), tag, "leading key set aside")
    elif stripped != title and stripped:
        yield from _arranged(take_apart(stripped), tag, "leading position set aside")
    elif _LEADING_NUMBER.match(title):
        rest = take_apart(_LEADING_NUMBER.sub("", title, count=1))
        for reading in _arranged(rest, tag, "leading number set aside"):
            yield replace(reading, set_aside=A_NUMBER)


def _titled_like_a_version(text: str, source: str) -> Iterator[Reading]:
    """`Gang Starr - Full Clip`: what stands behind the artist is the title, whatever its words."""
    pieces = take_apart(_LEADING_POSITION.sub("", text, count=1), whole=True)
    if len(pieces.segments) == 2 and names_a_version(fold(pieces.segments[1])):
        credit = read_credit(pieces.segments[0])
        yield Reading(_with_guests(credit, pieces), title_of(pieces, [1]), source)


def _name_readings(stem: str, tag: Credit) -> Iterator[Reading]:
    """The readings of a file name without its extension."""
    text = _NOISE_TAIL.sub("", stem) or stem
    numbered = _SCENE_POSITION.match(text) is not None
    scene = "-" in text and " " not in text and (numbered or ("_" in text and "_-_" not in text))
    text = _COPY.sub("", _VIDEO_ID.sub("", _SHOP_NUMBER.sub("", text)))
    if scene or (" " not in text and "_" not in text and text.count("-") == 1):
        text = text.replace("-", " - ")
    text = text.replace("_", " ")
    said = "from the file name"
    variants = [text]
    stripped = _LEADING_POSITION.sub("", text, count=1)
    if stripped == text:
        stripped = _LEADING_NUMBER.sub("", text, count=1)
    if stripped != text:
        variants.append(stripped)
    tempo = _LEADING_BPM_OR_KEY.sub("", text, count=1)
    if tempo != text:
        variants.append(tempo)
    for variant in dict.fromkeys(variants):
        pieces = take_apart(variant, is_name=True)
        yield from _arranged(pieces, tag, said)
        if not tag.names:
            yield from _titled_like_a_version(variant, said)
        if scene and len(pieces.segments) > 2:
            shorter = _SCENE_TAIL.sub("", variant.rsplit(" - ", 1)[0])
            yield from _arranged(take_apart(shorter, is_name=True), tag, said)


def _arranged(pieces: Pieces, tag: Credit, source: str) -> Iterator[Reading]:
    """Every sensible way to say which segment is the artist and which the title."""
    count = len(pieces.segments)
    if count == 1:
        whole = Reading(_with_guests(tag, pieces), title_of(pieces, [0]), source)
        yield whole
        yield from _unbracketed_remixes(whole, pieces, source)
        return
    led_by_artist = not tag.names or _credits_meet(read_credit(pieces.segments[0]), tag)
    ends_in_version = names_a_version(fold(pieces.segments[-1]))
    if not led_by_artist and not ends_in_version:
        yield Reading(_with_guests(tag, pieces), title_of(pieces, range(count)), source)
    orders: list[tuple[int, tuple[int, ...]]]
    if count == 2:
        orders = [(0, (1,))]
        if not ends_in_version and not (tag.names and led_by_artist):
            orders.append((1, (0,)))
    elif count == 3:
        orders = [(0, (1, 2)), (0, (2,)), (1, (2,)), (0, (1,))]
    else:
        orders = [(0, (count - 1,)), (count - 2, (count - 1,)), (0, tuple(range(1, count)))]
    for artist, title in orders:
        credit = read_credit(re.sub("\x01\\d+\x01", " ", pieces.segments[artist]))
        if not credit.names:
            credit = tag
        note = source or FROM_TITLE
        reading = Reading(_with_guests(credit, pieces), title_of(pieces, title), note)
        if count == 3 and title == (1,):
            reading = replace(reading, set_aside="a part of the name")
        if tag.names and not source:
            reading = replace(reading, credit=replace(reading.credit, beside=tag.names))
        yield reading
        yield from _unbracketed_remixes(reading, pieces, note)
    if count == 2 and ends_in_version:
        version = read_version(pieces.segments[1]).together_with(pieces.version)
        alone = replace(title_of(pieces, [0]), version=version)
        alone = replace(alone, flat=f"{alone.flat} {fold(version.words)}")
        yield Reading(_with_guests(tag, pieces), alone, source)


def _credits_meet(one: Credit, other: Credit) -> bool:
    return likeness(one.whole, other.whole) >= 85 or bool(set(one.names) & set(other.names))


def _unbracketed_remixes(reading: Reading, pieces: Pieces, source: str) -> Iterator[Reading]:
    """`Silence Tiesto Remix`: the remixer may be the last one, two or three words before it."""
    title = reading.title
    words = title.base.split()
    version = title.version
    said = fold(version.words).split()
    plain_remix = (
        version.spoken
        and not version.name
        and bool(version.kinds)
        and said[:1]
        and title.flat.endswith(" ".join(said))
        and not pieces.bracketed
    )
    if plain_remix:
        noun = " ".join(said)
    elif (
        not version.spoken
        and len(words) > 2
        and words[-1] in ("mix", "dub", "edit", "rework", "flip", "version")
    ):
        noun = words.pop()
    else:
        return
    for taken in (1, 2, 3):
        if len(words) <= taken:
            return
        name = " ".join(words[-taken:])
        if all(word in FILLERS for word in words[-taken:]):
            continue  # `Sine Of The Dub`
        base = " ".join(words[:-taken])
        _, core, numbers, opus = numbered(base)
        yield replace(
            reading,
            source=source,
            title=replace(
                title,
                base=base,
                core=core,
                full=base,
                dashed=base,
                script="",
                numbers=numbers,
                opus=opus,
                version=read_version(f"{name} {noun}"),
            ),
        )


def _remixers(track: DigitalTrack, tag: Credit) -> tuple[str, ...]:
    names: list[str] = []
    for tagged in (track.remixer, track.mix):
        if tagged and not TEMPLATE_JUNK.match(tagged):
            names.extend(read_credit(tagged).names)
    return tuple(dict.fromkeys((*names, *tag.names, *tag.featured)))


def _with_fields(reading: Reading, track: DigitalTrack, beside: tuple[str, ...]) -> Reading:
    """The reading with what the REMIXER and MIX fields add to its version."""
    if not track.mix and not track.remixer:
        return reading
    version = reading.title.version
    mix = track.mix.strip() if track.mix else ""
    if mix and not TEMPLATE_JUNK.match(mix) and version.is_plain:
        folded = fold(mix)
        if names_a_version(folded):
            version = version.together_with(read_version(mix))
    remixer = track.remixer.strip() if track.remixer else ""
    if remixer and not TEMPLATE_JUNK.match(remixer) and version.is_plain:
        names = read_credit(remixer)
        own = set(names.names) <= set(reading.credit.names)
        if names.names and not own:
            version = version.together_with(read_version(f"{remixer} Remix"))
    title = reading.title
    if version != title.version:
        title = replace(title, version=version, flat=f"{title.flat} {fold(version.words)}")
    around = tuple(dict.fromkeys((*reading.credit.beside, *beside)))
    return replace(reading, title=title, credit=replace(reading.credit, beside=around))


def _with_what_the_name_adds(
    tagged: list[Reading], named: list[Reading], tag: Credit
) -> list[Reading]:
    """Tags first; the file name completes a version or a title that the tags lack or cut off."""
    result: list[Reading] = []
    for reading in tagged:
        title = reading.title
        fuller = next(
            (
                name
                for name in named
                if title.core in (name.title.core, name.title.dashed)
                and name.title.numbers == title.numbers
                and not name.title.version.is_plain
                and title.version.is_plain
                and name.title.cut_off is None
            ),
            None,
        )
        if fuller is None:
            result.append(reading)
            continue
        version = fuller.title.version
        words = f"{title.flat} {fold(version.words)}"
        result.append(
            replace(
                reading,
                title=replace(title, version=version, flat=words, cut_off=None),
                source="version from the file name",
            )
        )
    first = tagged[0].title
    says_version = not first.version.is_plain
    for name in named:
        if says_version and name.title.version.is_plain:
            continue  # a name that leaves out what the tag says
        if name.title.base.isdigit():
            continue  # `2.mp3` is the second track, and not `Two`
        completes = first.cut_off is not None or _may_be_cut(first)
        if completes and name.title.flat != first.flat and name.title.full.startswith(first.base):
            result.insert(
                0, replace(name, source="title cut off in the tag, whole in the file name")
            )
        elif (
            not tag.names
            or first.is_generic
            or first.full == name.title.full
            or (likeness(first.full, name.title.full) < 60 and name.credit.names)
        ):
            result.append(name)
    return result


def _may_be_cut(title: Title) -> bool:
    return ID3V1_LENGTH - 1 <= title.printed_length <= ID3V1_LENGTH


def _path_parts(path: str | None) -> tuple[tuple[str, ...], str]:
    """The folded names of the two folders above the file, and the file's name bare."""
    if not path:
        return (), ""
    parts = [part for part in re.split(r"[/\\]", mended(path)) if part]
    if not parts:
        return (), ""
    folders = tuple(fold(part) for part in parts[-3:-1])
    return folders, _EXTENSION.sub("", parts[-1]).strip()
