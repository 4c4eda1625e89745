"""The Discogs API over HTTP: one method for each endpoint, one attempt for each call.

What belongs here: the request and its manners (header, user agent, time limits, redirects, size),
and its turn in the budget. What an answer means stands in `core.answers`; trying again, and what
is asked for at all, in `storage.fetching`. The token goes into the request header and nowhere
else; no message of this module can hold it.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from io import BufferedReader
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from musictool_pipeline import __version__
from musictool_pipeline.core.answers import (
    Answer,
    DocumentAnswer,
    TryLater,
    read_answer,
    read_document,
    status_line,
)
from musictool_pipeline.core.live_collection import COPIES_A_PAGE
from musictool_pipeline.core.pace import MOST_IN_FLIGHT, MOST_THROTTLES
from musictool_pipeline.core.waiting import Wait
from musictool_pipeline.errors import AccessRefused, Throttled, TokenExposed, Unreachable
from musictool_pipeline.settings import Secret, is_on_this_machine, may_carry_token
from musictool_pipeline.storage.request_budget import RequestBudget, Turn

USER_AGENT = f"MusicToolPipeline/{__version__} +https://github.com/musictool/musictool_pipeline"
CONNECT_TIMEOUT, READ_TIMEOUT, ATTEMPT_TIMEOUT = 5.0, 30.0, 50.0
LARGEST_BODY = 10 * 1024 * 1024
MOST_REDIRECTS = 3

OnWait = Callable[[Wait], None]
A = TypeVar("A")


class Interrupted(Exception):
    """The run is being stopped; the request was not sent."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[A]):
    """An answer, how many requests it took (redirects count), and when it came."""

    answer: A
    requests: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """How many requests were sent, and how many of them were answered with a 429."""

    requests: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    content_type: str
    body: bytes
    retry_after: str | None
    location: str | None
    is_metered: bool


class _NoAnswerError(Exception):
    """Why there was none, in a few words; `reached` says whether the server was there at all."""

    def __init__(self, cause: str, *, reached: bool = True) -> None:
        super().__init__(cause)
        self.reached = reached


def _overdue() -> _NoAnswerError:
    return _NoAnswerError(f"no whole answer within {ATTEMPT_TIMEOUT:.0f} s")


