"""What can go wrong between a client and the Discogs API, by name.

Here live the faults that spoil a right answer. All of it is pure: a fault describes what goes over
the wire as a sequence of steps, so no socket, clock or thread belongs here. Which request meets
which fault is said by `fault_plan`.

`fault_named` finds a fault by its name, with an optional detail after a colon:
`fault_named("503")`, `fault_named("429:86400")`, `fault_named("truncate:10")`. `FAULTS` lists all.
"""

from __future__ import annotations

import json
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

from musictool_pipeline.demo.http_answer import HttpAnswer
from musictool_pipeline.demo.stand_in import too_many_requests
from musictool_pipeline_tests.stand_in.wire import (
    Ending,
    Pause,
    Step,
    Transmission,
    instead_of,
    redirect,
    whole,
)

HTML = "text/html; charset=utf-8"

_MIB = 1024 * 1024
_BLANKS = b" " * _MIB


@dataclass(frozen=True)
class Fault(ABC):
    """One way in which a right answer goes wrong. `name` is unique among `FAULTS`."""

    name: str

    detail: ClassVar[tuple[str, Callable[[str], Any]] | None] = None
    """The field that a detail after the name's colon sets, and how its text is read."""

    @abstractmethod
    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        """What goes out instead of `right`, to a client that takes gzip if `packed`."""

    def with_detail(self, text: str) -> Self:
        """The same fault with its detail set. Raises ValueError if it takes none, or not this."""
        if self.detail is None:
            raise ValueError(f"the fault {self.name} takes no detail, but got {text!r}")
        name, read = self.detail
        try:
            return replace(self, **{name: read(text)})
        except ValueError:
            raise ValueError(f"the fault {self.name} cannot take {text!r}") from None


@dataclass(frozen=True)
class Instead(Fault):
    """Another answer, in itself well-formed, instead of the right one."""

    answer: HttpAnswer

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        return whole(instead_of(right, self.answer), packed)


@dataclass(frozen=True)
class TooManyRequests(Fault):
    """A 429 out of the blue; `retry_after` is any text, sensible or not."""

    retry_after: str | None = None
    detail = ("retry_after", str)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        answer = too_many_requests()
        if self.retry_after is not None:
            answer = answer.plus(("Retry-After", self.retry_after))
        return whole(instead_of(right, answer), packed)


@dataclass(frozen=True)
class RedirectOtherHost(Fault):
    """A redirect to where the token must not be sent."""

    url: str = "http://elsewhere.invalid/"  # RFC 2606: this name never resolves
    detail = ("url", str)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        return whole(instead_of(right, redirect(302, self.url)), packed)


@dataclass(frozen=True)
class WrongId(Fault):
    """The answer of a neighbouring release, by its `id`; an answer that is no release stays."""

    off_by: int = 1
    detail = ("off_by", int)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        if right.status != HTTPStatus.OK:
            return whole(right, packed)
        payload = json.loads(right.body)
        payload["id"] = payload.get("id", 0) + self.off_by
        body = json.dumps(payload, ensure_ascii=False).encode()
        return whole(replace(right, body=body), packed)


@dataclass(frozen=True)
class BadUtf8(Fault):
    """JSON that is right in all but two strings, whose bytes are not UTF-8.

    A reader that replaces what it cannot decode takes it for a good answer.
    """

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        body = right.body.replace(b"{", b'{"\xff\xfe": "\xc3(", ', 1)
        return whole(replace(right, body=body), packed)


@dataclass(frozen=True)
class CutBody(Fault):
    """The first `keep` bytes of the JSON as a whole answer: only parsing shows that it is not."""

    keep: int = 100
    detail = ("keep", int)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        return whole(replace(right, body=right.body[: self.keep]), packed)


@dataclass(frozen=True)
class Truncate(Fault):
    """The right length is announced, `keep` bytes of the body come, the connection closes."""

    keep: int = 100
    detail = ("keep", int)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        answer = right.encoded(packed)
        return Transmission(answer.status, (answer.head() + answer.body[: self.keep], Ending.CLOSE))


@dataclass(frozen=True)
class WrongContentLength(Fault):
    """The whole body under a length that is wrong by `off_by`; the connection stays open.

    Below 0 the body seems cut and its rest runs into the connection's next answer; above 0 the
    client waits for bytes that never come.
    """

    off_by: int = -10
    detail = ("off_by", int)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        answer = right.encoded(packed)
        announced = max(0, len(answer.body) + self.off_by)
        return Transmission(
            answer.status, (answer.head(("Content-Length", str(announced))) + answer.body,)
        )


@dataclass(frozen=True)
class BadGzip(Fault):
    """The plain body under `Content-Encoding: gzip`."""

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        return whole(right.plus(("Content-Encoding", "gzip")), packed=False)


