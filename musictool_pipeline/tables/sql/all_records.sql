-- The release of each track.
SELECT discogs_release_id
FROM expanded_tracks;
