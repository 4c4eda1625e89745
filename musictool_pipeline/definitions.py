"""Wiring only: the project as Dagster sees it. Reads the settings, and writes nothing."""

from __future__ import annotations

import dagster as dg

from musictool_pipeline.orchestration.assets import ASSETS
from musictool_pipeline.orchestration.automation import automation
from musictool_pipeline.orchestration.half_public import keep_engines, read_migrations_once
from musictool_pipeline.orchestration.pruning import prune_job
from musictool_pipeline.orchestration.resources import resources_of
from musictool_pipeline.settings import Settings, read_settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """The assets and their checks, the jobs, schedule and sensors for these settings."""
    assets = dg.Definitions(
        assets=ASSETS,
        jobs=[prune_job],
        resources=resources_of(settings),
        # One process for all steps: they share the machine's one pace, and start in half the time.
        executor=dg.in_process_executor,
    )
    return dg.Definitions.merge(assets, automation(settings))


keep_engines()
read_migrations_once()
defs = build_definitions(read_settings())
