"""One request and its response, to its end.

What belongs here: the manners of a request (user agent, token, proxies, time limits), and what is
read of a response: its body up to a size, where it leads, why there was none. What it means stands
in `core.discogs.answers`; its turn in the budget, and what is asked, in `discogs.api`. The token
goes into the request header and nowhere else; no message of this module can hold it.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from musictool_pipeline import __version__
from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT
from musictool_pipeline.core.discogs.redirects import origin
from musictool_pipeline.discogs.http import Attempt, OneAnswerAdapter, attempt
from musictool_pipeline.settings import Secret
from musictool_pipeline.settings.values import is_on_this_machine, may_carry_token


def user_agent() -> str:
    """What each request calls itself, with the project's address if the package names one."""
    address = ""
    with suppress(importlib.metadata.PackageNotFoundError):
        urls = importlib.metadata.metadata("musictool-pipeline").get_all("Project-URL") or []
        address = next((url.partition(",")[2].strip() for url in urls), "")
    return " +".join(filter(None, (f"MusicToolPipeline/{__version__}", address)))


USER_AGENT = user_agent()


CONNECT_TIMEOUT, READ_TIMEOUT, ATTEMPT_TIMEOUT = 5.0, 30.0, 50.0


LARGEST_BODY = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
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


class NoAnswerError(Exception):
    """Why there was none, in a few words; `reached` says whether the server was there at all."""

    def __init__(self, cause: str, *, reached: bool = True) -> None:
        super().__init__(cause)
        self.reached = reached


def _overdue() -> NoAnswerError:
    return NoAnswerError(f"no whole answer within {ATTEMPT_TIMEOUT:.0f} s")


@dataclass(slots=True)
class Limits:
    """What the head of a response says of the budget, as soon as it has come: requests a minute,
    and how many of them are used up."""

    limit: int | None = None
    used: int | None = None


def one_attempt(*, fresh: bool) -> AbstractContextManager[Attempt]:
    """A request under way, cut off when it takes too long; if `fresh`, on a new connection."""
    return attempt(ATTEMPT_TIMEOUT, fresh=fresh)


def get(session: requests.Session, url: str, this: Attempt, limits: Limits) -> Response:
    """Sends one request and reads its response to the end; fills in the limits as soon as they are
    known. Raises NoAnswerError, in words without an address."""
    try:
        with session.get(
            url,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as response:
            limits.limit = _header_number(response, "X-Discogs-Ratelimit")
            limits.used = _header_number(response, "X-Discogs-Ratelimit-Used")
            left = _header_number(response, "X-Discogs-Ratelimit-Remaining")
            location = _location(response)
            body = b"" if location else _read_body(response)
        if this.overdue:
            raise _overdue()
        return Response(
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            body=body,
            retry_after=response.headers.get("Retry-After"),
            location=location,
            is_metered=None not in (limits.limit, limits.used, left),
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


class Token(AuthBase):
    """Puts the token into the header of a request to the API itself, and of no other. As `auth` it
    also keeps `.netrc` from replacing it."""

    def __init__(self, token: Secret | None, api_url: str) -> None:
        self._token = token
        self._api_url = api_url

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        url = request.url or ""
        # As requests writes it: a name with other letters than ASCII has two forms.
        api_url = requests.Request("GET", self._api_url).prepare().url or ""
        is_the_api = origin(urlsplit(url)) == origin(urlsplit(api_url))
        if self._token and is_the_api and may_carry_token(url):
            request.headers["Authorization"] = f"Discogs token={self._token.reveal()}"
        return request


class _Session(requests.Session):
    def resolve_redirects(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *args: Any, **kwargs: Any
    ) -> Iterator[Any]:
        """Nothing: asked whether there is a next one, requests would read the whole body first."""
        return iter(())

    def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:
        """As the environment says, but without a proxy for addresses of this machine: the proxy
        would take them for its own machine's."""
        merged = super().merge_environment_settings(url, *args, **kwargs)
        if is_on_this_machine(url):
            merged["proxies"] = {}
        return merged


def open_session(token: Token) -> requests.Session:
    """A session that sends the token where it belongs, and follows nothing on its own."""
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
            raise NoAnswerError(f"answer larger than {LARGEST_BODY // 1024**2} MB")
    return bytes(body)


def _location(response: requests.Response) -> str | None:
    """Where a redirect leads. Its body is not read: it says no more, and may never end."""
    is_redirect = response.status_code in {301, 302, 303, 307, 308}
    return response.headers.get("Location") if is_redirect else None


def _has_end(response: requests.Response) -> bool:
    """Whether the head says, once and in the way of HTTP/1.1, where the body ends."""
    framing = [name in response.headers for name in ("Content-Length", "Transfer-Encoding")]
    return response.raw.version == 11 and framing.count(True) == 1


def _header_number(response: requests.Response, name: str) -> int | None:
    text = response.headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _no_answer(error: Exception) -> NoAnswerError:
    """The kind of failure, few enough to count by. The exception's own text names addresses, and
    is of use only to a person who is looking at the network."""
    match error:
        case requests.exceptions.SSLError():
            return NoAnswerError(
                "no secure connection (certificate or clock wrong?)", reached=False
            )
        case requests.ConnectTimeout():
            cause = f"no connection within {CONNECT_TIMEOUT:.0f} s"
            return NoAnswerError(cause, reached=False)
        case requests.exceptions.ProxyError():
            return NoAnswerError("the proxy does not answer", reached=False)
        case requests.ConnectionError() if _never_connected(error):
            return NoAnswerError("no connection", reached=False)
        case requests.Timeout() | urllib3.exceptions.TimeoutError() | TimeoutError():
            return NoAnswerError(f"no answer within {READ_TIMEOUT:.0f} s")
        case requests.exceptions.ContentDecodingError() | urllib3.exceptions.DecodeError():
            return NoAnswerError("answer cannot be unpacked")
        case _:
            return NoAnswerError("connection cut off")


def _never_connected(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}
