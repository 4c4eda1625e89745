"""Connections that carry one answer to one request, within a time limit.

What belongs here: which bytes are the answer to the request just sent, and whether its connection
may carry another one. HTTP/1.1 does not number its answers, so an answer too many, or one that
comes late, would be taken for the answer to the next request. Therefore:

- interim answers (103 and the like) are read on, up to the final one;
- a connection goes back to the pool if the caller says so of its answer (`Attempt.leaves_open`),
  and is closed otherwise;
- bytes that come after an answer close the connection, and so do those that come while it waits
  in the pool (there urllib3 looks before each request, as it does for a connection that the server
  closed);
- an answer that came later than that look is still possible. `Attempt.is_own` says that it is not.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BufferedReader
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

MOST_INTERIM = 20
"""At most this many interim answers may come before the final one."""


class Attempt:
    """One request under way in this thread, and its answer.

    `overdue` is True if it took too long and was cut off. `is_own` is True if its connection
    carried no other request: then the answer is certainly to this one. `leaves_open` is for the
    caller to set: True if the answer was whole and right, so that its connection can be used again.
    """

    def __init__(self, *, fresh: bool) -> None:
        self.overdue = False
        self.is_own = False
        self.leaves_open = False
        self._fresh = fresh
        self._socket: socket.socket | None = None
        self._connection: HTTPConnection | None = None
        self._put_back: Callable[[], None] = lambda: None

    def gets(self, connection: HTTPConnection) -> None:
        """The connection for it: a closed one opens itself when the request is sent."""
        if self._fresh:
            connection.close()
        self._connection = connection

    def reads(self, connection: HTTPConnection, *, is_own: bool) -> None:
        """The request is sent, and its answer awaited."""
        self._socket = connection.sock
        self.is_own = is_own

    def is_read(self, put_back: Callable[[], None]) -> None:
        """The pool takes the connection back with this; but not before the verdict."""
        self._put_back = put_back

    def cut_off(self) -> None:
        """Ends the reading, in the head or in the body."""
        self.overdue = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def ends(self) -> None:
        """Closes the connection, or leaves it open for the next request."""
        if self._connection is not None and not self.leaves_open:
            self._connection.close()
        self._put_back()


_under_way = threading.local()


@contextmanager
def attempt(seconds: float, *, fresh: bool = False) -> Iterator[Attempt]:
    """This thread's request, with all that is read of its answer; cut off after `seconds`. If
    `fresh`, it gets a connection that carried no other one.

    The time limits of `requests` hold from byte to byte, so a server that sends one every second
    would hold a request for ever.
    """
    this = _under_way.attempt = Attempt(fresh=fresh)
    timer = threading.Timer(seconds, this.cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield this
    finally:
        timer.cancel()
        this.ends()


class OneAnswerAdapter(HTTPAdapter):
    """Sends requests over these connections; each within `attempt`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _NotedLines:
    """A stream's lines, and the last one that was read."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, limit: int) -> bytes:
        self.last = self._stream.readline(limit)
        return self.last

    def peek(self, size: int) -> bytes:
        return self._stream.peek(size)

    def close(self) -> None:
        self._stream.close()


class _OneAnswer(http.client.HTTPResponse):
    """The final answer to a request, whose head came whole, and after which nothing came.

    If a connection is cut within the head, http.client takes what came for the whole, and half of
    `Location: /releases/7123` is another release. So `begin` raises ConnectionError if the blank
    line that ends every whole head did not come.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._socket = sock

    def begin(self) -> None:
        stream = self.fp
        lines = _NotedLines(stream)
        self.fp = lines  # pyright: ignore[reportAttributeAccessIssue]
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        if lines.last not in {b"\r\n", b"\n"}:
            raise ConnectionError("cut off within the head")

    def _read_status(self) -> tuple[str, int, str]:
        """The final status line. http.client itself reads on after 100 alone; 101 is final."""
        for _ in range(MOST_INTERIM + 1):
            version, status, reason = super()._read_status()  # pyright: ignore[reportAttributeAccessIssue]
            if status >= 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise ConnectionError("interim answers without end")

    def _close_conn(self) -> None:
        """Called when the answer is read, or given up. Bytes that follow it would be read as the
        beginning of the next answer, so then the connection is shut down."""
        if self._is_followed():
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        super()._close_conn()  # pyright: ignore[reportAttributeAccessIssue]

    def _is_followed(self) -> bool:
        """Whether bytes wait: in the buffer, in what TLS unpacked, or on the socket."""
        seconds = self._socket.gettimeout()
        try:
            self._socket.settimeout(0.0)
            return bool(self.fp.peek(1))
        except ssl.SSLWantReadError:
            return False
        except (OSError, ValueError):  # cut off, or closed already
            return True
        finally:
            with suppress(OSError):
                self._socket.settimeout(seconds)


class _Connection(HTTPConnection):
    response_class = _OneAnswer
    _requests = 0

    def connect(self) -> None:
        self._requests = 0
        super().connect()

    def getresponse(self) -> HTTPResponse:
        self._requests += 1
        _under_way.attempt.reads(self, is_own=self._requests == 1)
        return super().getresponse()


class _ConnectionTLS(_Connection, HTTPSConnection):
    pass


class _LendingPool(HTTPConnectionPool):
    """Takes a connection back when its attempt ends, and not when the body does: another thread
    would get it before the answer was checked."""

    ConnectionCls = _Connection  # pyright: ignore[reportAssignmentType]

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)
        _under_way.attempt.gets(connection)
        return connection

    def _put_conn(self, conn: Any) -> None:
        _under_way.attempt.is_read(partial(super()._put_conn, conn))


class _LendingPoolTLS(_LendingPool, HTTPSConnectionPool):
    ConnectionCls = _ConnectionTLS  # pyright: ignore[reportAssignmentType]


_POOLS = {"http": _LendingPool, "https": _LendingPoolTLS}
