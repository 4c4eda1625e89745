"""What makes the tables follow: the conditions, as Dagster's own evaluation sees them."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from musictool_pipeline_tests.orchestration.conftest import Project

TABLES = {
    "expanded_tracks", "gap_analysis", "wanted_gaps", "collection_statistics", "collection_report",
}  # fmt: skip


@dataclass
class Evaluations:
    """Looks at the conditions again and again, as the daemon does each half minute."""

    project: Project
    _last: dg.EvaluateAutomationConditionsResult | None = None

    def requested(self) -> set[str]:
        """The assets that this look would start a run of."""
        result = dg.evaluate_automation_conditions(
            self.project.definitions,
            self.project.instance,
            cursor=self._last.cursor if self._last else None,
        )
        self._last = result
        every = self.project.definitions.resolve_asset_graph().get_all_asset_keys()
        return {key.to_user_string() for key in every if result.get_num_requested(key)}


def test_a_refresh_needs_no_second_run(project: Project) -> None:
    looks = Evaluations(project)
    project.write_export([101, 102])
    assert looks.requested() == set()
    project.have_refreshed()
    assert looks.requested() == set()


def test_tables_follow_a_backfill_that_ends_within_the_same_look(project: Project) -> None:
    """A refresh and the backfill of what it left, both between two looks: a condition that any
    update of the table itself resets would forget the backfill until the next night."""
    looks = Evaluations(project)
    project.write_export([101, 102])
    assert looks.requested() == set()
    assert project.refresh(limit=1).success
    assert project.materialize("discogs_tracklists", partition="102").success
    assert looks.requested() == TABLES
    assert looks.requested() == set(), "once is enough"


def test_tables_follow_a_library_that_was_read_alone(project: Project) -> None:
    looks = Evaluations(project)
    project.write_export([101, 102])
    project.have_refreshed()
    assert looks.requested() == set()
    assert project.materialize("digital_tracks").success
    assert looks.requested() == TABLES - {"expanded_tracks"}
