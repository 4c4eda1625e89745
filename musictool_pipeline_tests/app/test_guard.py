"""The guard: who is let in, who is not, and what every answer says of framing.

What belongs here: the decision, and the ASGI application around it, by itself. What comes of it at
the real servers is measured by the torture `strangers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from musictool_pipeline.app.guard import (
    WRONG_FORM,
    WRONG_HOST,
    WRONG_ORIGIN,
    Guard,
    Request,
    own_origins,
    refusal,
)
from musictool_pipeline_tests.strangers import (
    Attempt,
    as_forms,
    as_programs,
    is_a_link,
    own_pages,
    socket_at,
    strangers,
)

PORT, OTHER = 3000, 3001
OWN = own_origins(("127.0.0.1", PORT))
PAGE = Attempt("a page", "GET", "/runs")
SOCKETS = (socket_at("/graphql", "graphql-ws"), socket_at("/_stcore/stream", "streamlit"))


def asked(attempt: Attempt) -> Request:
    """The request as the guard knows it."""
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in attempt.headers:
        headers[name.lower()] = (*headers.get(name.lower(), ()), value)
    kind = "websocket" if "upgrade" in headers else "http"
    return Request(kind, attempt.method, attempt.target.partition("?")[0], headers)


def by_strangers() -> Iterator[Attempt]:
    for who, headers in strangers(PORT, OTHER):
        for attempt in (PAGE, *SOCKETS, *as_forms("{x}"), *as_programs("{x}")):
            yield attempt.by(who, headers)


def test_no_stranger_is_let_in() -> None:
    tried = [each for each in by_strangers() if not is_a_link(each)]
    assert len(tried) > 2_000
    assert [each.what for each in tried if refusal(asked(each), OWN) is None] == []


def test_own_pages_are_let_in() -> None:
    for who, headers in own_pages(PORT):
        for attempt in (PAGE, *SOCKETS, *as_programs("{x}")):
            assert refusal(asked(attempt.by(who, headers)), OWN) is None, who


def test_programs_and_the_address_line_are_let_in() -> None:
    """curl, a health check; and the user, who typed the address or followed a bookmark."""
    host = ("Host", f"127.0.0.1:{PORT}")
    typed = ("Sec-Fetch-Site", "none")
    for attempt in (PAGE, *SOCKETS, *as_programs("{x}")):
        assert refusal(asked(attempt.by("curl", (host,))), OWN) is None
        assert refusal(asked(attempt.by("typed", (host, typed))), OWN) is None


def test_a_link_on_another_site_leads_to_a_page_and_no_further() -> None:
    links = [each for each in by_strangers() if is_a_link(each)]
    assert {each.what.partition(",")[0] for each in links} == {"a page"}
    assert all(refusal(asked(each), OWN) is None for each in links)
    nav = links[0].headers
    for path in (
        "/graphql",
        "/prefix/graphql",
        "/_stcore/host-config",
        "/_stcore/agent/mcp",
        "/listen",
    ):
        attempt = Attempt("no page", "GET", path, (*nav, ("Accept", "text/html")))
        assert refusal(asked(attempt), OWN) == WRONG_ORIGIN, path
    for method in ("POST", "HEAD", "DELETE"):
        assert refusal(asked(Attempt("no link", method, "/runs", nav)), OWN) == WRONG_ORIGIN


def test_graphql_in_a_form_is_refused_whoever_sends_it() -> None:
    """Dagster executes a mutation that stands in the address, and takes `text/plain;
    x=application/json` for JSON; no browser asks before it sends either."""
    senders = [*own_pages(PORT), ("a program", (("Host", f"127.0.0.1:{PORT}"),))]
    for who, headers in senders:
        for attempt in as_forms("{x}"):
            assert refusal(asked(attempt.by(who, headers)), OWN) == WRONG_FORM, attempt.what
    editor = (*senders[0][1], ("Accept", "text/html"))
    assert refusal(asked(Attempt("the editor", "GET", "/graphql", editor)), OWN) is None


@pytest.mark.parametrize(
    ("server", "hosts"),
    [
        (("127.0.0.1", 3000), ["127.0.0.1:3000", "localhost:3000", "LocalHost:3000"]),
        (("127.0.0.5", 3000), ["127.0.0.5:3000", "localhost:3000"]),
        (("::1", 3000), ["[::1]:3000", "localhost:3000"]),
        (("::ffff:127.0.0.1", 3000), ["127.0.0.1:3000", "localhost:3000"]),
        (("192.0.2.7", 80), ["192.0.2.7", "192.0.2.7:80"]),
        (("fe80::1%eth0", 3000), ["[fe80::1]:3000"]),
    ],
)
def test_a_server_answers_the_address_at_which_it_is_reached(
    server: tuple[str, int], hosts: list[str]
) -> None:
    origins = own_origins(server)
    for host in hosts:
        assert refusal(asked(PAGE.by("", (("Host", host),))), origins) is None, host
    for host in ("192.0.2.8:3000", "127.0.0.2:3000", "example.org", f"{hosts[0]}0"):
        assert refusal(asked(PAGE.by("", (("Host", host),))), origins) == WRONG_HOST, host


def test_the_name_localhost_is_loopbacks_only() -> None:
    assert "http://localhost:3000" not in own_origins(("192.0.2.7", 3000))


@pytest.mark.parametrize("server", [None, ("/run/socket", None)])
def test_a_socket_without_an_address_answers_public_addresses_only(server: Any) -> None:
    assert own_origins(server) == frozenset()


@pytest.mark.parametrize(
    ("host", "origin", "is_welcome"),
    [
        ("music.example.org", "https://music.example.org", True),
        ("music.example.org:443", "https://music.example.org", True),
        ("music.example.org", None, True),
        ("music.example.org", "http://music.example.org", False),
        ("music.example.org", f"http://127.0.0.1:{PORT}", False),
        (f"127.0.0.1:{PORT}", "https://music.example.org", False),
        ("music.example.org:8443", "https://music.example.org:8443", False),
        ("other.example.org", None, False),
    ],
)
def test_a_public_address_is_answered_under_its_own_name(
    host: str, origin: str | None, is_welcome: bool
) -> None:
    headers = (("Host", host), *((("Origin", origin),) if origin else ()))
    origins = OWN | {"https://music.example.org"}
    assert (refusal(asked(PAGE.by("", headers)), origins) is None) is is_welcome


# --- The application around it --------------------------------------------------------------------


def spoken(scope: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """What is answered, and whether the application behind the guard was asked."""
    sent: list[Any] = []
    asked_for: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked_for.append(scope)
        if scope["type"] == "http":
            policy = (b"content-security-policy", b"object-src 'none'")
            await send({"type": "http.response.start", "status": 200, "headers": [policy]})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing of a refused request is read")

    asyncio.run(Guard(app, ["https://music.example.org"])(scope, receive, send))
    return sent, bool(asked_for)


def scope(kind: str = "http", **headers: str) -> dict[str, Any]:
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    about = {"type": kind, "path": "/", "server": ("127.0.0.1", PORT), "headers": sent}
    return about if kind == "websocket" else {**about, "method": "GET"}


def test_what_is_refused_never_reaches_the_application() -> None:
    [start, body], was_asked = spoken(scope(host="evil.example:3000"))
    assert not was_asked
    assert start["status"] == 403
    assert b"MUSICTOOL_PUBLIC_URL" in body["body"]
    [closed], was_asked = spoken(scope("websocket", host="evil.example:3000"))
    assert not was_asked
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", "music.example.org", "evil.example"])
def test_no_answer_may_be_framed_and_the_servers_own_policy_stays(host: str) -> None:
    [start, *_], was_asked = spoken(scope(host=host))
    policies = [value for name, value in start["headers"] if name == b"content-security-policy"]
    assert b"frame-ancestors 'none'" in policies
    assert (b"object-src 'none'" in policies) is was_asked
    assert (b"x-frame-options", b"DENY") in start["headers"]
    for name in (b"cross-origin-opener-policy", b"cross-origin-resource-policy"):
        assert (name, b"same-origin") in start["headers"]


def test_what_is_no_request_passes() -> None:
    assert spoken({"type": "lifespan"}) == ([], True)
