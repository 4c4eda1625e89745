-- Each track on the records. A folder of any copy counts.
SELECT
    track.* EXCLUDE (collection_folder),
    'https://www.discogs.com/release/' || track.discogs_release_id AS discogs_url,
    shelf.folders,
    array_to_string(shelf.folders, ', ') AS collection_folder,
    (track.release_year // 10 * 10) || 's' AS decade
FROM expanded_tracks AS track
LEFT JOIN shelves AS shelf ON shelf.release_id = track.discogs_release_id
