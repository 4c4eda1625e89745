"""What a web page of another site can make a browser send to a server on this machine, and more.

What belongs here: the forms of such requests, sending them byte by byte, and a visitor of the
dashboard who needs no browser. What has to come of them stands with the tests and the torture.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

EVIL = "evil.example"

Headers = tuple[tuple[str, str], ...]

LOCATION = {"repositoryLocationName": "musictool_pipeline", "repositoryName": "__repository__"}
"""Of the code, as `musictool ui` names it."""
PARTITIONS = "discogs_release_id"


def mutation(key: str, location: Mapping[str, str] = LOCATION) -> str:
    """A mutation that leaves a trace of its own: a partition of this name."""
    selector = "{" + ", ".join(f"{name}: {json.dumps(text)}" for name, text in location.items())
    return (
        f"mutation {{ addDynamicPartition(partitionsDefName: {json.dumps(PARTITIONS)}, "
        f"partitionKey: {json.dumps(key)}, repositorySelector: {selector}}}) {{ __typename }} }}"
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request, and in words where it comes from and what it is."""

    what: str
    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def by(self, who: str, headers: Headers) -> Attempt:
        """The same request, sent by somebody."""
        return replace(self, what=f"{self.what}, {who}", headers=(*headers, *self.headers))

    def raw(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method in {"POST", "PUT"}:
            lines.append(f"Content-Length: {len(self.body)}")
        if not any(name == "Upgrade" for name, _ in self.headers):
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 0 for the status if nothing did."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_let_in(self) -> bool:
        return 0 < self.status < 400


def send(port: int, attempt: Attempt) -> Answer:
    """Sends the bytes to a port of loopback, and reads the answer to its end."""
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(attempt.raw())
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                received += piece
                if received.startswith(b"HTTP/1.1 101"):
                    break
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines)
    headers: dict[str, str] = {}
    for name, _, value in fields:
        before = headers.get(name.lower())
        headers[name.lower()] = f"{before}, {value.strip()}" if before else value.strip()
    return Answer(int(status.split()[1]) if status else 0, headers, body)


# --- Who sends ------------------------------------------------------------------------------------


def own_pages(port: int) -> Iterator[tuple[str, Headers]]:
    """The server's own page, under both names of loopback, as a browser has it send."""
    for name in (f"127.0.0.1:{port}", f"localhost:{port}"):
        origin = ("Origin", f"http://{name}")
        yield f"own page {name}", (("Host", name), origin, ("Sec-Fetch-Site", "same-origin"))


def strangers(port: int, other: int) -> Iterator[tuple[str, Headers]]:
    """All that is not the server's own page; `other` is another port of this machine."""
    for name, hosts in _strange_hosts(port, other):
        yield f"Host {name}", tuple(("Host", host) for host in hosts)
        if len(hosts) == 1:
            # To the browser it is the page's own server: a name that was made to lead here.
            same = (("Origin", f"http://{hosts[0]}"), ("Sec-Fetch-Site", "same-origin"))
            yield f"its own Host {name}", (("Host", hosts[0]), *same)
    for own in (f"127.0.0.1:{port}", f"localhost:{port}"):
        for origins in _strange_origins(port, other):
            sent = tuple(("Origin", origin) for origin in origins)
            yield f"Origin {' and '.join(origins) or 'empty'} at {own}", (("Host", own), *sent)
    for site in ("cross-site", "same-site", "unheard-of"):
        for mode in ("cors", "no-cors", "navigate", "websocket", "same-origin"):
            for dest in ("document", "iframe", "embed", "empty", "image", "script"):
                kinds = (site, mode, dest)
                names = ("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")
                sent = tuple(zip(names, kinds, strict=True))
                yield f"Sec-Fetch {' '.join(kinds)}", (("Host", f"127.0.0.1:{port}"), *sent)


