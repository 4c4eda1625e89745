"""A sample collection as the API lists it: folders, fields, and copies page by page.

What belongs here: the shape of the three documents, and what a stranger is shown of them. Which
copies there are is the business of `sample`, serving them that of the stand-in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

FIELDS = ("Media Condition", "Sleeve Condition", "Notes", "Crate", "Bought At")
"""Numbered from 1. Those after the first three are the collector's own, and private."""
OWN_FIELDS_FROM = 4

FIRST_INSTANCE_ID = 700_000_001
UNCATEGORIZED = "Uncategorized"

_BASIC = ("id", "master_id", "title", "year", "artists", "labels", "formats", "genres", "styles")


@dataclass(frozen=True, slots=True)
class ShelvedCopy:
    """A copy: its release in the API's shape, its folder, the date in the export's form ('' where
    it has none), 0 to 5 stars, and the values of FIELDS, '' where one is not filled in."""

    release: Mapping[str, Any]
    folder: str
    added: str
    rating: int
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleShelf:
    """A user's collection. `copies` are items in the API's shape, in the order added; `private`
    means that only its owner may see it."""

    username: str
    folders: tuple[str, ...]
    copies: tuple[Json, ...]
    private: bool = False

    @classmethod
    def of(cls, username: str, copies: Iterable[ShelvedCopy]) -> SampleShelf:
        """From copies in any order, numbered in that order."""
        listed = list(copies)
        others = sorted({copy.folder for copy in listed} - {UNCATEGORIZED})
        folders = (UNCATEGORIZED, *others)
        items = [_item(number, copy, folders) for number, copy in enumerate(listed)]
        items.sort(key=lambda item: (item["date_added"] or "", item["instance_id"]))
        return cls(username, folders, tuple(items))

    def folders_for(self, *, owner: bool) -> list[Json]:
        """Folder 0 is all of them; only the owner sees another."""
        everything = {"id": 0, "name": "All", "count": len(self.copies)}
        if not owner:
            return [everything]
        counts = [copy["folder_id"] for copy in self.copies]
        return [
            everything,
            *(
                {"id": number, "name": name, "count": counts.count(number)}
                for number, name in enumerate(self.folders, start=1)
            ),
        ]

    def fields_for(self, *, owner: bool) -> list[Json]:
        """The fields, in no order but that of their `position`."""
        fields = [
            {
                "id": number,
                "name": name,
                "position": number,
                "public": number < OWN_FIELDS_FROM,
                "type": "dropdown" if number < 3 else "textarea",
            }
            for number, name in enumerate(FIELDS, start=1)
        ]
        return [field for field in reversed(fields) if owner or field["public"]]

    def page(self, number: int, per_page: int, *, owner: bool) -> Json | None:
        """A page of copies; None if there is no page of that number."""
        pages = max(1, math.ceil(len(self.copies) / per_page))
        if number > pages:
            return None
        copies = self.copies[(number - 1) * per_page : number * per_page]
        return {
            "pagination": {
                "page": number,
                "pages": pages,
                "per_page": per_page,
                "items": len(self.copies),
                "urls": {},
            },
            "releases": [copy if owner else _as_shown_to_strangers(copy) for copy in copies],
        }


def _item(number: int, copy: ShelvedCopy, folders: Sequence[str]) -> Json:
    return {
        "id": copy.release["id"],
        "instance_id": FIRST_INSTANCE_ID + number,
        "folder_id": folders.index(copy.folder) + 1,
        "rating": copy.rating,
        "date_added": copy.added.replace(" ", "T") + "-08:00" if copy.added else None,
        "notes": [
            {"field_id": field, "value": value}
            for field, value in enumerate(copy.values, start=1)
            if value
        ],
        "basic_information": {
            # What is unknown is 0 here, and absent in the release's own answer.
            "master_id": 0,
            "year": 0,
            **{key: copy.release[key] for key in _BASIC if key in copy.release},
        },
    }


def _as_shown_to_strangers(copy: Json) -> Json:
    notes = [note for note in copy["notes"] if note["field_id"] < OWN_FIELDS_FROM]
    return {**copy, "folder_id": 0, "notes": notes}
