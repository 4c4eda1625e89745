"""The pages' examples of how tracks are judged, put to the matcher: status and reason, word for
word; and the figures on how often it is right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from musictool_pipeline.core.decisions_file import read_overrides
from musictool_pipeline.core.discogs.tracklist import seconds
from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.core.matching import labelled

PAGES = ("docs/examples.md", "docs/matching.md")

BEGIN, END = "<!-- decisions -->", "<!-- /decisions -->"

STATUSES = {"owned", "other_version", "review", "missing"}

# The columns of a table of examples, by their headings.
COLUMNS = {
    "on vinyl": "vinyl",
    "file without tags": "file",
    "tags of the file": "tags",
    "name of the file": "file",
    "status": "status",
    "why": "why",
}


@dataclass(frozen=True)
class Said:
    """What a cell says of a track: `Artist - Title, 7:00; album: Name; remixer: Name`."""

    text: str
    length: int | None = None
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cell: str) -> Said:
        text, *rest = cell.split("; ")
        fields = dict(part.split(": ", 1) for part in rest)
        found = re.fullmatch(r"(.*), (\d+:\d\d)", text)
        return cls(found[1], seconds(found[2]), fields) if found else cls(text, None, fields)

    @property
    def artist(self) -> str | None:
        return self.text.partition(" - ")[0] if " - " in self.text else None

    @property
    def title(self) -> str | None:
        """All of it where no artist stands before it."""
        artist, _, title = self.text.partition(" - ")
        return title or artist or None


@dataclass(frozen=True)
class Example:
    """A row of a table: a track on vinyl, a file's tags, its name, and what is said of it."""

    vinyl: str
    status: str
    why: str
    tags: str = ""
    file: str = ""

    def judged(self) -> tuple[str, str]:
        """The status and the reason that the matcher gives."""
        on_vinyl, tags, name = Said.read(self.vinyl), Said.read(self.tags), Said.read(self.file)
        track = VinylTrack(
            track_id=1,
            artist=on_vinyl.artist,
            title=on_vinyl.title,
            album=on_vinyl.fields.get("album"),
            album_artist=on_vinyl.artist,
            label=on_vinyl.fields.get("label"),
            catalog_number=None,
            duration_seconds=on_vinyl.length,
            position="A1",
            release_year=None,
            release_id=1,
            track_number=1,
        )
        file = DigitalTrack(
            digital_id="1",
            artist=tags.artist,
            title=tags.title,
            remixer=tags.fields.get("remixer"),
            mix=tags.fields.get("mix"),
            album=tags.fields.get("album"),
            label=tags.fields.get("label"),
            path=name.text or None,
            duration_seconds=tags.length or name.length,
        )
        verdict = Matcher([file]).judge(track)
        return verdict.status, verdict.reason


def _cells(line: str) -> list[str]:
    cells = line.removeprefix("|").removesuffix("|").split("|")
    return [cell.replace("`", "").strip() for cell in cells]


def examples(text: str) -> list[Example]:
    """The rows of the table between the two markers; none where the text has no markers."""
    if BEGIN not in text:
        return []
    table = text.partition(BEGIN)[2].partition(END)[0]
    lines = [line.strip() for line in table.splitlines() if line.strip().startswith("|")]
    header, _, *rows = map(_cells, lines)
    names = [COLUMNS[heading] for heading in header]
    return [Example(**dict(zip(names, row, strict=True))) for row in rows]


def _text(page: str) -> str:
    return (PROJECT_ROOT / page).read_text(encoding="utf-8")


EXAMPLES = [
    pytest.param(example, id=f"{page}: {example.vinyl} / {example.tags or example.file}")
    for page in PAGES
    for example in examples(_text(page))
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_matcher_decides_as_the_page_says(example: Example) -> None:
    assert example.judged() == (example.status, example.why)


@pytest.mark.parametrize("page", [page for page in PAGES if BEGIN in _text(page)])
def test_a_page_with_examples_shows_every_outcome(page: str) -> None:
    assert {example.status for example in examples(_text(page))} == STATUSES


def test_matching_is_explained_with_examples() -> None:
    """If no example were found, the tests above would not notice."""
    assert len(examples(_text("docs/matching.md"))) > 20
    assert len(examples(_text("docs/examples.md"))) > 10


def test_a_table_is_read_as_it_is_written() -> None:
    """Were the rows not found, the tests above would pass with a page that is wrong."""
    text = f"""
{BEGIN}

| on vinyl | tags of the file | name of the file | status | why |
|---|---|---|---|---|
| Ann - Alone - Again, 7:00; album: One | Ann - Alone | `Ann - Alone.mp3`, 7:01 | owned | because |
| Ann - Alone | | `Alone.mp3` | review | why not |

{END}
| not | in | the | table |
"""
    first, second = examples(text)
    assert first == Example(
        vinyl="Ann - Alone - Again, 7:00; album: One",
        tags="Ann - Alone",
        file="Ann - Alone.mp3, 7:01",
        status="owned",
        why="because",
    )
    assert (second.tags, second.file) == ("", "Alone.mp3")
    said = Said.read(first.vinyl)
    assert (said.artist, said.title, said.length) == ("Ann", "Alone - Again", 420)
    assert said.fields == {"album": "One"}
    assert Said.read("Alone").artist is None


DECISIONS = [
    pytest.param(block, id=path.name)
    for path in [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
    for block in re.findall(
        r"```csv\n(discogs_release_id,.*?)```", path.read_text(encoding="utf-8"), re.DOTALL
    )
]


@pytest.mark.parametrize("decisions", DECISIONS)
def test_decisions_of_ones_own_can_be_read_as_they_are_shown(decisions: str) -> None:
    """Somebody copies them, and changes the numbers."""
    read = read_overrides(decisions.encode())
    assert read.problems == ()
    assert len(read.decisions) == len(decisions.splitlines()) - 1 > 0


@pytest.mark.slow
def test_the_figures_of_the_page_are_those_of_the_half_held_back() -> None:
    """Slow for a reason that is no matter of seconds: looked at with every change, it would be
    held back no longer."""
    text = _text("docs/matching.md")
    metrics = labelled.evaluate(labelled.HELD_BACK)

    def row(name: str) -> list[str]:
        found = re.search(rf"^\| .*\({name}\) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
        assert found
        return [found[1], found[2]]

    assert row("precision") == [f"{metrics.owned_precision:.3f}", f"{metrics.any_precision:.3f}"]
    assert row("recall") == [f"{metrics.owned_recall:.3f}", f"{metrics.any_recall:.3f}"]
    assert f"called `owned`: {metrics.others_called_owned:.3f} of them" in text
    assert f"Sent to `review`: {metrics.review:.3f} of all" in text
    rows = sum(len(labelled.half(half).rows) for half in (labelled.DEV, labelled.HELD_BACK))
    assert f"a set of {rows:,} labelled tracks" in text
