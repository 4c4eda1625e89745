"""Asking a stand-in over raw sockets and `http.client`: a client library that retries or
unpacks on its own could not tell one answer from another."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from musictool_pipeline.demo.stand_in import StandIn

TOKEN = "not-a-real-token"
RELEASE = {"id": 7, "title": "Ünder Glass", "tracklist": [{"position": "A1", "title": "x" * 300}]}
BODY = json.dumps(RELEASE, ensure_ascii=False).encode()


def one_release(release_id: int) -> bytes | None:
    return BODY if release_id == RELEASE["id"] else None


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


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.005)
