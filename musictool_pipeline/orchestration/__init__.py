"""The Dagster glue, thin: partitions, resources, assets, checks, automation. What an asset does
stands in `core` and `storage`; here stands when, in which order, and what Dagster shows of it."""
