-- chosen_tracks: a row for each track of the chosen records, with how it was judged and with the
-- record's own words. Ordered by record_number and track_number it is a list to rip by: record
-- after record, and on each the order of the tracklist, which is that of its sides and positions.
CREATE OR REPLACE TEMP VIEW chosen_tracks AS
SELECT
    record.record_number,
    record.artist AS record_artist,
    record.title AS record_title,
    record.collection_folders,
    track.*
FROM chosen_records AS record
JOIN judged_tracks AS track USING (release_id);
