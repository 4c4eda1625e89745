SELECT
    (SELECT count(*) FROM expanded_tracks) AS tracks,
    (SELECT count(*) FROM gap_analysis) AS judged,
    (SELECT count(*) FROM digital_tracks WHERE is_music) AS files
