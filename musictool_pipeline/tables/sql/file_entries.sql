-- file_entries: the place of each entry among all (place), of the first entry of its file (first),
-- how many entries the file has, and how far down the entry stands in trust: of several programs
-- that know a fact, the one with the lowest rank says it.
CREATE OR REPLACE TEMP TABLE file_entries AS
WITH entry AS (
    SELECT
        track.library,
        track.number,
        track.digital_id,
        track.file,
        row_number() OVER (ORDER BY library.number, track.number) AS place,
        coalesce(list_position($trusted::VARCHAR[], track.source), len($trusted) + 1) AS distrust
    FROM pipeline.library_tracks AS track
    JOIN pipeline.libraries AS library ON library.path = track.library
)
SELECT
    library,
    number,
    digital_id,
    place,
    distrust * 1_000_000_000 + place AS rank,
    CASE WHEN file IS NULL THEN place ELSE min(place) OVER (PARTITION BY file) END AS first,
    CASE WHEN file IS NULL THEN 1 ELSE count(*) OVER (PARTITION BY file) END AS entries
FROM entry;
