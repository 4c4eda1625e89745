-- Whether the database that is open is a file, and in which form DuckDB keeps that.
SELECT path IS NOT NULL AS is_file, tags['storage_version'] AS storage_version
FROM duckdb_databases()
WHERE database_name = current_database();
