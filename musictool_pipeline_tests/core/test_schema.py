"""The statements that a description of a table or a view makes."""

from __future__ import annotations

import duckdb

from musictool_pipeline.core.schema import Column, SqlView, Table


def test_a_description_with_quotes_ends_no_string() -> None:
    odd = Table(
        "odd", "It's a 'test'.", ("a",), (Column("a", "INTEGER", "'; DROP TABLE odd; --", True),)
    )
    with duckdb.connect() as connection:
        connection.execute(odd.ddl)
        comments = connection.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'odd'"
        ).fetchall()
    assert comments == [("'; DROP TABLE odd; --",)]


def test_a_view_has_the_columns_that_are_described_and_no_others_of_its_query() -> None:
    """A query may take all columns of a table; one more there would else shift those behind it."""
    columns = (Column("b", "INTEGER", "It is b."), Column("a", "VARCHAR", "It is a."))
    view = SqlView("two", "It has two.", ("a",), columns)
    with duckdb.connect() as connection:
        connection.execute(view.ddl_of("SELECT 'x' AS a, true AS besides, 5 AS b;\n"))
        found = connection.execute("SELECT * FROM two")
        assert [column[0] for column in found.description or ()] == ["b", "a"]
        assert found.fetchall() == [(5, "x")]
