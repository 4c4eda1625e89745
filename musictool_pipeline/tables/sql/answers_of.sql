-- One text that stays the same as long as all answers and failures of the releases in that table
-- are the same, in any order.
WITH listed AS (SELECT release_id FROM query_table($table))
SELECT (
    SELECT coalesce(sum(hash(release_id, checksum)), 0)
    FROM pipeline.answers
    WHERE release_id IN (FROM listed)
) || '/' || (
    SELECT coalesce(sum(hash(release_id, cause)), 0)
    FROM pipeline.failures
    WHERE release_id IN (FROM listed)
);
