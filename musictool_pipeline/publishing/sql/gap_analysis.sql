-- A row for each judged track, record after record; the columns are those of gap_analysis, with the
-- folders of all copies and the printed length. Of the other files that came near, their number.
SELECT
    track.release_id AS discogs_release_id,
    track.record_artist AS album_artist,
    track.record_title AS album,
    track.label,
    track.catalog_number,
    track.release_year,
    track.format_type,
    track.folders AS collection_folders,
    track.track_number,
    track.position,
    track.artist,
    track.title,
    track.duration,
    track.status,
    track.confidence,
    track.reason,
    track.digital_path,
    gap.digital_artist,
    gap.digital_title,
    json_array_length(gap.alternatives) AS other_files,
    track.overridden,
    track.discogs_url,
    track.bandcamp_url,
    track.beatport_url,
    track.juno_url
FROM chosen_tracks AS track
JOIN gap_analysis AS gap
    ON gap.discogs_release_id = track.release_id AND gap.track_number = track.track_number
ORDER BY track.record_number, track.track_number;
