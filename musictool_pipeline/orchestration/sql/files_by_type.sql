-- The types of files, and how many of each are music.
SELECT file_type, count(*) AS files, count(*) FILTER (WHERE is_music) AS music
FROM digital_tracks GROUP BY ALL ORDER BY files DESC, file_type LIMIT 10
