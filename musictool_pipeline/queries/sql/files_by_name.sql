-- The files that decisions may mean by these names: ids, or paths in any spelling.
SELECT digital_id, artist, title, path, duration_seconds, is_music, file_size_bytes
FROM digital_tracks
WHERE digital_id IN (SELECT unnest($names))
    OR lower(replace(nfc_normalize(path), '\', '/')) IN (SELECT lower(unnest($names)))
    OR path IN (
        SELECT path FROM pipeline.library_tracks WHERE file IN (SELECT unnest($names))
    );
