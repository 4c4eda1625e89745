"""The collection export of Discogs: from the bytes of a file to the copies that it lists.

What belongs here: reading the file as a whole: its encodings, other files that are given by
mistake, and files that are cut short. `export_header` reads its columns, `export_rows` its rows,
`export_dates` its dates, and `export_name` its name. What does not belong here: opening files
(bytes come in) and what is made of the copies afterwards.

Two rules hold everywhere. A release id is never guessed: if columns may be shifted or digits cut
off, the row or the file is refused. And each refused row is named with its reason.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from musictool_pipeline.core.collection.export_header import (
    CUSTOM_FIELD,
    DISCOGS_COLUMNS,
    KEYS,
    KEYS_OF_BOTH,
    Columns,
    Header,
    find_header,
    in_a_sentence,
    is_digits,
    key_of,
    missing_columns,
    unread_columns,
)
from musictool_pipeline.core.collection.export_rows import (
    Copy,
    Record,
    SkippedRow,
    copies_of,
    damaged,
    parse_rows,
    sort_out,
    unread_values,
)
from musictool_pipeline.errors import LAST_GOOD_EXPORT, DamagedExport, NotACollectionExport


@dataclass(frozen=True, slots=True)
class CollectionExport:
    """A whole export: its copies and its unusable rows, both in the order of the file."""

    copies: tuple[Copy, ...]
    skipped: tuple[SkippedRow, ...]
    encoding: str
    """utf-8, utf-8-sig, utf-16-le and the like, mac-roman, cp1252, or "utf-8 and cp1252" if lines
    differ."""
    delimiter: str
    columns: tuple[str, ...]
    """The header's names as printed."""
    unread: tuple[SkippedRow, ...] = ()
    """Dates and years that no sense could be made of; their copies count, with NULL for them."""


def read_collection_export(content: bytes, path: Path) -> CollectionExport:
    """The copies in an export.

    `content` is the whole file; `path` is only named in errors. Raises NotACollectionExport if
    it is something else, and DamagedExport if it is cut short, has a header but no copies, or
    has no usable row at all.
    """
    if foreign := foreign_bytes(content):
        raise _is(path, *foreign)
    decoded = decode(content)
    text = decoded.text
    if not text.strip():
        what = "holds nothing but zero bytes" if b"\0" in content else "is empty"
        raise _without_copies(path, f"{what}: no header and no copies")
    if foreign := foreign_text(text):
        raise _is(path, *foreign)

    lines = list(io.StringIO(text, newline=""))
    open_ended = decoded.breaks_off or not text.endswith(("\n", "\r"))
    header = find_header(lines)
    if open_ended and len(lines) == 1:
        _refuse_cut_header(header, lines[0], path)
    _refuse_foreign_header(header, path)

    parsed = list(parse_rows(lines, header, path))
    records = [row for row in parsed if isinstance(row, Record)]
    _refuse_wantlist(header, records, path)
    _refuse_second_table(header, records, path)
    if decoded.breaks_off:
        raise damaged(path, len(lines), "the file is cut short, in the middle of a character")
    if _has_nameless_index(header, records[:-1] if open_ended else records):
        header = header._replace(names=("", *header.names))
    columns = Columns.of(header)
    if open_ended and records and records[-1] is parsed[-1]:
        _refuse_cut_row(records[-1], columns, lines[-1], path)

    rows, skipped = sort_out(parsed, columns)
    _refuse_no_copies(len(rows), skipped, path)
    copies = copies_of(rows, columns)
    return CollectionExport(
        copies=copies,
        skipped=tuple(skipped),
        encoding=decoded.encoding,
        delimiter=header.delimiter,
        columns=tuple(name for name in header.names if name),
        unread=tuple(unread_values(rows, copies, columns)),
    )


_LONGEST_HEADER = 64 * 1024


def columns_in_doubt(content: bytes, expected: Sequence[str] = DISCOGS_COLUMNS) -> str:
    """Which of the expected columns an export lacks, and from which of its own nothing is read, in
    words with what follows; empty if all are there and read. `content` is an export's."""
    text = decode(content[:_LONGEST_HEADER]).text
    names = find_header(list(io.StringIO(text, newline=""))).names
    lines: list[str] = []
    if missing := missing_columns(names, expected):
        lines.append(
            f"columns not found: {listing(missing, most=len(missing))}. Discogs fills in artist, "
            "title, label, catalogue number, format and year; the others stay empty."
        )
    if unread := unread_columns(names):
        lines.append(
            f"columns not read: {listing(unread)}. Give one of Discogs' columns its English name, "
            "and let the name of one of your own begin with Collection."
        )
    return "\n".join(lines)


# ---------------------------------------------------------------------------------------------
# From bytes to text
# ---------------------------------------------------------------------------------------------

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark this one begins with.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Decoded(NamedTuple):
    """A file's text, and how it was found in the bytes."""

    text: str
    encoding: str
    breaks_off: bool
    """The bytes end in the middle of a character."""


