"""The command line itself: names, flags, help, exit codes, and how an error looks to the user."""

from __future__ import annotations

import argparse
import inspect
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from musictool_pipeline import __version__
from musictool_pipeline.app import commands as commands_package
from musictool_pipeline.app import status as status_module
from musictool_pipeline.app.cli import build_parser, main
from musictool_pipeline.errors import EXIT_DONE, ReleaseFailed, StorageError
from musictool_pipeline_tests.app.conftest import MakeProject, Project, cli, listing


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command's parser by its name."""
    (choices,) = (
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(choices)


def flags() -> Iterator[tuple[str, argparse.Action]]:
    yield from (("musictool", action) for action in build_parser()._actions)
    for name, parser in commands().items():
        yield from ((name, action) for action in parser._actions)


@pytest.fixture(autouse=True)
def in_an_empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout may hold a demo, which commands show and say so."""
    monkeypatch.setenv("MUSICTOOL_HOME", str(tmp_path))


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    return make_project("http://127.0.0.1:1")


def test_the_commands_are_those_that_are_promised() -> None:
    assert set(commands()) >= {
        "init",
        "check",
        "refresh",
        "status",
        "gaps",
        "explain",
        "import-dump",
        "ui",
    }


def test_every_command_says_what_it_does() -> None:
    listed = {
        choice.dest: choice.help
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action._choices_actions
    }
    for name, parser in commands().items():
        assert parser.description, name
        assert listed.get(name), name


CALLED_BY_NAME = [
    name
    for module in Path(commands_package.__file__).parent.glob("*.py")
    for name in re.findall(r'calling\("(\w+)"\)', module.read_text("utf-8"))
]


@pytest.mark.parametrize("name", CALLED_BY_NAME)
def test_a_command_called_by_name_takes_each_of_its_options(name: str) -> None:
    function = getattr(import_module(f"musictool_pipeline.app.{name}"), name)
    actions = commands()[name.replace("_", "-")]._actions
    options = {action.dest for action in actions} - {"help", "debug"}
    inspect.signature(function).bind("settings", "terminal", **dict.fromkeys(options))


def test_alone_it_shows_every_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    shown = [line.split()[0] for line in lines if line.startswith("  ")]
    (commands,) = (
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    assert sorted(shown) == sorted(commands)


def test_every_flag_has_help() -> None:
    without = [
        (command, action.option_strings or action.dest)
        for command, action in flags()
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert without == []


@pytest.mark.parametrize("command", [*commands(), None])
def test_help_can_be_printed(command: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """A stray % in a help text breaks it only when it is printed."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"] if command else ["--help"])
    assert ended.value.code == 0
    assert "usage: musictool" in capsys.readouterr().out


def test_the_exit_codes_stand_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "0 done; 1 finished, but something needs you; 2 wrong usage" in shown
    assert "130 interrupted" in shown


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"musictool {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["refersh"],
        ["refresh", "--limit"],
        ["refresh", "--limit", "many"],
        ["refresh", "--limit", "-1"],
        ["refresh", "--limit", "1.5"],
        ["refresh", "--limit", "٣"],
        ["refresh", "--limit", ""],
        ["status", "--jsn"],
        ["check", "extra"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: musictool" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DISCOGS_REQUESTS_PER_MINUTE": "0"}, "DISCOGS_REQUESTS_PER_MINUTE is '0'"),
        ({"DISCOGS_REQUESTS_PER_MINUTE": "fast"}, "DISCOGS_REQUESTS_PER_MINUTE is 'fast'"),
        ({"DISCOGS_API_URL": "ftp://example.org"}, "DISCOGS_API_URL is 'ftp://example.org'"),
        ({"MUSICTOOL_REFETCH_DAYS": "-1"}, "MUSICTOOL_REFETCH_DAYS is '-1'"),
        ({"DISCOGS_API_KEY": "bro\x07ken"}, "DISCOGS_API_KEY holds characters"),
    ],
)
def test_a_wrong_setting_ends_with_2_in_words(
    settings: Mapping[str, str], said: str, project: Project
) -> None:
    before = listing(project.folder)
    ended = project.run("refresh", settings=settings)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Correct it in the environment or in .env" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "ken" not in ended.stderr.replace("token", "")
    assert listing(project.folder) == before


def test_a_missing_export_ends_with_2_and_says_where_to_get_one(project: Project) -> None:
    missing = project.data / "nowhere.csv"
    ended = project.run("refresh", settings={"MUSICTOOL_COLLECTION_CSV": str(missing)})
    assert ended.returncode == 2
    assert f"Discogs CSV not found: {missing}" in ended.stdout + ended.stderr
    assert "Collection > Export" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not project.database.exists()


