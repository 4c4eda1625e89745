"""A wantlist is read whole or not at all, by the rules of reading a collection."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.core.discogs.answers import Document, DocumentAnswer, Stop, TryLater
from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.api import Asked, DiscogsApi, OnWait, RequestCounts
from musictool_pipeline.discogs.budget import RequestBudget
from musictool_pipeline.discogs.live_wantlist import (
    LatestWantlist,
    latest_wantlist,
    requests_for_wants,
)
from musictool_pipeline.errors import AccessRefused, CollectionInMotion, CollectionUnavailable
from musictool_pipeline.inputs.wantlist import find_wantlist
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.stand_in.server import StandIn


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "pause_before_retry", lambda *_: 0.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path, data_dir=tmp_path / "data", username="mo", wantlist_is_live=True)


def want(release_id: int, **values: Any) -> dict[str, Any]:
    return {
        "id": release_id,
        "rating": 0,
        "date_added": f"2020-01-02T03:04:{release_id % 60:02}-08:00",
        "basic_information": {
            "title": f"Title {release_id}",
            "year": 1999,
            "artists": [{"name": "Ann"}],
            "labels": [{"name": "Label", "catno": "CAT"}],
            "formats": [{"name": "Vinyl", "qty": "1", "descriptions": ["LP"]}],
        },
        **values,
    }


def page(number: int, wants: Sequence[dict[str, Any]]) -> dict[str, Any]:
    pages = max(1, -(-len(wants) // 100))
    return {
        "pagination": {"page": number, "pages": pages, "per_page": 100, "items": len(wants)},
        "wants": list(wants[(number - 1) * 100 : number * 100]),
    }


@dataclass
class Pages:
    """An API that has this wantlist, and gives these answers before it."""

    wants: list[dict[str, Any]]
    before: list[DocumentAnswer] = field(default_factory=list[DocumentAnswer])
    asked: list[int] = field(default_factory=list[int])
    has_token: bool = True

    @property
    def sent(self) -> RequestCounts:
        return RequestCounts(len(self.asked))

    def wantlist_page(self, username: str, number: int) -> Asked[DocumentAnswer]:
        assert username == "mo"
        self.asked.append(number)
        answer = self.before.pop(0) if self.before else Document(page(number, self.wants))
        return Asked(answer, 1, datetime.now(UTC))

    def close(self) -> None:
        pass


def read(settings: Settings, api: Any) -> LatestWantlist:
    return latest_wantlist(settings, lambda stop, on_wait: api)


def test_all_pages_become_a_file_that_is_read_like_an_export(settings: Settings) -> None:
    api = Pages([want(number) for number in range(1, 241)])
    latest = read(settings, api)
    assert latest.problem is None and latest.loaded
    assert latest.loaded.path == find_wantlist(settings)
    assert {it.release_id for it in latest.loaded.wantlist.wants} == set(range(1, 241))
    assert api.asked == [1, 2, 3]
    assert latest.sent.requests == requests_for_wants(240) == 3


def test_what_is_printed_is_what_an_export_prints(settings: Settings) -> None:
    latest = read(settings, Pages([want(7, rating=4, notes="mint, or none")]))
    assert latest.loaded
    (found,) = latest.loaded.wantlist.wants
    assert (found.artist, found.title, found.label) == ("Ann", "Title 7", "Label")
    assert (found.catalog_number, found.format, found.release_year) == ("CAT", "LP", 1999)
    assert (found.rating, found.notes) == (4, "mint, or none")
    assert found.date_added == datetime(2020, 1, 2, 3, 4, 7)


def test_an_empty_wantlist_is_one(settings: Settings) -> None:
    """Everything was bought; an empty collection would be no reading."""
    latest = read(settings, Pages([]))
    assert latest.problem is None and latest.loaded
    assert latest.loaded.wantlist.wants == ()


def test_what_goes_wrong_for_a_moment_is_asked_for_again(settings: Settings) -> None:
    api = Pages([want(7)], before=[TryLater(None, "HTTP 503"), TryLater(None, "no answer")])
    assert read(settings, api).problem is None
    assert api.asked == [1, 1, 1]


@pytest.mark.parametrize(
    ("wants", "before", "kind"),
    [
        ([want(7)], [Stop(None, "HTTP 401", 401)], AccessRefused),
        ([want(7)], [Stop(None, "HTTP 403", 403)], CollectionUnavailable),
        ([want(7), want(7)], [], CollectionInMotion),
        ([want(0)], [], CollectionInMotion),
    ],
)
def test_a_reading_that_fails_keeps_the_last_and_says_why(
    wants: list[dict[str, Any]],
    before: list[DocumentAnswer],
    kind: type[Exception],
    settings: Settings,
) -> None:
    read(settings, Pages([want(5)]))
    path = find_wantlist(settings)
    assert path
    kept = path.read_bytes()
    latest = read(settings, Pages(wants, before))
    assert isinstance(latest.problem, kind)
    assert "mo" in str(latest.problem) or kind is AccessRefused
    assert latest.loaded is None
    assert path.read_bytes() == kept


def test_a_file_is_read_without_a_request_and_none_is_no_problem(settings: Settings) -> None:
    path = settings.root / "wants.csv"
    path.write_text("Artist,Title,release_id,Notes\r\nA,T,7,\r\n")
    api = Pages([])
    latest = read(replace(settings, wantlist_is_live=False, wantlist_csv=path), api)
    assert latest.loaded and len(latest.loaded.wantlist.wants) == 1
    assert read(replace(settings, wantlist_is_live=False), api) == LatestWantlist()
    missing = read(replace(settings, wantlist_is_live=False, wantlist_csv=path / "x"), api)
    assert missing.loaded is None and missing.problem
    assert api.asked == []


def test_it_asks_where_discogs_has_the_wantlist(settings: Settings) -> None:
    """Twice, since an answer that there is nothing is believed only then."""

    def make_api(stop: threading.Event, on_wait: OnWait) -> DiscogsApi:
        budget = RequestBudget(settings.root / "budget.sqlite", 60_000)
        return DiscogsApi(server.url, None, budget, stop, on_wait)

    with StandIn(lambda _: None, limit=60_000) as server:
        latest = latest_wantlist(replace(settings, username="m/o"), make_api)
        asked = {request.path for request in server.requests}
    assert isinstance(latest.problem, CollectionUnavailable)
    assert "nothing of the wantlist" in str(latest.problem)
    assert asked == {"/users/m%2Fo/wants"}
