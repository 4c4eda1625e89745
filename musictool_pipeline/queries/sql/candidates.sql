SELECT
    digital_id, path, artist, title, album, label, duration_seconds, file_type, bitrate
FROM digital_tracks
WHERE digital_id IN (SELECT unnest($ids))
