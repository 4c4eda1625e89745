"""The wantlist's file: which one counts, and what becomes of one that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.errors import WantlistUnreadable
from musictool_pipeline.inputs.wantlist import find_wantlist, load_wantlist
from musictool_pipeline.settings import Settings

LIST = (
    b"Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes\r\nC,A,T,L,F,,1,7,,\r\n"
)


def test_which_file_counts(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data", username="m/o")
    assert find_wantlist(settings) is None
    assert find_wantlist(replace(settings, wantlist_csv=tmp_path / "w.csv")) == tmp_path / "w.csv"
    live = replace(settings, wantlist_is_live=True)
    assert find_wantlist(live) == tmp_path / "data" / "snapshots" / "m_o-wantlist.csv"


def test_the_same_bytes_have_the_same_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(LIST)
    (tmp_path / "b.csv").write_bytes(LIST)
    first, second = load_wantlist(tmp_path / "a.csv"), load_wantlist(tmp_path / "b.csv")
    assert first.fingerprint == second.fingerprint
    assert [want.release_id for want in first.wantlist.wants] == [7]


@pytest.mark.parametrize("kind", ["missing", "folder", "picture"])
def test_what_cannot_be_read_is_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "wants.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "picture":
        path.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(WantlistUnreadable, match=r"wants\.csv"):
        load_wantlist(path)
