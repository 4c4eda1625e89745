-- How many copies were there at the end of each month in which some were added.
SELECT
    CAST(date_trunc('month', date_added) AS DATE) AS month,
    count(*) AS added,
    CAST(sum(count(*)) OVER (ORDER BY date_trunc('month', date_added)) AS BIGINT) AS copies
FROM collection_items
WHERE date_added IS NOT NULL
GROUP BY date_trunc('month', date_added)
ORDER BY month;
