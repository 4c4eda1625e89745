-- tracks_of(items): the tracks of the releases in that table, which names what a release is called
-- if Discogs' answer does not. id is made of what identifies a track, so that it never moves, and
-- a wanted track keeps it when the record is bought.
CREATE OR REPLACE TEMP MACRO tracks_of(items) AS TABLE
SELECT
    track.release_id * 1_000_000 + track.track_number AS id,
    track.* EXCLUDE (release_id),
    track.release_id AS discogs_release_id,
    coalesce(answer.title, item.title) AS album,
    coalesce(answer.artist, item.artist) AS album_artist,
    coalesce(answer.label, item.label) AS label,
    coalesce(answer.catalog_number, item.catalog_number) AS catalog_number,
    coalesce(answer.release_year, item.release_year) AS release_year,
    answer.format_type,
    answer.format_description,
    answer.source,
    answer.fetched_at AS expanded_date
FROM pipeline.tracks AS track
JOIN pipeline.answers AS answer USING (release_id)
JOIN query_table(items) AS item USING (release_id);

