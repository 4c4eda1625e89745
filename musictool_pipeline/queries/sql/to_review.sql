-- The track under review that is shown next: the most likely match first; those kept for later come
-- at the end, in the order in which they were put off.
SELECT
    track_id,
    release_id,
    track_number,
    position,
    artist,
    title,
    duration,
    duration_seconds,
    album,
    album_artist,
    label,
    catalog_number,
    release_year,
    nullif(concat_ws(', ', format_type, format_description), '') AS format,
    nullif(array_to_string(folders, ', '), '') AS folder,
    discogs_url,
    (
        SELECT count(*) = 1
        FROM expanded_tracks AS other
        WHERE other.discogs_release_id = track.release_id
            AND lower(other.position) = lower(track.position)
    ) AS position_is_unique,
    {
        'digital_id': digital_id,
        'status': status,
        'confidence': confidence,
        'reason': coalesce(reason, '')
    } AS best,
    alternatives
FROM judged_tracks AS track
WHERE status = 'review' AND track_id NOT IN (SELECT unnest($settled))
ORDER BY coalesce(list_position($later, track_id), 0), confidence DESC, release_id, track_number
LIMIT 1;
