"""Exports as Discogs writes them, as spreadsheets and R spoil them, and what is not one at all."""

from __future__ import annotations

import codecs
import csv
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from musictool_pipeline.core.collection.export_file import Copy, columns_in_doubt
from musictool_pipeline.core.collection.export_header import COLUMNS_OF_BOTH, DISCOGS_COLUMNS
from musictool_pipeline.errors import DamagedExport, ExportError, NotACollectionExport
from musictool_pipeline_tests.core.collection.written_exports import (
    HEADER,
    PATH,
    PLAIN,
    only,
    read,
    row,
    table,
)

# ---------------------------------------------------------------------------------------------
# A writer to read back from: the form is Discogs', the dialect anybody's
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dialect:
    delimiter: str = ","
    newline: str = "\r\n"
    encoding: str = "utf-8"
    quote_all: bool = False
    header_style: str = "discogs"
    order: tuple[int, ...] = tuple(range(len(DISCOGS_COLUMNS)))
    index_column: bool = False

    def write(self, copies: list[Copy]) -> bytes:
        fields = sorted({name for copy in copies for name in copy.custom_fields})
        names = [*DISCOGS_COLUMNS, *(f"Collection {name}" for name in fields)]
        order = [*self.order, *range(len(DISCOGS_COLUMNS), len(names))]
        lead = [""] if self.index_column else []
        rows = [lead + [self._styled(names[i]) for i in order]]
        for number, copy in enumerate(copies):
            cells = [*_printed(copy), *(copy.custom_fields.get(name, "") for name in fields)]
            rows.append(([str(number)] if self.index_column else []) + [cells[i] for i in order])
        text = "".join(self.delimiter.join(map(self._cell, r)) + self.newline for r in rows)
        return text.encode(self.encoding)

    def lines_of(self, copies: list[Copy]) -> list[int]:
        """The line on which each copy's row begins: a line feed in a cell is one line more."""
        lines: list[int] = []
        line = 2
        for copy in copies:
            lines.append(line)
            cells = [*_printed(copy), *copy.custom_fields.values()]
            line += 1 + sum(cell.count("\n") for cell in cells)
        return lines

    def _styled(self, name: str) -> str:
        if self.header_style == "r":
            return re.sub(r"[^A-Za-z0-9_]", ".", name)
        if self.header_style == "upper":
            return name.upper()
        if self.header_style == "snake":
            return name.lower().replace(" ", "_")
        return name

    def _cell(self, value: str) -> str:
        if self.quote_all or any(c in value for c in (self.delimiter, '"', "\r", "\n")):
            return '"' + value.replace('"', '""') + '"'
        return value


def _printed(copy: Copy) -> list[str]:
    return [
        "" if value is None else str(value)
        for value in (
            copy.catalog_number,
            copy.artist,
            copy.title,
            copy.label,
            copy.format,
            copy.rating,
            copy.release_year or 0,
            copy.release_id,
            copy.collection_folder,
            copy.date_added,
            copy.media_condition,
            copy.sleeve_condition,
            copy.notes,
        )
    ]


CP1252 = "".join(bytes([n]).decode("cp1252", "ignore") for n in (*range(32, 127), *range(128, 256)))


