"""The demo's stand-in answers as Discogs does, within its limit, and closes without waiting."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.demo.stand_in import MovingWindow, StandIn
from musictool_pipeline_tests.request_judges import most_in_any_window
from musictool_pipeline_tests.sample_data import demo_collection, large_collection
from musictool_pipeline_tests.stand_in.asking import (
    BODY,
    TOKEN,
    Reply,
    ask,
    connected,
    eventually,
    heard,
    one_release,
    request_bytes,
)


def stand_in(**options: Any) -> StandIn:
    return StandIn(one_release, **{"limit": 100_000, **options})


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


# --- Answers -------------------------------------------------------------------------------------


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


def test_what_is_not_there_is_a_json_404(server: StandIn) -> None:
    for path, message in (
        ("/releases/8", "Release not found."),
        ("/releases/seven", "The requested resource was not found."),
        ("/releases/7/", "The requested resource was not found."),
        ("/", "The requested resource was not found."),
    ):
        reply = ask(server, path)
        assert (reply.status, reply.json) == (404, {"message": message}), path


def test_without_a_user_agent_the_body_is_empty(server: StandIn) -> None:
    for user_agent in (None, "  "):
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


def test_it_listens_at_loopback_alone(server: StandIn) -> None:
    assert server._server is not None
    assert server._server.socket.getsockname()[0] == "127.0.0.1"


# --- The limit -----------------------------------------------------------------------------------


def rate_headers(reply: Reply) -> tuple[int, int, int]:
    names = ("X-Discogs-Ratelimit", "X-Discogs-Ratelimit-Used", "X-Discogs-Ratelimit-Remaining")
    limit, used, remaining = (int(reply.headers[name]) for name in names)
    return limit, used, remaining


def test_above_the_limit_is_429_and_still_counts() -> None:
    with stand_in(limit=2) as server:
        replies = [ask(server) for _ in range(4)]
        assert [reply.status for reply in replies] == [200, 200, 429, 429]
        assert replies[-1].json == {"message": "You are making requests too quickly."}
        assert rate_headers(replies[-1]) == (2, 2, 0)
        assert "Retry-After" not in replies[-1].headers


def test_the_limit_depends_on_the_token_and_counts_for_all() -> None:
    with stand_in(limit=None) as server:
        assert rate_headers(ask(server)) == (25, 1, 24)
        assert rate_headers(ask(server, token=TOKEN)) == (60, 2, 58)
        assert rate_headers(ask(server, "/nowhere")) == (25, 3, 22)


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


def test_parallel_requests_are_counted_exactly_and_wait_in_parallel() -> None:
    with stand_in(limit=20, latency=(0.1, 0.15)) as server, ThreadPoolExecutor(8) as pool:
        started = time.monotonic()
        replies = list(pool.map(lambda _: ask(server), range(40)))
        assert 0.5 <= time.monotonic() - started < 40 * 0.1
        assert Counter(reply.status for reply in replies) == {200: 20, 429: 20}
        assert server.arrived == 40


# --- Closing -------------------------------------------------------------------------------------


def test_closing_ends_a_long_latency() -> None:
    before = threading.active_count()
    server = stand_in(latency=60.0).start()
    with connected(server) as connection:
        connection.sendall(request_bytes())
        eventually(lambda: server.arrived == 1)
        started = time.monotonic()
        server.close()
        server.close()
        assert time.monotonic() - started < 20
        assert heard(connection) == (b"", "closed")
    eventually(lambda: threading.active_count() == before)


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


# --- A collection --------------------------------------------------------------------------------

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


def test_readers_who_may_not_look_get_a_refusal() -> None:
    private = replace(SHELF, private=True)
    for options, path, token, status in (
        ({"shelf": SHELF}, "/users/nobody/collection/folders", TOKEN, 404),
        ({}, f"{COLLECTION}/fields", TOKEN, 404),
        ({"shelf": private}, f"{COLLECTION}/folders/0/releases", None, 403),
        ({"shelf": private}, f"{COLLECTION}/folders", TOKEN, 200),
    ):
        with stand_in(**options) as server:
            assert ask(server, path, token=token).status == status