def _strange_hosts(port: int, other: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    own = f"127.0.0.1:{port}"
    for host in (
        f"{EVIL}:{port}", EVIL, f"www.{EVIL}:{port}", f"127.0.0.1.{EVIL}:{port}",
        f"localhost.{EVIL}:{port}", f"{EVIL}.localhost:{port}", f"{own}.{EVIL}", f"{EVIL}@{own}",
        f"{own}@{EVIL}", f"{own}/{EVIL}", f"{own}#{EVIL}", f"{own}, {EVIL}", f"{EVIL} {own}",
        "127.0.0.1", "localhost", f"127.0.0.1:{other}", f"localhost:{other}", f"127.1:{port}",
        f"2130706433:{port}", f"0x7f.1:{port}", f"0.0.0.0:{port}", f"[::1]:{port}",
        f"[::ffff:127.0.0.1]:{port}", f"localhost.:{port}", f"127.0.0.1:0{port}", f"{own}:",
        f"http://{own}", "*", "null", "",
    ):  # fmt: skip
        yield repr(host), (host,)
    yield "missing", ()
    yield "twice, own first", (own, f"{EVIL}:{port}")
    yield "twice, own last", (f"{EVIL}:{port}", own)
    yield "twice the own", (own, own)


def _strange_origins(port: int, other: int) -> Iterator[tuple[str, ...]]:
    own = f"http://127.0.0.1:{port}"
    for origin in (
        "null", "", "*", f"http://{EVIL}", f"https://{EVIL}", f"http://{EVIL}:{port}",
        f"http://127.0.0.1:{other}", f"http://localhost:{other}", "http://127.0.0.1",
        "http://localhost", f"https://127.0.0.1:{port}", f"https://localhost:{port}",
        f"http://[::1]:{port}", f"http://0.0.0.0:{port}", f"{own}.{EVIL}", f"{own}@{EVIL}",
        f"{own}/", f"{own}, http://{EVIL}", f"http://{EVIL}, {own}", "file://", "about:blank",
        "chrome-extension://abcdefghijklmnop", f"ws://127.0.0.1:{port}",
        "https://share.streamlit.io", "https://evil.streamlit.app",
    ):  # fmt: skip
        yield (origin,)
    yield own, own
    yield own, f"http://{EVIL}"


# --- What is sent ---------------------------------------------------------------------------------

_JSON = ("Content-Type", "application/json")


def as_forms(query: str) -> Iterator[Attempt]:
    """GraphQL in the forms that a link, a picture or an HTML form can have."""
    target = f"/graphql?query={quote(query)}"
    yield Attempt("GET", "GET", target)
    yield Attempt("GET of a picture", "GET", target, (("Accept", "image/*"),))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; b=x", ""):
        sent = (("Content-Type", kind),) if kind else ()
        yield Attempt(f"POST of {kind or 'no type'}", "POST", target, sent, b"a=b")
    body = json.dumps({"query": query}).encode()
    for kind in ("text/plain; x=application/json", "text/plain;application/graphql"):
        sent = (("Content-Type", kind),)
        content = body if "json" in kind else query.encode()
        yield Attempt(f"POST of {kind}", "POST", "/graphql", sent, content)


def as_programs(query: str) -> Iterator[Attempt]:
    """GraphQL as Dagster's own pages, and programs, send it."""
    body = json.dumps({"query": query}).encode()
    yield Attempt("POST of JSON", "POST", "/graphql", (_JSON,), body)
    kind = ("Content-Type", "application/graphql")
    yield Attempt("POST of GraphQL", "POST", "/graphql", (kind,), query.encode())


def socket_at(path: str, protocol: str) -> Attempt:
    """The beginning of a WebSocket."""
    headers = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", protocol),
    )
    return Attempt("WebSocket", "GET", path, headers)


def is_a_link(attempt: Attempt) -> bool:
    """True if it is what a browser sends when somebody follows a link to a page."""
    sent = dict(attempt.headers)
    return (
        attempt.method == "GET"
        and (sent.get("Sec-Fetch-Mode"), sent.get("Sec-Fetch-Dest")) == ("navigate", "document")
        and "Upgrade" not in sent
        and not attempt.target.startswith(("/graphql", "/_stcore"))
    )


# --- A visitor of the dashboard, without a browser ------------------------------------------------


