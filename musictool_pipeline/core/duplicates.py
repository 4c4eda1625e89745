"""Files of one library that are the same version of the same track, and which of them is best.

What belongs here: grouping and ranking. Nothing is deleted here or anywhere: the user decides.

Files are compared by what the matcher reads in their tags. A file without an artist, or with a
generic or cut-off title, is in no group, and neither is an entry without a path, which takes no
space. Several programs may list one file under several paths: entries that may be one file count as
one.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from musictool_pipeline.core.file_places import Whereabouts, whereabouts
from musictool_pipeline.core.matching.observing.around import length
from musictool_pipeline.core.matching.parsing.names import same_name
from musictool_pipeline.core.matching.parsing.reading import read_digital
from musictool_pipeline.core.matching.tracks import DigitalTrack, shortened
from musictool_pipeline.core.matching.words.lexicon import PLACED_KINDS
from musictool_pipeline.core.matching.words.text import fold

LOSSLESS: Final = frozenset(
    {"flac", "wav", "wave", "aif", "aiff", "aifc", "alac", "ape", "dsf", "dff", "tak", "tta", "wv"}
)

MOST_IN_COMMON: Final = 200
"""A piece of a title that more files than this have says nothing: `Original Mix`, an artist."""


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file: what the matcher knows of it, and what makes a good copy.

    `bitrate` in kbit/s; `filled_in`: how many of its tags hold something.
    """

    track: DigitalTrack
    file_type: str | None
    bitrate: int | None
    file_size_bytes: int | None
    filled_in: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One file of a group. `version` in words, None for the plain one; `reason` says why it is
    the best, or in what the best copy is better."""

    group_id: str
    digital_id: str
    version: str | None
    is_best: bool
    reason: str


def find_duplicates(
    files: Iterable[AudioFile], known: dict[str, tuple[str | None, str | None]] | None = None
) -> Iterator[Duplicate]:
    """The files of which there are several, group by group, the best copy of each first.

    The order of `files` makes no difference. A group's id is the smallest digital_id in it. `known`
    is what an earlier search read of the files that are still as they were, by their digital_id;
    what this one reads is put to it.
    """
    known = {} if known is None else known
    groups: dict[str, list[tuple[Whereabouts, AudioFile, str | None]]] = defaultdict(list)
    places: set[Whereabouts] = set()
    for file in sorted(_worth_reading(files), key=_least_known_last):
        place = whereabouts(file.track.path) if file.track.path else None
        # Two programs list one file: that is one file.
        if place is None or place in places or not file.track.is_music:
            continue
        places.add(place)
        digital_id = file.track.digital_id
        key, version = known.get(digital_id) or _what_it_is(file.track)
        known[digital_id] = key, version
        if key is not None:
            groups[key].append((place, file, version))
    for alike in groups.values():
        for group in _of_one_length(_different_files(alike)):
            yield from _ranked(group)


def _different_files(
    alike: list[tuple[Whereabouts, AudioFile, str | None]],
) -> list[tuple[AudioFile, str | None]]:
    """Those that are not one of the others under another path. The most precise paths come first:
    `Music/a.mp3` may be the file on either of two drives, and makes one of neither."""
    kept: list[Whereabouts] = []
    files: list[tuple[AudioFile, str | None]] = []
    for place, file, version in sorted(alike, key=lambda it: _least_precise_last(it[0])):
        if not any(place.may_be(other) for other in kept):
            kept.append(place)
            files.append((file, version))
    return files


def _least_precise_last(place: Whereabouts) -> tuple[bool, int]:
    return not place.is_from_root, -len(place.names)


def _worth_reading(files: Iterable[AudioFile]) -> list[AudioFile]:
    """Those that have a piece of their title in common with some others; reading all of a million
    files with care would take minutes. What hundreds have in common tells nothing."""
    files = list(files)
    # Of each piece its hash alone is kept, a third of the memory; of two pieces with one hash the
    # files would be read for nothing, and found to be different.
    pieces, owners = array("q"), array("q")
    for place, file in enumerate(files):
        of_file = {hash(piece) for piece in _pieces(file.track)}
        pieces.extend(of_file)
        owners.extend([place] * len(of_file))
    _, numbers, counts = np.unique(
        np.frombuffer(pieces, np.int64), return_inverse=True, return_counts=True
    )
    held = counts[numbers]
    told = np.unique(np.array(owners)[(held > 1) & (held <= MOST_IN_COMMON)])
    return [files[place] for place in told.tolist()]


def _pieces(track: DigitalTrack) -> set[str]:
    text = track.title or re.split(r"[/\\]", track.path or "")[-1].rpartition(".")[0]
    found = (fold(piece) for piece in _BETWEEN.split(text.replace("_", " ")))
    return {piece for piece in found if piece}


_BETWEEN: Final = re.compile(r"[()\[\]{},]|\s[-\u2013]+\s|^\W*\d+\W+|\bp(?:ar)?t\b", re.I)


def _least_known_last(file: AudioFile) -> tuple[bool, int, int, str]:
    size, bitrate = file.file_size_bytes or 0, file.bitrate or 0
    known = file.filled_in + bool(size) + bool(bitrate)
    return not file.track.duration_seconds, -known, -size, file.track.digital_id


def _what_it_is(track: DigitalTrack) -> tuple[str | None, str | None]:
    """What two copies of one track have in common, and the version in words."""
    read = read_digital(shortened(track))
    if not read.readings:
        return None, None
    # Of `Title - Somebody's Mix` the first reading may take the title for the artist.
    tagged = (it for it in read.readings if it.credit.names and not it.source)
    reading = next(tagged, read.readings[0])
    credit, title = reading.credit, reading.title
    if not credit.names or title.is_generic or title.cut_off is not None or reading.set_aside:
        return None, None
    version = title.version
    is_one_of_many = not version.name and version.kinds & PLACED_KINDS
    key = (
        sorted(_makers(credit.names, version.name)), title.full, title.script, title.numbers,
        sorted(version.kinds), version.name, version.numbers, sorted(version.marks),
        read.surroundings.album_alone if is_one_of_many else "",
    )  # fmt: skip
    return repr(key), version.words or None


def _makers(names: Sequence[str], remixer: str) -> set[str]:
    """Without the remixer, whom shops have among the artists, and a band behind its leader."""
    others = {
        name
        for name in names[1:]
        if not name.startswith("the ") and not (remixer and same_name(name, remixer))
    }
    return {names[0], *others}


def _of_one_length(
    alike: list[tuple[AudioFile, str | None]],
) -> Iterator[list[tuple[AudioFile, str | None]]]:
    """The groups of two and more whose lengths do not contradict each other.

    A file of unknown length belongs to them if all others are of one length.
    """
    if len(alike) < 2:
        return
    known = [it for it in alike if it[0].track.duration_seconds]
    known.sort(key=lambda it: it[0].track.duration_seconds or 0)
    groups: list[list[tuple[AudioFile, str | None]]] = []
    for it in known:
        near = groups and length(
            groups[-1][0][0].track.duration_seconds, it[0].track.duration_seconds
        ) in ("equal", "near")
        if near:
            groups[-1].append(it)
        else:
            groups.append([it])
    unknown = [it for it in alike if not it[0].track.duration_seconds]
    if not groups:
        groups = [unknown]
    elif len(groups) == 1:
        groups[0].extend(unknown)
    yield from (group for group in groups if len(group) > 1)


def _ranked(group: list[tuple[AudioFile, str | None]]) -> Iterator[Duplicate]:
    group_id = min(file.track.digital_id for file, _ in group)
    ranked = sorted(group, key=lambda it: (*(-value for value in _quality(it[0])), _name(it[0])))
    best = ranked[0][0]
    for file, version in ranked:
        reason = f"the best copy: {_in_words(best)}" if file is best else _better_of(best, file)
        yield Duplicate(group_id, file.track.digital_id, version, file is best, reason)


def _quality(file: AudioFile) -> tuple[int, int, int]:
    lossless = (file.file_type or "") in LOSSLESS
    # A lossless file's bit rate says how well it was packed, not how it sounds.
    return int(lossless), 0 if lossless else file.bitrate or 0, file.filled_in


def _name(file: AudioFile) -> tuple[bool, str]:
    """If all else is equal, a file that a program named `... (1)` or `... copy` comes last."""
    path = file.track.path or ""
    return bool(_COPY.search(path)), file.track.digital_id


_COPY: Final = re.compile(r"(?:\(\d+\)|\bcopy)\.\w+$", re.IGNORECASE)


def _better_of(best: AudioFile, file: AudioFile) -> str:
    for better, worse, what in zip(_quality(best), _quality(file), _WHAT, strict=True):
        if better != worse:
            return what.format(_in_words(best))
    return "as good as the best copy"


_WHAT: Final = (
    "the best copy is lossless: {}",
    "the best copy has the higher bit rate: {}",
    "the best copy has more of its tags filled in: {}",
)


def _in_words(file: AudioFile) -> str:
    kind = file.file_type or "unknown format"
    return f"{kind}, {file.bitrate} kbit/s" if file.bitrate else kind
