"""One dynamic partition for each release: its key is the release id in decimal."""

import dagster as dg

RELEASE_PARTITIONS = dg.DynamicPartitionsDefinition(name="discogs_release_id")


def register_releases(instance: dg.DagsterInstance, release_ids: list[int]) -> int:
    """Makes a partition of each release that has none, in that order; gives how many were new.

    Releases that left the collection keep theirs, as they keep their tracklist.
    """
    assert RELEASE_PARTITIONS.name is not None
    known = set(instance.get_dynamic_partitions(RELEASE_PARTITIONS.name))
    new = [key for key in map(str, release_ids) if key not in known]
    if new:
        instance.add_dynamic_partitions(RELEASE_PARTITIONS.name, new)
    return len(new)
