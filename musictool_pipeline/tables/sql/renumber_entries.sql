-- Their numbers of now for the entries of a library that are `kept`.
UPDATE pipeline.library_tracks AS entry
SET number = kept.number
FROM kept
WHERE entry.library = $library AND kept.was = entry.number AND kept.was <> kept.number
