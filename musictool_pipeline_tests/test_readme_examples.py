"""The README's examples of how tracks are judged, put to the matcher: status and reason, word for
word."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.tracklist import seconds
from musictool_pipeline.settings import PROJECT_ROOT

README = PROJECT_ROOT / "README.md"

BEGIN, END = "<!-- decisions -->", "<!-- /decisions -->"

STATUSES = {"owned", "other_version", "review", "missing"}


@dataclass(frozen=True)
class Example:
    """A row of the table: `Artist - Title, 7:00`, a file's name and length, what is said of it."""

    vinyl: str
    file: str
    status: str
    why: str

    def judged(self) -> tuple[str, str]:
        """The status and the reason that the matcher gives, for a file without any tags."""
        printed, length = _timed(self.vinyl)
        artist, _, title = printed.partition(" - ")
        name, file_length = _timed(self.file)
        track = VinylTrack(
            track_id=1,
            artist=artist,
            title=title,
            album=None,
            album_artist=artist,
            label=None,
            catalog_number=None,
            duration_seconds=length,
            position="A1",
            release_year=None,
            release_id=1,
            track_number=1,
        )
        file = DigitalTrack("1", None, None, None, None, None, None, name, file_length)
        verdict = Matcher([file]).judge(track)
        return verdict.status, verdict.reason


def _timed(cell: str) -> tuple[str, int | None]:
    """`Artist - Title, 7:00` -> the text before the length, and the length in seconds."""
    found = re.fullmatch(r"(.*), (\d+:\d\d)", cell)
    return (found[1], seconds(found[2])) if found else (cell, None)


def examples(text: str) -> list[Example]:
    """The rows of the table between the two markers; none where the text has no markers."""
    if BEGIN not in text:
        return []
    table = text.partition(BEGIN)[2].partition(END)[0]
    lines = [line.strip() for line in table.splitlines() if line.strip().startswith("|")]
    # The first two are the header and the rule below it.
    return [
        Example(*(cell.replace("`", "").strip() for cell in line.strip("|").split("|")))
        for line in lines[2:]
    ]


README_EXAMPLES = examples(README.read_text(encoding="utf-8")) if README.is_file() else []


@pytest.mark.skipif(not README_EXAMPLES, reason="the README has no table of decisions")
@pytest.mark.parametrize("example", README_EXAMPLES, ids=lambda example: example.file)
def test_the_matcher_decides_as_the_readme_says(example: Example) -> None:
    assert example.judged() == (example.status, example.why)


@pytest.mark.skipif(not README_EXAMPLES, reason="the README has no table of decisions")
def test_the_readme_shows_every_outcome() -> None:
    assert {example.status for example in README_EXAMPLES} == STATUSES


def test_a_table_is_read_as_it_is_written() -> None:
    """Were the rows not found, the tests above would pass with a README that is wrong."""
    text = f"""
{BEGIN}

| on vinyl | file | status | why |
|---|---|---|---|
| Ann - Alone, 7:00 | `Ann - Alone.mp3`, 7:01 | owned | because |

{END}
| not | in | the | table |
"""
    assert examples(text) == [
        Example("Ann - Alone, 7:00", "Ann - Alone.mp3, 7:01", "owned", "because")
    ]
