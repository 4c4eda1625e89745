-- The copies that were added last, with how many of the record's tracks are there as files.
SELECT
    copy.date_added,
    copy.release_id,
    coalesce(record.artist, copy.artist) AS artist,
    coalesce(record.title, copy.title) AS title,
    coalesce(record.label, copy.label) AS label,
    coalesce(record.catalog_number, copy.catalog_number) AS catalog_number,
    coalesce(record.release_year, copy.release_year) AS release_year,
    copy.collection_folder,
    record.tracks,
    record.owned,
    'https://www.discogs.com/release/' || copy.release_id AS discogs_url
FROM collection_items AS copy
LEFT JOIN records AS record USING (release_id)
WHERE copy.date_added IS NOT NULL
ORDER BY copy.date_added DESC, copy.csv_line
LIMIT $limit;