class DiscogsApi:
    """The API at `api_url`, with or without a token. Safe to use from several threads.

    `stop` ends every wait early; `on_wait` is told why a request has to wait and for how long,
    where the reason is worth telling, and with `Wait(0.0)` that it is over. `sent` counts what
    went out, whatever came of it.

    Raises TokenExposed if others could read a token that is sent to this address.
    """

    def __init__(
        self,
        api_url: str,
        token: Secret | None,
        budget: RequestBudget,
        stop: threading.Event | None = None,
        on_wait: OnWait = lambda wait: None,
    ) -> None:
        if token and not may_carry_token(api_url):
            raise TokenExposed(api_url)
        self._api_url = api_url
        self._budget = budget
        self._stop = stop or threading.Event()
        self._on_wait = on_wait
        self._session = _session(_Token(token, api_url))
        self._has_token = token is not None
        self._lock = threading.Lock()
        self._sent = Sent()

    @property
    def has_token(self) -> bool:
        """Whether requests are signed."""
        return self._has_token

    @property
    def sent(self) -> Sent:
        """The requests so far; redirects count, and so do those that brought nothing."""
        return self._sent

    def release(self, release_id: int) -> Asked[Answer]:
        """What Discogs says of a release. One attempt; only redirects within the API are followed.

        Raises Throttled after three 429s in a row, Interrupted when `stop` was set.
        """

        def read(response: _Response, now: datetime, merged: bool) -> Answer:
            return read_answer(
                release_id,
                response.status,
                response.content_type,
                response.body,
                retry_after=response.retry_after,
                now=now,
                merged=merged,
                is_metered=response.is_metered,
            )

        return self._ask(f"/releases/{release_id:d}", read, release_id)

    def collection_page(self, username: str, page: int) -> Asked[DocumentAnswer]:
        """So many copies of a user's collection, pages counted from 1, in the order in which they
        were added. One attempt; raises as `release` does."""
        query = f"per_page={COPIES_A_PAGE}&page={page:d}&sort=added&sort_order=asc"
        return self._document(f"{_collection(username)}/folders/0/releases?{query}")

    def collection_folders(self, username: str) -> Asked[DocumentAnswer]:
        """The folders of a user's collection. One attempt; raises as `release` does."""
        return self._document(f"{_collection(username)}/folders")

    def collection_fields(self, username: str) -> Asked[DocumentAnswer]:
        """The fields that a user keeps for each copy. One attempt; raises as `release` does."""
        return self._document(f"{_collection(username)}/fields")

    def identity(self) -> str:
        """The user name that the token belongs to. Costs one request.

        Raises AccessRefused where Discogs does not know the token, Unreachable where there was no
        usable answer.
        """
        turn = self._wait_for_turn()
        try:
            response = self._send(turn, f"{self._api_url}/oauth/identity")
        except _NoAnswerError as error:
            raise Unreachable(f"Discogs gave no answer: {error}") from None
        status = status_line(response.status)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._book_throttle(turn, None)
        is_json = "json" in response.content_type
        if response.status == HTTPStatus.UNAUTHORIZED or (
            response.status == HTTPStatus.FORBIDDEN and is_json
        ):
            raise AccessRefused(f"Discogs refused the token: {status}")
        try:
            name = json.loads(response.body)["username"]
        except (ValueError, KeyError, TypeError, RecursionError):
            name = None
        if not isinstance(name, str) or not name:
            raise Unreachable(f"Discogs gave no usable answer: {status}")
        return name

    def _document(self, path: str) -> Asked[DocumentAnswer]:
        def read(response: _Response, now: datetime, merged: bool) -> DocumentAnswer:
            return read_document(
                response.status,
                response.content_type,
                response.body,
                retry_after=response.retry_after,
                now=now,
                is_metered=response.is_metered,
            )

        return self._ask(path, read, None)

    def _ask(
        self,
        path: str,
        read: Callable[[_Response, datetime, bool], A | TryLater],
        release_id: int | None,
    ) -> Asked[A | TryLater]:
        """One attempt: what `read` makes of the response, its time, and whether Discogs redirected
        to it."""
        url = f"{self._api_url}{path}"
        for hop in range(MOST_REDIRECTS + 1):
            turn = self._wait_for_turn()
            now = datetime.now(UTC)
            try:
                response = self._send(turn, url)
            except _NoAnswerError as error:
                answer = TryLater(release_id, str(error), reached=error.reached)
                return Asked(answer, hop + 1, now)
            now = datetime.now(UTC)
            if response.location is not None:
                url = _joined(url, response.location)
                if _origin(url) != _origin(self._api_url):
                    cause = f"{status_line(response.status)} to another host, not followed"
                    return Asked(TryLater(release_id, cause), hop + 1, now)
                continue
            answer = read(response, now, hop > 0)
            if isinstance(answer, TryLater) and answer.throttled:
                self._book_throttle(turn, answer.pause)
            else:
                self._budget.passed(turn)
            return Asked(answer, hop + 1, now)
        cause = f"redirected more than {MOST_REDIRECTS} times"
        return Asked(TryLater(release_id, cause), MOST_REDIRECTS + 1, datetime.now(UTC))

    def close(self) -> None:
        """Closes the connections, and lets go of the budget."""
        self._session.close()
        self._budget.close()

    def _wait_for_turn(self) -> Turn:
        told = False
        while not self._stop.is_set():
            turn = self._budget.next_turn()
            if isinstance(turn, Turn):
                if told:
                    self._on_wait(Wait(0.0))
                return turn
            if turn.reason or told:
                self._on_wait(turn)
                told = bool(turn.reason)
            # In short steps: another process may be told meanwhile to pause, or be done.
            self._stop.wait(min(turn.seconds, 1.0))
        raise Interrupted

    def _count(self, *, requests: int = 0, throttled: int = 0) -> None:
        with self._lock:
            self._sent = Sent(self._sent.requests + requests, self._sent.throttled + throttled)

    def _book_throttle(self, turn: Turn, pause: float | None) -> None:
        self._count(throttled=1)
        in_a_row = self._budget.throttled(turn, pause)
        if in_a_row >= MOST_THROTTLES:
            raise Throttled(f"Discogs answered {status_line(429)} {in_a_row} times in a row")

    def _send(self, turn: Turn, url: str) -> _Response:
        self._count(requests=1)
        limit = used = None
        try:
            with _deadline(ATTEMPT_TIMEOUT) as attempt:
                try:
                    with self._session.get(
                        url,
                        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                        allow_redirects=False,
                        stream=True,
                    ) as response:
                        limit = _header_number(response, "X-Discogs-Ratelimit")
                        used = _header_number(response, "X-Discogs-Ratelimit-Used")
                        location = _location(response)
                        body = b"" if location else _read_body(response)
                except (
                    requests.RequestException,
                    urllib3.exceptions.HTTPError,
                    OSError,
                    ValueError,
                ) as error:
                    if not attempt.overdue:
                        raise _no_answer(error) from None
                    raise _overdue() from None
                if attempt.overdue:
                    raise _overdue()
                return _Response(
                    status=response.status_code,
                    content_type=response.headers.get("Content-Type", ""),
                    body=body,
                    retry_after=response.headers.get("Retry-After"),
                    location=location,
                    is_metered=limit is not None,
                )
        finally:
            self._budget.answered(turn, limit=limit, used=used)


def _collection(username: str) -> str:
    return f"/users/{quote(username, safe='')}/collection"


