-- How many of the chosen records have a track with one of these statuses.
SELECT count(DISTINCT release_id)
FROM chosen_tracks
WHERE list_contains($statuses, status);
