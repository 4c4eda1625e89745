"""Pairs of a track on vinyl and a file, written by people who had not seen the matcher.

What belongs here: reading `pairs/*.tsv` and `brackets.tsv`, the split into what is learned from and
what is held back, and the figures that the matcher reaches. A line is a pair and what a DJ says of
it: this version (`owned`), another version, something else (`none`), or that it cannot be told
(`review`). An empty cell is an unknown. Lines with one name of a record are tracks of one record.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    DigitalTrack,
    Verdict,
    VinylTrack,
)
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import Metrics

FOLDER: Final = Path(__file__).parent / "pairs"
BRACKETS_FILE: Final = Path(__file__).with_name("brackets.tsv")
SETS: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.tsv")))
LEARNED_BEFORE: Final = frozenset({"catalogues", "collection", "habits"})
"""Sets of which nothing is held back: earlier matchers were made with an eye on them."""

COLUMNS: Final = 20
NONE: Final = "none"
THERE: Final = (OWNED, OTHER_VERSION)


@dataclass(frozen=True)
class Pair:
    """One line: what is right, which habit or trap it is an example of, and the two sides.
    `record`: every track of the record that is known, this one first."""

    truth: str
    family: str
    record: tuple[VinylTrack, ...]
    file: DigitalTrack
    is_held_back: bool

    @property
    def vinyl(self) -> VinylTrack:
        """The track on vinyl."""
        return self.record[0]


@dataclass(frozen=True)
class Bracket:
    """Words in brackets behind a title, as printed, and what they are."""

    words: str
    label: str
    track: VinylTrack
    siblings: int
    is_held_back: bool


@lru_cache
def pairs(name: str) -> tuple[Pair, ...]:
    """The pairs of that set, in their order."""
    lines = [list(cells) for cells in _cells(FOLDER / f"{name}.tsv", COLUMNS)]
    records: dict[str, dict[tuple[str | None, ...], VinylTrack]] = {}
    tracks: list[VinylTrack] = []
    for number, cells in enumerate(lines, start=1):
        track = _track(cells, number)
        if cells[2]:
            track = records.setdefault(cells[2], {}).setdefault(tuple(cells[3:6]), track)
        tracks.append(track)
    return tuple(
        _pair(cells, track, records.get(cells[2] or "", {}).values(), name)
        for cells, track in zip(lines, tracks, strict=True)
    )


@lru_cache
def brackets() -> tuple[Bracket, ...]:
    """Every bracket of `brackets.tsv`."""
    return tuple(
        Bracket(
            words or "",
            label or "",
            vinyl(artist, f"{title} ({words})", album=album),
            int(siblings or 0),
            _is_held_back(artist, title),
        )
        for words, label, _, artist, title, siblings, album, _ in _cells(BRACKETS_FILE, 8)
    )


def _cells(path: Path, columns: int) -> Iterator[tuple[str | None, ...]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            cells = [cell or None for cell in line.split("\t")]
            yield (*cells, *[None] * (columns - len(cells)))


def _track(cells: list[str | None], number: int) -> VinylTrack:
    artist, title, seconds, album, album_artist, label, warehouse, year, credits = cells[3:12]
    remixers = [
        name
        for role, _, name in (each.partition("=") for each in (credits or "").split(";"))
        if "remix" in role.lower() or "edited by" in role.lower()
    ]
    return vinyl(
        artist,
        title,
        album=album,
        album_artist=album_artist,
        label=label,
        seconds=int(seconds) if seconds else None,
        number=number,
        catalog_number=warehouse,
        year=int(year) if year else None,
        remixer=", ".join(remixers) or None,
    )


def _pair(
    cells: list[str | None], track: VinylTrack, record: Iterable[VinylTrack], name: str
) -> Pair:
    artist, title, path, seconds, remixer, mix, album, label = cells[12:20]
    held_back = name not in LEARNED_BEFORE and _is_held_back(track.artist, track.title)
    return Pair(
        truth=cells[0] or "",
        family=cells[1] or "",
        record=(track, *(each for each in record if each is not track)),
        file=digital(
            artist,
            title,
            path=path,
            seconds=float(seconds) if seconds else None,
            remixer=remixer,
            mix=mix,
            album=album,
            label=label,
        ),
        is_held_back=held_back,
    )


def _is_held_back(artist: str | None, title: str | None) -> bool:
    """A third of the tracks, told by their names: it never changes, nor with the order of lines."""
    return zlib.crc32(f"{artist}|{title}".encode()) % 3 == 0


def judged(pair: Pair) -> Verdict:
    """What the matcher says of a pair."""
    return Matcher([pair.file]).judge_record(pair.record)[0]


def said(pair: Pair) -> tuple[str, str]:
    """What the matcher says of a pair, in the words of the labels, and why."""
    verdict = judged(pair)
    return NONE if verdict.status == MISSING else verdict.status, verdict.reason


def score(some: Iterable[Pair]) -> Metrics:
    """How often the matcher is right on these pairs."""
    counts = Counter((pair.truth, said(pair)[0]) for pair in some)

    def share(hits: int, of: int) -> float:
        return hits / of if of else 1.0

    def total(truths: tuple[str, ...], answers: tuple[str, ...]) -> int:
        return sum(counts[truth, answer] for truth in truths for answer in answers)

    everything = (OWNED, OTHER_VERSION, REVIEW, NONE)
    told = (OWNED, OTHER_VERSION, NONE)
    return Metrics(
        rows=counts.total(),
        owned_precision=share(counts[OWNED, OWNED], total(told, (OWNED,))),
        owned_recall=share(counts[OWNED, OWNED], total((OWNED,), everything)),
        any_precision=share(total(THERE, THERE), total(told, THERE)),
        any_recall=share(total(THERE, THERE), total(THERE, everything)),
        others_called_owned=share(
            counts[OTHER_VERSION, OWNED], total((OTHER_VERSION,), everything)
        ),
        review=share(total(everything, (REVIEW,)), counts.total()),
    )


def held_back() -> list[Pair]:
    """The third that nothing was learned from."""
    return [pair for name in SETS for pair in pairs(name) if pair.is_held_back]


def report() -> str:
    """The figures of every set, a line each, and those of what was held back."""
    lines = [
        f"{name}, {score(pair for pair in pairs(name) if not pair.is_held_back)}" for name in SETS
    ]
    return "\n".join([*lines, f"held back, {score(held_back())}"])
