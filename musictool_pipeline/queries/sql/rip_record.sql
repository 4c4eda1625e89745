SELECT release_id, artist, title, label, catalog_number, release_year
FROM chosen_records
