-- The releases whose tracklists came last, and how many tracks each has.
SELECT
    release_id,
    artist,
    title,
    (SELECT count(*) FROM expanded_tracks WHERE discogs_release_id = release_id) AS tracks
FROM releases
WHERE tracklist_status = 'fetched'
ORDER BY fetched_at DESC, release_id
LIMIT 5
