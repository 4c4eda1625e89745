"""The stand-in answers as Discogs does, and each fault reaches a client as described.

What is asserted here is what raw sockets and `http.client` see: a client library that mends,
retries or unpacks on its own could not tell one fault from another.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.demo.faults import FAULTS, FaultPlan, fault_named, faults_named
from musictool_pipeline.demo.request_log import LoggedRequest, RequestLog
from musictool_pipeline.demo.stand_in import MovingWindow, StandIn
from musictool_pipeline_tests.request_judges import (
    most_in_any_window,
    read_log,
    requests_per_release,
)
from musictool_pipeline_tests.sample_data import demo_collection, large_collection
from musictool_pipeline_tests.stand_in_command import answers_from_folder, main

TOKEN = "not-a-real-token"
RELEASE = {"id": 7, "title": "Ünder Glass", "tracklist": [{"position": "A1", "title": "x" * 300}]}
BODY = json.dumps(RELEASE, ensure_ascii=False).encode()


def one_release(release_id: int) -> bytes | None:
    return BODY if release_id == RELEASE["id"] else None


def stand_in(**options: Any) -> StandIn:
    return StandIn(one_release, **{"limit": 100_000, **options})


def always(fault: str) -> FaultPlan:
    return FaultPlan(rate=1.0, faults=(fault_named(fault),))


@dataclass(frozen=True)
class Reply:
    """A whole answer, its body as sent."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    server: StandIn,
    path: str = "/releases/7",
    *,
    token: str | None = None,
    packed: bool = False,
    user_agent: str | None = "Test/1.0",
) -> Reply:
    """One request on a connection of its own, nothing followed and nothing unpacked."""
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    if token is not None:
        headers["Authorization"] = f"Discogs token={token}"
    if user_agent is not None:
        headers["User-Agent"] = user_agent
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def request_bytes() -> bytes:
    return b"GET /releases/7 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Test/1.0\r\n\r\n"


@contextmanager
def connected(server: StandIn, timeout: float = 5.0) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        yield connection


def heard(connection: socket.socket) -> tuple[bytes, str]:
    """All that comes, and how it ended: "closed", "reset" or "silence" (a timeout)."""
    received = bytearray()
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return bytes(received), "reset"
        except TimeoutError:
            return bytes(received), "silence"
        if not piece:
            return bytes(received), "closed"
        received += piece


def raw(server: StandIn, timeout: float = 5.0) -> tuple[bytes, bytes, str]:
    """(head, body, ending) of one request for the release."""
    with connected(server, timeout) as connection:
        connection.sendall(request_bytes())
        received, ending = heard(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body, ending


def announced_length(head: bytes) -> int:
    [line] = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    return int(line.partition(b": ")[2])


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.005)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


# ------------------------------------------------------------------ answers


def test_a_release_is_answered_byte_for_byte(server: StandIn) -> None:
    reply = ask(server)
    assert (reply.status, reply.body) == (200, BODY)
    assert reply.headers["Content-Type"] == "application/json"
    assert "Content-Encoding" not in reply.headers


def test_gzip_goes_to_those_who_take_it(server: StandIn) -> None:
    reply = ask(server, packed=True)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body) == BODY
    assert len(reply.body) == int(reply.headers["Content-Length"]) < len(BODY)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/releases/8", "Release not found."),
        ("/releases/seven", "The requested resource was not found."),
        ("/releases/7/", "The requested resource was not found."),
        ("/", "The requested resource was not found."),
    ],
)
def test_what_is_not_there_is_a_json_404(server: StandIn, path: str, message: str) -> None:
    reply = ask(server, path)
    assert (reply.status, reply.json) == (404, {"message": message})


@pytest.mark.parametrize("user_agent", [None, "", "  "])
def test_without_a_user_agent_the_body_is_empty(server: StandIn, user_agent: str | None) -> None:
    reply = ask(server, user_agent=user_agent)
    assert (reply.status, reply.body) == (200, b"")


def test_anything_but_get_is_refused_in_json(server: StandIn) -> None:
    with connected(server) as connection:
        connection.sendall(b"DELETE /releases/7 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received, ending = heard(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 501 ")
    assert "message" in json.loads(body)
    assert ending == "closed"


