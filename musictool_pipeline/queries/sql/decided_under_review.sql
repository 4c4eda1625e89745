-- The tracks under review for which a decision was made since, with the files that they could be.
SELECT track_id, digital_id, alternatives
FROM gap_analysis
WHERE status = 'review' AND track_id IN (SELECT unnest($decided))
