-- Wanted tracks without a row, rows without such a track, and rows of releases that are on the shelf.
SELECT
    count(*) FILTER (WHERE gap.track_id IS NULL),
    count(*) FILTER (WHERE track.id IS NULL),
    count(*) FILTER (
        WHERE gap.discogs_release_id IN (SELECT release_id FROM collection_items)
    )
FROM wanted_tracks AS track
FULL JOIN wanted_gaps AS gap ON gap.track_id = track.id
