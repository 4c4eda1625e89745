SELECT date_added, artist, title, label, catalog_number, on_shelf
FROM wants ORDER BY date_added DESC NULLS LAST, release_id LIMIT 5
