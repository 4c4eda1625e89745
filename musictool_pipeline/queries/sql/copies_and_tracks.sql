SELECT
    (SELECT count(*) FROM collection_items) AS copies,
    (SELECT count(*) FROM expanded_tracks) AS tracks
