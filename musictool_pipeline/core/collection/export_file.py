"""The collection export of Discogs: from the bytes of a file to the copies that it lists.

Here lives everything that is known about that file: its encodings, its columns, how spreadsheets
and R spoil it, what is given in its place by mistake, and how its name tells its age. What does
not belong here: opening files (bytes come in) and what is made of the copies afterwards.

Two rules run through it. A release id is never guessed: where columns may be shifted or digits
cut off, the row or the file is refused. And a refused row is named, never dropped in silence.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Literal, NamedTuple

from musictool_pipeline.core.text import without_orders
from musictool_pipeline.errors import DamagedExport, NotACollectionExport

HIGHEST_RELEASE_ID = 2_147_483_647

DISCOGS_COLUMNS = (
    "Catalog#",
    "Artist",
    "Title",
    "Label",
    "Format",
    "Rating",
    "Released",
    "release_id",
    "CollectionFolder",
    "Date Added",
    "Collection Media Condition",
    "Collection Sleeve Condition",
    "Collection Notes",
)
"""The header as Discogs has written it since 2015; the user's own fields follow."""

INSTANCE_COLUMN = "instance_id"
"""Discogs' number of the copy: a column that only this project's own snapshots have."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One row of the export: a copy on the shelf. A release owned twice is two of them.

    Texts are trimmed, with line feeds for line breaks; what the export does not say is None.
    """

    item_id: str
    """`<release_id>-<n>`, n counting the copies of the release in the order they were added."""
    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    rating: int | None
    """1 to 5 stars."""
    release_year: int | None
    collection_folder: str | None
    date_added: datetime | None
    """As printed, without a zone: Discogs does not say which one it means."""
    media_condition: str | None
    sleeve_condition: str | None
    notes: str | None
    custom_fields: dict[str, str] = field(hash=False)
    """The user's own fields, by name without "Collection "; only those that are filled in."""
    csv_line: int
    """The physical line on which the row begins; the header's is 1."""
    instance_id: int | None = None
    """Discogs' own number of the copy: a snapshot from the API has it, an export has not."""


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that could not be used: its physical line, and why, in words for its owner."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class CollectionExport:
    """A whole export: its copies and its unusable rows, both in the order of the file."""

    copies: tuple[Copy, ...]
    skipped: tuple[SkippedRow, ...]
    encoding: str
    """utf-8, utf-8-sig, utf-16-le, utf-16-be, cp1252, or "utf-8 and cp1252" where lines differ."""
    delimiter: str
    columns: tuple[str, ...]
    """The header's names as printed."""


def read_collection_export(content: bytes, path: Path) -> CollectionExport:
    """The copies in an export.

    `content` is the whole file; `path` is only named in errors. Raises NotACollectionExport if
    it is something else, and DamagedExport if it is cut short, has a header but no copies, or
    has no usable row at all.
    """
    _refuse_foreign_bytes(content, path)
    decoded = _decode(content)
    text = decoded.text
    if not text.strip():
        what = "holds nothing but zero bytes" if b"\0" in content else "is empty"
        raise DamagedExport(f"{path} {what}: no header and no copies", path=path, line=1)
    _refuse_foreign_text(text, path)

    lines = list(io.StringIO(text, newline=""))
    open_ended = decoded.breaks_off or not text.endswith(("\n", "\r"))
    header = _find_header(lines)
    if open_ended and len(lines) == 1:
        _refuse_cut_header(header, lines[0], path)
    _refuse_foreign_header(header, path)

    parsed = list(_parse_rows(lines, header, path))
    records = [row for row in parsed if isinstance(row, _Record)]
    _refuse_wantlist(header, records, path)
    if decoded.breaks_off:
        raise _damaged(path, len(lines), "the file is cut short, in the middle of a character")
    if _has_nameless_index(header, records[:-1] if open_ended else records):
        header = header._replace(names=("", *header.names))
    columns = _Columns.of(header)
    if open_ended and records and records[-1] is parsed[-1]:
        _refuse_cut_row(records[-1], columns, lines[-1], path)

    rows, skipped = _sort_out(parsed, columns)
    _refuse_no_copies(len(rows), skipped, path)
    return CollectionExport(
        copies=_copies(rows, columns),
        skipped=tuple(skipped),
        encoding=decoded.encoding,
        delimiter=header.delimiter,
        columns=tuple(name for name in header.names if name),
    )


