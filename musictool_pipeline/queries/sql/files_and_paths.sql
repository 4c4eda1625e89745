-- Every file by its id and path, music first.
SELECT digital_id, path
FROM digital_tracks
ORDER BY NOT is_music, digital_id;
