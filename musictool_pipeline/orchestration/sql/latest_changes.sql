-- All that the last reading with a change in it showed; an export that one went back to may have
-- shown others before.
WITH latest AS (
    SELECT max_by(export, change_number) AS export, max_by(changed_at, change_number) AS at
    FROM collection_changes
)
SELECT changed_at, change, item_id, artist, title, field, before, after
FROM collection_changes
WHERE change_number > coalesce((
    SELECT max(change_number) FROM collection_changes, latest
    WHERE collection_changes.export <> latest.export OR changed_at <> latest.at
), 0)
ORDER BY change_number
