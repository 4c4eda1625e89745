-- The records that lack tracks, each with its formats at the end.
SELECT
    release_id, artist, title, label, catalog_number, collection_folders, tracks, missing, format
FROM chosen_records
WHERE missing > 0
ORDER BY record_number
