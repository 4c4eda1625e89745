-- Whether a release's tracklist was fetched, and if not, why.
SELECT tracklist_status, tracklist_error
FROM releases
WHERE release_id = $release;
