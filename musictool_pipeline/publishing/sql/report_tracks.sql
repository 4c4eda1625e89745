-- One row for each judged track, in the order of its record. Of the file only its name: folders
-- are nobody's business on a list that may be handed on.
SELECT
    gap.discogs_release_id AS release_id,
    gap.position,
    coalesce(gap.artist, track.album_artist) AS artist,
    gap.title,
    track.duration,
    gap.status,
    gap.confidence,
    gap.reason,
    regexp_extract(gap.digital_path, '[^/\\]+$') AS file
FROM gap_analysis AS gap
JOIN expanded_tracks AS track ON track.id = gap.track_id
ORDER BY gap.discogs_release_id, gap.track_number;
