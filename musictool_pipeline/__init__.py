"""MusicTool: from a Discogs collection export to a database of every track on the records."""

import os

# Dagster's web server and daemon send what they noted about their use, unless this is set before
# they start.
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
