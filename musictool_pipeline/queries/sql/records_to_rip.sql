SELECT release_id, artist, title, label, catalog_number, collection_folders, tracks, missing
FROM chosen_records
WHERE missing > 0
ORDER BY record_number
