"""The matcher's part of `make bench`: how often it is right, and how fast it is.

What belongs here: measuring and printing. The labelled pairs and the generator of large libraries
stand beside the matcher's tests.

    python -m musictool_pipeline_tests.bench_matching 10000 100000
"""

import json
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline_tests.core.matching import labelled, whole_collections, written_pairs
from musictool_pipeline_tests.core.matching.large import collection

SIZES = ((1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000))

# Brute force scores every pair; beyond a thousand million pairs nobody wants to wait for it.
MOST_PAIRS = 10**9

LOOK_EVERY = 0.2
"""Seconds between two looks at a program's memory."""


def matching(folder: Path) -> None:
    """Precision and recall on the labelled half for developing, beside three simple matchers."""
    print("\nMatching: the labelled half for developing")
    print(labelled.report())
    print("\nMatching: pairs written by people who had not seen the matcher")
    print(written_pairs.report())
    print("\nMatching: whole collections with their libraries, written likewise")
    print(whole_collections.report())


def matching_speed(folder: Path) -> None:
    """Every track against every file, in processes of their own for their peak memory."""
    print(
        "\nMatching: tracks against files, two processes (the growth is that of seconds per track; "
        "memory is that of all processes together, and of the tracks and files before they are "
        "matched; brute force is cdist, its time as a ratio)"
    )
    print(
        " tracks       files   seconds   growth   peak memory   before   brute force   its memory"
    )
    first = 0.0
    for vinyl, files in SIZES:
        program = [sys.executable, "-m", __spec__.name, str(vinyl), str(files)]
        before, matched, *compared = with_memory(program)
        seconds = matched.found["seconds"]
        first = first or seconds / vinyl
        brute = "-"
        for each in compared:
            brute = f"{each.found['seconds'] / seconds:11.1f}   {each.peak_mb:7,.0f} MB"
        print(
            f"{vinyl:7,} {files:11,}   {seconds:7.1f}   {seconds / vinyl / first:6.2f}   "
            f"{matched.peak_mb:8,.0f} MB   {before.peak_mb:6,.0f}   {brute}",
            flush=True,
        )


class Measured(NamedTuple):
    """A line that a program printed, and the most memory that it and its children had since the
    line before."""

    found: dict[str, float]
    peak_mb: float


def with_memory(program: Sequence[str]) -> list[Measured]:
    """What each line says that a program prints, as JSON. Memory is looked at from outside, since a
    thread beside it would keep the matcher from sharing its index with forked processes."""
    measured: list[Measured] = []
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        peak = 0.0
        while True:
            peak = max(peak, memory_of(running.pid))
            if select.select([running.stdout], [], [], LOOK_EVERY)[0]:
                line = running.stdout.readline()
                if not line:
                    break
                measured.append(Measured(json.loads(line), peak))
                peak = 0.0
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, program)
    return measured


def memory_of(pid: int) -> float:
    """Megabytes of a process and its children; what they share counts once. 0 if it has ended."""
    try:
        # In this order, so that no child is born in between that takes a share already counted.
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    proportional = next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(proportional) / 1024 + sum(memory_of(int(child)) for child in children)


def match_here(vinyl: int, files: int) -> None:
    """The measurements of one size, each a line of JSON."""
    tracks, library = collection(vinyl, files)
    print(json.dumps({}), flush=True)
    began = time.perf_counter()
    judged = sum(1 for _ in match_all(tracks, library, processes=2))
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
    assert judged == vinyl
    if vinyl * files <= MOST_PAIRS:
        lines = [f"{it.artist or ''} {it.title or ''}" for it in library]
        queries = [f"{it.artist or ''} {it.title or ''}" for it in tracks]
        began = time.perf_counter()
        for start in range(0, len(queries), 500):
            process.cdist(
                queries[start : start + 500],
                lines,
                scorer=fuzz.ratio,
                dtype=np.uint8,
                workers=2,
            ).argmax(axis=1)
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    match_here(int(sys.argv[1]), int(sys.argv[2]))
