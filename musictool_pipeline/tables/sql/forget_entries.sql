-- The entries of libraries that are no longer there.
DELETE FROM pipeline.library_tracks
WHERE library NOT IN (SELECT path FROM pipeline.libraries)
