"""Plain English: words that the pages, docstrings, comments and messages do without.

What belongs here: the list of words, the pages and rooms that are held to it, and how a page's
sentences and a module's texts are found. Whether a sentence is true is tested elsewhere.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from musictool_pipeline.settings import PROJECT_ROOT

AVOIDED = {
    "overheard": "say what always happens",
    "anew": "again",
    "in place of": "not, for, or replaces",
    "stands? in": "is in, or replaces",
    "mend(?:s|ed|ing)?": "correct, or repair",
    "at once": "without delay, or at the same time",
    "meanwhile": "say when",
    "of no use": "cannot be used",
    "nobody": "no one, or a sentence about who does",
    "whoever": "a person who, or a named reader",
    "whatever": "any, or every",
    "is told": "say who reads it where",
    "is had": "say who has it",
    "he|him|his|himself": "the user, or they",
}
"""Each word to avoid, as a pattern, and what to write."""

# Code is no English, and these two phrases are plain.
_FINE = re.compile(r"\bstands? in (?:front|the way)\b|`[^`\n]+`")
_AVOIDED = re.compile(rf"\b(?:{'|'.join(AVOIDED)})\b", re.IGNORECASE)
_CLAUSE_AS_SUBJECT = re.compile(r"(?:^|[.:;!?] )(?:Who|What|Where|Whose) [^.!?|]*[.!|]")

PAGES = [
    *sorted(PROJECT_ROOT.glob("*.md")),
    *sorted((PROJECT_ROOT / "docs").rglob("*.md")),
    *sorted((PROJECT_ROOT / "deploy").glob("*.md")),
    PROJECT_ROOT / ".env.example",
    PROJECT_ROOT / "Makefile",
]
NOT_YET = {"matching.md"}
"""Pages that are not held to the list yet."""

ROOMS = (
    "musictool_pipeline/settings/__init__.py",
    "musictool_pipeline/errors.py",
    "musictool_pipeline/app",
    "musictool_pipeline/core/__init__.py",
    "musictool_pipeline/core/collection",
    "musictool_pipeline/core/decisions.py",
    "musictool_pipeline/core/discogs",
    "musictool_pipeline/core/file_places.py",
    "musictool_pipeline/core/garbage.py",
    "musictool_pipeline/core/health.py",
    "musictool_pipeline/core/progress.py",
    "musictool_pipeline/core/ripping.py",
    "musictool_pipeline/core/schema.py",
    "musictool_pipeline/core/shop_links.py",
    "musictool_pipeline/core/tables.py",
    "musictool_pipeline/core/text.py",
    "musictool_pipeline/core/wants.py",
    "musictool_pipeline/definitions.py",
    "musictool_pipeline/demo",
    "musictool_pipeline/discogs",
    "musictool_pipeline/disk",
    "musictool_pipeline/inputs",
    "musictool_pipeline/libraries",
    "musictool_pipeline/orchestration",
    "musictool_pipeline/publishing",
    "musictool_pipeline/queries",
    "musictool_pipeline/tables",
    "musictool_pipeline_tests/conftest.py",
    "musictool_pipeline_tests/core/collection",
    "musictool_pipeline_tests/core/discogs",
    "musictool_pipeline_tests/demo",
    "musictool_pipeline_tests/disk",
    "musictool_pipeline_tests/drawing.py",
    "musictool_pipeline_tests/empty_database.py",
    "musictool_pipeline_tests/inputs",
    "musictool_pipeline_tests/libraries",
    "musictool_pipeline_tests/pictures.py",
    "musictool_pipeline_tests/publishing",
    "musictool_pipeline_tests/queries",
    "musictool_pipeline_tests/stand_in",
    "musictool_pipeline_tests/test_architecture.py",
    "musictool_pipeline_tests/test_documentation.py",
    "musictool_pipeline_tests/test_documented_commands.py",
    "musictool_pipeline_tests/test_examples_of_decisions.py",
    "musictool_pipeline_tests/test_nightly.py",
    "musictool_pipeline_tests/test_project.py",
    "musictool_pipeline_tests/test_settings.py",
)
"""Modules and folders that are held to the list; add a line to hold another."""

MODULES = [
    module
    for room in ROOMS
    for path in [PROJECT_ROOT / room]
    for module in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
]


def _name(path: Path) -> str:
    return path.relative_to(PROJECT_ROOT).as_posix()


def avoided(text: str) -> list[str]:
    """The words to avoid that a text holds. Code in backticks is not English."""
    return _AVOIDED.findall(_FINE.sub("", text))


def clauses_as_subject(page: str) -> list[str]:
    """Sentences of a page that begin with `Who`, `What` or `Where` and are no question.

    Headings, the bold words that begin an item, cells of tables and links are names of things.
    """
    prose = re.sub(r"(?ms)^```.*?^```|^#.*?$|^\|.*?$|\*\*.*?\*\*|\[.*?\]\(.*?\)", "", page)
    paragraphs = (" ".join(part.split()) for part in prose.split("\n\n"))
    return [found[0] for part in paragraphs for found in _CLAUSE_AS_SUBJECT.finditer(part)]


def english_of(module: Path) -> Iterator[tuple[int, str]]:
    """Every comment and every text of a module, docstrings and messages among them, by its line. A
    text without a blank is a key or a name."""
    source = io.StringIO(module.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        is_text = token.type in {tokenize.COMMENT, tokenize.STRING}
        is_text = is_text or tokenize.tok_name[token.type] == "FSTRING_MIDDLE"
        if is_text and " " in token.string:
            yield token.start[0], token.string


def test_every_page_is_in_plain_english() -> None:
    found: list[str] = []
    for page in PAGES:
        if page.name in NOT_YET:
            continue
        text = page.read_text("utf-8")
        text = re.sub(r"(?ms)^<!-- decisions -->.*?^<!-- /decisions -->", "", text)
        found += [
            f"{_name(page)}, line {number}: {', '.join(words)}"
            for number, line in enumerate(text.splitlines(), start=1)
            if (words := avoided(line))
        ]
        found += [f"{_name(page)}: {clause}" for clause in clauses_as_subject(text)]
    assert not found, "\n".join(found)


def test_every_module_is_in_plain_english() -> None:
    found = [
        f"{_name(module)}, line {number}: {', '.join(words)}"
        for module in MODULES
        for number, text in english_of(module)
        if (words := avoided(text))
    ]
    assert not found, "\n".join(found)


# --- The reading itself: a word that is not found is not avoided ---------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It is made anew.", ["anew"]),
        ("Nobody calls, at once.", ["Nobody", "at once"]),
        ("He renewed this; the mending is shown.", ["He", "mending"]),
        ("`nobody` stands in front of the shelf", []),
        ("The rule stands in another file.", ["stands in"]),
    ],
)
def test_words_are_found_whole(text: str, words: list[str]) -> None:
    assert avoided(text) == words


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("It ends. What was fetched is kept.", 1),
        ("Who reads\nkeeps it.", 1),
        ("# What a refresh does\n\n**What is a track.** A line. What next?", 0),
        ("| What | is |\n|---|---|\n| What it is. | |", 0),
    ],
)
def test_clauses_are_found_where_a_noun_should_be(page: str, found: int) -> None:
    assert len(clauses_as_subject(page)) == found


def test_texts_of_a_module_are_its_comments_docstrings_and_messages(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""One word."""\nnobody = f"two {1}"  # three\n', encoding="utf-8")
    assert [line for line, _ in english_of(module)][:2] == [1, 2]
    assert "nobody" not in "".join(text for _, text in english_of(module))
