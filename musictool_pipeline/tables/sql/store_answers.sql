-- new_answers and new_tracks take the place of what was there for the same releases.
DELETE FROM pipeline.tracks WHERE release_id IN (SELECT release_id FROM new_answers);
DELETE FROM pipeline.answers WHERE release_id IN (SELECT release_id FROM new_answers);

INSERT INTO pipeline.answers BY NAME
SELECT * REPLACE (
    from_json(CAST(genres AS VARCHAR), '["VARCHAR"]') AS genres,
    from_json(CAST(styles AS VARCHAR), '["VARCHAR"]') AS styles
)
FROM new_answers;

INSERT INTO pipeline.tracks BY NAME SELECT * FROM new_tracks;
