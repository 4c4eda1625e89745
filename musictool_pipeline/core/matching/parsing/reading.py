"""From the texts of one track, on vinyl or on disk, to what they say: a Reading.

What belongs here: which of a file's texts is the artist and which the title. What does not: taking
a credit or a title apart (`credits`, `titles`), what stands around a title (`surroundings`),
comparing two readings (`observing`), or looking for them (`blocking`).

A file can be read in several ways: its tags as they stand, or `Artist - Title` split out of the
title or of the file name. Every plausible reading is kept; the comparison finds the one that fits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from musictool_pipeline.core.matching.parsing.arranging import (
    FROM_TITLE,
    LEADING_NUMBER,
    LEADING_POSITION,
    NOISE_BEHIND,
    Reading,
    arranged,
    by_its_quotes,
    parted,
    reading_of,
    titled_like_a_version,
    unbracketed_remixes,
    without_site,
)
from musictool_pipeline.core.matching.parsing.covers import COVERED, played
from musictool_pipeline.core.matching.parsing.credits import (
    TEMPLATE_JUNK,
    Credit,
    read_credit,
    with_its_remixer,
)
from musictool_pipeline.core.matching.parsing.file_names import (
    ONLY_A_PLACE,
    name_readings,
    path_parts,
)
from musictool_pipeline.core.matching.parsing.pieces import CAMELOT, ID3V1_LENGTH, take_apart
from musictool_pipeline.core.matching.parsing.surroundings import (
    Surroundings,
    around_file,
    around_vinyl,
    kinds_of_a_folder,
)
from musictool_pipeline.core.matching.parsing.titles import Title, title_of, with_its_year
from musictool_pipeline.core.matching.parsing.versions import (
    Version,
    as_its_album_says,
    bracket_names_a_version,
    kinds_of_album,
    names_a_version,
    read_version,
    without_own_name,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.words.lexicon import BY_ANOTHER
from musictool_pipeline.core.matching.words.lost_letters import restored, unstruck
from musictool_pipeline.core.matching.words.text import (
    are_initials,
    fold,
    in_script,
    likeness,
    mended,
    other_decodings,
)

# As DJ programs write them into titles: `8A - 128 - Title`.
_LEADING_KEY: Final = re.compile(
    rf"^\s*(?:{CAMELOT}|[a-g](?:[#\u266f\u266d]|b)?(?:maj|min|m)|[a-g][#\u266f\u266d])\s+-\s+"
    r"(?:(?:[1-9]|10|[6-9]\d|1\d\d)(?:\.\d+)?(?:\s*bpm)?\s+-\s+)?(?=\S)",
    re.IGNORECASE,
)
_BARE_KEY: Final = re.compile(r"^\s*(?:1[0-2]|[1-9])[AB]\s+(?=[^\W\d])")
_BY_ANOTHER: Final = re.compile(BY_ANOTHER, re.IGNORECASE)
_OF_ANOTHER: Final = (
    *("by", "cover", "karaoke", "rendition", "repris", "style", "tribut"),
    *("homage", "homena", "hommage", "omaggio"),
)
"""One of these each text has that says so, and few others have: they are found far sooner."""
# What a shop or an uploader counts its files by.
_UPLOAD_NUMBER: Final = re.compile(r"_\d{6,}(?:\s+-\s.*)?$")
EXCHANGED: Final = "the order of artist and title"
A_NUMBER: Final = "a number"
"""What was set aside where that may be made up for: it is often a ripper's own."""


@dataclass(frozen=True, slots=True)
class TrackReadings:
    """Everything that one track says: its readings, most trusted first, and its surroundings.

    `exchanged` gives those that take the artist for the title: few files need them, and most of
    the time goes into readings.
    """

    readings: tuple[Reading, ...]
    surroundings: Surroundings
    exchanged: Callable[[], tuple[Reading, ...]] = tuple


