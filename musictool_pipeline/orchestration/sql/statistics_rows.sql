-- How many figures there are.
SELECT count(*) FROM collection_statistics
