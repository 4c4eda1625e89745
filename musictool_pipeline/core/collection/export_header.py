"""The header of the collection export, and where in a row each thing stands.

What belongs here: the columns' names, how spreadsheets and R spoil them, and release ids, which
are never guessed: where columns may be shifted or digits cut off there is none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from musictool_pipeline.core.collection.export_dates import date_order
from musictool_pipeline.core.text import without_orders

HIGHEST_RELEASE_ID = 2_147_483_647

DISCOGS_COLUMNS = (
    "Catalog#", "Artist", "Title", "Label", "Format", "Rating", "Released", "release_id",
    "CollectionFolder", "Date Added", "Collection Media Condition", "Collection Sleeve Condition",
    "Collection Notes",
)  # fmt: skip
"""The header as Discogs has written it since 2015; the user's own fields follow."""

INSTANCE_COLUMN = "instance_id"
"""Discogs' number of the copy: a column that only this project's own snapshots have."""


class Header(NamedTuple):
    delimiter: str
    names: tuple[str, ...]
    end: int
    """How many physical lines lie before the first row."""

    @property
    def keys(self) -> set[str]:
        return {key_of(name) for name in self.names} - {""}


def key_of(name: str) -> str:
    """`Date.Added`, `date_added` and `Date Added` are one name: letters and digits count."""
    return "".join(character for character in name.casefold() if character.isalnum())


KEYS = tuple(key_of(name) for name in DISCOGS_COLUMNS)
COLUMNS_OF_BOTH = DISCOGS_COLUMNS[: DISCOGS_COLUMNS.index("release_id") + 1]
KEYS_OF_BOTH = KEYS[: len(COLUMNS_OF_BOTH)]
"""What the wantlist's header begins with, too; `Notes` follows there."""
CUSTOM_FIELD = re.compile(r"collection([ ._])(.*[^\W_].*)", re.IGNORECASE | re.DOTALL)
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


def find_header(lines: Sequence[str]) -> Header:
    """The first line that is not blank, split by the delimiter that brings release_id to light.

    Where none does, the split with the most names, for the error to show.
    """
    first = 0
    while first < len(lines) - 1 and not lines[first].strip(" ,;\t\r\n"):
        first += 1
    if re.fullmatch(r'"?sep=[,;\t]"?\s*', lines[first], re.IGNORECASE):
        first += 1  # Excel's own note to itself on the delimiter

    candidates: list[Header] = []
    for delimiter in DELIMITERS:
        reader = csv_reader(from_line(lines, first), delimiter)
        try:
            names = tuple(name.strip() for name in next(reader, list[str]()))
        except csv.Error:
            names = (lines[first].strip(),)
        candidates.append(Header(delimiter, names, first + reader.line_num))
    return max(candidates, key=lambda header: ("releaseid" in header.keys, len(header.names)))


def missing_columns(names: Sequence[str], expected: Sequence[str]) -> list[str]:
    """The expected columns that a header with these names lacks."""
    there = set(map(key_of, names))
    return [name for name in expected if key_of(name) not in there]


def unread_columns(names: Sequence[str]) -> list[str]:
    """The names from which nothing is read: neither Discogs' own nor a field of the user's."""
    return [
        name
        for name in names
        if name and key_of(name) not in (*KEYS, "notes") and not CUSTOM_FIELD.fullmatch(name)
        if name != INSTANCE_COLUMN
    ]


def from_line(lines: Sequence[str], first: int) -> Iterator[str]:
    """The lines from the one with this index on."""
    return (lines[index] for index in range(first, len(lines)))


def csv_reader(feed: Iterator[str], delimiter: str):
    """A reader of rows, strict about quotation marks."""
    return csv.reader(feed, delimiter=delimiter, skipinitialspace=True, strict=True)


def is_digits(value: str) -> bool:
    """True if there is nothing but ASCII digits, and at least one."""
    return value.isascii() and value.isdigit()


def in_a_sentence(value: str, width: int = 40) -> str:
    """Foreign text, fit to be quoted in a sentence: on one line, printable, and short."""
    value = "".join(c if c.isprintable() else "?" for c in " ".join(value.split()))
    return value if len(value) <= width else value[: width - 1] + "…"


def text_of(printed: str) -> str | None:
    """The text of a cell, with line feeds for line breaks; None if it says nothing."""
    if printed.isprintable():
        return printed or None
    printed = printed.replace("\r\n", "\n").replace("\r", "\n")
    return without_orders(printed).strip() or None


def text_if_given(printed: str) -> str | None:
    """Text of a column that Discogs itself may leave empty.

    R writes NA for an empty cell, and nothing in a cell tells that from the text "NA". Artist,
    title, label and folder are never empty on Discogs: there NA is a band or a folder, and kept.
    """
    return None if printed == "NA" else text_of(printed)


