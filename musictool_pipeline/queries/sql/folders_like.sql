-- The collection's folders, and of each whether it contains a text, in any case, with any accents.
SELECT DISTINCT
    folder,
    contains(lower(strip_accents(folder)), lower(strip_accents($folder))) AS fits
FROM (SELECT unnest(folders) AS folder FROM shelves)
ORDER BY folder;
