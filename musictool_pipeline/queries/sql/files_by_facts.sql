-- The files of these sizes, and those whose tags have these marks, as `core.file_facts.tags_mark`
-- makes them.
SELECT digital_id, artist, title, path, duration_seconds, is_music, file_size_bytes
FROM digital_tracks
WHERE file_size_bytes IN (SELECT unnest($sizes))
    OR 't' || left(md5(nfc_normalize(artist || chr(10) || title)), 12) IN (SELECT unnest($tags));
