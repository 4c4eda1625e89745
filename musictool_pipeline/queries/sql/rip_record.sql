SELECT
    record.release_id,
    record.artist,
    record.title,
    record.label,
    record.catalog_number,
    record.release_year,
    release.format
FROM chosen_records AS record
JOIN releases AS release USING (release_id)
