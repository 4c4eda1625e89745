"""What leaves the project as files: exports, playlists, the report. Reads the published database
alone; knows no Dagster.

The same database gives the same bytes. What is printed about a file is not here.
"""

from musictool_pipeline.disk.statements import Statements

sql = Statements("publishing")
