-- chosen_records: a row for each judged record that fits a choice, numbered by artist and title.
-- What is NULL in the choice restricts nothing. Texts are contained, whatever the case and accents.
CREATE OR REPLACE TEMP TABLE chosen_records AS
WITH shelves AS (
    SELECT
        release_id,
        string_agg(DISTINCT collection_folder, ', ' ORDER BY collection_folder) AS folders
    FROM collection_items
    GROUP BY release_id
),
records AS (
    SELECT
        gap.discogs_release_id AS release_id,
        any_value(track.album_artist) AS artist,
        any_value(track.album) AS title,
        any_value(track.label) AS label,
        any_value(track.catalog_number) AS catalog_number,
        any_value(coalesce(shelf.folders, track.collection_folder)) AS folders,
        any_value(gap.discogs_url) AS discogs_url,
        count(*) AS track_count,
        count(*) FILTER (gap.status = 'missing') AS missing
    FROM gap_analysis AS gap
    JOIN expanded_tracks AS track USING (discogs_release_id, track_number)
    LEFT JOIN shelves AS shelf ON shelf.release_id = gap.discogs_release_id
    GROUP BY gap.discogs_release_id
)
SELECT
    row_number() OVER (
        ORDER BY lower(artist) NULLS LAST, lower(title) NULLS LAST, release_id
    ) AS record_number,
    *
FROM records
WHERE ($release_id IS NULL OR release_id = $release_id)
    AND ($label IS NULL
         OR contains(lower(strip_accents(label)), lower(strip_accents($label))))
    AND ($folder IS NULL
         OR contains(lower(strip_accents(folders)), lower(strip_accents($folder))));
