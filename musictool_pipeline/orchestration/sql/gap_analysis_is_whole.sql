-- Tracks without a row, rows without a track, rows of no known status or confidence, and rows that
-- name a file that is not there.
SELECT
    count(*) FILTER (WHERE gap.track_id IS NULL),
    count(*) FILTER (WHERE track.id IS NULL),
    count(*) FILTER (
        WHERE status NOT IN ('owned', 'other_version', 'review', 'missing')
            OR confidence NOT BETWEEN 0 AND 100
    ),
    count(*) FILTER (WHERE gap.digital_id IS NOT NULL AND file.digital_id IS NULL)
FROM expanded_tracks AS track
FULL JOIN gap_analysis AS gap ON gap.track_id = track.id
LEFT JOIN digital_tracks AS file ON file.digital_id = gap.digital_id
