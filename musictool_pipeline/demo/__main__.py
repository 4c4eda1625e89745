"""`python -m musictool_pipeline.demo`: the real pipeline, on an invented collection and an invented
digital library, against the stand-in for the Discogs API. No key, no network.

With `--live` the collection is read from the API as well, in place of an export. With `--dump` the
tracklists come from an invented monthly dump first, and the stand-in is asked only for what no dump
has: a draft, and a release that is gone. The tables are the same.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from musictool_pipeline.demo.environment import DAGSTER_YAML, demo_environment, demo_folder
from musictool_pipeline.demo.invented_library import LIBRARY_NAME, demo_library
from musictool_pipeline.demo.sample_data import SAMPLE_USER, SampleCollection, demo_collection
from musictool_pipeline.demo.sample_dump import demo_dump, dump_name, write_dump
from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline.settings import read_settings

# A hundred times Discogs' own limit, so that nobody waits; the latency is about Discogs' own.
LIMIT = 6_000
LATENCY = (0.1, 0.4)

# Invented, as its owner is; without it nobody is shown folders and private fields.
TOKEN = "InventedTokenOfTheDemo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo and gives the pipeline's exit code."""
    parser = argparse.ArgumentParser(prog="python -m musictool_pipeline.demo")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--live", action="store_true", help="read the collection from the API")
    source.add_argument("--dump", action="store_true", help="begin with an invented monthly dump")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # DuckDB draws its tables with signs that not every locale has.
        sys.stdout.reconfigure(errors="replace")
    live: bool = options.live
    from_dump: bool = options.dump
    folder = demo_folder(read_settings().data_dir, live=live, from_dump=from_dump)
    sample = demo_collection()
    _prepare(folder, sample, live=live)
    with StandIn(
        sample.answers.get, limit=LIMIT, latency=LATENCY, shelf=sample.shelf if live else None
    ) as discogs:
        print(f"An invented collection of {len(sample.answers) + 1} releases; the Discogs stand-in")
        print(f"answers at {discogs.url}\n", flush=True)
        environment = {
            **os.environ,
            **demo_environment(folder),
            "DISCOGS_API_URL": discogs.url,
            "DISCOGS_REQUESTS_PER_MINUTE": str(LIMIT),
            **({"DISCOGS_USERNAME": SAMPLE_USER, "DISCOGS_API_KEY": TOKEN} if live else {}),
        }
        if from_dump:
            print("Tracklists from a monthly dump (musictool import-dump)", flush=True)
            dump = folder / dump_name(datetime.now(UTC).date())
            write_dump(dump, demo_dump(sample))
            code = _musictool(environment, "import-dump", str(dump))
            if code:
                return code
            print()
        code = _musictool(environment, "refresh")
        requests = len(discogs.requests)
    if code == 0:
        _show_tables(folder / "musictool.duckdb")
        print("\nThe beginning of the rip list (musictool gaps)", flush=True)
        code = _musictool(environment, "gaps", "--limit", "3")
        again = _again(live=live, from_dump=from_dump)
        _show_the_way(folder / "musictool.duckdb", requests, again)
    return code


def _musictool(environment: Mapping[str, str], *arguments: str) -> int:
    """Runs the command as a user would, and gives its exit code."""
    command = [sys.executable, "-m", "musictool_pipeline.app.cli", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def _prepare(folder: Path, sample: SampleCollection, *, live: bool) -> None:
    home = folder / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    for path, content in (
        *(() if live else ((folder / sample.export_name, sample.export_csv),)),
        (folder / LIBRARY_NAME, demo_library(sample).nml),
        (home / "dagster.yaml", DAGSTER_YAML.encode()),
    ):
        if path.is_symlink() or not path.exists() or path.read_bytes() != content:
            # Made anew, so that nothing is written through a link.
            path.unlink(missing_ok=True)
            with path.open("xb") as file:
                file.write(content)


def _show_tables(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        for title, query in (
            (
                "What is on the records (expanded_tracks)",
                "SELECT position, artist, title, duration, album, label FROM expanded_tracks "
                "WHERE artist <> album_artist ORDER BY id LIMIT 8",
            ),
            (
                "By format",
                "SELECT format_type, count(*) AS tracks, "
                "count(DISTINCT discogs_release_id) AS releases "
                "FROM expanded_tracks GROUP BY ALL ORDER BY tracks DESC",
            ),
            (
                "Which of these are there as files (gap_analysis)",
                "SELECT status, count(*) AS tracks, arg_min(reason, track_id) AS for_example "
                "FROM gap_analysis GROUP BY ALL ORDER BY tracks DESC",
            ),
        ):
            print(f"\n{title}\n{connection.sql(query)}", end="")


def _again(*, live: bool, from_dump: bool) -> str:
    if live:
        return "run `make demo LIVE=1` again and it sends those 3 that read the collection."
    return f"run `make demo{' DUMP=1' if from_dump else ''}` again and it sends none."


def _show_the_way(database: Path, requests: int, again: str) -> None:
    print(f"\n{requests} requests were sent; {again}")
    print(f"The database:  {database} (any program may read it, at any moment)")
    print("In a browser:  make dashboard, then http://127.0.0.1:8501")
    print(f"To look at:    {database.parent / 'exports' / 'musictool-report.html'}")
    print("In Dagster:    make ui, then http://127.0.0.1:3000")
    print("Your own:      .venv/bin/musictool init, and docs/your-collection.md")


if __name__ == "__main__":
    sys.exit(main())
