-- The last place of an entry for a file that several entries name; none if no file is shared.
SELECT max(first)
FROM shared_entries;
