-- The track and how it was judged, its record, and the best file, if it is still in a library.
SELECT
    gap.track_id,
    gap.discogs_release_id AS release_id,
    gap.track_number,
    gap.position,
    CASE
        WHEN regexp_matches(gap.position, '^(?:CD|DVD|LP)?[0-9]+-[0-9]')
            THEN regexp_extract(gap.position, '^[^-]+')
        ELSE nullif(upper(regexp_extract(
            gap.position, '^([0-9]{1,2}[A-Z]|\p{L}{1,2})(?:[-.]?[0-9].*|\(.*)?$', 1
        )), '')
    END AS side,
    gap.artist,
    gap.title,
    track.duration,
    track.duration_seconds,
    gap.album,
    track.album_artist,
    gap.label,
    gap.catalog_number,
    gap.release_year,
    track.format_type,
    track.format_description,
    coalesce(shelf.folders, []) AS folders,
    track.date_added AS first_added,
    gap.status,
    gap.confidence,
    gap.reason,
    gap.digital_id,
    gap.digital_path,
    gap.digital_artist,
    gap.digital_title,
    file.duration_seconds AS digital_duration_seconds,
    file.bpm,
    file.musical_key,
    file.camelot,
    file.file_type,
    file.bitrate,
    file.imported_at,
    gap.alternatives,
    gap.overridden,
    gap.discogs_url,
    gap.bandcamp_url,
    gap.beatport_url,
    gap.juno_url
FROM gap_analysis AS gap
JOIN expanded_tracks AS track ON track.id = gap.track_id
LEFT JOIN shelves AS shelf ON shelf.release_id = gap.discogs_release_id
LEFT JOIN digital_tracks AS file ON file.digital_id = gap.digital_id;
