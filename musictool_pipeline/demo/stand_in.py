"""A stand-in for the Discogs API on loopback: for the demo and for tests, never for a network.

Here live the server, its moving-window rate limit and its routes. What goes wrong on demand is in
`faults`, what was asked is in `request_log`. The server knows nothing of
the pipeline and the pipeline nothing of it: they meet over HTTP alone.

    with StandIn(answers.get, limit=600) as server:
        ...  # ask server.url; look at server.requests
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import random
import re
import socket
import socketserver
import struct
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, unquote

from musictool_pipeline.demo.faults import (
    Ending,
    Fault,
    FaultPlan,
    HttpAnswer,
    Pause,
    Transmission,
    too_many_requests,
)
from musictool_pipeline.demo.request_log import LoggedRequest, RequestLog
from musictool_pipeline.demo.sample_shelf import SampleShelf

ReleaseSource = Callable[[int], bytes | None]
"""The JSON of a release as the API would send it; None for a release that there is not."""

LIMIT_WITH_TOKEN = 60
LIMIT_WITHOUT_TOKEN = 25
"""Requests a minute, as Discogs documents them."""

_POLL_SECONDS = 0.05
_CLOSING_SECONDS = 0.5
_ABANDONED = Transmission(0, (Ending.CLOSE,))


class MovingWindow:
    """Counts requests over the last `seconds`. Not thread-safe.

    `foreign_per_minute` requests of other programs are spread so evenly that the window always
    holds their share.
    """

    def __init__(self, seconds: float = 60.0, foreign_per_minute: float = 0.0) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()
        self._foreign = 0
        self.set_foreign(foreign_per_minute)

    def set_foreign(self, per_minute: float) -> None:
        self._foreign = round(per_minute * self._seconds / 60)

    def count(self, now: float, requests: int = 1) -> int:
        """Adds `requests` at `now` (seconds, never going back) and returns what the window holds.

        A request refused is added like any other, so asking on while limited prolongs the limit.
        """
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        self._times.extend([now] * requests)
        return len(self._times) + self._foreign


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One GET request, as far as an answer can depend on it."""

    path: str
    query: str
    token: str | None
    user_agent: str
    takes_gzip: bool

    @classmethod
    def read(cls, target: str, headers: Message) -> ApiRequest:
        """From a request's target and headers."""
        token = re.fullmatch(r"Discogs\s+token=(\S+)\s*", headers.get("Authorization", ""), re.I)
        codings = headers.get("Accept-Encoding", "").lower().split(",")
        return cls(
            path=target.partition("?")[0],
            query=target.partition("?")[2],
            token=token[1] if token else None,
            user_agent=headers.get("User-Agent", "").strip(),
            takes_gzip=any(coding.partition(";")[0].strip() == "gzip" for coding in codings),
        )


