-- The entries with an id that another entry has too, in the order of the libraries.
SELECT library, number, digital_id
FROM pipeline.library_tracks
WHERE digital_id IN (
    SELECT digital_id FROM pipeline.library_tracks GROUP BY ALL HAVING count(*) > 1
)
ORDER BY (SELECT number FROM pipeline.libraries WHERE path = library), number
