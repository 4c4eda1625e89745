"""A `DAGSTER_HOME` of the user's own, made fit for use."""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline.disk.files import write_atomically
from musictool_pipeline.errors import SettingsError

DAGSTER_YAML = b"""\
# Written by MusicTool, since there was none: without this file Dagster reports how it is used.
telemetry:
  enabled: false
nux:
  enabled: false
"""


def prepare_dagster_home(home: Path) -> None:
    """Gives the folder a `dagster.yaml` if it has none. Raises SettingsError if there is no such
    folder, and StorageError."""
    if not home.is_dir():
        raise SettingsError(f"DAGSTER_HOME is {home}, which is no folder")
    path = home / "dagster.yaml"
    if not path.exists():
        write_atomically(path, DAGSTER_YAML)
