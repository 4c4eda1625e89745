-- The releases with the most missing tracks.
SELECT
    any_value(gap.catalog_number) AS catalog_number,
    any_value(track.album_artist) AS artist,
    any_value(gap.album) AS title,
    count(*) FILTER (WHERE gap.status = 'missing') AS missing,
    count(*) AS tracks,
    any_value(track.collection_folder) AS folder
FROM gap_analysis AS gap JOIN expanded_tracks AS track ON track.id = gap.track_id
GROUP BY gap.discogs_release_id
HAVING missing > 0 ORDER BY missing DESC, gap.discogs_release_id LIMIT 15
