"""`make figures` counts what it says: a figure that overlooks something would praise a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline_tests import figures

PAGE = '''"""SELECT in a docstring is none."""
import dagster as dg
import duckdb


class Wanted: ...


class _Own: ...


@dg.asset(name="x")
def x(context):
    """What it is."""
    first = 1
    return first


@_asset("tables")
def y(context):
    return 1


def ask(path, warehouse):
    with Warehouse(path).read(to_build_on=True) as c, path.open() as file:
        c.execute(f"SELECT {1} FROM x").fetchone()
    with warehouse.published() as tables, warehouse.read() as c:
        c.execute("SELECT 1")
        c.execute("Select a record")
    with viewing(path), duckdb.connect(path), sqlite3.connect(path):
        pass
'''


@pytest.fixture
def found(tmp_path: Path) -> list[figures.Module]:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/one.py").write_text(PAGE)
    (tmp_path / "two.py").write_text("class Wanted: ...\n" + "\n" * 400)
    return figures.modules(tmp_path)


def test_long_modules_and_the_lines_of_each_room(found: list[figures.Module]) -> None:
    assert figures.longer_than(400, found) == {"two.py": 401}
    assert figures.longer_than(401, found) == {}
    assert figures.lines_by_room(found) == {"tables": PAGE.count("\n"), "two.py": 401}


def test_each_way_to_open_the_database_is_one(found: list[figures.Module]) -> None:
    assert set(figures.ways_to_open(found)) == {
        "Warehouse.read(to_build_on)",
        "published()",
        "warehouse.read()",
        "viewing()",
        "connect()",
    }


def test_sql_is_told_from_sentences(found: list[figures.Module]) -> None:
    assert figures.sql_strings(found) == {"tables/one.py": 2}


def test_an_assets_body_begins_below_its_docstring(found: list[figures.Module]) -> None:
    assert figures.asset_bodies(found) == {"tables/one.py: x": 2, "tables/one.py: y": 1}


def test_classes_of_one_name_are_found(found: list[figures.Module]) -> None:
    assert figures.doubled_classes(found) == {"Wanted": ["tables/one.py", "two.py"]}


def test_the_report_names_what_counts(found: list[figures.Module]) -> None:
    lines = list(figures.report(found))
    assert "modules over 400 lines: 1" in lines
    assert "     401 two.py" in lines
    assert "doubled public class names: 1" in lines
    assert any(line.startswith("product lines: 4") for line in lines)
