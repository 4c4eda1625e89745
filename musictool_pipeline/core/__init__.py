"""The pure core: values in, values out.

Nothing here reads a file, a clock, the environment or the network, and nothing here knows Dagster
or DuckDB. Here you find what a tracklist, a credit or a permitted request *is*.
"""
