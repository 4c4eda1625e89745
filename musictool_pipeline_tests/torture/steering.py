"""Runs that are launched over Dagster's pages with a configuration of somebody else's making.

What belongs here: the configurations, and launching them. Whoever reaches the pages, or has a page
of his own send a form there, can send each of them; none is to be obeyed.
"""

from __future__ import annotations

from typing import Any

from musictool_pipeline_tests.running_dev import LAUNCH_JOB, LOCATION, Dev

Answers = list[tuple[dict[str, Any], dict[str, Any]]]
"""Configurations, each with what Dagster answered."""

RELAUNCH = """
mutation ($params: ExecutionParams!) {
  launchPipelineReexecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""


def steered(elsewhere: str) -> list[dict[str, Any]]:
    """Configurations that would lead a run to this address, to other folders or another user, raise
    its pace, or have it tell a variable of its environment."""
    discogs = {
        "api_url": elsewhere,
        "requests_per_minute": 60_000,
        "refetch_days": 1,
        "refetch_per_night": 10_000,
        "token": "another",
        "settings": {"api_url": elsewhere},
    }
    data_folder = {
        "data_dir": "elsewhere",
        "logs_dir": "elsewhere",
        "digital_libraries": ["elsewhere"],
        "collection_csv": "elsewhere.csv",
        "username": "another",
        "discogs_dump": "elsewhere.xml.gz",
        "match_confidence": 1,
    }
    variable = {"env": "DISCOGS_API_KEY"}
    return [
        # As the launchpad once filled it in, and as a run of then would be repeated.
        {"resources": {"discogs": {"config": {"api_url": elsewhere, "requests_per_minute": 60}}}},
        *({"resources": {"discogs": {"config": {each: discogs[each]}}}} for each in discogs),
        *(
            {"resources": {"data_folder": {"config": {each: data_folder[each]}}}}
            for each in data_folder
        ),
        {"resources": {"io_manager": {"config": {"base_dir": "elsewhere"}}}},
        {"resources": {"io_manager": {"config": {"base_dir": variable}}}},
        {"resources": {"discogs": {"config": {"api_url": variable}}}},
        {"ops": {"gap_analysis": {"config": {"folder": variable}}}},
        {"ops": {"gap_analysis": {"config": {"confidence": variable}}}},
        {"ops": {"discogs_tracklists": {"config": {"limit": variable}}}},
    ]


def launched(dev: Dev, elsewhere: str, run_id: str) -> Answers:
    """What Dagster answers to each: as a new run, and as that one repeated."""
    selector = {**LOCATION, "pipelineName": "refresh"}
    again = {"rootRunId": run_id, "parentRunId": run_id}
    found = []
    for config in steered(elsewhere):
        params = {"selector": selector, "mode": "default", "runConfigData": config}
        new = dev.ask(LAUNCH_JOB, params=params)["launchPipelineExecution"]
        repeated = dev.ask(RELAUNCH, params={**params, "executionMetadata": again})
        found += [(config, new), (config, repeated["launchPipelineReexecution"])]
    return found


def obeyed(answers: Answers) -> list[str]:
    """The configurations with which a run began."""
    return [str(config) for config, answer in answers if answer["__typename"] == "LaunchRunSuccess"]
