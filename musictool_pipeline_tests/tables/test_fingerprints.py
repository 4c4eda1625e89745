"""What the fingerprint of a package depends on: its code, and the tables that the code reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.tables.fingerprints import code_of


@pytest.mark.parametrize("name", ["points.txt", "words.tsv", "__init__.py"])
def test_other_code_or_another_table_is_another_fingerprint(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / f"with_{name.partition('.')[0]}"
    package.mkdir()
    for each in ("__init__.py", "points.txt", "words.tsv"):
        (package / each).touch()
    monkeypatch.syspath_prepend(tmp_path)
    before = code_of(package.name)
    code_of.cache_clear()
    (package / name).write_text("# changed\n", encoding="utf-8")
    assert code_of(package.name) != before
