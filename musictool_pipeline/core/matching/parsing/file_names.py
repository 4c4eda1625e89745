"""From the name of a file and its folders to readings: positions, keys, dates and scene names.

What belongs here: the habits in which rippers, shops and programs name files. What does not: which
part is artist and which title (`arranging`), and what the file's tags say (`reading`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from musictool_pipeline.core.matching.parsing.arranging import (
    A_DASH,
    LEADING_NUMBER,
    LEADING_POSITION,
    NOISE_BEHIND,
    Reading,
    arranged,
    by_its_quotes,
    parted,
    reading_of,
    titled_like_a_version,
    without_site,
)
from musictool_pipeline.core.matching.parsing.credits import Credit, read_credit
from musictool_pipeline.core.matching.parsing.pieces import CAMELOT, CATALOGUE, take_apart
from musictool_pipeline.core.matching.words.lexicon import SCENE_TAIL
from musictool_pipeline.core.matching.words.lost_letters import unstruck
from musictool_pipeline.core.matching.words.text import fold, mended

# A number that can be nothing but a track's: `07 `, `7. `.
_CERTAIN_POSITION: Final = re.compile(r"^\s*(?:0\d\b|\d{1,2}[.)]\s|\d-\d\d\b)")
# The same between artist and title: `Artist - 02 Title`, `Artist_02_Title`.
_INNER_POSITION: Final = re.compile(
    r"(?<=\s-\s)(?:(0\d{1,2}|\d-\d\d|[A-H]{1,2}\d{1,2})[.)]?|(\d{1,2})[.)]"
    r"|[\[(]([A-H]{0,2}\d{1,2})[\])])\s+(?=[^\s-])"
)
_INNER_NUMBER: Final = re.compile(r"(?<=\s-\s)(\d{1,2})\s+(?=[^\W\d])")
_POSITION_BETWEEN: Final = re.compile(r"_(?:\d{1,3}|[A-Ha-h]{1,2}\d{1,2})_(?!-)")
_SCENE_POSITION: Final = re.compile(r"(?:\d{2,3}[-_.]|[a-h]{1,2}\d{1,2}[-_]|[a-h]{1,2}-)(?=.+-)")
_PLACE: Final = rf"[A-Ha-h]{{1,2}}\d{{1,2}}|[1-9]\d{{1,2}}|{CAMELOT}"
ONLY_A_PLACE: Final = re.compile(_PLACE, re.IGNORECASE)
"""What stands for an artist and may be a side, a number or a key: `A1`, `101`, `8A`."""

# An artist whom a ripper could have put there for a side or a number: `B12 - `, `808 - `.
_LIKE_A_POSITION: Final = re.compile(rf"^\s*({_PLACE})\s+-\s+(?=\S)", re.IGNORECASE)
# Marks that do so, or belong to the title: `Artist: Title`, `Artist-Title`.
_WEAK_MARK: Final = re.compile(r":\s+|(?<=\w)-(?=\w)")
# Where blanks are written as blanks, an underscore stands for a mark: `Artist Name_Title`.
_UNDERSCORE_BETWEEN: Final = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
_SCENE_TAIL: Final = re.compile(SCENE_TAIL, re.IGNORECASE)
_LEADING_BPM_OR_KEY: Final = re.compile(
    rf"^\s*(?:(?:{CAMELOT})\s*[-_ ]\s*)?(?:(?:1\d\d|[89]\d)(?:\.\d+)?(?:\s*bpm)?\s*[-_ ]\s*)?"
    rf"(?:(?:{CAMELOT})\s*[-_ ]\s*)?(?=\S)",
    re.IGNORECASE,
)
# A catalogue number in brackets: `(TL 001)`, `[QRS012]`; not `(TB303)`.
_CATALOGUE_ASIDE: Final = re.compile(rf"\s*[(\[{{]{CATALOGUE}[)\]}}]\s*")
_SHOP_NUMBER: Final = re.compile(r"^\s*\d{5,}[\s_-]+|[\s_-]\d{6,}(?=\s*$|\s+-\s)")
# The id that a video downloader leaves behind: `-dQw4w9WgXcQ`.
_VIDEO_ID: Final = re.compile(r"\s?[-\[](?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{11}\]?$")
_COPY: Final = re.compile(r"\s*\(\d\)$|\s+-\s+(?:copy|kopie)(?:\s\(\d\))?$", re.IGNORECASE)
_VIDEO: Final = r"mp4|m4v|avi|mov|mpe?g|mkv|webm|wmv|flv"
_EXTENSION: Final = re.compile(
    rf"(?:\.stem)?(?:\.(?:mp3|wav|wave|flac|aiff?|aif|m4a|ogg|opus|wma|aac|alac|ape|mpc|wv|{_VIDEO}))+$",
    re.IGNORECASE,
)
_ENDS_AS_A_VIDEO: Final = re.compile(rf"\.(?:{_VIDEO})$", re.IGNORECASE)
# The name of a video has the year of its release somewhere behind the title.
_YEAR_OF_A_VIDEO: Final = re.compile(
    rf"(?<=[\w\"'\u201d)\]])(?:[\s,]+|[\s,_-]+(?=\d{{4}}\.?(?:\.(?:{_VIDEO}))+$))"
    r"((?:19|20)\d\d)\b\.?(?![\w)\]])",
    re.IGNORECASE,
)
# `2004 - Artist - Title`; of two parts the first may be the artist.
_YEAR_IN_FRONT: Final = re.compile(r"^\s*(?:19|20)\d\d\s+-\s+(?=\S.*\s-\s)")
# A part of a set has a folder of its own, below that of the album.
_FOLDER_OF_A_PART: Final = re.compile(r"(?:cd|dis[ck]|side|vinyl)[\s_-]*(?:\d{1,2}|[a-h])", re.I)
_YEAR_ASIDE: Final = re.compile(r"\s\(((?:19|20)\d\d)\)$")


def name_readings(stem: str, tag: Credit) -> Iterator[Reading]:
    """The readings of a file name without its extension."""
    text = NOISE_BEHIND.sub("", without_site(stem)) or stem
    text = unstruck(_COPY.sub("", _VIDEO_ID.sub("", _SHOP_NUMBER.sub("", text))))
    said = "from the file name"
    if "-" in text and " " not in text:
        position = _SCENE_POSITION.match(text)
        is_scene = ("_" in text and "_-_" not in text) or (text.count("-") > 2 and not tag.names)
        if position or is_scene:
            yield from _scene_readings(text, position, said)
            return
    for variant in _name_variants(text, tag):
        pieces = take_apart(variant, is_name=True)
        yield from arranged(pieces, tag, said)
        if pieces.version.spoken:
            yield from titled_like_a_version(variant, tag, said)
        like_a_position = None if tag.names else _LIKE_A_POSITION.match(variant)
        if like_a_position:
            pieces = take_apart(variant[like_a_position.end() :], is_name=True)
            credit = read_credit(like_a_position[1])
            for chosen in dict.fromkeys(((), (len(pieces.segments) - 1,))):
                yield reading_of(credit, pieces, chosen, said)


def _name_variants(text: str, tag: Credit) -> Iterable[str]:
    """A file name in words, its pieces parted by dashes: with what may be a position, a tempo or a
    key, and without. `tag`: what the tags say who it is by."""
    text = _CATALOGUE_ASIDE.sub(" - ", text).strip(" -") or text
    if " " in text and not A_DASH.search(_LEADING_BPM_OR_KEY.sub("", text, count=1)):
        text = _UNDERSCORE_BETWEEN.sub(" - ", text)
    text = parted(_POSITION_BETWEEN.sub(" - ", text)).replace("_", " ")
    stripped = LEADING_POSITION.sub("", text, count=1)
    if stripped == text:
        stripped = LEADING_NUMBER.sub("", text, count=1)
    variants = [stripped]
    if not _CERTAIN_POSITION.match(text):
        keyless = _LEADING_BPM_OR_KEY.sub("", text, count=1)
        variants = [text, stripped, keyless, _YEAR_IN_FRONT.sub("", text)]
    if A_DASH.search(text):
        counted = [_INNER_POSITION.sub(r"\1\2\3 - ", variant) for variant in variants]
        is_behind_an_album = text.count(" - ") > 1 and _INNER_POSITION.match(
            text, text.rfind(" - ") + 3
        )
        variants = counted if is_behind_an_album else [*variants, *counted]
        if stripped.count(" - ") > 1:
            variants.append(_INNER_NUMBER.sub(r"\1 - ", stripped))
    elif not tag.names or fold(text.partition("-")[0]) == tag.whole:
        variants += [
            _WEAK_MARK.sub(" - ", variant)
            for variant in variants
            if len(_WEAK_MARK.findall(variant)) == 1
        ]
    variants += [by_its_quotes(variant) for variant in variants]
    if _YEAR_ASIDE.search(text):
        variants += [_YEAR_ASIDE.sub(r" \1", variant) for variant in variants]
    return dict.fromkeys(variants)


def _scene_readings(text: str, position: re.Match[str] | None, source: str) -> Iterator[Reading]:
    """`run-dmc-its_like_that-2001-grp`: hyphens part everything, and stand inside of names too."""
    wholes = [text[position.end() :] if position else text]
    if position and text[0] != "0":
        wholes.append(text)  # `b12-...` may be the artist
    for whole in wholes:
        parts = [part.strip() for part in whole.replace("_", " ").split("-") if part.strip("_ ")]
        ends = [parts]
        if len(parts) > 2:
            ends.append(_SCENE_TAIL.sub("", " - ".join(parts[:-1])).split(" - "))
        for end in ends:
            for count in range(1, min(3, len(end))):
                pieces = take_apart(" - ".join(end[count:]), by_somebody=True)
                yield reading_of(read_credit(" ".join(end[:count])), pieces, source=source)


def is_video(path: str | None) -> bool:
    """Whether somebody uploaded it as a video, with remarks of theirs in its name."""
    return path is not None and _ENDS_AS_A_VIDEO.search(path) is not None


def path_parts(path: str | None) -> tuple[tuple[str, ...], str]:
    """The names of the two folders above the file, without that of a disc or a side, and the file's
    name bare."""
    parts = [part for part in re.split(r"[/\\]", mended(path or "")) if part]
    if not parts:
        return (), ""
    name = parts[-1]
    if is_video(name):
        name = _YEAR_OF_A_VIDEO.sub(r" (\1)", name)
    folders = [part for part in parts[-4:-1] if not _FOLDER_OF_A_PART.fullmatch(part)]
    return tuple(folders[-2:]), _EXTENSION.sub("", name).strip()
