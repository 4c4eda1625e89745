-- The releases of the collection.
SELECT release_id
FROM releases;
