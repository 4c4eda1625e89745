-- The chosen records that have a track with one of these statuses; the order is put behind it.
WITH counted AS (
    SELECT release_id, count(*) AS listed
    FROM chosen_tracks
    WHERE list_contains($statuses, status)
    GROUP BY release_id
)
SELECT
    release_id, artist, title, label, catalog_number, format, collection_folders, discogs_url,
    tracks, missing
FROM chosen_records
JOIN counted USING (release_id)
