-- The copies that came last, and how much of each record is there as a file.
SELECT
    CAST(copy.date_added AS DATE) AS added,
    release.release_id,
    release.artist,
    release.title,
    release.label,
    release.catalog_number,
    (SELECT count(*) FROM gap_analysis AS gap
        WHERE gap.discogs_release_id = release.release_id AND gap.status = 'owned') AS owned,
    (SELECT count(*) FROM gap_analysis AS gap
        WHERE gap.discogs_release_id = release.release_id) AS tracks
FROM collection_items AS copy
JOIN releases AS release USING (release_id)
WHERE copy.date_added IS NOT NULL
ORDER BY copy.date_added DESC, copy.csv_line
LIMIT 10;
