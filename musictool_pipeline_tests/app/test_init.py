"""`musictool init`: a token that nobody sees, settings that nobody else can read, nothing lost.

It asks in a real terminal here: whether a token is echoed, only a terminal can tell. It runs on a
root of its own; the project's `.env` is never touched.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.app.init import write_env
from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline.errors import StorageError
from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES, Secret, read_settings
from musictool_pipeline_tests.app.conftest import (
    SAMPLE,
    MakeProject,
    OpenTerminal,
    Project,
    TerminalSession,
    discogs,
)

TOKEN = "tYpEdBlInDlY"
EXAMPLE = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")

# `init` by its function: the command line would take the project's own root.
INIT = """
import sys
from pathlib import Path
from musictool_pipeline.app import cli
from musictool_pipeline.app.commands import begin
from musictool_pipeline.app.init import init
from musictool_pipeline.settings import read_settings

root, home = map(Path, sys.argv[1:3])
cli.read_settings = lambda: read_settings({"DISCOGS_API_URL": sys.argv[3]}, root)
begin._init = lambda options, settings, terminal: init(settings, terminal, home)
sys.exit(cli.main(["init"]))
"""


@dataclass(frozen=True)
class Root:
    """A project's root and its user's home, both empty."""

    project: Project

    @property
    def path(self) -> Path:
        return self.project.folder / "root"

    @property
    def env_file(self) -> Path:
        return self.path / ".env"

    @property
    def command(self) -> list[str]:
        project = self.project
        return [sys.executable, "-c", INIT, str(self.path), str(project.home), project.api_url]


@pytest.fixture
def root(make_project: MakeProject) -> Root:
    """One without a network: nothing answers at that port."""
    return made_root(make_project, "http://127.0.0.1:1")


def made_root(make_project: MakeProject, api_url: str) -> Root:
    made = Root(make_project(api_url))
    made.path.mkdir()
    return made


@pytest.fixture(scope="module")
def discogs_that_knows_one_token() -> Iterator[StandIn]:
    with discogs(accepted_tokens={TOKEN}) as stand_in:
        yield stand_in


NO_LIBRARY = "(Enter: none): "
MORE_LIBRARIES = "(Enter: done): "


@pytest.fixture
def session(root: Root, open_terminal: OpenTerminal) -> TerminalSession:
    """An `init` that is about to ask."""
    return open_terminal(root.command, root.project.environment(), root.project.home)


@contextmanager
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def settings_of(root: Path) -> dict[str, str | None]:
    read = read_settings({}, root)
    return {"token": read.token.reveal() if read.token else None, "username": read.username}


def test_the_token_is_kept_but_not_shown(root: Root, session: TerminalSession) -> None:
    session.answer("Token", TOKEN)
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert TOKEN not in session.shown
    assert settings_of(root.path)["token"] == TOKEN
    assert mode(root.env_file) == 0o600
    assert (root.path / "data").is_dir()
    assert "musictool check" in session.shown


def test_enter_sets_nothing(root: Root, session: TerminalSession) -> None:
    session.answer("Token")
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert settings_of(root.path)["token"] is None
    assert mode(root.env_file) == 0o600


def test_what_stood_in_the_file_stays(root: Root, open_terminal: OpenTerminal) -> None:
    root.env_file.write_text(
        "# my settings\nDISCOGS_API_KEY=old\n\nDISCOGS_USERNAME='me & you' # that is me\n"
    )
    root.env_file.chmod(0o644)
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Enter keeps the one that is set", TOKEN)
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert root.env_file.read_text() == (
        f"# my settings\nDISCOGS_API_KEY={TOKEN}\n\nDISCOGS_USERNAME='me & you' # that is me\n"
    )
    assert mode(root.env_file) == 0o600
    assert "old" not in session.shown.replace("folder", "")


@pytest.mark.parametrize(("answer", "copied"), [("", True), ("y", True), ("n", False)])
def test_an_export_among_the_downloads_is_offered(
    root: Root, open_terminal: OpenTerminal, answer: str, copied: bool
) -> None:
    downloads = root.project.home / "Downloads"
    downloads.mkdir()
    (downloads / SAMPLE.export_name).write_bytes(SAMPLE.export_csv)
    (downloads / "demo-collection-20240101-1200.csv").write_text("an older one")
    (downloads / "bank-statement.csv").write_text("none of our business")
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer("[Y/n]", answer)
    assert "into the data folder?" in " ".join(session.shown.split())
    assert SAMPLE.export_name in session.shown
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    data = root.path / "data"
    expected = {SAMPLE.export_name: SAMPLE.export_csv} if copied else {}
    assert {path.name: path.read_bytes() for path in data.iterdir()} == expected
    assert (downloads / SAMPLE.export_name).read_bytes() == SAMPLE.export_csv


def test_with_an_export_in_place_no_older_one_is_offered(
    root: Root, open_terminal: OpenTerminal
) -> None:
    (root.project.home / "Downloads").mkdir()
    (root.project.home / "Downloads" / SAMPLE.export_name).write_bytes(SAMPLE.export_csv)
    (root.path / "data").mkdir()
    (root.path / "data" / "me-collection-20990101-1200.csv").write_bytes(SAMPLE.export_csv)
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert "[Y/n]" not in session.shown


def test_libraries_that_are_found_are_offered_one_by_one(
    root: Root, open_terminal: OpenTerminal
) -> None:
    library = root.project.home / "Music" / "Music" / "Library.xml"
    library.parent.mkdir(parents=True)
    library.write_text("<plist/>")
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer("Compare with the library")
    session.answer(MORE_LIBRARIES)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == (library,)


def test_ctrl_c_leaves_the_settings_as_they_were(root: Root, open_terminal: OpenTerminal) -> None:
    root.env_file.write_text("DISCOGS_API_KEY=old\n")
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.wait_for("Token")
    session.interrupt()
    assert session.finish() == 130, session.shown
    assert "Traceback" not in session.shown
    assert root.env_file.read_text() == "DISCOGS_API_KEY=old\n"


def test_ctrl_d_is_no_riddle_either(root: Root, session: TerminalSession) -> None:
    session.wait_for("Token")
    session.type("\x04")
    session.finish()
    assert "Traceback" not in session.shown


@pytest.mark.parametrize("before", [None, "DISCOGS_USERNAME=me\n"])
def test_without_a_terminal_it_asks_nothing(root: Root, before: str | None) -> None:
    """In a Dockerfile or a script it must not wait for an answer that never comes."""
    if before is not None:
        root.env_file.write_text(before)
    ran = subprocess.run(
        root.command,
        env=root.project.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Token" not in ran.stdout
    assert "[Y/n]" not in ran.stdout
    assert root.env_file.read_text() == (before or EXAMPLE)
    assert mode(root.env_file) == 0o600
    assert (root.path / "data").is_dir()


# --- The token is tried ---------------------------------------------------------------------------


def test_a_token_that_discogs_knows_is_said_to_be_right(
    make_project: MakeProject, open_terminal: OpenTerminal, discogs_that_knows_one_token: StandIn
) -> None:
    root = made_root(make_project, discogs_that_knows_one_token.url)
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token", TOKEN)
    session.wait_for("it belongs to record_collector")
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert settings_of(root.path)["token"] == TOKEN


def test_a_token_that_discogs_refuses_is_said_and_asked_for_again(
    make_project: MakeProject, open_terminal: OpenTerminal, discogs_that_knows_one_token: StandIn
) -> None:
    root = made_root(make_project, discogs_that_knows_one_token.url)
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token", "mistyped")
    session.wait_for("Discogs refused the token")
    session.answer("Token", "pasted†twice")
    session.wait_for("characters that no token has")
    session.answer("Token")
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert settings_of(root.path)["token"] is None
    assert "mistyped" not in session.shown


def test_without_a_network_the_token_is_kept_with_a_word(
    root: Root, session: TerminalSession
) -> None:
    session.answer("Token", TOKEN)
    session.wait_for("the token is kept, but not tried")
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert settings_of(root.path)["token"] == TOKEN


def test_ctrl_c_keeps_what_was_answered(root: Root, session: TerminalSession) -> None:
    music = root.project.home / "music"
    music.mkdir()
    session.answer("Token", TOKEN)
    session.answer(NO_LIBRARY, str(music))
    session.wait_for(MORE_LIBRARIES)
    session.interrupt()
    assert session.finish() == 130, session.shown
    assert f"What you answered is in {root.env_file}" in session.shown
    assert settings_of(root.path)["token"] == TOKEN
    assert read_settings({}, root.path).digital_libraries == (music,)


# --- A library is typed, pasted or dragged, and removed -------------------------------------------


def test_a_library_is_dragged_into_the_terminal(root: Root, session: TerminalSession) -> None:
    library = root.project.home / "My Music" / "rekordbox.xml"
    library.parent.mkdir()
    library.write_text('<?xml version="1.0"?><DJ_PLAYLISTS Version="1.0.0"></DJ_PLAYLISTS>')
    session.answer("Token")
    session.wait_for("No digital library found in the usual places")
    session.answer(NO_LIBRARY, str(library).replace(" ", "\\ ") + " ")
    session.wait_for("(Rekordbox)")
    session.answer(MORE_LIBRARIES)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == (library,)


def test_a_library_in_the_data_folder_stays_when_another_is_added(
    root: Root, open_terminal: OpenTerminal
) -> None:
    """As soon as libraries are set, those in the data folder would no longer count."""
    inside = root.path / "data" / "collection.nml"
    inside.parent.mkdir()
    inside.write_text('<?xml version="1.0"?><NML VERSION="19"></NML>')
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer(MORE_LIBRARIES, str(root.project.home))
    session.answer(MORE_LIBRARIES)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == (inside, root.project.home)


def test_a_library_is_set_once_however_it_is_given(root: Root, session: TerminalSession) -> None:
    folder = root.project.home / "My Music"
    folder.mkdir()
    (folder / "collection.nml").write_text('<?xml version="1.0"?><NML VERSION="19"></NML>')
    session.answer("Token")
    session.answer(NO_LIBRARY, f"'{folder}/collection.nml' '{folder}'")
    session.wait_for("It is in the list already")
    session.answer(MORE_LIBRARIES)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == (folder / "collection.nml",)


def test_a_library_is_removed_by_its_number_and_the_others_stay(
    root: Root, open_terminal: OpenTerminal
) -> None:
    folders = [root.project.home / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    write_env(root.env_file, {"MUSICTOOL_DIGITAL_LIBRARY": os.pathsep.join(map(str, folders))})
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer(MORE_LIBRARIES, "3")
    session.wait_for("There is no library 3 in the list")
    session.answer(MORE_LIBRARIES, "1")
    session.answer(MORE_LIBRARIES)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == (folders[1],)


def test_the_last_library_can_be_removed(root: Root, open_terminal: OpenTerminal) -> None:
    write_env(root.env_file, {"MUSICTOOL_DIGITAL_LIBRARY": str(root.project.home)})
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer(MORE_LIBRARIES, "1")
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == ()


def test_a_library_that_is_found_joins_those_that_are_set(
    root: Root, open_terminal: OpenTerminal
) -> None:
    """A second `init` must not forget what was entered by hand in the first."""
    by_hand = root.project.home / "by hand"
    by_hand.mkdir()
    write_env(root.env_file, {"MUSICTOOL_DIGITAL_LIBRARY": str(by_hand)})
    library = root.project.home / "Music" / "Music" / "Library.xml"
    library.parent.mkdir(parents=True)
    library.write_text("<plist/>")
    session = open_terminal(root.command, root.project.environment(), root.project.home)
    session.answer("Token")
    session.answer("Compare with the library", "perhaps")
    session.wait_for("Type y for yes or n for no")
    session.answer("Compare with the library", "y")
    session.answer(MORE_LIBRARIES)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == (by_hand, library)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nowhere/collection.nml", "Nothing is at "),
        ("a:b", "cannot be a setting"),
        ("notes.txt", "notes.txt"),
    ],
)
def test_a_path_that_is_no_library_is_asked_for_again(
    root: Root, session: TerminalSession, typed: str, said: str
) -> None:
    (root.project.home / "notes.txt").write_text("buy milk\n")
    session.answer("Token")
    session.answer(NO_LIBRARY, typed)
    session.wait_for(f"✗ {said}" if said == "Nothing is at " else said)
    session.answer(NO_LIBRARY)
    assert session.finish() == 0, session.shown
    assert read_settings({}, root.path).digital_libraries == ()


# ------------------------------------------------------------------ the file, without a terminal

# What a terminal lets through to one line of input, and what settings take.
VALUES = st.text(
    st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40
).map(str.strip)


@given(value=VALUES.filter(bool))
def test_whatever_is_answered_is_what_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    """A path with a quote, a # or a backslash must not become another path."""
    root = tmp_path_factory.mktemp("root")
    write_env(root / ".env", {"DISCOGS_USERNAME": value, "DISCOGS_API_KEY": "x"})
    read = read_settings({}, root)
    assert read.username == value
    assert read.token == Secret("x")


