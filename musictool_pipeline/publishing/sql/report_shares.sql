-- How many tracks have which status: of all, and by label, format and decade.
WITH tracks AS (
    SELECT status, label, format_type AS format, (release_year // 10 * 10) || 's' AS decade
    FROM judged_tracks
),
counted AS (
    SELECT 'all' AS what, NULL AS name, status FROM tracks
    UNION ALL SELECT 'label', label, status FROM tracks
    UNION ALL SELECT 'format', format, status FROM tracks
    UNION ALL SELECT 'decade', decade, status FROM tracks
)
SELECT
    what,
    name,
    count(*) FILTER (status = 'owned') AS owned,
    count(*) FILTER (status = 'other_version') AS other_version,
    count(*) FILTER (status = 'review') AS review,
    count(*) FILTER (status = 'missing') AS missing
FROM counted
GROUP BY what, name
ORDER BY what, name NULLS LAST;
