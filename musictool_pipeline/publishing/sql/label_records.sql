-- Each record that gets a label. What is NULL in the choice restricts nothing; a copy added on the
-- day counts, of several the one that came last.
SELECT
    record.release_id,
    record.artist,
    record.title,
    record.label,
    record.catalog_number,
    record.release_year
FROM records AS record
WHERE ($releases IS NULL OR list_contains($releases, record.release_id))
    AND ($folder IS NULL
         OR contains(
             lower(strip_accents(array_to_string(record.folders, ', '))),
             lower(strip_accents($folder))
         ))
    AND ($since IS NULL
         OR EXISTS (
             FROM collection_items AS copy
             WHERE copy.release_id = record.release_id AND copy.date_added >= CAST($since AS DATE)
         ))
ORDER BY lower(record.artist) NULLS LAST, lower(record.title) NULLS LAST, record.release_id;
