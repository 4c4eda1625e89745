-- Each track that is owned on vinyl and as a file, with that file's tempo and key if they are known.
SELECT
    track_id,
    release_id,
    track_number,
    position,
    artist,
    title,
    album,
    album_artist,
    label,
    catalog_number,
    folders,
    duration,
    bpm,
    musical_key,
    camelot,
    digital_id,
    digital_path,
    discogs_url
FROM chosen_tracks
WHERE status = 'owned'
    AND format_type = 'Vinyl'
ORDER BY lower(album_artist) NULLS LAST, lower(album) NULLS LAST, release_id, track_number;
