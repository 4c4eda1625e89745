-- How many tracks have each status, also those that no track has.
SELECT possible.status, count(gap.track_id)
FROM (VALUES (1, 'owned'), (2, 'other_version'), (3, 'review'), (4, 'missing'))
    AS possible(rank, status)
LEFT JOIN gap_analysis AS gap USING (status)
GROUP BY possible.rank, possible.status ORDER BY possible.rank
