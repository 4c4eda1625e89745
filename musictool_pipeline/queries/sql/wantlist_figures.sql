-- The wantlist in figures; of what is on the shelf too, nothing but its number.
SELECT
    count(*) AS releases,
    count(*) FILTER (on_shelf) AS on_shelf,
    count(*) FILTER (NOT on_shelf AND tracklist_status IN ('pending', 'failed')) AS pending,
    coalesce(sum(tracks) FILTER (NOT on_shelf), 0)::BIGINT AS tracks,
    coalesce(sum(owned) FILTER (NOT on_shelf), 0)::BIGINT AS owned
FROM wants;
