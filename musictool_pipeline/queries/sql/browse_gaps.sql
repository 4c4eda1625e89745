-- Each judged track, with what its release and its copies say. A folder of any copy counts. A link
-- that is none is not shown: a browser would follow it wherever it leads.
SELECT
    gap.* REPLACE (
        CASE WHEN starts_with(gap.discogs_url, 'https://') THEN gap.discogs_url END AS discogs_url,
        CASE WHEN starts_with(gap.bandcamp_url, 'https://') THEN gap.bandcamp_url END
            AS bandcamp_url,
        CASE WHEN starts_with(gap.beatport_url, 'https://') THEN gap.beatport_url END
            AS beatport_url,
        CASE WHEN starts_with(gap.juno_url, 'https://') THEN gap.juno_url END AS juno_url
    ),
    track.album_artist,
    track.duration,
    track.format_type,
    track.format_description,
    track.date_added,
    shelf.folders,
    array_to_string(shelf.folders, ', ') AS collection_folder,
    (gap.release_year // 10 * 10) || 's' AS decade
FROM gap_analysis AS gap
JOIN expanded_tracks AS track ON track.id = gap.track_id
LEFT JOIN (
    SELECT
        release_id,
        list_sort(list(DISTINCT coalesce(collection_folder, '(unknown)'))) AS folders
    FROM collection_items
    GROUP BY release_id
) AS shelf ON shelf.release_id = gap.discogs_release_id
