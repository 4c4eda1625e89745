-- wanted_gaps: `verdicts` replace what was there for the same tracks, and rows of tracks that are
-- gone go too.
DELETE FROM wanted_gaps
WHERE track_id IN (SELECT track_id FROM verdicts)
    OR track_id NOT IN (SELECT id FROM wanted_tracks);

INSERT INTO wanted_gaps BY NAME
SELECT
    track.id AS track_id,
    track.discogs_release_id,
    track.track_number,
    track.position,
    track.artist,
    track.title,
    track.album,
    track.label,
    track.catalog_number,
    track.release_year,
    verdict.status,
    verdict.confidence,
    verdict.reason,
    verdict.digital_id,
    file.path AS digital_path,
    file.artist AS digital_artist,
    file.title AS digital_title,
    verdict.alternatives,
    verdict.overridden,
    verdict.discogs_url,
    verdict.bandcamp_url,
    verdict.beatport_url,
    verdict.juno_url
FROM wanted_tracks AS track
JOIN verdicts AS verdict ON verdict.track_id = track.id
LEFT JOIN digital_tracks AS file ON file.digital_id = verdict.digital_id
ORDER BY track.discogs_release_id, track.track_number;
