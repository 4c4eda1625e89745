"""MusicTool: from a Discogs collection export to a database of every track on the records."""

__version__ = "0.1.0"
