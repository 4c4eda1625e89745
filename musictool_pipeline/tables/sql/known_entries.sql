-- The marks of the entries of a library as it was last read, each with its entry's number.
SELECT
    mark,
    number
FROM pipeline.library_tracks
WHERE library = $library AND mark IS NOT NULL
