-- How many entries of a library there are.
SELECT count(*)
FROM pipeline.library_tracks
WHERE library = $library
