"""How well two readings agree, piece by piece: title, numbers, artist, version, duration.

What belongs here: measuring, with the words for what was found. What does not: what follows from
it (`deciding`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from musictool_pipeline.core.matching.credits import Credit
from musictool_pipeline.core.matching.reading import FROM_TITLE, ID3V1_LENGTH, Reading, Surroundings
from musictool_pipeline.core.matching.text import initials, letters_only, likeness
from musictool_pipeline.core.matching.titles import Title, spoken
from musictool_pipeline.core.matching.versions import (
    Relation,
    Version,
    compare,
    leaves_out_the_middle,
    same_name,
)
from musictool_pipeline.core.matching.vocabulary import (
    ARTICLES,
    ARTICLES_BY_LANGUAGE,
    ENSEMBLES,
    LED_GROUPS,
    NEUTRAL,
    NUMBER_WORDS,
    ROMAN,
    TITLES_OF_PEOPLE,
)

# From here upwards a difference between two texts is one of spelling (see text.likeness).
SPELLING: Final = 88

# What a bracket that was cut off may have been without saying anything.
_SAYS_NOTHING: Final = (
    "original mix", "original version", "album version", "main mix", "remastered", "remaster",
    "original", "explicit",
)  # fmt: skip


class Numbers(Enum):
    """How the parts, volumes and years in two titles stand to each other."""

    AGREE = "agree"
    ONE_SIDED = "one-sided"
    DIFFER = "differ"


class Length(Enum):
    """How two durations stand to each other."""

    UNKNOWN = "unknown"
    EQUAL = "equal"
    SUPPORTS = "supports"
    NEUTRAL = "neutral"
    DOUBTFUL = "doubtful"
    CONTRADICTS = "contradicts"

    @property
    def agrees(self) -> bool:
        """Whether both are known, and say that it may be one recording."""
        return self in (Length.EQUAL, Length.SUPPORTS)


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """`score` 0 to 100. `cut`: one side is cut off, and what is missing matters."""

    score: int
    numbers: Numbers = Numbers.AGREE
    cut: bool = False
    cut_agrees: bool = False
    subtitles_differ: bool = False
    part_of_medley: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything found out about one reading of a track against one reading of a file.

    `artist` is None where either side names nobody. `difference`: file minus vinyl, in seconds.
    """

    title: TitleMatch
    artist: int | None
    artist_note: str
    relation: Relation
    vinyl_version: Version
    file_version: Version
    length: Length
    difference: float | None
    same_album: bool
    same_label: bool
    other_take_album: bool
    says_more: bool
    generic: bool
    letters: int
    set_aside: str
    source: str


NO_MATCH: Final = TitleMatch(0)


def compare_titles(one: Title, other: Title) -> TitleMatch:
    """How two titles agree; symmetric. Versions are set aside, numbers are not."""
    if one.flat == other.flat and one.cut_off is None and other.cut_off is None:
        return TitleMatch(100)
    score = _title_score(one, other)
    in_full = max(
        likeness(one.full, other.full),
        likeness(one.full, other.base) if one.subtitles else 0,
        likeness(one.base, other.full) if other.subtitles else 0,
        _as_spoken(one.full, other.full),
        _outside_of_brackets(one, other),
    )
    if (
        in_full < SPELLING
        and _without_articles(one.full) == _without_articles(other.full)
        and not _in_other_languages(one.full, other.full)
    ):
        in_full = 97
    if one.subtitles and sorted((one.base, *one.subtitles)) == sorted(
        (other.base, *other.subtitles)
    ):
        in_full = max(in_full, 97)
    if one.script and other.script:
        score = min(score, max(likeness(one.script, other.script), 40))
        in_full = min(in_full, score)
    cut = _cut_match(one, other)
    if cut is not None:
        return cut
    if in_full >= SPELLING and (in_full >= score or in_full >= 97):
        return TitleMatch(max(in_full, score))
    if score < SPELLING:
        if _one_of(one.parts, other) or _one_of(other.parts, one):
            return TitleMatch(SPELLING, part_of_medley=True)
        return TitleMatch(max(score, in_full))
    return TitleMatch(
        score,
        numbers=_compare_numbers(one, other),
        subtitles_differ=_subtitles_differ(one, other),
    )


