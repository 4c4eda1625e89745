"""A path as it is typed, pasted or dragged: it is found with quotes or blanks around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.app.typed_path import typed_paths


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a blank and an apostrophe in its name, below the user's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "Dad's Music (old)"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "written",
    [
        "{path}",
        "  {path}  ",
        '"{path}"',
        "“{path}”",
        "‘{path}’",  # noqa: RUF001
        "„{path}“",
        "{escaped} ",
        "'{in_single_quotes}'",
        "{url}",
        "'{url_without_escapes}'",
        "~/Dad's Music (old)",
        "Dad's Music (old)",
        "./Dad's Music (old)",
    ],
)
def test_one_folder_in_each_spelling(music: Path, written: str) -> None:
    path = str(music)
    escaped = "".join(f"\\{sign}" if sign in " '()" else sign for sign in path)
    typed = written.format(
        path=path,
        escaped=escaped,
        in_single_quotes=path.replace("'", "'\\''"),
        url="file://" + path.replace(" ", "%20"),
        url_without_escapes="file://" + path.replace(" ", "%20").replace("'", "%27"),
    )
    assert typed_paths(typed, escapes=True) == [music]


def test_several_that_are_dragged_together(music: Path, tmp_path: Path) -> None:
    other = tmp_path / "a"
    other.mkdir()
    escaped = str(music).replace(" ", "\\ ").replace("'", "\\'")
    escaped = escaped.replace("(", "\\(").replace(")", "\\)")
    assert typed_paths(f"{escaped} {other}", escapes=True) == [music, other]
    urls = f"file://{str(music).replace(' ', '%20')} file://{other}"
    assert typed_paths(urls, escapes=True) == [music, other]


def test_blanks_that_nobody_escaped_are_part_of_one_path(tmp_path: Path) -> None:
    assert typed_paths(f"{tmp_path}/no such file.nml") == [tmp_path / "no such file.nml"]


@pytest.mark.parametrize("typed", ['"C:\\My Music\\a.nml"', "& 'C:\\My Music\\a.nml'"])
def test_on_windows_a_backslash_escapes_nothing(tmp_path: Path, typed: str) -> None:
    (path,) = typed_paths(typed, escapes=False)
    assert path.name == "C:\\My Music\\a.nml" or str(path) == "C:\\My Music\\a.nml"


@pytest.mark.parametrize("typed", ["", "   ", "''"])
def test_nothing_is_no_path(typed: str) -> None:
    assert typed_paths(typed) == []
