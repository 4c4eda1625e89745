"""How well confidences hold: of what is said to be 90 % sure, how much is right?

    python -m musictool_pipeline_tests.core.matching.reliability

What belongs here: judging the held-back pairs once, and the two drawings of docs/matching.md with
their table. They are SVG, written as text: the same pairs make the same bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import MISSING, REVIEW
from musictool_pipeline.core.matching.weighing.points import points
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.core.matching import written_pairs
from musictool_pipeline_tests.core.matching.builders import digital, vinyl

PAGE: Final = PROJECT_ROOT / "docs" / "matching.md"
PICTURES: Final = PROJECT_ROOT / "docs" / "pictures"
BEGIN, END = "<!-- reliability -->\n", "<!-- /reliability -->"

EDGES: Final = (0, 50, 60, 70, 80, 90, 95, 98, 101)


@dataclass(frozen=True)
class Told:
    """One answer: how sure it was, from 0 to 100, and whether it was right."""

    confidence: int
    is_right: bool


@dataclass(frozen=True)
class Bin:
    """The answers between two confidences."""

    low: int
    high: int
    told: tuple[Told, ...]

    @property
    def said(self) -> float:
        """The mean confidence, 0 to 1."""
        return sum(each.confidence for each in self.told) / len(self.told) / 100

    @property
    def right(self) -> float:
        """The share that was right, 0 to 1."""
        return sum(each.is_right for each in self.told) / len(self.told)


def answers(pairs: Iterable[written_pairs.Pair]) -> Iterator[Told]:
    """The answers on pairs that can be told; one put to review is none."""
    for pair in pairs:
        verdict = written_pairs.judged(pair)
        if pair.truth == REVIEW or verdict.status == REVIEW:
            continue
        said = written_pairs.NONE if verdict.status == MISSING else verdict.status
        yield Told(verdict.confidence, said == pair.truth)


def bins(told: Sequence[Told]) -> list[Bin]:
    """The answers by confidence, without those that hold none."""
    found = [
        Bin(low, high, tuple(each for each in told if low <= each.confidence < high))
        for low, high in itertools.pairwise(EDGES)
    ]
    return [each for each in found if each.told]


def calibration_error(found: Sequence[Bin]) -> float:
    """By how much confidence and share differ, on average over all answers (0 to 1)."""
    total = sum(len(each.told) for each in found)
    return sum(len(each.told) * abs(each.said - each.right) for each in found) / total


def table(found: Sequence[Bin]) -> str:
    """The table of docs/matching.md."""
    rows = [
        f"| {each.low} to {min(each.high, 101) - 1} | {len(each.told)} | {each.right:.0%} |"
        for each in found
    ]
    head = "| confidence | answers | of these right |\n|---|---:|---:|\n"
    error = f"\n\nOn average confidence and share differ by {calibration_error(found):.3f}.\n\n"
    return f"\n{head}" + "\n".join(rows) + error


# --- Drawings -------------------------------------------------------------------------------------

_STYLE: Final = (
    "<style>text{font:13px sans-serif;fill:#444}.n{font-size:11px;fill:#777}"
    ".for{fill:#4a7c59}.against{fill:#b4543a}@media(prefers-color-scheme:dark)"
    "{text{fill:#ccc}.n{fill:#999}}</style>"
)


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    lines = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'width="{width}" height="{height}"><title>{escape(title)}</title>\n'
        f"{_STYLE}\n{lines}\n</svg>\n"
    )


def drawing(found: Sequence[Bin]) -> str:
    """Confidence to the right, the share that was right upwards; the line is where both agree."""
    side, left, top = 360, 60, 20

    def at(x: float, y: float) -> tuple[float, float]:
        return round(left + side * x, 1), round(top + side * (1 - y), 1)

    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    parts = [
        f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="#999"/>',
        f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#999" stroke-dasharray="4"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        (x, bottom), (_, y) = at(tick, 0), at(0, tick)
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tick:.0%}</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:.0%}</text>')
    for each in found:
        x, y = at(each.said, each.right)
        radius = round(3 + len(each.told) ** 0.5 / 2, 1)
        parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" class="for" fill-opacity=".75"/>')
        parts.append(f'<text x="{x - radius - 4}" y="{y + 4}" text-anchor="end" class="n">'
                     f"{len(each.told)}</text>")  # fmt: skip
    parts.append(
        f'<text x="{left + side / 2}" y="{top + side + 40}" text-anchor="middle">confidence</text>'
    )
    parts.append(
        f'<text transform="translate(14 {top + side / 2}) rotate(-90)" text-anchor="middle">'
        "of these right</text>"
    )
    return _svg(left + side + 30, top + side + 56, "How well confidences hold", parts)


def evidence() -> str:
    """How the points of one example add up."""
    track = vinyl("The Jimi Hendrix Experience", "The Wind Cries Mary", seconds=200)
    file = digital("Jimi Hendrix", "The Wind Cry's Mary", path="/Music/a.mp3", seconds=202)
    explained = Matcher([file]).explain(track)[0]
    seen = explained.seen
    steps = [("to begin with", points()["recording"].start)]
    steps += [(f"{name}: {level}", each) for name, level, each in points()["recording"].each(seen)]
    steps = [step for step in steps if abs(step[1]) >= 0.05]
    scale, middle, row = 34, 420, 24
    parts: list[str] = []
    total = 0.0
    for place, (name, each) in enumerate(steps):
        start, total = total, total + each
        x = round(middle + scale * min(start, total), 1)
        y = 30 + row * place
        kind = "for" if each > 0 else "against"
        parts.append(f'<text x="280" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(
            f'<rect x="{x}" y="{y}" width="{round(scale * abs(each), 1)}" height="16" '
            f'class="{kind}"/>'
        )
        parts.append(f'<text x="290" y="{y + 13}" class="n">{each:+.2f}</text>')
    bottom = 30 + row * len(steps)
    parts.append(f'<line x1="{middle}" y1="22" x2="{middle}" y2="{bottom}" stroke="#999"/>')
    parts.append(
        f'<text x="280" y="{bottom + 18}" text-anchor="end">together {total:+.2f}: '
        f"{1 / (1 + 2.718281828459045**-total):.0%} sure</text>"
    )
    return _svg(780, bottom + 34, "How evidence adds up", parts)


def main() -> None:
    """Judges what was held back, and writes the drawings and the table."""
    found = bins(list(answers(written_pairs.held_back())))
    (PICTURES / "reliability.svg").write_text(drawing(found), encoding="utf-8")
    (PICTURES / "evidence.svg").write_text(evidence(), encoding="utf-8")
    _put(PAGE, table(found))
    print(table(found))


def _put(page: Path, text: str) -> None:
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
