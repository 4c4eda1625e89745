"""A MusicToolError as a Dagster failure: the sentence and the remedy, no retries, no riddle.

What belongs here: how a step ends that cannot go on, and what that means for the checks which are
not made because of it, or because the whole run was killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import dagster as dg
from dagster import DagsterExecutionInterruptedError

from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.orchestration.half_public import (
    downstream_of,
    last_result,
    log_check,
    planned_checks,
    unmade_checks,
)

NOT_MADE = "not_made_because"
LAST_MADE = "last_made"
_LAST_FOUND = "last_found"


@contextmanager
def explained(context: dg.AssetExecutionContext | None = None) -> Iterator[None]:
    """Retrying cannot clear what a MusicToolError says, so the step fails without, in words.

    With a context, the checks that this run now cannot make say so: see `tell_unmade_checks`.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt, DagsterExecutionInterruptedError) as error:
        if context:
            ended = "failed" if isinstance(error, Exception) else "was interrupted"
            # What cannot be said here must not hide what ended the run.
            with suppress(Exception):
                tell_unmade_checks(context, f"{context.asset_key.to_user_string()} {ended}")
        if isinstance(error, MusicToolError):
            raise dg.Failure(error.explained(), allow_retries=False) from error
        raise


@interrupts_wait()
def tell_unmade_checks(
    context: dg.AssetExecutionContext, why: str, but_not: dg.AssetKey | None = None
) -> None:
    """Each check of this asset, and of those made from it, keeps its last result and says why it
    was not made; `but_not` is an asset whose own checks were.

    Dagster marks as failed what a failed run had planned to check. The tables that these checks are
    about were not touched: they are as good as they were.
    """
    below = downstream_of(context) - {but_not}
    for check in planned_checks(context.instance, context.run.run_id):
        if check.asset_key in below:
            log_check(context, _not_made(context.instance, check, why))


def tell_checks_of_killed(instance: dg.DagsterInstance, run_id: str) -> None:
    """Each check that a killed run did not come to keeps its last result, and says so."""
    for check in unmade_checks(instance, run_id):
        instance.report_runless_asset_event(_not_made(instance, check, "the run was killed"))


def _not_made(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, why: str
) -> dg.AssetCheckEvaluation:
    last = last_result(instance, check)
    if last is None:
        return dg.AssetCheckEvaluation(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"Not made, since {why}. It was never made before.",
            metadata={NOT_MADE: why},
        )
    found, at = last
    metadata = {**found.metadata, NOT_MADE: dg.MetadataValue.text(why)}
    # A result that was itself kept has the time and the words of the one that was made.
    if LAST_MADE not in metadata:
        metadata[LAST_MADE] = dg.MetadataValue.timestamp(at)
        if found.description:
            metadata[_LAST_FOUND] = dg.MetadataValue.md(found.description)
    said = f" It said: {metadata[_LAST_FOUND].value}" if _LAST_FOUND in metadata else ""
    return dg.AssetCheckEvaluation(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=found.passed,
        severity=found.severity,
        description=f"Not made, since {why}. This is the last result that there is.{said}",
        metadata=metadata,
    )
