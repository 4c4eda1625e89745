"""Text as HTML, as all pages show it. `core.words` has the words for values."""

from __future__ import annotations

import html
import re

from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import NOTHING


def in_html(text: str | None) -> str:
    """Text of the database for a piece of HTML: all of it is shown, none of it is obeyed."""
    return html.escape(one_line(text)) if text else NOTHING


def message_in_html(message: str) -> str:
    """A line of a message for a piece of HTML: text between backticks as code, all else as plain
    text."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", in_html(message))
