"""The collection as the API lists it: from its pages to a file in the export's own form.

What belongs here: what the three documents (folders, fields, copies) say, whether the pages of one
reading fit together, and how the same copies would look in an export. Asking for the documents
and keeping the file belong to `discogs.live_collection`; from the file on, everything is as with an
export (`core.collection.export_file`).

`GET /users/{username}/collection/folders/0/releases` gives 100 copies at a time. Only the owner is
shown folders and private fields; to others every copy is in folder 0, which stands for all.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from musictool_pipeline.core.collection.export_header import (
    DISCOGS_COLUMNS,
    HIGHEST_RELEASE_ID,
    INSTANCE_COLUMN,
)
from musictool_pipeline.core.collection.wantlist_file import write_snapshot

COPIES_A_PAGE = 100
REQUESTS_BESIDE_PAGES = 2
"""One for the folders, one for the fields."""

MOST_COPIES = 1_000_000
"""No collection has more: a page that counts more of them has pages without end."""

Json = Mapping[str, Any]


class Unfit(Exception):
    """A document that is not what was asked for, or that does not fit those before it: why."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that the user keeps for each copy: its number, and its name as shown on Discogs."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the copies are sorted by: the names of folders by number, and the fields in order.

    `folders` is empty if the reader is not the owner, who alone is shown them.
    """

    folders: Mapping[int, str]
    fields: tuple[Field, ...]

    @property
    def is_owners(self) -> bool:
        """Whether the collection was seen with its owner's eyes."""
        return bool(self.folders)


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """One page: its copies as the API gave them, and how many there are on all pages."""

    number: int
    pages: int
    total: int
    copies: tuple[Json, ...]


def requests_for(copies: int) -> int:
    """How many requests a reading of so many copies takes."""
    return max(1, math.ceil(copies / COPIES_A_PAGE)) + REQUESTS_BESIDE_PAGES


# ---------------------------------------------------------------------------------------------
# Reading the documents
# ---------------------------------------------------------------------------------------------


def read_shelf(folders: Json, fields: Json) -> Shelf:
    """The shelf, from the answers for folders and fields. Raises Unfit."""
    names = {
        _number(entry, "id"): str(entry.get("name") or "") for entry in listed(folders, "folders")
    }
    # Folder 0 is all of them together; a copy is never in it.
    names.pop(0, None)
    by_position = sorted(
        listed(fields, "fields"), key=lambda entry: (_or_zero(entry.get("position")), entry["id"])
    )
    return Shelf(
        names,
        tuple(Field(_number(entry, "id"), str(entry.get("name") or "")) for entry in by_position),
    )


def read_username(payload: Json) -> str:
    """The user whom the token belongs to, from the answer for the identity. Raises Unfit."""
    _number(payload, "id")
    if name := _text(payload.get("username")):
        return name
    raise Unfit("it names no user")


def read_page(
    number: int, payload: Json, first: CollectionPage | None = None, *, name: str = "releases"
) -> CollectionPage:
    """The page of that number, with its copies under `name`; `first` is the first one of the same
    reading.

    Raises Unfit if it is another page, if it does not agree with itself (holds more or fewer copies
    than it must, counts other pages than its copies need, or more copies than any collection has),
    or if it counts other copies than the first one did: then the collection changed between them.
    """
    pagination = cast("object", payload.get("pagination"))
    if not isinstance(pagination, dict):
        raise Unfit("it has no pagination")
    said = cast("Json", pagination)
    page = CollectionPage(
        number=_number(said, "page"),
        pages=max(1, _number(said, "pages")),
        total=_number(said, "items"),
        copies=tuple(listed(payload, name)),
    )
    if page.number != number:
        raise Unfit(f"page {page.number} came for page {number}")
    if (size := _number(said, "per_page")) != COPIES_A_PAGE:
        raise Unfit(f"its pages are of {size:,} copies, not {COPIES_A_PAGE}")
    if page.total > MOST_COPIES:
        raise Unfit(f"it counts {page.total:,} copies, more than {MOST_COPIES:,}")
    if page.pages != max(1, math.ceil(page.total / COPIES_A_PAGE)):
        raise Unfit(f"it counts {page.pages:,} pages of {page.total:,} copies")
    expected = min(COPIES_A_PAGE, page.total - COPIES_A_PAGE * (number - 1))
    if len(page.copies) != expected:
        raise Unfit(f"page {number} holds {len(page.copies)} copies, not {expected}")
    if first and page.total != first.total:
        raise Unfit(f"there were {first.total:,} copies at first, then {page.total:,}")
    return page


def whole_collection(pages: Iterable[CollectionPage], shelf: Shelf) -> tuple[Json, ...]:
    """The copies of all pages of one reading, in the order in which they were added.

    Raises Unfit if a copy is there twice or in a folder that is not known: then the collection
    changed between two pages. The next page is taken only if the ones before it fit. One copy
    removed and another added within the half minute of a reading can go unseen; the next reading
    sets it right.
    """
    copies: list[Json] = []
    numbers: set[int] = set()
    for page in pages:
        copies += page.copies
        numbers |= {_number(copy, "instance_id") for copy in page.copies}
        if len(numbers) != len(copies):
            raise Unfit(f"{len(copies) - len(numbers)} copies are on two pages")
        for copy in page.copies:
            _check_place(copy, shelf)
    # Copies of one date go by number. The order of the pages is random for them, and would make
    # every reading look like a change.
    return tuple(sorted(copies, key=lambda copy: (_date(copy), _number(copy, "instance_id"))))


