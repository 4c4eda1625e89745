DELETE FROM pipeline.failures;

INSERT INTO pipeline.failures
SELECT * FROM failures_now;
