SELECT camelot, bpm
FROM judged_tracks
WHERE track_id = $track_id;
