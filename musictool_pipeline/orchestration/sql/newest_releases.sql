-- The releases added last.
SELECT release_id, artist, title, label, catalog_number, release_year, copies
FROM releases ORDER BY first_added DESC NULLS LAST, release_id LIMIT 10
