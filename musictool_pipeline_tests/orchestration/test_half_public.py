"""The calls that Dagster does not promise to keep: one that is gone fails here, by its name."""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._annotations import is_public
from dagster._core.storage import sql
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy.pool import NullPool

import musictool_pipeline.orchestration
from musictool_pipeline.orchestration import half_public
from musictool_pipeline.orchestration.half_public import CALLS, keep_engines, read_migrations_once

ROOM = Path(musictool_pipeline.orchestration.__file__).parent
OTHERS = sorted(path for path in ROOM.glob("*.py") if path.stem != "half_public")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
        yield instance


@pytest.mark.parametrize("call", CALLS)
def test_dagster_still_has(call: str, instance: dg.DagsterInstance) -> None:
    found = operator.attrgetter(call)(instance)
    if callable(found):
        missing = set(CALLS[call]) - set(inspect.signature(found).parameters)
        assert not missing, f"{call} takes no {missing} any more"


def test_the_list_is_whole() -> None:
    """A call that is used and not named would change unnoticed."""
    source = Path(half_public.__file__).read_text("utf-8")
    code = source.split("# --- Runs", 1)[1]
    held = r"(?:(?:event_log_storage|compute_log_manager)\.)?"
    used = set(re.findall(rf"\b(?:instance|storage)\.({held}[a-z_]+)", code))
    public = {name for name in used if is_public(getattr(dg.DagsterInstance, name, None))}
    named = CALLS.keys() | {call.removeprefix("event_log_storage.") for call in CALLS}
    assert used - public - {"event_log_storage"} <= named
    assert {call for call in CALLS if call.split(".")[-1] not in code} == set()


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_no_other_module_reaches_into_dagster(path: Path) -> None:
    source = path.read_text("utf-8")
    assert not re.findall(r"(?:from|import) dagster\._|_storage\b", source)
    for name in re.findall(r"\binstance\.([a-z_]+)\(", source):
        assert is_public(getattr(dg.DagsterInstance, name)), f"instance.{name} is half-public"


def test_the_migrations_are_read_once_in_a_process() -> None:
    """Dagster would read all of them for each database that it opens: a tenth of a refresh."""
    read_migrations_once()
    config = sql.get_alembic_config(sqlite_run_storage.__file__)
    of_events = sql.get_alembic_config(sqlite_event_log.__file__)
    directory = vars(sql)["ScriptDirectory"]
    assert directory.from_config(config) is directory.from_config(of_events)
    assert directory.from_config(config).as_revision_number("head")


def test_an_engine_is_made_once_for_each_file_and_not_kept_for_ever(tmp_path: Path) -> None:
    """Dagster would make one for each event, and every statement again with it."""
    keep_engines()
    engine_for = vars(sqlite_event_log)["create_engine"]
    addresses = [f"sqlite:///{tmp_path / str(number)}.db" for number in range(20)]
    made = [engine_for(each, poolclass=NullPool) for each in addresses]
    assert len({id(engine) for engine in made}) == 20
    assert engine_for(addresses[-1], poolclass=NullPool) is made[-1]
    assert engine_for(addresses[0], poolclass=NullPool) is not made[0]
