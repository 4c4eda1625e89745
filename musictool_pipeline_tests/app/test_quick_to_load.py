"""What the commands that look at the tables load: nothing that takes longer than they do."""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline_tests.app.conftest import MakeProject
from musictool_pipeline_tests.app.mixed_collection import publish_mixed

HEAVY = {"dagster", "numpy", "pandas", "requests", "streamlit"}


def test_no_command_that_looks_at_the_tables_loads_anything_heavy(
    make_project: MakeProject, tmp_path: Path
) -> None:
    """One Python for all: what the one had loaded, the next would have too. `explain` is the last,
    since it judges, and may load what judging takes."""
    project = make_project("http://127.0.0.1:1")
    publish_mixed(project.database)
    commands = [
        ["status"],
        ["gaps"],
        ["crate"],
        ["rip", "1", "--output", str(tmp_path / "rip")],
        ["labels"],
        ["report", "--output", str(tmp_path / "report.html")],
        ["export", str(tmp_path / "export")],
        ["explain", "1", "1"],
    ]
    done = project.loaded_by_each(commands)
    assert len(done) == len(commands)
    for (name, *_), (code, loaded) in zip(commands, done, strict=True):
        heavy = HEAVY if name != "explain" else {"dagster", "requests", "streamlit"}
        assert "duckdb" in loaded
        assert loaded & heavy == set(), name
        # Of status that the releases are not all there.
        assert code == (name == "status"), name
