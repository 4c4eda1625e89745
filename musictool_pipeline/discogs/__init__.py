"""Everything that is asked of Discogs, and what is kept of its answers."""
