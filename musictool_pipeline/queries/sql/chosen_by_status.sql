-- How many tracks of the chosen records have each status.
SELECT status, count(*)
FROM chosen_tracks
GROUP BY status;
