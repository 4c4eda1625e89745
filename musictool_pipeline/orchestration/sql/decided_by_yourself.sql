-- What the user's own decisions came to.
SELECT status, count(*) AS tracks FROM gap_analysis WHERE overridden GROUP BY ALL ORDER BY ALL
