SELECT status, digital_id, bpm, musical_key, camelot
FROM judged_tracks
WHERE release_id = $release_id AND track_number = $track_number
