"""What every HTML file of this room has in common: its parts, its text, its policy.

What belongs here: how outside text becomes safe in a page, and how a page names what may run and
what may style it. What a page says belongs to its own module.
"""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from importlib import resources

from musictool_pipeline.core.text import one_line


@cache
def part(name: str) -> str:
    """The text of a file of this room."""
    return resources.files("musictool_pipeline.publishing").joinpath(name).read_text("utf-8")


def source_of(inline: str) -> str:
    """The source expression that allows this very text between its tags, and no other."""
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def as_text(value: object) -> str:
    """As text in HTML, also between quotation marks."""
    return html.escape(one_line(str(value)))


def text_or(text: str | None, otherwise: str) -> str:
    """The text as markup that keeps its own direction; the markup `otherwise` if there is none."""
    return f"<bdi>{as_text(text)}</bdi>" if text else otherwise
