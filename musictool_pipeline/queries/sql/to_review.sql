-- The track under review that is shown next: the most likely match first; those kept for later come
-- at the end, in the order in which they were put off.
SELECT
    track.id,
    track.discogs_release_id,
    track.track_number,
    track.position,
    track.artist,
    track.title,
    track.duration,
    track.duration_seconds,
    track.album,
    track.album_artist,
    track.label,
    track.catalog_number,
    track.release_year,
    track.format_type,
    track.collection_folder,
    gap.discogs_url,
    (
        SELECT count(*) = 1
        FROM expanded_tracks AS other
        WHERE other.discogs_release_id = track.discogs_release_id
            AND lower(other.position) = lower(track.position)
    ) AS position_is_unique,
    {
        'digital_id': gap.digital_id,
        'status': gap.status,
        'confidence': gap.confidence,
        'reason': coalesce(gap.reason, '')
    } AS best,
    gap.alternatives
FROM gap_analysis AS gap
JOIN expanded_tracks AS track ON track.id = gap.track_id
WHERE gap.status = 'review' AND gap.track_id NOT IN (SELECT unnest($settled))
ORDER BY
    coalesce(list_position($later, gap.track_id), 0),
    gap.confidence DESC,
    track.discogs_release_id,
    track.track_number
LIMIT 1;
