-- expanded_tracks: the tracks of the releases that are in the collection, each with what is known
-- of the copy that was added first. id is made of what identifies a track, so that it never moves.
DELETE FROM expanded_tracks;

INSERT INTO expanded_tracks BY NAME
WITH first_copies AS (
    SELECT *, count(*) OVER (PARTITION BY release_id) AS copies
    FROM collection_items
    QUALIFY row_number() OVER (
        PARTITION BY release_id ORDER BY date_added NULLS LAST, csv_line
    ) = 1
)
SELECT
    track.release_id * 1_000_000 + track.track_number AS id,
    track.artist,
    track.title,
    track.position,
    track.duration,
    coalesce(answer.title, copy.title) AS album,
    coalesce(answer.artist, copy.artist) AS album_artist,
    coalesce(answer.label, copy.label) AS label,
    coalesce(answer.catalog_number, copy.catalog_number) AS catalog_number,
    coalesce(answer.release_year, copy.release_year) AS release_year,
    answer.format_type,
    answer.format_description,
    copy.collection_folder,
    copy.date_added,
    copy.media_condition,
    copy.sleeve_condition,
    copy.notes,
    track.release_id AS discogs_release_id,
    answer.source,
    answer.fetched_at AS expanded_date,
    $created_at AS created_at,
    track.track_number,
    track.parent_position,
    track.parent_title,
    track.heading,
    track.duration_seconds,
    copy.copies,
    track.artist_on_discogs,
    track.remixer
FROM pipeline.tracks AS track
JOIN pipeline.answers AS answer USING (release_id)
JOIN first_copies AS copy USING (release_id)
ORDER BY track.release_id, track.track_number;