def test_no_moment_at_which_others_could_read_it(tmp_path: Path) -> None:
    with no_umask():
        write_env(tmp_path / ".env", {"DISCOGS_API_KEY": TOKEN})
    assert mode(tmp_path / ".env") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_of_a_setting_that_stands_there_twice_the_one_in_force_is_replaced(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("export DISCOGS_API_KEY = a\nDISCOGS_API_KEY=b\nX_DISCOGS_API_KEY=c\n")
    write_env(env_file, {"DISCOGS_API_KEY": TOKEN})
    assert env_file.read_text() == (
        f"export DISCOGS_API_KEY = a\nDISCOGS_API_KEY={TOKEN}\nX_DISCOGS_API_KEY=c\n"
    )
    assert settings_of(tmp_path)["token"] == TOKEN


def test_a_line_that_is_only_a_comment_is_not_taken_for_the_setting(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("# DISCOGS_API_KEY=\n")
    write_env(env_file, {"DISCOGS_API_KEY": TOKEN})
    assert env_file.read_text() == f"# DISCOGS_API_KEY=\nDISCOGS_API_KEY={TOKEN}\n"


def test_a_last_line_without_its_end_is_not_run_into(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DISCOGS_USERNAME=me")
    write_env(env_file, {"DISCOGS_API_KEY": TOKEN})
    assert settings_of(tmp_path) == {"token": TOKEN, "username": "me"}


def test_what_init_sets_are_settings() -> None:
    assert {"DISCOGS_API_KEY", "MUSICTOOL_DIGITAL_LIBRARY"} <= set(SETTING_NAMES)


# --- What is in the file's place ------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_linked_env_file_stays_a_link(tmp_path: Path) -> None:
    """To the one of another checkout, or into a folder that is kept under version control."""
    kept, env_file = tmp_path / "kept", tmp_path / ".env"
    kept.mkdir()
    (kept / "env").write_text("DISCOGS_USERNAME=me\n")
    env_file.symlink_to("kept/env")
    with no_umask():
        write_env(env_file, {"DISCOGS_API_KEY": TOKEN})
    assert env_file.is_symlink()
    assert (kept / "env").read_text() == f"DISCOGS_USERNAME=me\nDISCOGS_API_KEY={TOKEN}\n"
    assert mode(kept / "env") == 0o600
    assert [path.name for path in kept.iterdir()] == ["env"]


@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links")
@pytest.mark.parametrize(
    ("what", "put"),
    [
        ("a link that leads nowhere", lambda path: path.symlink_to("gone/env")),
        ("a link that leads to itself", lambda path: path.symlink_to(".env")),
        ("a device", lambda path: path.symlink_to("/dev/null")),
        ("a pipe", os.mkfifo),
        ("a folder", Path.mkdir),
    ],
)
def test_what_is_no_file_is_not_replaced(
    tmp_path: Path, what: str, put: Callable[[Path], object]
) -> None:
    env_file = tmp_path / ".env"
    put(env_file)
    before = env_file.lstat()
    with pytest.raises(StorageError, match=f"is {what}"):
        write_env(env_file, {"DISCOGS_API_KEY": TOKEN})
    assert env_file.lstat() == before
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
