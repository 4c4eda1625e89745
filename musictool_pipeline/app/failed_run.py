"""A run that failed, told in a sentence with what to do next, and as an exit code.

What belongs here: finding the sentence in what Dagster says of the run. Errors that the project
knows say it themselves; of all others Dagster's own line says no more than in which op.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from musictool_pipeline import errors
from musictool_pipeline.errors import EXIT_USAGE, MusicToolError, StorageError
from musictool_pipeline.settings import Settings

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult


class _ErrorInfo(Protocol):
    """An error as Dagster keeps it: its class has no public name."""

    @property
    def message(self) -> str: ...
    @property
    def cls_name(self) -> str | None: ...
    @property
    def cause(self) -> _ErrorInfo | None: ...


# What SQLite says of a file that was damaged, or that is another program's.
_DAMAGE = ("not a database", "malformed")


def explain_failure(result: ExecuteInProcessResult, settings: Settings) -> tuple[str, int]:
    """What to tell the user of a run that failed, and the exit code: the first step's failure, or
    else what kept the run from its first step."""
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            failure = data.user_failure_data
            told = failure.description if failure else None
            return _explained(data.error, settings, f"The step {event.step_key} failed", told)
    for event in result.all_events:
        if event.is_run_failure:
            error = event.job_failure_data.error
            return _explained(error, settings, "The run failed before its first step", None)
    return "The run failed", EXIT_USAGE


def records_lost(settings: Settings, cause: str) -> StorageError:
    """That Dagster's own records cannot be kept; `cause` is what their database says."""
    home = settings.dagster_home or settings.root / ".dagster"
    remedy = None
    if any(sign in cause for sign in _DAMAGE):
        remedy = (
            f"Move the files in {home} that end in .db away, and run the same command again: they "
            "are made again, and every tracklist that was fetched is kept."
        )
    return StorageError(f"Dagster's records in {home} cannot be kept: {cause}", remedy)


def _explained(
    error: _ErrorInfo | None, settings: Settings, where: str, told: str | None
) -> tuple[str, int]:
    chain = list(_causes(error))
    for each in chain:
        kind = getattr(errors, each.cls_name or "", None)
        if isinstance(kind, type) and issubclass(kind, MusicToolError):
            # The words are all that is left of the error itself; its kind has the remedy.
            return told or MusicToolError(_words(each), kind.remedy).explained(), kind.exit_code
    if told:
        return told, EXIT_USAGE
    if not chain:
        return where, EXIT_USAGE
    why = _words(chain[-1])
    # Of these the words go on with the statement, in SQL, and with where to read about it.
    if any(each.message.startswith("sqlalchemy.") for each in chain):
        return records_lost(settings, why).explained(), EXIT_USAGE
    return (
        f"{where}: {why}\n  What was fetched is kept. Run the same command again; if it fails in "
        "the same way, `--debug` shows where.",
        EXIT_USAGE,
    )


def _causes(error: _ErrorInfo | None) -> Iterator[_ErrorInfo]:
    while error:
        yield error
        error = error.cause


def _words(error: _ErrorInfo) -> str:
    """`database or disk is full` of `sqlite3.OperationalError: database or disk is full`, and the
    whole where the words alone would say nothing: `KeyError: 7`."""
    first = error.message.strip().partition("\n")[0]
    kind, _, words = first.partition(": ")
    is_known = hasattr(errors, error.cls_name or "") or kind.startswith(("sqlite3.", "sqlalchemy."))
    return words if words and is_known else first
