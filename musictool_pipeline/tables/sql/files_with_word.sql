-- At most so many of the files that may have a word, as the matcher takes them.
SELECT
    digital_id, artist, title, remixer, mix, album, label, path, duration_seconds, is_music,
    catalog_number, discogs_release_id
FROM digital_tracks
WHERE is_music AND contains(lower(concat_ws(' ', artist, title, path)), $word)
LIMIT $most