class StandIn:
    """A server like the Discogs API, from `start` to `close`; also a context manager.

    answers          where releases come from
    host, port       an IPv4 loopback address; port 0 takes a free one
    limit            requests in `window` seconds; None: 60 with a token, 25 without
    count_at         whether a request counts when it arrives or when its answer begins
    foreign          requests a minute that other programs take from the limit
    retry_after      the text of Retry-After on a 429 for the limit; None: no such header
    latency          seconds before each answer, fixed or a range to draw from with `seed`
    faults           which request for a release meets which fault
    merged           releases that were merged into another: 301 to the new id
    merged_location  whether that redirect's Location is a path or a whole URL
    accepted_tokens  the only good tokens; None: every token is good
    username         whose token it is, says /oauth/identity
    shelf            the collection of the user whom it belongs to; None: nobody has one
    log_file         where each request is appended as a JSON line

    The limit counts per server, as Discogs counts per address. It comes first: a request above
    it reaches neither faults nor routes. The constructor raises ValueError for an address that is
    not loopback or no port, `start` OSError if the port is taken or the log file cannot be opened.
    """

    def __init__(
        self,
        answers: ReleaseSource,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limit: int | None = None,
        window: float = 60.0,
        count_at: Literal["arrival", "response"] = "arrival",
        foreign: float = 0.0,
        retry_after: str | None = None,
        latency: float | tuple[float, float] = 0.0,
        seed: int = 0,
        faults: FaultPlan | None = None,
        merged: Mapping[int, int] | None = None,
        merged_location: Literal["relative", "absolute"] = "relative",
        accepted_tokens: Collection[str] | None = None,
        username: str = "record_collector",
        shelf: SampleShelf | None = None,
        log_file: Path | None = None,
    ) -> None:
        self._answers = answers
        if not 0 <= port <= 65535:
            raise ValueError(f"there is no port {port}")
        self._address = (_loopback(host), port)
        self._limit = limit
        self._count_at_arrival = count_at == "arrival"
        self._retry_after = retry_after
        self._latency = latency if isinstance(latency, tuple) else (latency, latency)
        self._merged = merged or {}
        self._merged_location = merged_location
        self._accepted_tokens = accepted_tokens
        self._username = username
        self._shelf = shelf
        self._log_file = log_file

        self._lock = threading.Lock()  # guards the next five
        self._arrived = 0
        self._window = MovingWindow(window, foreign)
        self._random = random.Random(seed)
        self._faults = faults or FaultPlan()
        self._attempts: Counter[int | str] = Counter()

        self._log = RequestLog()
        self._closing = threading.Event()
        self._server: _Server | None = None

    # -------------------------------------------------------------- for whoever runs it

    def start(self) -> Self:
        """Listens from here on; a second start, or one after `close`, is a RuntimeError."""
        if self._server is not None:
            raise RuntimeError("a stand-in starts only once")
        self._log = RequestLog(self._log_file)
        try:
            self._server = _Server(self._address, partial(_Handler, self, self._closing))
        except OSError:
            self._log.close()
            raise
        threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="stand-in", daemon=True
        ).start()
        return self

    def close(self) -> None:
        """Ends every connection, whatever its answer was up to, and stops listening."""
        if self._server is None or self._closing.is_set():
            return
        self._closing.set()
        self._server.stop()
        self._log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port it listens on; RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the stand-in has not been started")
        return self._server.server_port

    @property
    def url(self) -> str:
        """The base URL, with no slash at its end; RuntimeError before `start`."""
        return f"http://{self._address[0]}:{self.port}"

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request whose answer has begun, in the order of arrival.

        A request is in it before its client sees the first byte.
        """
        return self._log.entries()

    @property
    def arrived(self) -> int:
        """How many requests have come, those still waiting for their answer included."""
        with self._lock:
            return self._arrived

    def set_faults(self, plan: FaultPlan | None) -> None:
        """From now on faults follow `plan` (None: none), with attempts counted from 1 again."""
        with self._lock:
            self._faults = plan or FaultPlan()
            self._attempts.clear()

    def set_shelf(self, shelf: SampleShelf | None) -> None:
        """From now on this is the collection, also for readers in the middle of it."""
        self._shelf = shelf

    def set_foreign(self, per_minute: float) -> None:
        """Other programs take so many requests a minute, as if they had for a while."""
        with self._lock:
            self._window.set_foreign(per_minute)

    def spend_elsewhere(self, requests: int) -> None:
        """Another program makes so many requests at this moment."""
        with self._lock:
            self._window.count(time.monotonic(), requests)

    # -------------------------------------------------------------- one request

    def receive(self, asked: ApiRequest) -> Transmission:
        """Waits as long as the answer takes, logs the request and returns what to send."""
        with self._lock:
            self._arrived += 1
            number = self._arrived
            arrived = time.monotonic()
            used = self._window.count(arrived) if self._count_at_arrival else 0
            seconds = self._random.uniform(*self._latency)
        # Outside the lock, or parallel requests would wait in turn.
        closed = seconds > 0 and self._closing.wait(seconds)
        if not self._count_at_arrival and not closed:
            with self._lock:
                used = self._window.count(time.monotonic())

        release_id = _release_id(asked.path)
        transmission, fault = (
            (_ABANDONED, None) if closed else self._decide(asked, release_id, used)
        )
        self._log.add(
            LoggedRequest(
                number=number,
                arrived=arrived,
                answered=time.monotonic() if transmission.status else None,
                path=asked.path,
                release_id=release_id,
                status=transmission.status,
                fault=fault,
                had_token=asked.token is not None,
                user_agent=asked.user_agent,
                used=used,
            )
        )
        return transmission

    def _decide(
        self, asked: ApiRequest, release_id: int | None, used: int
    ) -> tuple[Transmission, str | None]:
        """What to send, and the name of the fault in it."""
        limit = self._limit_for(asked)
        shown = min(used, limit)
        rate = (
            ("X-Discogs-Ratelimit", str(limit)),
            ("X-Discogs-Ratelimit-Used", str(shown)),
            ("X-Discogs-Ratelimit-Remaining", str(limit - shown)),
        )
        if used > limit:
            answer = too_many_requests(self._retry_after).plus(*rate)
            return answer.sent(asked.takes_gzip), None
        right = self._route(asked).plus(*rate)
        part = _part_of_collection(asked) if release_id is None else None
        fault = self._next_fault(part if release_id is None else release_id)
        if fault is None:
            return right.sent(asked.takes_gzip), None
        return fault.spoil(right, asked.takes_gzip), fault.name

    def _limit_for(self, asked: ApiRequest) -> int:
        if self._limit is not None:
            return self._limit
        return LIMIT_WITH_TOKEN if self._is_good(asked.token) else LIMIT_WITHOUT_TOKEN

    def _is_good(self, token: str | None) -> bool:
        if token is None:
            return False
        return self._accepted_tokens is None or token in self._accepted_tokens

    def _next_fault(self, subject: int | str | None) -> Fault | None:
        """For a release's id or a part of the collection; nothing else goes wrong."""
        if subject is None:
            return None
        with self._lock:
            self._attempts[subject] += 1
            plan, attempt = self._faults, self._attempts[subject]
        if isinstance(subject, str):
            return plan.fault_for_collection(subject, attempt)
        return plan.fault_for(subject, attempt)

    # -------------------------------------------------------------- the routes

    def _route(self, asked: ApiRequest) -> HttpAnswer:
        if not asked.user_agent:
            return HttpAnswer(200)  # as Discogs does: no word about what is missing
        for pattern, answer in _ROUTES:
            if match := pattern.fullmatch(asked.path):
                return answer(self, asked, *match.groups())
        return HttpAnswer.message(404, "The requested resource was not found.")

    def _release(self, asked: ApiRequest, release_id: str) -> HttpAnswer:
        if asked.token is not None and not self._is_good(asked.token):
            return HttpAnswer.message(
                401, "Invalid consumer token. Please register an app before making requests."
            )
        if (new_id := self._merged.get(int(release_id))) is not None:
            base = self.url if self._merged_location == "absolute" else ""
            return HttpAnswer.redirect(301, f"{base}/releases/{new_id}")
        body = self._answers(int(release_id))
        return (
            HttpAnswer.message(404, "Release not found.") if body is None else HttpAnswer(200, body)
        )

    def _identity(self, asked: ApiRequest) -> HttpAnswer:
        if not self._is_good(asked.token):
            return HttpAnswer.message(401, "You must authenticate to access this resource.")
        identity = {
            "id": 1,
            "username": self._username,
            "resource_url": f"{self.url}/users/{self._username}",
            "consumer_name": "Stand-in",
        }
        return HttpAnswer(200, json.dumps(identity).encode())

    def _folders(self, asked: ApiRequest, username: str) -> HttpAnswer:
        shelf = self._shelf_for(asked, username)
        if isinstance(shelf, HttpAnswer):
            return shelf
        return _json({"folders": shelf.folders_for(owner=self._is_owner(asked))})

    def _fields(self, asked: ApiRequest, username: str) -> HttpAnswer:
        shelf = self._shelf_for(asked, username)
        if isinstance(shelf, HttpAnswer):
            return shelf
        return _json({"fields": shelf.fields_for(owner=self._is_owner(asked))})

    def _copies(self, asked: ApiRequest, username: str) -> HttpAnswer:
        shelf = self._shelf_for(asked, username)
        if isinstance(shelf, HttpAnswer):
            return shelf
        query = parse_qs(asked.query)
        page, per_page = (int(query.get(each, ["0"])[0]) for each in ("page", "per_page"))
        per_page = min(100, per_page or 50)
        found = shelf.page(max(1, page), per_page, owner=self._is_owner(asked))
        if found is None:
            return HttpAnswer.message(404, "That page does not exist.")
        return _json(found)

    def _shelf_for(self, asked: ApiRequest, username: str) -> SampleShelf | HttpAnswer:
        if asked.token is not None and not self._is_good(asked.token):
            return HttpAnswer.message(401, "You must authenticate to access this resource.")
        shelf = self._shelf
        if shelf is None or unquote(username) != shelf.username:
            return HttpAnswer.message(404, "User does not exist or may have been deleted.")
        if shelf.private and not self._is_owner(asked):
            return HttpAnswer.message(403, "You don't have permission to access this resource.")
        return shelf

    def _is_owner(self, asked: ApiRequest) -> bool:
        shelf = self._shelf
        return self._is_good(asked.token) and shelf is not None and shelf.username == self._username


