"""Every way in which the API can misbehave gives a typed answer, in bounded time and memory, and
the token goes nowhere but into the header of a request to the API.
"""

from __future__ import annotations

import gzip
import itertools
import json
import logging
import socket
import sqlite3
import ssl
import threading
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.message import Message
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests

from musictool_pipeline import __version__
from musictool_pipeline.core.discogs import pace
from musictool_pipeline.core.discogs.answers import Found, Stop, TryLater, Unavailable
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.discogs import response as discogs_response
from musictool_pipeline.discogs.api import Asked, DiscogsApi, Interrupted, RequestCounts
from musictool_pipeline.discogs.budget import RequestBudget
from musictool_pipeline.discogs.http import attempt
from musictool_pipeline.discogs.response import Token, user_agent
from musictool_pipeline.errors import (
    AccessRefused,
    MusicToolError,
    Throttled,
    TokenExposed,
    Unreachable,
)
from musictool_pipeline.settings import Secret
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import FAULTS, fault_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.stray_answers import Interim, Late, interim

TOKEN = "kSecretTokenOfNobody"
LIMIT = 60_000
# Digits that gzip cannot pack away, so that half of a body is half of it packed, too.
NOISE = "".join(str(number * number % 9973) for number in range(3000))
BODY = json.dumps({"id": 7, "title": "Ünder Glass", "noise": NOISE}, ensure_ascii=False).encode()


def releases(release_id: int) -> bytes | None:
    return BODY if release_id == 7 else None


@pytest.fixture
def budget(tmp_path: Path) -> RequestBudget:
    return RequestBudget(tmp_path / "budget.sqlite", LIMIT)


def booked(tmp_path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(tmp_path / "budget.sqlite")) as connection:
        return connection.execute("SELECT answered, server_limit, others FROM request").fetchall()


def ask(
    budget: RequestBudget, *faults: str, token: str | None = TOKEN, **options: Any
) -> tuple[Asked, StandIn]:
    """Release 7 after these faults; the stand-in's log can be read on."""
    plan = FaultPlan(script={7: [fault_named(fault) for fault in faults]})
    with StandIn(releases, **{"limit": LIMIT, "faults": plan, **options}) as server:
        api = DiscogsApi(server.url, Secret(token) if token else None, budget)
        with closing(api):
            return api.release(7), server


class Heads(list[bytes]):
    """The heads of requests, and beside each the number of its connection: 0, 1, ..."""

    def __init__(self) -> None:
        super().__init__()
        self.connections: list[int] = []


@contextmanager
def raw_server(
    *answers: bytes | Callable[[bytes], bytes],
    then_close: bool = True,
    pause: float = 0.0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, Heads]]:
    """Sends each request the next of these bytes (the last one ever after), as they are, or what
    the function makes of its head. With `pause` it sends them one by one. Gives its URL and the
    heads of the requests."""
    heads = Heads()
    left = list(answers)
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
        with connection, suppress(OSError):
            while head := _head(connection):
                heads.connections.append(number)
                heads.append(head)
                answer = left.pop(0) if len(left) > 1 else left[0]
                if not isinstance(answer, bytes):
                    answer = answer(head)
                pieces = [answer[at : at + 1] for at in range(len(answer))] if pause else [answer]
                for piece in pieces:
                    connection.sendall(piece)
                    if pause and over.wait(pause):
                        return
                if then_close:
                    return

    def accept() -> None:
        for number in itertools.count():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection, number), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}", heads
    finally:
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            return b""
        head += piece
    return head


def json_answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


METERED = ("X-Discogs-Ratelimit: 60", "X-Discogs-Ratelimit-Used: 1",
           "X-Discogs-Ratelimit-Remaining: 59")  # fmt: skip
GONE = json_answer(b'{"message": "Release not found."}', *METERED, status="404 Not Found")
SEVEN, EIGHT = json_answer(b'{"id": 7}'), json_answer(b'{"id": 8}')


def right_answer(head: bytes) -> bytes:
    """The release whose number the request names."""
    return json_answer(b'{"id": %s}' % head.split(b" ")[1].rpartition(b"/")[2])


def redirect_to(location: str) -> bytes:
    return json_answer(b"", f"Location: {location}", status="301 Moved Permanently")


# ------------------------------------------------------------------ manners


def test_a_good_answer_comes_verbatim(budget: RequestBudget) -> None:
    asked, server = ask(budget)
    assert asked.answer == Found(7, 7, BODY)
    assert asked.requests == 1
    [request] = server.requests
    assert request.path == "/releases/7"
    assert request.had_token
    assert request.user_agent.startswith("MusicToolPipeline/")
    assert "discogs" not in request.user_agent.lower()


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        (None, f"MusicToolPipeline/{__version__}"),
        (
            ["Homepage, https://example.org/it", "Issues, https://example.org/bugs"],
            f"MusicToolPipeline/{__version__} +https://example.org/it",
        ),
    ],
)
def test_the_user_agent_names_the_address_that_the_package_names(
    urls: list[str] | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invented address would send Discogs' complaints to a stranger."""
    metadata = Message()
    for url in urls or ():
        metadata["Project-URL"] = url
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: metadata)
    assert user_agent() == expected


