"""What the benchmark says of memory is measured rightly."""

from __future__ import annotations

import sys

import pytest

from musictool_pipeline_tests.bench_matching import with_memory

PROGRAM = """
import os, time
print("{}", flush=True)
held = bytearray(b"x") * (100 << 20)
child = os.fork()
time.sleep(2)
if child:
    os.wait()
    print("{}", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what processes share")
def test_what_two_processes_share_counts_once() -> None:
    before, shared = with_memory([sys.executable, "-c", PROGRAM])
    assert 100 <= shared.peak_mb - before.peak_mb < 150
