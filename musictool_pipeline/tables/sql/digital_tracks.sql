-- digital_tracks: the files of all libraries. A file that several list has one row: its id, its path
-- and its source are those of the first library, and each fact is from the most trusted one that
-- knows it. Artist and title are from one, for a title may hold the artist. `renamed` tells apart
-- files that bear one id.
DELETE FROM digital_tracks;

INSERT INTO digital_tracks BY NAME
WITH entry AS (
    SELECT track.* EXCLUDE (library, number, file), file.place, file.first, file.entries, file.rank
    FROM pipeline.library_tracks AS track
    JOIN file_entries AS file USING (library, number)
),
joined AS (
    SELECT
        first AS place,
        arg_min(digital_id, place) AS digital_id,
        arg_min(source, place) AS source,
        arg_min(path, place) AS path,
        arg_min(
            {'artist': artist, 'title': title},
            rank + CASE
                WHEN title IS NULL THEN 2_000_000_000_000
                WHEN artist IS NULL THEN 1_000_000_000_000
                ELSE 0
            END
        ) AS named,
        arg_min(remixer, rank) AS remixer,
        arg_min(mix, rank) AS mix,
        arg_min(album, rank) AS album,
        arg_min(label, rank) AS label,
        arg_min(genre, rank) AS genre,
        arg_min({'bpm': bpm, 'source': source}, rank) FILTER (bpm IS NOT NULL) AS tempo,
        arg_min({'name': musical_key, 'camelot': camelot, 'source': source}, rank)
            FILTER (musical_key IS NOT NULL) AS key,
        arg_min(duration_seconds, rank) AS duration_seconds,
        arg_min(file_type, rank) AS file_type,
        arg_min(bitrate, rank) AS bitrate,
        arg_min(file_size_bytes, rank) AS file_size_bytes,
        bool_and(is_music) AS is_music,
        arg_min(imported_at, rank) AS imported_at,
        string_agg(DISTINCT source, ', ' ORDER BY source) AS sources
    FROM entry
    WHERE entries > 1
    GROUP BY first
),
file AS (
    SELECT
        joined.* EXCLUDE (named, tempo, key),
        named.artist,
        named.title,
        tempo.bpm,
        tempo.source AS bpm_source,
        key.name AS musical_key,
        key.camelot,
        key.source AS key_source
    FROM joined
    UNION ALL BY NAME
    SELECT
        entry.* EXCLUDE (first, entries, rank),
        source AS sources,
        CASE WHEN bpm IS NOT NULL THEN source END AS bpm_source,
        CASE WHEN musical_key IS NOT NULL THEN source END AS key_source
    FROM entry
    WHERE entries = 1
)
SELECT
    file.* EXCLUDE (place)
    REPLACE (coalesce(renamed.digital_id, file.digital_id) AS digital_id)
FROM file
LEFT JOIN renamed USING (place)
ORDER BY place;