def test_a_connection_serves_many_requests(server: StandIn) -> None:
    """A pooled client must find what it finds at Discogs: keep-alive, in plain order."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.connect()
    first_socket = connection.sock
    for _ in range(3):
        connection.request("GET", "/releases/7", headers={"User-Agent": "Test/1.0"})
        assert connection.getresponse().read() == BODY
        assert connection.sock is first_socket
    connection.close()


def test_identity_wants_a_token(server: StandIn) -> None:
    reply = ask(server, "/oauth/identity", token=TOKEN)
    assert reply.status == 200
    assert set(reply.json) == {"id", "username", "resource_url", "consumer_name"}
    refused = ask(server, "/oauth/identity")
    assert refused.status == 401
    assert refused.json == {"message": "You must authenticate to access this resource."}


def test_only_accepted_tokens_are_good() -> None:
    with stand_in(accepted_tokens={TOKEN}) as server:
        assert ask(server, token=TOKEN).status == 200
        assert ask(server).status == 200
        assert ask(server, "/oauth/identity", token=TOKEN).status == 200
        assert ask(server, "/oauth/identity", token="wrong").status == 401
        refused = ask(server, token="wrong")
        assert refused.status == 401
        assert refused.json["message"].startswith("Invalid consumer token.")


def test_a_token_in_the_query_is_none_and_is_nowhere_logged(tmp_path: Path) -> None:
    """A log that carried the token would be one more place to leak it."""
    log = tmp_path / "requests.jsonl"
    with stand_in(log_file=log) as server:
        assert ask(server, f"/oauth/identity?token={TOKEN}").status == 401
        assert ask(server, "/oauth/identity", token=TOKEN).status == 200
        assert [entry.had_token for entry in server.requests] == [False, True]
        assert TOKEN not in repr(server.requests)
    assert TOKEN not in log.read_text()


@pytest.mark.parametrize("kind", ["relative", "absolute"])
def test_a_merged_release_points_to_the_new_one(kind: Any) -> None:
    with stand_in(merged={3: 7}, merged_location=kind) as server:
        reply = ask(server, "/releases/3")
        base = server.url if kind == "absolute" else ""
        assert (reply.status, reply.headers["Location"]) == (301, f"{base}/releases/7")


def test_answers_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "12.json").write_bytes(b'{"id": 12}')
    answers = answers_from_folder(tmp_path)
    assert answers(12) == b'{"id": 12}'
    assert answers(13) is None
    with pytest.raises(NotADirectoryError, match="nowhere"):
        answers_from_folder(tmp_path / "nowhere")


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.0.1", "::", "example.org"])
def test_nothing_but_loopback(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        stand_in(host=host)


# ------------------------------------------------------------------ the limit


def rate_headers(reply: Reply) -> tuple[int, int, int]:
    names = ("X-Discogs-Ratelimit", "X-Discogs-Ratelimit-Used", "X-Discogs-Ratelimit-Remaining")
    limit, used, remaining = (int(reply.headers[name]) for name in names)
    return limit, used, remaining


def test_used_counts_the_request_itself_and_every_kind_of_answer() -> None:
    with stand_in(limit=10, faults=FaultPlan(script={7: [fault_named("html_403")]})) as server:
        paths = ("/releases/7", "/releases/8", "/oauth/identity", "/nowhere")
        assert [rate_headers(ask(server, path)) for path in paths] == [
            (10, 1, 9),
            (10, 2, 8),
            (10, 3, 7),
            (10, 4, 6),
        ]


def test_above_the_limit_is_429_and_still_counts() -> None:
    with stand_in(limit=2) as server:
        replies = [ask(server) for _ in range(4)]
        assert [reply.status for reply in replies] == [200, 200, 429, 429]
        assert replies[-1].json == {"message": "You are making requests too quickly."}
        assert rate_headers(replies[-1]) == (2, 2, 0)
        assert "Retry-After" not in replies[-1].headers
        assert [entry.used for entry in server.requests] == [1, 2, 3, 4]


def test_the_limit_depends_on_the_token_and_counts_for_all() -> None:
    with stand_in(limit=None, accepted_tokens={TOKEN}) as server:
        assert rate_headers(ask(server)) == (25, 1, 24)
        assert rate_headers(ask(server, token=TOKEN)) == (60, 2, 58)
        assert rate_headers(ask(server, token="wrong")) == (25, 3, 22)


def test_a_request_above_the_limit_uses_up_no_fault() -> None:
    """Else a scripted fault would vanish behind a 429, and a test of it would test nothing."""
    plan = FaultPlan(script={7: [fault_named("500")]})
    with stand_in(limit=1, window=0.5, faults=plan, retry_after="1") as server:
        ask(server, "/releases/8")
        limited = ask(server)
        assert (limited.status, limited.headers["Retry-After"]) == (429, "1")
        time.sleep(0.55)
        assert ask(server).status == 500


def test_the_window_moves() -> None:
    with stand_in(limit=1, window=0.5) as server:
        assert [ask(server).status for _ in range(2)] == [200, 429]
        time.sleep(0.55)
        assert ask(server).status == 200


def test_probing_while_limited_prolongs_it() -> None:
    patient, probing = MovingWindow(60), MovingWindow(60)
    for window in (patient, probing):
        assert [window.count(0.0) for _ in range(3)] == [1, 2, 3]
    assert [probing.count(float(second)) for second in (20, 40)] == [4, 5]
    assert probing.count(60.0) == 3
    assert patient.count(60.0) == 1


@given(st.lists(st.floats(0, 400), max_size=60).map(sorted))
def test_the_window_and_the_judge_agree(times: list[float]) -> None:
    """A client at the limit is judged fairly only if both draw the window's edge alike."""
    window = MovingWindow(60)
    assert max((window.count(time) for time in times), default=0) == most_in_any_window(times)


