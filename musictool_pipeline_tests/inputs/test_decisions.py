"""Decisions on disk: all of a file or what was there before, one writer at a time."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from musictool_pipeline.core.decisions import Override
from musictool_pipeline.core.decisions_file import read_overrides
from musictool_pipeline.errors import DecisionRefused, StorageError
from musictool_pipeline.inputs.decisions import (
    add_decision,
    load_overrides,
    take_back_decision,
)


def decided(number: int = 1, decision: str = "same", digital: str | None = "aa") -> Override:
    return Override(0, 7, number, None, decision, digital, "here")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "match_overrides.csv"


def test_what_is_added_can_be_taken_back(file: Path) -> None:
    add_decision(file, decided(1))
    first = file.read_bytes()
    add_decision(file, decided(2))
    take_back_decision(file, decided(2))
    assert file.read_bytes() == first
    overrides, fingerprint = load_overrides(file)
    assert [it.track_number for it in overrides.decisions] == [1]
    assert fingerprint


@pytest.mark.parametrize(
    ("path", "written"),
    [("/Music/a, b.mp3", "/Music/a, b.mp3"), (" /Music/ends in a space ", "aa"), (None, "aa")],
)
def test_a_file_is_called_by_its_path_where_that_can_be_read_back(
    path: str | None, written: str, file: Path
) -> None:
    add_decision(file, decided(), path)
    assert load_overrides(file)[0].decisions[0].digital == written


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_a_pipe_in_the_files_place_is_said_and_not_waited_for(file: Path) -> None:
    """The gap analysis stood still there for ever."""
    os.mkfifo(file)
    with pytest.raises(StorageError, match="is no regular file"):
        load_overrides(file)
    with pytest.raises(StorageError, match="is a pipe"):
        add_decision(file, decided())


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_to_itself_is_said_in_a_sentence(file: Path) -> None:
    """`Path.resolve` raises an error of its own there, which nothing expected."""
    file.symlink_to(file.name)
    with pytest.raises(StorageError, match="cannot be"):
        load_overrides(file)
    with pytest.raises(StorageError, match="cannot be"):
        add_decision(file, decided())


def test_many_at_once_lose_none(file: Path) -> None:
    """Two browser tabs, or a telephone: a decision overwritten is one that is asked for again."""
    writers = [
        threading.Thread(target=add_decision, args=(file, decided(number)))
        for number in range(1, 13)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = read_overrides(file.read_bytes())
    assert sorted(it.track_number or 0 for it in found.decisions) == list(range(1, 13))


def test_a_file_that_cannot_take_it_stays(file: Path) -> None:
    file.write_bytes(b"not,such,a,file\n")
    with pytest.raises(DecisionRefused, match="cannot take the decision"):
        add_decision(file, decided())
    with pytest.raises(DecisionRefused, match="not in it any more"):
        take_back_decision(file, decided())
    assert file.read_bytes() == b"not,such,a,file\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions and links")
def test_permissions_and_links_stay(file: Path, tmp_path: Path) -> None:
    """Decisions in a folder that is synchronised: the link must not become a file of its own."""
    real = tmp_path / "synchronised" / "decisions.csv"
    real.parent.mkdir()
    real.write_bytes(b"")
    real.chmod(0o600)
    file.symlink_to(real)
    add_decision(file, decided())
    assert file.is_symlink()
    assert real.read_bytes()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_read_is_said(file: Path) -> None:
    file.mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        add_decision(file, decided())
    with pytest.raises(StorageError, match="cannot be read"):
        load_overrides(file)


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("target", ["gone/there.csv", "match_overrides.csv", "/dev/null"])
def test_a_link_that_leads_to_no_file_takes_no_decision(file: Path, target: str) -> None:
    """The disk that it leads to is not connected, say: a new file would hide the decisions."""
    file.symlink_to(target)
    with pytest.raises(StorageError, match="cannot be written: it is a"):
        add_decision(file, decided())
    assert file.is_symlink()