def test_the_request_is_what_discogs_asks_for(budget: RequestBudget) -> None:
    packed = gzip.compress(BODY)
    with raw_server(json_answer(packed, "Content-Encoding: gzip")) as (url, heads):
        assert DiscogsApi(url, Secret(TOKEN), budget).release(7).answer == Found(7, 7, BODY)
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /releases/7 HTTP/1.1"  # no token in the query string
    assert f"Authorization: Discogs token={TOKEN}" in lines
    assert "Accept-Encoding: gzip" in lines


def test_it_works_without_a_token(budget: RequestBudget) -> None:
    asked, server = ask(budget, token=None)
    assert isinstance(asked.answer, Found)
    assert not server.requests[0].had_token


def test_a_base_url_with_a_path_keeps_it(budget: RequestBudget) -> None:
    with raw_server(json_answer(BODY)) as (url, heads):
        DiscogsApi(f"{url}/mirror", None, budget).release(7)
    assert heads[0].startswith(b"GET /mirror/releases/7 ")


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_in_chunks_is_put_together(budget: RequestBudget, packed: bool) -> None:
    body = gzip.compress(BODY) if packed else BODY
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(piece), piece)
        for piece in (body[at : at + 100] for at in range(0, len(body), 100))
    )
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    head += "Content-Encoding: gzip\r\n\r\n" if packed else "\r\n"
    with raw_server(head.encode() + chunks + b"0\r\n\r\n") as (url, _):
        assert DiscogsApi(url, None, budget).release(7).answer == Found(7, 7, BODY)


def test_chunks_that_end_too_early_are_no_answer(budget: RequestBudget) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with raw_server(head + b"%x\r\n%s\r\n" % (len(BODY), BODY)) as (url, _):
        assert isinstance(DiscogsApi(url, None, budget).release(7).answer, TryLater)


def test_cookies_are_not_kept(budget: RequestBudget) -> None:
    with raw_server(json_answer(BODY, "Set-Cookie: a=b; Path=/")) as (url, heads):
        api = DiscogsApi(url, None, budget)
        api.release(7)
        api.release(7)
    assert b"cookie" not in heads[1].lower()


def test_a_connection_is_used_again(
    budget: RequestBudget, caplog: pytest.LogCaptureFixture
) -> None:
    """A handshake for each of 600 requests would cost a minute."""
    caplog.set_level(logging.DEBUG)
    with raw_server(json_answer(BODY), then_close=False) as (url, heads):
        api = DiscogsApi(url, None, budget)
        assert all(isinstance(api.release(7).answer, Found) for _ in range(3))
    assert len(heads) == 3
    assert caplog.text.count("Starting new HTTP connection") == 1


# ------------------------------------------------------------------ the token


def test_no_other_host_ever_sees_the_token(budget: RequestBudget) -> None:
    """An open redirect must not be enough to steal it. The other port is another host."""
    with StandIn(releases, limit=LIMIT) as elsewhere:
        for target in (f"{elsewhere.url}/releases/7", f"//127.0.0.1:{elsewhere.port}/releases/7"):
            asked, server = ask(budget, f"redirect_other_host:{target}")
            assert isinstance(asked.answer, TryLater)
            assert "another host" in asked.answer.cause
            assert asked.requests == 1
            assert len(server.requests) == 1
        assert elsewhere.arrived == 0


