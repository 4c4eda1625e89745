-- The paths of files that libraries name by these ids, if no published file has such an id.
SELECT digital_id, any_value(path)
FROM pipeline.library_tracks
WHERE digital_id IN (SELECT unnest($named))
    AND file IS NOT NULL
    AND digital_id NOT IN (SELECT digital_id FROM digital_tracks)
GROUP BY ALL;
