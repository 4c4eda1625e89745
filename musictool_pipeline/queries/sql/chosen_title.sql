-- By whom the chosen record is, and what it is called.
SELECT artist, title
FROM chosen_records;
