"""Invented artists, labels and titles, in the manner of three corners of a record shop.

What belongs here: the vocabulary, and how a name or a title is put together from it by a throw of
the dice. How a release, a tracklist or an export is made of such names is `sample_data`'s business.

Nothing here is meant to exist. Surnames and band names are coined words, so that no musician finds
himself in somebody's demo; a likeness to a real artist or label is an accident and a bug.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """The one source of chance: the same key gives the same throws everywhere.

    Python promises that `Random(int).random()` yields the same numbers in every later version; it
    does not promise so for `choice`, `shuffle` or `randrange`, hence the three throws below.
    """

    __slots__ = ("_roll",)

    def __init__(self, seed: int, number: int = 0) -> None:
        """`seed` and `number` (below 2**40) are whole numbers from 0 up; ValueError otherwise."""
        if seed < 0 or not 0 <= number < 1 << 40:
            raise ValueError(f"seed {seed} and number {number} must be whole numbers from 0 up")
        self._roll = Random(seed << 40 | number).random

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`, each equally likely: what is listed twice comes twice as often."""
        return choices[int(self._roll() * len(choices))]

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._roll() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True as often as `probability` (0 to 1) says."""
        return self._roll() < probability


@dataclass(frozen=True, slots=True)
class Scene:
    """A corner of the shop: how its music is filed, called and versioned.

    `versions` are what follows a track's base title; `{}` stands for a remixer's name.
    """

    name: str
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    since: int
    artists: tuple[str, ...]
    labels: tuple[str, ...]
    artist_patterns: tuple[str, ...]
    label_pattern: str
    first_words: tuple[str, ...]
    last_words: tuple[str, ...]
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """An artist: the id and the name as Discogs files them, so ` (2)` is part of the name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Imprint:
    """A label, with the letters that its catalogue numbers begin with."""

    id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Roster:
    """Who makes and who publishes the records of one scene."""

    scene: Scene
    acts: tuple[Act, ...]
    imprints: tuple[Imprint, ...]


# fmt: off
DRUM_AND_BASS = Scene(
    name="Drum & Bass",
    genres=("Electronic",),
    styles=("Drum n Bass", "Jungle", "Halftime", "Breakbeat"),
    since=1993,
    artists=(
        "Vantrelle", "Ostrikane", "Subvarrow", "Krellowick", "DJ Brackmoyle", "Mirkadeon",
        "Fennoquay", "Skarnholm Unit", "Tessarynd", "MC Tarrowby", "Pylonaught",
        "Drumlathe & Quorl", "Nethergaugh", "Halvorne", "Glenrovane Zero", "Quorl",
    ),
    labels=("Grelmoyle Recordings", "Harrowquay Dubplates", "Tarnfellow Audio", "Subvarrow Plates"),
    artist_patterns=(
        "{coined}", "DJ {coined}", "{coined} & {other}", "MC {coined}", "{coined} Unit",
    ),
    label_pattern="{coined} Recordings",
    first_words=(
        "Gantry", "Culvert", "Midwinter", "Static", "Iron", "Copper", "Low", "Signal", "Concrete",
        "Northern", "Hollow", "Analogue", "Tunnel", "Grey", "Sodium", "Subzero", "Pylon", "Fault",
    ),
    last_words=(
        "Weather", "Lights", "Ferry", "Pressure", "Shadow", "Runoff", "Theory", "Drift", "Signal",
        "Stepper", "Language", "Roller", "Orbit", "Sirens", "District", "Motion", "Warning",
    ),
    versions=("({} Remix)", "(VIP)", "({} VIP Mix)", "(Dub)", "(Instrumental)", "(2012 Remaster)",
              "Part 1", "Part 2", "(Live)", "({} Bootleg)"),
)

