"""Every shell command that the README or a page of docs/ shows, run as its reader would run it.

What belongs here: finding the commands, and walking through them page by page, in order, in a copy
of the project. The walk takes a minute and is slow; that each command parses is always tested. Each
page has a reader of its own: a home with an export among the downloads and a Traktor library, and a
Discogs that is the stand-in. What the commands do in every case stands with their own tests; here
they only have to be right as they are printed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.app.cli import build_parser
from musictool_pipeline.demo.sample import LIBRARY_NAME
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import note_failures
from musictool_pipeline_tests.app.conftest import TerminalSession
from musictool_pipeline_tests.invented_library import demo_library
from musictool_pipeline_tests.sample_data import demo_collection
from musictool_pipeline_tests.sample_dump import demo_dump, write_dump
from musictool_pipeline_tests.stand_in.server import StandIn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages' commands are for a POSIX shell")

ELSEWHERE = {
    "make demo": "demo/test_demo.py runs, twice, the one line that it stands for",
    "make ui": "it does not end; app/test_ui.py and orchestration/test_dagster_dev.py start it",
    "make dashboard": "it does not end; app/dashboard/test_launching.py starts what it starts",
}
"""Commands that are not run here, and who tries them."""

ELSEWHERES = {
    "systemctl": "it needs a systemd that booted the machine; test_nightly.py reads the units",
    "systemd-inhibit": "so does this; test_nightly.py reads the command behind it",
}
"""Programs whose commands are not run here, and why."""

HARMLESS = {"cat", "cd", "cp", "dagster", "dg", "export", "ls", "make", "mkdir", "musictool"}
"""What may be run: a page that says `sudo` or `rm` must not do it to a person who runs the
tests."""

TOKEN = "tYpEdByThEiRrEaDeR"
ANSWERS = {
    "init": (
        ("Token", TOKEN),
        ("Copy the collection export", ""),
        ("Compare with the library", ""),
        ("or a number to remove one", ""),
    )
}
"""What a reader types where a command asks: a piece of the question, and the answer."""

THE_PAGES_RELEASE = 117941
"""The record of which the pages speak: it is in this collection, with tracks that are made up."""
ITS_ANSWER = (
    b'{"id": 117941, "title": "Some Record", "artists": [{"name": "Somebody"}], "tracklist": ['
    b'{"position": "A1", "type_": "track", "title": "One", "duration": "5:00"},'
    b'{"position": "A2", "type_": "track", "title": "Two", "duration": ""},'
    b'{"position": "B1", "type_": "track", "title": "Three", "duration": "4:10"},'
    b'{"position": "B2", "type_": "track", "title": "Four", "duration": "6:30"}]}'
)
ITS_ROW = (
    '"CAT 1",Somebody,"Some Record",Café Müller,"12""",,1991,117941,Crate,2020-01-01 12:00:00\r\n'
)

# A dozen records: here a command has to come to its end, not to do much on its way.
SAMPLE = demo_collection()
EXPORT = b"".join(SAMPLE.export_csv.splitlines(keepends=True)[:12]) + ITS_ROW.encode()
DUMP_NAME = "discogs_20260101_releases.xml.gz"
# The export of a wantlist has no name above the last value.
WANTS = (
    b"Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes\r\n"
    b"X 1,Somebody,Wanted,Some Label,LP,,1999,%d,,2026-01-01 12:00:00\r\n"
)
WANTLIST_PAGE = "docs/wantlist.md"
"""Its reader has set a wantlist, as the page says, before the first command is typed."""

FIRST_STEPS = "docs/your-collection.md"
"""The page that leads from a fresh clone to a collection. The reader of another page that does not
begin there has followed this one."""

PYPROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# What begins with a dot or is somebody's data has no business in a copy, `.env` least of all.
_NOT_COPIED = {"build", "data", "dist", "history", "logs", "musictool_pipeline_tests", "schedules"}


# --- Finding them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """A command as printed, without the times of a crontab."""

    line: int
    text: str
    by_cron: bool = False
    prints: str | None = None
    """What the page shows below it; `...` is any text."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text and the line on which the text begins."""

    language: str
    line: int
    text: str


def blocks(page: str) -> Iterator[Block]:
    """Every fenced block of a page, those within a list too."""
    for found in re.finditer(r"^([ ]*)```([\w-]*)\n(.*?)^\1```$", page, re.MULTILINE | re.DOTALL):
        yield Block(found[2], page.count("\n", 0, found.start(3)) + 1, found[3])


