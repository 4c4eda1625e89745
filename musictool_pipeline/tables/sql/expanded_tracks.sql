-- expanded_tracks: the tracks of the releases that are in the collection, each with what is known
-- of the copy that was added first.
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
    track.*,
    copy.collection_folder,
    copy.date_added,
    copy.media_condition,
    copy.sleeve_condition,
    copy.notes,
    copy.copies,
    $created_at AS created_at
FROM tracks_of('first_copies') AS track
JOIN first_copies AS copy ON copy.release_id = track.discogs_release_id
ORDER BY track.discogs_release_id, track.track_number;
