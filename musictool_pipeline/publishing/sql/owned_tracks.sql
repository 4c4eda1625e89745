-- The file of each owned track of the chosen records, and what its library says of it. If it has no
-- artist or title, the record's are shown. The order is added by its reader.
SELECT
    coalesce(file.path, track.digital_path) AS path,
    file.source,
    coalesce(file.artist, track.artist) AS credit,
    coalesce(file.title, track.title) AS name,
    file.artist,
    file.title,
    file.remixer,
    file.mix,
    file.album,
    file.label,
    file.genre,
    file.duration_seconds,
    file.bitrate,
    file.file_size_bytes
FROM chosen_tracks AS track
LEFT JOIN digital_tracks AS file USING (digital_id)
WHERE track.status = 'owned'
