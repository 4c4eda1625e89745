"""The demo's digital library: an invented Traktor `collection.nml` to hold against its records.

What belongs here: files for some of the demo's tracks, tagged as well and as badly as people tag
them, other people's files beside them, and what each ought to be judged. The words come from
`invented_music`; nothing here knows how the matcher works.

The same sample and seed give the same bytes on every platform and Python version.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from xml.etree import ElementTree

from musictool_pipeline.core.discogs.tracklist import Release, Track, expand_release
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline_tests.invented_music import SCENES, Dice, coined_word, track_title
from musictool_pipeline_tests.sample_data import SampleCollection

# Beyond any release id: throws of its own, apart from those that made the records.
_DICE_NUMBER: Final = 990_000_000_001

_STRANGERS: Final = 60
_BOUGHT_TWICE: Final = 5


@dataclass(frozen=True, slots=True)
class Expected:
    """What a track of the demo ought to be judged: `file_name` is None where there is no file,
    `how` what was done to the file's tags."""

    release_id: int
    track_number: int
    status: str
    how: str
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class SampleLibrary:
    """A Traktor collection in the form of version 19.

    `expected` holds the tracks whose answer is beyond doubt: not those whose title stands on
    several records of the demo. `entries` counts the collection's, `not_music` those of them that
    are samples, loops and sounds that come along with Traktor.
    """

    nml: bytes
    expected: tuple[Expected, ...]
    entries: int
    not_music: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the collection; None is an attribute that is not there. `seconds`: its length;
    0 is what Traktor writes for a sound that is no track."""

    file_name: str
    seconds: float
    artist: str | None = None
    title: str | None = None
    album: str | None = None
    label: str | None = None
    folder: str = "Music"
    is_loop: bool = False


@dataclass(frozen=True, slots=True)
class _Pressed:
    """A track on a record, as the files' owner reads it: `base` is its title without a version,
    `version` the version as printed (`(VIP)`), '' where it has none."""

    release: Release
    track: Track
    artist: str
    title: str
    base: str = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        found = _VERSION.search(self.title)
        object.__setattr__(self, "base", self.title[: found.start()] if found else self.title)
        object.__setattr__(self, "version", found[0].strip() if found else "")

    @property
    def is_plain(self) -> bool:
        return not self.version

    @property
    def is_tidy(self) -> bool:
        """Whether the title fits a file name as it stands; the others are only tagged in full."""
        return len(self.title) <= 80 and not re.search(r"[\[<`/]", self.title)

    @property
    def key(self) -> str:
        """What two tracks share that could be taken for one another."""
        words = re.sub(r"^(?:\d+\. )?(?:the )?", "", self.base.lower())
        return words.strip()


_VERSION = re.compile(r"\s+(?:[(\[].*|- [^-]*|Part \d+)$")


def demo_library(sample: SampleCollection, seed: int = 1) -> SampleLibrary:
    """A library for the demo's collection, with every outcome of the gap analysis in it."""
    dice = Dice(seed, _DICE_NUMBER)
    entries: list[_Entry] = []
    expected: list[Expected] = []
    pressed = list(_pressed(sample))
    times = Counter(track.key for track in pressed)
    # A record is ripped as a whole, or in part, or stands there as it was bought.
    shelved = {track.release.release_id: dice.chance(0.2) for track in pressed}
    for track in pressed:
        generic = track.key in _GENERIC
        if times[track.key] > 1 and not generic:
            continue
        if generic:
            recipe: _Recipe | None = _untitled
        elif shelved[track.release.release_id] or dice.chance(0.2):
            recipe = None
        else:
            recipe = dice.pick([each for each in _RECIPES if each.fits(track)] or [_CLEAN])
        entry = recipe.make(dice, track) if recipe else None
        if entry:
            entries.append(entry)
        elif dice.chance(0.25):
            entries.append(dice.pick(_DECOYS)(dice, track))
        expected.append(
            Expected(
                track.release.release_id,
                track.track.number,
                recipe.status if recipe else MISSING,
                recipe.how if recipe else "no file",
                entry.file_name if entry else None,
            )
        )
    strangers = [_stranger(dice) for _ in range(_STRANGERS)]
    entries += strangers
    entries += [_bought_again(each) for each in strangers if each.title][:_BOUGHT_TWICE]
    entries += [
        _Entry(f"{name}.wav", 0, title=name, folder="Factory Sounds")
        for name in ("Kick Round 01", "Hat Closed 04", "Riser Long")
    ]
    not_music = sum(entry.is_loop or not entry.seconds for entry in entries)
    return SampleLibrary(_nml(entries, dice), tuple(expected), len(entries), not_music)


