"""One dynamic partition for each release: its key is the release id in decimal."""

from collections.abc import Collection, Iterable

import dagster as dg

from musictool_pipeline.disk.interrupts import interrupts_wait

_NAME = "discogs_release_id"
RELEASE_PARTITIONS = dg.DynamicPartitionsDefinition(name=_NAME)


@interrupts_wait()
def register_releases(instance: dg.DagsterInstance, release_ids: list[int]) -> int:
    """Makes a partition of each release that has none, in that order; gives how many had none
    when it looked. Safe if several refreshes do the same at the same time.

    Releases that left the collection keep theirs, as they keep their tracklist, until they are
    pruned.
    """
    new = _unregistered(instance, release_ids)
    while new:
        try:
            instance.add_dynamic_partitions(_NAME, new)
        except Exception:
            # Dagster looks which are there and then inserts the others, which fails as a whole
            # where a second refresh has inserted the same ones in between.
            left = _unregistered(instance, release_ids)
            if len(left) == len(new):
                raise
            new = left
        else:
            return len(new)
    return 0


def partitions_beyond(instance: dg.DagsterInstance, keep: Collection[int]) -> list[int]:
    """The releases that have a partition and are not to be kept; none if there is nothing to keep:
    that is no collection, but one not yet read."""
    if not keep:
        return []
    registered = map(int, instance.get_dynamic_partitions(_NAME))
    return [release_id for release_id in registered if release_id not in keep]


@interrupts_wait()
def delete_partitions_of(instance: dg.DagsterInstance, release_ids: Iterable[int]) -> None:
    """Deletes the partitions of these releases. Their tracklists stay."""
    for release_id in release_ids:
        instance.delete_dynamic_partition(_NAME, str(release_id))


def prune_partitions(instance: dg.DagsterInstance, keep: Collection[int]) -> list[int]:
    """Deletes the partitions of all other releases, and gives these; none if there is nothing to
    keep."""
    gone = partitions_beyond(instance, keep)
    delete_partitions_of(instance, gone)
    return gone


def _unregistered(instance: dg.DagsterInstance, release_ids: list[int]) -> list[str]:
    known = set(instance.get_dynamic_partitions(_NAME))
    return [key for key in map(str, release_ids) if key not in known]
