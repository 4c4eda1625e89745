"""A stand-in for the Discogs API on loopback, never for a network.

Here live its moving-window rate limit and its routes; its sockets are in `loopback_server`. The
server knows nothing of the pipeline and the pipeline nothing of it: they meet over HTTP alone.

    with StandIn(answers.get, limit=600) as server:
        ...  # ask server.url
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote

from musictool_pipeline.demo.http_answer import HttpAnswer
from musictool_pipeline.demo.loopback_server import ApiRequest, Handler, LoopbackServer
from musictool_pipeline.demo.sample_shelf import SampleShelf

ReleaseSource = Callable[[int], bytes | None]
"""The JSON of a release as the API would send it; None for a release that there is not."""

LIMIT_WITH_TOKEN = 60
LIMIT_WITHOUT_TOKEN = 25
"""Requests a minute, as Discogs documents them."""

_POLL_SECONDS = 0.05


class MovingWindow:
    """Counts requests over the last `seconds`. Not thread-safe."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def count(self, now: float) -> int:
        """Adds a request at `now` (seconds, never going back) and returns what the window holds.

        A request refused is added like any other, so asking on while limited prolongs the limit.
        """
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        self._times.append(now)
        return len(self._times)


class StandIn:
    """A server like the Discogs API, from `start` to `close`; also a context manager.

    answers  where releases come from
    limit    requests a minute; None: 60 with a token, 25 without
    latency  seconds before each answer, fixed or a range to draw from
    shelf    the collection of the user whose the token is; None: no user has one

    The limit counts per server, as Discogs counts per address. It comes first: a request above it
    reaches no route. Every token is good. `start` raises OSError if there is no free port.
    """

    handler: type[Handler] = Handler
    port_wanted = 0
    """Any free one."""

    def __init__(
        self,
        answers: ReleaseSource,
        *,
        limit: int | None = None,
        latency: float | tuple[float, float] = 0.0,
        shelf: SampleShelf | None = None,
    ) -> None:
        self._answers = answers
        self._limit = limit
        self._latency = latency if isinstance(latency, tuple) else (latency, latency)
        self._shelf = shelf
        self.username = "record_collector"

        self._lock = threading.Lock()  # guards the next three
        self._arrived = 0
        self._window = MovingWindow()
        self._random = random.Random(0)

        self.closing = threading.Event()
        self._server: LoopbackServer | None = None

    # -------------------------------------------------------------- starting and closing

    def start(self) -> Self:
        """Listens from here on; a second start, or one after `close`, is a RuntimeError."""
        if self._server is not None:
            raise RuntimeError("a stand-in starts only once")
        self._server = LoopbackServer(self.port_wanted, partial(self.handler, self))
        threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="stand-in", daemon=True
        ).start()
        return self

    def close(self) -> None:
        """Ends every connection, also in the midst of an answer, and stops listening."""
        if self._server is None or self.closing.is_set():
            return
        self.closing.set()
        self._server.stop()

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
        return f"http://127.0.0.1:{self.port}"

    @property
    def arrived(self) -> int:
        """How many requests have come, those still waiting for their answer included."""
        with self._lock:
            return self._arrived

    # -------------------------------------------------------------- one request

    def receive(self, asked: ApiRequest) -> bytes:
        """Waits as long as the answer takes, and returns it; nothing if the server closes."""
        _, used, seconds = self._arrive()
        # Outside the lock, or parallel requests would wait in turn.
        if seconds > 0 and self.closing.wait(seconds):
            return b""
        return self.answer(asked, used).sent(asked.takes_gzip)

    def _arrive(self) -> tuple[int, int, float]:
        """The request's number, how many the window holds with it, and how long it takes."""
        with self._lock:
            self._arrived += 1
            used = self._window.count(time.monotonic())
            return self._arrived, used, self._random.uniform(*self._latency)

    def answer(self, asked: ApiRequest, used: int) -> HttpAnswer:
        """The right answer to a request, with which the window holds `used`."""
        limit = self._limit_for(asked)
        shown = min(used, limit)
        answer = self._route(asked) if used <= limit else too_many_requests()
        return answer.plus(
            ("X-Discogs-Ratelimit", str(limit)),
            ("X-Discogs-Ratelimit-Used", str(shown)),
            ("X-Discogs-Ratelimit-Remaining", str(limit - shown)),
        )

    def _limit_for(self, asked: ApiRequest) -> int:
        if self._limit is not None:
            return self._limit
        return LIMIT_WITH_TOKEN if self.is_good(asked.token) else LIMIT_WITHOUT_TOKEN

    def is_good(self, token: str | None) -> bool:
        """True if the token would let its owner in."""
        return token is not None

    # -------------------------------------------------------------- the routes

    def _route(self, asked: ApiRequest) -> HttpAnswer:
        if not asked.user_agent:
            return HttpAnswer(200)  # as Discogs does: no word about what is missing
        for pattern, answer in _ROUTES:
            if match := pattern.fullmatch(asked.path):
                return answer(self, asked, *match.groups())
        return HttpAnswer.message(404, "The requested resource was not found.")

    def _release(self, asked: ApiRequest, release_id: str) -> HttpAnswer:
        if asked.token is not None and not self.is_good(asked.token):
            return HttpAnswer.message(
                401, "Invalid consumer token. Please register an app before making requests."
            )
        return self.release(int(release_id))

    def release(self, release_id: int) -> HttpAnswer:
        """What is known of a release."""
        body = self._answers(release_id)
        return (
            HttpAnswer.message(404, "Release not found.") if body is None else HttpAnswer(200, body)
        )

    def _identity(self, asked: ApiRequest) -> HttpAnswer:
        if not self.is_good(asked.token):
            return HttpAnswer.message(401, "You must authenticate to access this resource.")
        identity = {
            "id": 1,
            "username": self.username,
            "resource_url": f"{self.url}/users/{self.username}",
            "consumer_name": "Stand-in",
        }
        return HttpAnswer(200, json.dumps(identity).encode())

    def _folders(self, asked: ApiRequest, username: str) -> HttpAnswer:
        shelf = self._shelf_for(asked, username)
        if isinstance(shelf, HttpAnswer):
            return shelf
        return HttpAnswer.of({"folders": shelf.folders_for(owner=self._is_owner(asked))})

    def _fields(self, asked: ApiRequest, username: str) -> HttpAnswer:
        shelf = self._shelf_for(asked, username)
        if isinstance(shelf, HttpAnswer):
            return shelf
        return HttpAnswer.of({"fields": shelf.fields_for(owner=self._is_owner(asked))})

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
        return HttpAnswer.of(found)

    def _shelf_for(self, asked: ApiRequest, username: str) -> SampleShelf | HttpAnswer:
        if asked.token is not None and not self.is_good(asked.token):
            return HttpAnswer.message(401, "You must authenticate to access this resource.")
        shelf = self._shelf
        if shelf is None or unquote(username) != shelf.username:
            return HttpAnswer.message(404, "User does not exist or may have been deleted.")
        if shelf.private and not self._is_owner(asked):
            return HttpAnswer.message(403, "You don't have permission to access this resource.")
        return shelf

    def _is_owner(self, asked: ApiRequest) -> bool:
        shelf = self._shelf
        return self.is_good(asked.token) and shelf is not None and shelf.username == self.username


RELEASE_PATH = re.compile(r"/releases/([0-9]{1,18})")

_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., HttpAnswer]], ...] = (
    (RELEASE_PATH, StandIn._release),
    (re.compile(r"/oauth/identity"), StandIn._identity),
    (re.compile(r"/users/([^/]+)/collection/folders"), StandIn._folders),
    (re.compile(r"/users/([^/]+)/collection/fields"), StandIn._fields),
    (re.compile(r"/users/([^/]+)/collection/folders/0/releases"), StandIn._copies),
)
"""A path's pattern, and the method that gets the request and the pattern's groups."""


def too_many_requests() -> HttpAnswer:
    """The API's 429."""
    return HttpAnswer.message(429, "You are making requests too quickly.")