def commands(page: str) -> Iterator[Command]:
    """The commands of a page, in order. A block of code that names no language holds commands;
    a block of anything else has to say so. In a `console` block, a command begins with `$ `, and
    the other lines are its output."""
    for block in blocks(page):
        if block.language == "console":
            yield from _of_a_session(block)
        elif block.language in {"", "bash", "sh", "shell"}:
            yield from _of_a_shell(block)
        elif block.language == "crontab":
            for number, line in enumerate(block.text.splitlines(), start=block.line):
                if found := re.fullmatch(r"\s*(?:\S+\s+){5}(.+)", line):
                    yield Command(number, found[1], by_cron=True)


def _of_a_shell(block: Block) -> Iterator[Command]:
    begun, parts = block.line, list[str]()
    for number, line in enumerate(block.text.splitlines(), start=block.line):
        if not parts:
            begun = number
        parts.append(line.strip().removesuffix("\\").strip())
        if line.endswith("\\"):
            continue
        text = " ".join(parts)
        if text and not text.startswith("#"):
            yield Command(begun, text)
        parts = []


def _of_a_session(block: Block) -> Iterator[Command]:
    _, *parts = re.split(r"(?m)^\$ (.*)\n", block.text)
    for at in range(0, len(parts), 2):
        line = block.line + block.text[: block.text.index(f"$ {parts[at]}\n")].count("\n")
        yield Command(line, parts[at], prints=parts[at + 1])


def is_printed(expected: str, shown: str) -> bool:
    """True if a command's output is what a page shows of it."""
    words = " ".join(shown.split())
    parts = [re.escape(" ".join(part.split())) for part in expected.strip().split("...")]
    return re.fullmatch(".*?".join(parts), words) is not None


def programs(command: str) -> set[str]:
    """The names of the programs in a command, however they are joined."""
    each = re.split(r"\s*(?:&&|\|\||[|;])\s*", command)
    return {Path(re.sub(r"^(?:\w+=\S*\s+)+", "", part).split()[0]).name for part in each if part}


def calls(command: str) -> Iterator[list[str]]:
    """Each program's call in a command, however they are joined, in words, the program by name."""
    for part in re.split(r"\s*(?:&&|\|\||[|;])\s*", command):
        words = shlex.split(re.sub(r"^(?:\w+=\S*\s+)+", "", part).partition(" > ")[0])
        if words:
            yield [Path(words[0]).name, *words[1:]]


