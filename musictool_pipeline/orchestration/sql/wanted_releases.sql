SELECT count(*) AS wanted, count(*) FILTER (WHERE on_shelf) AS on_shelf
FROM wants
