-- Tracks that cannot be looked for in a digital library.
SELECT count(*) FROM expanded_tracks WHERE artist IS NULL OR title IS NULL