def test_others_behind_the_same_address_use_up_the_budget() -> None:
    with stand_in(limit=60, foreign=20) as server:
        assert rate_headers(ask(server)) == (60, 21, 39)
        server.spend_elsewhere(30)
        assert rate_headers(ask(server)) == (60, 52, 8)
        server.set_foreign(0)
        assert rate_headers(ask(server)) == (60, 33, 27)


@pytest.mark.parametrize(("count_at", "used"), [("arrival", 1), ("response", 6)])
def test_when_a_request_counts(count_at: Any, used: int) -> None:
    with stand_in(latency=0.3, count_at=count_at) as server, ThreadPoolExecutor() as pool:
        reply = pool.submit(ask, server)
        eventually(lambda: server.arrived == 1)
        server.spend_elsewhere(5)
        assert rate_headers(reply.result())[1] == used


# ------------------------------------------------------------------ many at once


def test_parallel_requests_are_counted_exactly() -> None:
    with stand_in(limit=100) as server, ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: ask(server), range(200)))
        assert Counter(reply.status for reply in replies) == {200: 100, 429: 100}
        entries = server.requests
        assert sorted(entry.number for entry in entries) == list(range(1, 201))
        assert [entry.used for entry in entries] == list(range(1, 201))


def test_latency_is_waited_out_in_parallel() -> None:
    with stand_in(latency=(0.3, 0.35)) as server, ThreadPoolExecutor(8) as pool:
        started = time.monotonic()
        list(pool.map(lambda _: ask(server), range(8)))
        assert 0.3 <= time.monotonic() - started < 8 * 0.3
        assert all((entry.answered or 0) - entry.arrived >= 0.3 for entry in server.requests)


# ------------------------------------------------------------------ faults: other answers


@pytest.mark.parametrize(
    ("name", "status", "content_type", "start"),
    [
        ("500", 500, "application/json", b'{"message"'),
        ("502", 502, "text/html", b"<!DOCTYPE html>"),
        ("503", 503, "text/html", b"<!DOCTYPE html>"),
        ("504", 504, "text/html", b"<!DOCTYPE html>"),
        ("401", 401, "application/json", b'{"message"'),
        ("403", 403, "application/json", b'{"message"'),
        ("html_403", 403, "text/html", b"<!DOCTYPE html>"),
        ("410", 410, "application/json", b'{"message"'),
        ("429", 429, "application/json", b'{"message"'),
        ("html_200", 200, "text/html", b"<!DOCTYPE html>"),
        ("empty_200", 200, "application/json", b""),
        ("json_array_200", 200, "application/json", b"[]"),
    ],
)
def test_another_answer(
    server: StandIn, name: str, status: int, content_type: str, start: bytes
) -> None:
    server.set_faults(always(name))
    reply = ask(server)
    assert reply.status == status
    assert reply.headers["Content-Type"].startswith(content_type)
    assert reply.body.startswith(start) and bool(reply.body) == bool(start)
    assert server.requests[-1].fault == name


