"""The user's decisions on disk: one row added to `match_overrides.csv`, or taken from it.

What belongs here: the file, its lock, and which tracks are still to be looked at. `core.decisions`
says what its rows mean and look like; that they are honoured is the business of
the next gap analysis.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from musictool_pipeline.core.decisions import Override, Overrides
from musictool_pipeline.core.decisions_file import (
    append_decision,
    read_overrides,
    withdraw_decision,
)
from musictool_pipeline.disk.files import (
    content_of,
    obstacle_at,
    storage_errors,
    sweep_temporaries,
    write_atomically,
)
from musictool_pipeline.disk.locks import locked
from musictool_pipeline.disk.regular import NotRegular
from musictool_pipeline.errors import DecisionRefused, StorageError

MOVE_IT_AWAY = "Move it away, and put the file of your decisions in its place, or none."


def load_overrides(path: Path) -> tuple[Overrides, str]:
    """The user's decisions, and a fingerprint of the file; none if there is no file.

    Raises StorageError if it is there and cannot be read: no decision is dropped in silence.
    """
    try:
        content = content_of(path)
    except FileNotFoundError:
        return Overrides(), ""
    except NotRegular:
        raise StorageError(
            f"{path} cannot be read: it is no regular file",
            MOVE_IT_AWAY,
        ) from None
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read: {error.strerror}",
            "Correct its permissions, or move away what is in its place. No decision was changed.",
        ) from error
    return read_overrides(content), hashlib.sha256(content).hexdigest()


def add_decision(path: Path, decision: Override, digital_path: str | None = None) -> None:
    """The decision at the end of the file at `path`, which need not exist yet. The file that it is
    about is called by `digital_path`, since a person reads this, and by its id in
    `decision.digital` where the path is none that can be written there.

    Raises DecisionRefused if the file cannot take it, and StorageError if it cannot be
    written; in both cases it is as it was.
    """

    def added(content: bytes) -> bytes:
        if digital_path:
            with contextlib.suppress(ValueError):
                return append_decision(content, replace(decision, digital=digital_path))
        return append_decision(content, decision)

    _rewrite(path, added)


def take_back_decision(path: Path, decision: Override) -> None:
    """The file at `path` without the last row that says this. Raises as `add_decision` does."""
    _rewrite(path, lambda content: withdraw_decision(content, decision))


def _rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    with storage_errors(path):
        if what := obstacle_at(path):
            raise StorageError(f"{path} cannot be written: it is {what}", MOVE_IT_AWAY)
    # A link, into a folder that is synchronised, say, stays one.
    path = Path(os.path.realpath(path))
    with locked(path):
        with storage_errors(path):
            content = _content(path)
        try:
            changed = change(content)
        except ValueError as error:
            raise DecisionRefused(path, str(error)) from None
        mode = path.stat().st_mode if path.exists() else None
        write_atomically(path, changed)
        if mode is not None:
            with storage_errors(path):
                path.chmod(mode)
        sweep_temporaries(path.parent)


def _content(path: Path) -> bytes:
    try:
        return content_of(path)
    except FileNotFoundError:
        return b""
