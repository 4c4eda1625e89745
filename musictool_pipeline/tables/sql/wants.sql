-- A release that is also on the shelf has the counts of the shelf. What was not judged yet has none,
-- but an empty tracklist has nothing to judge: its counts are 0.
SELECT
    item.release_id,
    coalesce(answer.artist, item.artist) AS artist,
    coalesce(answer.title, item.title) AS title,
    coalesce(answer.label, item.label) AS label,
    coalesce(answer.catalog_number, item.catalog_number) AS catalog_number,
    coalesce(answer.release_year, item.release_year) AS release_year,
    answer.format_type,
    item.date_added,
    item.notes,
    record.release_id IS NOT NULL AS on_shelf,
    coalesce(answer.status, CASE WHEN failure.cause IS NULL THEN 'pending' ELSE 'failed' END)
        AS tracklist_status,
    coalesce(failure.cause, answer.remark) AS tracklist_error,
    coalesce(record.tracks, judged.tracks, empty.none) AS tracks,
    coalesce(record.owned, judged.owned, empty.none) AS owned,
    coalesce(record.other_version, judged.other_version, empty.none) AS other_version,
    coalesce(record.review, judged.review, empty.none) AS review,
    coalesce(record.missing, judged.missing, empty.none) AS missing,
    'https://www.discogs.com/release/' || item.release_id AS discogs_url
FROM wantlist_items AS item
LEFT JOIN records AS record USING (release_id)
LEFT JOIN pipeline.answers AS answer USING (release_id)
LEFT JOIN pipeline.failures AS failure USING (release_id)
LEFT JOIN (
    SELECT
        discogs_release_id AS release_id,
        count(*) AS tracks,
        count(*) FILTER (status = 'owned') AS owned,
        count(*) FILTER (status = 'other_version') AS other_version,
        count(*) FILTER (status = 'review') AS review,
        count(*) FILTER (status = 'missing') AS missing
    FROM wanted_gaps
    GROUP BY discogs_release_id
) AS judged USING (release_id)
LEFT JOIN (
    SELECT release_id, 0::BIGINT AS none
    FROM pipeline.answers
    WHERE status = 'fetched' AND release_id NOT IN (SELECT release_id FROM pipeline.tracks)
) AS empty USING (release_id);
