-- All tracks of the records that lack some: a track's length may have to be guessed from the others.
SELECT release_id, status, track_number, side, duration_seconds
FROM chosen_tracks
WHERE release_id IN (SELECT release_id FROM chosen_records WHERE missing > 0)
ORDER BY release_id, track_number
