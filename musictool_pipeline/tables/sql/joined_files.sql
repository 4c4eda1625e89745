-- digital_tracks: the files that several entries list, one row for each: its id, its path and its
-- source are those of the first entry, and each fact is from the most trusted program that knows it.
-- Artist and title are from one, for a title may hold the artist. These are the files whose first
-- entry stands from $start to before $stop: DuckDB keeps all groups of a statement in memory.
INSERT INTO digital_tracks BY NAME
WITH joined AS (
    SELECT
        arg_min(digital_id, place) AS digital_id,
        arg_min(source, place) AS source,
        arg_min(path, place) AS path,
        arg_min(
            {'artist': artist, 'title': title},
            {'title': title IS NULL, 'artist': artist IS NULL, 'rank': rank}
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
        arg_min(catalog_number, rank) AS catalog_number,
        arg_min(discogs_release_id, rank) AS discogs_release_id,
        array_to_string(list_sort(list_distinct(list(source))), ', ') AS sources
    FROM shared_entries
    WHERE first >= $start AND first < $stop
    GROUP BY first
)
SELECT
    joined.* EXCLUDE (named, tempo, key),
    named.artist,
    named.title,
    tempo.bpm,
    tempo.source AS bpm_source,
    key.name AS musical_key,
    key.camelot,
    key.source AS key_source
FROM joined;
