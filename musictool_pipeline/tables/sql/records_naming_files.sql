-- The records with a row that names one of these files, as the match or as an alternative.
SELECT DISTINCT discogs_release_id
FROM gap_analysis
WHERE
    list_contains($ids, digital_id)
    OR list_has_any(json_extract_string(alternatives, '$[*].digital_id'), $ids)
