SELECT release_id, artist, title, label, catalog_number, release_year, format
FROM chosen_records
