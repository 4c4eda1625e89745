"""Readers of digital libraries: from somebody's files to tracks of one shape.

Everything here reads and nothing writes; nothing here knows Dagster, DuckDB or the network. One
module for each format, `formats`, which lists them, and `read_library`, which tells them apart.
"""
