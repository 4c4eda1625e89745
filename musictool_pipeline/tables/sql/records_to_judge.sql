-- The records of the folder; and those with a row that cannot stay: its track was
-- never judged, or its file is gone.
SELECT track.discogs_release_id
FROM expanded_tracks AS track
LEFT JOIN gap_analysis AS gap ON gap.track_id = track.id
LEFT JOIN digital_tracks AS file ON file.digital_id = gap.digital_id
WHERE
    lower(track.collection_folder) = lower($folder)
    OR gap.track_id IS NULL
    OR (gap.digital_id IS NOT NULL AND file.digital_id IS NULL)