def read_vinyl(track: VinylTrack, siblings: int = 0, tracks: int = 0) -> TrackReadings:
    """What a track on vinyl says. Without a track artist the album's is taken, if it is one."""
    artist, printed = with_its_remixer(track.artist or "", track.title or "")
    credit = read_credit(artist)
    if not credit.names:
        credit = read_credit(track.album_artist)
    readings: list[Reading] = []
    title = unstruck(mended(printed)).replace("*", " ") if printed else ""
    for text in other_titles(title):
        pieces = take_apart(text, on_record=True, by_somebody=bool(credit.names))
        readings.append(reading_of(credit, pieces))
        in_the_title = with_its_year(readings[-1].title)
        if in_the_title:
            readings.append(replace(readings[-1], title=in_the_title))
        if not credit.names and len(pieces.segments) == 2:
            readings.append(reading_of(read_credit(pieces.segments[0]), pieces, [1]))
        readings.extend(unbracketed_remixes(readings[-1], pieces, ""))
    if credit.names and track.artist_on_discogs:
        names = read_credit(track.artist_on_discogs)
        readings += [
            replace(it, credit=replace(names, featured=it.credit.featured or names.featured))
            for it in readings
        ]
    album = fold(track.album) if track.album else ""
    kinds = kinds_of_album(album)
    if track.album_artist and not read_credit(track.album_artist).names:
        kinds -= {"live"}  # `Live At Some Club` by various artists is a DJ's mix
    remixers = read_credit(track.remixer).names
    return TrackReadings(
        _marked_as_anothers(
            [_by_what_stands_around(it, kinds, album, remixers) for it in readings],
            track.artist,
            track.title,
        ),
        around_vinyl(track, kinds, siblings, tracks),
    )


@lru_cache(maxsize=1 << 12)
def _base(title: str) -> str:
    return title_of(take_apart(mended(title), on_record=True, by_somebody=True)).base


def base_title(track: VinylTrack) -> str:
    """The title without its version and brackets, folded: the mixes of one title share it."""
    return _base(track.title) if track.title else ""


def read_among(track: VinylTrack, titles: Counter[str]) -> TrackReadings:
    """What a track says beside the others of its record, which has each `base_title` so often."""
    siblings = max(0, titles[base_title(track)] - 1)
    return read_vinyl(track, siblings=siblings, tracks=titles.total())


def _by_what_stands_around(
    reading: Reading, kinds: frozenset[str], album: str, remixers: tuple[str, ...] = ()
) -> Reading:
    """The reading with what the artist, the album and the record's credits say of its version."""
    title = reading.title
    version = without_own_name(title.version, (*reading.credit.names, reading.credit.whole))
    version = as_its_album_says(version, kinds, album, title.base)
    if remixers:
        version = replace(version, credited=remixers)
    if version == title.version:
        return reading
    return replace(reading, title=replace(title, version=version))


def _is_gloss(bracket: str) -> bool:
    """Whether a bracket behind a title in another script may be that title in Latin letters."""
    return not in_script(bracket) and not bracket_names_a_version(bracket)


_GLOSSED: Final = re.compile(r"^([^()]+?)\s*\(([^()]+)\)\s*$")


def other_titles(title: str) -> list[str]:
    """A title, and what it is called by half of it: one of two scripts (`Gruppa Krovi = ...`), or
    initials beside what they stand for (`They Reminisce Over Me (T.R.O.M.)`)."""
    if not title:
        return []
    sides = [side for side in re.split(r"\s+=\s+", title) if fold(side)] if "=" in title else []
    glossed = _GLOSSED.match(title) if title.endswith(")") else None
    if glossed and (
        (in_script(glossed[1]) and _is_gloss(glossed[2]))
        or are_initials(fold(glossed[1]), fold(glossed[2]))
    ):
        sides = [glossed[1], glossed[2]]
    return [title, *sides] if len(sides) > 1 else [title]


