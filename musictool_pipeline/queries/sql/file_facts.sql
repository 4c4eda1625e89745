-- What is kept of a file with a decision on it.
SELECT file_size_bytes, duration_seconds, artist, title
FROM digital_tracks
WHERE digital_id = $digital_id;
