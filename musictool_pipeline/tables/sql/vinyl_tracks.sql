-- The tracks (of these releases, by default of all) as the matcher takes them, in order.
SELECT
    id, artist, title, album, album_artist, label, catalog_number, duration_seconds, position,
    release_year, discogs_release_id, track_number, artist_on_discogs, remixer, parent_title
FROM query_table($table)
WHERE $releases IS NULL OR discogs_release_id IN (SELECT unnest($releases::BIGINT[]))
ORDER BY discogs_release_id, track_number