def read_digital(track: DigitalTrack) -> TrackReadings:
    """What a digital file says, by its tags and by its name."""
    artist = _LEADING_KEY.sub("", without_site(track.artist), count=1) if track.artist else ""
    artist = _BARE_KEY.sub("", artist)
    artist = _UPLOAD_NUMBER.sub("", artist)
    printed = without_site(track.title.strip()) if track.title else ""
    artist, printed = with_its_remixer(artist, printed)
    tag = read_credit(artist)
    says_its_mix = names_a_version(fold(_field(track.mix)))
    beside = _remixers(track, tag)
    parents, stem = path_parts(track.path)
    title = mended(printed)
    titles: list[tuple[str, Credit, str]] = []
    if fold(title):
        for text in other_titles(title):
            titles.append((text if tag.names else parted(text, printed), tag, artist))
        for text, name in zip_longest(_other_spellings(title), _other_spellings(artist)):
            titles.append((text or title, read_credit(name) if name else tag, name or artist))
    readings = [reading for text, credit, _ in titles for reading in _tag_readings(text, credit)]
    named: list[Reading] = []
    # The names of most well-kept libraries only repeat the tags.
    is_signed = track.artist and track.title
    if stem and not (is_signed and stem in (track.title, f"{track.artist} - {track.title}")):
        for text in (stem, *restored(stem)):
            named.extend(name_readings(text, tag))
    readings = _beside_the_name(readings, named, tag, says_its_mix) if readings else named
    if not tag.names:
        readings += _by_the_folders(readings, parents)
    album = fold(mended(track.album)) if track.album else ""
    folder = fold("".join(parents[-1:]))
    kinds = kinds_of_album(album) if album else kinds_of_a_folder(folder)

    def finished(some: Iterable[Reading]) -> tuple[Reading, ...]:
        whole = dict.fromkeys(
            _by_what_stands_around(_with_fields(reading, track, beside), kinds, album or folder)
            for reading in some
        )
        shelves = () if tag.names else parents  # `Lullaby Renditions Of ...`
        return _marked_as_anothers(whole, track.artist, track.title, stem, *shelves)

    def exchanged() -> tuple[Reading, ...]:
        return finished(_completed_by_the_name(_exchanged(titles), named))

    covers = () if tag.names else _covers(title, stem)
    return TrackReadings(
        (*covers, *finished(readings)),
        around_file(track, parents, kinds),
        exchanged,
    )


def _other_spellings(text: str) -> tuple[str, ...]:
    return (*other_decodings(text), *restored(text))


def _marked_as_anothers(readings: Iterable[Reading], *printed: str | None) -> tuple[Reading, ...]:
    """The readings; with a remark where the texts say that it is played by somebody else."""
    texts = list(filter(None, printed))
    said = "\n".join(texts).lower()
    if any(map(said.__contains__, _OF_ANOTHER)) and any(map(_BY_ANOTHER.search, texts)):
        return tuple(replace(reading, by_another=True) for reading in readings)
    return tuple(readings)


def _covers(*texts: str) -> Iterator[Reading]:
    for text in texts:
        for artist, title in played(NOISE_BEHIND.sub("", text)):
            pieces = take_apart(title, is_name=True, by_somebody=True)
            yield reading_of(read_credit(artist), pieces, source=COVERED)


def _by_the_folders(readings: list[Reading], parents: tuple[str, ...]) -> list[Reading]:
    """By whom it is where only the folders say so: `Artist/Album`, `Artist - Album`."""
    if any(it.credit.names and not ONLY_A_PLACE.fullmatch(it.credit.whole) for it in readings):
        return []
    credits_ = dict.fromkeys(read_credit(parent.partition(" - ")[0]) for parent in parents)
    return [
        replace(unsigned, credit=replace(credit, featured=unsigned.credit.featured))
        for unsigned in readings
        for credit in credits_
        if credit.names
    ]


def _exchanged(titles: Iterable[tuple[str, Credit, str]]) -> Iterator[Reading]:
    """The title tag as the artist, and the artist tag as the title."""
    for printed, tag, artist in titles:
        title = _title_tag(printed)
        if tag.names:
            exchanged = reading_of(read_credit(title), take_apart(artist))
            yield replace(exchanged, set_aside=EXCHANGED)


def _title_tag(printed: str) -> str:
    title = unstruck(NOISE_BEHIND.sub("", printed) or printed)
    return _UPLOAD_NUMBER.sub("", title) if "_" in title else title


