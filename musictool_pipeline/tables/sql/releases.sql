-- releases: one row for each release id in the collection. What the API says is preferred where it
-- is there, since the export cuts off formats and catalogue numbers.
DELETE FROM releases;

INSERT INTO releases BY NAME
WITH first_copies AS (
    SELECT
        *,
        count(*) OVER copies AS copies,
        min(date_added) OVER copies AS first_added
    FROM collection_items
    WINDOW copies AS (PARTITION BY release_id)
    QUALIFY row_number() OVER (
        PARTITION BY release_id ORDER BY date_added NULLS LAST, csv_line
    ) = 1
)
SELECT
    copy.release_id,
    coalesce(answer.artist, copy.artist) AS artist,
    coalesce(answer.title, copy.title) AS title,
    coalesce(answer.label, copy.label) AS label,
    coalesce(answer.catalog_number, copy.catalog_number) AS catalog_number,
    coalesce(
        nullif(concat_ws(', ', answer.format_type, answer.format_description), ''), copy.format
    ) AS format,
    coalesce(answer.release_year, copy.release_year) AS release_year,
    copy.copies,
    copy.first_added,
    answer.country,
    answer.genres,
    answer.styles,
    answer.master_id,
    coalesce(answer.status, CASE WHEN failure.cause IS NULL THEN 'pending' ELSE 'failed' END)
        AS tracklist_status,
    coalesce(failure.cause, answer.remark) AS tracklist_error,
    answer.fetched_at,
    answer.requests
FROM first_copies AS copy
LEFT JOIN pipeline.answers AS answer USING (release_id)
LEFT JOIN pipeline.failures AS failure USING (release_id)
ORDER BY copy.release_id;