def _outside_of_brackets(one: Title, other: Title) -> int:
    """`Ni - Ten - Ichi - Ryu (Two Swords Technique)` and `Ni-Ten-Ichi-Ryu`; 0 where both have
    words in brackets, which may be others."""
    dashes = one.dashed != one.base or other.dashed != other.base
    brackets = one.full != one.dashed and other.full != other.dashed
    return likeness(one.dashed, other.dashed) if dashes and not brackets else 0


def _title_score(one: Title, other: Title) -> int:
    score = likeness(one.core, other.core)
    if score >= SPELLING:
        return score
    if bool(one.script) != bool(other.script):
        score = max(score, likeness(_heard(one.core), _heard(other.core)))
    if _as_spoken(one.core, other.core):
        return 97
    bare, other_bare = _without_articles(one.core), _without_articles(other.core)
    if bare and bare == other_bare and not _in_other_languages(one.core, other.core):
        return 97
    return score


def _heard(folded: str) -> str:
    """`zormpas`, letter by letter from the Greek, is heard and written `zorbas`, too."""
    return folded.replace("mp", "b").replace("nt", "d").replace("gk", "g")


def _without_articles(text: str) -> str:
    return " ".join(word for word in text.split() if word not in ARTICLES)


def _in_other_languages(one: str, other: str) -> bool:
    spoken_in = [
        {number for number, words in enumerate(ARTICLES_BY_LANGUAGE) if words & set(text.split())}
        for text in (one, other)
    ]
    return all(spoken_in) and not spoken_in[0] & spoken_in[1]


def _as_spoken(one: str, other: str) -> int:
    return 97 if one != other and spoken(one) == spoken(other) else 0


def _compare_numbers(one: Title, other: Title) -> Numbers:
    if one.opus and other.opus and one.opus != other.opus:
        return Numbers.DIFFER
    if _plain_numbers(one.numbers) == _plain_numbers(other.numbers):
        return Numbers.AGREE
    only, only_other = (
        list((Counter(mine) - Counter(theirs)).elements())
        for mine, theirs in ((one.numbers, other.numbers), (other.numbers, one.numbers))
    )
    if not (only and only_other) and all(map(_may_be_left_out, only or only_other)):
        return Numbers.ONE_SIDED
    return Numbers.DIFFER


def _may_be_left_out(number: str) -> bool:
    """A first part, and a year: another version of the same, where a `2` is another piece."""
    return number == "1" or number.startswith("y")


def _plain_numbers(numbers: tuple[str, ...]) -> list[str]:
    """`'69` and `69` are one; so are `Parts 1 & 2` and `Part 2 & 1`."""
    return sorted(number.removeprefix("y") for number in numbers)


def _subtitles_differ(one: Title, other: Title) -> bool:
    if not one.subtitles or not other.subtitles:
        return False
    said, other_said = " ".join(one.subtitles), " ".join(other.subtitles)
    words, other_words = set(said.split()), set(other_said.split())
    if _digits(said) and _digits(other_said) and _digits(said) != _digits(other_said):
        return True  # `(Dance Mk 1)`, `(Dance Mk 2)`
    return not (words <= other_words or other_words <= words) and fuzz.ratio(said, other_said) < 80


def _digits(text: str) -> list[str]:
    return [word for word in text.split() if word.isdigit()]


def _one_of(parts: tuple[str, ...], whole: Title) -> bool:
    return not whole.parts and any(likeness(part, whole.base) >= 92 for part in parts)


