"""The sockets of the stand-in: a server on loopback that closes without waiting for a client.

What belongs here: connections, threads, and reading a request off a connection. What is answered is
decided in `stand_in`.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from musictool_pipeline.demo.http_answer import HttpAnswer

_CLOSING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One GET request, as far as an answer can depend on it."""

    path: str
    query: str
    token: str | None
    user_agent: str
    takes_gzip: bool

    @classmethod
    def read(cls, target: str, headers: Message) -> ApiRequest:
        """From a request's target and headers."""
        token = re.fullmatch(r"Discogs\s+token=(\S+)\s*", headers.get("Authorization", ""), re.I)
        codings = headers.get("Accept-Encoding", "").lower().split(",")
        return cls(
            path=target.partition("?")[0],
            query=target.partition("?")[2],
            token=token[1] if token else None,
            user_agent=headers.get("User-Agent", "").strip(),
            takes_gzip=any(coding.partition(";")[0].strip() == "gzip" for coding in codings),
        )


class Answering(Protocol):
    """What a server asks for its answers."""

    def receive(self, asked: ApiRequest) -> bytes:
        """What to send; nothing closes the connection."""
        ...


class LoopbackServer(ThreadingHTTPServer):
    """Remembers the open connections, so that closing need not wait for any client."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which looks up the host's name and may wait for a DNS server.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:  # before the thread starts, or closing could overlook it
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._changed.notify_all()

    def stop(self) -> None:
        """Wakes all threads that accept, read or write, then waits for them, but not for long."""
        _shut_down(self.socket)  # or `shutdown` waits for the next poll
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._open:
                _shut_down(connection)
            self._changed.wait_for(lambda: not self._open, _CLOSING_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away is everyday life here; anything else is a mistake to be seen.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection and sends the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, stand_in: Answering, *args: Any) -> None:
        self.stand_in = stand_in
        super().__init__(*args)  # which handles the whole connection

    def do_GET(self) -> None:
        self.play(ApiRequest.read(self.path, self.headers))

    def play(self, asked: ApiRequest) -> None:
        """Sends the answer to a request."""
        answer = self.stand_in.receive(asked)
        if answer:
            self.connection.sendall(answer)
        else:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """For what is no GET request: JSON, not the base class's page."""
        self.close_connection = True
        answer = HttpAnswer.message(code, message or "This request makes no sense.")
        self.connection.sendall(answer.plus(("Connection", "close")).sent(packed=False))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on standard error."""


def _shut_down(connection: socket.socket) -> None:
    # The client may have been faster, and not every system takes this for a listening socket.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