@pytest.mark.parametrize("token", [TOKEN, None])
def test_netrc_is_not_asked(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, token: str | None
) -> None:
    """`requests` would put a password for the host in the token's place."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\ndefault login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server(json_answer(BODY)) as (url, heads):
        DiscogsApi(url, Secret(token) if token else None, budget).release(7)
    assert b"Basic" not in heads[0]
    assert (f"Discogs token={TOKEN}".encode() in heads[0]) == bool(token)


def test_a_redirect_cannot_bring_a_password(budget: RequestBudget) -> None:
    with raw_server(b"", json_answer(BODY)) as (url, heads):
        location = url.replace("http://", "http://me:mine@") + "/releases/7"
        redirect = f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        with raw_server(redirect.encode()) as (first, _):
            asked = DiscogsApi(first, Secret(TOKEN), budget).release(7)
    assert isinstance(asked.answer, TryLater)
    assert heads == []


@pytest.mark.parametrize(
    "address",
    [
        "http://api.discogs.com",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://2130706433",
        "http://0.0.0.0",
        "http://192.168.1.2:8080",
        "http://[::2]",
    ],
)
def test_a_token_is_not_sent_where_others_can_read_it(budget: RequestBudget, address: str) -> None:
    with pytest.raises(TokenExposed) as refused:
        DiscogsApi(address, Secret(TOKEN), budget)
    assert address in str(refused.value)
    assert TOKEN not in refused.value.explained()
    DiscogsApi(address, None, budget)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{other}/releases/7",
        "http://localhost:{api}/releases/7",
        "https://127.0.0.1:{api}/releases/7",
        "http://127.0.0.1:{api}@localhost:{other}/releases/7",
        "http://127.0.0.1.evil.com:{api}/releases/7",
    ],
)
def test_each_request_is_looked_at_whatever_led_to_its_address(address: str) -> None:
    token = Token(Secret(TOKEN), "http://127.0.0.1:8080")
    url = address.format(api=8080, other=8081)
    request = requests.Request("GET", url, auth=token).prepare()
    assert TOKEN not in str(request.headers)


@pytest.mark.parametrize("address", ["https://api.discogs.com", "HTTPS://Bücher.example:443/a"])
def test_over_https_the_token_goes_to_the_api_under_any_name(address: str) -> None:
    def is_signed(url: str) -> bool:
        token = Token(Secret(TOKEN), address)
        return TOKEN in str(requests.Request("GET", url, auth=token).prepare().headers)

    assert is_signed(f"{address}/releases/7")
    assert not is_signed(f"{address.lower().replace('https', 'http')}/releases/7")
    assert not is_signed(f"{address.replace('://', '://x.')}/releases/7")


@pytest.mark.parametrize(
    "fault",
    ["401", "403", "500", "reset", "redirect_elsewhere", "wrong_id", "429:1", "truncate:10"],
)
def test_the_token_is_in_no_message(
    budget: RequestBudget, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "musictool", "requests"):
        caplog.set_level(logging.DEBUG, name)
    asked, _ = ask(budget, fault)
    assert "Starting new HTTP connection" in caplog.text  # urllib3 was heard
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(asked)


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\N{EURO SIGN}", f"{TOKEN}\r\nX: y", f"{TOKEN}\0"]
)
def test_a_token_that_no_header_can_hold_is_in_no_message_either(
    budget: RequestBudget, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    """The HTTP library's complaint quotes the whole header."""
    caplog.set_level(logging.DEBUG)
    with StandIn(releases, limit=LIMIT) as server:
        api = DiscogsApi(server.url, Secret(token), budget)
        assert TOKEN not in repr(api.release(7))
        try:
            api.identity()
        except MusicToolError as error:
            assert TOKEN not in "".join(traceback.format_exception(error))
    assert TOKEN not in caplog.text


def test_the_token_is_in_no_error(budget: RequestBudget) -> None:
    errors = []
    with StandIn(releases, accepted_tokens=["another"], limit=LIMIT) as server:
        api = DiscogsApi(server.url, Secret(TOKEN), budget)
        with pytest.raises(AccessRefused) as refused:
            api.identity()
        errors.append(refused.value)
    with pytest.raises(Unreachable) as unreachable:
        api.identity()
    errors.append(unreachable.value)
    for error in errors:
        assert TOKEN not in error.explained()
        assert TOKEN not in "".join(traceback.format_exception(error))
    assert TOKEN not in repr(vars(api))


# ------------------------------------------------------------------ what goes wrong

_CAUSES: dict[str, str] = {
    "500": "HTTP 500 Internal Server Error",
    "502": "HTTP 502 Bad Gateway",
    "503": "HTTP 503 Service Unavailable",
    "504": "HTTP 504 Gateway Timeout",
    "html_403": "HTTP 403 Forbidden (not from the API)",
    "429": "HTTP 429 Too Many Requests",
    "html_200": "web page",
    "empty_200": "empty answer",
    "json_array_200": "not valid JSON",
    "wrong_id": "another release",
    "bad_utf8": "not valid JSON",
    "cut_body": "cut short",
    "truncate": "cut",
    "wrong_content_length": "cut",
    "bad_gzip": "unpacked",
    "gzip_bomb": "larger than 10 MB",
    "huge_body": "larger than 10 MB",
    "reset": "cut off",
    "reset_after_headers": "cut off",
    "reset_in_body": "cut off",
    "hang": "no answer within",
    "drip": "no whole answer within",
    "header_drip": "no whole answer within",
    "redirect_other_host": "another host",
    "redirect_elsewhere": "to no release, not followed",
}
_FINAL = {"401", "403", "410"}


def test_every_fault_of_the_stand_in_is_asked_for_here() -> None:
    assert set(_CAUSES) | _FINAL == set(FAULTS)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discogs_response, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(discogs_response, "ATTEMPT_TIMEOUT", 0.6)


_QUICK_DRIPS = {"drip": "drip:0.05", "header_drip": "header_drip:0.05"}


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("fault", _CAUSES)
def test_a_passing_fault_is_to_be_tried_later(
    budget: RequestBudget, tmp_path: Path, fault: str
) -> None:
    began = time.monotonic()
    asked, _ = ask(budget, _QUICK_DRIPS.get(fault, fault))
    assert time.monotonic() - began < 5.0
    assert isinstance(asked.answer, TryLater)
    assert asked.answer.release_id == 7
    assert _CAUSES[fault] in asked.answer.cause
    assert "0x" not in asked.answer.cause  # words to count by, no object's address
    assert asked.answer.throttled == (fault == "429")
    assert all(answered is not None for answered, *_ in booked(tmp_path))  # no place is held


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("fault", sorted(_CAUSES.keys() - {"429"}))
def test_the_next_answer_is_a_good_one(budget: RequestBudget, fault: str) -> None:
    """The rest of a spoiled answer must not be read as the beginning of the next one."""
    plan = FaultPlan(script={7: [fault_named(_QUICK_DRIPS.get(fault, fault))]})
    with StandIn(releases, limit=LIMIT, faults=plan) as server:
        api = DiscogsApi(server.url, None, budget)
        assert isinstance(api.release(7).answer, TryLater)
        assert api.release(7).answer == Found(7, 7, BODY)