class _Token(AuthBase):
    """Puts the token into the header of a request to the API itself, and of no other. As `auth` it
    also keeps `.netrc` from replacing it."""

    def __init__(self, token: Secret | None, api_url: str) -> None:
        self._token = token
        self._api_url = api_url

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        url = request.url or ""
        # As requests writes it: a name with other letters than ASCII has two forms.
        api_url = requests.Request("GET", self._api_url).prepare().url or ""
        if self._token and _origin(url) == _origin(api_url) and may_carry_token(url):
            request.headers["Authorization"] = f"Discogs token={self._token.reveal()}"
        return request


class _Session(requests.Session):
    def resolve_redirects(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *args: Any, **kwargs: Any
    ) -> Iterator[Any]:
        """Nothing: asked whether there is a next one, requests would read the whole body first."""
        return iter(())

    def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:
        """As the environment says, but that no proxy is asked for what is on this machine: it would
        look for it on its own."""
        merged = super().merge_environment_settings(url, *args, **kwargs)
        if is_on_this_machine(url):
            merged["proxies"] = {}
        return merged


def _session(token: _Token) -> requests.Session:
    session = _Session()
    session.auth = token
    session.headers.update(
        {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _InterruptibleAdapter(pool_connections=2, pool_maxsize=MOST_IN_FLIGHT)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _read_body(response: requests.Response) -> bytes:
    """The unpacked body. `read1` gives what has come so far, so that neither a slow server nor a
    gzip bomb makes it wait for, or unpack, more than one piece at a time."""
    body = bytearray()
    while piece := response.raw.read1(64 * 1024, decode_content=True):
        body += piece
        if len(body) > LARGEST_BODY:
            raise _NoAnswerError(f"answer larger than {LARGEST_BODY // 1024**2} MB")
    return bytes(body)


def _location(response: requests.Response) -> str | None:
    """Where a redirect leads; its body says no more, and may have no end that one could see."""
    is_redirect = response.status_code in {301, 302, 303, 307, 308}
    return response.headers.get("Location") if is_redirect else None


def _header_number(response: requests.Response, name: str) -> int | None:
    text = response.headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:  # no address at all
        return ""


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _no_answer(error: Exception) -> _NoAnswerError:
    """The kind of failure, few enough to count by. The exception's own text names addresses, and
    is of use to nobody who is not looking at the network."""
    match error:
        case requests.exceptions.SSLError():
            return _NoAnswerError(
                "no secure connection (certificate or clock wrong?)", reached=False
            )
        case requests.ConnectTimeout():
            cause = f"no connection within {CONNECT_TIMEOUT:.0f} s"
            return _NoAnswerError(cause, reached=False)
        case requests.exceptions.ProxyError():
            return _NoAnswerError("the proxy does not answer", reached=False)
        case requests.ConnectionError() if _never_connected(error):
            return _NoAnswerError("no connection", reached=False)
        case requests.Timeout() | urllib3.exceptions.TimeoutError() | TimeoutError():
            return _NoAnswerError(f"no answer within {READ_TIMEOUT:.0f} s")
        case requests.exceptions.ContentDecodingError() | urllib3.exceptions.DecodeError():
            return _NoAnswerError("answer cannot be unpacked")
        case _:
            return _NoAnswerError("connection cut off")


def _never_connected(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


# A connection that is cut ends a head without a word, and half of `Location: /releases/7123` is
# another release. So it is noted whether the blank line came with which every whole head ends.


class _NotedLines:
    """A stream's lines, and the last one that was read."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, limit: int) -> bytes:
        self.last = self._stream.readline(limit)
        return self.last

    def close(self) -> None:
        self._stream.close()


class _WholeHead(http.client.HTTPResponse):
    """A response whose head came whole. `begin` raises ConnectionError where it did not."""

    def begin(self) -> None:
        stream = self.fp
        lines = _NotedLines(stream)
        self.fp = lines  # pyright: ignore[reportAttributeAccessIssue]
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        if lines.last not in {b"\r\n", b"\n"}:
            raise ConnectionError("cut off within the head")


# The time limits of `requests` hold from byte to byte, so a server that sends one every second
# would hold a request for ever. These connections tell the attempt under way which socket it
# reads from, so that a timer can cut it off, be it in the header or in the body.


class _Attempt:
    def __init__(self) -> None:
        self.overdue = False
        self.socket: socket.socket | None = None

    def cut_off(self) -> None:
        self.overdue = True
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


_under_way = threading.local()


@contextmanager
def _deadline(seconds: float) -> Iterator[_Attempt]:
    """Cuts off this thread's request after `seconds`."""
    attempt = _under_way.attempt = _Attempt()
    timer = threading.Timer(seconds, attempt.cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield attempt
    finally:
        timer.cancel()


class _Interruptible(HTTPConnection):
    response_class = _WholeHead

    def getresponse(self) -> HTTPResponse:
        _under_way.attempt.socket = self.sock
        return super().getresponse()


class _InterruptibleTLS(_Interruptible, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Interruptible  # pyright: ignore[reportAssignmentType]


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _InterruptibleTLS  # pyright: ignore[reportAssignmentType]


_POOLS = {"http": _Pool, "https": _TLSPool}


class _InterruptibleAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
