-- Of the entries of a library those that are `kept`.
DELETE FROM pipeline.library_tracks AS entry
WHERE
    library = $library
    AND NOT EXISTS (FROM kept WHERE kept.was = entry.number AND kept.mark = entry.mark)