@pytest.mark.parametrize(
    "retry_after", ["0", "5", "86400", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"]
)
def test_a_429_with_any_retry_after(server: StandIn, retry_after: str) -> None:
    server.set_faults(always(f"429:{retry_after}"))
    assert ask(server).headers["Retry-After"] == retry_after
    server.set_faults(always("429"))
    assert "Retry-After" not in ask(server).headers


def test_wrong_id(server: StandIn) -> None:
    server.set_faults(always("wrong_id"))
    assert ask(server).json == {**RELEASE, "id": 8}
    server.set_faults(always("wrong_id:-3"))
    assert ask(server).json["id"] == 4
    assert ask(server, "/releases/8").status == 404


def test_redirect_to_another_host(server: StandIn) -> None:
    with stand_in() as other:
        server.set_faults(always(f"redirect_other_host:{other.url}/releases/7"))
        reply = ask(server)
        assert reply.status == 302
        assert reply.headers["Location"] == f"{other.url}/releases/7"


def test_a_redirect_to_another_host_has_one_location() -> None:
    with stand_in(merged={7: 9}, faults=always("redirect_other_host")) as server:
        assert ask(server).headers.get_all("Location") == ["http://elsewhere.invalid/"]


def test_a_redirect_within_the_api_leads_to_an_answer_with_an_id(server: StandIn) -> None:
    server.set_faults(always("redirect_elsewhere"))
    reply = ask(server)
    assert reply.status == 302
    assert reply.headers["Location"] == "/oauth/identity"


# ------------------------------------------------------------------ faults: spoilt bodies


def test_bad_utf8(server: StandIn) -> None:
    server.set_faults(always("bad_utf8"))
    body = ask(server).body
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.decode(errors="replace"))["id"] == 7


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_body_shows_in_parsing_alone(server: StandIn, packed: bool) -> None:
    server.set_faults(always("cut_body:50"))
    reply = ask(server, packed=packed)  # http.client raises if the length were wrong
    assert (gzip.decompress(reply.body) if packed else reply.body) == BODY[:50]
    with pytest.raises(ValueError):
        reply.json  # noqa: B018


def test_truncate_announces_all_and_closes_early(server: StandIn) -> None:
    server.set_faults(always("truncate:50"))
    head, body, ending = raw(server)
    assert (announced_length(head), body, ending) == (len(BODY), BODY[:50], "closed")


def test_a_length_too_small_spoils_the_next_answer(server: StandIn) -> None:
    server.set_faults(FaultPlan(script={7: [fault_named("wrong_content_length")]}))
    with connected(server, timeout=0.3) as connection:
        connection.sendall(request_bytes() * 2)
        received, ending = heard(connection)
    head, _, rest = received.partition(b"\r\n\r\n")
    assert announced_length(head) == len(BODY) - 10
    assert rest[: len(BODY)] == BODY
    assert rest[announced_length(head) :].startswith(BODY[-10:] + b"HTTP/1.1 200 OK\r\n")
    assert ending == "silence"


def test_a_length_too_large_makes_the_client_wait(server: StandIn) -> None:
    server.set_faults(always("wrong_content_length:10"))
    head, body, ending = raw(server, timeout=0.3)
    assert (announced_length(head), body, ending) == (len(BODY) + 10, BODY, "silence")


def test_bad_gzip(server: StandIn) -> None:
    server.set_faults(always("bad_gzip"))
    for packed in (False, True):
        reply = ask(server, packed=packed)
        assert reply.headers["Content-Encoding"] == "gzip"
        assert reply.body == BODY


