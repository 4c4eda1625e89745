-- chosen_records: a row for each judged record that fits a choice, numbered by artist and title.
-- What is NULL in the choice restricts nothing. Texts are contained, in any case, with any accents.
CREATE OR REPLACE TEMP TABLE chosen_records AS
WITH judged AS (
    SELECT
        record.*,
        nullif(array_to_string(record.folders, ', '), '') AS collection_folders,
        release.format
    FROM records AS record
    JOIN releases AS release USING (release_id)
    WHERE record.tracks > 0
)
SELECT
    row_number() OVER (
        ORDER BY lower(artist) NULLS LAST, lower(title) NULLS LAST, release_id
    ) AS record_number,
    *
FROM judged
WHERE ($release_id IS NULL OR release_id = $release_id)
    AND ($label IS NULL
         OR contains(lower(strip_accents(label)), lower(strip_accents($label))))
    AND ($folder IS NULL
         OR contains(lower(strip_accents(collection_folders)), lower(strip_accents($folder))));