_RELEASE_ID = re.compile(r"0*([0-9]{1,10})(?:\.00?)?")
"""With the `.0` that pandas adds, but not `.000`, which may be a thousand in Europe."""
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_INTEGER = re.compile(r"-?[0-9]+(?:\.00?)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row each thing stands."""

    positions: dict[str, int]
    """By the key of the name that Discogs gives it."""
    custom: tuple[tuple[int, str], ...]
    named: tuple[int, ...]
    count: int
    """Cells in the header; `width` is the same without nameless ones at its end."""
    width: int
    delimiter: str

    @classmethod
    def of(cls, header: Header) -> Columns:
        names = header.names
        positions: dict[str, int] = {}
        # Exact names first: a field that the user called "Folder" is headed "Collection Folder",
        # and must not take the place of CollectionFolder.
        exact = {name.casefold(): key for name, key in zip(DISCOGS_COLUMNS, KEYS, strict=True)}
        for index, name in enumerate(names):
            if key := exact.get(name.casefold()):
                positions.setdefault(key, index)
        taken = set(positions.values())
        for index, name in enumerate(names):
            if index not in taken and (key := key_of(name)) in KEYS and key not in positions:
                positions[key] = index
        if INSTANCE_COLUMN in names:
            positions[INSTANCE_COLUMN] = names.index(INSTANCE_COLUMN)
        taken = set(positions.values())
        custom: list[tuple[int, str]] = []
        for index, name in enumerate(names):
            if index not in taken and (match := CUSTOM_FIELD.fullmatch(name)):
                # R and databases put a dot or an underscore for each blank of a name.
                custom.append((index, match[2].replace(match[1], " ").strip()))
        named = tuple(index for index, name in enumerate(names) if name)
        return cls(positions, tuple(custom), named, len(names), named[-1] + 1, header.delimiter)

    @property
    def release_id(self) -> int:
        return self.positions["releaseid"]

    def cell(self, cells: Sequence[str], key: str) -> str:
        index = self.positions.get(key)
        return cells[index] if index is not None and index < len(cells) else ""

    def printed(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The cells of DISCOGS_COLUMNS in that order, '' for what the row or the file lacks."""
        padded = [*cells, *[""] * (self.count - len(cells)), ""]
        return tuple([padded[self.positions.get(key, -1)] for key in KEYS])

    def custom_fields(self, cells: Sequence[str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for index, name in self.custom:
            if index < len(cells) and (value := text_if_given(cells[index])):
                fields.setdefault(name, value)
        return fields

    def are_blank(self, cells: Sequence[str]) -> bool:
        """Whether a row says nothing; a row number in a nameless column is nothing too."""
        if self.cell(cells, "releaseid"):
            return False
        named = any(cells[index] for index in self.named if index < len(cells))
        return not named and not any(cells[self.count :])

    def release_id_of(self, cells: Sequence[str]) -> int | str:
        """The row's release id, or the reason why there is none to be trusted."""
        if len(cells) > self.count and not self._surplus_is_harmless(cells):
            delimiter = DELIMITERS[self.delimiter]
            return (
                f"it has {len(cells)} cells where the header has {self.count}; most likely a "
                f"{delimiter} inside a cell is not quoted, which shifts the columns"
            )
        if len(cells) <= self.release_id:
            return (
                f"it has {len(cells)} of {self.count} cells, and release_id is not among them; "
                "most likely a line break inside a cell is not quoted"
            )
        value = self.cell(cells, "releaseid")
        if not value:
            return "release_id is empty"
        if (match := _RELEASE_ID.fullmatch(value)) and (
            1 <= (release_id := int(match[1])) <= HIGHEST_RELEASE_ID
        ):
            return release_id
        shown = f'release_id is "{in_a_sentence(value)}"'
        if _SCIENTIFIC.fullmatch(value):
            return (
                f"{shown}: a spreadsheet has rounded the number, and its digits are lost; use "
                "the file as Discogs exported it"
            )
        if _INTEGER.fullmatch(value):
            return f"{shown}, not between 1 and {HIGHEST_RELEASE_ID}"
        if key_of(value) == "releaseid":
            return "it is a header once more"
        return f"{shown}, not a whole number"

    def _surplus_is_harmless(self, cells: Sequence[str]) -> bool:
        """Whether cells beyond the header's are mere padding.

        Empty ones are no proof: where an unquoted comma shifts a row without notes, what ends up
        beyond the header is empty, and under release_id stands the year. A date that is still in
        its place to the right of release_id is proof.
        """
        date = self.positions.get("dateadded", -1)
        return (
            not any(cells[self.count :])
            and date > self.release_id
            and date_order(self.cell(cells, "dateadded")) is not None
        )
