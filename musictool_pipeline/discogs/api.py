"""The Discogs API over HTTP: one method for each endpoint, one attempt for each call.

What belongs here: the request and its manners (header, user agent, time limits, redirects, size),
and its turn in the budget. `core.discogs.answers` says what an answer means; `discogs.fetching`
tries again, and knows what is asked for at all. The token goes into the request header and nowhere
else; no message of this module can hold it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from musictool_pipeline import __version__
from musictool_pipeline.core.collection.from_api import (
    COPIES_A_PAGE,
    Json,
    Unfit,
    listed,
    read_page,
    read_username,
)
from musictool_pipeline.core.discogs.answers import (
    Answer,
    Document,
    DocumentAnswer,
    Found,
    Missing,
    Stop,
    TryLater,
    Unavailable,
    read_answer,
    read_document,
    status_line,
)
from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT, MOST_THROTTLES
from musictool_pipeline.core.discogs.redirects import follow
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.discogs.budget import RequestBudget, Turn
from musictool_pipeline.discogs.http import Attempt, OneAnswerAdapter, attempt
from musictool_pipeline.errors import AccessRefused, Throttled, TokenExposed, Unreachable
from musictool_pipeline.settings import Secret, is_on_this_machine, may_carry_token

USER_AGENT = f"MusicToolPipeline/{__version__} +https://github.com/musictool/musictool_pipeline"
CONNECT_TIMEOUT, READ_TIMEOUT, ATTEMPT_TIMEOUT = 5.0, 30.0, 50.0
LARGEST_BODY = 10 * 1024 * 1024

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
    """A response, read to its end but for a redirect's. `is_own` is True if it is certainly the
    one to this request, `has_end` if its head says where it ends, `is_metered` if it carries the
    headers of the API's rate limit."""

    status: int
    content_type: str
    body: bytes
    retry_after: str | None
    location: str | None
    is_metered: bool
    is_own: bool
    has_end: bool
    at: datetime


class _NoAnswerError(Exception):
    """Why there was none, in a few words; `reached` says whether the server was there at all."""

    def __init__(self, cause: str, *, reached: bool = True) -> None:
        super().__init__(cause)
        self.reached = reached


def _overdue() -> _NoAnswerError:
    return _NoAnswerError(f"no whole answer within {ATTEMPT_TIMEOUT:.0f} s")


