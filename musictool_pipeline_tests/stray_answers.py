"""Answers that nobody asked for, or that come late, as faults of the stand-in.

HTTP/1.1 does not number its answers: on a connection that is used again, such an answer would be
read as the one to the next request. The stand-in reads that request only when it has sent all, so
an answer after a pause comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from musictool_pipeline.core.discogs.answers import status_line
from musictool_pipeline.demo.http_answer import HttpAnswer
from musictool_pipeline_tests.stand_in.faults import Fault
from musictool_pipeline_tests.stand_in.wire import Pause, Step, Transmission, instead_of

GONE = HttpAnswer.message(404, "Release not found.")


def sent_bytes(answer: HttpAnswer, packed: bool = False) -> bytes:
    """The whole answer as it goes over the wire."""
    return answer.sent(packed)


def interim(*statuses: int) -> bytes:
    """Interim answers, one after the other."""
    return b"".join(
        f"{status_line(status).replace('HTTP', 'HTTP/1.1')}\r\nLink: </style.css>\r\n\r\n".encode()
        for status in statuses
    )


@dataclass(frozen=True)
class Interim(Fault):
    """Interim answers, and the right one after a pause."""

    statuses: tuple[int, ...] = (103,)
    seconds: float = 0.0

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        steps = (interim(*self.statuses), Pause(self.seconds), sent_bytes(right, packed))
        return Transmission(right.status, steps)


@dataclass(frozen=True)
class Late(Fault):
    """An answer without a body, and the right one after a pause, on the same connection."""

    status: int = 204
    seconds: float = 0.01

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        first = sent_bytes(instead_of(right, HttpAnswer(self.status)))
        return Transmission(self.status, (first, Pause(self.seconds), sent_bytes(right, packed)))


@dataclass(frozen=True)
class OneTooMany(Fault):
    """The right answer, and after a pause another one; None: the right one a second time."""

    extra: HttpAnswer | None = None
    seconds: float = 0.0

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        extra = right if self.extra is None else instead_of(right, self.extra)
        return Transmission(right.status, self._steps(right, extra, packed))

    def _steps(self, right: HttpAnswer, extra: HttpAnswer, packed: bool) -> Iterator[Step]:
        first, second = sent_bytes(right, packed), sent_bytes(extra, packed)
        if not self.seconds:
            yield first + second
            return
        yield first
        yield Pause(self.seconds)
        yield second
