-- The collection's folders, and whether each is the one that is named, in any spelling of its case.
SELECT any_value(collection_folder), lower(collection_folder) = lower($folder) AS is_it
FROM expanded_tracks
GROUP BY lower(collection_folder), is_it
ORDER BY 1
