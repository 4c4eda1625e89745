-- The entries that may name a file which another entry of the same library names: both end in the
-- same name. To compare all paths of 100,000 entries would take seconds.
SELECT entry.library, entry.source, entry.path, entry.artist, entry.title
FROM pipeline.library_tracks AS entry
JOIN pipeline.libraries AS library ON library.path = entry.library
WHERE entry.path IS NOT NULL
    AND entry.source NOT IN ('folder', $playlist)
    AND entry.file_type IS DISTINCT FROM 'stream'
QUALIFY count(*) OVER (
    PARTITION BY entry.library, entry.source, lower(nfc_normalize(parse_filename(entry.path)))
) > 1
ORDER BY library.number, entry.number