def decode(content: bytes) -> Decoded:
    """The text in the bytes of an export, in any encoding that programs save it in."""
    encoding = _marked_encoding(content)
    try:
        text, breaks_off = _decode_as(encoding, content, "strict")
    except UnicodeDecodeError:
        if encoding.startswith(("utf-16", "utf-32")):
            text, breaks_off = _decode_as(encoding, content, "replace")
        else:
            text, encoding = _decode_line_by_line(content)
            breaks_off = False
    # Nothing prints as U+FEFF or NUL, and some tools strew them.
    # A NUL that replaced a digit must not join the others to the id of another release.
    text = re.sub("(?<=[0-9])\0+(?=[0-9])", "\ufffd", text)
    return Decoded(text.replace("\ufeff", "").replace("\0", ""), encoding, breaks_off)


def _marked_encoding(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark) or (content and len(content) < 3 and mark.startswith(content)):
            return encoding
    # Without its mark it shows in a header of Latin letters, by the bytes that are zero.
    zeros = "".join("0" if byte == 0 else "x" for byte in content[:4])
    return _BY_ZEROS.get(zeros, "utf-8")


_BY_ZEROS = {"x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be"}


def _decode_as(encoding: str, content: bytes, errors: str) -> tuple[str, bool]:
    """The text, and whether an unfinished character was left over at the end.

    An ordinary decode calls a file that breaks off in an umlaut "not UTF-8"; it would then be
    taken for cp1252, and every umlaut before would be garbled.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    text = decoder.decode(content, final=False)
    return text, bool(decoder.getstate()[0])


def _decode_line_by_line(content: bytes) -> tuple[str, str]:
    """Each line as UTF-8 or, failing that, as cp1252, so that one bad line garbles no other. Lines
    that end as on an old Mac are from a spreadsheet's "CSV (Macintosh)"."""
    other = "cp1252" if b"\n" in content else "mac-roman"
    decoded: list[str] = []
    encodings: set[str] = set()
    for line in content.splitlines(keepends=True):
        try:
            decoded.append(line.decode("utf-8"))
            if not line.isascii():
                encodings.add("utf-8")
        except UnicodeDecodeError:
            decoded.append(line.decode(other, "replace"))
            encodings.add(other)
    return "".join(decoded), " and ".join(sorted(encodings, reverse=True))


# ---------------------------------------------------------------------------------------------
# Other files that are given as an export
# ---------------------------------------------------------------------------------------------

