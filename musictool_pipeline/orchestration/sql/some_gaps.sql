-- Some verdicts, the same ones each time.
SELECT position, artist, title, status, confidence, reason, digital_path
FROM gap_analysis ORDER BY hash(track_id) LIMIT 10