@dataclass(frozen=True)
class GzipBomb(Fault):
    """The right JSON and `size` blanks after it, in a thousandth of the bytes.

    Gzipped whether the client takes it or not. Valid to the last byte: only a limit on what is
    unpacked saves a client's memory.
    """

    size: int = 256 * _MIB
    detail = ("size", int)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        head = right.plus(("Content-Encoding", "gzip")).head(("Connection", "close"))
        return Transmission(right.status, self._steps(head, right.body))

    def _steps(self, head: bytes, body: bytes) -> Iterator[Step]:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        blocks, rest = divmod(self.size, _MIB)
        yield head + b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # RFC 1952: no name, no time, any system
        yield packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH)
        # After a full flush a block refers to nothing before it, so one packed block serves all.
        block = packer.compress(_BLANKS) + packer.flush(zlib.Z_FULL_FLUSH)
        checksum = zlib.crc32(body)
        for _ in range(blocks):
            yield block
            checksum = zlib.crc32(_BLANKS, checksum)
        yield packer.compress(_BLANKS[:rest]) + packer.flush()
        checksum = zlib.crc32(_BLANKS[:rest], checksum)
        yield struct.pack("<LL", checksum, (len(body) + self.size) & 0xFFFFFFFF)
        yield Ending.CLOSE


@dataclass(frozen=True)
class HugeBody(Fault):
    """The right JSON and `size` blanks after it, unpacked, under the right length."""

    size: int = 12 * _MIB
    detail = ("size", int)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        return Transmission(right.status, self._steps(right))

    def _steps(self, right: HttpAnswer) -> Iterator[Step]:
        blocks, rest = divmod(self.size, _MIB)
        yield right.head(("Content-Length", str(len(right.body) + self.size))) + right.body
        for _ in range(blocks):
            yield _BLANKS
        yield _BLANKS[:rest]


@dataclass(frozen=True)
class Reset(Fault):
    """A TCP reset before any byte, after the headers, or with half of the body sent."""

    after: Literal["nothing", "headers", "half"] = "nothing"

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        if self.after == "nothing":
            return Transmission(0, (Ending.RESET,))
        answer = right.encoded(packed)
        part = answer.body[: len(answer.body) // 2] if self.after == "half" else b""
        return Transmission(answer.status, (answer.head() + part, Ending.RESET))


@dataclass(frozen=True)
class Hang(Fault):
    """The request is taken and never answered."""

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        return Transmission(0, (Ending.HANG,))


@dataclass(frozen=True)
class Drip(Fault):
    """The body, or the headers too, one byte every `seconds`.

    Each byte comes well within a read timeout, so only a limit on the whole request ends it.
    """

    headers_too: bool = False
    seconds: float = 1.0
    detail = ("seconds", float)

    def spoil(self, right: HttpAnswer, packed: bool) -> Transmission:
        answer = right.encoded(packed)
        at_once, slowly = answer.head(), answer.body
        if self.headers_too:
            at_once, slowly = b"", at_once + slowly
        return Transmission(answer.status, self._steps(at_once, slowly))

    def _steps(self, at_once: bytes, slowly: bytes) -> Iterator[Step]:
        yield at_once
        for position in range(len(slowly)):
            yield slowly[position : position + 1]
            yield Pause(self.seconds)


def _page(status: int, title: str) -> HttpAnswer:
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return HttpAnswer(status, html.encode(), HTML)


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            Instead("500", HttpAnswer.message(500, "An unexpected error occurred.")),
            # What a gateway says about the server behind it is a page of its own, not JSON.
            Instead("502", _page(502, "502 Bad Gateway")),
            Instead("503", _page(503, "503 Service Temporarily Unavailable")),
            Instead("504", _page(504, "504 Gateway Time-out")),
            Instead(
                "401", HttpAnswer.message(401, "You must authenticate to access this resource.")
            ),
            Instead("403", HttpAnswer.message(403, "You don't have permission to access this.")),
            Instead("html_403", _page(403, "Attention Required!")),
            Instead("410", HttpAnswer.message(410, "Release is gone.")),
            TooManyRequests("429"),
            Instead("html_200", _page(200, "Just a moment...")),
            Instead("empty_200", HttpAnswer(200)),
            Instead("json_array_200", HttpAnswer(200, b"[]")),
            WrongId("wrong_id"),
            BadUtf8("bad_utf8"),
            CutBody("cut_body"),
            Truncate("truncate"),
            WrongContentLength("wrong_content_length"),
            BadGzip("bad_gzip"),
            GzipBomb("gzip_bomb"),
            HugeBody("huge_body"),
            Reset("reset"),
            Reset("reset_after_headers", after="headers"),
            Reset("reset_in_body", after="half"),
            Hang("hang"),
            Drip("drip"),
            Drip("header_drip", headers_too=True),
            RedirectOtherHost("redirect_other_host"),
            # Its answer bears an id, but it is no release.
            Instead("redirect_elsewhere", redirect(302, "/oauth/identity")),
        )
    }
)
"""Every fault by its name, with its usual detail."""


def fault_named(text: str) -> Fault:
    """The fault of that name; a detail may follow a colon (`429:5`, `gzip_bomb:1000000`).

    The detail is 429's Retry-After, a number of bytes (gzip_bomb, huge_body, truncate, cut_body),
    a difference (wrong_id, wrong_content_length), the seconds between two bytes (drip,
    header_drip) or a URL (redirect_other_host). Raises ValueError for an unknown name or detail.
    """
    name, colon, detail = text.strip().partition(":")
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}; there are: {', '.join(FAULTS)}")
    return FAULTS[name].with_detail(detail) if colon else FAULTS[name]


def faults_named(text: str) -> tuple[Fault, ...]:
    """Several, separated by commas; so a detail with a comma needs `fault_named`."""
    return tuple(fault_named(part) for part in text.split(","))
