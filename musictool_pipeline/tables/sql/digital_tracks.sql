-- digital_tracks: the files that one entry alone lists; those of several are put to shared_entries,
-- and joined from there. `renamed` tells apart files that bear one id.
DELETE FROM digital_tracks;

INSERT INTO digital_tracks BY NAME
SELECT
    track.* EXCLUDE (library, number, file, mark)
        REPLACE (coalesce(renamed.digital_id, track.digital_id) AS digital_id),
    track.source AS sources,
    CASE WHEN track.bpm IS NOT NULL THEN track.source END AS bpm_source,
    CASE WHEN track.musical_key IS NOT NULL THEN track.source END AS key_source
FROM pipeline.library_tracks AS track
JOIN file_entries AS file USING (library, number)
LEFT JOIN renamed USING (place)
WHERE file.entries = 1
ORDER BY file.place;

CREATE OR REPLACE TEMP TABLE shared_entries AS
SELECT
    track.* EXCLUDE (library, number, file, mark)
        REPLACE (coalesce(renamed.digital_id, track.digital_id) AS digital_id),
    file.place,
    file.first,
    file.rank
FROM pipeline.library_tracks AS track
JOIN file_entries AS file USING (library, number)
LEFT JOIN renamed USING (place)
WHERE file.entries > 1
ORDER BY file.first;
