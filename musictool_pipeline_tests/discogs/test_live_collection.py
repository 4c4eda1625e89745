"""A collection is read whole or not at all, whatever the API does meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.demo.sample_shelf import SampleShelf
from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.api import DiscogsApi, OnWait, RequestCounts
from musictool_pipeline.discogs.budget import RequestBudget
from musictool_pipeline.discogs.live_collection import (
    KEPT_SNAPSHOTS,
    LatestCollection,
    copies_on_discogs,
    keep_snapshot,
    latest_collection,
)
from musictool_pipeline.errors import (
    AccessRefused,
    CollectionInMotion,
    CollectionUnavailable,
    DiscogsError,
    NotACollectionExport,
    Throttled,
    Unreachable,
)
from musictool_pipeline.inputs.export_folder import find_export, list_snapshots
from musictool_pipeline.settings import Secret, Settings
from musictool_pipeline_tests.sample_data import SAMPLE_USER, large_collection
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.server import StandIn

LIMIT = 60_000
COLLECTION = large_collection(240, second_copies=5)
SHELF = COLLECTION.shelf()
TOKEN = "kSecretTokenOfNobody"
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "pause_before_retry", lambda *_: 0.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(data_dir=tmp_path / "data", username=SAMPLE_USER, token=Secret(TOKEN))


def read(
    settings: Settings,
    server: StandIn,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> LatestCollection:
    def make_api(stop: threading.Event, on_wait: OnWait) -> DiscogsApi:
        budget = RequestBudget(settings.data_dir.parent / "budget.sqlite", LIMIT)
        return DiscogsApi(server.url, settings.token, budget, stop, on_wait)

    return latest_collection(settings, make_api, watch)


def discogs(shelf: SampleShelf | None = SHELF, **options: object) -> StandIn:
    return StandIn(lambda _: None, limit=LIMIT, shelf=shelf, **options)  # pyright: ignore[reportArgumentType]


def problem(latest: LatestCollection) -> DiscogsError:
    assert latest.problem is not None
    return latest.problem


def spoiled(**parts: list[str]) -> FaultPlan:
    return FaultPlan(
        collection={
            part.removeprefix("page_"): [fault_named(name) for name in names]
            for part, names in parts.items()
        }
    )


def test_a_first_reading_becomes_a_snapshot(settings: Settings) -> None:
    seen: list[tuple[int, int]] = []
    with discogs() as server:
        latest = read(settings, server, lambda done, total: seen.append((done, total)))
        paths = [request.path for request in server.requests]
    assert latest.problem is None
    assert latest.loaded is not None
    assert len(latest.loaded.export.copies) == 245
    assert latest.loaded.path == find_export(settings)
    assert latest.loaded.path.parent == settings.data_dir / "snapshots"
    assert seen == [(100, 245), (200, 245), (245, 245)]
    assert latest.sent.requests == len(paths) == 5
    assert len([path for path in paths if path.endswith("/0/releases")]) == 3


def test_a_reading_that_finds_nothing_new_writes_nothing(settings: Settings) -> None:
    with discogs() as server:
        first, second = read(settings, server), read(settings, server)
    assert first.loaded and second.loaded
    assert first.loaded.path == second.loaded.path
    assert len(list(settings.snapshots_dir.iterdir())) == 1


@pytest.mark.parametrize(
    "fault",
    ["500", "503", "html_200", "html_403", "empty_200", "json_array_200", "bad_utf8", "truncate",
     "cut_body", "reset", "reset_in_body", "bad_gzip"],
)  # fmt: skip
def test_what_goes_wrong_for_a_moment_is_asked_for_again(settings: Settings, fault: str) -> None:
    plan = spoiled(folders=[fault], fields=[fault], page_1=[fault], page_2=[fault, fault])
    with discogs(faults=plan) as server:
        latest = read(settings, server)
    assert latest.problem is None
    assert latest.loaded and len(latest.loaded.export.copies) == 245
    assert latest.sent.requests == 10


@pytest.mark.parametrize("part", ["folders", "fields", "page_1", "page_3"])
def test_a_reading_that_breaks_off_leaves_no_trace(settings: Settings, part: str) -> None:
    with discogs() as server:
        before = read(settings, server).loaded
        assert before
        server.set_shelf(replace(SHELF, copies=SHELF.copies[:-1]))
        server.set_faults(spoiled(**{part: ["503"] * fetching.MOST_ATTEMPTS}))
        after = read(settings, server)
    assert isinstance(problem(after), Unreachable)
    assert "HTTP 503" in str(after.problem)
    assert after.loaded and after.loaded.path == before.path
    assert [path.read_bytes() for path in settings.snapshots_dir.iterdir()] == [before.content]


def test_with_no_earlier_reading_there_is_nothing_to_go_on_with(settings: Settings) -> None:
    with discogs(faults=spoiled(page_2=["503"] * 9)) as server:
        latest = read(settings, server)
    assert latest.loaded is None
    assert isinstance(problem(latest), Unreachable)
    assert not settings.snapshots_dir.exists()


def test_a_429_waits_and_does_not_count_as_a_failure(settings: Settings) -> None:
    with discogs(faults=spoiled(page_1=["429:0"])) as server:
        latest = read(settings, server)
    assert latest.problem is None


def test_three_429s_in_a_row_end_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from musictool_pipeline.discogs import budget as request_budget

    monkeypatch.setattr(request_budget, "pause_after_throttle", lambda *_: 0.0)
    with discogs(faults=spoiled(page_1=["429"] * 5)) as server:
        latest = read(settings, server)
    assert isinstance(problem(latest), Throttled)
    assert latest.sent == RequestCounts(
        requests=5, throttled=3
    )  # two of them for folders and fields


def without_first(shelf: SampleShelf) -> SampleShelf:
    return replace(shelf, copies=shelf.copies[1:])


def test_a_copy_sold_between_two_pages_is_noticed_and_the_reading_begun_again(
    settings: Settings,
) -> None:
    """The pages after it move up by one: a copy would be missing from the shelf."""
    with discogs() as server:

        def sell(done: int, total: int) -> None:
            if total == 245:
                server.set_shelf(without_first(SHELF))

        latest = read(settings, server, sell)
    assert latest.problem is None
    assert latest.loaded and len(latest.loaded.export.copies) == 244
    assert latest.sent.requests == 4 + 5


def test_a_collection_that_never_rests_is_left_as_it_was(settings: Settings) -> None:
    with discogs() as server:
        shelves = [SHELF]

        def sell(done: int, total: int) -> None:
            shelves.append(without_first(shelves[-1]))
            server.set_shelf(shelves[-1])

        latest = read(settings, server, sell)
    assert isinstance(problem(latest), CollectionInMotion)
    assert "2 times in a row: there were" in str(latest.problem)
    assert not settings.snapshots_dir.exists()


@dataclass(frozen=True)
class Endless(SampleShelf):
    """The shelf, but that every page says these things of itself; `shown` is the number of the
    page that is shown whatever is asked for."""

    said: Mapping[str, int] = field(default_factory=dict)
    shown: int | None = None

    def page(self, number: int, per_page: int, *, owner: bool) -> dict[str, Any] | None:
        found = super().page(self.shown or number, per_page, owner=owner)
        if found:
            found["pagination"].update(self.said)
        return found


@pytest.mark.parametrize(
    ("said", "shown", "reason", "most"),
    [
        ({"pages": 10**9}, None, "counts 1,000,000,000 pages of 245 copies", 6),
        ({"pages": 10**9, "items": 10**11}, None, "counts 100,000,000,000 copies, more than", 6),
        ({"per_page": 10**9}, None, "pages are of 1,000,000,000 copies", 6),
        ({}, 1, "page 1 came for page 2", 7),
    ],
)
def test_pages_without_end_are_not_read(
    settings: Settings, said: dict[str, int], shown: int | None, reason: str, most: int
) -> None:
    with discogs() as server:
        before = read(settings, server).loaded
        server.set_shelf(
            Endless(SHELF.username, SHELF.folders, SHELF.copies, said=said, shown=shown)
        )
        latest = read(settings, server)
    assert isinstance(problem(latest), Unreachable)
    assert reason in str(latest.problem)
    assert latest.sent.requests == most
    assert before and latest.loaded and latest.loaded.path == before.path


def test_the_same_copies_on_every_page_are_not_read_to_the_end(settings: Settings) -> None:
    """A million copies would be ten thousand requests, and the same hundred each time."""

    class Repeating(SampleShelf):
        def page(self, number: int, per_page: int, *, owner: bool) -> dict[str, Any] | None:
            found = super().page(1, per_page, owner=owner)
            if found:
                found["pagination"].update(page=number, pages=10_000, items=1_000_000)
            return found

    with discogs(Repeating(SHELF.username, SHELF.folders, SHELF.copies)) as server:
        latest = read(settings, server)
    assert isinstance(problem(latest), CollectionInMotion)
    assert "100 copies are on two pages" in str(latest.problem)
    assert latest.sent.requests == 8


def test_an_unknown_user(settings: Settings) -> None:
    with discogs() as server:
        latest = read(replace(settings, username="record/collectro r"), server)
        asked = {request.path.split("/")[2] for request in server.requests}
    assert isinstance(problem(latest), CollectionUnavailable)
    assert "knows no user record/collectro r" in str(latest.problem)
    assert "User does not exist" in str(latest.problem)
    assert "Correct DISCOGS_USERNAME" in problem(latest).remedy
    assert asked == {"record%2Fcollectro%20r"}
    assert latest.sent.requests == 2  # asked for twice before it is believed


@pytest.mark.parametrize(
    ("token", "whose"), [(None, "there is no token"), (TOKEN, "a token of another user")]
)
def test_a_private_collection_says_whose_token_it_takes(
    settings: Settings, token: str | None, whose: str
) -> None:
    settings = replace(settings, token=Secret(token) if token else None)
    with discogs(replace(SHELF, private=True), username="somebody_else") as server:
        latest = read(settings, server)
    assert isinstance(problem(latest), CollectionUnavailable)
    assert whose in str(latest.problem)
    assert f"a token of {SAMPLE_USER}'s own" in problem(latest).remedy
    assert TOKEN not in problem(latest).explained()


def test_a_token_that_discogs_does_not_know_stops_at_once(settings: Settings) -> None:
    """Nothing could be fetched with it either."""
    with discogs(accepted_tokens=["another"]) as server:
        with pytest.raises(AccessRefused, match="401"):
            read(settings, server)
        assert len(server.requests) == 1


def test_a_stranger_is_told_what_he_does_not_see(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with discogs(username="somebody_else") as server:
        latest = read(settings, server)
    assert latest.loaded
    assert {each.collection_folder for each in latest.loaded.export.copies} == {None}
    assert f"set DISCOGS_API_KEY to a token of {SAMPLE_USER}'s own" in caplog.text


def test_an_empty_collection_is_not_taken_for_one(settings: Settings) -> None:
    """Whatever makes Discogs show nothing, 3,000 records have not left the shelf."""
    with discogs() as server:
        before = read(settings, server).loaded
        server.set_shelf(replace(SHELF, copies=()))
        after = read(settings, server)
    assert isinstance(problem(after), CollectionUnavailable)
    assert before and after.loaded and after.loaded.path == before.path


def test_a_csv_that_is_set_comes_first_and_costs_no_request(settings: Settings) -> None:
    mine = settings.data_dir / "mine.csv"
    mine.write_bytes(COLLECTION.export_csv())
    with discogs() as server:
        latest = read(replace(settings, collection_csv=mine), server)
        assert server.requests == []
    assert latest.loaded and latest.loaded.path == mine
    mine.write_text("not an export\n")
    with discogs() as server, pytest.raises(NotACollectionExport):
        _ = read(replace(settings, collection_csv=mine), server).loaded.export  # pyright: ignore[reportOptionalMemberAccess]


def test_an_export_in_the_data_folder_does_not_come_first(settings: Settings) -> None:
    (settings.data_dir / "mo-collection-20990101-0000.csv").write_bytes(COLLECTION.export_csv())
    with discogs() as server:
        latest = read(settings, server)
    assert latest.loaded and latest.loaded.path.parent == settings.snapshots_dir


def test_how_many_copies_costs_one_request(settings: Settings, tmp_path: Path) -> None:
    budget = RequestBudget(tmp_path / "b.sqlite", LIMIT)
    with discogs() as server:
        api = DiscogsApi(server.url, settings.token, budget)
        assert copies_on_discogs(api, SAMPLE_USER) == 245
        assert len(server.requests) == 1
        server.set_faults(spoiled(page_1=["503"]))
        with pytest.raises(Unreachable, match="503"):
            copies_on_discogs(api, SAMPLE_USER)
        assert len(server.requests) == 2


# --- Snapshots -----------------------------------------------------------------------------------


def test_the_last_30_snapshots_are_kept_of_each_user(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, "wanda", b"hers", NOW)
    (tmp_path / "mine.csv").write_bytes(b"not a snapshot")
    for day in range(KEPT_SNAPSHOTS + 5):
        path = keep_snapshot(tmp_path, "mo", b"%d" % day, NOW + timedelta(days=day))
        assert list_snapshots(tmp_path, "mo")[-1] == path
    assert len(list_snapshots(tmp_path, "mo")) == KEPT_SNAPSHOTS
    assert list_snapshots(tmp_path, "mo")[0].read_bytes() == b"5"
    assert [path.read_bytes() for path in list_snapshots(tmp_path, "wanda")] == [b"hers"]
    assert (tmp_path / "mine.csv").exists()


def test_a_snapshot_never_takes_anothers_place(tmp_path: Path) -> None:
    """Two in one minute, or a clock that was set back."""
    minutes = [NOW, NOW, NOW - timedelta(days=400), NOW]
    for number, minute in enumerate(minutes):
        keep_snapshot(tmp_path, "mo", b"%d" % number, minute)
    names = [path.name for path in list_snapshots(tmp_path, "mo")]
    assert names == [
        "mo-collection-20260101-1200.csv",
        *(f"mo-collection-20260101-1200-{number}.csv" for number in (1, 2, 3)),
    ]
    assert [path.read_bytes() for path in list_snapshots(tmp_path, "mo")] == [
        b"0",
        b"1",
        b"2",
        b"3",
    ]


@pytest.mark.parametrize("username", ["../../etc", ".hidden", "a b", "mö", "x-collection-20200101"])
def test_a_snapshot_stays_in_its_folder_whatever_the_user_is_called(
    tmp_path: Path, username: str
) -> None:
    path = keep_snapshot(tmp_path / "snapshots", username, b"x", NOW)
    assert path.parent == tmp_path / "snapshots"
    assert list_snapshots(tmp_path / "snapshots", username) == [path]


def test_another_user_with_a_name_that_begins_alike_is_another(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, "mo-collection-1", b"x", NOW)
    assert list_snapshots(tmp_path, "mo") == []
