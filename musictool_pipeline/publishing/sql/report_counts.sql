-- Copies by the year in which they were added, releases by genre; NULL is not known.
SELECT metric, nullif(dimension, '(unknown)') AS name, CAST(value AS BIGINT) AS count
FROM collection_statistics
WHERE metric IN ('copies_by_year_added', 'releases_by_genre')
ORDER BY metric, count DESC, name NULLS LAST;
