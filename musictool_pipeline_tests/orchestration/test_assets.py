"""The assets as they are written: short, with all that Dagster shows of them."""

from __future__ import annotations

import ast
from pathlib import Path

import dagster as dg
import pytest

import musictool_pipeline.orchestration
from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.orchestration import assets
from musictool_pipeline.orchestration.lineage import LINEAGE
from musictool_pipeline.orchestration.versions import NOTED
from musictool_pipeline.settings import Settings

LONGEST_BODY = 12
LONGEST_MODULE = 400

MODULES = sorted(Path(musictool_pipeline.orchestration.__file__).parent.glob("*.py"))

# By asset all that its definition says: what it is made from, its group, kinds, tags and
# partitions, whether it follows by itself, and how old it may be in hours.
SNAPSHOT = {
    "collection_csv": ((), "collection", {"csv", "duckdb"}, {"reads": "export"}, None, False, None),
    "releases": (("collection_csv",), "collection", {"duckdb"}, {}, None, True, None),
    "wantlist_items": (
        ("releases",), "wants", {"csv", "duckdb"}, {"reads": "wantlist"}, None, False, None,
    ),
    "monthly_dump": (
        ("releases", "wantlist_items"), "tracks", {"discogs", "xml"}, {"reads": "dump"}, None,
        False, None,
    ),
    "discogs_tracklists": (
        ("monthly_dump", "releases", "wantlist_items"), "tracks", {"discogs", "json"},
        {"reads": "api"}, "discogs_release_id", False, None,
    ),
    "expanded_tracks": (
        ("discogs_tracklists", "releases"), "tracks", {"duckdb"}, {}, None, True, None,
    ),
    "digital_tracks": (
        (), "library", {"duckdb", "file"}, {"reads": "libraries"}, None, False, None,
    ),
    "gap_analysis": (
        ("digital_tracks", "expanded_tracks"), "gaps", {"duckdb"}, {}, None, True, 36,
    ),
    "wanted_gaps": (
        ("digital_tracks", "expanded_tracks", "wantlist_items"), "gaps", {"duckdb"}, {}, None,
        True, None,
    ),
    "collection_statistics": (
        ("gap_analysis", "releases"), "gaps", {"duckdb"}, {}, None, True, 36,
    ),
    "collection_report": (
        ("collection_statistics", "gap_analysis"), "gaps", {"html"}, {}, None, True, 36,
    ),
}  # fmt: skip

# Columns that are in the answers of Discogs, which are files and no table, or that the matcher or
# the statement makes.
MADE_HERE = {
    "expanded_tracks": {
        "id", "artist", "title", "position", "duration", "format_type", "format_description",
        "source", "created_at", "track_number", "parent_position", "parent_title", "heading",
        "duration_seconds", "artist_on_discogs", "remixer",
    },
    "gap_analysis": {"overridden"},
}  # fmt: skip


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    every = build_definitions(Settings()).resolve_all_asset_specs()
    return {spec.key.to_user_string(): spec for spec in every}


def _functions() -> list[ast.FunctionDef]:
    tree = ast.parse(Path(assets.__file__).read_text("utf-8"))
    return [it for it in tree.body if isinstance(it, ast.FunctionDef) and it.decorator_list]


@pytest.mark.parametrize("function", _functions(), ids=lambda it: it.name)
def test_the_body_of_an_asset_can_be_read_at_one_glance(function: ast.FunctionDef) -> None:
    has_docstring = ast.get_docstring(function) is not None
    assert has_docstring
    first, last = function.body[1], function.body[-1]
    assert last.end_lineno and last.end_lineno - first.lineno + 1 <= LONGEST_BODY


def test_every_asset_is_counted() -> None:
    assert {function.name for function in _functions()} == SNAPSHOT.keys()


def test_no_module_is_long() -> None:
    lengths = {path.stem: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_the_graph_changes_only_on_purpose(specs: dict[str, dg.AssetSpec]) -> None:
    found = {
        key: (
            tuple(sorted(dep.asset_key.to_user_string() for dep in spec.deps)),
            spec.group_name,
            set(spec.kinds),
            {name: value for name, value in spec.tags.items() if "/" not in name},
            getattr(spec.partitions_def, "name", None),
            spec.automation_condition is not None,
            _hours(spec.freshness_policy),
        )
        for key, spec in specs.items()
    }
    assert found == SNAPSHOT


def _hours(policy: object) -> float | None:
    window = getattr(policy, "fail_window", None)
    return window.to_timedelta().total_seconds() / 3_600 if window else None


def test_every_asset_has_a_code_version_and_its_line_of_code(
    specs: dict[str, dg.AssetSpec],
) -> None:
    for key, spec in specs.items():
        assert spec.code_version, key
        references = spec.metadata["dagster/code_references"].code_references
        assert [Path(it.file_path).name for it in references] == ["assets.py"], key


def test_the_columns_named_as_sources_are_there() -> None:
    columns = {table.name: set(table.column_names) for table in TABLES}
    for asset, sources in LINEAGE.items():
        assert columns[asset] - MADE_HERE[asset] == sources.keys(), asset
        for name in {name for names in sources.values() for name in names}:
            source, _, column = name.partition(".")
            assert column in columns[NOTED.get(source, source)], name
