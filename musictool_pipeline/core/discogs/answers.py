"""What an HTTP answer of the API means: found, gone, try later, or stop.

What belongs here: the verdict on one answer, from values alone; of `GET /releases/{id}`, and of any
other document (`read_document`). Sending the request, waiting and trying again belong to
`discogs.api`. Nothing is cached unless it is `Found` or `Unavailable`, so an answer that gets
past the checks here is kept for months.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, cast

from musictool_pipeline.core.collection.export_header import HIGHEST_RELEASE_ID
from musictool_pipeline.core.text import printed

# A release's answer is some five levels deep. Python reads up to about a thousand, but the deeper
# in its own calls it stands, the fewer: what was read when it came could not be read later.
DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A release's answer, with `body` the untouched bytes of the JSON.

    `answered_id` differs from `release_id` where the release was merged into another.
    """

    release_id: int
    answered_id: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Discogs says that there is no such release: final, until it is asked again months later."""

    release_id: int
    message: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object that is about no release."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Missing:
    """404 or 410 with the API's own message and headers: there is no such thing."""

    cause: str
    body: bytes


@dataclass(frozen=True, slots=True)
class TryLater:
    """No usable answer this time; `release_id` is None if the question was about no release.
    `cause` is short enough to count by; `pause` the seconds that
    the server asks to wait, None if it does not say; `throttled` marks a 429; `reached` is
    False if there was not even a connection."""

    release_id: int | None
    cause: str
    pause: float | None = None
    throttled: bool = False
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """401 or 403: the same would be answered to every request."""

    release_id: int | None
    cause: str
    status: int = HTTPStatus.UNAUTHORIZED


Answer = Found | Unavailable | TryLater | Stop
DocumentAnswer = Document | Missing | TryLater | Stop


def read_answer(
    release_id: int,
    status: int,
    content_type: str,
    body: bytes,
    *,
    retry_after: str | None = None,
    now: datetime | None = None,
    redirected_to: int | None = None,
    is_metered: bool = False,
) -> Answer:
    """The verdict on a release, checked in this order: status, content type, JSON, and the id
    asked for.

    `retry_after` is that header's text, `now` the time of the answer (only a date in the header
    needs it). `redirected_to` is the release that Discogs redirected to: then its id is the right
    one. `is_metered` says that the answer carries the headers of the API's rate limit.
    """
    found = read_document(
        status,
        content_type,
        body,
        retry_after=retry_after,
        now=now,
        is_metered=is_metered,
        release_id=release_id,
    )
    if isinstance(found, Missing):
        return Unavailable(release_id, found.cause, found.body)
    if not isinstance(found, Document):
        return found
    answered_id = found.payload.get("id")
    if not isinstance(answered_id, int) or isinstance(answered_id, bool):
        return TryLater(release_id, "answer names no release")
    if not 1 <= answered_id <= HIGHEST_RELEASE_ID:
        return TryLater(release_id, "answer names no release")
    if answered_id != (redirected_to or release_id):
        return TryLater(release_id, "answer is about another release")
    return Found(release_id, answered_id, body)


def read_document(
    status: int,
    content_type: str,
    body: bytes,
    *,
    retry_after: str | None = None,
    now: datetime | None = None,
    is_metered: bool = False,
    release_id: int | None = None,
) -> DocumentAnswer:
    """The verdict on an answer that should be a JSON object, checked in this order: status, content
    type, JSON. `release_id` is put into the verdict, where the question was about a release."""
    reason = status_line(status)
    payload = _json_object(content_type, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryLater(release_id, reason, _seconds_to_wait(retry_after, now), throttled=True)
    if status == HTTPStatus.UNAUTHORIZED:
        return Stop(release_id, _with_message(reason, payload or {}))
    if status == HTTPStatus.FORBIDDEN:
        # A CDN's page says 403 too: only the API can say that access is refused. It may say so
        # without a word, but then under the headers that all of its answers carry.
        if payload is None and (body or not is_metered):
            return TryLater(release_id, f"{reason} (not from the API)")
        return Stop(release_id, _with_message(reason, payload or {}), status)
    if status in {404, 410}:
        # A hotel's login page says 404 too, and what is gone is not asked for again for months:
        # only the API's own message under the API's own headers says so.
        message = _with_message(reason, payload or {})
        if payload is None or not is_metered or message == reason:
            return TryLater(release_id, f"{reason} (not from the API)")
        return Missing(message, body)
    if status != HTTPStatus.OK:
        return TryLater(release_id, reason, _seconds_to_wait(retry_after, now))
    if not body:
        return TryLater(release_id, "empty answer")
    if not _is_json(content_type):
        return TryLater(release_id, "answer is not JSON but a web page")
    if payload is None:
        return TryLater(release_id, "answer cut short or not valid JSON")
    return Document(payload)


def status_line(status: int) -> str:
    """`HTTP 503 Service Unavailable`."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _json_object(content_type: str, body: bytes) -> dict[str, Any] | None:
    if not _is_json(content_type):
        return None
    try:
        # utf-8 by name: json.loads would guess UTF-16 from a few NULs, and the cache is read as
        # UTF-8 later.
        payload = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    found = cast("dict[str, Any]", payload)
    return None if _is_nested_deeper(found, DEEPEST) else found


def _is_nested_deeper(value: object, levels: int) -> bool:
    """True if objects and lists are nested more than `levels` deep; without recursion,
    which would break off where this one is meant to look."""
    level = [value]
    for _ in range(levels):
        within: list[object] = []
        for each in level:
            if isinstance(each, dict):
                within.extend(cast("dict[str, object]", each).values())
            elif isinstance(each, list):
                within.extend(cast("list[object]", each))
        if not within:
            return False
        level = within
    return any(isinstance(each, (dict, list)) for each in level)


def _with_message(reason: str, payload: dict[str, Any]) -> str:
    message = printed(payload.get("message"))
    return f"{reason}: {message[:200]}" if message else reason


def _seconds_to_wait(retry_after: str | None, now: datetime | None) -> float | None:
    """What `Retry-After` asks for, in seconds: it holds a number of them, or an HTTP date."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds()) if now else None
