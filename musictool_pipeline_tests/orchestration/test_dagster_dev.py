"""The project in `dagster dev`: what the UI's buttons, the schedule and the tables' own automation
do, over the requests that the UI itself sends. One server for all tests here: it takes 20 s to
start, and its daemon minutes to look at what it was given, so all of them are slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from musictool_pipeline_tests.orchestration.conftest import answer_of, export_of
from musictool_pipeline_tests.running_dev import (
    LAUNCH_JOB,
    LOCATION,
    RELEASES,
    START_SCHEDULE,
    TOKEN,
    Dev,
    running_dev,
    wait_for,
)
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.strangers import (
    as_forms,
    as_programs,
    mutation,
    send,
    socket_at,
    strangers,
)
from musictool_pipeline_tests.torture.steering import launched, obeyed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with (
        StandIn(answer_of, limit=60_000) as discogs,
        running_dev(tmp_path_factory.mktemp("dev"), discogs) as (found, _, _),
    ):
        yield found


def test_the_buttons_of_the_ui(dev: Dev) -> None:
    # The job, launched without a partition: one release fails, the rest is built.
    dev.discogs.set_faults(FaultPlan(seed=1, script={105: [fault_named("500")] * 99}))
    assert dev.end_of_run(dev.launch_refresh()) == "SUCCESS"
    states = dev.partitions()
    assert states["materializedPartitions"] == set(RELEASES) - {105}
    assert states["unmaterializedPartitions"] == {105}
    assert dev.expanded_releases() == len(RELEASES) - 1

    # A backfill of what is missing, once it can be had; the table follows without a hand.
    dev.discogs.set_faults(None)
    assert dev.backfill(["discogs_tracklists"], ["105"]) == "COMPLETED_SUCCESS"
    assert dev.partitions()["materializedPartitions"] == set(RELEASES)
    wait_for(lambda: dev.expanded_releases() == len(RELEASES), 180)

    # Materialize on one asset, as its page does it: with the checks that belong to it.
    checks = ["expanded_tracks_is_sound", "releases_without_tracklist"]
    checks.append("tracks_without_artist_or_title")
    selector = {
        **LOCATION,
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [{"path": ["expanded_tracks"]}],
        "assetCheckSelection": [
            {"assetKey": {"path": ["expanded_tracks"]}, "name": name} for name in checks
        ],
    }
    params = {"selector": selector, "mode": "default", "runConfigData": {}}
    answer = dev.ask(LAUNCH_JOB, params=params)["launchPipelineExecution"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    assert dev.end_of_run(answer["run"]["runId"]) == "SUCCESS"


def test_no_configuration_leads_a_run_elsewhere(dev: Dev) -> None:
    with StandIn(answer_of, limit=60_000) as elsewhere:
        run_id = dev.launch_refresh()
        answers = launched(dev, elsewhere.url, run_id)
        assert dev.end_of_run(run_id) == "SUCCESS"
        assert len(answers) > 30
        assert obeyed(answers) == []
        assert TOKEN not in str(answers)
        assert elsewhere.arrived == 0
    assert all(request.had_token for request in dev.discogs.requests)


def test_no_page_of_another_site_reaches_it(dev: Dev) -> None:
    """A sample of what the torture `strangers` tries, against the real server."""
    port = int(dev.url.rpartition(":")[2])
    let_in: list[str] = []
    for number, (who, headers) in enumerate(strangers(port, port + 1)):
        query = mutation(f"{900_000 + number}", LOCATION)
        forms = [*as_forms(query), *as_programs(query), socket_at("/graphql", "graphql-ws")]
        attempt = forms[number % len(forms)].by(who, headers)
        let_in += [attempt.what] if send(port, attempt).is_let_in else []
    for attempt in as_forms(mutation("999999", LOCATION)):
        form = attempt.by("nobody", (("Host", f"127.0.0.1:{port}"),))
        let_in += [form.what] if send(port, form).is_let_in else []
    assert let_in == []
    assert all(release < 900_000 for states in dev.partitions().values() for release in states)


def test_materialize_all(dev: Dev) -> None:
    """A backfill of every asset, without a request for what is there. Dagster looks at a backfill
    twice a minute, and this one has three stages."""
    assert dev.end_of_run(dev.launch_refresh()) == "SUCCESS"
    asked = len(dev.discogs.requests)
    every_asset = ["collection_csv", "releases", "discogs_tracklists", "expanded_tracks"]
    assert dev.backfill(every_asset, [str(rid) for rid in RELEASES]) == "COMPLETED_SUCCESS"
    assert len(dev.discogs.requests) == asked


def test_the_night_comes_without_a_hand(dev: Dev) -> None:
    """The schedule's tick in `dagster dev`, every minute here, brings a record added since."""
    later = [*RELEASES, 113]
    (dev.data / "me-collection-20260201-1200.csv").write_bytes(export_of(later))
    selector = {**LOCATION, "scheduleName": "nightly_refresh"}
    answer = dev.ask(START_SCHEDULE, selector=selector)["startSchedule"]
    assert answer["__typename"] == "ScheduleStateResult", answer
    wait_for(lambda: 113 in dev.partitions()["materializedPartitions"], 150)

    def nightly_runs() -> list[str]:
        tag = {"key": "dagster/schedule_name", "value": "nightly_refresh"}
        return [run["status"] for run in dev.runs() if tag in run["tags"]]

    wait_for(lambda: "SUCCESS" in nightly_runs(), 180)
    assert dev.expanded_releases() == len(later)
