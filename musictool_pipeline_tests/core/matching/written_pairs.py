"""Pairs of a track on vinyl and a file, written by people who had not seen the matcher.

What belongs here: reading `pairs/*.tsv`, and the figures that the matcher reaches on them. A line
is a pair and what a DJ says of it: this version (`owned`), another version, something else
(`none`), or that it cannot be told (`review`). An empty cell is an unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    DigitalTrack,
    VinylTrack,
)
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import Metrics

FOLDER = Path(__file__).parent / "pairs"
SETS = tuple(sorted(path.stem for path in FOLDER.glob("*.tsv")))
COLUMNS = 16
NONE = "none"
THERE = (OWNED, OTHER_VERSION)


@dataclass(frozen=True)
class Pair:
    """One line: what is right, which habit or trap it is an example of, and the two sides."""

    truth: str
    family: str
    vinyl: VinylTrack
    file: DigitalTrack


@lru_cache
def pairs(name: str) -> tuple[Pair, ...]:
    """The pairs of that set, in their order."""
    return tuple(_read(FOLDER / f"{name}.tsv"))


def _read(path: Path) -> Iterator[Pair]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            continue
        cells = [cell or None for cell in line.split("\t")]
        truth, family, artist, title, seconds, album, label, _, *file = (
            *cells,
            *[None] * (COLUMNS - len(cells)),
        )
        its_artist, its_title, place, its_seconds, remixer, mix, its_album, its_label = file
        assert truth and family
        yield Pair(
            truth,
            family,
            vinyl(
                artist,
                title,
                album=album,
                label=label,
                seconds=int(seconds) if seconds else None,
            ),
            digital(
                its_artist,
                its_title,
                path=place,
                seconds=float(its_seconds) if its_seconds else None,
                remixer=remixer,
                mix=mix,
                album=its_album,
                label=its_label,
            ),
        )


def said(pair: Pair) -> tuple[str, str]:
    """What the matcher says of a pair, and why."""
    verdict = Matcher([pair.file]).judge(pair.vinyl)
    return NONE if verdict.status == MISSING else verdict.status, verdict.reason


def score(name: str) -> Metrics:
    """How often the matcher is right on that set."""
    counts = Counter((pair.truth, said(pair)[0]) for pair in pairs(name))

    def share(hits: int, of: int) -> float:
        return hits / of if of else 1.0

    def total(truths: tuple[str, ...], answers: tuple[str, ...]) -> int:
        return sum(counts[truth, answer] for truth in truths for answer in answers)

    everything = (OWNED, OTHER_VERSION, REVIEW, NONE)
    return Metrics(
        rows=counts.total(),
        owned_precision=share(counts[OWNED, OWNED], total(everything, (OWNED,))),
        owned_recall=share(counts[OWNED, OWNED], total((OWNED,), everything)),
        any_precision=share(total(THERE, THERE), total(everything, THERE)),
        any_recall=share(total(THERE, THERE), total(THERE, everything)),
        others_called_owned=share(
            counts[OTHER_VERSION, OWNED], total((OTHER_VERSION,), everything)
        ),
        review=share(total(everything, (REVIEW,)), counts.total()),
    )


def report() -> str:
    """The figures of every set, a line each."""
    return "\n".join(f"{name}, {score(name)}" for name in SETS)
