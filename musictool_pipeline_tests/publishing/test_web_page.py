"""What every page has in common: outside text, and what its policy allows."""

from __future__ import annotations

import base64
import hashlib

import pytest

from musictool_pipeline.publishing.web_page import as_text, source_of, text_or
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS


@pytest.mark.parametrize("text", TEXTS)
def test_outside_text_is_no_markup_and_one_line(text: str) -> None:
    shown = as_text(text)
    assert not set("<>\"'\n\x1b\x00\u202e\u2028") & set(shown)
    assert text_or(text, "none") == f"<bdi>{shown}</bdi>"


@pytest.mark.parametrize("nothing", [None, ""])
def test_of_no_text_the_other_markup(nothing: str | None) -> None:
    assert text_or(nothing, "<i>none</i>") == "<i>none</i>"


def test_the_policy_names_this_very_text() -> None:
    digest = base64.b64encode(hashlib.sha256(b"p {}").digest()).decode()
    assert source_of("p {}") == f"'sha256-{digest}'"
    assert source_of("p { }") != source_of("p {}")
