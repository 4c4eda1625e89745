"""Every kind of answer, and the verdict on it: what gets past here is kept for months."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.discogs.answers import (
    Answer,
    Found,
    Stop,
    TryLater,
    Unavailable,
    read_answer,
    status_line,
)

RELEASE_ID = 1023342
JSON = "application/json"
HTML = "text/html; charset=utf-8"
PAGE = b"<!DOCTYPE html><title>Just a moment...</title>"
NOW = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def answer(status: int, body: Any, content_type: str = JSON, **more: Any) -> Answer:
    """The verdict on it; what is no bytes yet is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(RELEASE_ID, status, content_type, content, **more)


def refusal(found: Answer) -> str:
    """Why there is no usable answer this time, though the server can be asked again."""
    assert isinstance(found, TryLater)
    assert found.release_id == RELEASE_ID
    assert found.reached
    return found.cause


# ---------------------------------------------------------------------------------------------
# Found
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.discogs.v2+json",
    ],
)
def test_a_release_is_kept_byte_for_byte(content_type: str):
    body = b'{ "id": 1023342,\r\n "title": "L\xc3\xb6we" }\n'
    assert answer(200, body, content_type) == Found(RELEASE_ID, RELEASE_ID, body)


def test_a_merged_release_answers_with_the_id_that_it_was_merged_into():
    body = b'{"id": 7}'
    assert answer(200, body, redirected_to=7) == Found(RELEASE_ID, 7, body)
    for other in (8, RELEASE_ID):
        cause = refusal(answer(200, {"id": other}, redirected_to=7))
        assert cause == "answer is about another release"


def test_another_id_without_a_redirect_is_not_the_release():
    """Cached under the wrong id, it would be a wrong tracklist for months."""
    assert refusal(answer(200, {"id": 7})) == "answer is about another release"


@pytest.mark.parametrize("redirected_to", [None, 1])
@pytest.mark.parametrize(
    "wrong", [None, True, False, 0, -1, 1023342.0, "1023342", "", [1023342], {}, float("nan")]
)
def test_an_id_that_is_none(wrong: object, redirected_to: int | None):
    cause = refusal(answer(200, {"id": wrong}, redirected_to=redirected_to))
    assert cause == "answer names no release"


def test_true_is_not_release_one():
    assert isinstance(read_answer(1, 200, JSON, b'{"id": true}'), TryLater)
    assert isinstance(read_answer(1, 200, JSON, b'{"id": 1.0}'), TryLater)


def test_an_object_without_an_id():
    assert refusal(answer(200, {})) == "answer names no release"


def test_an_id_that_no_database_can_hold():
    assert isinstance(answer(200, {"id": 10**30}, redirected_to=10**30), TryLater)


# ---------------------------------------------------------------------------------------------
# 200, and yet nothing
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", [JSON, HTML, ""])
def test_an_empty_body(content_type: str):
    assert refusal(answer(200, b"", content_type)) == "empty answer"


@pytest.mark.parametrize("content_type", [HTML, "", "text/plain", "application/jsonp", "json"])
def test_a_web_page_even_one_that_would_parse(content_type: str):
    """A CDN's or a hotel's page says 200 too."""
    assert "not JSON" in refusal(answer(200, PAGE, content_type))
    assert "not JSON" in refusal(answer(200, {"id": RELEASE_ID}, content_type))


@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        b'{"id": 1023342, "title": "L',
        b'{"id": 1023342}{"id": 1023342}',
        b'{"id": 1023342, "title": "L\xf6we"}',
        b'\xef\xbb\xbf{"id": 1023342}',
        '{"id": 1023342}'.encode("utf-16"),
        '{"id": 1023342}'.encode("utf-16-le"),
        b"null",
        b"[]",
        b'[{"id": 1023342}]',
        b'"1023342"',
        b"1023342",
        b" ",
        b"\x00",
        b"[" * 200_000,
        b'{"id": 1023342, "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        # As deep as Python reads from here, but not from within Dagster: cached, it would end
        # every refresh to come.
        b'{"id": 1023342, "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"id": 1023342, "x": ' + b'{"x":[' * 50 + b"]}" * 50 + b"}",
        b'{"id": ' + b"1" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_whole_object(body: bytes):
    """Cut short, of another encoding, nested without end: never cached, and never an exception."""
    assert refusal(answer(200, body)) == "answer cut short or not valid JSON"


def test_an_answer_that_is_nested_as_deep_as_may_be_is_one():
    """A limit that is too low would cost a release that Discogs describes in many parts."""
    body = b'{"id": 1023342, "x": ' + b"[" * 99 + b"]" * 99 + b"}"
    assert answer(200, body) == Found(RELEASE_ID, RELEASE_ID, body)


