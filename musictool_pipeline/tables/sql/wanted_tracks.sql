-- wanted_tracks: the tracks of the releases that are wanted and not on the shelf. id is made as in
-- expanded_tracks, so that a track keeps it when the record is bought.
DELETE FROM wanted_tracks;

INSERT INTO wanted_tracks BY NAME
SELECT
    track.release_id * 1_000_000 + track.track_number AS id,
    track.artist,
    track.title,
    track.position,
    track.duration,
    coalesce(answer.title, item.title) AS album,
    coalesce(answer.artist, item.artist) AS album_artist,
    coalesce(answer.label, item.label) AS label,
    coalesce(answer.catalog_number, item.catalog_number) AS catalog_number,
    coalesce(answer.release_year, item.release_year) AS release_year,
    answer.format_type,
    answer.format_description,
    track.release_id AS discogs_release_id,
    answer.source,
    answer.fetched_at AS expanded_date,
    track.track_number,
    track.parent_position,
    track.parent_title,
    track.heading,
    track.duration_seconds,
    track.artist_on_discogs,
    track.remixer
FROM pipeline.tracks AS track
JOIN pipeline.answers AS answer USING (release_id)
JOIN wantlist_items AS item USING (release_id)
WHERE track.release_id NOT IN (SELECT release_id FROM collection_items)
ORDER BY track.release_id, track.track_number;
