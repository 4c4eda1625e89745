SELECT status, count(*) AS tracks
FROM wanted_gaps
GROUP BY status ORDER BY status
