-- The tracks of the chosen records, in the order of each. Of the file only its name: folders are
-- nobody's business on a list that may be handed on.
SELECT
    release_id,
    position,
    coalesce(artist, record_artist) AS artist,
    title,
    duration,
    status,
    confidence,
    reason,
    regexp_extract(digital_path, '[^/\\]+$') AS file,
    CASE WHEN status = 'owned' THEN bpm END AS bpm,
    CASE WHEN status = 'owned' THEN camelot END AS camelot,
    sound_disagreement
FROM chosen_tracks
ORDER BY record_number, track_number;
