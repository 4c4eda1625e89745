-- One row: how much there is, and the day of the latest tracklist. The figures are those of
-- collection_statistics, so that every face of the project shows the same.
SELECT
    coalesce(max(value) FILTER (dimension = 'copies'), 0)::BIGINT AS copies,
    coalesce(max(value) FILTER (dimension = 'releases'), 0)::BIGINT AS releases,
    coalesce(max(value) FILTER (dimension = 'releases_expanded'), 0)::BIGINT AS expanded,
    coalesce(max(value) FILTER (dimension = 'digital_music'), 0)::BIGINT AS files,
    (SELECT CAST(max(expanded_date) AS DATE) FROM expanded_tracks) AS as_of
FROM collection_statistics
WHERE metric = 'total';
