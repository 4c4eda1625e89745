"""The outside world, a file each: Discogs' API, the request budget, the tracklist cache, the
database, the files that tell others how far a run is. Nothing here knows Dagster."""
