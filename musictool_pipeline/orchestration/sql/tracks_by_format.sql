-- The formats with the most tracks.
SELECT format_type, count(*) AS tracks
FROM expanded_tracks GROUP BY ALL ORDER BY tracks DESC, format_type LIMIT 10
