-- The records with a row that says what was decided.
SELECT DISTINCT discogs_release_id
FROM gap_analysis
WHERE overridden;