class DiscogsApi:
    """The API at `api_url`, with or without a token. Safe to use from several threads.

    `stop` ends every wait early; `on_wait` gets the reason why a request has to wait and for how
    long, if the reason is worth showing, and with `Wait(0.0)` that it is over. `sent` counts what
    went out, with or without an answer.

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
        """What Discogs says of a release. One attempt; redirects to another release are followed,
        and a release that is gone is asked for twice.

        Raises Throttled after three 429s in a row, Interrupted when `stop` was set.
        """

        def read(response: _Response, redirected_to: int | None) -> Answer:
            return read_answer(
                release_id,
                response.status,
                response.content_type,
                response.body,
                retry_after=response.retry_after,
                now=response.at,
                redirected_to=redirected_to,
                is_metered=response.is_metered,
            )

        return self._ask(f"/releases/{release_id:d}", read, (release_id,))

    def collection_page(self, username: str, page: int) -> Asked[DocumentAnswer]:
        """So many copies of a user's collection, pages counted from 1, in the order in which they
        were added. One attempt; raises as `release` does."""
        query = f"per_page={COPIES_A_PAGE}&page={page:d}&sort=added&sort_order=asc"
        path = f"{_collection(username)}/folders/0/releases?{query}"
        return self._document(path, partial(read_page, page))

    def collection_folders(self, username: str) -> Asked[DocumentAnswer]:
        """The folders of a user's collection. One attempt; raises as `release` does."""
        return self._document(f"{_collection(username)}/folders", partial(listed, name="folders"))

    def collection_fields(self, username: str) -> Asked[DocumentAnswer]:
        """The fields that a user keeps for each copy. One attempt; raises as `release` does."""
        return self._document(f"{_collection(username)}/fields", partial(listed, name="fields"))

    def identity(self) -> str:
        """The user name that the token belongs to. Costs one request, two if Discogs knows no such
        address.

        Raises AccessRefused if Discogs does not know the token, Unreachable if there was no usable
        answer.
        """
        answer = self._document("/oauth/identity", read_username).answer
        match answer:
            case Document(payload=payload):
                return read_username(payload)
            case Stop(status=status):
                raise AccessRefused(f"Discogs refused the token: {status_line(status)}")
            case TryLater(cause=cause, reached=False):
                raise Unreachable(f"Discogs gave no answer: {cause}")
            case Missing(cause=cause) | TryLater(cause=cause):
                raise Unreachable(f"Discogs gave no usable answer: {cause}")

    def _document(self, path: str, check: Callable[[Json], object]) -> Asked[DocumentAnswer]:
        """The document at that path; `check` raises Unfit if it is another one."""

        def read(response: _Response, redirected_to: int | None) -> DocumentAnswer:
            answer = read_document(
                response.status,
                response.content_type,
                response.body,
                retry_after=response.retry_after,
                now=response.at,
                is_metered=response.is_metered,
            )
            try:
                if isinstance(answer, Document):
                    check(answer.payload)
            except Unfit as unfit:
                return TryLater(None, f"not the answer to the question: {unfit}")
            return answer

        return self._ask(path, read, ())

    def _ask(
        self,
        path: str,
        read: Callable[[_Response, int | None], A],
        trail: tuple[int, ...],
    ) -> Asked[A | TryLater]:
        """One attempt: what `read` makes of the response. `trail` begins with the release asked
        for, if it is one; redirects add to it.

        An answer proves that it is the one to this request if it bears the number asked for. One
        that sends elsewhere, or says that there is nothing, does not. So it is believed only if no
        other answer came on its connection, and the second kind, which is kept for months, only if
        it comes twice.
        """
        url = f"{self._api_url}{path}"
        fresh = is_said_to_be_gone = False
        requests_sent = 0
        while True:
            turn = self._wait_for_turn()
            requests_sent += 1
            try:
                with attempt(ATTEMPT_TIMEOUT, fresh=fresh) as this:
                    response = self._send(turn, url, this)
                    answer = self._verdict(response, read, trail)
                    is_right = isinstance(answer, Found | Document)
                    this.leaves_open = is_right and response.has_end
            except _NoAnswerError as error:
                failure = TryLater(trail[0] if trail else None, str(error), reached=error.reached)
                return Asked(failure, requests_sent, datetime.now(UTC))
            match answer:
                case TryLater(throttled=True, pause=pause):
                    self._book_throttle(turn, pause)
                case _:
                    self._budget.passed(turn)
            match answer:
                case int() as release_id:
                    if response.is_own:
                        trail = (*trail, release_id)
                        url = f"{self._api_url}/releases/{release_id:d}"
                        is_said_to_be_gone = False
                case Unavailable() | Missing() if not is_said_to_be_gone:
                    is_said_to_be_gone = True
                case _:
                    return Asked(answer, requests_sent, response.at)
            fresh = True

    def _verdict(
        self,
        response: _Response,
        read: Callable[[_Response, int | None], A],
        trail: tuple[int, ...],
    ) -> A | TryLater | int:
        """What the response says, or the release that it redirects to."""
        if response.location is not None:
            return follow(response.status, response.location, self._api_url, trail)
        return read(response, trail[-1] if trail else None)

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
            # In short steps: another process may have to pause in between, or be done.
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

    def _send(self, turn: Turn, url: str, this: Attempt) -> _Response:
        self._count(requests=1)
        limit = used = None
        try:
            with self._session.get(
                url,
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            ) as response:
                limit = _header_number(response, "X-Discogs-Ratelimit")
                used = _header_number(response, "X-Discogs-Ratelimit-Used")
                left = _header_number(response, "X-Discogs-Ratelimit-Remaining")
                location = _location(response)
                body = b"" if location else _read_body(response)
            if this.overdue:
                raise _overdue()
            return _Response(
                status=response.status_code,
                content_type=response.headers.get("Content-Type", ""),
                body=body,
                retry_after=response.headers.get("Retry-After"),
                location=location,
                is_metered=None not in (limit, used, left),
                is_own=this.is_own,
                has_end=_has_end(response),
                at=datetime.now(UTC),
            )
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
        ) as error:
            raise (_overdue() if this.overdue else _no_answer(error)) from None
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
    adapter = OneAnswerAdapter(pool_connections=2, pool_maxsize=MOST_IN_FLIGHT)
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


def _has_end(response: requests.Response) -> bool:
    """Whether the head says, once and in the way of HTTP/1.1, where the body ends."""
    framing = [name in response.headers for name in ("Content-Length", "Transfer-Encoding")]
    return response.raw.version == 11 and framing.count(True) == 1


def _header_number(response: requests.Response, name: str) -> int | None:
    text = response.headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _no_answer(error: Exception) -> _NoAnswerError:
    """The kind of failure, few enough to count by. The exception's own text names addresses, and
    is of use only to a person who is looking at the network."""
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
