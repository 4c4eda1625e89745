-- The releases of which most is there as files already.
SELECT artist, title, owned, tracks, discogs_url
FROM wants
WHERE NOT on_shelf AND tracks > 0
ORDER BY owned / tracks DESC, owned DESC, release_id LIMIT 10
