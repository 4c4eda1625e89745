-- Releases without a tracklist, and why.
SELECT release_id, coalesce(tracklist_error, tracklist_status) FROM releases
WHERE tracklist_status <> 'fetched' ORDER BY tracklist_status, release_id