def test_every_beginning_of_a_body_is_refused():
    """A connection cut off at any byte."""
    whole = json.dumps({"id": RELEASE_ID, "title": "Löwe", "tracklist": [{"title": "x"}]}).encode()
    assert isinstance(answer(200, whole), Found)
    for length in range(len(whole)):
        assert isinstance(answer(200, whole[:length]), TryLater), length


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 405, 418, 451, 500, 502, 599])
def test_the_status_counts_before_what_the_body_says(status: int):
    """A 206 with a piece of a release, or a 500 with a stale copy, is not the release."""
    assert refusal(answer(status, {"id": RELEASE_ID})) == status_line(status)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 522])
@pytest.mark.parametrize(("body", "content_type"), [(PAGE, HTML), (b"", ""), (b"{}", JSON)])
def test_a_service_that_is_down_is_tried_later(status: int, body: bytes, content_type: str):
    found = answer(status, body, content_type)
    assert found == TryLater(RELEASE_ID, status_line(status), None)


# ---------------------------------------------------------------------------------------------
# Gone, refused, throttled
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_a_release_that_is_gone(status: int):
    body = b'{"message": "Release not found."}'
    assert answer(status, body, is_metered=True) == Unavailable(
        RELEASE_ID, f"{status_line(status)}: Release not found.", body
    )
    message = {"message": "The requested resource was lost."}
    assert isinstance(answer(status, message, is_metered=True), Unavailable)


@pytest.mark.parametrize("status", [404, 410])
def test_without_the_apis_headers_nothing_is_gone(status: int):
    """Any proxy answers in JSON; what is kept for months is asked of Discogs alone."""
    cause = refusal(answer(status, {"message": "Release not found."}))
    assert cause == f"{status_line(status)} (not from the API)"


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    "body",
    [b"", b"{}", *(json.dumps({"message": each}).encode() for each in (None, 5, ["x"], " "))],
)
def test_without_the_apis_words_nothing_is_gone(status: int, body: bytes):
    """Discogs never says so without a message."""
    cause = refusal(answer(status, body, is_metered=True))
    assert cause == f"{status_line(status)} (not from the API)"


@pytest.mark.parametrize("status", [404, 410, 403])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PAGE, HTML),
        (b'{"message": "x"}', HTML),
        (PAGE, JSON),
        (b"", JSON),
        (b"", ""),
        (b"[]", JSON),
    ],
)
def test_only_the_api_itself_can_say_that_a_release_is_gone_or_access_refused(
    status: int, body: bytes, content_type: str
):
    """A hotel's login page would else book every release as gone for 90 days."""
    assert refusal(answer(status, body, content_type)).startswith(status_line(status))


def test_the_api_may_say_without_a_word_that_access_is_refused():
    assert answer(403, b"", "", is_metered=True) == Stop(RELEASE_ID, status_line(403), 403)


@pytest.mark.parametrize("status", [404, 410, 403])
@pytest.mark.parametrize(("body", "content_type"), [(PAGE, HTML), (b'{"mess', JSON), (b"[]", JSON)])
def test_the_apis_headers_alone_make_no_page_an_answer(status: int, body: bytes, content_type: str):
    """A cache in between may keep the headers of what it replaces with a page of its own."""
    assert isinstance(answer(status, body, content_type, is_metered=True), TryLater)


@pytest.mark.parametrize("status", [401, 403])
def test_no_access_stops_at_once(status: int):
    found = answer(status, {"message": "You must authenticate to access this resource."})
    assert found == Stop(
        RELEASE_ID,
        f"{status_line(status)}: You must authenticate to access this resource.",
        status,
    )


@pytest.mark.parametrize(("body", "content_type"), [(b"", ""), (b"", JSON), (PAGE, HTML)])
def test_a_401_stops_whatever_its_body(body: bytes, content_type: str):
    """Only a 403 is known to come from a CDN; retrying cannot clear a 401."""
    assert isinstance(answer(401, body, content_type), Stop)


@pytest.mark.parametrize("status", [403, 404])
def test_an_empty_body_is_not_called_a_web_page(status: int):
    """The cause is what the user reads, and what failures are counted by."""
    assert "web page" not in refusal(answer(status, b"", ""))


def test_a_long_message_is_cut():
    for status in (401, 404):
        found = answer(status, {"message": "x" * 100_000}, is_metered=True)
        assert isinstance(found, Stop | Unavailable)
        text = found.cause if isinstance(found, Stop) else found.message
        assert len(text) < 300


