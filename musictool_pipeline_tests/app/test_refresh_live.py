"""`musictool refresh` with a collection on Discogs, as its owner sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from musictool_pipeline_tests.app.conftest import SAMPLE, MakeProject, Project, discogs
from musictool_pipeline_tests.sample_data import SAMPLE_USER
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.server import StandIn

OWNER = {"DISCOGS_USERNAME": SAMPLE_USER, "DISCOGS_API_KEY": "oWnErStOkEn"}


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with discogs(shelf=SAMPLE.shelf) as server:
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
    ran = project.run("refresh", "--limit", "20", settings=OWNER)
    assert ran.returncode == 1, ran.stderr  # 40 are left
    assert "Read from Discogs: 63 of 63 copies" in ran.stdout
    assert "Requests for the collection itself: 3" in ran.stdout
    assert project.ask("SELECT count(*) FROM collection_items") == [(63,)]
    assert "oWnErStOkEn" not in ran.stdout + ran.stderr


def test_the_requests_for_the_collection_are_in_the_forecast(project: Project) -> None:
    ran = project.run("refresh", "--dry-run", settings=OWNER)
    assert "40 to fetch: 43 requests (3 for the collection)" in ran.stdout


def test_where_discogs_does_not_show_it_the_rest_goes_on_and_the_code_says_so(
    project: Project, server: StandIn
) -> None:
    server.set_shelf(replace(SAMPLE.shelf, private=True))
    ran = project.run("refresh", settings={**OWNER, "DISCOGS_API_KEY": ""})
    assert ran.returncode == 1
    assert "59 of 60 releases expanded" in ran.stdout
    said = ran.stdout.partition("Summary")[2]
    assert (
        f"The collection is the one last read: The collection of {SAMPLE_USER} is private" in said
    )
    assert f"Set DISCOGS_API_KEY to a token of {SAMPLE_USER}'s own" in said
    server.set_shelf(SAMPLE.shelf)


def test_a_token_that_is_refused_stops_it(project: Project, server: StandIn) -> None:
    server.set_faults(FaultPlan(collection={"folders": [fault_named("401")]}))
    ran = project.run("refresh", settings=OWNER)
    assert ran.returncode == 2
    assert "Discogs refused access" in ran.stderr
    server.set_faults(None)
