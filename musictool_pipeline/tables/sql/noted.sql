-- What a table was last made from.
SELECT fingerprint
FROM pipeline.fingerprints
WHERE name = $name;
