-- A row for each copy on the shelf, by artist and title: what the export says of the copy, what
-- Discogs says of the release where it was fetched, and how many of its tracks are there as files.
SELECT
    copy.item_id,
    copy.release_id,
    coalesce(release.artist, copy.artist) AS artist,
    coalesce(release.title, copy.title) AS title,
    coalesce(release.label, copy.label) AS label,
    coalesce(release.catalog_number, copy.catalog_number) AS catalog_number,
    coalesce(release.format, copy.format) AS format,
    coalesce(release.release_year, copy.release_year) AS release_year,
    release.country,
    nullif(array_to_string(release.genres, ', '), '') AS genres,
    nullif(array_to_string(release.styles, ', '), '') AS styles,
    copy.collection_folder,
    copy.date_added,
    copy.rating,
    copy.media_condition,
    copy.sleeve_condition,
    copy.notes,
    copy.custom_fields,
    release.tracklist_status,
    record.tracks,
    record.owned AS tracks_owned,
    record.other_version AS tracks_other_version,
    record.review AS tracks_review,
    record.missing AS tracks_missing,
    'https://www.discogs.com/release/' || copy.release_id AS discogs_url
FROM collection_items AS copy
LEFT JOIN releases AS release USING (release_id)
LEFT JOIN records AS record USING (release_id)
ORDER BY
    lower(coalesce(release.artist, copy.artist)) NULLS LAST,
    lower(coalesce(release.title, copy.title)) NULLS LAST,
    copy.release_id,
    -- Copies of one release by what they say: the export's own order is no property of theirs.
    copy.date_added NULLS LAST,
    copy.collection_folder NULLS LAST,
    copy.media_condition NULLS LAST,
    copy.sleeve_condition NULLS LAST,
    copy.notes NULLS LAST,
    copy.rating NULLS LAST,
    CAST(copy.custom_fields AS VARCHAR) NULLS LAST,
    copy.csv_line;
