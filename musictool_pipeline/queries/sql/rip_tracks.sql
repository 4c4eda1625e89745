SELECT track_number, position, side, artist, title, duration_seconds
FROM chosen_tracks
ORDER BY track_number
