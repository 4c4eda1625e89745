-- What the gap analysis published of each track of a release.
SELECT
    track_number, status, confidence, reason, digital_path, overridden, bpm, musical_key, camelot,
    sound_disagreement
FROM judged_tracks
WHERE release_id = $release;
