-- What the matcher reads of each file: of one that says the same, nothing need be judged again.
SELECT
    digital_id, artist, title, remixer, mix, album, label, path, duration_seconds, is_music,
    catalog_number, discogs_release_id
FROM digital_tracks
