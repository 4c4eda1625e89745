"""Text of the database, and messages, in the pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.app.dashboard.words import in_html, message_in_html


@given(st.text())
def test_text_in_html_holds_no_markup(text: str) -> None:
    assert not set(in_html(text)) & set("<>\"'\x1b\u202e")


def test_a_command_in_a_message_is_code_and_nothing_else_is_markup() -> None:
    """On the Wantlist page its backticks were read as part of the command."""
    assert message_in_html("Run `musictool refresh`.") == "Run <code>musictool refresh</code>."
    assert message_in_html("`<b>` or `") == "<code>&lt;b&gt;</code> or `"
