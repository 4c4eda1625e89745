-- The collection's totals.
SELECT dimension AS total, CAST(value AS BIGINT) AS count
FROM collection_statistics WHERE metric = 'total' ORDER BY dimension