def decide_as(port: int, host: str, origin: str) -> bool:
    """Opens the dashboard's page *Review* over its WebSocket, and clicks on the first *Same
    version*. True if there was such a button; raises what the socket raises if it is refused."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect
    from websockets.typing import Origin, Subprotocol

    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as here,
        connect(
            f"ws://{host}/_stcore/stream",
            sock=here,
            origin=Origin(origin),
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
        ) as visit,
    ):

        def run(**state: object) -> Iterator[ForwardMsg]:
            order = BackMsg()
            order.rerun_script.page_name = "review"
            if button := state.get("button"):
                clicked = order.rerun_script.widget_states.widgets.add()
                clicked.id, clicked.trigger_value = str(button), True
            visit.send(order.SerializeToString())
            while True:
                said = ForwardMsg.FromString(bytes(visit.recv(60)))  # type: ignore[arg-type]
                yield said
                if said.WhichOneof("type") == "script_finished":
                    return

        buttons = [
            said.delta.new_element.button.id
            for said in run()
            if said.delta.new_element.button.label == "Same version"
        ]
        if buttons:
            list(run(button=buttons[0]))
        return bool(buttons)


def open_streamlit(home: Path) -> None:
    """A configuration of the user's own that opens Streamlit to everybody."""
    folder = home / ".streamlit"
    folder.mkdir()
    (folder / "config.toml").write_text(
        "[server]\nenableCORS = false\nenableXsrfProtection = false\nenableAgentApi = true\n"
        'enableStaticServing = true\naddress = "0.0.0.0"\n[client]\n'
        f'allowedOrigins = ["http://{EVIL}"]\n',
        "utf-8",
    )


# --- A site of another origin ---------------------------------------------------------------------


@dataclass
class Site:
    """A web server on another port of loopback, with pages that the tests write, and what was
    asked of it: the path and the token, if one came."""

    port: int
    pages: dict[str, str]
    asked: list[tuple[str, str | None]]


@contextmanager
def another_site() -> Iterator[Site]:
    """The site, for as long as the block lasts."""
    site = Site(0, {}, [])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers.get("Authorization")))
            page = site.pages.get(self.path.partition("?")[0])
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


Page = Callable[[str], str]

_A_MOMENT = "await new Promise(passed => setTimeout(passed, 1500))"


def hostile_pages(query: str) -> dict[str, Page]:
    """Pages that send a mutation to a server of Dagster's, given its address. Each says so in its
    title when it has, unless it is gone by then."""
    at = f"/graphql?query={quote(query)}"

    def form(kind: str, target: str) -> Page:
        return lambda url: (
            f"<iframe name=hidden></iframe><form method=POST enctype='{kind}' action='{url}{at}'"
            f" target='{target}'><input name=a value=b></form><script>document.forms[0].submit();"
            "setTimeout(() => document.title = 'done', 1500)</script>"
        )

    def script(code: str) -> Page:
        body = json.dumps({"query": query})
        return lambda url: (
            f"<script>(async () => {{ const at = {json.dumps(url + at)};"
            f" const api = {json.dumps(url + '/graphql')}; const body = {json.dumps(body)};"
            f" try {{ {code} }} catch {{}} document.title = 'done' }})()</script>"
        )

    return {
        "form as text": form("text/plain", "_self"),
        "form, urlencoded": form("application/x-www-form-urlencoded", "_self"),
        "form into a frame": form("text/plain", "hidden"),
        "form of several parts": form("multipart/form-data", "hidden"),
        "link": lambda url: f"<script>location = {json.dumps(url + at)}</script>",
        "picture": lambda url: f"<img src='{url}{at}' onerror=\"document.title='done'\">",
        "fetch without asking": script("await fetch(at, {mode: 'no-cors'})"),
        "post without asking": script(
            "await fetch(api, {method: 'POST', mode: 'no-cors', body,"
            " headers: {'Content-Type': 'text/plain; x=application/json'}})"
        ),
        "fetch": script(
            "await fetch(api, {method: 'POST', body, headers: {'Content-Type':"
            " 'application/json'}})"
        ),
        "beacon": script(
            "navigator.sendBeacon(at, 'x'); await new Promise(r => setTimeout(r, 1500))"
        ),
        "popup": script("window.open(at); await new Promise(r => setTimeout(r, 1500))"),
    }