def texts(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """Texts as the reader hands them out: trimmed, None if empty, and not R's word for empty."""
    trimmed = st.text(alphabet, max_size=12).map(str.strip)
    return trimmed.map(lambda text: None if text in {"", "NA"} else text)


def copies_in(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[list[Copy]]:
    text = texts(alphabet)
    return st.lists(
        st.builds(
            Copy,
            item_id=st.just(""),
            release_id=st.one_of(st.integers(1, 4), st.integers(1, 2_147_483_647)),
            artist=text,
            title=text,
            label=text,
            catalog_number=text,
            format=text,
            rating=st.none() | st.integers(1, 5),
            release_year=st.none() | st.integers(1900, 2026),
            collection_folder=text,
            date_added=st.none()
            | st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(
                lambda moment: moment.replace(microsecond=0)
            ),
            media_condition=text,
            sleeve_condition=text,
            notes=text,
            custom_fields=st.dictionaries(
                st.sampled_from(["Price", "Bought at", "Folder"]),
                text.map(lambda value: value or "x"),
            ),
            csv_line=st.just(0),
        ),
        min_size=1,
        max_size=6,
    )


any_character = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff")
dialects = st.builds(
    Dialect,
    delimiter=st.sampled_from(",;\t"),
    newline=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    quote_all=st.booleans(),
    header_style=st.sampled_from(["discogs", "r", "upper", "snake"]),
    order=st.permutations(range(len(DISCOGS_COLUMNS))).map(tuple),
    index_column=st.booleans(),
    # An old Mac's line ends come with an old Mac's letters.
).filter(lambda it: (it.encoding, it.newline) != ("cp1252", "\r"))


@st.composite
def written_exports(draw: st.DrawFn) -> tuple[Dialect, list[Copy]]:
    dialect = draw(dialects)
    latin = dialect.encoding == "cp1252"
    alphabet = (st.sampled_from(CP1252) if latin else any_character) | st.sampled_from(',;\t"\n ')
    copies = draw(copies_in(alphabet))
    # A field's name comes back in the letters that the header has left of it.
    cased = {"upper": str.upper, "snake": str.lower}.get(dialect.header_style, str)
    return dialect, [
        replace(copy, custom_fields={cased(k): v for k, v in copy.custom_fields.items()})
        for copy in copies
    ]


@given(written_exports())
def test_what_is_written_in_any_dialect_reads_back_equal(written: tuple[Dialect, list[Copy]]):
    dialect, copies = written
    content = dialect.write(copies)
    if dialect.encoding == "cp1252" and any(
        line.decode("utf-8", "ignore").encode() == line and not line.isascii()
        for line in content.splitlines()
    ):
        return  # by chance this line is UTF-8 as well, and no one could tell
    export = read(content)
    assert not export.skipped
    assert export.delimiter == dialect.delimiter
    found = [replace(copy, item_id="", csv_line=0) for copy in export.copies]
    assert found == copies
    assert [copy.csv_line for copy in export.copies] == dialect.lines_of(copies)
    assert len({copy.item_id for copy in export.copies}) == len(copies)


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00")
@example(b"sep=;")
@example(b'"')
@example(b"release_id")
@example(b"release_id\n" + b"9" * 5000)
@example(b"release_id,Rating\n1," + b"9" * 5000)
@example(b"\n\n\nrelease_id\n\n1")
def test_arbitrary_bytes_raise_nothing_but_export_errors(content: bytes):
    try:
        read(content)
    except ExportError as error:
        assert str(PATH) in str(error)


@given(st.data())
def test_an_export_with_any_bytes_put_in_raises_nothing_but_export_errors(data: st.DataObject):
    content = Dialect(encoding=data.draw(st.sampled_from(["utf-8", "utf-16"]))).write([PLAIN] * 3)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    put_in = data.draw(st.binary(max_size=20) | st.sampled_from([b'"', b",", b"\r", b"\n\n"]))
    try:
        read(content[:start] + put_in + content[end:])
    except ExportError as error:
        assert str(PATH) in str(error)


# ---------------------------------------------------------------------------------------------
# Cut short
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(),
        Dialect(encoding="utf-8-sig", newline="\n"),
        Dialect(encoding="utf-16", delimiter="\t"),
        Dialect(encoding="cp1252", delimiter=";", quote_all=True),
        Dialect(newline="\r", header_style="r", index_column=True, quote_all=True),
        Dialect(order=(0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 7)),
        Dialect(order=(0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 7), quote_all=True),
    ],
    ids=lambda dialect: f"{dialect.encoding} {dialect.delimiter!r} {dialect.order[-1]}",
)
def test_a_file_cut_at_any_byte_yields_whole_rows_or_is_refused(dialect: Dialect):
    """A download that broke off must not pass for a smaller collection with other releases."""
    copies = [
        PLAIN,
        replace(PLAIN, release_id=98765, title='Ä "quoted" one', notes="näh\n1, 2"),
        replace(PLAIN, release_id=4440, notes=None),
    ]
    content = dialect.write(copies)
    whole = read(content).copies
    assert [copy.release_id for copy in whole] == [1023342, 98765, 4440]
    accepted: set[int] = set()
    for end in range(len(content)):
        try:
            export = read(content[:end])
        except DamagedExport as error:
            assert error.line is not None
            assert error.line >= 1
            continue
        kept = len(export.copies)
        assert not export.skipped
        assert kept >= 1
        assert export.copies[:-1] == whole[: kept - 1]
        last = export.copies[-1]
        in_last_cell = {"notes": None} if dialect.order[-1] == 12 else {}
        assert replace(last, **in_last_cell) == replace(whole[kept - 1], **in_last_cell)
        accepted.add(kept)
    assert accepted == {1, 2, 3}, "a cut at the end of a row leaves the rows before it"


