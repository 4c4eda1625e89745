"""The published tables: what other programs read, so it changes only on purpose."""

from __future__ import annotations

import re

import duckdb
import pytest

from musictool_pipeline.core.schema import Table
from musictool_pipeline.core.tables import (
    COLLECTION_ITEMS,
    EXPANDED_TRACKS,
    RELEASES,
    TABLES,
)

PUBLISHED = {
    "collection_items": (
        "item_id, release_id, artist, title, label, catalog_number, format, rating, release_year, "
        "collection_folder, date_added, media_condition, sleeve_condition, notes, custom_fields, "
        "csv_line, instance_id"
    ),
    "collection_changes": (
        "change_number, changed_at, change, release_id, item_id, artist, title, field, before, "
        "after, export"
    ),
    "releases": (
        "release_id, artist, title, label, catalog_number, format, release_year, copies, "
        "first_added, country, genres, styles, master_id, tracklist_status, tracklist_error, "
        "fetched_at, requests"
    ),
    "expanded_tracks": (
        "id, artist, title, position, duration, album, album_artist, label, catalog_number, "
        "release_year, format_type, format_description, collection_folder, date_added, "
        "media_condition, sleeve_condition, notes, discogs_release_id, source, expanded_date, "
        "created_at, track_number, parent_position, parent_title, heading, duration_seconds, "
        "copies, artist_on_discogs, remixer"
    ),
    "digital_tracks": (
        "digital_id, source, path, artist, title, remixer, mix, album, label, genre, bpm, "
        "musical_key, duration_seconds, file_type, bitrate, file_size_bytes, is_music, "
        "camelot, imported_at, sources, bpm_source, key_source, catalog_number, discogs_release_id"
    ),
    "gap_analysis": (
        "track_id, discogs_release_id, track_number, position, artist, title, album, label, "
        "catalog_number, release_year, status, confidence, reason, digital_id, digital_path, "
        "digital_artist, digital_title, alternatives, overridden, discogs_url, bandcamp_url, "
        "beatport_url, juno_url"
    ),
    "collection_statistics": "metric, dimension, value",
    "digital_duplicates": (
        "group_id, digital_id, path, artist, title, version, file_type, bitrate, "
        "duration_seconds, file_size_bytes, is_best, reason"
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_columns_are_those_that_others_hold_on_to(name: str):
    """Users' queries and scripts name them; a rename or another order breaks them silently."""
    [table] = [table for table in TABLES if table.name == name]
    assert ", ".join(table.column_names) == PUBLISHED[name]


NO_TEXT = {
    "BIGINT": {
        "id",
        "release_id",
        "discogs_release_id",
        "master_id",
        "track_id",
        "file_size_bytes",
        "instance_id",
    },
    "INTEGER": {
        "change_number",
        "rating",
        "release_year",
        "csv_line",
        "copies",
        "requests",
        "track_number",
        "expanded_tracks.duration_seconds",
        "wanted_tracks.duration_seconds",
        "confidence",
        "bitrate",
    },
    "DOUBLE": {
        "bpm",
        "digital_tracks.duration_seconds",
        "digital_duplicates.duration_seconds",
        "value",
    },
    "BOOLEAN": {"is_music", "overridden", "is_best"},
    "TIMESTAMP": {
        "imported_at",
        "date_added",
        "first_added",
        "fetched_at",
        "expanded_date",
        "created_at",
        "changed_at",
    },
    "VARCHAR[]": {"genres", "styles"},
    "JSON": {"custom_fields", "alternatives"},
}


def test_the_types_are_those_that_others_hold_on_to():
    """A position or a catalogue number taken for a number loses its noughts and its letters."""
    for table in TABLES:
        for column in table.columns:
            known_as = {column.name, f"{table.name}.{column.name}"}
            others = [kind for kind, names in NO_TEXT.items() if known_as & names]
            assert [column.type] == (others or ["VARCHAR"]), column.name


def test_keys():
    assert COLLECTION_ITEMS.key == ("item_id",)
    assert RELEASES.key == ("release_id",)
    assert EXPANDED_TRACKS.key == ("discogs_release_id", "track_number")


def test_table_names_are_unique():
    assert len({table.name for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
class TestEach:
    def test_a_key_column_is_never_null(self, table: Table):
        required = {column.name for column in table.columns if column.required}
        assert set(table.key) <= required

    def test_the_description_makes_the_table(self, table: Table):
        with duckdb.connect() as connection:
            connection.execute(table.ddl)
            found = connection.execute(
                "SELECT column_name, data_type, NOT is_nullable, comment FROM duckdb_columns() "
                "WHERE table_name = ? AND schema_name = 'main' ORDER BY column_index",
                [table.name],
            ).fetchall()
            [about] = connection.execute(
                "SELECT comment FROM duckdb_tables() WHERE table_name = ?", [table.name]
            ).fetchall()
        assert found == [
            (column.name, column.type, column.required, column.description)
            for column in table.columns
        ]
        assert about == (table.description,)

    def test_making_it_twice_keeps_its_rows(self, table: Table):
        values = [_SAMPLES[column.type] if column.required else None for column in table.columns]
        marks = ", ".join("?" * len(values))
        with duckdb.connect() as connection:
            connection.execute(table.ddl)
            connection.execute(f"INSERT INTO {table.name} VALUES ({marks})", values)
            connection.execute(table.ddl)
            assert connection.table(table.name).shape[0] == 1

    def test_it_takes_a_value_in_every_column(self, table: Table):
        values = [_SAMPLES[column.type] for column in table.columns]
        marks = ", ".join("?" * len(values))
        with duckdb.connect() as connection:
            connection.execute(table.ddl)
            connection.execute(f"INSERT INTO {table.name} VALUES ({marks})", values)
            with pytest.raises(duckdb.ConstraintException):
                connection.execute(
                    f"INSERT INTO {table.name} VALUES ({marks})", [None] * len(values)
                )

    def test_each_description_is_a_sentence_for_a_collector(self, table: Table):
        for text in (table.description, *(column.description for column in table.columns)):
            assert re.fullmatch(r"\S.*[.]", text), text
            assert "TODO" not in text

    def test_names_are_plain(self, table: Table):
        for name in (table.name, *table.column_names):
            assert re.fullmatch(r"[a-z][a-z_]*", name)
        assert len(set(table.column_names)) == len(table.columns)


_SAMPLES = {
    "VARCHAR": "x",
    "VARCHAR[]": ["x", "y"],
    "BIGINT": 2**40,
    "INTEGER": 5,
    "DOUBLE": 0.5,
    "BOOLEAN": True,
    "TIMESTAMP": "2024-01-02 03:04:05",
    "JSON": '{"Bought at": "a shop"}',
}
