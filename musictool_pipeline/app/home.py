"""The home: the folder of `.env`, `data/`, `logs/`, `.dagster/` and `dagster.yaml`.

What belongs here: making it, from the files that a checkout has at its root and a wheel inside the
package. Which folder it is, `settings` says; what is in `data/` belongs to `inputs`.
"""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline.disk.files import storage_errors, write_atomically
from musictool_pipeline.errors import SettingsError, StorageError
from musictool_pipeline.settings import PROJECT_ROOT, Places, is_checkout

FOR_DAGSTER = ("dagster.yaml", "workspace.yaml")
"""What Dagster's own commands read in the folder that they run in."""


def beginning_of(name: str) -> Path:
    """The file of this name with which a new home begins."""
    return (PROJECT_ROOT if is_checkout() else Path(__file__).with_name("new_home")) / name


def prepare_home(places: Places) -> None:
    """Makes the home, and the files in it that Dagster needs; those that are there stay as they
    are, since they may have been changed. A checkout has them. Raises StorageError."""
    if is_checkout(places.root):
        return
    if places.root.exists() and not places.root.is_dir():
        raise StorageError(
            f"The home {places.root} is not a folder", "Set MUSICTOOL_HOME to a folder of yours."
        )
    with storage_errors(places.root):
        places.root.mkdir(parents=True, exist_ok=True)
        for name in FOR_DAGSTER:
            if not (places.root / name).exists():
                write_atomically(places.root / name, beginning_of(name).read_bytes())


def prepare_dagster_home(home: Path) -> None:
    """Gives a `DAGSTER_HOME` of the user's own a `dagster.yaml` if it has none. Raises
    SettingsError if there is no such folder, and StorageError."""
    if not home.is_dir():
        raise SettingsError(f"DAGSTER_HOME is {home}, which is no folder")
    path = home / "dagster.yaml"
    if not path.exists():
        write_atomically(path, _DAGSTER_YAML)


_DAGSTER_YAML = b"""\
# Written by MusicTool, since there was none: without this file Dagster reports how it is used.
telemetry:
  enabled: false
nux:
  enabled: false
"""
