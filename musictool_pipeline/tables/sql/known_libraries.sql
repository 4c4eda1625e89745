SELECT path, number, kind, fingerprint, tracks, error, problems
FROM pipeline.libraries
ORDER BY number