def test_a_cut_in_the_last_row_names_its_line():
    content = table(row(1), row(2))
    cut = content[: content.rindex("2") + 1]
    with pytest.raises(DamagedExport, match=r"line 3: .* cut short: .* 8 of 13 cells") as caught:
        read(cut)
    assert caught.value.line == 3


def test_a_cut_release_id_in_the_last_column_is_not_taken_for_another_release():
    """Of 1023342 the cut leaves 1023, which is a release too, and somebody else's."""
    with pytest.raises(DamagedExport, match="may have lost digits") as caught:
        read("Artist,Title,release_id\r\nA,T,55\r\nB,U,1023")
    assert caught.value.line == 3
    assert "line break" in caught.value.remedy
    assert read('Artist,Title,release_id\r\nB,U,"1023"').copies[0].release_id == 1023


def test_a_cut_inside_an_umlaut_does_not_garble_all_others():
    """Half an umlaut is no UTF-8; taken for cp1252, every Löwe in the file became a LÃ¶we."""
    content = table(row(1, title="Löwe"), row(2, collection_notes="ä")).encode()
    with pytest.raises(DamagedExport) as caught:
        read(content[: content.rindex("ä".encode()) + 1])
    assert caught.value.line == 3


def test_an_open_quotation_mark_names_the_line_that_it_stands_on():
    with pytest.raises(DamagedExport, match="line 3: a quotation mark opens here") as caught:
        read(table(row(1), row(2, collection_notes='"never closed'), row(3)))
    assert caught.value.line == 3


def test_a_cell_beyond_the_csv_modules_limit_is_refused_with_its_line():
    long = '"' + "x" * (csv.field_size_limit() + 1) + '"'
    with pytest.raises(DamagedExport, match="line 3: a cell runs on") as caught:
        read(table(row(1), row(2, collection_notes=long), row(3)))
    assert caught.value.line == 3


def test_a_last_row_without_line_end_but_with_all_its_cells_is_kept():
    assert len(read(table(row(1), row(2)).removesuffix("\r\n")).copies) == 2


# ---------------------------------------------------------------------------------------------
# Something else
# ---------------------------------------------------------------------------------------------

WANTLIST = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes"
DATED_WANTLIST = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Date Added"


