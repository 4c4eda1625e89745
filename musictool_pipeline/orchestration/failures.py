"""A MusicToolError as a Dagster failure: the sentence and the remedy, no retries, no riddle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from musictool_pipeline.errors import MusicToolError


@contextmanager
def explained() -> Iterator[None]:
    """Retrying cannot clear what a MusicToolError says, so the step fails at once, in words."""
    try:
        yield
    except MusicToolError as error:
        raise dg.Failure(error.explained(), allow_retries=False) from error