@pytest.mark.parametrize("fault", ["401", "403"])
def test_refused_access_is_a_stop(budget: RequestBudget, fault: str) -> None:
    asked, _ = ask(budget, fault)
    assert isinstance(asked.answer, Stop)
    assert asked.answer.cause.startswith(f"HTTP {fault}")


def test_gone_is_final(budget: RequestBudget) -> None:
    asked, _ = ask(budget, "410", "410")
    assert isinstance(asked.answer, Unavailable)
    with StandIn(releases, limit=LIMIT) as server:
        asked = DiscogsApi(server.url, None, budget).release(8)
        assert len(server.requests) == 2
    assert asked.requests == 2
    assert asked.answer == Unavailable(
        8, "HTTP 404 Not Found: Release not found.", b'{"message": "Release not found."}'
    )


def test_gone_is_asked_for_again_on_a_connection_of_its_own(budget: RequestBudget) -> None:
    with raw_server(SEVEN, GONE, then_close=False) as (url, heads):
        api = DiscogsApi(url, None, budget)
        assert isinstance(api.release(7).answer, Found)
        assert isinstance(api.release(8).answer, Unavailable)
    assert heads.connections == [0, 0, 1]


def test_gone_once_is_not_gone(budget: RequestBudget) -> None:
    """A release that was there at the second question was kept as unavailable for 90 days."""
    asked, _ = ask(budget, "410")
    assert (asked.answer, asked.requests) == (Found(7, 7, BODY), 2)
    asked, _ = ask(budget, "410", "503")
    assert isinstance(asked.answer, TryLater)
    assert asked.requests == 2


@pytest.mark.parametrize(
    "answer",
    [
        GONE.replace(b"application/json", b"text/html"),
        json_answer(b"{}", *METERED, status="404 Not Found"),
        json_answer(b"", *METERED, status="410 Gone"),
        *(GONE.replace(header.encode() + b"\r\n", b"") for header in METERED),
    ],
)
def test_gone_is_what_discogs_itself_says_in_words(budget: RequestBudget, answer: bytes) -> None:
    with raw_server(answer) as (url, _):
        asked = DiscogsApi(url, None, budget).release(7)
    assert isinstance(asked.answer, TryLater)
    assert asked.answer.cause.endswith("(not from the API)")
    assert asked.requests == 1


# ------------------------------------------------------------------ whose answer it is


@pytest.mark.parametrize("seconds", [0.0, 0.02])
@pytest.mark.parametrize("statuses", [(100,), (102,), (103,), (100, 103, 199, 103)])
def test_interim_answers_are_read_on(
    budget: RequestBudget, statuses: tuple[int, ...], seconds: float
) -> None:
    plan = FaultPlan(script={7: [Interim("interim", statuses, seconds)] * 2})
    with StandIn(releases, limit=LIMIT, faults=plan) as server:
        api = DiscogsApi(server.url, None, budget)
        asked = [api.release(7) for _ in range(2)]
    assert [(each.answer, each.requests) for each in asked] == [(Found(7, 7, BODY), 1)] * 2


@pytest.mark.parametrize(
    "head", [interim(*[103] * 1000), b"HTTP/1.1 101 Switching Protocols\r\n\r\n", interim(103)]
)
def test_what_comes_instead_of_a_final_answer_is_none(budget: RequestBudget, head: bytes) -> None:
    """Interim answers without end, another protocol, or nothing more."""
    with raw_server(head + SEVEN if b"101" in head else head, right_answer) as (url, heads):
        api = DiscogsApi(url, None, budget)
        assert isinstance(api.release(7).answer, TryLater)
        assert isinstance(api.release(8).answer, Found)
    assert heads.connections == [0, 1]


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_comes_after_an_empty_one_is_not_the_next_ones(
    budget: RequestBudget, status: int
) -> None:
    """The 404 for release 8 made release 7 unavailable."""
    plan = FaultPlan(script={8: [Late("late", status)]})
    with StandIn(releases, limit=LIMIT, faults=plan) as server:
        api = DiscogsApi(server.url, None, budget)
        assert isinstance(api.release(8).answer, TryLater)
        assert api.release(7).answer == Found(7, 7, BODY)


@pytest.mark.parametrize("stray", [GONE, redirect_to("/releases/9"), redirect_to("/releases/7")])
def test_an_answer_too_many_is_not_believed(budget: RequestBudget, stray: bytes) -> None:
    """It comes after the look at the connection and before the right one: nothing tells it from
    the answer to this request, but that another one was sent here."""
    with raw_server(SEVEN, stray + EIGHT, right_answer, then_close=False) as (url, heads):
        api = DiscogsApi(url, None, budget)
        assert isinstance(api.release(7).answer, Found)
        asked = api.release(8)
    assert (asked.answer, asked.requests) == (Found(8, 8, b'{"id": 8}'), 2)
    assert heads.connections == [0, 0, 1]


