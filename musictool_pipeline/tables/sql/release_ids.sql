-- The releases in the collection, in the order in which their first copies were added.
SELECT release_id
FROM releases
ORDER BY first_added NULLS LAST, release_id;
