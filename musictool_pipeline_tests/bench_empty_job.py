"""An empty Dagster job: what starting Dagster costs before anything is done."""

import dagster as dg


@dg.op
def nothing() -> None:
    """Does nothing."""


@dg.job(executor_def=dg.in_process_executor)
def empty() -> None:
    """One step that does nothing."""
    nothing()


defs = dg.Definitions(jobs=[empty])