GIVEN_BY_MISTAKE: list[tuple[bytes, str]] = [
    (b"PK\x03\x04....[Content_Types].xml....xl/workbook.xml", "an Excel workbook"),
    (b"PK\x03\x04....mo-collection-20240102-0304.csv", "a ZIP archive"),
    (b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "OpenDocument"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
    (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
    (b"%PDF-1.7\n", "a PDF document"),
    (b"\x1f\x8b\x08\0", "a gzip archive"),
    (bytes(range(256)) * 4, "a binary file"),
    (b"\r\n<!DOCTYPE html>\n<html><title>Log in</title>", "an HTML page"),
    (b'<?xml version="1.0"?><NML VERSION="19">', "an XML file"),
    (b"{\\rtf1\\ansi release_id", "RTF"),
    (json.dumps({"releases": [{"id": 1}]}).encode(), "a JSON file"),
    (b"[1, 2]", "a JSON file"),
    (f"{WANTLIST}\r\nC,A,T,L,F,,1999,7,,\r\n".encode(), "a wantlist export"),
    (f"{WANTLIST}\r\n".encode(), "a wantlist export"),
    (f"{DATED_WANTLIST}\r\nC,A,T,L,F,,1999,7,2020-01-02 03:04:05,\r\n".encode(), "a wantlist"),
    (f"{DATED_WANTLIST}\r\nC,A,T,L,F,,1999,7,2020-01-02 03:04:05\r\n".encode(), "a wantlist"),
    (f"{DATED_WANTLIST}\r\n1,C,A,T,L,F,,1999,7,2020-01-02 03:04:05\r\n".encode(), "a wantlist"),
    (f"{DATED_WANTLIST}\r\n".encode(), "a wantlist export"),
    (b"Catalog#,Artist,Title,release_id\r\nC,A,T,7,x\r\n", "a wantlist export"),
    (b"listing_id,artist,title,release_id,status\r\n1,A,T,7,For Sale\r\n", "an inventory"),
    (b"Artist,Album,Year\r\nA,B,1999\r\n", "no release_id column (it has: Artist, Album, Y"),
    (b"release_id,position,digital_path\r\n1,A1,x.mp3\r\n", "another table with release ids"),
    (b"Dear diary\r\n", "no release_id column (it has: Dear diary)"),
]


@pytest.mark.parametrize(("content", "named"), GIVEN_BY_MISTAKE)
def test_what_is_given_by_mistake_is_called_by_its_name(content: bytes, named: str):
    with pytest.raises(NotACollectionExport, match=re.escape(named)) as caught:
        read(content)
    assert caught.value.path == PATH
    assert str(PATH) in str(caught.value)
    assert "Nothing was changed" in caught.value.remedy


def test_a_wantlist_is_sent_where_it_belongs():
    with pytest.raises(NotACollectionExport) as caught:
        read(f"{WANTLIST}\r\nC,A,T,L,F,,1999,7,,\r\n".encode())
    assert "Set MUSICTOOL_WANTLIST to this one" in caught.value.remedy


@pytest.mark.parametrize(
    "header",
    [
        f"{DATED_WANTLIST},Collection Media Condition,Collection Sleeve Condition,Collection Notes",
        f"{DATED_WANTLIST},Collection Zustand",
        DATED_WANTLIST.replace("Date Added", "Collection Media Condition,Collection Notes"),
        f"{WANTLIST},Collection.Media.Condition",
        "release_id,Artist,Title,Date Added",
    ],
)
def test_an_export_that_lost_its_folder_column_is_still_one(header: str):
    """Its owner took the column out; to call it a wantlist would make its owner look for
    another."""
    row = ["x" if name != "release_id" else "7" for name in header.split(",")]
    found = read(f"{header}\r\n{','.join(row)}\r\n".encode())
    assert [(copy.release_id, copy.collection_folder) for copy in found.copies] == [(7, None)]


def test_an_excel_workbook_comes_with_the_way_out():
    with pytest.raises(NotACollectionExport) as caught:
        read(b"PK\x03\x04....xl/workbook.xml")
    assert "save it as CSV" in caught.value.remedy


WITHOUT_COPIES: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b" \r\n\r\n", "is empty"),
    (b"\0" * 4096, "nothing but zero bytes"),
    (HEADER.encode(), "holds a header but no copies"),
    (table(",,,,,,,,,,,,", "").encode(), "holds a header but no copies"),
    (b"Catalog#,Artist,Tit", "line 1: the file is cut short, in the middle of its h"),
    (b'"Catalog.","Art', "line 1: the file is cut short, in the middle of its h"),
    (b"Catalog#,Artist,Collection Pri", "line 1: the file is cut short, in the middle of its h"),
    (b'"Artist","Collection Price","Coll', "line 1: the file is cut short, in the middle of"),
]


@pytest.mark.parametrize(("content", "said"), WITHOUT_COPIES)
def test_a_file_without_copies_is_damaged_and_not_an_empty_collection(content: bytes, said: str):
    """Read as a collection of nothing, it would sweep the shelves."""
    with pytest.raises(DamagedExport, match=said) as caught:
        read(content)
    assert caught.value.line == 1
    has_a_line = "line 1" in str(caught.value)
    assert ("correct that line" in caught.value.remedy) == has_a_line


def test_a_file_without_a_usable_row_names_the_first_and_why():
    said = 'none of its 2 rows can be used; line 3: release_id is "abc", not a whole number'
    with pytest.raises(DamagedExport, match=said) as caught:
        read(table("", row("abc"), row("def")))
    assert caught.value.line == 3
    with pytest.raises(DamagedExport, match="its only row cannot be used; line 2"):
        read(table(row("abc")))


