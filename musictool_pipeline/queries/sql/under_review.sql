-- The tracks of some releases that are under review, each with the ids and paths of the files that
-- came near.
SELECT
    discogs_release_id,
    track_number,
    position,
    artist,
    title,
    [digital_id, digital_path]
        || (alternatives ->> '$[*].digital_id')
        || (alternatives ->> '$[*].digital_path') AS files
FROM gap_analysis
WHERE status = 'review' AND discogs_release_id IN (SELECT unnest($releases));
