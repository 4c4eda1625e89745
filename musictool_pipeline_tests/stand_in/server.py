"""The stand-in with all that a test can ask of it."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import parse_qs

from musictool_pipeline.demo import stand_in as demo
from musictool_pipeline.demo.http_answer import HttpAnswer
from musictool_pipeline.demo.loopback_server import ApiRequest, Handler
from musictool_pipeline.demo.sample_shelf import SampleShelf
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import Fault
from musictool_pipeline_tests.stand_in.request_log import LoggedRequest
from musictool_pipeline_tests.stand_in.wire import (
    ABANDONED,
    Ending,
    Pause,
    Transmission,
    redirect,
    whole,
)


class _SharedWindow(demo.MovingWindow):
    """`foreign` requests a minute of other programs are spread so evenly that the window always
    holds them."""

    def __init__(self, foreign: int) -> None:
        super().__init__()
        self._foreign = foreign

    def count(self, now: float) -> int:
        return super().count(now) + self._foreign


class _Player(Handler):
    """Plays the answers' steps onto the connection."""

    stand_in: StandIn

    def play(self, asked: ApiRequest) -> None:
        for step in self.stand_in.transmission(asked).steps:
            if isinstance(step, bytes):
                self.connection.sendall(step)
            elif isinstance(step, Pause):
                if self.stand_in.closing.wait(step.seconds):
                    self.close_connection = True
                    return
            else:
                self._end(step)
                return

    def _end(self, ending: Ending) -> None:
        self.close_connection = True
        if ending is Ending.HANG:
            # Until the client closes, or closing the server shuts the connection down.
            while self.connection.recv(4096):
                pass
        elif ending is Ending.RESET:
            # With no time to linger, closing sends a reset. The descriptor is closed itself: the
            # socket object would wait for its reader, and the server would send a FIN first.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            socket.close(self.connection.detach())


class StandIn(demo.StandIn):
    """The demo's, and besides:

    port             another than any free one
    foreign          requests a minute that other programs take from the limit
    seed             of the latency
    faults           which request for a release meets which fault
    merged           releases that were merged into another: 301 to the new id
    merged_location  whether that redirect's Location is a path or a whole URL
    accepted_tokens  the only good tokens; None: every token is good
    username         whose token it is

    The limit comes first: a request above it meets no fault.
    """

    handler = _Player

    def __init__(
        self,
        answers: demo.ReleaseSource,
        *,
        limit: int | None = None,
        latency: float | tuple[float, float] = 0.0,
        shelf: SampleShelf | None = None,
        port: int = 0,
        foreign: int = 0,
        seed: int = 0,
        faults: FaultPlan | None = None,
        merged: Mapping[int, int] | None = None,
        merged_location: Literal["relative", "absolute"] = "relative",
        accepted_tokens: Collection[str] | None = None,
        username: str = "record_collector",
    ) -> None:
        super().__init__(answers, limit=limit, latency=latency, shelf=shelf)
        self.port_wanted = port
        self.username = username
        self._window = _SharedWindow(foreign)
        self._random.seed(seed)
        self._merged = merged or {}
        self._merged_location = merged_location
        self._accepted_tokens = accepted_tokens
        self._wants: tuple[dict[str, Any], ...] = ()

        self._log_lock = threading.Lock()  # guards the next three
        self._faults = faults or FaultPlan()
        self._attempts: Counter[int | str] = Counter()
        self._requests: list[LoggedRequest] = []

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request whose answer has begun, in the order of arrival.

        A request is in it before its client sees the first byte.
        """
        with self._log_lock:
            return sorted(self._requests, key=lambda entry: entry.number)

    def set_faults(self, plan: FaultPlan | None) -> None:
        """From now on faults follow `plan` (None: none), with attempts counted from 1 again."""
        with self._log_lock:
            self._faults = plan or FaultPlan()
            self._attempts.clear()

    def set_shelf(self, shelf: SampleShelf | None) -> None:
        """From now on this is the collection, also for readers in the middle of it."""
        self._shelf = shelf

    def set_wants(self, copies: Sequence[Mapping[str, Any]]) -> None:
        """From now on the releases of these copies are the wantlist of the collection's owner."""
        shown = ("id", "rating", "date_added", "basic_information")
        self._wants = tuple({name: copy[name] for name in shown} for copy in copies)

    def _route(self, asked: ApiRequest) -> HttpAnswer:
        if match := _WANTS_PATH.fullmatch(asked.path):
            return self._wants_page(asked, match[1])
        return super()._route(asked)

    def _wants_page(self, asked: ApiRequest, username: str) -> HttpAnswer:
        shelf = self._shelf_for(asked, username)
        if isinstance(shelf, HttpAnswer):
            return shelf
        query = parse_qs(asked.query)
        number, size = (int(query[name][0]) for name in ("page", "per_page"))
        found = replace(shelf, copies=self._wants).page(number, size, owner=True)
        if found is None:
            return HttpAnswer.message(404, "That page does not exist.")
        return HttpAnswer.of({"wants": found.pop("releases"), **found})

    def is_good(self, token: str | None) -> bool:
        if self._accepted_tokens is None:
            return super().is_good(token)
        return token in self._accepted_tokens

    def release(self, release_id: int) -> HttpAnswer:
        if (new_id := self._merged.get(release_id)) is None:
            return super().release(release_id)
        base = self.url if self._merged_location == "absolute" else ""
        return redirect(301, f"{base}/releases/{new_id}")

    def transmission(self, asked: ApiRequest) -> Transmission:
        """Waits as long as the answer takes, logs the request and returns what to send."""
        arrived = time.monotonic()
        number, used, seconds = self._arrive()
        fault = None
        transmission = ABANDONED
        if not seconds or not self.closing.wait(seconds):
            right = self.answer(asked, used)
            fault = self._next_fault(_subject(asked)) if used <= self._limit_for(asked) else None
            packed = asked.takes_gzip
            transmission = fault.spoil(right, packed) if fault else whole(right, packed)
        entry = LoggedRequest(
            number=number,
            arrived=arrived,
            answered=time.monotonic() if transmission.status else None,
            path=asked.path,
            release_id=_release_id(asked.path),
            status=transmission.status,
            fault=fault.name if fault else None,
            had_token=asked.token is not None,
            user_agent=asked.user_agent,
            used=used,
        )
        with self._log_lock:
            self._requests.append(entry)
        return transmission

    def _next_fault(self, subject: int | str | None) -> Fault | None:
        """For a release's id or a part of the collection; nothing else goes wrong."""
        if subject is None:
            return None
        with self._log_lock:
            self._attempts[subject] += 1
            plan, attempt = self._faults, self._attempts[subject]
        if isinstance(subject, str):
            return plan.fault_for_collection(subject, attempt)
        return plan.fault_for(subject, attempt)


_WANTS_PATH = re.compile(r"/users/([^/]+)/wants")


def _release_id(path: str) -> int | None:
    match = demo.RELEASE_PATH.fullmatch(path)
    return int(match[1]) if match else None


def _subject(asked: ApiRequest) -> int | str | None:
    """A release's id; `folders`, `fields`, or the number of a page of copies; `wants` for any page
    of the wantlist; None for anything else."""
    if (release_id := _release_id(asked.path)) is not None:
        return release_id
    if _WANTS_PATH.fullmatch(asked.path):
        return "wants"
    match = re.fullmatch(r"/users/[^/]+/collection/(folders|fields)(/0/releases)?", asked.path)
    if match is None:
        return None
    return parse_qs(asked.query).get("page", ["1"])[0] if match[2] else match[1]