_RELEASE_PATH = re.compile(r"/releases/([0-9]{1,18})")

_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., HttpAnswer]], ...] = (
    (_RELEASE_PATH, StandIn._release),
    (re.compile(r"/oauth/identity"), StandIn._identity),
    (re.compile(r"/users/([^/]+)/collection/folders"), StandIn._folders),
    (re.compile(r"/users/([^/]+)/collection/fields"), StandIn._fields),
    (re.compile(r"/users/([^/]+)/collection/folders/0/releases"), StandIn._copies),
)
"""A path's pattern, and the method that gets the request and the pattern's groups."""


def _release_id(path: str) -> int | None:
    match = _RELEASE_PATH.fullmatch(path)
    return int(match[1]) if match else None


def _part_of_collection(asked: ApiRequest) -> str | None:
    """`folders`, `fields`, or the number of a page of copies; None for anything else."""
    match = re.fullmatch(r"/users/[^/]+/collection/(folders|fields)(/0/releases)?", asked.path)
    if match is None:
        return None
    return parse_qs(asked.query).get("page", ["1"])[0] if match[2] else match[1]


def _json(payload: object) -> HttpAnswer:
    return HttpAnswer(200, json.dumps(payload, ensure_ascii=False).encode())


def _loopback(host: str) -> str:
    # "localhost" is not looked up: a hosts file may point it anywhere.
    address = "127.0.0.1" if host == "localhost" else host
    try:
        is_loopback = ipaddress.IPv4Address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(f"the stand-in listens on IPv4 loopback only, not on {host!r}")
    return address


