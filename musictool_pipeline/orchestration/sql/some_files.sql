-- Some entries of the libraries.
SELECT source, artist, title, album, file_type, path
FROM digital_tracks ORDER BY digital_id LIMIT 10
