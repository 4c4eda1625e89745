-- What is known of each release's tracklist.
SELECT release_id, tracklist_status, tracklist_error, fetched_at IS NOT NULL
FROM releases
ORDER BY release_id
