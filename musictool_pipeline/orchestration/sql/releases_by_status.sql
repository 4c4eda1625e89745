-- How many releases have their tracklist.
SELECT tracklist_status, count(*) AS releases FROM releases GROUP BY ALL ORDER BY ALL
