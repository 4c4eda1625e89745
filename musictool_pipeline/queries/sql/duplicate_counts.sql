-- How many files are copies of another, and of how many recordings.
SELECT count(*), count(DISTINCT group_id)
FROM digital_duplicates;
