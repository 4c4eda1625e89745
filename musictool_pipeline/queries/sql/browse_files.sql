-- Each entry of the digital libraries.
SELECT *
FROM digital_tracks
