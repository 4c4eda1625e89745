-- What the tracks of these releases are called.
SELECT discogs_release_id, track_number, position, artist, title
FROM expanded_tracks
WHERE discogs_release_id IN (SELECT unnest($releases))
