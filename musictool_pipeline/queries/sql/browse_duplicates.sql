-- Each file that is there more than once; in the order of the table the best copy comes first.
SELECT *
FROM digital_duplicates