def _cut_match(one: Title, other: Title) -> TitleMatch | None:
    """The match of a title that was cut off with a whole one; None where neither is."""
    if one.cut_off is None and other.cut_off is None:
        for short, whole in ((one, other), (other, one)):
            # What ends in a whole version was not cut: `Balcony Feeling (Instrumental)` has 30.
            ends = ID3V1_LENGTH - 1 <= short.printed_length <= ID3V1_LENGTH
            if ends and short.version.is_plain:
                seen = letters_only(short.full)
                entire = letters_only(whole.full)
                if len(seen) + 3 < len(entire) and entire.startswith(seen):
                    return TitleMatch(95, cut=True)
        return None
    if one.cut_off is not None and other.cut_off is not None:
        same = one.full == other.full and one.cut_off == other.cut_off
        return TitleMatch(100 if same else likeness(one.core, other.core), cut=not same)
    short, whole = (one, other) if one.cut_off is not None else (other, one)
    rest = short.cut_off or ""
    seen = letters_only(f"{short.full} {rest}")
    entire = letters_only(whole.flat)
    if seen and seen == entire:
        return TitleMatch(98)  # the dots at its end are its own
    if len(seen) >= 8 and entire.startswith(seen):
        missing = len(entire) - len(seen)
        return TitleMatch(98, cut=missing > 5, cut_agrees=missing <= 5 and bool(rest))
    base_score = likeness(short.core, whole.core)
    if base_score < SPELLING or short.numbers != whole.numbers:
        return TitleMatch(min(base_score, SPELLING - 1))
    if rest and any(said.startswith(rest.removeprefix("the ")) for said in _SAYS_NOTHING):
        return TitleMatch(base_score, cut_agrees=whole.version.is_plain)
    if rest and rest.split()[0] in ("feat", "ft", "featuring"):
        said = not short.version.is_plain  # what may follow a guest's name was said before it
        return TitleMatch(base_score, cut=not said, cut_agrees=said)
    return TitleMatch(
        base_score, cut=True, subtitles_differ=bool(rest) and not whole.version.is_plain
    )


# --- Artists ------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def name_likeness(one: str, other: str) -> int:
    """How alike two folded names of artists are, 0 to 100; symmetric."""
    score = likeness(one, other)
    if score >= SPELLING:
        return score
    words, others = one.split(), other.split()
    bare = " ".join(word for word in words if word not in TITLES_OF_PEOPLE)
    other_bare = " ".join(word for word in others if word not in TITLES_OF_PEOPLE)
    if bare and letters_only(bare) == letters_only(other_bare):
        return 96
    if len(words) > 1 and sorted(words) == sorted(others):
        return 95
    if spoken(one) == spoken(other):
        return 96
    short, long = sorted((words, others), key=lambda it: (len(it), it))
    if leaves_out_the_middle(short, long) or _is_led_by(long, short):
        return 92
    if _initials_fit(words, others) or _initials_fit(others, words):
        return 88
    return score


def _is_led_by(group: list[str], leader: list[str]) -> bool:
    """`the dave brubeck quartet`, `prince busters all stars` and `michael viners incredible bongo
    band`, whose leader or whose own name alone stands on the other side."""
    group = group[1:] if group[:1] == ["the"] else group
    rest = group[len(leader) :]
    last = leader[-1:]
    if rest and len(leader) > 1:
        led = group[: len(leader) - 1] == leader[:-1] and group[len(leader) - 1]
        kind = all(word in LED_GROUPS or word in ("all", "stars", "big", "his") for word in rest)
        if kind and led in (*last, *(word + "s" for word in last)):
            return True
    before = group[: -len(leader)]
    return (
        len(leader) > 1
        and len(before) in (1, 2)
        and before[-1].endswith("s")
        and group[-len(leader) :] == leader
        and leader[-1] in LED_GROUPS
    )


def _initials_fit(short: list[str], long: list[str]) -> bool:
    """`j brown` and `james brown`."""
    return (
        len(short) == len(long) > 1
        and short[-1] == long[-1]
        and len(short[-1]) > 2
        and all(
            len(word) == 1 and name.startswith(word)
            for word, name in zip(short[:-1], long, strict=False)
        )
    )


