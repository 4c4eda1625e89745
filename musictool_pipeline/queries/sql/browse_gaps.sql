-- Each judged track with its record and its file. A link that is none is not shown: a browser would
-- follow it anywhere.
SELECT
    * EXCLUDE (alternatives) REPLACE (
        CASE WHEN starts_with(discogs_url, 'https://') THEN discogs_url END AS discogs_url,
        CASE WHEN starts_with(bandcamp_url, 'https://') THEN bandcamp_url END AS bandcamp_url,
        CASE WHEN starts_with(beatport_url, 'https://') THEN beatport_url END AS beatport_url,
        CASE WHEN starts_with(juno_url, 'https://') THEN juno_url END AS juno_url
    ),
    (release_year // 10 * 10) || 's' AS decade
FROM judged_tracks