@pytest.mark.parametrize("message", ["gone\nfor\tgood", "gone \ud800"])
def test_a_message_that_no_terminal_or_table_can_take(message: str):
    """It goes into `tracklist_error`: a lone surrogate there ends the write of the table."""
    found = answer(404, {"message": message}, is_metered=True)
    assert isinstance(found, Unavailable)
    found.message.encode()
    assert found.message == " ".join(found.message.split())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [({"message": "You are making requests too quickly."}, JSON), (PAGE, HTML), (b"", "")],
)
def test_too_many_requests(body: object, content_type: str):
    found = answer(429, body, content_type)
    assert found == TryLater(RELEASE_ID, "HTTP 429 Too Many Requests", None, throttled=True)


def test_nothing_else_is_a_throttle():
    for status in (200, 403, 404, 500, 503):
        found = answer(status, b"")
        assert isinstance(found, TryLater)
        assert not found.throttled


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("86400", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("5.5", None),
        ("5 s", None),
        ("\u0665", None),
        ("²", None),
        ("Tue, 02 Jan 2024 03:05:05 GMT", 60.0),
        ("Tue, 02 Jan 2024 04:05:05 +0100", 60.0),
        ("Tue, 02 Jan 2024 03:05:05 -0000", 60.0),
        ("Tue, 02 Jan 2024 03:05:05", 60.0),
        ("Tue, 02 Jan 2024 03:04:05 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Tue, 99 Jan 2024 03:05:05 GMT", None),
        ("Tue, 02 Jan 99999 03:05:05 GMT", None),
        ("Tue, 02 Jan 99999999999999999999 03:05:05 GMT", None),
        ("Tue, 02 Jan 2024 03:05:05 +9999", None),
    ],
)
def test_how_long_the_server_asks_to_wait(status: int, retry_after: str | None, pause: float):
    found = answer(status, b"", retry_after=retry_after, now=NOW)
    assert isinstance(found, TryLater)
    assert found.pause == pause


def test_a_pause_of_any_number_of_digits_is_a_long_one():
    found = answer(429, b"", retry_after="9" * 10_000, now=NOW)
    assert isinstance(found, TryLater)
    assert found.pause is not None and 86_400 < found.pause < float("inf")


def test_a_date_says_nothing_without_a_clock():
    found = answer(429, b"", retry_after="Tue, 02 Jan 2024 03:05:05 GMT")
    assert isinstance(found, TryLater)
    assert found.pause is None


def test_status_lines():
    assert status_line(503) == "HTTP 503 Service Unavailable"
    assert status_line(522) == "HTTP 522"
    assert status_line(0) == "HTTP 0"


# ---------------------------------------------------------------------------------------------
# Anything at all
# ---------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["Tue", "Jan", "GMT", "EST", "+0000", "-9999", "99", "2024", "03:05:05", "am", *':,()-"\\']
)


@given(
    status=st.integers(0, 999) | st.sampled_from([200, 401, 403, 404, 410, 429, 503]),
    content_type=st.text(max_size=20) | st.sampled_from([JSON, HTML]),
    body=st.binary(max_size=40)
    | st.dictionaries(
        st.sampled_from(["id", "message"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.just(RELEASE_ID),
    ).map(lambda fields: json.dumps(fields).encode()),
    retry_after=st.none() | st.text(max_size=30) | st.lists(WORDS, max_size=8).map(" ".join),
    redirected_to=st.none() | st.integers(1, 10**9),
    is_metered=st.booleans(),
)
def test_any_answer_gets_a_verdict(
    status: int,
    content_type: str,
    body: bytes,
    retry_after: str | None,
    redirected_to: int | None,
    is_metered: bool,
):
    """No answer, however odd, may end a worker; and nothing odd may be cached."""
    found = read_answer(
        RELEASE_ID,
        status,
        content_type,
        body,
        retry_after=retry_after,
        now=NOW,
        redirected_to=redirected_to,
        is_metered=is_metered,
    )
    assert found.release_id == RELEASE_ID
    match found:
        case Found():
            assert status == 200
            assert found.body == body
            assert json.loads(body)["id"] == found.answered_id
            assert found.answered_id == (redirected_to or RELEASE_ID)
        case Unavailable():
            assert status in {404, 410} and is_metered
            assert json.loads(found.body)["message"]
        case Stop():
            assert status in {401, 403}
        case TryLater():
            assert found.throttled is (status == 429)
            assert found.cause and len(found.cause) < 80
            assert found.pause is None or found.pause >= 0


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_any_date_is_a_pause_until_then(moment: datetime):
    until = moment.replace(tzinfo=UTC, microsecond=0)
    text = f"{until:%a, %d %b %Y %H:%M:%S} GMT"
    found = answer(503, b"", retry_after=text, now=NOW)
    assert isinstance(found, TryLater)
    assert found.pause == max(0.0, (until - NOW) / timedelta(seconds=1))
