-- The file that the gap analysis found for a track, if it found one.
SELECT digital_id, digital_path
FROM gap_analysis
WHERE track_id = $track_id AND digital_id IS NOT NULL;
