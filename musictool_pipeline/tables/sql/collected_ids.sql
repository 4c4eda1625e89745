-- The releases of the export, in the order of their first lines.
SELECT release_id
FROM collection_items
GROUP BY release_id
ORDER BY min(csv_line);
