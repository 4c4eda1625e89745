"""From keys to files and back, against sets that say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching import postings
from musictool_pipeline.core.matching.postings import Postings, is_triple, triples

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


@given(st.lists(st.tuples(WORDS, BASES), max_size=7))
def test_every_key_leads_to_its_files_and_every_file_to_its_keys(
    files: list[tuple[set[str], list[str]]],
) -> None:
    expected = [words.union(*map(triples, bases)) for words, bases in files]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_BLOCK", 3)
        found = Postings(files)
    assert set(found.numbers) == set().union(*expected)
    for key, number in found.numbers.items():
        holders = [at for at, keys in enumerate(expected) if key in keys]
        assert found.files(number).tolist() == holders
        assert found.held(number) == found.held_by_key()[number] == len(holders)
    having = np.array([at for at, keys in enumerate(expected) if keys], dtype=np.int32)
    ones = np.ones(len(found.numbers), dtype=np.int32)
    assert found.sums(having, ones).tolist() == [len(expected[at]) for at in having]
