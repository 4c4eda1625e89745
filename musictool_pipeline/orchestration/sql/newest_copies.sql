-- The copies added last, for a look at what was read.
SELECT csv_line, artist, title, format, collection_folder, date_added
FROM collection_items ORDER BY date_added DESC NULLS LAST, csv_line LIMIT 10