@lru_cache(maxsize=1 << 15)
def compare_credits(one: Credit, other: Credit) -> tuple[int | None, str]:
    """How two credits agree, 0 to 100, and what was remarkable; None if one names nobody."""
    if not one.names or not other.names:
        return None, "artist unknown"
    whole = likeness(one.whole, other.whole)
    if whole >= 97:
        return whole, ""
    bare = _joined_bare(one.whole)
    if bare and bare == _joined_bare(other.whole):
        return 97, ""
    if _surnames_fit(one.names, other.names) or _surnames_fit(other.names, one.names):
        return 88, "surnames"
    if other.whole in initials(one.whole) or one.whole in initials(other.whole):
        return 88, "initials"
    mains, others = one.names, other.names
    pairs = [(name_likeness(name, name_), name, name_) for name in mains for name_ in others]
    hits = [score for score, _, _ in pairs if score >= SPELLING]
    if hits:
        smaller = min(len(mains), len(others))
        met = min(
            sum(any(name_likeness(a, b) >= SPELLING for b in others) for a in mains),
            sum(any(name_likeness(a, b) >= SPELLING for b in mains) for a in others),
        )
        if met == len(mains) == len(others):
            return max(whole, min(hits)), ""
        if met >= smaller:
            return 94 if max(hits) >= 95 else 90, "one credit names more artists"
        return 86, "the artists overlap"
    guests = {*one.featured, *other.featured}
    if guests:
        everyone = (*one.names, *one.featured)
        everyone_else = (*other.names, *other.featured)
        met = sum(any(name_likeness(a, b) >= SPELLING for b in everyone_else) for a in everyone)
        first = any(name_likeness(mains[0], b) >= SPELLING for b in everyone_else) or any(
            name_likeness(others[0], a) >= SPELLING for a in everyone
        )
        if met and first:
            return 84, "artist credited as a guest"
    if whole >= SPELLING or fuzz.token_sort_ratio(one.whole, other.whole) >= 93:
        return max(whole, 88), ""
    if one.ideographs != other.ideographs:
        return None, "artist in another script"
    # Two names that share words are two artists as a rule: Prince, Prince Buster.
    return min(74, max(whole, max(score for score, _, _ in pairs))), ""


def _surnames_fit(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """`Hall & Oates` and `Daryl Hall & John Oates`; `Wink` and `Josh Wink`."""
    if len(short) != len(long) and len(short) > 1:
        return False
    # Two short surnames together are as telling as one long one.
    shortest = 4 if len(short) == 1 else 3
    return all(
        name == full
        or (
            " " not in name
            and len(name) >= shortest
            and name not in ENSEMBLES
            and full.split()[-1] == name
        )
        for name, full in zip(short, long, strict=False)
    )


_TENS: Final = re.compile(
    r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety) "
    r"(one|two|three|four|five|six|seven|eight|nine)\b"
)


def _two_digits(said: re.Match[str]) -> str:
    return NUMBER_WORDS[said[1]][0] + NUMBER_WORDS.get(said[2], "1")


def _joined_bare(whole: str) -> str:
    return "".join(
        "1" if word == "one" else NUMBER_WORDS.get(word) or ROMAN.get(word, word)
        for word in _TENS.sub(_two_digits, whole).split()
        if word not in TITLES_OF_PEOPLE and word not in ("and", "his")
    )


# --- Everything together ------------------------------------------------------------------------


def compare_lengths(vinyl: float | None, digital: float | None) -> tuple[Length, float | None]:
    """How two durations in seconds agree. A rip from vinyl is off by the turntable's pitch."""
    if not vinyl or not digital:
        return Length.UNKNOWN, None
    difference = digital - vinyl
    apart = abs(difference)
    if apart <= 2:
        return Length.EQUAL, difference
    if apart <= max(5.0, 0.035 * vinyl):
        return Length.SUPPORTS, difference
    if apart <= max(20.0, 0.12 * vinyl):
        return Length.NEUTRAL, difference
    if apart <= max(30.0, 0.2 * vinyl):
        return Length.DOUBTFUL, difference
    return Length.CONTRADICTS, difference


