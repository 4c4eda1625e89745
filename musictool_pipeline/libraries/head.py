"""The beginning of a file, which shows what the file is.

What belongs here: what can be asked of a file of any format, and what is none of ours.
"""

from __future__ import annotations

import codecs
import json
import re
from functools import cached_property
from pathlib import Path

from musictool_pipeline.libraries.databases import SIGNATURE, tables_of
from musictool_pipeline.libraries.errors import NotALibrary
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.safe_xml import root_of
from musictool_pipeline.libraries.text_files import encoding_of

_LENGTH = 64 * 1024
# Of so many random bytes hardly one value is missing; in a text, 40 of them never occur.
_NOISE = 4096
_FEWEST_VALUES = 240
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_EXPORT_XML = "Export it as XML from the program that wrote it, and give that file."
_GIVE_THE_FOLDER = "Give the folder in which it lies."
_LIST = "Give the folder with your music, or a playlist or a table that the program exports."
_UNPACK = "Unpack it and give the library that is in it."
_SIGNATURES = (
    (b"bplist00", "a binary property list", _EXPORT_XML),
    (b"hdfm", "an iTunes library in iTunes' own format", _EXPORT_XML),
    (b"hfma", "an Apple Music library in Apple's own format", _EXPORT_XML),
    (b"\x89PNG", "a PNG picture", None),
    (b"\xff\xd8\xff", "a JPEG picture", None),
    (b"%PDF", "a PDF document", None),
    (b"PK\x03\x04", "a zip archive or a workbook", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"ID3", "a single audio file", _GIVE_THE_FOLDER),
    (b"\xff\xfb", "a single audio file", _GIVE_THE_FOLDER),
    (b"fLaC", "a single audio file", _GIVE_THE_FOLDER),
    (b"OggS", "a single audio file", _GIVE_THE_FOLDER),
    (b"RIFF", "a single audio file", _GIVE_THE_FOLDER),
    (b"FORM", "a single audio file", _GIVE_THE_FOLDER),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<\0|\xfe\xff\0<")
_WEB_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE)


class Head:
    """The beginning of a file, which shows its format. Raises LibraryError if it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened(path) as file:
            self.start = file.read(_LENGTH)

    @cached_property
    def root(self) -> str | None:
        """The name of the outermost element; None if it is no XML. Raises LibraryError if it is
        cut short or damaged before that element."""
        is_xml = _MARKUP.match(self.start) and not self._is_web_page and not self.is_noise
        return root_of(self.path) if is_xml else None

    @property
    def is_noise(self) -> bool:
        """True if nearly every value of a byte is at its beginning, as in what is encrypted. It may
        begin as any other file does: one in 256 with `<`."""
        beginning = self.start[:_NOISE]
        return len(set(beginning)) >= _FEWEST_VALUES and not beginning.startswith(_UTF_16)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The names of its tables; none if it is no SQLite database. Raises LibraryError if that is
        damaged."""
        return tables_of(self.path) if self.start.startswith(SIGNATURE) else frozenset()

    @cached_property
    def text(self) -> str | None:
        """Its text, as far as it was read; None if it is XML, JSON or no text."""
        if self._foreign or _MARKUP.match(self.start):
            return None
        text = self._decoded
        return None if "\0" in text or _is_json(text) else text

    def foreign(self) -> NotALibrary:
        """What a file is that no format knows, as an error."""
        if self._foreign:
            what, remedy = self._foreign
            return self._is(f"{what}, not a digital library", remedy)
        if self._is_web_page:
            return self._is("a web page, not a digital library")
        if self.root is not None:
            return self._is(f"XML of another kind: its outermost element is <{self.root[:40]}>")
        if self.start.startswith(SIGNATURE):
            return self._is("an SQLite database of a program that MusicTool does not know", _LIST)
        if "\0" in self._decoded:
            return self._is("a binary file of an unknown kind, not a digital library")
        if self.text is None:
            return self._is("JSON, not a digital library")
        return self._is("a text of another kind, not a digital library")

    def _is(self, what: str, remedy: str | None = None) -> NotALibrary:
        return NotALibrary(f"{self.path} is {what}", remedy)

    @property
    def _foreign(self) -> tuple[str, str | None] | None:
        for signature, what, remedy in _SIGNATURES:
            if self.start.startswith(signature):
                return what, remedy
        if self.start[4:8] == b"ftyp":
            return "a single audio or video file", _GIVE_THE_FOLDER
        return None

    @property
    def _is_web_page(self) -> bool:
        return _WEB_PAGE.match(self.start.removeprefix(codecs.BOM_UTF8)) is not None

    @cached_property
    def _decoded(self) -> str:
        return self.start.decode(encoding_of(self.path), "replace").lstrip("\ufeff")


def _is_json(text: str) -> bool:
    """Whether it begins as JSON does, as far as it can be seen."""
    text = text.lstrip()
    if not text.startswith(("{", "[")):
        return False
    try:
        json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        return error.pos > 1
    except RecursionError:
        return True
    return True
