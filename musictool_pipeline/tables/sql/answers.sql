-- Of each release with an answer that answer's checksum, and when it was last asked for.
SELECT release_id, checksum, asked_at
FROM pipeline.answers;
