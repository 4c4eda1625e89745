-- The rip list: the tracks that are not there as files in any version, record after record, in the
-- order of the tracklist, which is that of sides and positions.
SELECT
    release_id AS discogs_release_id,
    record_artist AS album_artist,
    record_title AS album,
    label,
    catalog_number,
    collection_folders,
    side,
    position,
    track_number,
    artist,
    title,
    duration,
    reason,
    discogs_url,
    bandcamp_url,
    beatport_url,
    juno_url
FROM chosen_tracks
WHERE status = 'missing'
ORDER BY record_number, track_number;