def _tag_readings(title: str, tag: Credit) -> Iterator[Reading]:
    """The readings of a title tag, beside what the artist tag says."""
    title = _title_tag(title)
    pieces = take_apart(title.replace("_", " "))
    yield from arranged(pieces, tag, "")
    if pieces.version.spoken:
        yield from titled_like_a_version(title.replace("_", " "), tag, FROM_TITLE)
    quoted = by_its_quotes(title)
    if quoted != title:
        yield from arranged(take_apart(quoted), tag, "")
    keyless = _LEADING_KEY.sub("", _BARE_KEY.sub("", title), count=1)
    stripped = LEADING_POSITION.sub("", title, count=1)
    if keyless != title:
        yield from arranged(take_apart(keyless), tag, "leading key set aside")
    elif stripped != title:
        yield from arranged(take_apart(stripped), tag, "leading position set aside")
    elif LEADING_NUMBER.match(title):
        rest = take_apart(LEADING_NUMBER.sub("", title, count=1))
        for reading in arranged(rest, tag, "leading number set aside"):
            yield replace(reading, set_aside=A_NUMBER)


def _field(tagged: str | None) -> str:
    """What a field says; '' if that is only what a program fills it with."""
    return tagged.strip() if tagged and not TEMPLATE_JUNK.match(tagged) else ""


def _remixers(track: DigitalTrack, tag: Credit) -> tuple[str, ...]:
    tagged = [name for it in (track.remixer, track.mix) for name in read_credit(_field(it)).names]
    return tuple(dict.fromkeys((*tagged, *tag.names, *tag.featured)))


def _with_fields(reading: Reading, track: DigitalTrack, beside: tuple[str, ...]) -> Reading:
    """The reading with what the REMIXER and MIX fields add to its version."""
    if not track.mix and not track.remixer:
        return reading
    mix, remixer = _field(track.mix), _field(track.remixer)
    title = reading.title
    version = title.version
    if mix and version.is_plain and names_a_version(fold(mix)):
        version = version.together_with(read_version(mix))
    remixers = read_credit(remixer).names
    if not set(remixers) <= set(reading.credit.names):
        if version.is_plain and not version.spoken:
            version = version.together_with(read_version(f"{remixer} Remix"))
        else:
            version = replace(version, credited=remixers)
    if version != title.version:
        title = replace(title, version=version)
    around = tuple(dict.fromkeys((*reading.credit.beside, *beside)))
    return replace(reading, title=title, credit=replace(reading.credit, beside=around))


def _completed_by_the_name(tagged: Iterable[Reading], named: list[Reading]) -> Iterator[Reading]:
    """What the tags say, with the version that the file name alone has."""
    for reading in tagged:
        title = reading.title
        for name in (it.title for it in named):
            if (
                title.core in (name.core, name.dashed)
                and name.numbers == title.numbers
                and _says_more(name.version, title.version)
                and name.cut_off is None
            ):
                title = replace(title, version=name.version, cut_off=None)
                reading = replace(reading, title=title, source="version from the file name")
                break
        yield reading


def _beside_the_name(
    tagged: list[Reading], named: list[Reading], tag: Credit, says_its_mix: bool
) -> list[Reading]:
    """Tags first, then what the file name says; it leads if the tag's title is cut off in it.
    `says_its_mix`: whether a tag names the version, which the name need not complete."""
    result = tagged[:] if says_its_mix else list(_completed_by_the_name(tagged, named))
    first = tagged[0].title
    completes = first.cut_off is not None or _may_be_cut(first)
    for name in named:
        title = name.title
        if not first.version.is_plain and title.version.is_plain:
            continue  # a name that leaves out what the tag says
        if title.base.isdigit():
            continue  # `2.mp3` is the second track, and not `Two`
        says_more = (title.full, title.version) != (first.full, first.version)
        if completes and says_more and title.full.startswith(first.base):
            whole = "title cut off in the tag, whole in the file name"
            result.insert(0, replace(name, source=whole))
        elif not tag.names or first.full == title.full or likeness(first.full, title.full) < 60:
            result.append(name)
    return result


def _says_more(version: Version, other: Version) -> bool:
    """`(Remix) (Somebody Intro)` beside `(Remix)`."""
    said, other_said = (set(fold(each.words).split()) for each in (version, other))
    return not version.is_plain and said > other_said


def _may_be_cut(title: Title) -> bool:
    return ID3V1_LENGTH - 1 <= title.printed_length <= ID3V1_LENGTH
