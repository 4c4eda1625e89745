-- How many tracks of the collection have each status.
SELECT status, count(*)
FROM gap_analysis
GROUP BY status;
