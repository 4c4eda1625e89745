"""An answer's way over the wire, when it is more than one right answer in one piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from musictool_pipeline.demo.http_answer import HttpAnswer


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent for this long."""

    seconds: float


class Ending(Enum):
    """How a connection ends after an answer that does not leave it open."""

    CLOSE = auto()
    RESET = auto()
    """TCP RST, as from a crashed peer or a middlebox."""
    HANG = auto()
    """Silence with the connection open, until either side gives up."""


Step = bytes | Pause | Ending


@dataclass(frozen=True, slots=True)
class Transmission:
    """One answer's way over the wire; `status` is 0 when no status line goes out."""

    status: int
    steps: Iterable[Step]


ABANDONED = Transmission(0, (Ending.CLOSE,))


def whole(answer: HttpAnswer, packed: bool) -> Transmission:
    """The way when nothing goes wrong."""
    return Transmission(answer.status, (answer.sent(packed),))


def redirect(status: int, location: str) -> HttpAnswer:
    """An answer that leads elsewhere."""
    return HttpAnswer(status, headers=(("Location", location),))


def instead_of(right: HttpAnswer, answer: HttpAnswer) -> HttpAnswer:
    """`answer` under the rate-limit headers of the right one, which every answer carries."""
    return answer.plus(*(pair for pair in right.headers if pair[0].startswith("X-Discogs-")))
