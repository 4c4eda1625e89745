-- What only the joining of the entries needed.
DROP TABLE shared_entries;
DROP TABLE file_entries;
