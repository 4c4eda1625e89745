SELECT {fields}
FROM judged_tracks
WHERE release_id = $release_id AND track_number = $track_number
