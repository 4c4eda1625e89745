-- What the tracks ask of the files: `asked_now` of those that were judged, and what it was of the
-- others, if they are still there.
DELETE FROM pipeline.asked_tracks
WHERE track_id IN (SELECT track_id FROM asked_now)
    OR track_id NOT IN (SELECT id FROM expanded_tracks);

INSERT INTO pipeline.asked_tracks BY NAME
SELECT * FROM asked_now;