# ------------------------------------------------------------------ sockets


class _Server(ThreadingHTTPServer):
    """Remembers the open connections, so that closing need not wait for any client."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: Callable[..., _Handler]) -> None:
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which looks up the host's name and may wait for a DNS server.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:  # before the thread starts, or closing could overlook it
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._changed.notify_all()

    def stop(self) -> None:
        """Wakes whoever accepts, reads or writes, then waits for the threads, but not for long."""
        _shut_down(self.socket)  # or `shutdown` waits for the next poll
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._open:
                _shut_down(connection)
            self._changed.wait_for(lambda: not self._open, _CLOSING_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away is everyday life here; anything else is a mistake to be seen.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection and plays the answers' steps onto it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, stand_in: StandIn, closing: threading.Event, *args: Any) -> None:
        self._stand_in = stand_in
        self._closing = closing
        super().__init__(*args)  # which handles the whole connection

    def do_GET(self) -> None:
        asked = ApiRequest.read(self.path, self.headers)
        for step in self._stand_in.receive(asked).steps:
            if isinstance(step, bytes):
                self.connection.sendall(step)
            elif isinstance(step, Pause):
                if self._closing.wait(step.seconds):
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

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """For what is no GET request: JSON in place of the base class's page."""
        self.close_connection = True
        answer = HttpAnswer.message(code, message or "This request makes no sense.")
        self.connection.sendall(answer.plus(("Connection", "close")).head() + answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr: the request log has it all."""


def _shut_down(connection: socket.socket) -> None:
    # The client may have been faster, and not every system takes this for a listening socket.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
