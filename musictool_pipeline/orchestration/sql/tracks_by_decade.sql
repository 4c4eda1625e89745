-- Tracks by decade, the oldest first.
SELECT dimension, value FROM collection_statistics
WHERE metric = 'tracks_by_decade' ORDER BY dimension