HOUSE = Scene(
    name="House",
    genres=("Electronic",),
    styles=("House", "Deep House", "Garage House", "Disco"),
    since=1987,
    artists=(
        "Maravelline", "Lumettine", "Corto Bellandrane", "Ilario Vendeschi", "Nadira Quillane",
        "Parquellino", "Tobin Arkwelder", "Zanobi Rokeling", "Frenellique", "Aunt Claribelline",
        "Soulvanero", "Deshaun Mirovane", "Room Eleventeen", "Odile Castermaine",
    ),
    labels=("Parquellino Trax", "Bellandrane Discs", "Nightpantry Music", "Velvet Otterhouse"),
    artist_patterns=(
        "{coined}", "{given} {coined}", "{given} {coined} & {other}", "{coined} Project",
    ),
    label_pattern="{coined} Trax",
    first_words=(
        "Sunday", "Velvet", "Balcony", "Warm", "Saffron", "Late", "Parquet", "Gilded", "Mirror",
        "Pistachio", "Cassette", "Easy", "Lemon", "Open", "Neon", "Promenade", "Feather", "Tender",
    ),
    last_words=(
        "Arrival", "Kitchen", "Feeling", "Avenue", "Fever", "Bloom", "Company", "Strings", "Heat",
        "Postcard", "Groove", "Rooftop", "Honey", "Affair", "Terrace", "Believer", "Chords",
    ),
    versions=("(Original Mix)", "({} Remix)", "(Dub)", "(Instrumental)", "(Club Mix)", "({} Edit)",
              "(Extended Version)", "(Radio Edit)", "(Acappella)", "(Vocal Mix)"),
)

JAZZ = Scene(
    name="Jazz",
    genres=("Jazz",),
    styles=("Hard Bop", "Modal", "Cool Jazz", "Soul-Jazz"),
    since=1956,
    artists=(
        "The Emrik Solvane Quintet", "Odalys Brannigarde", "Thessaly Moorhenley Trio",
        "Wendell Karrowmere", "Ingrid Vallqvister", "Bertil Honningdahl Sextet",
        "Lucius Penhallowby", "Marguerite Doulangier", "Harlan Tweedmoor Orchestra",
        "Cosimo Ferrantello Big Band", "Amadi Okwelonda", "Petra Lindqvarne",
    ),
    labels=("Solvane Editions", "Oakhonning", "Penhallowby Sessions", "Quaver & Thrushby"),
    artist_patterns=("{given} {coined}", "The {given} {coined} Quartet", "{given} {coined} Trio",
                     "{coined} Big Band"),
    label_pattern="{coined} Editions",
    first_words=(
        "Cobalt", "Quiet", "Ambling", "Amber", "October", "Three", "Crooked", "Sparrow", "Dusky",
        "Paper", "Second", "Harbour", "Slow", "Silver", "Wistful", "Corner", "Lantern", "Minor",
    ),
    last_words=(
        "Waltz", "Parade", "Errand", "Window", "Ballad", "Overcoat", "Umbrella", "Staircase",
        "Blues", "Street", "Conversation", "Bossa", "Prelude", "Garden", "Letter", "Procession",
        "Reverie",
    ),
    versions=("(Live)", "(Take 2)", "(Alternate Take)", "Part 1", "Part 2", "(Reprise)", "(Mono)"),
)

# fmt: on
SCENES = (DRUM_AND_BASS, HOUSE, JAZZ)

# fmt: off
_GIVEN_NAMES = (
    "Alma", "Bertil", "Celeste", "Dorian", "Edda", "Fausto", "Greta", "Hanno", "Ilse", "Jarek",
    "Kemi", "Lorcan", "Mirela", "Nestor", "Orla", "Pavel", "Rosalba", "Stellan", "Tove", "Ugo",
)
_OPENINGS = (
    "Bra", "Cor", "Dru", "Eska", "Fen", "Gle", "Hol", "Ista", "Jor", "Kes", "Lun", "Mor", "Nel",
    "Ost", "Pra", "Quo", "Rav", "Ske", "Tor", "Ulv", "Ven", "Wil", "Yar", "Zel",
)
_MIDDLES = (
    "bi", "da", "fen", "go", "ka", "lo", "man", "ni", "po", "qua", "ri", "sta", "ti", "va", "we",
    "zo", "lli", "mbe", "ndo", "rva",
)
_ENDINGS = (
    "dell", "fex", "gard", "hurst", "kine", "lith", "mere", "nox", "quist", "rane", "sby", "tarn",
    "vane", "wick", "xley", "zane", "brook", "drell", "fane", "moor",
)

