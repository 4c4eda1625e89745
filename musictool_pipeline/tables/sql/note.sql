INSERT OR REPLACE INTO pipeline.fingerprints
VALUES ($name, $fingerprint);
