-- Each copy on the shelf, with what is known of its release.
SELECT
    copy.* REPLACE (
        coalesce(release.artist, copy.artist) AS artist,
        coalesce(release.title, copy.title) AS title,
        coalesce(release.label, copy.label) AS label,
        coalesce(release.catalog_number, copy.catalog_number) AS catalog_number,
        coalesce(release.format, copy.format) AS format,
        coalesce(release.release_year, copy.release_year) AS release_year
    ),
    release.country,
    array_to_string(release.genres, ', ') AS genres,
    array_to_string(release.styles, ', ') AS styles,
    release.genres AS genre_list,
    release.tracklist_status,
    record.format_type,
    'https://www.discogs.com/release/' || copy.release_id AS discogs_url,
    (coalesce(release.release_year, copy.release_year) // 10 * 10) || 's' AS decade
FROM collection_items AS copy
LEFT JOIN releases AS release USING (release_id)
LEFT JOIN records AS record USING (release_id)