def test_anothers_answer_costs_its_connection(budget: RequestBudget) -> None:
    """Else each answer would be the one before, for ever."""
    with raw_server(SEVEN, SEVEN + EIGHT, right_answer, then_close=False) as (url, heads):
        api = DiscogsApi(url, None, budget)
        assert isinstance(api.release(7).answer, Found)
        assert api.release(8).answer == TryLater(8, "answer is about another release")
        assert isinstance(api.release(8).answer, Found)
    assert heads.connections == [0, 0, 1]


_CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'9\r\n{"id": 7}\r\n0\r\n\r\n'
)


@pytest.mark.parametrize("answer", [SEVEN, _CHUNKED, interim(103) + SEVEN])
def test_after_a_whole_right_answer_the_connection_is_used_again(
    budget: RequestBudget, answer: bytes
) -> None:
    assert connections_after(budget, answer) == [0, 0]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(answer, id=name)
        for name, answer in {
            "bytes after it": SEVEN + b"HTTP",
            "bytes after chunks": _CHUNKED + GONE,
            "an error": json_answer(b"{}", status="500 Internal Server Error"),
            "an error of ours": json_answer(b"{}", status="400 Bad Request"),
            "a throttle": json_answer(b"{}", status="429 Too Many Requests"),
            "no content": json_answer(b"", status="204 No Content"),
            "not modified": json_answer(b"", status="304 Not Modified"),
            "no JSON": json_answer(b"{"),
            "a web page": SEVEN.replace(b"application/json", b"text/html"),
            "another release": EIGHT,
            "a redirect": redirect_to("/elsewhere"),
            "a close": json_answer(b'{"id": 7}', "Connection: close"),
            "HTTP/1.0": json_answer(b'{"id": 7}', "Connection: keep-alive").replace(b"1.1", b"1.0"),
            "two ends": _CHUNKED.replace(b"Content-Type", b"Content-Length: 9\r\nContent-Type"),
        }.items()
    ],
)  # fmt: skip
def test_after_anything_else_it_is_closed(
    budget: RequestBudget, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.05)
    assert connections_after(budget, answer) == [0, 1]


def connections_after(
    budget: RequestBudget, answer: bytes, tls: ssl.SSLContext | None = None
) -> list[int]:
    """The connections of a request that gets this answer, and of the one after it."""
    with raw_server(answer, right_answer, then_close=False, tls=tls) as (url, heads):
        api = DiscogsApi(url, None, budget)
        api.release(7)
        assert api.release(8).answer == Found(8, 8, b'{"id": 8}')
    return heads.connections


