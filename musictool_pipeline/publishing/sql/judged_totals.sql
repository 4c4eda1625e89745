-- How many records and tracks were judged.
SELECT count(DISTINCT discogs_release_id), count(*)
FROM gap_analysis;
