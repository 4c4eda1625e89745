"""From keys to files, against sets that say the same."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.finding import postings
from musictool_pipeline.core.matching.finding.postings import Postings, block_of, is_triple, triples

WORDS = st.sets(st.sampled_from(["angel", "city", "life", "dub", "\u2021"]))
BASES = st.lists(
    st.sampled_from(["innercitylife", "cityci", "dub", "!!!!", "\u2021\u2021\u2021\u2021", ""])
)


def test_triples_of_a_text() -> None:
    assert triples("angel") == {"\x00ang", "\x00nge", "\x00gel"}
    assert triples("dub") == {"\x00dub"}
    assert triples("") == set()
    assert is_triple("\x00dub")
    assert not is_triple("dub")


@given(
    st.lists(st.tuples(WORDS, BASES), max_size=20),
    st.sampled_from([1, 100]),
    st.sampled_from([1, 4, 100]),
)
def test_every_key_leads_to_its_files(
    files: list[tuple[set[str], list[str]]], most: int, rare: int
) -> None:
    """Be it rare or common; of the first few alone the numbers are kept."""
    expected = [words.union(*map(triples, bases)) for words, bases in files]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "MOST_FILES", most)
        patch.setattr(postings, "_RARE", rare)
        found = Postings(block_of(files[at : at + 3], at) for at in range(0, len(files), 3))
    everything = np.arange(len(files), dtype=np.int32)
    assert set(found.numbers) == set().union(*expected)
    for key, number in found.numbers.items():
        holders = [at for at, keys in enumerate(expected) if key in keys]
        is_common = len(holders) * rare > len(files)
        assert found.files(number).tolist() == (holders[:most] if is_common else holders)
        assert found.held[number] == len(holders)
        has_it = found.sums(everything, np.array([number]), np.array([1]))
        assert np.flatnonzero(has_it).tolist() == holders
    assert sorted(found.held) == found.held.tolist()
    values = {key: 3**at for at, key in enumerate(sorted(found.numbers))}
    keys = np.array([found.numbers[key] for key in values], dtype=np.int64)
    sums = [sum(values[key] for key in having) for having in expected]
    for asked in (everything, everything[1::2]):
        told = found.sums(asked, keys, np.array(list(values.values()), dtype=np.int64))
        assert told.tolist() == [sums[at] for at in asked]


def test_copies_take_no_more_memory_than_their_number_asks_for() -> None:
    """Of equal files each key is a common one."""
    tracemalloc.start()
    try:
        copies = [({"goldie", "angel"}, ["angel"])] * postings.BLOCK
        found = Postings(block_of(copies, at) for at in range(0, 100_000, postings.BLOCK))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.held[found.numbers["angel"]] == 100_000
    assert len(found.files(found.numbers["angel"])) == postings.MOST_FILES
    assert held < 100_000 * 20
