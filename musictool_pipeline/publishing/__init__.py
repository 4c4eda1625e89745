"""What leaves the project as files: exports, playlists, the report. Reads the published database
alone; knows no Dagster."""