def compare_readings(
    vinyl: Reading, digital: Reading, around_vinyl: Surroundings, around_digital: Surroundings
) -> Comparison | None:
    """The comparison of two readings; None where the titles have nothing in common."""
    theirs = digital
    title = compare_titles(vinyl.title, digital.title)
    artist: int | None
    if title.score >= SPELLING:
        artist, note = compare_credits(vinyl.credit, digital.credit)
    else:
        stripped = _without_artist_in_title(vinyl, digital)
        if stripped is None:
            return None
        theirs, artist, note = stripped, 98, "artist inside the title"
        title = compare_titles(vinyl.title, stripped.title)
        if title.score < SPELLING:
            return None
    version, version_ = vinyl.title.version, theirs.title.version
    length, difference = compare_lengths(around_vinyl.seconds, around_digital.seconds)
    same_album = _same_album(around_vinyl, around_digital)
    same_label = _same_label(around_vinyl.label, around_digital.label)
    shorter = ""
    if (artist or 0) < 80 and title.score >= 97:
        shorter = _shorter_name(vinyl.credit, theirs.credit)
    if shorter and (
        length.agrees
        or same_album
        or same_label
        or _is_telling(shorter)
        or set(vinyl.credit.featured) & set(theirs.credit.featured)
        or (version.name and version_.name and same_name(version.name, version_.name))
    ):
        artist, note = 82, "a shorter name"
    if artist is None and _in_folders(vinyl.credit, around_digital.folders):
        artist, note = 90, "artist from the folder"
    if (artist or 0) < 80 and digital.credit.names:
        if _credited_remixer(version, version_, digital.credit):
            artist, note = 88, "remixer credited as the artist"
        elif digital.source != FROM_TITLE and _beside(vinyl.credit, digital.credit):
            artist, note = 86, "artist named in another field"
    relation = compare(
        version, version_, (*vinyl.credit.names, *vinyl.credit.featured), _beside_names(digital)
    )
    if relation is not Relation.SAME and (
        _said_elsewhere(vinyl.title, theirs.title)
        or _is_of_a_live_album(version, version_, around_vinyl)
    ):
        relation = Relation.SAME
    return Comparison(
        title=title,
        artist=artist,
        artist_note=note,
        relation=relation,
        vinyl_version=version,
        file_version=version_,
        length=length,
        difference=difference,
        same_album=same_album,
        same_label=same_label,
        other_take_album=_another_take(vinyl, around_vinyl, theirs, around_digital),
        says_more=_says_more(vinyl, theirs, around_vinyl),
        generic=vinyl.title.is_generic or theirs.title.is_generic,
        letters=len(letters_only(vinyl.title.core)),
        set_aside=theirs.set_aside or vinyl.set_aside,
        source=theirs.source,
    )


def _says_more(vinyl: Reading, digital: Reading, around_vinyl: Surroundings) -> bool:
    """Whether the file has words in brackets that the record has not: `(Maximum Overdrive)` is a
    mix without the word more often than a title in full."""
    if vinyl.title.subtitles or not (vinyl.title.version.is_plain and digital.title.aside):
        return False
    known = (around_vinyl.album, around_vinyl.label, *vinyl.credit.names, *vinyl.credit.featured)
    base, words = letters_only(vinyl.title.base), set(vinyl.title.full.split())
    return not any(
        base in initials(said)
        or set(said.split()) <= words
        or any(likeness(said, each) >= SPELLING for each in known)
        for said in digital.title.aside
    )


def _shorter_name(one: Credit, other: Credit) -> str:
    """The first name on one side with which the other's begins, `massive` for `massive attack`; ''
    where it is none. Alone it says little (Prince, Prince Buster)."""
    if not one.names or not other.names:
        return ""
    short, long = sorted(
        (one.names[0].split(), other.names[0].split()), key=lambda it: (len(it), it)
    )
    begins = len(short) < len(long) and long[: len(short)] == short
    return " ".join(short) if begins and len("".join(short)) > 3 else ""


def _is_telling(shorter: str) -> bool:
    """`Roy Ayers`, of `Roy Ayers Ubiquity`: two words of a name hardly begin another's."""
    return " " in shorter and len(letters_only(shorter)) >= 8


