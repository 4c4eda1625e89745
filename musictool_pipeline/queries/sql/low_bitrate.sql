-- Owned tracks whose best file, and every other file of the same version, is lossy and below
-- $least. A lossless file's bit rate says how well it was packed, not how it sounds.
WITH good AS (
    SELECT digital_id
    FROM digital_tracks
    WHERE is_music AND (list_contains($lossless, file_type) OR bitrate >= $least)
),
good_groups AS (
    SELECT DISTINCT group_id
    FROM digital_duplicates
    WHERE digital_id IN (SELECT digital_id FROM good)
),
other_files AS (
    SELECT track_id, unnest(from_json(alternatives, '[{"digital_id":"VARCHAR","status":"VARCHAR"}]')) AS other
    FROM gap_analysis
    WHERE status = 'owned'
)
SELECT {fields}
FROM judged_tracks AS judged
WHERE judged.status = 'owned'
    AND judged.bitrate < $least
    AND coalesce(NOT list_contains($lossless, judged.file_type), true)
    AND judged.track_id NOT IN (
        SELECT track_id
        FROM other_files
        WHERE other.status = 'owned' AND other.digital_id IN (SELECT digital_id FROM good)
    )
    AND judged.digital_id NOT IN (
        SELECT digital_id FROM digital_duplicates WHERE group_id IN (SELECT group_id FROM good_groups)
    )
ORDER BY judged.bitrate, lower(judged.artist) NULLS LAST, judged.release_id, judged.track_number
