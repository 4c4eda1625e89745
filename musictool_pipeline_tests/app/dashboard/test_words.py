"""Text of the database in the pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.app.dashboard.words import in_html


@given(st.text())
def test_text_in_html_holds_no_markup(text: str) -> None:
    assert not set(in_html(text)) & set("<>\"'\x1b\u202e")
