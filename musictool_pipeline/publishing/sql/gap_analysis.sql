-- A row for each judged track, record after record; the columns are those of gap_analysis, with the
-- folders of all copies and the printed length. Of the other files that came near, their number.
SELECT
    release_id AS discogs_release_id,
    record_artist AS album_artist,
    record_title AS album,
    label,
    catalog_number,
    release_year,
    format_type,
    collection_folders,
    track_number,
    position,
    artist,
    title,
    duration,
    status,
    confidence,
    reason,
    digital_path,
    digital_artist,
    digital_title,
    bpm,
    musical_key,
    camelot,
    sound_disagreement,
    json_array_length(alternatives) AS other_files,
    overridden,
    discogs_url,
    bandcamp_url,
    beatport_url,
    juno_url
FROM chosen_tracks
ORDER BY record_number, track_number;
