"""The figures on whole collections, and whether the labels can be believed."""

from __future__ import annotations

import pytest

from musictool_pipeline_tests.core.matching.labelled import BASELINES, measure
from musictool_pipeline_tests.core.matching.whole_collections import NAMES, collection, evaluate

REACHED = {"bass": (1.0, 0.974), "soul": (1.0, 0.961), "wave": (0.992, 0.962)}
"""Precision and recall of `owned`."""


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_do_not_fall(name: str) -> None:
    found = evaluate(name)
    precision, recall = REACHED[name]
    assert found.owned_precision >= precision - 0.01, found
    assert found.owned_recall >= recall - 0.01, found
    assert found.any_precision >= 0.98, found
    assert found.any_recall >= 0.94, found
    assert found.others_called_owned <= 0.02, found
    assert found.review <= 0.04, found


@pytest.mark.parametrize("name", NAMES)
def test_each_label_names_files_of_the_library(name: str) -> None:
    chosen = collection(name)
    ids = [file.digital_id for file in chosen.library]
    assert len(ids) == len(set(ids)) > 400
    assert len(chosen.rows) > 200
    for row in chosen.rows:
        assert row.exact | row.others <= set(ids)
        assert not row.exact & row.others
    answers = [bool(row.exact) - (not row.others) for row in chosen.rows if not row.open]
    assert min(answers.count(answer) for answer in (1, 0, -1)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_simple_matchers_do_worse(name: str) -> None:
    """If one of them came near, the collections would be too easy to prove anything."""
    chosen, found = collection(name), evaluate(name)
    for run in BASELINES.values():
        simple = measure(chosen, run(chosen))
        assert simple.owned_precision < found.owned_precision
        assert simple.owned_recall < found.owned_recall
