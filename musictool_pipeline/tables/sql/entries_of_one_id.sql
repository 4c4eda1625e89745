-- Files of one id, by their places, in their order.
SELECT
    place,
    digital_id
FROM file_entries
WHERE place = first
QUALIFY count(*) OVER (PARTITION BY digital_id) > 1
ORDER BY place;
