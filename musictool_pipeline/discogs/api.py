"""The Discogs API over HTTP: one method for each endpoint, one attempt for each call.

What belongs here: what is asked of the API, redirects, and the turn of each request in the budget.
`discogs.response` has a request's manners and its response, `core.discogs.answers` the meaning of
an answer; `discogs.fetching` tries again, and knows what is asked for at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Generic, TypeVar
from urllib.parse import quote

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
from musictool_pipeline.core.discogs.pace import MOST_THROTTLES
from musictool_pipeline.core.discogs.redirects import follow
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.discogs.budget import RequestBudget, Turn
from musictool_pipeline.discogs.http import Attempt
from musictool_pipeline.discogs.response import (
    Limits,
    NoAnswerError,
    Response,
    Token,
    get,
    one_attempt,
    open_session,
)
from musictool_pipeline.errors import AccessRefused, Throttled, TokenExposed, Unreachable
from musictool_pipeline.settings import Secret
from musictool_pipeline.settings.values import may_carry_token

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
class RequestCounts:
    """How many requests were sent, and how many of them were answered with a 429."""

    requests: int = 0
    throttled: int = 0


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
        self._session = open_session(Token(token, api_url))
        self._has_token = token is not None
        self._lock = threading.Lock()
        self._sent = RequestCounts()

    @property
    def has_token(self) -> bool:
        """Whether requests are signed."""
        return self._has_token

    @property
    def sent(self) -> RequestCounts:
        """The requests so far; redirects count, and so do those that brought nothing."""
        return self._sent

    def release(self, release_id: int) -> Asked[Answer]:
        """What Discogs says of a release. One attempt; redirects to another release are followed,
        and a release that is gone is asked for twice.

        Raises Throttled after three 429s in a row, Interrupted when `stop` was set.
        """

        def read(response: Response, redirected_to: int | None) -> Answer:
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

    def wantlist_page(self, username: str, page: int) -> Asked[DocumentAnswer]:
        """So many releases of a user's wantlist, pages counted from 1, in the order in which they
        were added. One attempt; raises as `release` does."""
        query = f"per_page={COPIES_A_PAGE}&page={page:d}&sort=added&sort_order=asc"
        path = f"/users/{quote(username, safe='')}/wants?{query}"
        return self._document(path, partial(read_page, page, name="wants"))

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

        def read(response: Response, redirected_to: int | None) -> DocumentAnswer:
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
        read: Callable[[Response, int | None], A],
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
                with one_attempt(fresh=fresh) as this:
                    response = self._send(turn, url, this)
                    answer = self._verdict(response, read, trail)
                    is_right = isinstance(answer, Found | Document)
                    this.leaves_open = is_right and response.has_end
            except NoAnswerError as error:
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
        response: Response,
        read: Callable[[Response, int | None], A],
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
            self._sent = RequestCounts(
                self._sent.requests + requests, self._sent.throttled + throttled
            )

    def _book_throttle(self, turn: Turn, pause: float | None) -> None:
        self._count(throttled=1)
        in_a_row = self._budget.throttled(turn, pause)
        if in_a_row >= MOST_THROTTLES:
            raise Throttled(f"Discogs answered {status_line(429)} {in_a_row} times in a row")

    def _send(self, turn: Turn, url: str, this: Attempt) -> Response:
        self._count(requests=1)
        limits = Limits()
        try:
            return get(self._session, url, this, limits)
        finally:
            self._budget.answered(turn, limit=limits.limit, used=limits.used)


def _collection(username: str) -> str:
    return f"/users/{quote(username, safe='')}/collection"
