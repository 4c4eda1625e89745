-- The releases whose latest attempt brought nothing, why, and when it was made.
SELECT release_id, cause, failed_at
FROM pipeline.failures;