MAKE_TARGETS = set(
    re.findall(r"(?m)^([a-z]+):.*## ", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"))
)

PAGES = {
    path.relative_to(PROJECT_ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").rglob("*.md"))]
}
COMMANDS = {name: found for name, page in PAGES.items() if (found := list(commands(page)))}
QUERIES = [
    pytest.param(block.text, id=f"{name}, line {block.line}")
    for name, page in PAGES.items()
    for block in blocks(page)
    if block.language == "sql"
]


# --- Running them --------------------------------------------------------------------------------


class Reader:
    """Somebody with a copy of the project in `~/musictool`, who follows a page.

    `.venv/` is there, and up to date as far as `make` can tell: it leads to the environment in
    which the tests run, but to the code of the copy.
    """

    def __init__(self, home: Path, api_url: str) -> None:
        self.home = home
        self.project = home / "musictool"
        self.shown = ""
        self._api_url = api_url
        self._before: list[str] = []

    def move_in(self) -> None:
        """Makes the home, with nothing done in it yet."""
        shutil.copytree(PROJECT_ROOT, self.project, ignore=_not_copied)
        (self.project / "data").mkdir()
        self._make_environment()
        downloads = self.home / "Downloads"
        downloads.mkdir()
        self._export().write_bytes(EXPORT)
        write_dump(downloads / DUMP_NAME, demo_dump(SAMPLE))
        traktor = self.home / "Documents/Native Instruments/Traktor 3.11.1"
        traktor.mkdir(parents=True)
        (traktor / LIBRARY_NAME).write_bytes(demo_library(SAMPLE).nml)

    def _make_environment(self) -> None:
        folder = self.project / ".venv/bin"
        folder.mkdir(parents=True)
        module, _, function = PYPROJECT["project"]["scripts"]["musictool"].partition(":")
        python = f'#!/bin/sh\nexec "{sys.executable}"'
        entry = f"import sys; from {module} import {function}; sys.exit({function}())"
        for name, line in (
            ("python", f'{python} "$@"\n'),
            ("musictool", f'{python} -c "{entry}" "$@"\n'),
        ):
            (folder / name).write_text(line, encoding="utf-8")
            (folder / name).chmod(0o755)
        for name in ("dagster", "dg"):
            if (script := Path(sys.executable).with_name(name)).exists():
                (folder / name).symlink_to(script)
        for mark in ("pyvenv.cfg", ".run-installed", ".dev-installed"):
            (folder.parent / mark).touch()

    def follow(self, page: list[Command]) -> None:
        """Runs a page's commands in order. Fails at the first that does not end well, with
        everything that was shown, and at one that may not be run."""
        for command in page:
            if command.text in ELSEWHERE or programs(command.text) & ELSEWHERES.keys():
                continue
            unknown = programs(command.text) - HARMLESS
            assert not unknown, (
                f"line {command.line}: {command.text!r} is not run, for want of "
                f"{', '.join(sorted(unknown))} in HARMLESS. If it is no command, name the block's "
                "language (```text); if it is tried elsewhere, say in ELSEWHERE where."
            )
            before = len(self.shown)
            code = self.run(command)
            assert code == 0, f"line {command.line}: exit code {code}\n{self.shown}"
            if command.prints is not None:
                shown = self.shown[before:].partition(f"$ {command.text}\n")[2]
                assert is_printed(command.prints, shown), (
                    f"line {command.line} shows\n{command.prints}\nwhere it prints\n{shown}"
                )

    def want(self) -> None:
        """Sets a wantlist, and refreshes."""
        held = {copy.release_id for copy in load_export(self._export()).export.copies}
        wanted = next(each for each in sorted(SAMPLE.answers) if each not in held)
        export = self.home / "wantlist.csv"
        export.write_bytes(WANTS % wanted)
        with (self.project / ".env").open("a", encoding="utf-8") as settings:
            settings.write(f"MUSICTOOL_WANTLIST={export}\n")
        self.follow([Command(0, ".venv/bin/musictool refresh")])

    def _export(self) -> Path:
        return self.home / "Downloads" / SAMPLE.export_name

    def run(self, command: Command) -> int:
        """Runs one, in the folder and with the variables that those before it left."""
        text = command.text.replace("/path/to/musictool", str(self.project))
        self.shown += f"\n$ {text}\n"
        argv = ["/bin/sh", "-e", "-c", "\n".join([*self._before, text])]
        where, environment = self.project, self.environment()
        if command.by_cron:
            argv = ["/bin/sh", "-c", text]
            where, environment = self.home, {**environment, "PATH": "/usr/bin:/bin"}
        if programs(text) <= {"cd", "export"}:
            self._before.append(text)
        if (answers := ANSWERS.get(text.rpartition("musictool ")[2])) is not None:
            return self._answer(argv, environment, where, answers)
        ran = subprocess.run(
            argv,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        self.shown += ran.stdout
        return ran.returncode

    def _answer(
        self,
        argv: list[str],
        environment: dict[str, str],
        where: Path,
        answers: tuple[tuple[str, str], ...],
    ) -> int:
        terminal = TerminalSession(argv, environment, where)
        try:
            for question, answer in answers:
                terminal.wait_for(question)
                terminal.type(f"{answer}\r")
            return terminal.finish()
        finally:
            self.shown += terminal.shown
            terminal.close()

    def environment(self) -> dict[str, str]:
        """Nothing of the machine's own settings: those of the copy's `.env` count."""
        return {
            "PATH": f"{self.project / '.venv/bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(self.project),
            "DISCOGS_API_URL": self._api_url,
            "DISCOGS_REQUESTS_PER_MINUTE": "60000",
        }


def _not_copied(folder: str, names: list[str]) -> set[str]:
    if Path(folder) != PROJECT_ROOT:
        return set()
    hidden = {name for name in names if name.startswith(".") and name != ".env.example"}
    return hidden | _NOT_COPIED


def _answer_of(release_id: int) -> bytes | None:
    return ITS_ANSWER if release_id == THE_PAGES_RELEASE else SAMPLE.answers.get(release_id)


def _from_a_fresh_clone(page: list[Command]) -> bool:
    return any(command.text in {"make setup", "make demo"} for command in page)


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Reader]]]:
    """Every page's reader, at the end of the page. Two at a time: each is mostly waiting for Python
    to start, and one core would be idle."""
    folder = tmp_path_factory.mktemp("readers")
    with (
        StandIn(_answer_of, limit=60_000) as discogs,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        at_the_end: dict[str, Future[Reader]] = {}

        def follow(name: str) -> Reader:
            reader = Reader(folder / re.sub(r"\W", "-", name), discogs.url)
            if _from_a_fresh_clone(COMMANDS[name]):
                reader.move_in()
            else:
                first_steps = at_the_end[FIRST_STEPS].result()
                shutil.copytree(first_steps.home, reader.home, symlinks=True)
            if name == WANTLIST_PAGE:
                reader.want()
            reader.follow(COMMANDS[name])
            return reader

        # The page that others wait for comes first, then the long ones.
        for name in sorted(COMMANDS, key=lambda name: (name != FIRST_STEPS, -len(COMMANDS[name]))):
            at_the_end[name] = pool.submit(follow, name)
        yield at_the_end


# --- What is promised ----------------------------------------------------------------------------


def test_nothing_is_said_to_be_tried_elsewhere_that_no_page_shows() -> None:
    shown = {command.text for page in COMMANDS.values() for command in page}
    assert ELSEWHERE.keys() <= shown
    assert ELSEWHERES.keys() <= set().union(*map(programs, shown))


@pytest.mark.parametrize("page", COMMANDS)
def test_a_printed_command_is_one_that_its_program_takes(page: str) -> None:
    """What can be told without running it: a command or a flag that was renamed."""
    for command in COMMANDS[page]:
        for words in calls(command.text):
            if words[0] == "musictool":
                build_parser().parse_args(words[1:])
            elif words[0] == "make":
                assert set(words[1:]) <= MAKE_TARGETS, command.text
            else:
                assert words[0] in HARMLESS | ELSEWHERES.keys(), command.text


@pytest.mark.slow
@pytest.mark.parametrize("page", COMMANDS)
def test_a_page_can_be_followed_from_top_to_bottom(
    page: str, readers: dict[str, Future[Reader]]
) -> None:
    """The loss: a reader types what is printed, it fails, and the terminal is closed."""
    assert TOKEN not in readers[page].result().shown


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_is_one_that_the_database_takes(query: str, empty_database: Path) -> None:
    with duckdb.connect(str(empty_database), read_only=True) as connection:
        connection.execute(query)


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tables with their columns, as before the first refresh."""
    path = tmp_path_factory.mktemp("empty") / "musictool.duckdb"
    note_failures(Warehouse(path), {1: "none"}, set(), datetime.now(UTC))
    return path


@pytest.fixture(scope="module")
def database(readers: dict[str, Future[Reader]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first steps led to, and a record sold since: the collection has a history."""
    data = tmp_path_factory.mktemp("later") / "data"
    shutil.copytree(readers[FIRST_STEPS].result().project / "data", data)
    export = data / "demo-collection-20260102-1200.csv"
    header, _sold, *kept = EXPORT.splitlines(keepends=True)
    export.write_bytes(b"".join([header, *kept]))
    database = data / "musictool.duckdb"
    assert load_collection(Warehouse(database), load_export(export))
    return database


# These find something in a collection that is made for them (queries.test_examples).
OF_A_COLLECTION_OF_THEIR_OWN = "docs/queries.md"


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        it
        for it in QUERIES
        if not str(it.id).startswith((OF_A_COLLECTION_OF_THEIR_OWN, WANTLIST_PAGE))
    ],
)
def test_every_query_finds_something(query: str, database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("query", [it for it in QUERIES if str(it.id).startswith(WANTLIST_PAGE)])
def test_so_does_every_query_of_a_wantlist(query: str, readers: dict[str, Future[Reader]]) -> None:
    data = readers[WANTLIST_PAGE].result().project / "data"
    with duckdb.connect(str(data / "musictool.duckdb"), read_only=True) as connection:
        assert connection.execute(query).fetchall()


# --- The reading itself: a command that is not found is not tried --------------------------------


def test_commands_are_found_where_they_stand() -> None:
    page = """\
Text with `make nothing` in it.

```
make demo
```

1. First:

   ```sh
   # not a command
   cd there && X=1 .venv/bin/musictool gaps \\
     --limit 3

   ls
   ```

```sql
SELECT 1
```

```crontab
# every night
0 3 * * *  cd /path/to/musictool && .venv/bin/musictool refresh
```

```console
$ ls data
one
$ cat one
```
"""
    assert list(commands(page)) == [
        Command(4, "make demo"),
        Command(11, "cd there && X=1 .venv/bin/musictool gaps --limit 3"),
        Command(14, "ls"),
        Command(23, "cd /path/to/musictool && .venv/bin/musictool refresh", by_cron=True),
        Command(27, "ls data", prints="one\n"),
        Command(29, "cat one", prints=""),
    ]
    assert [block.language for block in blocks(page)] == ["", "sh", "sql", "crontab", "console"]


@pytest.mark.parametrize(
    ("expected", "shown", "printed"),
    [
        ("one\n", "one  \r\n", True),
        ("one\n...\nthree\n", "one\ntwo\ntoo\nthree\n", True),
        ("in .../data\n", "in /home/me/data\n", True),
        ("one\n", "one\ntwo\n", False),
        ("one\n...\nthree\n", "one\ntwo\nfour\n", False),
        ("1.5 s\n", "1x5 s\n", False),
    ],
)
def test_what_a_page_shows_is_compared_with_what_is_printed(
    expected: str, shown: str, printed: bool
) -> None:
    assert is_printed(expected, shown) is printed


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("make demo", {"make"}),
        (".venv/bin/musictool gaps | head -3", {"musictool", "head"}),
        ("cd there && A=1 B=2 sudo rm -rf . ; ls", {"cd", "sudo", "ls"}),
    ],
)
def test_programs_are_found_in_a_command(command: str, names: set[str]) -> None:
    assert programs(command) == names
