-- The track and how it was judged, its record, and the best file, if it is still in a library.
-- Which of these columns the view has, and in which order, is said in core/tables.py.
-- disagreements: of each owned track the other files of the same version that give another tempo
-- or key. Half and double time are the same tempo, and so is one per cent more or less.
WITH other_files AS (
    SELECT
        gap.track_id,
        other.bpm / best.bpm AS ratio,
        best.camelot AS best_camelot,
        other.bpm,
        other.camelot,
        regexp_extract(other.path, '[^/\\]+$') AS name,
        other.digital_id
    FROM gap_analysis AS gap,
        unnest(from_json(
            gap.alternatives, '[{"digital_id": "VARCHAR", "status": "VARCHAR"}]'
        )) AS listed(file)
    JOIN digital_tracks AS best ON best.digital_id = gap.digital_id
    JOIN digital_tracks AS other ON other.digital_id = listed.file.digital_id
    WHERE gap.status = 'owned' AND listed.file.status = 'owned'
),
disagreements AS (
    SELECT
        track_id,
        string_agg(
            concat_ws(', ', printf('%.1f BPM', bpm), camelot)
                || ' in ' || coalesce(nullif(name, ''), digital_id),
            '; '
            ORDER BY name, digital_id
        ) AS files
    FROM other_files
    WHERE camelot <> best_camelot
        OR least(abs(ratio - 1), abs(ratio / 2 - 1), abs(ratio * 2 - 1)) > 0.01
    GROUP BY track_id
)
SELECT
    gap.*,
    gap.discogs_release_id AS release_id,
    CASE
        WHEN regexp_matches(gap.position, '^(?:CD|DVD|LP)?[0-9]+-[0-9]')
            THEN regexp_extract(gap.position, '^[^-]+')
        ELSE nullif(upper(regexp_extract(
            gap.position, '^([0-9]{1,2}[A-Z]|\p{L}{1,2})(?:[-.]?[0-9].*|\(.*)?$', 1
        )), '')
    END AS side,
    track.duration,
    track.duration_seconds,
    track.album_artist,
    track.format_type,
    track.format_description,
    coalesce(shelf.folders, []) AS folders,
    track.date_added AS first_added,
    file.duration_seconds AS digital_duration_seconds,
    file.bpm,
    file.musical_key,
    file.camelot,
    disagreement.files AS sound_disagreement,
    file.file_type,
    file.bitrate,
    file.imported_at
FROM gap_analysis AS gap
JOIN expanded_tracks AS track ON track.id = gap.track_id
LEFT JOIN shelves AS shelf ON shelf.release_id = gap.discogs_release_id
LEFT JOIN digital_tracks AS file ON file.digital_id = gap.digital_id
LEFT JOIN disagreements AS disagreement ON disagreement.track_id = gap.track_id;
