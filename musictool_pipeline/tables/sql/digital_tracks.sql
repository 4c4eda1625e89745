-- digital_tracks: the entries of all libraries. `renamed` tells apart those that bear one id: the
-- same file in two libraries, or twice in one.
DELETE FROM digital_tracks;

INSERT INTO digital_tracks BY NAME
SELECT track.* EXCLUDE (library, number)
    REPLACE (coalesce(renamed.digital_id, track.digital_id) AS digital_id)
FROM pipeline.library_tracks AS track
JOIN pipeline.libraries AS library ON library.path = track.library
LEFT JOIN renamed ON renamed.library = track.library AND renamed.number = track.number
ORDER BY library.number, track.number;
