-- The rip list: the tracks that are not there as files in any version, record after record, in the
-- order of the tracklist, which is that of sides and positions. side: A, B, AA; of a box with many
-- records the number and the letter (9A), of CDs the disc.
SELECT
    release_id AS discogs_release_id,
    record_artist AS album_artist,
    record_title AS album,
    label,
    catalog_number,
    folders AS collection_folders,
    CASE
        WHEN regexp_matches(position, '^(?:CD|DVD|LP)?[0-9]+-[0-9]')
            THEN regexp_extract(position, '^[^-]+')
        ELSE nullif(upper(regexp_extract(
            position, '^([0-9]{1,2}[A-Z]|\p{L}{1,2})(?:[-.]?[0-9].*|\(.*)?$', 1
        )), '')
    END AS side,
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
