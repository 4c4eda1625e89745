-- What each track says, in one number: all that a verdict and its row are made of.
SELECT
    id,
    hash(
        discogs_release_id, track_number, position, artist, title, album, album_artist, label,
        catalog_number, release_year, duration_seconds, artist_on_discogs, remixer,
        parent_title
    ) AS state
FROM wanted_tracks
