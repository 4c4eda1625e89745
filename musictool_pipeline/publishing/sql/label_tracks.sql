-- The tracks of these releases, judged or not. Tempo and key are those of a file that is this very
-- version; another version has its own.
SELECT
    track.discogs_release_id,
    coalesce(track.position, '#' || track.track_number) AS position,
    nullif(track.artist, track.album_artist) AS artist,
    track.title,
    coalesce(track.duration_seconds, judged.digital_duration_seconds) AS seconds,
    judged.bpm,
    judged.camelot,
    judged.status IS NOT NULL AS is_owned
FROM expanded_tracks AS track
LEFT JOIN judged_tracks AS judged ON judged.track_id = track.id AND judged.status = 'owned'
WHERE list_contains($releases, track.discogs_release_id)
ORDER BY track.discogs_release_id, track.track_number;
