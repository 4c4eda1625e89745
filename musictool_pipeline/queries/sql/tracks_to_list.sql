-- The tracks of these chosen records that have one of these statuses.
SELECT
    release_id, track_number, position, artist, title, duration, status, confidence, reason,
    digital_path, bandcamp_url, beatport_url, juno_url, bpm, musical_key, camelot,
    sound_disagreement
FROM chosen_tracks
WHERE release_id IN (SELECT unnest($releases)) AND list_contains($statuses, status)
ORDER BY record_number, track_number;