def _said_elsewhere(one: Title, other: Title) -> bool:
    """Whether one version is in the other's words, only not marked as one.

    `Title (Tweekin Acid Funk)` and `Title (Tweekin Acid Funk Mix)`; `Title Dub` and `Title (Dub)`.
    """
    if one.flat == other.flat:
        return True
    for named, bare in ((one, other), (other, one)):
        version = named.version
        if version.name and not version.kinds and bare.version.is_plain:
            return any(same_name(version.name, said) for said in bare.subtitles)
    return False


def _is_of_a_live_album(version: Version, other: Version, around_vinyl: Surroundings) -> bool:
    """A record that says it is live on its sleeve need not say so at each title."""
    return (
        around_vinyl.live_album
        and version.is_plain
        and other.kinds == frozenset({"live"})
        and not other.numbers
    )


def _beside_names(reading: Reading) -> tuple[str, ...]:
    credit = reading.credit
    return tuple(dict.fromkeys((*credit.names, *credit.featured, *credit.beside)))


def _credited_remixer(version: Version, other: Version, credit: Credit) -> bool:
    """Whether the file's artist is the remixer whom the vinyl's title names."""
    if not version.name:
        return False
    if other.name and not same_name(version.name, other.name):
        return False
    if not other.spoken:
        return False
    return any(same_name(version.name, name) for name in credit.names)


def _beside(vinyl: Credit, digital: Credit) -> bool:
    return any(name_likeness(name, there) >= 95 for name in vinyl.names for there in digital.beside)


def _in_folders(credit: Credit, folders: tuple[str, ...]) -> bool:
    for folder in folders:
        if likeness(credit.whole, folder) >= SPELLING:
            return True
        for name in credit.names:
            if len(name) >= 4 and (folder == name or folder.startswith(name + " ")):
                return True
    return False


def _without_artist_in_title(vinyl: Reading, digital: Reading) -> Reading | None:
    """The file's reading with the vinyl's artist taken off its title: `Goldie Inner City Life`."""
    title = digital.title
    for name in dict.fromkeys((vinyl.credit.whole, *vinyl.credit.names)):
        if len(name) < 3:
            continue
        if title.base.startswith(name + " "):
            rest = title.base[len(name) + 1 :]
        elif title.base.endswith(" " + name):
            rest = title.base[: -len(name) - 1].removesuffix(" by")
        else:
            continue
        flat = title.flat.replace(title.base, rest, 1)
        return replace(
            digital,
            title=replace(
                title,
                base=rest,
                core=rest,
                full=title.full.replace(title.base, rest, 1),
                flat=flat,
                numbers=vinyl.title.numbers if rest == vinyl.title.base else title.numbers,
            ),
        )
    return None


def _same_album(vinyl: Surroundings, digital: Surroundings) -> bool:
    if not vinyl.album:
        return False
    named = (digital.album, *digital.folders)
    return any(album and _albums_alike(vinyl.album, album) for album in named)


@lru_cache(maxsize=1 << 14)
def _albums_alike(one: str, other: str) -> bool:
    if likeness(one, other) >= SPELLING:
        return True
    shared = set(one.split()) & set(other.split()) - ARTICLES - NEUTRAL
    return len(shared) >= 2 and fuzz.token_set_ratio(one, other) >= 95


def _same_label(one: str, other: str) -> bool:
    if not one or not other:
        return False
    return likeness(one, other) >= SPELLING or (
        len(other) >= 4 and one.split()[: len(other.split())] == other.split()
    )


def _another_take(
    vinyl: Reading, around_vinyl: Surroundings, digital: Reading, around_digital: Surroundings
) -> bool:
    """Whether one comes from an album played live and the other from one that was not."""
    if not around_vinyl.album or not around_digital.album:
        return False
    on_vinyl = around_vinyl.live_album or "live" in vinyl.title.version.kinds
    on_disk = around_digital.live_album or "live" in digital.title.version.kinds
    return on_vinyl != on_disk and not _albums_alike(around_vinyl.album, around_digital.album)
