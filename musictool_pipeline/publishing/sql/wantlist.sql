-- A row for each release on the wantlist, by artist and title, with how many of its tracks are there
-- as files.
SELECT
    release_id,
    artist,
    title,
    label,
    catalog_number,
    release_year,
    format_type,
    date_added,
    notes,
    on_shelf,
    tracklist_status,
    tracks,
    owned AS tracks_owned,
    other_version AS tracks_other_version,
    review AS tracks_review,
    missing AS tracks_missing,
    discogs_url
FROM wants
ORDER BY lower(artist) NULLS LAST, lower(title) NULLS LAST, release_id;
