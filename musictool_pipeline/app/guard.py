"""Who may speak to the web servers: the browser's own address line, and no other site's page.

Neither Dagster's web server nor Streamlit's asks for a password, and both act on requests that any
web page can make a browser send. So a request is refused before anything of it is executed if

- its Host is not an address that this server was started for. A stranger's name that was made to
  lead to this machine (DNS rebinding) would otherwise make the stranger's page one of ours;
- it comes from another page: Origin, or Sec-Fetch-Site, names another site or another port. To
  follow a link to a page is allowed, to be shown in a frame is not;
- it is GraphQL in a form that a link or an HTML form can have. Dagster executes those too.

Programs on this machine send neither Origin nor Sec-Fetch-Site, and are let in: they could read
the files themselves.

Starlette's TrustedHostMiddleware does not do this: it ignores the port, takes the first of two Host
headers, and knows no Origin. Its own CORSMiddleware refuses nothing, it only forbids reading.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}

# What no HTML form can send, and no page of another site without asking first.
_GRAPHQL_TYPES: Final = frozenset({"application/json", "application/graphql"})

LISTEN: Final = "listen"
"""Where the dashboard has the files of the library."""

# What lies below these is no page, so no link leads there.
_NO_PAGES: Final = frozenset({"graphql", "_stcore", LISTEN})

_ON_EVERY_ANSWER: Final = (
    (b"x-frame-options", b"DENY"),
    # A second policy beside one that is there already: a browser keeps to both.
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

WRONG_HOST: Final = (
    "This server was not started for the address that was asked for. Open the address that it "
    "printed when it started, or name this one in MUSICTOOL_PUBLIC_URL and start it again."
)
WRONG_ORIGIN: Final = (
    "A page of another site, or of another port of this machine, sent this request. Open this "
    "server's own address."
)
WRONG_FORM: Final = "GraphQL is taken only as a POST with Content-Type: application/json."


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request before it is executed. `headers` has each name in lower case, with
    all values that came under it."""

    kind: str
    method: str
    path: str
    headers: Mapping[str, tuple[str, ...]]

    def header(self, name: str) -> str:
        """All values of a header as one; empty if it did not come."""
        return ", ".join(self.headers.get(name, ()))


def own_origins(server: tuple[str, int | None] | None) -> frozenset[str]:
    """The origins under which a page reaches the socket at which a request arrived: its address,
    and on loopback `localhost`. None for a socket that has no address."""
    if server is None or server[1] is None:
        return frozenset()
    address = ip_address(server[0].partition("%")[0])
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    names = [f"[{address}]" if isinstance(address, IPv6Address) else str(address)]
    if address.is_loopback:
        names.append("localhost")
    return frozenset(f"http://{name}:{server[1]}".removesuffix(":80") for name in names)


def refusal(request: Request, origins: frozenset[str]) -> str | None:
    """Why a request is refused; None if it is let in. `origins` are the server's own."""
    hosts = request.headers.get("host", ())
    own = _origins_of(hosts[0]) & origins if len(hosts) == 1 else frozenset[str]()
    if not own:
        return WRONG_HOST
    sent_by = request.headers.get("origin", ())
    if len(sent_by) > 1 or not own.issuperset(sent_by):
        return WRONG_ORIGIN
    if not (_is_own_page(request) or _is_link_to_a_page(request)):
        return WRONG_ORIGIN
    if request.kind == "http" and _segments(request)[-1:] == ["graphql"]:
        return None if _is_graphql(request) else WRONG_FORM
    return None


def _origins_of(host: str) -> frozenset[str]:
    """The origins that a Host header can stand for."""
    return frozenset(
        f"{scheme}://{host.lower().removesuffix(port)}" for scheme, port in _DEFAULT_PORTS.items()
    )


def _is_own_page(request: Request) -> bool:
    """True if the browser says that a page of this server, or the user's own hand, sent it; also
    if no browser sent it."""
    return request.header("sec-fetch-site") in {"", "none", "same-origin"}


def _is_link_to_a_page(request: Request) -> bool:
    return (
        request.kind == "http"
        and request.method == "GET"
        and request.header("sec-fetch-mode") == "navigate"
        and request.header("sec-fetch-dest") == "document"
        and not _NO_PAGES.intersection(_segments(request))
    )


def _is_graphql(request: Request) -> bool:
    if request.method == "POST":
        kind = request.header("content-type").partition(";")[0].strip().lower()
        return kind in _GRAPHQL_TYPES
    # To a browser's address line Dagster shows an editor, and executes nothing.
    return "text/html" in request.header("accept")


def _segments(request: Request) -> list[str]:
    return [segment for segment in request.path.split("/") if segment]


class Guard:
    """An ASGI application before another one: refuses what `refusal` refuses, with 403, and adds to
    every answer that no page may frame it. `public_origins` are the origins that lead here by way
    of a proxy or a name."""

    def __init__(self, app: App, public_origins: Iterable[str] = ()) -> None:
        self._app = app
        self._public_origins = frozenset(public_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_ON_EVERY_ANSWER]
            await send(message)

        origins = own_origins(scope.get("server")) | self._public_origins
        if why := refusal(_request(scope), origins):
            await _refuse(scope, guarded, why)
        else:
            await self._app(scope, receive, guarded)


def _request(scope: Scope) -> Request:
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        headers[key] = (*headers.get(key, ()), value.decode("latin-1").strip())
    return Request(scope["type"], scope.get("method", "GET"), scope["path"], headers)


async def _refuse(scope: Scope, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        # Before it was accepted: the handshake is answered with 403.
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else f"{why}\n".encode()
    await send({"type": "http.response.body", "body": body})
