"""`make weights`: learns the matcher's table of points from the labelled pairs.

    python -m musictool_pipeline_tests.core.matching.weights [--check]

What belongs here: from labelled pairs to `points.txt`. Each question is a logistic regression over
the observations, whose coefficients are the points. Where the levels of an observation have an
order (a title that is more alike cannot speak against), so have their points. What few pairs say is
held near `starting_points.txt`, a table learned on libraries of other people, whose rows are not
ours to publish. The same pairs give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from musictool_pipeline.core.matching import own_tables
from musictool_pipeline.core.matching.comparing import Comparison, look_closer
from musictool_pipeline.core.matching.deciding import decide
from musictool_pipeline.core.matching.finding.blocking import CandidateIndex
from musictool_pipeline.core.matching.observing.around import observe_surroundings
from musictool_pipeline.core.matching.observing.levels import UNKNOWN
from musictool_pipeline.core.matching.observing.recordings import (
    is_alike,
    observe_artist_words,
    observe_names,
    observe_title_words,
    observe_titles,
)
from musictool_pipeline.core.matching.observing.takes import observe_take
from musictool_pipeline.core.matching.observing.two_titles import Subtitles
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.reading import TrackReadings, read_digital, read_vinyl
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.tracks import DEFAULT_SETTINGS, MISSING, OWNED, REVIEW
from musictool_pipeline.core.matching.weighing import points as weighing
from musictool_pipeline.core.matching.weighing.pairing import (
    Side,
    is_word_for_word,
    named_in_one_text,
)
from musictool_pipeline.core.matching.weighing.points import (
    START,
    Observations,
    Points,
    read_points,
)
from musictool_pipeline.core.matching.words.shared_words import Rarity
from musictool_pipeline_tests.core.matching import labelled, written_pairs
from musictool_pipeline_tests.core.matching.builders import read_on_record

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

POINTS_FILE: Final = Path(own_tables.__file__).with_name(weighing.FILE)
STARTING_FILE: Final = Path(__file__).with_name("starting_points.txt")

TIES: Final = 0.3
"""How strongly a point is held where it starts: half of this, times its distance squared."""

NO_POINTS: Final = Points(0.0, {})

ROUNDS: Final = 4
"""Which reading of a file is meant is learned too: read by the points, learn, read again."""

_SHARES: Final = ("all", "most", "half", "some", "a little", "none")
_WEIGHTS: Final = ("0", "0.3", "0.6", "0.9", "1.3", "1.8", "2.5")
_NAMES: Final = ("0", "40", "55", "67", "75", "82", "88", "94", "99")
ORDERED: Final[Mapping[str, Sequence[str]]] = {
    "title": ("0", "50", "60", "70", "78", "84", "88", "92", "97", "99"),
    "title words missing": _SHARES,
    "title words added": _SHARES,
    "title words shared": _WEIGHTS,
    "numbers": ("differ", "added", "on one side", "agree"),
    "artist": _NAMES,
    "credit": _NAMES,
    "artist words missing": _SHARES,
    "artist words added": _SHARES,
    "artist words shared": _WEIGHTS,
    "length": ("another", "far off", "off", "near", "equal"),
    "lengths": ("equal", "near", "off", "far off", "another"),
    "album": ("other", "same"),
    "label": ("other", "same"),
}
"""The observations whose levels have an order, the worst first."""


@dataclass(frozen=True)
class Example:
    """A track and a file, read, and whether they are the same recording and the same version."""

    vinyl: TrackReadings
    file: TrackReadings
    weigh: Rarity
    is_recording: bool
    is_version: bool


@dataclass(frozen=True)
class SeenBracket:
    """What was observed of words in brackets, and whether they name a take."""

    seen: Observations
    is_take: bool


def observe_recording(
    vinyl: Reading, file: Reading, around_vinyl: Surroundings, around_file: Surroundings,
    weigh: Rarity,
) -> dict[str, str]:  # fmt: skip
    """What speaks for and against one recording, in whatever version."""
    return {
        **observe_surroundings(around_vinyl, around_file),
        **observe_names(vinyl, file, around_vinyl),
        **observe_titles(vinyl.title, file.title, around_vinyl.printed, around_file.is_video),
        **observe_artist_words(vinyl, file, around_vinyl, around_file, weigh),
        **observe_title_words(vinyl, file, around_vinyl, around_file, weigh),
    }


def side_by_side(vinyl: TrackReadings, file: TrackReadings, weigh: Rarity) -> Iterator[Side]:
    """Every reading of the track beside every reading of the file; if none has the title and the
    artist each in its place, also both found in one text."""
    around = vinyl.surroundings, file.surroundings
    pairs = list(product(vinyl.readings, (*file.readings, *file.exchanged())))
    sides = [Side(*pair, observe_recording(*pair, *around, weigh)) for pair in pairs]
    yield from sides
    if not any(is_alike(side.seen) for side in sides):
        for mine, theirs in pairs:
            found = named_in_one_text(mine, theirs)
            if found is not None:
                yield Side(mine, found, observe_recording(mine, found, *around, weigh))


def learn(
    examples: Sequence[Example],
    brackets: Sequence[SeenBracket],
    starting: Mapping[str, Points],
) -> dict[str, Points]:
    """The points of all questions."""
    points = dict(starting)
    sides = [list(side_by_side(each.vinyl, each.file, each.weigh)) for each in examples]
    for _ in range(ROUNDS):
        sums = points["recording"].sum
        likeliest = [
            (max(of_one, key=lambda it: (is_word_for_word(it.vinyl, it.file), sums(it.seen))), each)
            for of_one, each in zip(sides, examples, strict=True)
            if of_one
        ]
        points["recording"] = regression(
            [side.seen for side, _ in likeliest],
            [each.is_recording for _, each in likeliest],
            starting["recording"],
            points["recording"],
        )
    found = [
        (look_closer(side, each.vinyl, each.file, points), each)
        for side, each in likeliest
        if each.is_recording
    ]
    there = [(it, each.is_version) for it, each in found if _is_seen(it)]
    aside = [
        SeenBracket(it.take, not same) for it, same in there if it.take and it.standing in _ALIKE
    ]
    known = [*brackets, *aside]
    points["take"] = regression(
        [each.seen for each in known], [each.is_take for each in known], starting["take"]
    )
    plain = [(it, same) for it, same in there if not it.take]
    points["version"] = regression(
        [it.version for it, _ in plain], [same for _, same in plain], starting["version"]
    )
    decided = [
        (
            decide(look_closer(side, each.vinyl, each.file, points), DEFAULT_SETTINGS, NO_POINTS),
            each,
        )
        for side, each in likeliest
    ]
    defined = [(it, each) for it, each in decided if it.is_defined]
    points["definition"] = regression(
        [{"answer": it.doubt} for it, _ in defined],
        [_is_right(it.status, each) for it, each in defined],
        starting["definition"],
    )
    return points


def _is_right(status: str, example: Example) -> bool:
    """Whether a status is the right one. One to look at is right where the file is the track."""
    if status == MISSING:
        return not example.is_recording
    return example.is_version if status == REVIEW else example.is_recording


_ALIKE: Final = ("plain", "the same")


def _is_seen(found: Comparison) -> bool:
    """Which version a file is matters where it is seen to be the recording at all."""
    return found.of_recording > 0.1


def regression(
    rows: Sequence[Observations],
    right: Sequence[bool],
    starting: Points,
    guess: Points | None = None,
) -> Points:
    """The points that make the answers likeliest, held near `starting`; `guess` may be nearer."""
    if not rows:
        return starting
    # Here: most tests that import this module learn nothing, and it takes half a second.
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    levels = sorted({item for row in rows for item in row.items()} | set(starting.of))
    steps, least = _steps(levels)
    place = {level: at + 1 for at, level in enumerate(levels)}
    columns = [[0, *(place[item] for item in row.items())] for row in rows]
    ends = np.concatenate(([0], np.cumsum([len(row) for row in columns])))
    seen = csr_matrix(
        (np.ones(ends[-1]), np.concatenate(columns), ends), (len(rows), len(levels) + 1)
    )
    answers = np.array(right, dtype=float)
    held = np.array([starting.start, *(starting.of.get(level, 0.0) for level in levels)])

    def loss(taken: np.ndarray) -> tuple[float, np.ndarray]:
        points = steps @ taken
        sums = seen @ points
        away = points - held
        away[0] = 0.0
        value = np.sum(np.logaddexp(0, sums) - answers * sums) + TIES * away @ away / 2
        slope = seen.T @ (1 / (1 + np.exp(-sums)) - answers) + TIES * away
        return float(value), steps.T @ slope

    near = guess or starting
    nearer = np.array([near.start, *(near.of.get(level, 0.0) for level in levels)])
    first = np.linalg.lstsq(steps.toarray(), nearer, rcond=None)[0]
    bounds = [(low, None) for low in least]
    found = minimize(
        loss, np.maximum(first, [-np.inf if low is None else low for low in least]), jac=True,
        method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 20_000, "maxfun": 40_000, "ftol": 1e-13, "gtol": 1e-7},
    )  # fmt: skip
    points = np.round(steps @ found.x, 2) + 0.0
    return Points(float(points[0]), {level: float(points[place[level]]) for level in levels})


def _steps(levels: Sequence[tuple[str, str]]) -> tuple[csr_matrix, list[float | None]]:
    """From what is learned to points: the level of an ordered observation is the one before it and
    a step that is not below 0. The matrix, and the least value of each thing learned."""
    entries = [(0, 0)]
    least: list[float | None] = [None]
    before: dict[str, list[int]] = {}
    known = dict.fromkeys(levels)
    ordered = [
        (name, level) for name, of in ORDERED.items() for level in of if (name, level) in known
    ]
    free = [level for level in levels if level not in set(ordered)]
    place = {level: at + 1 for at, level in enumerate(levels)}
    for name, level in (*ordered, *free):
        column = len(least)
        has_order = level in ORDERED.get(name, ())
        chain = before.setdefault(name, []) if has_order else []
        least.append(0.0 if chain else None)
        chain.append(column)
        entries += [(place[name, level], each) for each in chain]
    from scipy.sparse import csr_matrix

    rows, columns = zip(*entries, strict=True)
    size = len(levels) + 1
    return csr_matrix((np.ones(len(rows)), (rows, columns)), (size, size)), least


def written(points: Mapping[str, Points]) -> str:
    """The text of a table of points."""
    return "".join(_lines(points))


def _lines(points: Mapping[str, Points]) -> Iterator[str]:
    yield from _HEAD
    for question, table in points.items():
        yield f"{question}\t{START}\t\t{table.start:.2f}\n"
        for (name, level), each in sorted(table.of.items(), key=_in_order):
            if each:
                yield f"{question}\t{name}\t{level}\t{each:.2f}\n"


def _in_order(item: tuple[tuple[str, str], float]) -> tuple[str, int, str]:
    (name, level), _ = item
    order = ORDERED.get(name, ())
    return name, order.index(level) if level in order else -1, level


_HEAD: Final = (
    "# What each observation says, in points: logarithms of odds, which add up"
    " (docs/matching.md).\n",
    "# Made by `make weights` from the labelled pairs; not to be written by hand.\n",
    "# question, observation, level, points\n",
)


# --- What is learned from -------------------------------------------------------------------------


def examples() -> list[Example]:
    """The written pairs that are not held back, and the half for developing of the labelled set."""
    found: list[Example] = []
    for name in written_pairs.SETS:
        chosen = written_pairs.pairs(name)
        weigh = CandidateIndex([pair.file for pair in chosen]).rarity
        found += [
            Example(
                read_on_record(pair.vinyl, pair.record),
                read_digital(pair.file),
                weigh,
                pair.truth in written_pairs.THERE,
                pair.truth == OWNED,
            )
            for pair in chosen
            if not pair.is_held_back and pair.truth != REVIEW
        ]
    return found + list(_of_the_labelled_half())


_COMPARED: Final = 40


def _of_the_labelled_half() -> Iterator[Example]:
    half = labelled.half(labelled.DEV)
    index = CandidateIndex(half.library)
    place = {file.digital_id: number for number, file in enumerate(half.library)}
    for row in half.rows:
        if row.open:
            continue
        right = sorted(place[digital_id] for digital_id in row.exact | row.others)
        near = index.candidates(row.track, _COMPARED)
        for number in dict.fromkeys([*near, *right]):
            file = half.library[number]
            yield Example(
                read_on_record(row.track, [row.track]),
                read_digital(file),
                index.rarity,
                file.digital_id in row.exact | row.others,
                file.digital_id in row.exact,
            )


def seen_brackets() -> list[SeenBracket]:
    """The written brackets that are not held back, and that no list of words decides."""
    found: list[SeenBracket] = []
    for bracket in written_pairs.brackets():
        if bracket.is_held_back or bracket.label not in ("take", "subtitle"):
            continue
        read = read_vinyl(bracket.track, siblings=bracket.siblings)
        if read.readings and read.readings[0].title.subtitles:
            said = read.readings[0].title.subtitles[-1]
            seen = observe_take(
                said, read.readings[0], read.surroundings, Subtitles.ON_RECORD, UNKNOWN
            )
            found.append(SeenBracket(seen, bracket.label == "take"))
    return found


def learned() -> str:
    """The text of the table that the pairs give."""
    starting = read_points(
        STARTING_FILE.read_text(encoding="utf-8").splitlines(), STARTING_FILE.name
    )
    return written(learn(examples(), seen_brackets(), starting))


def main() -> int:
    """Writes the table; with `--check` only says whether it is what the pairs give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it has changed")
    is_check = parser.parse_args().check
    text = learned()
    if is_check:
        return int(text != POINTS_FILE.read_text(encoding="utf-8"))
    POINTS_FILE.write_text(text, encoding="utf-8")
    print(f"{POINTS_FILE.name}: {len(text.splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
