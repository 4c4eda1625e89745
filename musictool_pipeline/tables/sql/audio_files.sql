-- The files as the matcher takes them, and what tells a better copy from a worse one: its type,
-- its bit rate, its size, and how many of its tags are filled in.
SELECT
    digital_id, artist, title, remixer, mix, album, label, path, duration_seconds, is_music,
    catalog_number, discogs_release_id, file_type, bitrate, file_size_bytes,
    len(list_filter(
        [artist, title, album, label, genre, musical_key, CAST(bpm AS VARCHAR)],
        lambda tag: tag IS NOT NULL
    )) AS tags
FROM digital_tracks
ORDER BY digital_id;
