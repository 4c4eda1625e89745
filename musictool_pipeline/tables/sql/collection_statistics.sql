-- collection_statistics: what is there, counted in every way that a collector asks for. What is not
-- known stands under (unknown), so that the counts of one metric add up to the total; but a release
-- of two genres counts in both.
DELETE FROM collection_statistics;

INSERT INTO collection_statistics BY NAME
WITH by_release AS (
    SELECT
        release.release_id,
        release.copies,
        release.artist,
        release.label,
        answer.format_type AS format,
        (release.release_year // 10 * 10) || 's' AS decade,
        release.genres
    FROM releases AS release
    LEFT JOIN pipeline.answers AS answer USING (release_id)
),
by_track AS (
    SELECT
        gap.status,
        gap.artist,
        gap.label,
        track.format_type AS format,
        (gap.release_year // 10 * 10) || 's' AS decade,
        track.collection_folder AS folder
    FROM gap_analysis AS gap
    JOIN expanded_tracks AS track ON track.id = gap.track_id
),
totals AS (
    SELECT 'copies' AS dimension, count(*) AS value FROM collection_items
    UNION ALL SELECT 'releases', count(*) FROM releases
    UNION ALL SELECT 'releases_expanded', count(*) FROM releases WHERE tracklist_status = 'fetched'
    UNION ALL SELECT 'tracks', count(*) FROM by_track
    UNION ALL
    SELECT 'tracks_' || possible.status, count(found.status)
    FROM (VALUES ('owned'), ('other_version'), ('review'), ('missing')) AS possible(status)
    LEFT JOIN by_track AS found ON found.status = possible.status
    GROUP BY possible.status
    UNION ALL SELECT 'digital_tracks', count(*) FROM digital_tracks
    UNION ALL SELECT 'digital_music', count(*) FROM digital_tracks WHERE is_music
    UNION ALL SELECT 'digital_duplicates', count(*) FROM digital_duplicates WHERE NOT is_best
    UNION ALL
    SELECT 'digital_duplicates_bytes', coalesce(sum(file_size_bytes), 0)
    FROM digital_duplicates WHERE NOT is_best
),
release_values AS (
    SELECT 'format' AS what, format AS dimension FROM by_release
    UNION ALL SELECT 'label', label FROM by_release
    UNION ALL SELECT 'artist', artist FROM by_release
    UNION ALL SELECT 'decade', decade FROM by_release
    UNION ALL
    SELECT 'genre', genre.name
    FROM by_release
    LEFT JOIN (SELECT release_id, unnest(genres) AS name FROM by_release) AS genre
        USING (release_id)
),
copy_values AS (
    SELECT 'folder' AS what, collection_folder AS dimension FROM collection_items
    UNION ALL SELECT 'year_added', CAST(year(date_added) AS VARCHAR) FROM collection_items
),
track_values AS (
    SELECT 'format' AS what, format AS dimension, status FROM by_track
    UNION ALL SELECT 'label', label, status FROM by_track
    UNION ALL SELECT 'artist', artist, status FROM by_track
    UNION ALL SELECT 'decade', decade, status FROM by_track
    UNION ALL SELECT 'folder', folder, status FROM by_track
),
counted AS (
    SELECT 'total' AS metric, dimension, value FROM totals
    UNION ALL
    SELECT 'releases_by_' || what, dimension, count(*) FROM release_values GROUP BY ALL
    UNION ALL
    SELECT 'copies_by_' || what, dimension, count(*) FROM copy_values GROUP BY ALL
    UNION ALL
    SELECT 'tracks_by_' || what, dimension, count(*) FROM track_values GROUP BY ALL
    UNION ALL
    SELECT 'coverage', 'all', avg(CAST(status = 'owned' AS INTEGER))
    FROM by_track HAVING count(*) > 0
    UNION ALL
    SELECT 'coverage_by_' || what, dimension, avg(CAST(status = 'owned' AS INTEGER))
    FROM track_values
    WHERE what IN ('label', 'decade', 'format')
    GROUP BY what, dimension
)
SELECT metric, coalesce(dimension, '(unknown)') AS dimension, value
FROM counted
ORDER BY metric, value DESC, dimension;
