-- The labels with the most missing tracks.
SELECT
    label,
    count(*) FILTER (WHERE status = 'missing') AS missing,
    count(*) AS tracks,
    round(100 * avg(CAST(status = 'owned' AS INTEGER))) || ' %' AS owned
FROM gap_analysis GROUP BY label
HAVING missing > 0 ORDER BY missing DESC, label LIMIT 15
