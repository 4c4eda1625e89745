-- The tracks (of one release, by default of all) as the matcher takes them, in order.
SELECT
    id, artist, title, album, album_artist, label, catalog_number, duration_seconds, position,
    release_year, discogs_release_id, track_number, artist_on_discogs, remixer, parent_title
FROM query_table($table)
WHERE $release IS NULL OR discogs_release_id = $release
ORDER BY discogs_release_id, track_number