def test_a_dagster_home_that_is_not_there_ends_with_2_in_words(project: Project) -> None:
    ended = project.run("refresh", settings={"DAGSTER_HOME": str(project.folder / "nowhere")})
    assert "Traceback" not in ended.stderr
    assert "DAGSTER_HOME" in ended.stdout
    assert ended.returncode == 2


def test_what_answers_at_once_loads_nothing_heavy(project: Project) -> None:
    """Dagster takes two seconds to load, pandas half of one: a status in a prompt or a loop. One
    Python for all, in this order: what the one had loaded, the next would have too."""
    heavy = {
        "--help": "dagster duckdb pandas requests rich",
        "status --json": "dagster pandas requests rich",
        "status": "dagster pandas requests",
        "refresh --dry-run": "dagster pandas",
        "check": "dagster pandas",
    }
    done = project.loaded_by_each([arguments.split() for arguments in heavy])
    assert len(done) == len(heavy)
    for (arguments, unwanted), (_, loaded) in zip(heavy.items(), done, strict=True):
        assert "musictool_pipeline" in loaded
        assert loaded & set(unwanted.split()) == set(), arguments


def test_an_error_says_what_and_what_to_do_and_gives_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, code in ((StorageError("The disk is full"), 2), (ReleaseFailed(7, "HTTP 500"), 1)):
        monkeypatch.setattr(status_module, "read_status", _raises(error))
        assert main(["status"]) == code
        assert capsys.readouterr().err == f"{error}\n  {error.remedy}\n"


def test_with_debug_an_error_shows_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_module, "read_status", _raises(StorageError("The disk is full")))
    assert main(["status", "--debug"]) == StorageError.exit_code
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert shown.endswith(f"The disk is full\n  {StorageError.remedy}\n")


def test_with_debug_the_exit_code_stays_the_same(project: Project) -> None:
    wrong = {"MUSICTOOL_REFETCH_DAYS": "never"}
    codes = {
        project.run("status", *debug, settings=wrong).returncode for debug in ((), ("--debug",))
    }
    assert codes == {2}


def test_ctrl_c_ends_any_command_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_module, "read_status", _raises(KeyboardInterrupt()))
    assert main(["status"]) == 130
    assert "Interrupted." in capsys.readouterr().err


def _raises(error: BaseException) -> Callable[..., int]:
    def command(*arguments: object, **options: object) -> int:
        raise error

    return command


def test_a_reader_that_had_enough_gets_no_traceback(project: Project) -> None:
    """`musictool check | head -1`."""
    process = subprocess.Popen(
        cli("check"),
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(30)


def test_a_closed_keyboard_is_one_at_which_nobody_sits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSICTOOL_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["init"]) == EXIT_DONE
    assert "Not an interactive terminal" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("gaps", "--label", "\udcff"),
        ("export", "out/\udcff"),
        ("report", "--output", "\udcff"),
        ("explain", "7", "A\udcff"),
        ("import-dump", "\udcff.xml.gz"),
        ("\udcff",),
    ],
)
def test_arguments_that_are_no_text_are_refused_in_words(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "holds bytes that are no text" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("gaps", "x\nmusictool: all is well"), ("gaps", "--x\x1b[2J\u2028y\u202ez")]
)
def test_what_argparse_quotes_cannot_forge_a_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith("musictool: error: unrecognized arguments")
    assert not [line for line in said.splitlines() if line.startswith("musictool: all")]
    assert not set(said) & set("\x1b\u2028\u202e")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "/locked/x"), "/locked/x cannot be used: Perm"),
        (OSError(36, "File name too long", "n" * 300), "n cannot be used: File name too long"),
        (
            UnicodeEncodeError("ascii", "M\xfcll", 1, 2, "ordinal"),
            "'M\\xfcll' cannot be written in",
        ),
    ],
)
def test_what_the_system_refuses_is_a_sentence_in_every_command(
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(status_module, "read_status", _raises(error))
    assert main(["status"]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 2
    assert main(["status", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_what_is_logged_outside_of_a_run_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def warn(*arguments: object, **options: object) -> None:
        record = logging.makeLogRecord({"msg": "odd\nmusictool: all is well\x1b[2J"})
        print(logging.lastResort.format(record) if logging.lastResort else "")
        raise StorageError("The disk is full")

    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler())
    monkeypatch.setattr(status_module, "read_status", warn)
    main(["status"])
    assert capsys.readouterr().out == "odd musictool: all is well [2J\n"


SURROUNDINGS = {
    "a locale of ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "output in ASCII": {"PYTHONIOENCODING": "ascii"},
    "output in cp1252": {"PYTHONIOENCODING": "cp1252"},
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_a_locale_without_utf_8_is_remarked_by_check(surroundings: str, project: Project) -> None:
    ended = project.from_cold().run("check", settings=SURROUNDINGS[surroundings])
    assert "! This locale is not in UTF-8" in ended.stdout
    assert "Set LC_ALL=C.UTF-8" in ended.stdout
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 0
