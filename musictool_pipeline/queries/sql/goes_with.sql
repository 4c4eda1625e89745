-- goes_with: the owned tracks in one of the keys whose tempo is in reach, but for one track; the
-- nearest tempo first.
SELECT
    release_id, position, artist, title, album, folders, bpm, musical_key, camelot, digital_path
FROM judged_tracks
WHERE status = 'owned'
    AND track_id <> $track_id
    AND list_contains($camelot, camelot)
    AND bpm BETWEEN $lowest AND $highest
ORDER BY abs(bpm - $bpm), lower(artist) NULLS LAST, lower(title) NULLS LAST, track_id
