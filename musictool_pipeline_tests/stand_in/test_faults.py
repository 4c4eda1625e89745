"""Each fault of the stand-in reaches a client as described, when its plan says so."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from musictool_pipeline_tests.request_judges import most_in_any_window, requests_per_release
from musictool_pipeline_tests.sample_data import demo_collection
from musictool_pipeline_tests.stand_in.asking import (
    BODY,
    RELEASE,
    TOKEN,
    ask,
    connected,
    eventually,
    heard,
    one_release,
    request_bytes,
)
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import FAULTS, fault_named, faults_named
from musictool_pipeline_tests.stand_in.server import StandIn


def stand_in(**options: Any) -> StandIn:
    return StandIn(one_release, **{"limit": 100_000, **options})


def always(fault: str) -> FaultPlan:
    return FaultPlan(rate=1.0, faults=(fault_named(fault),))


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


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


def test_every_other_answer(server: StandIn) -> None:
    for name, status, content_type, start in (
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
    ):
        server.set_faults(always(name))
        reply = ask(server)
        assert reply.status == status, name
        assert reply.headers["Content-Type"].startswith(content_type), name
        assert reply.body.startswith(start) and bool(reply.body) == bool(start), name
        assert server.requests[-1].fault == name


def test_a_429_with_any_retry_after(server: StandIn) -> None:
    for text in ("86400", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"):
        server.set_faults(always(f"429:{text}"))
        assert ask(server).headers["Retry-After"] == text
    server.set_faults(always("429"))
    assert "Retry-After" not in ask(server).headers


def test_wrong_id(server: StandIn) -> None:
    server.set_faults(always("wrong_id"))
    assert ask(server).json == {**RELEASE, "id": 8}
    server.set_faults(always("wrong_id:-3"))
    assert ask(server).json["id"] == 4
    assert ask(server, "/releases/8").status == 404


def test_redirects(server: StandIn) -> None:
    for name, location in (
        ("redirect_other_host:http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
        ("redirect_elsewhere", "/oauth/identity"),
    ):
        server.set_faults(always(name))
        reply = ask(server)
        assert (reply.status, reply.headers.get_all("Location")) == (302, [location])


def test_bad_utf8(server: StandIn) -> None:
    server.set_faults(always("bad_utf8"))
    body = ask(server).body
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.decode(errors="replace"))["id"] == 7


def test_a_cut_body_shows_in_parsing_alone(server: StandIn) -> None:
    server.set_faults(always("cut_body:50"))
    reply = ask(server, packed=True)  # http.client raises if the length were wrong
    assert gzip.decompress(reply.body) == BODY[:50]
    reply = ask(server)
    assert reply.body == BODY[:50]
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


def test_a_huge_body_comes_unpacked_and_whole(server: StandIn) -> None:
    server.set_faults(always("huge_body"))
    reply = ask(server, packed=True)
    assert "Content-Encoding" not in reply.headers
    assert int(reply.headers["Content-Length"]) == len(reply.body) > 10_000_000
    assert reply.json == RELEASE


def test_resets(server: StandIn) -> None:
    for name, body, status in (
        ("reset", None, 0),
        ("reset_after_headers", b"", 200),
        ("reset_in_body", BODY[: len(BODY) // 2], 200),
    ):
        server.set_faults(always(name))
        head, received, ending = raw(server)
        assert ending == "reset", name
        assert (bool(head), received) == (body is not None, body or b""), name
        entry = server.requests[-1]
        assert (entry.status, entry.answered is None) == (status, status == 0)


def test_a_hang_says_nothing_and_ends_with_its_client(server: StandIn) -> None:
    """Else each timeout in a long run would leave a thread and a socket behind."""
    server.set_faults(always("hang"))
    before = threading.active_count()
    assert raw(server, timeout=0.2) == (b"", b"", "silence")
    entry = server.requests[-1]
    assert (entry.fault, entry.status, entry.answered) == ("hang", 0, None)
    eventually(lambda: threading.active_count() == before)


def test_drips_come_byte_by_byte(server: StandIn) -> None:
    for name, most in (("drip:0.1", 200), ("header_drip:0.1", 50)):
        server.set_faults(always(name))
        with connected(server) as connection:
            connection.sendall(request_bytes())
            pieces = [connection.recv(65536) for _ in range(4)]
        assert all(len(piece) < 10 for piece in pieces[1:]), name
        assert b"".join(pieces).startswith(b"HTTP") and len(b"".join(pieces)) < most


def test_after_any_fault_the_server_is_well_and_closes_fast(server: StandIn) -> None:
    """A suite of thousands of tests cannot wait for a client that hangs at the end of each."""
    held = []
    for name in FAULTS:
        server.set_faults(FaultPlan(script={7: [fault_named(name)]}))
        seen = len(server.requests)
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        held.append(connection)
        connection.sendall(request_bytes())
        eventually(lambda seen=seen: len(server.requests) > seen)
        reply = ask(server)
        assert (reply.status, reply.body) == (200, BODY), name
        assert [entry.fault for entry in server.requests[seen:]] == [name, None]
    started = time.monotonic()
    server.close()
    assert time.monotonic() - started < 20
    for connection in held:
        with closing(connection):
            pass


# --- Which fault, and when ------------------------------------------------------------------------


def test_a_script_is_played_in_order_and_then_all_is_well(server: StandIn) -> None:
    plan = FaultPlan(script={7: [fault_named("503"), None, fault_named("410")]})
    server.set_faults(plan)
    assert [ask(server).status for _ in range(5)] == [503, 200, 410, 200, 200]
    server.set_faults(plan)
    assert ask(server).status == 503
    server.set_faults(None)
    assert ask(server).status == 200


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


def test_a_plan_or_a_fault_that_makes_no_sense_is_refused() -> None:
    for rate in (1.5, -0.1, 0.5):
        with pytest.raises(ValueError, match="fault rate"):
            FaultPlan(rate=rate)
    for text in ("nonsense", "500:1", "truncate:few", ""):
        with pytest.raises(ValueError):
            fault_named(text)


def test_a_request_above_the_limit_uses_up_no_fault() -> None:
    """Else a scripted fault would vanish behind a 429, and a test of it would test nothing."""
    with stand_in(limit=1, faults=FaultPlan(script={7: [fault_named("500")]})) as server:
        assert [ask(server).status for _ in range(2)] == [500, 429]
        server.set_faults(FaultPlan(script={7: [fault_named("500")]}))
        assert ask(server).status == 429
        assert server._attempts == {}


def test_faults_of_a_collection_meet_the_part_that_they_are_for() -> None:
    shelf = demo_collection().shelf
    collection = f"/users/{shelf.username}/collection"
    plan = FaultPlan(collection={"fields": [fault_named("503")], "2": [None, fault_named("500")]})
    with stand_in(shelf=shelf, faults=plan) as server:
        releases = f"{collection}/folders/0/releases?per_page=50&page="
        asked = [f"{collection}/{part}" for part in ("folders", "fields", "fields")]
        asked += [f"{releases}{page}" for page in (1, 2, 2, 2)]
        statuses = [ask(server, path, token=TOKEN).status for path in asked]
        assert statuses == [200, 503, 200, 200, 200, 500, 200]
        assert server.requests[1].fault == "503"


# --- What else a test can ask for, and the log ----------------------------------------------------


def test_only_accepted_tokens_are_good() -> None:
    with stand_in(accepted_tokens={TOKEN}) as server:
        assert ask(server, token=TOKEN).status == 200
        assert ask(server).status == 200
        assert ask(server, "/oauth/identity", token="wrong").status == 401
        assert ask(server, token="wrong").json["message"].startswith("Invalid consumer token.")


def test_a_merged_release_points_to_the_new_one() -> None:
    for kind in ("relative", "absolute"):
        with stand_in(merged={3: 7}, merged_location=kind) as server:
            reply = ask(server, "/releases/3")
            base = server.url if kind == "absolute" else ""
            assert (reply.status, reply.headers["Location"]) == (301, f"{base}/releases/7")


def test_others_behind_the_same_address_use_up_the_budget() -> None:
    with stand_in(limit=60, foreign=20) as server:
        assert ask(server).headers["X-Discogs-Ratelimit-Used"] == "21"


def test_an_entry_says_what_happened() -> None:
    with stand_in(faults=FaultPlan(script={7: [fault_named("reset"), None]})) as server:
        before = time.monotonic()
        raw(server)
        ask(server, token=TOKEN)
        ask(server, f"/oauth/identity?token={TOKEN}")
        first, second, third = server.requests
    assert TOKEN not in repr(server.requests)
    assert (first.number, first.fault, first.status, first.release_id) == (1, "reset", 0, 7)
    assert (second.had_token, second.status, second.user_agent) == (True, 200, "Test/1.0")
    assert second.answered is not None and before < first.arrived < second.arrived
    assert (third.path, third.release_id, third.status) == ("/oauth/identity", None, 401)
    assert (third.had_token, third.used) == (False, 3)
    assert requests_per_release([first, second, third]) == Counter({7: 2})


def test_the_judge_finds_the_fullest_window() -> None:
    """A judge that missed one window would call a client polite that is not."""
    assert most_in_any_window([0.0, 60.0]) == 1
    assert most_in_any_window([0.0, 59.999]) == 2
    assert most_in_any_window([5.0, 0.0, 61.0, 62.0, 63.0]) == 4