def _pressed(sample: SampleCollection) -> Iterator[_Pressed]:
    for release_id, body in sorted(sample.answers.items()):
        release = expand_release(release_id, json.loads(body))
        for track in release.tracks:
            if track.artist and track.artist != "Various" and track.title:
                yield _Pressed(release, track, track.artist, track.title)


# ------------------------------------------------------------------ what is done to a file's tags


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A way to tag a file. `status` is what a track ought to be judged that has only this file,
    `fits` says for which tracks it makes sense."""

    how: str
    status: str
    make: Callable[[Dice, _Pressed], _Entry]
    fits: Callable[[_Pressed], bool] = lambda track: track.is_tidy


def _length(dice: Dice, track: _Pressed) -> float:
    """A rip's length: a second or two beside the printed one, or any where none is printed."""
    printed = track.track.duration_seconds
    if printed is None or printed < 60:
        return dice.between(180, 480) + dice.between(0, 99) / 100
    return printed + dice.between(-150, 150) / 100


def _tagged(
    dice: Dice,
    track: _Pressed,
    *,
    artist: str | None = None,
    title: str | None = None,
    file_name: str | None = None,
    stretched: float = 1.0,
    filed: bool = True,
) -> _Entry:
    """A file with all its tags, but for what is given; not `filed`: without album and label."""
    artist, title = artist or track.artist, title or track.title
    return _Entry(
        file_name=_safe(file_name or f"{artist} - {title}") + dice.pick((".mp3", ".flac", ".aiff")),
        seconds=_length(dice, track) * stretched,
        artist=artist,
        title=title,
        album=track.release.title if filed else None,
        label=track.release.label if filed else None,
    )


def _untagged(dice: Dice, track: _Pressed, file_name: str, title: str | None = None) -> _Entry:
    return _Entry(_safe(file_name) + ".mp3", _length(dice, track), title=title)


def _typo(track: _Pressed) -> str:
    """Two letters of the longest word changed about: `Gantry` -> `Gatnry`."""
    word = max(track.title.split(), key=len)
    half = len(word) // 2
    wrong = word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :]
    return track.title.replace(word, wrong, 1)


def _another_version(dice: Dice, track: _Pressed) -> str:
    if _kind(track.version) not in _SAME_RECORDING and dice.chance(0.4):
        return track.base
    remixer = coined_word(dice)
    others = [
        f"{track.base} {version}"
        for version in (
            f"({remixer} Remix)", f"({remixer}'s Midnight Dub)", "(VIP)", "(Dub)", "(Live)",
            "(Instrumental)", "- Radio Edit", f"[{remixer} Bootleg]",
        )
        if _kind(version) != _kind(track.version)
    ]  # fmt: skip
    return dice.pick(others)


def _kind(version: str) -> str:
    """`(Quorl Remix)` -> `remix`; all of one kind are avoided, lest two be taken for one."""
    words = re.findall(r"[a-z]+", version.lower())
    return words[-1] if words else ""


# What a label prints beside a title without meaning another recording; '' is no version at all.
_SAME_RECORDING: Final = frozenset({"", "mix", "remaster", "mono"})


def _has_long_bracket(track: _Pressed) -> bool:
    return (
        track.is_tidy
        and track.version.startswith("(")
        and len(track.version) >= 14
        and _kind(track.version) not in _SAME_RECORDING
    )


def _is_latin(track: _Pressed) -> bool:
    return track.title.isascii() and track.is_tidy


def _is_plain(track: _Pressed) -> bool:
    return track.is_plain and _is_latin(track)


def _is_telling(track: _Pressed) -> bool:
    """Enough letters that the title alone makes one think of this track."""
    return _is_plain(track) and re.fullmatch(r"[A-Za-z ]{14,}", track.base) is not None


def _is_timed(track: _Pressed) -> bool:
    numbered = track.title[0].isdigit() or track.title[-1].isdigit()
    return 180 <= (track.track.duration_seconds or 0) <= 600 and _is_latin(track) and not numbered


_CLEAN = _Recipe("clean tags", OWNED, _tagged)

