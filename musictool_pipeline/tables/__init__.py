"""The database: how its tables are built from what was given and fetched."""
