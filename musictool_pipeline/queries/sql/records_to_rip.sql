-- The records that lack tracks, each with its formats at the end.
SELECT
    record.release_id,
    record.artist,
    record.title,
    record.label,
    record.catalog_number,
    record.collection_folders,
    record.tracks,
    record.missing,
    release.format
FROM chosen_records AS record
JOIN releases AS release USING (release_id)
WHERE record.missing > 0
ORDER BY record.record_number