_SAVE_AS_CSV = (
    "Open it and save it as CSV (UTF-8), or download the export again (discogs.com > Collection "
    f"> Export). {LAST_GOOD_EXPORT}"
)
_UNPACK = f"Unpack it and put the CSV inside into the data folder. {LAST_GOOD_EXPORT}"
_SIGN_IN = (
    "Sign in to discogs.com, open Collection > Export and download the CSV again. "
    f"{LAST_GOOD_EXPORT}"
)
_END_THE_LAST_LINE = (
    "If the file is whole, add a line break at its end; else download the export again. "
    f"{LAST_GOOD_EXPORT}"
)
_A_WANTLIST = (
    "Export the collection (discogs.com > Collection > Export) and put that file into the data "
    "folder. Set MUSICTOOL_WANTLIST to this one to have it read as your wantlist. Nothing was "
    "changed: the last good export is still in use."
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


Foreign = tuple[str, str | None]
"""What a file is that was given by mistake, and what to do with it if that is known."""


def foreign_bytes(content: bytes) -> Foreign | None:
    """What these bytes are, if they are no table as text."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"xl/" in content or b"[Content_Types].xml" in content:
            return "an Excel workbook", _SAVE_AS_CSV
        if b"opendocument.spreadsheet" in content[:200]:
            return "an OpenDocument spreadsheet", _SAVE_AS_CSV
        if b"Index/" in content:
            return "a Numbers spreadsheet", _SAVE_AS_CSV
        return "a ZIP archive", _UNPACK
    found = ((what, remedy) for sign, what, remedy in _SIGNATURES if content.startswith(sign))
    return next(found, None)


def foreign_text(text: str) -> Foreign | None:
    """What this text is, if it is no table."""
    head = text.lstrip()[:4096]
    if head.startswith("<"):
        if "<html" in head.lower() or head.lower().startswith("<!doctype html"):
            return "an HTML page (a sign-in page, not the export?)", _SIGN_IN
        return "an XML file", None
    if head.startswith("{\\rtf"):
        return "a rich text (RTF) document", _SAVE_AS_CSV
    if head.startswith(("{", "[")):
        return "a JSON file", None
    controls = sum(1 for character in head if character < " " and character not in "\t\r\n")
    return ("a binary file", None) if controls * 20 > len(head) else None


def _refuse_cut_header(header: Header, line: str, path: Path) -> None:
    """A lone line of nothing but Discogs' names, the last perhaps in part, was an export once."""
    if "releaseid" in header.keys:
        return
    *names, last = map(key_of, re.split("[,;\t]", line))
    # The user's own fields follow under names such as `Collection Price`.
    ours = all(name in KEYS or not name or name.startswith("collection") for name in names)
    if ours and (last.startswith("collection") or any(key.startswith(last) for key in KEYS)):
        raise damaged(path, 1, "the file is cut short, in the middle of its header")


def _refuse_foreign_header(header: Header, path: Path) -> None:
    keys = header.keys
    if "listingid" in keys:
        raise _is(path, "an inventory export (it lists what is for sale: listing_id)")
    if "releaseid" not in keys:
        raise _is(path, f"a file with no release_id column (it has: {listing(header.names)})")
    others = keys - {"releaseid"}
    if others and not others & set(KEYS) and not any(map(CUSTOM_FIELD.match, header.names)):
        raise _is(path, f"another table with release ids (it has: {listing(header.names)})")


def _refuse_wantlist(header: Header, records: Sequence[Record], path: Path) -> None:
    """The wantlist's header lacks a name: 9 of them stand over 10 values.

    Read as a collection it would turn every wish into a copy on the shelf. A column that only a
    collection has clears a file, though its CollectionFolder be lost. A date alone does not, under
    all the columns that both exports share: a wish has one too. Over fewer, the list is its owner's
    own.
    """
    keys = header.keys
    if any(key.startswith("collection") for key in keys):
        return
    if "dateadded" in keys and not keys.issuperset(KEYS_OF_BOTH):
        return
    longer = sum(1 for record in records if len(record.cells) == len(header.names) + 1)
    is_told = "notes" in keys or "dateadded" in keys or longer * 2 > len(records)
    if {"artist", "title"} <= keys and is_told:
        raise _is(path, "a wantlist export (it has no CollectionFolder column)", _A_WANTLIST)


def _refuse_second_table(header: Header, records: Sequence[Record], path: Path) -> None:
    """Several files put into one: the rows of a wantlist below a collection would be copies on the
    shelf, and those of an export with other columns would be read by the first one's. A header that
    stands there once more is a row that is skipped."""
    for record in records:
        if "release_id" in record.cells and {*map(key_of, record.cells)} - {""} != header.keys:
            what = "another table begins here; put each export into a file of its own"
            raise damaged(path, record.line, what)


def listing(names: Iterable[str], most: int = 8) -> str:
    """The first names of a header, fit to be quoted in a sentence."""
    shown = [in_a_sentence(name) for name in names if name]
    more = [f"and {len(shown) - most} more"] if len(shown) > most else []
    return ", ".join(shown[:most] + more) or "no names at all"


def _has_nameless_index(header: Header, records: Sequence[Record]) -> bool:
    """Whether every row begins with a row number that the header has no cell for, as R writes."""
    filled = [record.cells for record in records if any(record.cells)]
    if any(len(cells) != len(header.names) + 1 for cells in filled):
        return False
    numbers = {cells[0] for cells in filled}
    return bool(filled) and len(numbers) == len(filled) and all(map(is_digits, numbers))


def _refuse_cut_row(last: Record, columns: Columns, last_line: str, path: Path) -> None:
    """A last row without a line end that may have lost cells, or digits of its release_id.

    A cut inside its last cell is beyond anybody's sight, and costs no more than some notes,
    unless that cell is the release_id: then only a closing quotation mark shows it whole.
    """
    count = len(last.cells)
    if count == 1 and not last.cells[0]:
        return
    if count < columns.width:
        what = f"the file is cut short: its last row has {count} of {columns.width} cells"
        raise damaged(path, last.line, f"{what} and no line end")
    if count == columns.release_id + 1 and not last_line.endswith('"'):
        what = "the last row has no line end, so its release_id may have lost digits"
        raise damaged(path, last.line, what, _END_THE_LAST_LINE)


def _without_copies(path: Path, what: str) -> DamagedExport:
    """There is no line that could be corrected."""
    remedy = f"Download the export again. {LAST_GOOD_EXPORT}"
    return DamagedExport(f"{path} {what}", remedy, path=path, line=1)


def _refuse_no_copies(usable: int, skipped: Sequence[SkippedRow], path: Path) -> None:
    if usable:
        return
    if not skipped:
        raise _without_copies(path, "holds a header but no copies")
    first = skipped[0]
    none_of = f"none of its {len(skipped)} rows" if len(skipped) > 1 else "its only row"
    can = "can" if len(skipped) > 1 else "cannot"
    raise DamagedExport(
        f"{path}: {none_of} {can} be used; line {first.line}: {first.reason}",
        path=path,
        line=first.line,
    )