def test_a_gzip_bomb_is_valid_and_unpacks_to_a_thousandfold(server: StandIn) -> None:
    size = 5 * 1024 * 1024 + 17
    server.set_faults(always(f"gzip_bomb:{size}"))
    reply = ask(server, packed=True)
    unpacked = gzip.decompress(reply.body)  # checks length and checksum
    assert unpacked == BODY + b" " * size
    assert len(reply.body) < size / 500
    assert json.loads(unpacked) == RELEASE


def test_a_gzip_bomb_is_never_held_in_memory(server: StandIn) -> None:
    """The demo's machine must survive the bomb that its client is tested with."""
    server.set_faults(always("gzip_bomb"))
    _, body, ending = raw(server, timeout=10.0)
    assert ending == "closed"
    assert len(body) < 1024 * 1024
    unpacker = zlib.decompressobj(31)
    total, pending = 0, body
    while pending:
        total += len(unpacker.decompress(pending, 1024 * 1024))
        pending = unpacker.unconsumed_tail
    assert unpacker.eof
    assert total == len(BODY) + 256 * 1024 * 1024


def test_a_huge_body_comes_unpacked_and_whole(server: StandIn) -> None:
    server.set_faults(always("huge_body"))
    reply = ask(server, packed=True)
    assert "Content-Encoding" not in reply.headers
    assert int(reply.headers["Content-Length"]) == len(reply.body) > 10_000_000
    assert reply.json == RELEASE


# ------------------------------------------------------------------ faults: the connection


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("reset", None, 0),
        ("reset_after_headers", b"", 200),
        ("reset_in_body", BODY[: len(BODY) // 2], 200),
    ],
)
def test_reset(server: StandIn, name: str, body: bytes | None, status: int) -> None:
    server.set_faults(always(name))
    head, received, ending = raw(server)
    assert ending == "reset"
    assert bool(head) == (body is not None)
    assert received == (body or b"")
    entry = server.requests[-1]
    assert (entry.status, entry.answered is None) == (status, status == 0)


def test_hang_says_nothing_and_is_logged_while_it_hangs(server: StandIn) -> None:
    server.set_faults(always("hang"))
    with connected(server, timeout=0.2) as connection:
        connection.sendall(request_bytes())
        assert heard(connection) == (b"", "silence")
        entry = server.requests[-1]
    assert (entry.fault, entry.status, entry.answered) == ("hang", 0, None)


def test_a_hang_ends_with_its_client(server: StandIn) -> None:
    """Else each timeout in a long run would leave a thread and a socket behind."""
    server.set_faults(always("hang"))
    before = threading.active_count()
    raw(server, timeout=0.1)
    eventually(lambda: threading.active_count() == before)


def test_drip_sends_the_body_byte_by_byte(server: StandIn) -> None:
    server.set_faults(always("drip:5"))
    head, body, ending = raw(server, timeout=0.2)
    assert announced_length(head) == len(BODY)
    assert (body, ending) == (BODY[:1], "silence")
    server.set_faults(always("drip:0.1"))
    with connected(server) as connection:
        connection.sendall(request_bytes())
        pieces = [connection.recv(65536) for _ in range(5)]
    assert all(len(piece) < 10 for piece in pieces[1:])


def test_header_drip_sends_the_status_line_byte_by_byte(server: StandIn) -> None:
    server.set_faults(always("header_drip:0.1"))
    with connected(server) as connection:
        connection.sendall(request_bytes())
        received = b"".join(connection.recv(65536) for _ in range(5))
    assert 5 <= len(received) < 50  # more than five where the machine was busy
    assert b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n".startswith(received)


def test_drips_come_each_second_unless_told_otherwise() -> None:
    assert asdict(FAULTS["drip"])["seconds"] == asdict(FAULTS["header_drip"])["seconds"] == 1.0


@pytest.mark.parametrize("name", FAULTS)
def test_after_any_fault_the_server_is_well(server: StandIn, name: str) -> None:
    server.set_faults(FaultPlan(script={7: [fault_named(name)]}))
    with connected(server) as connection:
        connection.sendall(request_bytes())
        eventually(lambda: len(server.requests) == 1)
    assert (reply := ask(server)).status == 200 and reply.body == BODY
    assert [entry.fault for entry in server.requests] == [name, None]


# ------------------------------------------------------------------ which fault, and when


