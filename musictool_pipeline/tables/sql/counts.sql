SELECT
    (SELECT count(*) FROM collection_items) AS copies,
    (SELECT count(*) FROM releases) AS releases,
    (SELECT count(*) FROM releases WHERE tracklist_status = 'fetched') AS expanded_releases,
    (SELECT count(*) FROM releases WHERE tracklist_status = 'unavailable') AS unavailable,
    (SELECT count(*) FROM releases WHERE tracklist_status = 'failed') AS failed,
    (SELECT count(*) FROM releases WHERE tracklist_status = 'pending') AS pending,
    (SELECT count(*) FROM expanded_tracks) AS tracks;
