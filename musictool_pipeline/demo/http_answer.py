"""An answer of the API, as it goes over the wire.

What belongs here: status, headers and body, and the bytes that they make. Which answer a request
gets is decided in `stand_in`.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from http import HTTPStatus

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A well-formed HTTP answer, its body not yet packed."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, payload: object) -> HttpAnswer:
        """Success, with this as its JSON."""
        return cls(200, json.dumps(payload, ensure_ascii=False).encode())

    @classmethod
    def message(cls, status: int, text: str) -> HttpAnswer:
        """The shape in which the API reports anything but success."""
        return cls(status, json.dumps({"message": text}).encode())

    def plus(self, *headers: tuple[str, str]) -> HttpAnswer:
        """The same with more headers."""
        return replace(self, headers=self.headers + headers)

    def encoded(self, packed: bool) -> HttpAnswer:
        """The same with its body gzipped if `packed`."""
        if not packed or not self.body:
            return self
        # Level 1: the stand-in's speed counts, loopback's bytes do not.
        body = gzip.compress(self.body, compresslevel=1, mtime=0)
        return replace(self, body=body).plus(("Content-Encoding", "gzip"))

    def head(self, framing: tuple[str, str] | None = None) -> bytes:
        """Status line and headers, the last of which says where the body ends: by default the
        body's own length."""
        reason = HTTPStatus(self.status).phrase
        last = framing or ("Content-Length", str(len(self.body)))
        lines = [f"HTTP/1.1 {self.status} {reason}", f"Content-Type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in (*self.headers, last)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def sent(self, packed: bool) -> bytes:
        """All of it, in one piece: two small writes would be two packets, and would wake the
        client twice."""
        answer = self.encoded(packed)
        return answer.head() + answer.body
