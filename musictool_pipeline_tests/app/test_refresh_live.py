"""`musictool refresh` with a collection on Discogs, as its owner sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from musictool_pipeline_tests.app.conftest import (
    FEW,
    SAMPLE,
    MakeProject,
    Project,
    discogs,
)
from musictool_pipeline_tests.sample_data import SAMPLE_USER
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.server import StandIn

SHELF = replace(
    SAMPLE.shelf, copies=tuple(copy for copy in SAMPLE.shelf.copies if copy["id"] in FEW)
)
COPIES, RELEASES, LIMIT = len(SHELF.copies), len(FEW), 4
OWNER = {"DISCOGS_USERNAME": SAMPLE_USER, "DISCOGS_API_KEY": "oWnErStOkEn"}


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with discogs(shelf=SHELF) as server:
        yield server


@pytest.fixture(scope="module")
def project(make_project: MakeProject, server: StandIn) -> Project:
    """Without an export; the tests below follow each other in it."""
    project = make_project(server.url)
    (project.data / SAMPLE.export_name).unlink()
    return project


def test_before_it_was_ever_read_a_dry_run_says_what_it_can(
    project: Project, server: StandIn
) -> None:
    ran = project.run("refresh", "--dry-run", settings=OWNER)
    assert ran.returncode == 0, ran.stderr
    assert "The collection was not read yet" in ran.stdout
    assert server.requests == []


def test_a_first_reading_that_fails_is_an_error_with_a_remedy(
    project: Project, server: StandIn
) -> None:
    ran = project.run("refresh", settings={**OWNER, "DISCOGS_USERNAME": "nobody"})
    assert ran.returncode == 2
    assert ran.stderr.startswith("Discogs knows no user nobody")
    assert "Correct DISCOGS_USERNAME" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(server.requests) == 2


def test_a_refresh_needs_no_export(project: Project, server: StandIn) -> None:
    ran = project.run("refresh", "--limit", str(LIMIT), settings=OWNER)
    assert ran.returncode == 1, ran.stderr  # the others are left
    assert f"Read from Discogs: {COPIES} of {COPIES} copies" in ran.stdout
    assert "Requests for the collection itself: 3" in ran.stdout
    assert project.ask("SELECT count(*) FROM collection_items") == [(COPIES,)]
    assert "oWnErStOkEn" not in ran.stdout + ran.stderr


def test_the_requests_for_the_collection_are_in_the_forecast(project: Project) -> None:
    ran = project.run("refresh", "--dry-run", settings=OWNER)
    left = RELEASES - LIMIT
    assert f"{left} to fetch: {left + 3} requests (3 for the collection)" in ran.stdout


def test_where_discogs_does_not_show_it_the_rest_goes_on_and_the_code_says_so(
    project: Project, server: StandIn
) -> None:
    server.set_shelf(replace(SHELF, private=True))
    ran = project.run("refresh", settings={**OWNER, "DISCOGS_API_KEY": ""})
    assert ran.returncode == 1
    assert f"{RELEASES - 1} of {RELEASES} releases expanded" in ran.stdout
    said = ran.stdout.partition("Summary")[2]
    assert (
        f"The collection is the one last read: The collection of {SAMPLE_USER} is private" in said
    )
    assert f"Set DISCOGS_API_KEY to a token of {SAMPLE_USER}'s own" in said
    server.set_shelf(SHELF)


def test_a_token_that_is_refused_stops_it(project: Project, server: StandIn) -> None:
    server.set_faults(FaultPlan(collection={"folders": [fault_named("401")]}))
    ran = project.run("refresh", settings=OWNER)
    assert ran.returncode == 2
    assert "Discogs refused access" in ran.stderr
    server.set_faults(None)