def test_a_script_is_played_in_order_and_then_all_is_well(server: StandIn) -> None:
    plan = FaultPlan(script={7: [fault_named("503"), None, fault_named("410")]})
    server.set_faults(plan)
    assert [ask(server).status for _ in range(5)] == [503, 200, 410, 200, 200]
    server.set_faults(plan)
    assert ask(server).status == 503
    server.set_faults(None)
    assert ask(server).status == 200


@given(st.integers(), st.integers(1, 10**9), st.integers(1, 9), st.floats(0, 1))
def test_a_plan_is_the_same_on_every_run(
    seed: int, release_id: int, attempt: int, rate: float
) -> None:
    kinds = faults_named("500,reset,hang")
    first, second = (FaultPlan(seed=seed, rate=rate, faults=kinds) for _ in range(2))
    assert first.fault_for(release_id, attempt) == second.fault_for(release_id, attempt)


def test_a_plan_is_the_same_in_every_process() -> None:
    """A failure seen once must be seen again with the same seed, elsewhere too."""
    plan = FaultPlan(seed=7, rate=0.5, faults=faults_named("500,reset"))
    drawn = [plan.fault_for(release_id, 1) for release_id in range(1, 9)]
    names = [fault.name if fault else "-" for fault in drawn]
    assert " ".join(names) == "reset reset - reset 500 - 500 500"


def test_the_rate_is_met_and_every_kind_comes() -> None:
    plan = FaultPlan(seed=1, rate=0.2, faults=faults_named("500,reset,hang"))
    drawn = Counter(
        fault.name for release_id in range(3000) if (fault := plan.fault_for(release_id, 1))
    )
    assert 500 < drawn.total() < 700
    assert min(drawn[name] for name in ("500", "reset", "hang")) > 140


def test_a_release_heals_after_its_limit() -> None:
    plan = FaultPlan(rate=1.0, faults=faults_named("500"), limit_per_release=2)
    assert [plan.fault_for(7, attempt) is None for attempt in (1, 2, 3, 99)] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("options", [{"rate": 1.5}, {"rate": -0.1}, {"rate": 0.5}])
def test_a_plan_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="fault rate"):
        FaultPlan(**options)


@pytest.mark.parametrize("text", ["nonsense", "500:1", "truncate:few", ""])
def test_a_fault_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        fault_named(text)


# ------------------------------------------------------------------ closing


def test_closing_is_quick_whatever_is_under_way() -> None:
    """A suite of a thousand tests cannot wait for a hanging request at the end of each."""
    before = threading.active_count()
    server = stand_in().start()
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(6)]
    for connection, name in zip(
        connections, ("hang", "drip", "header_drip", "huge_body", "gzip_bomb", "500"), strict=True
    ):
        server.set_faults(always(name))
        seen = len(server.requests)
        connection.sendall(request_bytes())
        eventually(lambda seen=seen: len(server.requests) > seen)
    started = time.monotonic()
    server.close()
    server.close()
    assert time.monotonic() - started < 20
    eventually(lambda: threading.active_count() == before)
    for connection in connections:
        connection.close()


def test_closing_ends_a_long_latency_and_logs_the_request() -> None:
    server = stand_in(latency=60.0).start()
    with connected(server) as connection:
        connection.sendall(request_bytes())
        eventually(lambda: server.arrived == 1)
        assert server.requests == []
        started = time.monotonic()
        server.close()
        assert time.monotonic() - started < 20
        assert heard(connection) == (b"", "closed")
    assert [(entry.status, entry.answered) for entry in server.requests] == [(0, None)]


def test_once_closed_nobody_answers() -> None:
    with stand_in() as server, connected(server) as connection:
        connection.sendall(request_bytes())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
        port = server.port
        server.close()
        assert heard(connection) == (b"", "closed")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
        with pytest.raises(RuntimeError):
            server.start()


# ------------------------------------------------------------------ the log and its judges


