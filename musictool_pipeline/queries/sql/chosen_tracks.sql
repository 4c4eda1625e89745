-- chosen_tracks: a row for each track of the chosen records, with how it was judged and with the
-- record's own words. Ordered by record_number and track_number it is a list to rip by: record
-- after record, and on each the order of the tracklist, which is that of its sides and positions.
CREATE OR REPLACE TEMP VIEW chosen_tracks AS
SELECT
    record.record_number,
    record.release_id,
    record.artist AS record_artist,
    record.title AS record_title,
    record.label,
    record.catalog_number,
    record.folders,
    gap.track_number,
    gap.position,
    gap.artist,
    gap.title,
    track.duration,
    track.duration_seconds,
    gap.release_year,
    track.format_type,
    gap.status,
    gap.confidence,
    gap.reason,
    gap.digital_id,
    gap.digital_path,
    gap.overridden,
    gap.discogs_url,
    gap.bandcamp_url,
    gap.beatport_url,
    gap.juno_url
FROM chosen_records AS record
JOIN gap_analysis AS gap ON gap.discogs_release_id = record.release_id
JOIN expanded_tracks AS track USING (discogs_release_id, track_number);
