-- The chosen records as they stand on a shelf that is sorted by artist.
SELECT
    release_id,
    artist,
    title,
    label,
    catalog_number,
    release_year,
    format_type,
    folders,
    CAST(first_added AS DATE) AS added
FROM chosen_records
ORDER BY record_number;
