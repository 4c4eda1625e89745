-- Where a file is.
SELECT path
FROM digital_tracks
WHERE digital_id = $digital_id;
