-- The copies that were added last, with how many of the record's tracks are there as files.
SELECT
    copy.date_added,
    coalesce(release.artist, copy.artist) AS artist,
    coalesce(release.title, copy.title) AS title,
    coalesce(release.label, copy.label) AS label,
    coalesce(release.release_year, copy.release_year) AS release_year,
    copy.collection_folder,
    judged.tracks,
    judged.owned,
    'https://www.discogs.com/release/' || copy.release_id AS discogs_url
FROM collection_items AS copy
LEFT JOIN releases AS release USING (release_id)
LEFT JOIN (
    SELECT
        discogs_release_id,
        count(*) AS tracks,
        count(*) FILTER (status = 'owned') AS owned
    FROM gap_analysis
    GROUP BY discogs_release_id
) AS judged ON judged.discogs_release_id = copy.release_id
WHERE copy.date_added IS NOT NULL
ORDER BY copy.date_added DESC, copy.csv_line
LIMIT $limit;
