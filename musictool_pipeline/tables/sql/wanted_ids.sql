-- The wanted releases that are not in the collection, in the order in which they were put on the
-- list.
SELECT release_id
FROM wantlist_items
ANTI JOIN releases USING (release_id)
ORDER BY date_added NULLS LAST, csv_line;
