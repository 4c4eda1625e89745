-- wanted_tracks: the tracks of the releases that are wanted and not on the shelf.
DELETE FROM wanted_tracks;

INSERT INTO wanted_tracks BY NAME
SELECT *
FROM tracks_of('wantlist_items')
WHERE discogs_release_id NOT IN (SELECT release_id FROM collection_items)
ORDER BY discogs_release_id, track_number;