_RECIPES: Final[Sequence[_Recipe]] = (
    *[_CLEAN] * 4,
    *[
        _Recipe(
            "no tags, all in the file name",
            OWNED,
            lambda dice, track: _untagged(dice, track, f"{track.artist} - {track.title}"),
        )
    ]
    * 2,
    _Recipe(
        "artist inside the title",
        OWNED,
        lambda dice, track: _untagged(
            dice, track, f"{track.artist} - {track.title}", f"{track.artist} - {track.title}"
        ),
    ),
    _Recipe(
        "remaster suffix",
        OWNED,
        lambda dice, track: _tagged(
            dice, track, title=f"{track.title} ({dice.between(2009, 2024)} Remaster)"
        ),
        _is_plain,
    ),
    _Recipe(
        "key suffix",
        OWNED,
        lambda dice, track: _tagged(
            dice, track, title=f"{track.title} - {dice.between(1, 12)}{dice.pick('AB')}"
        ),
        _is_latin,
    ),
    _Recipe(
        "Original Mix",
        OWNED,
        lambda dice, track: _tagged(dice, track, title=f"{track.title} (Original Mix)"),
        _is_plain,
    ),
    _Recipe(
        "guest in the title",
        OWNED,
        lambda dice, track: _tagged(
            dice, track, title=f"{track.title} (feat. {coined_word(dice)})"
        ),
        _is_plain,
    ),
    _Recipe(
        "guest in the artist",
        OWNED,
        lambda dice, track: _tagged(dice, track, artist=f"{track.artist} ft. {coined_word(dice)}"),
        _is_plain,
    ),
    _Recipe(
        "typing error",
        OWNED,
        lambda dice, track: _tagged(dice, track, title=_typo(track)),
        _is_telling,
    ),
    *[
        _Recipe(
            "another version",
            OTHER_VERSION,
            lambda dice, track: _tagged(
                dice, track, title=_another_version(dice, track), stretched=0.7
            ),
            _is_latin,
        )
    ]
    * 4,
    *[
        _Recipe(
            "no artist anywhere",
            REVIEW,
            lambda dice, track: _Entry(
                _safe(track.title) + ".mp3", _far_length(track), title=track.title
            ),
            _is_telling,
        ),
        _Recipe(
            "artist given as Various",
            REVIEW,
            lambda dice, track: _Entry(
                _safe(track.title) + ".mp3", _far_length(track), artist="Various", title=track.title
            ),
            _is_telling,
        ),
    ]
    * 2,
    *[
        _Recipe(
            "another length",
            OTHER_VERSION,
            lambda dice, track: _tagged(dice, track, stretched=1.165, filed=False),
            _is_timed,
        )
    ]
    * 2,
    *[
        _Recipe(
            "bracket cut off",
            REVIEW,
            lambda dice, track: _Entry(
                _safe(cut := track.title[: len(track.base) + 5]) + ".mp3",
                _far_length(track),
                artist=track.artist,
                title=cut,
            ),
            _has_long_bracket,
        )
    ]
    * 9,
)

_GENERIC: Final = frozenset({"untitled", "intro"})

_untitled = _Recipe(
    "a title that many tracks have",
    REVIEW,
    lambda dice, track: _Entry(
        _safe(f"{track.artist} - {track.title}") + ".mp3",
        _far_length(track),
        artist=track.artist,
        title=track.title,
    ),
)


def _far_length(track: _Pressed) -> float:
    """A length that neither supports a match nor rules it out."""
    return (track.track.duration_seconds or 300) * 1.09


# ------------------------------------------------------------------ files that answer for nothing


def _same_title_by_others(dice: Dice, track: _Pressed) -> _Entry:
    artist = f"{coined_word(dice)} {coined_word(dice)}"
    return _tagged(dice, track, artist=artist, filed=False)


def _sequel(dice: Dice, track: _Pressed) -> _Entry:
    title = f"{track.base} Part {dice.between(3, 9)}"
    return _tagged(dice, track, title=title, stretched=1.3, filed=False)


def _loop(dice: Dice, track: _Pressed) -> _Entry:
    return _Entry(
        _safe(f"{track.artist} - {track.title} Loop") + ".wav",
        dice.between(4, 16),
        artist=track.artist,
        title=track.title,
        folder="Loops",
        is_loop=True,
    )


_DECOYS: Final = (_same_title_by_others, _loop, _sequel)


