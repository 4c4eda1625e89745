-- Tracks of the answers that came last.
SELECT position, artist, title, duration, album, label, catalog_number
FROM expanded_tracks ORDER BY expanded_date DESC, id LIMIT 10
