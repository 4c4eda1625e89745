-- Each track that is owned on vinyl and as a file, with that file's tempo and key if they are known.
SELECT {fields}
FROM chosen_tracks
WHERE status = 'owned'
    AND format_type = 'Vinyl'
ORDER BY lower(album_artist) NULLS LAST, lower(album) NULLS LAST, release_id, track_number;
