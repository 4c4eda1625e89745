"""What a run can be told from outside. A person who reaches Dagster's pages can launch a run with
any configuration; the address, the folders and the token are none of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
from dagster._config import ConfigType, ConfigTypeKind

from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.settings import Secret
from musictool_pipeline_tests.orchestration.conftest import Project, answer_of
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.steering import steered

TOKEN = "kSecretTokenOfNobody"
RELEASES = [101, 102]

# All that a run may be told by configuration, but for how much it logs.
OPEN = {
    "ops.discogs_tracklists.config.limit",
    "ops.discogs_tracklists.config.refetch",
    "ops.gap_analysis.config.confidence",
    "ops.gap_analysis.config.folder",
}


@pytest.fixture
def signed(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with a token in its settings, the only good one, and another in the environment."""
    monkeypatch.setenv("DISCOGS_API_KEY", "the environment's own")
    with StandIn(answer_of, limit=60_000, accepted_tokens=[TOKEN]) as discogs:
        settings = replace(project.settings, token=Secret(TOKEN), api_url=discogs.url)
        project.write_export(RELEASES)
        yield replace(
            project, settings=settings, definitions=build_definitions(settings), discogs=discogs
        )


def _leaves(config: ConfigType, path: str = "") -> Iterator[tuple[str, ConfigType]]:
    """Each field that takes a value, by its path; variants of one are told apart by their kind."""
    fields = getattr(config, "fields", None)
    inner = [*(config.type_params or ()), *filter(None, [getattr(config, "inner_type", None)])]
    if fields is not None:
        for name, field in fields.items():
            yield from _leaves(field.config_type, f"{path}.{name}" if path else name)
    elif inner:
        for each in {type_.key: type_ for type_ in inner}.values():
            yield from _leaves(each, path)
    else:
        yield path, config


@pytest.mark.parametrize("job", ["refresh", "__ASSET_JOB"])
def test_only_what_is_listed_can_be_told(project: Project, job: str) -> None:
    """A new field of a resource or an op is open only if somebody adds it here."""
    definition = (
        project.definitions.resolve_job_def(job)
        if job == "refresh"
        else project.definitions.resolve_implicit_global_asset_job_def()
    )
    leaves = list(_leaves(definition.run_config_schema.config_type))
    told = {
        path: config
        for path, config in leaves
        if config.kind != ConfigTypeKind.ANY and not path.startswith(("loggers.", "execution."))
    }
    assert set(told) == OPEN
    # `{env: NAME}` would put a variable of the process, such as the token, into a run.
    assert not [path for path, _ in leaves if path.endswith(".env")]


@pytest.mark.parametrize("config", steered("http://127.0.0.1:9"), ids=str)
def test_a_steered_run_is_refused_and_does_nothing(signed: Project, config: dict[str, Any]) -> None:
    job = signed.definitions.resolve_job_def("refresh")
    with pytest.raises(dg.DagsterInvalidConfigError) as refused:
        job.execute_in_process(config, signed.instance)
    assert re.search("unexpected config entr|Invalid scalar", str(refused.value))
    assert TOKEN not in str(refused.value)
    assert "the environment's own" not in str(refused.value)
    assert signed.discogs.requests == []
    assert not signed.settings.database.exists()
    assert not (signed.folder / "elsewhere").exists()


def test_the_token_is_that_of_the_settings(signed: Project) -> None:
    assert signed.refresh_tracks().success
    assert [request.had_token for request in signed.discogs.requests] == [True, True]
    assert [request.status for request in signed.discogs.requests] == [200, 200]


def test_each_definitions_keep_to_the_token_of_their_own_settings(signed: Project) -> None:
    """Two beside each other in one process, neither of which may see the other's, or the
    environment's."""
    other = replace(signed.settings, token=Secret("another"))
    definitions = build_definitions(other)
    assert signed.refresh_tracks().success
    requests = len(signed.discogs.requests)
    assert {request.status for request in signed.discogs.requests} == {200}
    signed.write_export([*RELEASES, 103], "me-collection-20270101-1200.csv")
    signed.definitions = definitions
    assert not signed.refresh_tracks().success
    assert {request.status for request in signed.discogs.requests[requests:]} == {401}


def test_without_a_token_in_the_settings_none_is_sent(signed: Project) -> None:
    signed.definitions = build_definitions(replace(signed.settings, token=None))
    signed.refresh_tracks()
    assert {request.had_token for request in signed.discogs.requests} == {False}


def test_what_dagster_keeps_of_a_run_holds_no_token(signed: Project) -> None:
    assert signed.refresh(limit=1).success
    (run,) = signed.instance.get_runs()
    events = signed.instance.all_logs(run.run_id)
    assert len(events) > 50
    assert TOKEN not in repr((run, events))


def test_a_run_does_not_send_the_token_in_the_open(signed: Project) -> None:
    signed.definitions = build_definitions(replace(signed.settings, api_url="http://10.0.0.1"))
    result = signed.refresh_tracks()
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "DISCOGS_API_URL is 'http://10.0.0.1': over plain http" in str(
        failure.event_specific_data
    )
