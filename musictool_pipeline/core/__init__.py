"""The pure core: values in, values out.

Nothing here reads a file, a clock, the environment or the network, and nothing here knows Dagster
or DuckDB. Whoever wants to know what a tracklist, a credit or a permitted request *is* looks here.
"""
