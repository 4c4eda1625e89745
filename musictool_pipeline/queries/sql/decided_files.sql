-- The files that decisions name, by their ids or by their paths.
SELECT digital_id, path, is_music
FROM digital_tracks
WHERE digital_id IN (SELECT unnest($names))
    OR lower(replace(nfc_normalize(path), '\', '/')) IN (SELECT unnest($names))