def test_an_entry_says_what_happened(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    plan = FaultPlan(script={7: [fault_named("reset"), None]})
    with stand_in(log_file=log, faults=plan) as server:
        before = time.monotonic()
        raw(server)
        ask(server, token=TOKEN)
        ask(server, "/oauth/identity?x=1")
        assert read_log(log) == server.requests  # while it runs, not only afterwards
    first, second, third = read_log(log)
    assert (first.number, first.fault, first.status, first.release_id) == (1, "reset", 0, 7)
    assert (second.had_token, second.status, second.user_agent) == (True, 200, "Test/1.0")
    assert second.answered is not None and before < first.arrived < second.arrived
    assert second.arrived <= second.answered < time.monotonic()
    assert (third.path, third.release_id, third.status, third.used) == (
        "/oauth/identity",
        None,
        401,
        3,
    )
    assert requests_per_release([first, second, third]) == Counter({7: 2})


def entry(number: int) -> LoggedRequest:
    return LoggedRequest(number, number / 2, None, "/", None, 0, None, False, "é", 1)


def test_a_line_being_written_is_left_out_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    log = RequestLog(file)
    assert log.entries() == read_log(file) == []
    for number in (2, 1):
        log.add(entry(number))
    log.close()
    with file.open("ab") as torn:
        torn.write(b'{"number": 3, "arr')
    assert read_log(file) == [entry(1), entry(2)]
    with file.open("ab") as torn:
        torn.write(b"\n")
    with pytest.raises(ValueError, match=r"requests\.jsonl:3: "):
        read_log(file)


@given(
    st.lists(
        st.one_of(st.floats(0, 300), st.integers(0, 30).map(lambda tens: tens * 10.0)), max_size=40
    ),
    st.sampled_from([10.0, 60.0, 0.5]),
)
def test_the_judge_finds_the_fullest_window(times: list[float], seconds: float) -> None:
    """A judge that missed one window would call a client polite that is not."""
    fullest = max(
        (sum(0 <= time - start < seconds for time in times) for start in times), default=0
    )
    assert most_in_any_window(times, seconds) == fullest


def test_the_window_is_half_open() -> None:
    assert most_in_any_window([0.0, 60.0]) == 1
    assert most_in_any_window([0.0, 59.999]) == 2


# ------------------------------------------------------------------ the command line


COMMAND = [sys.executable, "-m", "musictool_pipeline_tests.stand_in_command"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal(tmp_path: Path, ending: signal.Signals) -> None:
    (tmp_path / "7.json").write_bytes(BODY)
    port_file, log = tmp_path / "port", tmp_path / "requests.jsonl"
    options = ["--answers", tmp_path, "--port-file", port_file, "--log", log, "--limit", "1"]
    faults = ["--fault-rate", "1", "--faults", "hang", "--latency-range", "0", "0.01"]
    process = subprocess.Popen(
        [*COMMAND, *map(str, options), *faults], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        port = int(port_file.read_text())
        assert line == f"listening on http://127.0.0.1:{port}\n"
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(request_bytes())
            eventually(lambda: log.exists() and len(read_log(log)) == 1)
            process.send_signal(ending)
            assert process.wait(timeout=3) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    assert [entry.fault for entry in read_log(log)] == ["hang"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["7.json", "port", "requests.jsonl"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--faults", "nonsense"], "there is no fault 'nonsense'; there are: 500, 502"),
        (["--fault-rate", "0.5"], "needs faults to draw from"),
        (["--port", "99999"], "no port 99999"),
        (["--answers", "no/such/folder"], "no folder of release answers: no/such/folder"),
    ],
)
def test_wrong_usage_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--answers", str(tmp_path), *options])
    assert exit_.value.code == 2
    assert complaint in capsys.readouterr().err


def test_every_option_has_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    _, _, options = capsys.readouterr().out.partition("options:\n")
    assert all(name in options for name in FAULTS)
    described = re.findall(r"^  (--[\w-]+)[^\n]*?(?:  +|\n {20,})\S", options, re.M)
    assert described == re.findall(r"^  (--[\w-]+)", options, re.M)
    assert {"--answers", "--port-file", "--latency-range", "--fault-rate"} <= set(described)


# ---------------------------------------------------------------- a collection

SHELF = demo_collection().shelf
COLLECTION = f"/users/{SHELF.username}/collection"


def pages(server: StandIn, per_page: int, token: str | None = TOKEN) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while not found or len(found) < found[0]["pagination"]["pages"]:
        query = f"per_page={per_page}&page={len(found) + 1}&sort=added&sort_order=asc"
        found.append(ask(server, f"{COLLECTION}/folders/0/releases?{query}", token=token).json)
    return found


def test_a_collection_comes_page_by_page_in_the_order_added() -> None:
    with stand_in(shelf=SHELF) as server:
        found = pages(server, 25)
    assert [len(page["releases"]) for page in found] == [25, 25, 13]
    assert {page["pagination"]["items"] for page in found} == {63}
    copies = [copy for page in found for copy in page["releases"]]
    dates = [copy["date_added"] or "" for copy in copies]
    assert dates == sorted(dates)
    assert len({copy["instance_id"] for copy in copies}) == 63
    assert {"id", "folder_id", "rating", "notes", "basic_information"} <= set(copies[0])


def test_a_page_holds_100_copies_at_most_and_50_where_nothing_is_said() -> None:
    shelf = large_collection(120, second_copies=0).shelf()
    with stand_in(shelf=shelf) as server:
        for query, count in (("", 50), ("?per_page=500", 100), ("?page=3", 20)):
            page = ask(server, f"{COLLECTION}/folders/0/releases{query}", token=TOKEN).json
            assert len(page["releases"]) == count
        assert ask(server, f"{COLLECTION}/folders/0/releases?page=4", token=TOKEN).status == 404


def test_folders_and_private_fields_are_their_owners() -> None:
    with stand_in(shelf=SHELF) as server:
        mine, anybodys = (
            (
                ask(server, f"{COLLECTION}/folders", token=token).json["folders"],
                ask(server, f"{COLLECTION}/fields", token=token).json["fields"],
                pages(server, 100, token)[0]["releases"],
            )
            for token in (TOKEN, None)
        )
    assert mine[0][0] == anybodys[0][0] == {"id": 0, "name": "All", "count": 63}
    assert sum(folder["count"] for folder in mine[0][1:]) == 63
    assert len(anybodys[0]) == 1
    assert {field["name"] for field in mine[1]} - {field["name"] for field in anybodys[1]} == {
        "Crate",
        "Bought At",
    }
    assert {copy["folder_id"] for copy in anybodys[2]} == {0}
    assert any(note["field_id"] == 4 for copy in mine[2] for note in copy["notes"])
    assert not any(note["field_id"] >= 4 for copy in anybodys[2] for note in copy["notes"])


def test_who_may_not_look_is_told_so() -> None:
    private = replace(SHELF, private=True)
    for options, path, token, status in (
        ({"shelf": SHELF}, "/users/nobody/collection/folders", TOKEN, 404),
        ({}, f"{COLLECTION}/fields", TOKEN, 404),
        ({"shelf": private}, f"{COLLECTION}/folders/0/releases", None, 403),
        ({"shelf": private, "username": "wanda"}, f"{COLLECTION}/folders", TOKEN, 403),
        ({"shelf": private}, f"{COLLECTION}/folders", TOKEN, 200),
        ({"shelf": SHELF, "accepted_tokens": ["x"]}, f"{COLLECTION}/folders", TOKEN, 401),
    ):
        with stand_in(**options) as server:
            assert ask(server, path, token=token).status == status


def test_faults_of_a_collection_meet_the_part_that_they_are_for() -> None:
    plan = FaultPlan(collection={"fields": [fault_named("503")], "2": [None, fault_named("500")]})
    with stand_in(shelf=SHELF, faults=plan) as server:
        releases = f"{COLLECTION}/folders/0/releases?per_page=50&page="
        asked = [f"{COLLECTION}/{part}" for part in ("folders", "fields", "fields")]
        asked += [f"{releases}{page}" for page in (1, 2, 2, 2)]
        statuses = [ask(server, path, token=TOKEN).status for path in asked]
        assert statuses == [200, 503, 200, 200, 200, 500, 200]
        assert server.requests[1].fault == "503"


def test_a_collection_can_change_under_a_reader() -> None:
    with stand_in(shelf=SHELF) as server:
        server.set_shelf(replace(SHELF, copies=SHELF.copies[:5]))
        assert pages(server, 100)[0]["pagination"]["items"] == 5
