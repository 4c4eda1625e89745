"""The demo (`musictool demo`, `make demo`): the real pipeline, on an invented collection and
library, against the stand-in for the Discogs API. No key, no network.

With `--live` the collection is read from the API as well, and there is no export. With `--dump` the
tracklists come from an invented monthly dump first, and the stand-in is asked only for what no dump
has: a draft, and a release that is gone. The tables are the same.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from musictool_pipeline.core.words import counted
from musictool_pipeline.demo import add_flags
from musictool_pipeline.demo.environment import DAGSTER_YAML, demo_environment, demo_folder
from musictool_pipeline.demo.sample import (
    LIBRARY_NAME,
    SAMPLE_USER,
    SampleCollection,
    sample_collection,
    sample_dump,
    sample_library,
)
from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline.settings import Places, read_settings

# A hundred times Discogs' own limit, so that no user waits; the latency is about Discogs' own.
LIMIT = 6_000
LATENCY = (0.1, 0.4)

# Invented, as its owner is; without it the stand-in shows no folders and no private fields.
TOKEN = "InventedTokenOfTheDemo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo and gives the pipeline's exit code."""
    parser = argparse.ArgumentParser(prog="python -m musictool_pipeline.demo")
    add_flags(parser)
    options = parser.parse_args(arguments)
    return run(read_settings(), live=options.live, from_dump=options.dump)


def run(places: Places, *, live: bool, from_dump: bool, say: Callable[[str], None] = print) -> int:
    """Runs the demo in a folder of its own below the data folder, and gives the pipeline's exit
    code; `say` prints the sentences that name a command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # DuckDB draws its tables with signs that not every locale has.
        sys.stdout.reconfigure(errors="replace")
    folder = demo_folder(places.data_dir, live=live, from_dump=from_dump)
    sample = sample_collection()
    _prepare(folder, sample, live=live)
    with StandIn(
        sample.answers.get, limit=LIMIT, latency=LATENCY, shelf=sample.shelf if live else None
    ) as discogs:
        print(f"An invented collection of {len(sample.answers) + 1} releases.")
        print(f"The Discogs stand-in answers at {discogs.url}\n", flush=True)
        environment = {
            **os.environ,
            **demo_environment(folder),
            "DISCOGS_API_URL": discogs.url,
            "DISCOGS_REQUESTS_PER_MINUTE": str(LIMIT),
            **({"DISCOGS_USERNAME": SAMPLE_USER, "DISCOGS_API_KEY": TOKEN} if live else {}),
        }
        if from_dump:
            print("Tracklists from a monthly dump (musictool import-dump)", flush=True)
            files = sample_dump(datetime.now(UTC).date())
            for name, content in files.items():
                (folder / name).write_bytes(content)
            code = _musictool(environment, "import-dump", str(folder / next(iter(files))))
            if code:
                return code
            print()
        code = _musictool(environment, "refresh")
        requests = discogs.arrived
    if code == 0:
        _show_tables(folder / "musictool.duckdb")
        print("\nThe beginning of the rip list (musictool gaps)", flush=True)
        code = _musictool(environment, "gaps", "--limit", "3")
        again = "musictool demo" + (" --live" if live else " --dump" if from_dump else "")
        sent = _sent(requests, again, to_read_the_collection=3 if live else 0)
        for line in _the_way(folder / "musictool.duckdb", sent):
            say(line)
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
        (folder / LIBRARY_NAME, sample_library()),
        (home / "dagster.yaml", DAGSTER_YAML.encode()),
    ):
        if path.is_symlink() or not path.exists() or path.read_bytes() != content:
            # Made again, so that nothing is written through a link.
            path.unlink(missing_ok=True)
            with path.open("xb") as file:
                file.write(content)


def _show_tables(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        for title, query in (
            (
                "What is on the records (expanded_tracks)",
                # No wider than 80 columns.
                "SELECT position, artist, title, coalesce(duration, '') AS duration "
                "FROM expanded_tracks "
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
                # The first words of the shortest: DuckDB breaks a longer line inside a word.
                "SELECT status, count(*) AS tracks, "
                "arg_min(split_part(reason, ': ', 1), (len(reason), track_id)) AS for_example "
                "FROM gap_analysis GROUP BY ALL ORDER BY tracks DESC",
            ),
        ):
            print(f"\n{title}\n{connection.sql(query)}", end="")


def _sent(requests: int, again: str, *, to_read_the_collection: int) -> str:
    """How many requests were sent, and how many the next time. A collection that is read from the
    API is read again each time."""
    least = to_read_the_collection
    if requests <= least:
        return f"{counted(requests, 'request')} sent: every tracklist was there already."
    sends = f"those {least} that read the collection" if least else "none"
    return f"{requests} requests were sent; run `{again}` again and it sends {sends}."


def _the_way(database: Path, sent: str) -> Iterator[str]:
    yield ""
    yield sent
    yield f"The database:  {database} (any program may read it, at any moment)"
    yield "In a browser:  `musictool dashboard`, then http://127.0.0.1:8501"
    yield f"To look at:    {database.parent / 'exports' / 'musictool-report.html'}"
    yield "In Dagster:    `musictool ui`, then http://127.0.0.1:3000"
    yield "Your own:      `musictool init`, and then `musictool check`"


if __name__ == "__main__":
    sys.exit(main())