# ---------------------------------------------------------------------------------------------
# Encodings, delimiters, columns
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", [HEADER, HEADER + ",Collection Crate,instance_id", HEADER.replace(" ", ".")]
)
def test_a_header_with_all_of_discogs_columns_leaves_no_doubt(header: str):
    assert columns_in_doubt(table(row(), header=header).encode()) == ""


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_translated_heading_is_named_with_what_follows(encoding: str):
    """Such a column was read as if it were not there, without a word."""
    header = HEADER.replace("Artist", "Künstler").replace("Date Added", "Hinzugefügt")
    content = table(row(title="Löwe"), header=header).encode(encoding)
    assert columns_in_doubt(content).splitlines() == [
        "columns not found: Artist, Date Added. Discogs fills in artist, title, label, catalogue "
        "number, format and year; the others stay empty.",
        "columns not read: Künstler, Hinzugefügt. Give one of Discogs' columns its English name, "
        "and let the name of one of your own begin with Collection.",
    ]


def test_of_a_wantlist_only_the_columns_that_it_shares_are_expected():
    header = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes"
    assert columns_in_doubt(header.encode(), COLUMNS_OF_BOTH) == ""
    translated = header.replace("Title", "Titel").encode()
    assert columns_in_doubt(translated, COLUMNS_OF_BOTH).startswith("columns not found: Title. ")


def test_a_column_of_the_users_own_that_is_not_read_is_named():
    content = table(row(), header=HEADER + ",Shelf").encode()
    assert columns_in_doubt(content).startswith("columns not read: Shelf. ")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (table(row(title="Löwe")).encode(), "utf-8"),
        (table(row(title="Löwe")).encode("utf-8-sig"), "utf-8-sig"),
        (codecs.BOM_UTF16_LE + table(row(title="Löwe")).encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + table(row(title="Löwe")).encode("utf-16-be"), "utf-16-be"),
        (table(row(title="Löwe")).encode("utf-16-be"), "utf-16-be"),
        (table(row(title="Löwe")).encode("utf-32"), "utf-32-le"),
        (table(row(title="Löwe")).encode("utf-32-be"), "utf-32-be"),
        (table(row(title="Löwe")).replace("\r\n", "\r").encode("mac-roman"), "mac-roman"),
        (table(row(title="Löwe")).encode("cp1252"), "cp1252"),
    ],
)
def test_every_encoding_yields_the_same_title(content: bytes, encoding: str):
    export = read(content)
    assert (export.encoding, export.copies[0].title) == (encoding, "Löwe")


def test_one_line_in_another_encoding_garbles_no_other():
    """A row pasted in by an old editor cost every other row its umlauts."""
    lines = [table(row(1, title="Löwe")).encode(), row(2, title="Bär").encode("cp1252") + b"\r\n"]
    export = read(b"".join(lines))
    assert [copy.title for copy in export.copies] == ["Löwe", "Bär"]
    assert export.encoding == "utf-8 and cp1252"


def test_byte_order_marks_and_nuls_inside_text_are_dropped():
    copy = only(table(row("10\ufeff23", title="T\0itle\ufeff", artist="\ufeffA")))
    assert (copy.release_id, copy.title, copy.artist) == (1023, "Title", "A")


def test_a_nul_between_digits_does_not_make_the_id_of_another_release():
    """Of a damaged 1<NUL>23 the digits that are left name somebody else's record."""
    export = read(table(row("1\x0023"), row(55)))
    assert [copy.release_id for copy in export.copies] == [55]
    assert [skipped.line for skipped in export.skipped] == [2]


def test_control_characters_in_a_cell_become_blanks():
    """A terminal that prints a title must not obey it."""
    copy = only(table(row(title="\x1b[2J\x9b31mRed\x07", collection_notes="a\tb\x7f")))
    assert (copy.title, copy.notes) == ("[2J 31mRed", "a\tb")


