"""What verdicts are made of, so that a change of it has all tracks judged again."""

from __future__ import annotations

import pytest

from musictool_pipeline.tables import verdicts


@pytest.mark.parametrize(
    "changed",
    [
        "audio_files.sql",
        "digital_duplicates.sql",
        "gap_analysis.sql",
        "judged_files.sql",
        "vinyl_tracks.sql",
    ],
)
def test_a_changed_statement_is_other_code(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, sql = verdicts.code(), verdicts.sql
    monkeypatch.setattr(
        verdicts, "sql", lambda name: sql(name) + ("-- changed" if name == changed else "")
    )
    assert verdicts.code() != before
