-- digital_duplicates: `duplicates` with what is known of each file; and `identities`, what each file
-- was read as.
DELETE FROM digital_duplicates;

INSERT INTO digital_duplicates BY NAME
SELECT
    found.group_id,
    found.digital_id,
    file.path,
    file.artist,
    file.title,
    found.version,
    file.file_type,
    file.bitrate,
    file.duration_seconds,
    file.file_size_bytes,
    found.is_best,
    found.reason
FROM duplicates AS found
JOIN digital_tracks AS file USING (digital_id)
ORDER BY found.group_id, found.is_best DESC, found.digital_id;

DELETE FROM pipeline.file_identities;

INSERT INTO pipeline.file_identities
SELECT * FROM identities;