def test_with_tls_too(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What TLS has unpacked waits on no socket."""
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    assert connections_after(budget, SEVEN, tls) == [0, 0]
    assert connections_after(budget, SEVEN + GONE, tls) == [0, 1]
    assert connections_after(budget, SEVEN + GONE * 100, tls) == [0, 1]


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1, with its key."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_a_connection_waits_for_the_verdict(budget: RequestBudget) -> None:
    """The body's end says nothing of what is in it: another thread would have the connection."""
    with raw_server(json_answer(b'{"id": 9}'), right_answer, then_close=False) as (url, heads):
        api = DiscogsApi(url, None, budget)
        with attempt(10.0) as this:
            api._send(budget.next_turn(), f"{url}/releases/7", this)  # type: ignore[arg-type]
            beside = threading.Thread(target=lambda: api.release(8))
            beside.start()
            beside.join()
    assert heads.connections == [0, 1]


def test_a_document_about_something_else_is_no_answer(budget: RequestBudget) -> None:
    """The page before, which came twice."""

    def page(number: int, per_page: int = 100) -> bytes:
        said = {"page": number, "pages": 2, "items": 101, "per_page": per_page}
        copies = [{"id": 7, "instance_id": at} for at in range(100 if number == 1 else 1)]
        return json_answer(json.dumps({"pagination": said, "releases": copies}).encode())

    folders, fields = json_answer(b'{"folders": []}'), json_answer(b'{"fields": []}')
    for answer, question in (
        (page(1), lambda api: api.collection_page("mo", 2)),
        (page(2, 50), lambda api: api.collection_page("mo", 2)),
        (folders, lambda api: api.collection_page("mo", 2)),
        (folders, lambda api: api.collection_fields("mo")),
        (fields, lambda api: api.collection_folders("mo")),
        (EIGHT, lambda api: api.collection_folders("mo")),
    ):
        with raw_server(answer, right_answer, then_close=False) as (url, heads):
            api = DiscogsApi(url, None, budget)
            found = question(api).answer
            assert isinstance(found, TryLater)
            assert found.cause.startswith("not the answer to the question: ")
            api.release(7)
        assert heads.connections == [0, 1]


@pytest.mark.parametrize("bomb", [f"gzip_bomb:{1024**3}", f"huge_body:{200 * 1024**2}"])
def test_memory_is_bounded(budget: RequestBudget, bomb: str) -> None:
    """1 GB from a packed megabyte would have the system kill the whole run."""
    tracemalloc.start()
    try:
        asked, _ = ask(budget, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(asked.answer, TryLater)
    assert peak < 150 * 1024**2


def test_memory_is_bounded_in_a_redirect_too(budget: RequestBudget) -> None:
    packer = zlib.compressobj(wbits=31)
    body = b"".join(packer.compress(bytes(1024**2)) for _ in range(160)) + packer.flush()
    redirect = json_answer(
        body, "Location: /releases/8", "Content-Encoding: gzip", status="301 Moved Permanently"
    )
    with raw_server(redirect, json_answer(BODY)) as (url, _):
        tracemalloc.start()
        try:
            DiscogsApi(url, None, budget).release(7)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 100 * 1024**2


@pytest.mark.usefixtures("hurry")
def test_fewer_bytes_than_announced_are_no_answer(budget: RequestBudget) -> None:
    asked, _ = ask(budget, "wrong_content_length:10")
    assert isinstance(asked.answer, TryLater)
    assert "no answer within" in asked.answer.cause


def test_a_body_of_just_under_the_limit_is_taken(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discogs_response, "LARGEST_BODY", len(BODY))
    assert isinstance(ask(budget)[0].answer, Found)
    monkeypatch.setattr(discogs_response, "LARGEST_BODY", len(BODY) - 1)
    assert isinstance(ask(budget)[0].answer, TryLater)


@pytest.mark.usefixtures("hurry")
def test_behind_a_proxy_the_time_limit_holds_too(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(json_answer(b'{"id": 7}'), pause=0.03) as (url, _):
        monkeypatch.setenv("http_proxy", url)
        began = time.monotonic()
        with suppress(Exception):
            DiscogsApi("http://api.test", None, budget).release(7)
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_on_this_machine_is_asked_for_without_a_proxy(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    """The demo's stand-in answers here: a company's proxy knows nothing of it."""
    with raw_server(b"") as (proxy, heads), StandIn(releases, limit=LIMIT) as server:
        monkeypatch.setenv(name, proxy)
        url = server.url.replace("127.0.0.1", host)
        assert DiscogsApi(url, None, budget).release(7).answer == Found(7, 7, BODY)
    assert heads == []


def test_what_is_elsewhere_is_asked_for_through_the_proxy(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(json_answer(BODY)) as (proxy, heads):
        monkeypatch.setenv("http_proxy", proxy)
        answer = DiscogsApi("http://api.test", None, budget).release(7).answer
    assert answer == Found(7, 7, BODY)
    assert heads[0].startswith(b"GET http://api.test/releases/7 ")


def test_nobody_there_is_no_answer(budget: RequestBudget) -> None:
    with StandIn(releases) as server:
        url = server.url
    api = DiscogsApi(url, None, budget)
    assert api.release(7).answer == TryLater(7, "no connection", reached=False)
    assert api.sent == RequestCounts(requests=1)


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 100, b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 2"])
def test_something_else_on_the_port_is_no_answer(budget: RequestBudget, garbage: bytes) -> None:
    with raw_server(garbage) as (url, _):
        answer = DiscogsApi(url, None, budget).release(7).answer
    assert isinstance(answer, TryLater)


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(b"[" * 100_000),
        json_answer(BODY, "X-Discogs-Ratelimit: -1", "X-Discogs-Ratelimit-Used: 9e9"),
        json_answer(BODY, "X-Discogs-Ratelimit: \N{SUPERSCRIPT TWO}".encode().decode("latin-1")),
        json_answer(b"", status="204 No Content"),
        json_answer(b"{}", status="418 I'm a teapot"),
        json_answer(b"{}", status="299 "),
        json_answer(b"", "Location: /releases/7", status="304 Not Modified"),
        json_answer(b"", status="301 Moved Permanently"),
    ],
)
def test_odd_answers_are_answers(budget: RequestBudget, answer: bytes) -> None:
    with raw_server(answer) as (url, _):
        assert isinstance(DiscogsApi(url, None, budget).release(7).answer, TryLater | Found)


# ------------------------------------------------------------------ redirects


@pytest.mark.parametrize("location", ["relative", "absolute"])
def test_a_merged_release_keeps_both_ids(
    budget: RequestBudget, tmp_path: Path, location: str
) -> None:
    with StandIn(releases, limit=LIMIT, merged={3: 7}, merged_location=location) as server:  # type: ignore[arg-type]
        asked = DiscogsApi(server.url, Secret(TOKEN), budget).release(3)
    assert asked.answer == Found(3, 7, BODY)
    assert asked.requests == 2
    assert [request.had_token for request in server.requests] == [True, True]
    assert len(booked(tmp_path)) == 2


@pytest.mark.parametrize("hops", [2, 3])
def test_a_few_hops_are_followed(budget: RequestBudget, hops: int) -> None:
    merged = {number: number + 1 for number in range(7 - hops, 7)}
    with StandIn(releases, limit=LIMIT, merged=merged) as server:
        asked = DiscogsApi(server.url, None, budget).release(7 - hops)
    assert asked.answer == Found(7 - hops, 7, BODY)
    assert asked.requests == hops + 1


def test_each_hop_costs_a_turn(budget: RequestBudget, tmp_path: Path) -> None:
    merged = {number: number + 1 for number in range(1, 7)}
    with StandIn(releases, limit=LIMIT, merged=merged) as server:
        asked = DiscogsApi(server.url, None, budget).release(1)
    assert asked.answer == TryLater(1, "redirected more than 3 times")
    assert asked.requests == len(server.requests) == len(booked(tmp_path)) == 4
    starts = [request.arrived for request in server.requests]
    assert starts == sorted(starts)


@pytest.mark.parametrize("merged", [{3: 3}, {3: 4, 4: 3}, {3: 4, 4: 4}])
def test_a_circle_is_left_at_once(budget: RequestBudget, merged: dict[int, int]) -> None:
    with StandIn(releases, limit=LIMIT, merged=merged) as server:
        asked = DiscogsApi(server.url, None, budget).release(3)
    assert asked == Asked(TryLater(3, "redirected in a circle"), len(merged), asked.at)


@pytest.mark.parametrize("answered_id", [3, 8])
def test_a_redirect_is_believed_if_the_answer_bears_its_id(
    budget: RequestBudget, answered_id: int
) -> None:
    with raw_server(redirect_to("/releases/7"), json_answer(b'{"id": %d}' % answered_id)) as (
        url,
        _,
    ):
        answer = DiscogsApi(url, None, budget).release(3).answer
    assert answer == TryLater(3, "answer is about another release")


def test_a_redirect_leads_to_no_other_document(budget: RequestBudget) -> None:
    """The identity bears an id too: it was kept as a tracklist."""
    asked, server = ask(budget, "redirect_elsewhere")
    assert isinstance(asked.answer, TryLater)
    assert len(server.requests) == 1
    with raw_server(redirect_to("/releases/7"), json_answer(b'{"folders": []}')) as (url, heads):
        answer = DiscogsApi(url, None, budget).collection_folders("mo").answer
    assert isinstance(answer, TryLater)
    assert len(heads) == 1


def test_merged_into_one_that_is_gone_is_gone(budget: RequestBudget) -> None:
    with StandIn(releases, limit=LIMIT, merged={3: 8}) as server:
        answer = DiscogsApi(server.url, None, budget).release(3).answer
    assert isinstance(answer, Unavailable)
    assert answer.release_id == 3


@pytest.mark.parametrize(
    "location", ["http://[oops", "http://127.0.0.1:99999/", "file:///etc/passwd", "mailto:x"]
)
def test_a_redirect_to_nowhere_is_to_be_tried_later(budget: RequestBudget, location: str) -> None:
    asked, _ = ask(budget, f"redirect_other_host:{location}")
    assert isinstance(asked.answer, TryLater)


_REDIRECT = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /releases/7\r\n\r\n"


@pytest.mark.parametrize("head", [_REDIRECT, _REDIRECT.replace(b"\r\n", b"\n")])
def test_a_location_may_be_the_last_line_of_a_head(budget: RequestBudget, head: bytes) -> None:
    """So many a server ends one, and the merged release would fail at every refresh."""
    with raw_server(head, json_answer(BODY)) as (url, _):
        asked = DiscogsApi(url, None, budget).release(3)
    assert (asked.answer, asked.requests) == (Found(3, 7, BODY), 2)


def test_a_redirect_is_not_waited_for_where_its_body_has_no_end(budget: RequestBudget) -> None:
    """A server that neither tells the length nor closes would hold the request for half a minute,
    and then the release would fail."""
    with raw_server(_REDIRECT, json_answer(BODY), then_close=False) as (url, _):
        assert DiscogsApi(url, None, budget).release(3).answer == Found(3, 7, BODY)


@pytest.mark.parametrize("kept", range(len(_REDIRECT) - 1))
def test_a_head_that_is_cut_off_leads_nowhere(budget: RequestBudget, kept: int) -> None:
    """`/releases/7123` cut off after `/releases/7` is another record."""
    with raw_server(_REDIRECT[:kept], json_answer(BODY)) as (url, _):
        answer = DiscogsApi(url, None, budget).release(3).answer
    assert answer == TryLater(3, "connection cut off")


# ------------------------------------------------------------------ the budget


def test_the_servers_headers_reach_the_budget(budget: RequestBudget, tmp_path: Path) -> None:
    with StandIn(releases, limit=600, foreign=100) as server:
        DiscogsApi(server.url, None, budget).release(7)
    assert [(limit, others) for _, limit, others in booked(tmp_path)] == [(600, 100)]


def test_a_429_pauses_and_three_in_a_row_end_it(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.05)
    told: list[Wait] = []
    plan = FaultPlan(rate=1.0, faults=(fault_named("429"),))
    with StandIn(releases, limit=LIMIT, faults=plan) as server:
        api = DiscogsApi(server.url, None, budget, on_wait=told.append)
        for _ in range(2):
            asked = api.release(7)
            assert isinstance(asked.answer, TryLater)
            assert asked.answer.throttled
        with pytest.raises(Throttled, match="HTTP 429 Too Many Requests 3 times in a row"):
            api.release(7)
        assert api.sent == RequestCounts(requests=3, throttled=3)
        times = [request.arrived for request in server.requests]
    assert times[1] - times[0] >= 0.05
    assert times[2] - times[1] >= 0.10
    pauses = [wait for wait in told if wait.reason == "Discogs asked to pause (429)"]
    assert 0 < max(wait.seconds for wait in pauses) <= 0.10
    assert told[-1] == Wait(0.0)  # and that it is over


@pytest.mark.parametrize("pause", ["1", "86400", "soon", "-5", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_any_retry_after_is_taken(budget: RequestBudget, pause: str) -> None:
    asked, _ = ask(budget, f"429:{pause}")
    assert asked.answer.throttled
    wait = budget.next_turn()
    assert "429" in getattr(wait, "reason", "")
    assert 0 < getattr(wait, "seconds", 0) <= 120


@pytest.mark.parametrize("between", [None, "500", "wrong_id"])
def test_whatever_gets_through_ends_the_row(
    budget: RequestBudget, monkeypatch: pytest.MonkeyPatch, between: str | None
) -> None:
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.01)
    through = fault_named(between) if between else None
    plan = FaultPlan(script={7: [fault_named("429"), fault_named("429"), through] * 2})
    with StandIn(releases, limit=LIMIT, faults=plan) as server:
        api = DiscogsApi(server.url, None, budget)
        for _ in range(6):
            api.release(7)
        assert api.sent == RequestCounts(requests=6, throttled=4)


def test_a_stop_ends_the_wait(budget: RequestBudget) -> None:
    budget.throttled(budget.next_turn(), None)  # type: ignore[arg-type]
    stop = threading.Event()
    with StandIn(releases, limit=LIMIT) as server:
        api = DiscogsApi(server.url, None, budget, stop)
        threading.Timer(0.1, stop.set).start()
        began = time.monotonic()
        with pytest.raises(Interrupted):
            api.release(7)
        assert time.monotonic() - began < 20
        with pytest.raises(Interrupted):
            api.identity()
    assert server.arrived == 0


# ------------------------------------------------------------------ identity


def test_identity_is_the_user_name(budget: RequestBudget, tmp_path: Path) -> None:
    with StandIn(releases, limit=LIMIT, username="crate_digger") as server:
        assert DiscogsApi(server.url, Secret(TOKEN), budget).identity() == "crate_digger"
        assert [request.path for request in server.requests] == ["/oauth/identity"]
    assert len(booked(tmp_path)) == 1


def identity_of(budget: RequestBudget, *answers: bytes) -> str:
    with raw_server(*answers) as (url, _):
        return DiscogsApi(url, Secret(TOKEN), budget).identity()


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_token_that_discogs_does_not_know_is_refused(budget: RequestBudget, status: str) -> None:
    with pytest.raises(AccessRefused, match=status[:3]) as raised:
        identity_of(budget, json_answer(b'{"message": "no"}', status=status))
    assert "Retrying cannot clear this" in raised.value.explained()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        json_answer(b""),
        json_answer(b"[]"),
        json_answer(b"{}"),
        json_answer(b"{"),
        json_answer(b"\xff"),
        json_answer(b"null"),
        json_answer(b"{}", status="500 Internal Server Error"),
        json_answer(b"", "Location: http://elsewhere.invalid/", status="302 Found"),
        json_answer(b'{"id": 1, "username": "mo"}', status="500 Internal Server Error"),
        json_answer(b'{"username": "mo"}'),
        json_answer(b'{"id": "1", "username": "mo"}'),
        json_answer(b'{"id": 1, "username": ["mo"]}'),
    ],
)
def test_no_usable_identity_is_unreachable(budget: RequestBudget, answer: bytes) -> None:
    with pytest.raises(Unreachable):
        identity_of(budget, answer)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"username": null}', id="null"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_no_name_is_no_identity(budget: RequestBudget, body: bytes) -> None:
    with pytest.raises(Unreachable):
        identity_of(budget, json_answer(body))


def test_a_cdns_page_does_not_refuse_the_token(budget: RequestBudget) -> None:
    """Otherwise `musictool check` sends the user off to make a new token for nothing."""
    page = json_answer(b"<html>", status="403 Forbidden").replace(b"application/json", b"text/html")
    with pytest.raises(Unreachable):
        identity_of(budget, page)


def test_a_429_for_the_identity_pauses_everybody(budget: RequestBudget) -> None:
    """Asking on while limited lengthens the penalty."""
    with pytest.raises(MusicToolError):
        identity_of(budget, json_answer(b"{}", status="429 Too Many Requests"))
    assert "429" in getattr(budget.next_turn(), "reason", "")


def test_threads_share_one_client(budget: RequestBudget) -> None:
    found: list[Asked] = []
    with StandIn(releases, limit=LIMIT, latency=0.01) as server:
        api = DiscogsApi(server.url, Secret(TOKEN), budget)
        threads: Sequence[threading.Thread] = [
            threading.Thread(target=lambda: found.extend(api.release(7) for _ in range(5)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [asked.answer for asked in found] == [Found(7, 7, BODY)] * 20
