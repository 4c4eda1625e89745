-- The records that the tracks in `fit` stand on, with how many of their tracks are what.
SELECT
    fit.discogs_release_id,
    any_value(fit.album_artist) AS artist,
    any_value(fit.album) AS title,
    any_value(fit.label) AS label,
    any_value(fit.catalog_number) AS catalog_number,
    any_value(fit.release_year) AS release_year,
    any_value(fit.format_type) AS format_type,
    any_value(fit.collection_folder) AS collection_folder,
    count(*) AS listed,
    any_value(whole.tracks) AS tracks,
    any_value(fit.discogs_url) AS discogs_url
FROM fit
JOIN (
    SELECT discogs_release_id, count(*) AS tracks FROM gap_analysis GROUP BY discogs_release_id
) AS whole USING (discogs_release_id)
GROUP BY fit.discogs_release_id
