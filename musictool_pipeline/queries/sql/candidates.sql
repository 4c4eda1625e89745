-- The files that came near a track.
SELECT
    digital_id,
    path,
    artist,
    title,
    album,
    label,
    duration_seconds,
    file_type,
    bitrate,
    file_size_bytes,
    bpm,
    musical_key,
    camelot
FROM digital_tracks
WHERE digital_id IN (SELECT unnest($ids));
