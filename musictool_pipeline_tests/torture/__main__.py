"""`make torture`: runs the tortures, prints each one's figures beside their targets, and a table.

    python -m musictool_pipeline_tests.torture [--quick] [--seed N] [--jobs N] [NAME ...]

Each torture runs in a process and a folder of its own, two at a time: one is usually waiting for
a clock. The exit code is 1 where a figure is missed; that torture's folder is then kept, and the
command that repeats it is printed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from musictool_pipeline.errors import EXIT_INTERRUPTED
from musictool_pipeline_tests.torture.figures import Figure, Stage, Torture, as_markdown, holds
from musictool_pipeline_tests.torture.table import TORTURES

LONGEST = 3600.0
"""Seconds; a torture that takes longer hangs, which no promise allows. The longest takes half of it
on two cores that have other things to do as well."""

_RUNNING: set[int] = set()
"""The tortures under way, each the leader of its process group: Ctrl-C ends them too."""

Run = Callable[[Stage], Iterable[Figure]]


def tortured(torture: Torture, stage: Stage) -> list[Figure]:
    """Runs one torture here. What it raises counts as a figure missed: the project broke in a way
    that the torture did not think of."""
    module, _, function = torture.run.partition(":")
    figures: list[Figure] = []
    try:
        run: Run = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        figures += run(stage)
    except Exception as error:
        stage.say(traceback.format_exc())
        said = f"{type(error).__name__}: {error}"[:300]
        figures.append(holds("came to its end", False, said))
    return figures


def main() -> int:
    """Runs them; gives 1 where a figure is missed."""
    options = _parser().parse_args()
    unknown = set(options.names) - set(TORTURES)
    if unknown:
        _parser().error(f"there is no torture {', '.join(unknown)}; there are: {_names()}")
    if options.here:
        return _run_here(options)
    chosen = [TORTURES[name] for name in options.names or TORTURES]
    if options.quick and not options.names:
        for torture in chosen:
            if torture.only_in_full:
                print(f"{torture.name}: not in quick form, {torture.only_in_full}")
        chosen = [torture for torture in chosen if not torture.only_in_full]
    folder = Path(tempfile.mkdtemp(prefix="musictool-torture-"))
    print(f"{len(chosen)} tortures, seed {options.seed}, in {folder}", flush=True)
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as lanes:
        try:
            rows = list(lanes.map(lambda torture: _apart(torture, options, folder), chosen))
        except KeyboardInterrupt:
            lanes.shutdown(wait=False, cancel_futures=True)
            for pid in set(_RUNNING):
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            print(f"\ninterrupted; what they left: {folder}")
            return EXIT_INTERRUPTED
    print(f"\n{as_markdown(rows)}\n")
    missed = [torture for torture, figures, _ in rows if not all(f.reached for f in figures)]
    every = [figure for _, figures, _ in rows for figure in figures]
    untried = [figure.what for figure in every if not figure.tried]
    if untried:
        print(f"{len(untried)} could not be tried here: {'; '.join(untried)}")
    minutes = (time.monotonic() - began) / 60
    print(
        f"{len(every) - len(untried)} figures of {len(rows)} tortures in {minutes:.1f} minutes,"
        f" seed {options.seed}; missed in: {', '.join(t.name for t in missed) or 'none'}"
    )
    for torture in missed:
        print(f"  again: {_again(torture, options)}; what it left: {folder / torture.name}")
    if not missed:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if missed else 0


def _apart(
    torture: Torture, options: argparse.Namespace, folder: Path
) -> tuple[Torture, list[Figure], float]:
    """One torture in a process of its own, in a process group that is gone afterwards."""
    began = time.monotonic()
    place = folder / torture.name
    place.mkdir()
    found = place / "figures.json"
    command = [sys.executable, "-m", __package__ or "", torture.name, "--here", str(place)]
    command += ["--seed", str(options.seed)] + (["--quick"] if options.quick else [])
    with (place / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
        _RUNNING.add(process.pid)
        try:
            process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        _RUNNING.discard(process.pid)
    if found.exists():
        figures = [Figure(**fields) for fields in json.loads(found.read_text("utf-8"))]
    else:
        figures = [holds("came to its end", False, f"no (see {place / 'said.txt'})")]
    seconds = time.monotonic() - began
    lines = [f"\n{torture.number}. {torture.name}: {torture.does} ({seconds:.0f} s)"]
    lines += [
        f"   {figure.verdict or '-':9} {figure.what}: {figure.measured}"
        + (f"  (target {figure.target})" if figure.target else "")
        for figure in figures
    ]
    print("\n".join(lines), flush=True)
    if all(figure.reached for figure in figures):
        shutil.rmtree(place, ignore_errors=True)
    return torture, figures, seconds


def _run_here(options: argparse.Namespace) -> int:
    place: Path = options.here
    place.mkdir(parents=True, exist_ok=True)
    (torture,) = (TORTURES[name] for name in options.names)
    stage = Stage(
        place / "stage", options.seed, options.quick, lambda line: print(line, flush=True)
    )
    stage.folder.mkdir()
    figures = tortured(torture, stage)
    text = json.dumps([asdict(figure) for figure in figures])
    (place / "figures.json").write_text(text, encoding="utf-8")
    return 0


def _again(torture: Torture, options: argparse.Namespace) -> str:
    quick = " --quick" if options.quick else ""
    return f"python -m {__package__}{quick} --seed {options.seed} {torture.name}"


def _names() -> str:
    return ", ".join(TORTURES)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description="Kills, starves and lies to the project, and measures what is lost.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {_names()} (all)")
    parser.add_argument("--quick", action="store_true", help="each in its smallest form")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="at a time (default: %(default)s)")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
