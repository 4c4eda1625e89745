SELECT release_id, coalesce(tracklist_error, 'not fetched yet')
FROM wants
WHERE NOT on_shelf AND tracklist_status IN ('pending', 'failed')
ORDER BY release_id
