-- The share of tracks owned as files, by format.
SELECT dimension AS format, round(100 * value) || ' %' AS owned
FROM collection_statistics WHERE metric = 'coverage_by_format' ORDER BY value DESC, dimension
