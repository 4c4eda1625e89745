"""`musictool refresh` with a wantlist on Discogs, through a refusal and an interrupt to its end."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from musictool_pipeline_tests.app.conftest import (
    GONE,
    SAMPLE,
    Completed,
    MakeProject,
    Project,
    discogs,
    wait_until,
)
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.sample_data import SAMPLE_USER
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.request_log import LoggedRequest

# The suite interrupts one refresh in `test_refresh_interrupted`, judges a wantlist in
# `orchestration/test_wantlist`, and looks at one in `test_wants`.
pytestmark = pytest.mark.slow

LIVE = {
    "DISCOGS_USERNAME": SAMPLE_USER,
    "DISCOGS_API_KEY": "oWnErStOkEn",
    "MUSICTOOL_WANTLIST": "live",
}
COPIES = list({copy["id"]: copy for copy in SAMPLE.shelf.copies if copy["id"] != GONE}.values())
SHELVED, WANTED = COPIES[:8], COPIES[7:31]
"""One release is on both lists."""
ON_SHELF = {copy["id"] for copy in SHELVED}
WANTED_ALONE = {copy["id"] for copy in WANTED} - ON_SHELF


@dataclass(frozen=True)
class Days:
    """A refresh that is refused the wantlist, one interrupted among the wanted releases, one left
    in peace; what each asked for, and what `wants --json` says at the end."""

    project: Project
    refused: Completed
    asked_when_refused: list[LoggedRequest]
    interrupted_code: int | None
    cached_after_interrupt: set[int]
    asked_before_interrupt: list[LoggedRequest]
    last: Completed
    requests: list[LoggedRequest]
    wants: dict[str, Any]


@pytest.fixture(scope="module")
def days(make_project: MakeProject) -> Iterator[Days]:
    shelf = replace(SAMPLE.shelf, copies=tuple(SHELVED))
    with discogs(shelf=shelf, latency=0.1) as server:
        server.set_wants(WANTED)
        server.set_faults(FaultPlan(collection={"wants": [fault_named("403")]}))
        project = make_project(server.url)
        (project.data / SAMPLE.export_name).unlink()
        refused = project.run("refresh", settings=LIVE)
        asked_when_refused = server.requests
        with project.running("refresh", settings=LIVE) as process:
            wait_until(lambda: len(requests_per_release(server.requests)) >= 12, "wanted releases")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        cached, before = project.cached(), server.requests
        last = project.run("refresh", settings=LIVE)
        said = project.run("wants", "--json", settings=LIVE)
        yield Days(
            project=project,
            refused=refused,
            asked_when_refused=asked_when_refused,
            interrupted_code=process.returncode,
            cached_after_interrupt=cached,
            asked_before_interrupt=before,
            last=last,
            requests=server.requests,
            wants=json.loads(said.stdout),
        )


def test_a_wantlist_that_is_refused_costs_the_collection_nothing(days: Days) -> None:
    assert days.refused.returncode == 0, days.refused.stdout + days.refused.stderr
    assert set(requests_per_release(days.asked_when_refused)) == ON_SHELF
    assert f"The wantlist of {SAMPLE_USER} is private" in days.refused.stdout


def test_the_wantlist_is_read_after_the_collection_and_before_any_release(days: Days) -> None:
    paths = [request.path for request in days.asked_when_refused]
    lists = [path for path in paths if path.startswith("/users/")]
    assert lists[-1] == f"/users/{SAMPLE_USER}/wants"
    assert paths[: len(lists)] == lists


def test_an_interrupt_among_the_wanted_releases_loses_none(days: Days) -> None:
    assert days.interrupted_code == 130
    assert ON_SHELF < days.cached_after_interrupt < ON_SHELF | WANTED_ALONE
    assert days.cached_after_interrupt == set(requests_per_release(days.asked_before_interrupt))


def test_at_the_end_each_release_of_both_lists_was_asked_for_once(days: Days) -> None:
    assert days.last.returncode == 0, days.last.stdout + days.last.stderr
    assert requests_per_release(days.requests) == dict.fromkeys(ON_SHELF | WANTED_ALONE, 1)


def test_wants_says_of_each_what_is_there(days: Days) -> None:
    wants = {it["release_id"]: it for it in days.wants["wants"]}
    assert set(wants) == {copy["id"] for copy in WANTED}
    assert {rid for rid, it in wants.items() if it["on_shelf"]} == ON_SHELF & set(wants)
    assert (days.wants["releases"], days.wants["on_shelf"]) == (24, 1)
    assert {it["tracklist_status"] for it in wants.values()} == {"fetched"}
    ((tracks,),) = days.project.ask("SELECT count(*) FROM wanted_gaps")
    assert days.wants["tracks"] == tracks > 0
