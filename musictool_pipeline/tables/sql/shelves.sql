-- The folders of each release; a copy that is in none adds none.
SELECT
    release_id,
    coalesce(
        list(DISTINCT collection_folder ORDER BY collection_folder)
            FILTER (collection_folder IS NOT NULL),
        []
    ) AS folders
FROM collection_items
GROUP BY release_id;