def whole_wantlist(pages: Iterable[CollectionPage]) -> tuple[Json, ...]:
    """The releases on all pages of one reading of a wantlist, in the order in which they were
    added. Raises Unfit if one is there twice: then the list changed between two pages."""
    wants: list[Json] = []
    numbers: set[int] = set()
    for page in pages:
        wants += page.copies
        numbers |= {_number(want, "id") for want in page.copies}
        if len(numbers) != len(wants):
            raise Unfit(f"{len(wants) - len(numbers)} releases are on two pages")
    if numbers and not 1 <= min(numbers) <= max(numbers) <= HIGHEST_RELEASE_ID:
        raise Unfit("it holds what is no release")
    return tuple(sorted(wants, key=lambda want: (_date(want), _number(want, "id"))))


def _check_place(copy: Json, shelf: Shelf) -> None:
    if not 1 <= _number(copy, "id") <= HIGHEST_RELEASE_ID:
        raise Unfit(f"a copy is of release {copy['id']}")
    if shelf.is_owners and _number(copy, "folder_id") not in shelf.folders:
        raise Unfit(f"a copy is in the unknown folder {copy['folder_id']}")


def listed(payload: Json, name: str) -> list[Json]:
    """The objects in the list of that name. Raises Unfit if there is no such list."""
    entries = cast("object", payload.get(name))
    if not isinstance(entries, list):
        raise Unfit(f"it has no list of {name}")
    listed = cast("list[object]", entries)
    if not all(isinstance(entry, dict) for entry in listed):
        raise Unfit(f"its list of {name} holds something else")
    return cast("list[Json]", listed)


def _number(entry: Json, name: str) -> int:
    value = cast("object", entry.get(name))
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unfit(f"its {name} is no number")
    return value


def _or_zero(value: object) -> int:
    return value if isinstance(value, int) else 0


# ---------------------------------------------------------------------------------------------
# The same copies as an export lists them
# ---------------------------------------------------------------------------------------------


def as_export(copies: Iterable[Json], shelf: Shelf) -> bytes:
    """The copies as a CSV in the export's own form: UTF-8, CRLF, RFC 4180.

    Two columns differ: INSTANCE_COLUMN is added at the end, and CollectionFolder is left out if
    the reader is not the owner, since Discogs shows the folders to no one else.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    header = [*DISCOGS_COLUMNS[:10], *(f"Collection {field.name}" for field in shelf.fields)]
    folder = header.index("CollectionFolder")
    leave_out = slice(0, 0) if shelf.is_owners else slice(folder, folder + 1)
    del header[leave_out]
    writer.writerow([*header, INSTANCE_COLUMN])
    for copy in copies:
        row = _row(copy, shelf)
        del row[leave_out]
        writer.writerow([*row, copy["instance_id"]])
    return text.getvalue().encode("utf-8", "replace")


def as_wantlist(wants: Iterable[Json]) -> bytes:
    """The releases of a wantlist as a CSV, which `wantlist_file` reads."""
    return write_snapshot(
        [*_printed(want), _date(want), _text(want.get("notes"))] for want in wants
    )


def _row(copy: Json, shelf: Shelf) -> list[str]:
    notes = {note.get("field_id"): _text(note.get("value")) for note in _objects(copy.get("notes"))}
    return [
        *_printed(copy),
        shelf.folders.get(_or_zero(copy.get("folder_id")), ""),
        _date(copy),
        *(notes.get(field.id, "") for field in shelf.fields),
    ]


def _printed(entry: Json) -> list[str]:
    """The first eight cells, which an export of either list has."""
    basic = _object(entry.get("basic_information"))
    labels = _objects(basic.get("labels"))
    rating = entry.get("rating")
    return [
        ", ".join(_text(label.get("catno")) for label in labels)[:_CUT],
        _glued(_objects(basic.get("artists"))),
        _text(basic.get("title")),
        ", ".join(_text(label.get("name")) for label in labels),
        " + ".join(_abbreviated(entry) for entry in _objects(basic.get("formats")))[:_CUT],
        str(rating) if rating else "",
        str(basic.get("year") or 0),
        str(entry["id"]),
    ]


_CUT = 50
"""Where an export cuts catalogue numbers and formats off."""

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})")


def _date(copy: Json) -> str:
    """`2019-03-02T18:30:00-08:00` as an export prints it: the same clock, without its zone."""
    found = _DATE.match(_text(copy.get("date_added")))
    return f"{found[1]} {found[2]}" if found else ""


def _glued(artists: Sequence[Json]) -> str:
    credit = glue = ""
    for artist in artists:
        credit += glue + _text(artist.get("name"))
        join = _text(artist.get("join")).strip() or ","
        glue = ", " if join == "," else f" {join} "
    return credit


_ABBREVIATIONS = {
    "Compilation": "Comp",
    "Limited Edition": "Ltd",
    "Reissue": "RE",
    "Remastered": "RM",
    "Repress": "RP",
    "Test Pressing": "TP",
    "White Label": "W/Lbl",
}
"""Those that are known; another word may stand shorter in an export than here."""


def _abbreviated(entry: Json) -> str:
    described = cast("object", entry.get("descriptions"))
    words = [
        _ABBREVIATIONS.get(_text(word), _text(word))
        for word in (cast("list[object]", described) if isinstance(described, list) else [])
    ]
    name = _text(entry.get("name"))
    # A record's size says that it is one.
    if name != "Vinyl" or not words:
        words.insert(0, name)
    if text := _text(entry.get("text")):
        words.append(text[:3])
    quantity = _text(entry.get("qty"))
    return ("" if quantity in {"", "1"} else f"{quantity}x") + ", ".join(words)


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    if not isinstance(value, list):
        return []
    return [cast("Json", entry) for entry in cast("list[object]", value) if isinstance(entry, dict)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
