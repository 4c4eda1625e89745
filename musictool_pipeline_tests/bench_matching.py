"""The matcher's part of `make bench`: how often it is right, and how fast it is.

What belongs here: measuring and printing. The labelled pairs and the generator of large libraries
stand beside the matcher's tests.

    python -m musictool_pipeline_tests.bench_matching 10000 100000
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline_tests.core.matching import labelled, written_pairs
from musictool_pipeline_tests.core.matching.large import collection

SIZES = ((1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000))

# Brute force scores every pair; beyond a thousand million pairs nobody wants to wait for it.
MOST_PAIRS = 10**9


def matching(folder: Path) -> None:
    """Precision and recall on the labelled half for developing, beside three simple matchers."""
    print("\nMatching: the labelled half for developing")
    print(labelled.report())
    print("\nMatching: pairs written by people who had not seen the matcher")
    print(written_pairs.report())


def matching_speed(folder: Path) -> None:
    """Every track against every file, in a process of its own for its peak memory."""
    print(
        "\nMatching: tracks against files, two processes (the growth is that of seconds per track)"
    )
    print(" tracks       files   seconds   growth   peak memory   brute force (cdist), as a ratio")
    first = 0.0
    for vinyl, files in SIZES:
        program = [sys.executable, "-m", __spec__.name, str(vinyl), str(files)]
        found = json.loads(subprocess.run(program, check=True, capture_output=True).stdout)
        each = found["seconds"] / vinyl
        first = first or each
        brute = f"{found['brute'] / found['seconds']:.1f}" if "brute" in found else "-"
        print(
            f"{vinyl:7,} {files:11,}   {found['seconds']:7.1f}   {each / first:6.2f}   "
            f"{found['peak_mb']:8,.0f} MB   {brute}",
            flush=True,
        )


def match_here(vinyl: int, files: int) -> None:
    """One measurement, as JSON."""
    tracks, library = collection(vinyl, files)
    began = time.perf_counter()
    judged = sum(1 for _ in match_all(tracks, library, processes=2))
    found = {"seconds": time.perf_counter() - began}
    assert judged == vinyl
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    found["peak_mb"] = (own + largest_child) / 1024
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
        found["brute"] = time.perf_counter() - began
    print(json.dumps(found))


if __name__ == "__main__":
    match_here(int(sys.argv[1]), int(sys.argv[2]))
