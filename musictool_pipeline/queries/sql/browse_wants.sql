-- Each release of the wantlist, with how much of it is there as files.
SELECT *, (release_year // 10 * 10) || 's' AS decade
FROM wants