def _stranger(dice: Dice) -> _Entry:
    """A file of somebody who is on none of the records."""
    artist = f"{coined_word(dice)} {coined_word(dice)}"
    title = f"{track_title(dice, dice.pick(SCENES))} {coined_word(dice)}"
    name = _safe(f"{artist} - {title}") + ".mp3"
    if dice.chance(0.2):
        return _Entry(name, dice.between(180, 480))
    return _Entry(name, dice.between(180, 480), artist, title, label=f"{coined_word(dice)} Tapes")


def _bought_again(entry: _Entry) -> _Entry:
    """The same recording once more, in another format: what a list of duplicates is for."""
    name = entry.file_name.removesuffix(".mp3") + ".flac"
    return replace(entry, file_name=name, folder="Downloads")


# ------------------------------------------------------------------ the file


def _safe(name: str) -> str:
    """A name that every file system takes, and none takes for two folders."""
    return re.sub(r'[<>:"/\\|?*\t]+', "_", name)[:120].strip()


def _nml(entries: Sequence[_Entry], dice: Dice) -> bytes:
    """The collection, in the form that Traktor 3 writes (NML version 19)."""
    nml = ElementTree.Element("NML", VERSION="19")
    ElementTree.SubElement(nml, "HEAD", COMPANY="www.native-instruments.com", PROGRAM="Traktor")
    collection = ElementTree.SubElement(nml, "COLLECTION", ENTRIES=str(len(entries)))
    for entry in entries:
        _add_entry(collection, entry, dice)
    _add_playlist(nml, entries[:12])
    ElementTree.indent(nml, "")
    text = ElementTree.tostring(nml, encoding="unicode", short_empty_elements=False)
    return f'<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n{text}\n'.encode()


def _add_entry(collection: ElementTree.Element, entry: _Entry, dice: Dice) -> None:
    seconds = entry.seconds
    kilobits = 1411 if entry.file_name.endswith((".wav", ".aiff")) else 320
    texts = {"MODIFIED_DATE": "2026/1/1", "TITLE": entry.title, "ARTIST": entry.artist}
    added = ElementTree.SubElement(
        collection, "ENTRY", {name: text for name, text in texts.items() if text}
    )
    ElementTree.SubElement(added, "LOCATION", _location(entry))
    if entry.album:
        ElementTree.SubElement(added, "ALBUM", TITLE=entry.album)
    info = {"BITRATE": str(kilobits * 1000), "LABEL": entry.label}
    ElementTree.SubElement(
        added,
        "INFO",
        {name: text for name, text in info.items() if text},
        PLAYTIME=str(round(seconds)),
        PLAYTIME_FLOAT=f"{seconds:.6f}",
        FILESIZE=str(round(seconds * kilobits / 8)),
        IMPORT_DATE="2026/1/1",
    )
    ElementTree.SubElement(added, "TEMPO", BPM=f"{dice.between(90, 175)}.000000", BPM_QUALITY="100")
    ElementTree.SubElement(added, "MUSICAL_KEY", VALUE=str(dice.between(0, 23)))
    if entry.is_loop:
        ElementTree.SubElement(added, "LOOPINFO", SAMPLE_TYPE_INFO="1")


def _location(entry: _Entry) -> dict[str, str]:
    return {
        "DIR": f"/:Users/:dj/:{entry.folder}/:",
        "FILE": entry.file_name,
        "VOLUME": "Macintosh HD",
        "VOLUMEID": "Macintosh HD",
    }


def _add_playlist(nml: ElementTree.Element, entries: Sequence[_Entry]) -> None:
    """A playlist: its elements are called ENTRY, too, and are no further files."""
    playlists = ElementTree.SubElement(nml, "PLAYLISTS")
    root = ElementTree.SubElement(playlists, "NODE", TYPE="FOLDER", NAME="$ROOT")
    nodes = ElementTree.SubElement(root, "SUBNODES", COUNT="1")
    node = ElementTree.SubElement(nodes, "NODE", TYPE="PLAYLIST", NAME="Saturday")
    listed = ElementTree.SubElement(node, "PLAYLIST", ENTRIES=str(len(entries)), TYPE="LIST")
    for entry in entries:
        location = _location(entry)
        key = location["VOLUME"] + location["DIR"] + location["FILE"]
        added = ElementTree.SubElement(listed, "ENTRY")
        ElementTree.SubElement(added, "PRIMARYKEY", TYPE="TRACK", KEY=key)
