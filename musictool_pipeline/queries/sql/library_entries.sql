-- Each entry of a library that names a file, in its order. A folder of music names none: it is read
-- from the disk.
SELECT entry.library, entry.source, entry.path, entry.artist, entry.title
FROM pipeline.library_tracks AS entry
JOIN pipeline.libraries AS library ON library.path = entry.library
WHERE entry.path IS NOT NULL
    AND entry.source <> 'folder'
    AND entry.file_type IS DISTINCT FROM 'stream'
ORDER BY library.number, entry.number
