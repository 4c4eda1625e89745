-- Every track under review, in the order of the queue (to_review.sql), without those that were decided
-- since.
SELECT
    discogs_release_id,
    track_number,
    position,
    artist,
    title,
    confidence,
    coalesce(reason, ''),
    digital_path
FROM gap_analysis
WHERE status = 'review' AND track_id NOT IN (SELECT unnest($settled))
ORDER BY confidence DESC, discogs_release_id, track_number;
