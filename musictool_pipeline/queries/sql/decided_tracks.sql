-- The tracks of the releases for which decisions were made.
SELECT id, position, discogs_release_id, track_number
FROM expanded_tracks
WHERE discogs_release_id IN (SELECT unnest($releases))
