-- One row for each record with judged tracks, as they stand on a shelf that is sorted by artist.
-- A folder is that of any copy.
WITH shelves AS (
    SELECT
        release_id,
        list(DISTINCT collection_folder ORDER BY collection_folder)
            FILTER (collection_folder IS NOT NULL) AS folders
    FROM collection_items
    GROUP BY release_id
)
SELECT
    gap.discogs_release_id AS release_id,
    any_value(track.album_artist) AS artist,
    any_value(track.album) AS title,
    any_value(track.label) AS label,
    any_value(track.catalog_number) AS catalog_number,
    any_value(track.release_year) AS release_year,
    any_value(track.format_type) AS format,
    coalesce(any_value(shelf.folders), list(DISTINCT track.collection_folder)
        FILTER (track.collection_folder IS NOT NULL), []) AS folders,
    any_value(CAST(track.date_added AS DATE)) AS added
FROM gap_analysis AS gap
JOIN expanded_tracks AS track ON track.id = gap.track_id
LEFT JOIN shelves AS shelf ON shelf.release_id = gap.discogs_release_id
GROUP BY gap.discogs_release_id
ORDER BY
    lower(strip_accents(any_value(track.album_artist))) NULLS LAST,
    any_value(track.release_year) NULLS LAST,
    lower(strip_accents(any_value(track.album))) NULLS LAST,
    gap.discogs_release_id;
