-- The records that the tracks in `fit` are on, with how many of their tracks those are.
SELECT
    record.release_id,
    record.artist,
    record.title,
    record.label,
    record.catalog_number,
    record.release_year,
    record.format_type,
    record.folders,
    counted.listed,
    record.tracks,
    record.discogs_url
FROM (SELECT release_id, count(*) AS listed FROM fit GROUP BY release_id) AS counted
JOIN records AS record USING (release_id)
