-- The chosen records as they stand on a shelf that is sorted by artist. A folder is that of any
-- copy.
WITH shelves AS (
    SELECT
        release_id,
        list(DISTINCT collection_folder ORDER BY collection_folder)
            FILTER (collection_folder IS NOT NULL) AS folders
    FROM collection_items
    GROUP BY release_id
),
facts AS (
    SELECT
        discogs_release_id AS release_id,
        any_value(release_year) AS release_year,
        any_value(format_type) AS format,
        any_value(CAST(date_added AS DATE)) AS added
    FROM expanded_tracks
    GROUP BY discogs_release_id
)
SELECT
    release_id,
    record.artist,
    record.title,
    record.label,
    record.catalog_number,
    fact.release_year,
    fact.format,
    coalesce(shelf.folders, []) AS folders,
    fact.added
FROM chosen_records AS record
JOIN facts AS fact USING (release_id)
LEFT JOIN shelves AS shelf USING (release_id)
ORDER BY record.record_number;
