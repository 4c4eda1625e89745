-- What was not judged yet has no counts: 0 would say that nothing is missing.
SELECT
    release.release_id,
    release.artist,
    release.title,
    release.label,
    release.catalog_number,
    release.release_year,
    answer.format_type,
    coalesce(shelf.folders, []) AS folders,
    release.first_added,
    judged.tracks,
    judged.owned,
    judged.other_version,
    judged.review,
    judged.missing,
    'https://www.discogs.com/release/' || release.release_id AS discogs_url
FROM releases AS release
LEFT JOIN pipeline.answers AS answer USING (release_id)
LEFT JOIN shelves AS shelf USING (release_id)
LEFT JOIN (
    SELECT
        discogs_release_id AS release_id,
        count(*) AS tracks,
        count(*) FILTER (status = 'owned') AS owned,
        count(*) FILTER (status = 'other_version') AS other_version,
        count(*) FILTER (status = 'review') AS review,
        count(*) FILTER (status = 'missing') AS missing
    FROM gap_analysis
    GROUP BY discogs_release_id
) AS judged USING (release_id);
