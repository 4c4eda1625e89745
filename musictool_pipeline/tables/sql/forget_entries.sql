-- The entries of libraries that are no longer there, and of those that were read again.
DELETE FROM pipeline.library_tracks
WHERE
    library NOT IN (SELECT path FROM pipeline.libraries)
    OR library IN (SELECT unnest($read))