# fmt: on

# Real artist and label ids are below 20 million: nothing invented answers to a real one.
_FIRST_INVENTED_ID = 900_000_001
_ARTISTS_PER_SCENE = 1_200
_LABELS_PER_SCENE = 150


def coined_word(dice: Dice) -> str:
    """A capitalised word that no dictionary holds: `Skembefane`; 9,600 different ones."""
    return dice.pick(_OPENINGS) + dice.pick(_MIDDLES) + dice.pick(_ENDINGS)


def track_title(dice: Dice, scene: Scene) -> str:
    """A base title, without any version: `Gantry Weather`, `Lantern For Zelstarane`."""
    shape = dice.between(0, 9)
    if shape < 4:
        return f"{dice.pick(scene.first_words)} {dice.pick(scene.last_words)}"
    if shape < 6:
        return f"{coined_word(dice)} {dice.pick(scene.last_words)}"
    if shape < 7:
        return f"{dice.pick(scene.first_words)} For {coined_word(dice)}"
    if shape < 8:
        return f"The {dice.pick(scene.first_words)} {dice.pick(scene.last_words)}"
    return f"{dice.pick(scene.last_words)} Of {coined_word(dice)}"


def written_rosters() -> tuple[Roster, ...]:
    """The hand-written artists and labels, one roster for each of `SCENES`."""
    return _numbered((scene, scene.artists, scene.labels) for scene in SCENES)


def coined_rosters(seed: int) -> tuple[Roster, ...]:
    """3,600 coined artists and 450 labels, one roster for each of `SCENES`.

    Two who happen to bear the same name are told apart as Discogs does it, by ` (2)`.
    """
    dice = Dice(seed)
    taken: dict[str, int] = {}

    def unique(name: str) -> str:
        taken[name] = taken.get(name, 0) + 1
        return name if taken[name] == 1 else f"{name} ({taken[name]})"

    return _numbered(
        (
            scene,
            [unique(_coined_artist(dice, scene)) for _ in range(_ARTISTS_PER_SCENE)],
            [
                unique(scene.label_pattern.format(coined=coined_word(dice)))
                for _ in range(_LABELS_PER_SCENE)
            ],
        )
        for scene in SCENES
    )


def _coined_artist(dice: Dice, scene: Scene) -> str:
    return dice.pick(scene.artist_patterns).format(
        given=dice.pick(_GIVEN_NAMES), coined=coined_word(dice), other=coined_word(dice)
    )


def _numbered(
    casts: Iterable[tuple[Scene, Sequence[str], Sequence[str]]],
) -> tuple[Roster, ...]:
    rosters: list[Roster] = []
    artist_id = label_id = _FIRST_INVENTED_ID
    for scene, artists, labels in casts:
        rosters.append(
            Roster(
                scene,
                tuple(Act(artist_id + n, name) for n, name in enumerate(artists)),
                tuple(
                    Imprint(label_id + n, name, _catalogue_code(name))
                    for n, name in enumerate(labels)
                ),
            )
        )
        artist_id += len(artists)
        label_id += len(labels)
    return tuple(rosters)


def _catalogue_code(label: str) -> str:
    consonants = [letter for letter in label.upper() if letter in "BCDFGHJKLMNPQRSTVWXZ"]
    return "".join(consonants[:4])