# ---------------------------------------------------------------------------------------------
# From bytes to text
# ---------------------------------------------------------------------------------------------

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class _Decoded(NamedTuple):
    text: str
    encoding: str
    breaks_off: bool
    """The bytes end in the middle of a character."""


def _decode(content: bytes) -> _Decoded:
    encoding = _marked_encoding(content)
    try:
        text, breaks_off = _decode_as(encoding, content, "strict")
    except UnicodeDecodeError:
        if encoding.startswith("utf-16"):
            text, breaks_off = _decode_as(encoding, content, "replace")
        else:
            text, encoding = _decode_line_by_line(content)
            breaks_off = False
    # Nothing prints as U+FEFF or NUL, and some tools strew them.
    # A NUL that replaced a digit must not join the others to the id of another release.
    text = re.sub("(?<=[0-9])\0+(?=[0-9])", "\ufffd", text)
    return _Decoded(text.replace("\ufeff", "").replace("\0", ""), encoding, breaks_off)


def _marked_encoding(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark) or (content and len(content) < 3 and mark.startswith(content)):
            return encoding
    # UTF-16 without its mark shows in a header of Latin letters: every other byte is zero.
    zeros = [byte == 0 for byte in content[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    if zeros == [True, False, True, False]:
        return "utf-16-be"
    return "utf-8"


def _decode_as(encoding: str, content: bytes, errors: str) -> tuple[str, bool]:
    """The text, and whether an unfinished character was left over at the end.

    An ordinary decode calls a file that breaks off in an umlaut "not UTF-8"; it would then be
    taken for cp1252, and every umlaut before would be garbled.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    text = decoder.decode(content, final=False)
    return text, bool(decoder.getstate()[0])


def _decode_line_by_line(content: bytes) -> tuple[str, str]:
    """Each line as UTF-8 or, failing that, as cp1252, so that one bad line garbles no other."""
    decoded: list[str] = []
    encodings: set[str] = set()
    for line in content.splitlines(keepends=True):
        try:
            decoded.append(line.decode("utf-8"))
            if not line.isascii():
                encodings.add("utf-8")
        except UnicodeDecodeError:
            decoded.append(line.decode("cp1252", "replace"))
            encodings.add("cp1252")
    return "".join(decoded), " and ".join(sorted(encodings, reverse=True))


# ---------------------------------------------------------------------------------------------
# Other files that are given as an export
# ---------------------------------------------------------------------------------------------

_SAVE_AS_CSV = (
    "Open it and save it as CSV (UTF-8), or download the export again (discogs.com > Collection "
    "> Export). Nothing was changed: the last good export is still in use."
)
_UNPACK = (
    "Unpack it and put the CSV inside into the data folder. Nothing was changed: the last good "
    "export is still in use."
)
_SIGN_IN = (
    "Sign in to discogs.com, open Collection > Export and download the CSV again. Nothing was "
    "changed: the last good export is still in use."
)
_END_THE_LAST_LINE = (
    "If the file is whole, add a line break at its end; else download the export again. Nothing "
    "was changed: the last good export is still in use."
)
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", _SAVE_AS_CSV),
    (b"\x89PNG", "a PNG picture", None),
    (b"\xff\xd8\xff", "a JPEG picture", None),
    (b"GIF8", "a GIF picture", None),
    (b"%PDF", "a PDF document", None),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"SQLite format 3", "an SQLite database", None),
)


def _is(path: Path, what: str, remedy: str | None = None) -> NotACollectionExport:
    message = f"{path} is {what}, not a Discogs collection export"
    return NotACollectionExport(message, remedy, path=path)


def _refuse_foreign_bytes(content: bytes, path: Path) -> None:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"xl/" in content or b"[Content_Types].xml" in content:
            raise _is(path, "an Excel workbook", _SAVE_AS_CSV)
        if b"opendocument.spreadsheet" in content[:200]:
            raise _is(path, "an OpenDocument spreadsheet", _SAVE_AS_CSV)
        if b"Index/" in content:
            raise _is(path, "a Numbers spreadsheet", _SAVE_AS_CSV)
        raise _is(path, "a ZIP archive", _UNPACK)
    for signature, what, remedy in _SIGNATURES:
        if content.startswith(signature):
            raise _is(path, what, remedy)


def _refuse_foreign_text(text: str, path: Path) -> None:
    head = text.lstrip()[:4096]
    if head.startswith("<"):
        if "<html" in head.lower() or head.lower().startswith("<!doctype html"):
            what = "an HTML page (a sign-in page, not the export?)"
            raise _is(path, what, _SIGN_IN)
        raise _is(path, "an XML file")
    if head.startswith("{\\rtf"):
        raise _is(path, "a rich text (RTF) document", _SAVE_AS_CSV)
    if head.startswith(("{", "[")):
        raise _is(path, "a JSON file")
    controls = sum(1 for character in head if character < " " and character not in "\t\r\n")
    if controls * 20 > len(head):
        raise _is(path, "a binary file")


def _damaged(path: Path, line: int, what: str, remedy: str | None = None) -> DamagedExport:
    return DamagedExport(f"{path}, line {line}: {what}", remedy, path=path, line=line)


# ---------------------------------------------------------------------------------------------
# The header
# ---------------------------------------------------------------------------------------------


class _Header(NamedTuple):
    delimiter: str
    names: tuple[str, ...]
    end: int
    """How many physical lines lie before the first row."""

    @property
    def keys(self) -> set[str]:
        return {_key(name) for name in self.names} - {""}


def _key(name: str) -> str:
    """`Date.Added`, `date_added` and `Date Added` are one name: letters and digits count."""
    return "".join(character for character in name.casefold() if character.isalnum())


_KEYS = tuple(_key(name) for name in DISCOGS_COLUMNS)
_KEYS_OF_BOTH = _KEYS[: _KEYS.index("releaseid") + 1]
"""What the wantlist's header begins with, too."""
_CUSTOM_FIELD = re.compile(r"collection([ ._])(.*[^\W_].*)", re.IGNORECASE | re.DOTALL)
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


def _find_header(lines: Sequence[str]) -> _Header:
    """The first line that is not blank, split by the delimiter that brings release_id to light.

    Where none does, the split with the most names, for the error to show.
    """
    first = 0
    while first < len(lines) - 1 and not lines[first].strip(" ,;\t\r\n"):
        first += 1
    if re.fullmatch(r'"?sep=[,;\t]"?\s*', lines[first], re.IGNORECASE):
        first += 1  # Excel's own note to itself on the delimiter

    candidates: list[_Header] = []
    for delimiter in _DELIMITERS:
        reader = _csv_reader(_from_line(lines, first), delimiter)
        try:
            names = tuple(name.strip() for name in next(reader, list[str]()))
        except csv.Error:
            names = (lines[first].strip(),)
        candidates.append(_Header(delimiter, names, first + reader.line_num))
    return max(candidates, key=lambda header: ("releaseid" in header.keys, len(header.names)))


def _refuse_cut_header(header: _Header, line: str, path: Path) -> None:
    """A lone line of nothing but Discogs' names, the last perhaps in part, was an export once."""
    if "releaseid" in header.keys:
        return
    *names, last = map(_key, re.split("[,;\t]", line))
    # The user's own fields follow under names such as `Collection Price`.
    ours = all(name in _KEYS or not name or name.startswith("collection") for name in names)
    if ours and (last.startswith("collection") or any(key.startswith(last) for key in _KEYS)):
        raise _damaged(path, 1, "the file is cut short, in the middle of its header")


def _refuse_foreign_header(header: _Header, path: Path) -> None:
    keys = header.keys
    if "listingid" in keys:
        raise _is(path, "an inventory export (it lists what is for sale: listing_id)")
    if "releaseid" not in keys:
        raise _is(path, f"a file with no release_id column (it has: {_listing(header.names)})")
    others = keys - {"releaseid"}
    if others and not others & set(_KEYS) and not any(map(_CUSTOM_FIELD.match, header.names)):
        raise _is(path, f"another table with release ids (it has: {_listing(header.names)})")


def _refuse_wantlist(header: _Header, records: Sequence[_Record], path: Path) -> None:
    """The wantlist's header lacks a name: 9 of them stand over 10 values.

    Read as a collection it would turn every wish into a copy on the shelf. A column that only a
    collection has clears a file, though its CollectionFolder be lost. A date alone does not, under
    all the columns that both exports share: a wish has one too. Over fewer, the list is its owner's
    own.
    """
    keys = header.keys
    if any(key.startswith("collection") for key in keys):
        return
    if "dateadded" in keys and not keys.issuperset(_KEYS_OF_BOTH):
        return
    longer = sum(1 for record in records if len(record.cells) == len(header.names) + 1)
    is_told = "notes" in keys or "dateadded" in keys or longer * 2 > len(records)
    if {"artist", "title"} <= keys and is_told:
        raise _is(path, "a wantlist export (it has no CollectionFolder column)")


def _has_nameless_index(header: _Header, records: Sequence[_Record]) -> bool:
    """Whether every row begins with a row number that the header has no cell for, as R writes."""
    filled = [record.cells for record in records if any(record.cells)]
    if any(len(cells) != len(header.names) + 1 for cells in filled):
        return False
    numbers = {cells[0] for cells in filled}
    return bool(filled) and len(numbers) == len(filled) and all(map(_is_digits, numbers))


def _listing(names: Iterable[str], most: int = 8) -> str:
    shown = [_shown(name) for name in names if name]
    more = [f"and {len(shown) - most} more"] if len(shown) > most else []
    return ", ".join(shown[:most] + more) or "no names at all"


def _shown(value: str, width: int = 40) -> str:
    """Foreign text, fit to be quoted in a sentence: on one line, printable, and short."""
    value = "".join(c if c.isprintable() else "?" for c in " ".join(value.split()))
    return value if len(value) <= width else value[: width - 1] + "…"


# ---------------------------------------------------------------------------------------------
# From lines to rows
# ---------------------------------------------------------------------------------------------


class _Record(NamedTuple):
    line: int
    cells: list[str]
    """Trimmed."""


def _from_line(lines: Sequence[str], first: int) -> Iterator[str]:
    return (lines[index] for index in range(first, len(lines)))


def _csv_reader(feed: Iterator[str], delimiter: str):
    return csv.reader(feed, delimiter=delimiter, skipinitialspace=True, strict=True)


def _parse_rows(
    lines: Sequence[str], header: _Header, path: Path
) -> Iterator[_Record | SkippedRow]:
    """Every record after the header, or why it cannot be split into cells.

    A stray quotation mark runs on through the lines below until the next one. Reading resumes
    just after the line that it stands on, so that it costs one row and not all in between.
    """
    at_end = False

    def feed(first: int) -> Iterator[str]:
        nonlocal at_end
        yield from _from_line(lines, first)
        at_end = True

    start = header.end
    while start < len(lines):
        base = start
        reader = _csv_reader(feed(base), header.delimiter)
        try:
            for cells in reader:
                yield _Record(start + 1, [cell.strip() for cell in cells])
                start = base + reader.line_num
        except csv.Error:
            line = start + 1
            if at_end:
                what = "a quotation mark opens here and is never closed: the file is cut short, "
                raise _damaged(path, line, what + "or the mark is a stray one") from None
            if sum(map(len, lines[start : base + reader.line_num])) > csv.field_size_limit():
                what = f"a cell runs on for over {csv.field_size_limit():,} characters: most "
                raise _damaged(path, line, what + "likely its quotation mark is stray") from None
            after = _DELIMITERS[header.delimiter]
            yield SkippedRow(
                line,
                f"a closing quotation mark is not followed by a {after}; one that belongs to the "
                'text must be doubled ("")',
            )
            start += 1


def _refuse_cut_row(last: _Record, columns: _Columns, last_line: str, path: Path) -> None:
    """A last row without a line end that may have lost cells, or digits of its release_id.

    A cut inside its last cell is beyond anybody's sight, and costs no more than some notes,
    unless that cell is the release_id: then only a closing quotation mark shows it whole.
    """
    count = len(last.cells)
    if count == 1 and not last.cells[0]:
        return
    if count < columns.width:
        what = f"the file is cut short: its last row has {count} of {columns.width} cells"
        raise _damaged(path, last.line, f"{what} and no line end")
    if count == columns.release_id + 1 and not last_line.endswith('"'):
        what = "the last row has no line end, so its release_id may have lost digits"
        raise _damaged(path, last.line, what, _END_THE_LAST_LINE)


def _refuse_no_copies(usable: int, skipped: Sequence[SkippedRow], path: Path) -> None:
    if usable:
        return
    if not skipped:
        raise DamagedExport(f"{path} holds a header but no copies", path=path, line=1)
    first = skipped[0]
    none_of = f"none of its {len(skipped)} rows" if len(skipped) > 1 else "its only row"
    can = "can" if len(skipped) > 1 else "cannot"
    raise DamagedExport(
        f"{path}: {none_of} {can} be used; line {first.line}: {first.reason}",
        path=path,
        line=first.line,
    )


# ---------------------------------------------------------------------------------------------
# From rows to copies
# ---------------------------------------------------------------------------------------------

_RELEASE_ID = re.compile(r"0*([0-9]{1,10})(?:\.00?)?")
"""With the `.0` that pandas adds, but not `.000`, which may be a thousand in Europe."""
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_INTEGER = re.compile(r"-?[0-9]+(?:\.00?)?")
_SMALL_NUMBER = re.compile(r"([0-9]{1,4})(?:\.0+)?")

_EARLIEST_YEAR, _LATEST_YEAR = 1860, 2100


class _Row(NamedTuple):
    line: int
    release_id: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _Columns:
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
    def of(cls, header: _Header) -> _Columns:
        names = header.names
        positions: dict[str, int] = {}
        # Exact names first: a field that the user called "Folder" is headed "Collection Folder",
        # and must not take the place of CollectionFolder.
        exact = {name.casefold(): key for name, key in zip(DISCOGS_COLUMNS, _KEYS, strict=True)}
        for index, name in enumerate(names):
            if key := exact.get(name.casefold()):
                positions.setdefault(key, index)
        taken = set(positions.values())
        for index, name in enumerate(names):
            if index not in taken and (key := _key(name)) in _KEYS and key not in positions:
                positions[key] = index
        if INSTANCE_COLUMN in names:
            positions[INSTANCE_COLUMN] = names.index(INSTANCE_COLUMN)
        taken = set(positions.values())
        custom: list[tuple[int, str]] = []
        for index, name in enumerate(names):
            if index not in taken and (match := _CUSTOM_FIELD.fullmatch(name)):
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
        return tuple([padded[self.positions.get(key, -1)] for key in _KEYS])

    def custom_fields(self, cells: Sequence[str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for index, name in self.custom:
            if index < len(cells) and (value := _text_if_given(cells[index])):
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
            delimiter = _DELIMITERS[self.delimiter]
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
        shown = f'release_id is "{_shown(value)}"'
        if _SCIENTIFIC.fullmatch(value):
            return (
                f"{shown}: a spreadsheet has rounded the number, and its digits are lost; use "
                "the file as Discogs exported it"
            )
        if _INTEGER.fullmatch(value):
            return f"{shown}, not between 1 and {HIGHEST_RELEASE_ID}"
        return f"{shown}, not a number"

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
            and _date_order(self.cell(cells, "dateadded")) is not None
        )


def _sort_out(
    parsed: Iterable[_Record | SkippedRow], columns: _Columns
) -> tuple[list[_Row], list[SkippedRow]]:
    """The rows with a release id, and those without; blank ones are neither."""
    rows: list[_Row] = []
    skipped: list[SkippedRow] = []
    for row in parsed:
        if isinstance(row, SkippedRow):
            skipped.append(row)
        elif not columns.are_blank(row.cells):
            release_id = columns.release_id_of(row.cells)
            if isinstance(release_id, int):
                rows.append(_Row(row.line, release_id, row.cells))
            else:
                skipped.append(SkippedRow(row.line, release_id))
    return rows, skipped


def _copies(rows: Sequence[_Row], columns: _Columns) -> tuple[Copy, ...]:
    printed_dates = [columns.cell(row.cells, "dateadded") for row in rows]
    order = _file_date_order(printed_dates, columns.delimiter)
    dates = [_read_date(printed, order) for printed in printed_dates]
    item_ids = _item_ids(rows, dates)

    def copy(row: _Row, date_added: datetime | None) -> Copy:
        catno, artist, title, label, form, stars, year, _, folder, _, media, sleeve, notes = (
            columns.printed(row.cells)
        )
        return Copy(
            item_id=item_ids[row.line],
            release_id=row.release_id,
            artist=_text(artist),
            title=_text(title),
            label=_text(label),
            catalog_number=_text_if_given(catno),
            format=_text_if_given(form),
            rating=_within(stars, 1, 5),
            release_year=_within(year, _EARLIEST_YEAR, _LATEST_YEAR),
            collection_folder=_text(folder),
            date_added=date_added,
            media_condition=_text_if_given(media),
            sleeve_condition=_text_if_given(sleeve),
            notes=_text_if_given(notes),
            custom_fields=columns.custom_fields(row.cells),
            csv_line=row.line,
            instance_id=_instance_id(columns.cell(row.cells, INSTANCE_COLUMN)),
        )

    return tuple(map(copy, rows, dates))


def _instance_id(printed: str) -> int | None:
    return int(printed) if _is_digits(printed) and len(printed) < 19 else None


def _item_ids(rows: Sequence[_Row], dates: Sequence[datetime | None]) -> dict[int, str]:
    """By line. Copies without a date count as the oldest, so that one bought later, which has
    one, leaves the ids of all others as they are."""
    by_age = sorted(
        (row.release_id, date or datetime.min, row.line)
        for row, date in zip(rows, dates, strict=True)
    )
    return {
        line: f"{release_id}-{number}"
        for release_id, copies in groupby(by_age, key=lambda entry: entry[0])
        for number, (_, _, line) in enumerate(copies, start=1)
    }


def _within(printed: str, lowest: int, highest: int) -> int | None:
    match = _SMALL_NUMBER.fullmatch(printed)
    number = int(match[1]) if match else None
    return number if number is not None and lowest <= number <= highest else None


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _text(printed: str) -> str | None:
    if printed.isprintable():
        return printed or None
    printed = printed.replace("\r\n", "\n").replace("\r", "\n")
    return without_orders(printed).strip() or None


def _text_if_given(printed: str) -> str | None:
    """Text of a column that Discogs itself may leave empty.

    R writes NA for an empty cell, and nothing in a cell tells that from the text "NA". Artist,
    title, label and folder are never empty on Discogs: there NA is a band or a folder, and kept.
    """
    return None if printed == "NA" else _text(printed)


# ---------------------------------------------------------------------------------------------
# Dates
# ---------------------------------------------------------------------------------------------

_CLOCK = (
    r"(?:,?[ T]\s*(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.[0-9]+)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_YEAR_FIRST = re.compile(r"(?P<y>[0-9]{4})([-/.])(?P<a>[0-9]{1,2})\2(?P<b>[0-9]{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(
    r"(?P<a>[0-9]{1,2})(?P<by>[-/.])(?P<b>[0-9]{1,2})(?P=by)(?P<y>[0-9]{4}|[0-9]{2})" + _CLOCK
)

_DateOrder = Literal["year first", "day first", "month first", "either"]


def _date_order(printed: str) -> _DateOrder | None:
    """What a single date says of its order; None if it is no date."""
    if _YEAR_FIRST.fullmatch(printed):
        return "year first"
    match = _YEAR_LAST.fullmatch(printed)
    if not match:
        return None
    if match["by"] == "." or int(match["a"]) > 12:
        return "day first"
    return "month first" if int(match["b"]) > 12 else "either"


def _file_date_order(printed: Iterable[str], delimiter: str) -> _DateOrder:
    """How to read 03/04/2019 in this file; "either" if it contradicts itself: not at all.

    The evidence is its other dates. Without any, semicolons tell: spreadsheets write them only
    where a comma marks decimals, and there the day comes first.
    """
    seen = {_date_order(date) for date in set(printed)}
    if "day first" in seen and "month first" in seen:
        return "either"
    if "day first" in seen:
        return "day first"
    if "month first" in seen:
        return "month first"
    return "day first" if delimiter == ";" else "month first"


def _read_date(printed: str, file_order: _DateOrder) -> datetime | None:
    order = _date_order(printed)
    match = (_YEAR_FIRST if order == "year first" else _YEAR_LAST).fullmatch(printed)
    if order == "either":
        order = file_order
    if not match or order == "either":
        return None
    month, day = match["a"], match["b"]
    if order == "day first":
        month, day = day, month
    hour = int(match["h"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    # Discogs opened in 2000: a year of two digits is never of the century before.
    year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
    try:
        return datetime(
            year, int(month), int(day), hour, int(match["m"] or 0), int(match["s"] or 0)
        )
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------
# Which of several files
# ---------------------------------------------------------------------------------------------

_EXPORT_NAME = re.compile(
    r".+-collection-(?P<minute>[0-9]{8}-[0-9]{4})"
    r"(?: ?\((?P<n>[0-9]{1,6})\)|[- ](?P<m>[0-9]{1,3}))?\.(?:csv|tsv|txt)",
    re.IGNORECASE,
)
"""`<user>-collection-YYYYMMDD-HHMM.csv`, with the ` (1)` or `-2` of a browser's second download."""
_OTHER_EXPORT = re.compile(r"(?:^|[-_ ])(?:wantlist|inventory)(?:[-_ .(]|$)", re.IGNORECASE)
_OTHER_FILES = frozenset(
    {"match_overrides.csv", "physical_collection.csv", "gap_analysis.csv", "missing_tracks.csv"}
    | {"collection_statistics.csv"}
)


@dataclass(frozen=True)
class ExportFile:
    """A file that may be an export; `modified` is in seconds since 1970, as in st_mtime."""

    path: Path
    modified: float


def is_candidate(path: Path) -> bool:
    """Whether a file of this name may be a collection export; the file itself is not looked at.

    Left out are hidden files, those that a program is still writing, and what by its name is
    something else: a wantlist, an inventory, the user's corrections, this project's own exports.
    """
    name = path.name.casefold()
    if name.startswith((".", "~$")) or name in _OTHER_FILES:
        return False
    if _EXPORT_NAME.fullmatch(name):
        return True
    return name.endswith((".csv", ".tsv")) and not _OTHER_EXPORT.search(name)


def newest_export(candidates: Iterable[ExportFile]) -> ExportFile | None:
    """The export that counts where several lie, or None if there is none among them.

    The date in the name decides, since copying a file around changes the other one; then a
    browser's number for a second download; then the time of modification; then the name.
    """
    files = [file for file in candidates if is_candidate(file.path)]
    return max(files, key=_age, default=None)


def oldest_first(files: Iterable[ExportFile]) -> list[ExportFile]:
    """The same files in the order of `newest_export`, which gives the last of them."""
    return sorted(files, key=_age)


def named_date(path: Path) -> datetime | None:
    """The date in an export's file name, as Discogs put it there, without a zone; None where the
    name holds none."""
    match = _EXPORT_NAME.fullmatch(path.name)
    try:
        return datetime.strptime(match["minute"], "%Y%m%d-%H%M") if match else None
    except ValueError:
        return None  # 20191399 is no date: such a name is as good as none


def _age(file: ExportFile) -> tuple[datetime, int, float, str, str]:
    named, download = named_date(file.path) or datetime.min, 0
    if named != datetime.min and (match := _EXPORT_NAME.fullmatch(file.path.name)):
        download = int(match["n"] or match["m"] or 0)
    return named, download, file.modified, file.path.name, str(file.path)