def test_quoted_line_breaks_count_as_lines_under_every_newline():
    for newline in ("\r\n", "\n", "\r"):
        noted = f'"one{newline}two{newline}{newline}three"'
        export = read(table(row(1, collection_notes=noted), "", row("x"), row(2), newline=newline))
        assert [copy.csv_line for copy in export.copies] == [2, 8]
        assert [skipped.line for skipped in export.skipped] == [7]
        assert export.copies[0].notes == "one\ntwo\n\nthree"


def test_only_release_id_is_needed():
    copy = only("release_id\r\n7\r\n")
    assert copy == Copy("7-1", 7, *[None] * 12, custom_fields={}, csv_line=2)


@pytest.mark.parametrize("name", ["release_id", "Release_ID", "release id", "release.id"])
def test_release_id_is_found_by_any_of_its_names(name: str):
    assert only(f"{name};Artist\n7;A\n").release_id == 7


def test_names_mangled_by_r_are_understood_and_the_row_names_ignored():
    header = ",".join(
        f'"{name}"' for name in ("", *(re.sub(r"\W", ".", c) for c in DISCOGS_COLUMNS))
    )
    header += ',"Collection.Bought.at"'
    quoted = '"1","TT 07","A","T","L","LP",NA,1999,1023342,"F","2019-01-02 03:04:05",NA,NA,NA,"Ulm"'
    copy = only(table(quoted, header=header, newline="\n"))
    assert (copy.catalog_number, copy.rating, copy.notes) == ("TT 07", None, None)
    assert copy.date_added == datetime(2019, 1, 2, 3, 4, 5)
    assert copy.custom_fields == {"Bought at": "Ulm"}


def test_row_numbers_without_a_name_over_them_do_not_shift_the_release_ids():
    """Read one to the left, release_id would be the year: 1999 is a release too."""
    rows = [f"{n},{row(100 + n, released=1999)}" for n in (1, 2, 5)]
    assert [copy.release_id for copy in read(table(*rows)).copies] == [101, 102, 105]


def test_na_is_empty_where_discogs_leaves_cells_empty_and_a_name_elsewhere():
    copy = only(
        table(row(artist="NA", title="NA", label="NA", collectionfolder="NA", catalog_="NA"))
    )
    assert (copy.artist, copy.title, copy.label, copy.collection_folder) == ("NA",) * 4
    assert copy.catalog_number is None


def test_the_users_own_fields_are_kept_and_other_columns_ignored():
    header = f"{HEADER},Collection Price,Collection Folder,Shelf,Collection Empty"
    copy = only(table(f"{row(collectionfolder='Jazz')},9 €,blue,left,", header=header))
    assert copy.custom_fields == {"Price": "9 €", "Folder": "blue"}
    assert copy.collection_folder == "Jazz"


def test_excels_note_on_the_delimiter_and_blank_lines_may_stand_before_the_header():
    assert only("sep=;\r\nArtist;release_id\r\nA;7\r\n").csv_line == 3
    assert only(",,\r\n\r\nArtist,release_id\r\nA,7\r\n").csv_line == 4


def test_stray_blanks_are_trimmed_also_before_a_quotation_mark():
    copy = only('Artist , release_id, Title\r\n  A B , 7 , " C, D "\r\n')
    assert (copy.artist, copy.release_id, copy.title) == ("A B", 7, "C, D")


def test_inch_marks_in_an_unquoted_cell_are_text():
    assert only(table(row(format='12" LP'))).format == '12" LP'


def test_a_second_table_in_the_file_is_refused() -> None:
    """The rows of a wantlist below a collection became copies on the shelf."""
    names, cells = DISCOGS_COLUMNS[:8], ["C", "A", "T", "L", "LP", "", "1999", "9", "", ""]
    wantlist = f"{','.join([*names, 'Notes'])}\r\n{','.join(cells)}\r\n"
    with pytest.raises(DamagedExport, match="line 3: another table begins here"):
        read(table(row()) + wantlist)


def test_a_header_that_stands_there_once_more_costs_no_row() -> None:
    export = read(table(row()) + table(row(release_id="9")))
    assert [copy.release_id for copy in export.copies] == [PLAIN.release_id, 9]
    assert [(it.line, it.reason) for it in export.skipped] == [(3, "it is a header once more")]
