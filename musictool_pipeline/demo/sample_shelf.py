"""A sample collection as the API lists it: folders, fields, and copies page by page.

What belongs here: the shape of the three documents, and what a stranger is shown of them. Which
copies there are is the business of `sample`, serving them that of the stand-in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

FIELDS = ("Media Condition", "Sleeve Condition", "Notes", "Crate", "Bought At")
"""Numbered from 1. Those after the first three are the collector's own, and private."""
OWN_FIELDS_FROM = 4


@dataclass(frozen=True, slots=True)
class SampleShelf:
    """A user's collection. `copies` are items in the API's shape, in the order added; `private`
    means that only its owner may see it."""

    username: str
    folders: tuple[str, ...]
    copies: tuple[Json, ...]
    private: bool = False

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


def _as_shown_to_strangers(copy: Json) -> Json:
    notes = [note for note in copy["notes"] if note["field_id"] < OWN_FIELDS_FROM]
    return {**copy, "folder_id": 0, "notes": notes}
