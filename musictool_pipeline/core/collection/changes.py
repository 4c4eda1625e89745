"""What changed on the shelf from one reading of the collection to the next.

What belongs here: telling which copy of the one is which copy of the other, and what differs
between the two. Where earlier readings are kept, and the table, belong to `tables`.

Only what the owner does is a change: copies bought and sold, folders, conditions, notes, ratings,
fields. What Discogs' editors correct in a title or a label is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from musictool_pipeline.core.collection.export_file import CollectionExport, Copy

KINDS = ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"

FOLDER = "collection_folder"
_COLUMN_OF = {
    FOLDER: "CollectionFolder",
    "rating": "Rating",
    "media_condition": "Collection Media Condition",
    "sleeve_condition": "Collection Sleeve Condition",
    "notes": "Collection Notes",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `field` is a column of `collection_items`, or the name of the owner's own
    field; it is None for a copy added or removed."""

    change: str
    release_id: int
    item_id: str
    """As the later reading calls the copy; a copy removed, as the earlier one did."""
    artist: str | None
    title: str | None
    field: str | None = None
    before: str | None = None
    after: str | None = None


def collection_changes(before: CollectionExport, after: CollectionExport) -> tuple[Change, ...]:
    """What happened between two readings: copies removed, in the order of `before`; then those
    added, moved and changed, in the order of `after`.

    Only columns that both readings have are compared: a reading of another user's collection has no
    folders, which says nothing about where a copy is.
    """
    fields = _common_fields(before, after)
    pairs = _pairs(before.copies, after.copies, fields)
    earlier_of = {after_copy.item_id: before_copy for before_copy, after_copy in pairs}
    kept = {before_copy.item_id for before_copy, _ in pairs}
    removed = [_whole(REMOVED, copy) for copy in before.copies if copy.item_id not in kept]
    others = [
        change
        for copy in after.copies
        for change in (
            _differences(earlier_of[copy.item_id], copy, fields)
            if copy.item_id in earlier_of
            else [_whole(ADDED, copy)]
        )
    ]
    return (*removed, *others)


def _whole(change: str, copy: Copy) -> Change:
    return Change(change, copy.release_id, copy.item_id, copy.artist, copy.title)


def _differences(before: Copy, after: Copy, fields: Sequence[str]) -> Iterator[Change]:
    was, is_now = _values(before), _values(after)
    for field in fields:
        if was.get(field) != is_now.get(field):
            yield Change(
                MOVED if field == FOLDER else CHANGED,
                after.release_id,
                after.item_id,
                after.artist,
                after.title,
                field,
                was.get(field),
                is_now.get(field),
            )


def _values(copy: Copy) -> Mapping[str, str | None]:
    # The owner's own fields first: one called "notes" does not hide the notes.
    return {
        **copy.custom_fields,
        FOLDER: copy.collection_folder,
        "rating": None if copy.rating is None else str(copy.rating),
        "media_condition": copy.media_condition,
        "sleeve_condition": copy.sleeve_condition,
        "notes": copy.notes,
    }


def _common_fields(before: CollectionExport, after: CollectionExport) -> list[str]:
    """The fields that both readings have a column for: those of Discogs, then the owner's own."""
    common = {_key(name) for name in before.columns} & {_key(name) for name in after.columns}
    fields = [field for field, column in _COLUMN_OF.items() if _key(column) in common]
    own = dict.fromkeys(
        name
        for export in (before, after)
        for copy in export.copies
        for name in copy.custom_fields
        if _key(f"Collection {name}") in common and name not in _COLUMN_OF
    )
    return [*fields, *own]


def _key(column: str) -> str:
    return "".join(character for character in column.casefold() if character.isalnum())


# ---------------------------------------------------------------------------------------------
# Which copy is which
# ---------------------------------------------------------------------------------------------


def _pairs(
    before: Iterable[Copy], after: Iterable[Copy], fields: Sequence[str]
) -> list[tuple[Copy, Copy]]:
    """Each copy that is in both, as it was and as it is.

    Discogs' number tells, where both readings have it. Else it is the same release, added at the
    same time; where several of those are alike, those with the fewest differences belong together,
    then those in the same order.
    """
    numbered = {copy.instance_id: copy for copy in before if copy.instance_id is not None}
    pairs: list[tuple[Copy, Copy]] = []
    left_after: dict[int, list[Copy]] = defaultdict(list)
    taken: set[str] = set()
    for copy in after:
        earlier = numbered.get(copy.instance_id) if copy.instance_id is not None else None
        if earlier is not None and earlier.release_id == copy.release_id:
            pairs.append((earlier, copy))
            taken.add(earlier.item_id)
        else:
            left_after[copy.release_id].append(copy)
    left_before: dict[int, list[Copy]] = defaultdict(list)
    for copy in before:
        if copy.item_id not in taken:
            left_before[copy.release_id].append(copy)
    for release_id, copies in left_after.items():
        pairs += _pairs_of_release(left_before.get(release_id, []), copies, fields)
    return pairs


def _pairs_of_release(
    before: Sequence[Copy], after: Sequence[Copy], fields: Sequence[str]
) -> list[tuple[Copy, Copy]]:
    candidates = [
        (was, is_now) for was in before for is_now in after if _may_be_one_copy(was, is_now)
    ]
    if len(candidates) > 1:
        candidates.sort(key=lambda pair: _unlikeness(*pair, fields))
    pairs: list[tuple[Copy, Copy]] = []
    taken: set[tuple[str, str]] = set()
    for was, is_now in candidates:
        marks = {("before", was.item_id), ("after", is_now.item_id)}
        if not taken & marks:
            taken |= marks
            pairs.append((was, is_now))
    return pairs


def _unlikeness(was: Copy, is_now: Copy, fields: Sequence[str]) -> tuple[bool, int, int, int]:
    values, others = _values(was), _values(is_now)
    differing = sum(values.get(field) != others.get(field) for field in fields)
    return was.date_added != is_now.date_added, differing, was.csv_line, is_now.csv_line


def _may_be_one_copy(was: Copy, is_now: Copy) -> bool:
    """Whether two copies of a release can be the same one. The date on which a copy was added never
    changes, but a spreadsheet may have cut off its seconds or its time, or lost it."""
    if was.instance_id is not None and is_now.instance_id is not None:
        return False  # and not the same, or they would be a pair already
    one, other = was.date_added, is_now.date_added
    if one is None or other is None or one == other:
        return True
    if _is_midnight(one) or _is_midnight(other):
        return one.date() == other.date()
    if one.second == 0 or other.second == 0:
        return one.replace(second=0) == other.replace(second=0)
    return False


def _is_midnight(when: datetime) -> bool:
    return when.time() == time.min
