"""The Dagster glue, thin: partitions, resources, assets, checks, automation. The rooms
below do what an asset does; this one says when, in which order, and what Dagster shows of it."""
