"""Dagster loads `.env` over the environment; what the environment says is to win all the same.

What belongs here: real commands of Dagster's in a folder with a full `.env`, and what the code that
they load, several processes below, takes for its settings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from musictool_pipeline.settings import SETTING_NAMES

LOADED = """
import json, os
from pathlib import Path
import dagster as dg
from musictool_pipeline.settings import read_settings

settings = read_settings(root=Path.cwd())
token = settings.token.reveal() if settings.token else None
found = {"data": str(settings.data_dir), "user": settings.username, "token": token,
         "url": settings.api_url, "logs": str(settings.logs_dir),
         "loaded_over_it": os.environ.get("DISCOGS_USERNAME")}
Path(os.environ["FOUND"]).write_text(json.dumps(found))
defs = dg.Definitions()
"""

ENV_FILE = """
DISCOGS_API_KEY=kTokenOfTheFile
DISCOGS_USERNAME=user-of-the-file
DISCOGS_API_URL=http://file.invalid
MUSICTOOL_DATA_DIR=/data/of/the/file
MUSICTOOL_LOGS_DIR=/logs/${HOME}
"""

Load = Callable[..., dict[str, str | None]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """`load(environment, *command)`: the settings that a command of Dagster's finds in this
    environment. Raises CalledProcessError."""
    (tmp_path / "loaded.py").write_text(LOADED)
    (tmp_path / ".env").write_text(ENV_FILE)
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    kept = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}

    def load(given: dict[str, str], *command: str) -> dict[str, str | None]:
        found = tmp_path / "found.json"
        subprocess.run(
            [sys.executable, "-m", "dagster", *command, "-m", "loaded"],
            cwd=tmp_path,
            env={
                **kept,
                "DAGSTER_HOME": str(tmp_path / "dagster"),
                "FOUND": str(found),
                **given,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return json.loads(found.read_text())

    return load


@pytest.mark.parametrize(
    "command",
    [("definitions", "validate"), pytest.param(("job", "list"), marks=pytest.mark.slow)],
    ids=" ".join,
)
def test_what_the_environment_says_wins(load: Load, command: tuple[str, ...]) -> None:
    """In Dagster's own process, and in the code server that it starts."""
    given = {
        "DISCOGS_API_KEY": "",
        "DISCOGS_USERNAME": "me",
        "DISCOGS_API_URL": "http://127.0.0.1:9",
        "MUSICTOOL_DATA_DIR": "/data/of/mine",
    }
    assert load(given, *command) == {
        "loaded_over_it": "user-of-the-file",
        "token": None,
        "user": "me",
        "url": "http://127.0.0.1:9",
        "data": "/data/of/mine",
        "logs": "/logs/${HOME}",
    }


@pytest.mark.slow
def test_what_only_the_file_says_counts(load: Load) -> None:
    assert load({}, "definitions", "validate") == {
        "loaded_over_it": "user-of-the-file",
        "token": "kTokenOfTheFile",
        "user": "user-of-the-file",
        "url": "http://file.invalid",
        "data": "/data/of/the/file",
        "logs": "/logs/${HOME}",
    }


def test_another_instance_than_the_environment_says_is_refused(load: Load, tmp_path: Path) -> None:
    """Dagster has chosen it before any code of ours is loaded."""
    other = tmp_path / "other"
    other.mkdir()
    with (tmp_path / ".env").open("a") as file:
        file.write(f"DAGSTER_HOME={other}\n")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        load({}, "definitions", "validate")
    said = refused.value.stdout + refused.value.stderr
    assert "in the environment, but Dagster takes it from .env" in said
    assert "kTokenOfTheFile" not in said
