"""Work in several processes: the same results, in the same order, as in one.

In programs of their own: beside the threads of a test's process nothing is forked.
"""

import os
import subprocess
import sys

import pytest

from musictool_pipeline.core.matching.sharing import shared_out

FORKS = """
import os
from musictool_pipeline.core.matching.sharing import can_fork, shared_out

def work(held, task):
    return held, task, os.getpid()

assert can_fork()
found = list(shared_out(work, "held", range(5), 2))
assert [it[:2] for it in found] == [("held", task) for task in range(5)]
assert os.getpid() not in [it[2] for it in found]
"""

INDEX = """
import numpy as np

from musictool_pipeline.core.matching.finding import blocking
from musictool_pipeline_tests.core.matching.large import collection

tracks, library = collection(200, 1_000)
alone = blocking.CandidateIndex(library)
blocking.BLOCK = 70
shared = blocking.CandidateIndex(library, processes=2)
for track in tracks:
    assert list(shared.candidates(track, 80)) == list(alone.candidates(track, 80))
    for word in f"{track.artist} {track.title}".lower().split():
        assert shared.rarity(word) == alone.rarity(word)
everything = np.arange(len(library))
for kept in ("_letters", "_names", "_files"):
    assert getattr(shared, kept).of(everything) == getattr(alone, kept).of(everything)
assert [shared.file(number) for number in everything] == library
"""


def test_alone_work_is_done_one_after_the_other() -> None:
    assert list(shared_out(pow, 2, range(4), 1)) == [1, 2, 4, 8]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
@pytest.mark.parametrize("program", [FORKS, INDEX], ids=["any work", "the index"])
def test_processes_do_what_one_does(program: str) -> None:
    subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
