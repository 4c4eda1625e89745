"""Where the demo lives: a folder of its own, with settings that keep it apart from a collection of
one's own. Dagster's instance is among them, since partitions stay there for ever."""

from __future__ import annotations

from pathlib import Path

DAGSTER_YAML = """\
# Dagster's instance for the demo. It keeps everything in this folder.
telemetry:
  enabled: false
nux:
  enabled: false
run_monitoring:
  enabled: true
  max_runtime_seconds: 3600
"""


def demo_folder(data_dir: Path, *, live: bool = False, from_dump: bool = False) -> Path:
    """The demo's data folder inside one's own. The one that reads its collection from the API has
    its own, and so has the one that begins with a dump."""
    return data_dir / ("demo-live" if live else "demo-dump" if from_dump else "demo")


def latest_demo(data_dir: Path) -> Path:
    """The data folder of the demo that was run last, of any kind; `demo` if none was."""
    folders = [
        demo_folder(data_dir),
        demo_folder(data_dir, live=True),
        demo_folder(data_dir, from_dump=True),
    ]
    return max(folders, key=_last_run)


def _last_run(folder: Path) -> float:
    """When, in seconds since 1970; 0 if its tables were never made."""
    database, progress = folder / "musictool.duckdb", folder / "progress.json"
    if not database.exists():
        return 0.0
    # A second run may leave the tables as they are.
    return max(path.stat().st_mtime for path in (database, progress) if path.exists())


def demo_environment(folder: Path) -> dict[str, str]:
    """The settings for a process that works on the demo in `folder`."""
    return {
        "MUSICTOOL_DATA_DIR": str(folder),
        "MUSICTOOL_LOGS_DIR": str(folder / "logs"),
        "MUSICTOOL_COLLECTION_CSV": "",
        "MUSICTOOL_WANTLIST": "",
        "MUSICTOOL_DIGITAL_LIBRARY": "",
        "MUSICTOOL_DISCOGS_DUMP": "",
        "MUSICTOOL_MATCH_CONFIDENCE": "",
        "MUSICTOOL_MIN_BITRATE": "",
        "DAGSTER_HOME": str((folder / "dagster").absolute()),
        "DISCOGS_API_KEY": "",
        # The releases are invented, and Discogs must not be asked for them. The demo itself sets
        # the stand-in's address.
        "DISCOGS_API_URL": "http://127.0.0.1:9",
        "DISCOGS_USERNAME": "",
    }
