-- What there is to buy: the tracks that are not there as files in any version.
SELECT record_number, artist, title
FROM chosen_tracks
WHERE status = 'missing'
ORDER BY record_number, track_number;
