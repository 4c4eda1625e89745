"""XML of unknown origin, read as a stream and with suspicion.

Refused, before anything is made of it: a DTD, entities, references to other files or addresses,
elements nested without end, single tags of megabytes, bytes that are no text, and a file that
stops in the middle. Nothing is ever fetched: the parser has no way to.

What belongs here: reading XML. What the elements mean is decided in the reader of each format.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar
from xml.parsers import expat

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.opening import opened

DEEPEST = 256
"""Levels of elements. Playlists in folders in folders reach some dozens."""

LARGEST_TOKEN = 1024**2
"""Bytes of one tag with its attributes. Older parsers scan an unfinished tag again with each piece
that comes, so that the time for a tag of many megabytes grows with the square of its size."""

_PIECE = 64 * 1024
_CUT_SHORT = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
_HOSTILE = (
    "No program writes its library so: take the file away, and export the library again if it is "
    "yours. Nothing was loaded from it."
)

_Item = TypeVar("_Item")


class Collector(Protocol[_Item]):
    """What makes something of the elements as they pass; depth 1 is the outermost element."""

    def start(self, depth: int, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, depth: int, name: str) -> None: ...

    def text(self, text: str) -> None: ...

    def take(self) -> list[_Item]:
        """What was made since the last call."""
        ...


def read_xml(
    path: Path, root: str, collector: Collector[_Item], *, doctypes: Container[str] = ()
) -> Iterator[_Item]:
    """What `collector` makes of the file, while it is being read.

    `root` is the outermost element's name. A doctype with a public identifier among `doctypes`
    is let pass, unread; any other is refused. Raises LibraryError, with the line, where the file
    is refused, damaged or cut short (so perhaps after many items), and NotALibrary where the
    outermost element is another one.
    """
    with opened(path) as file:
        reading = _Reading(path, root, collector, doctypes)
        while piece := file.read(_PIECE):
            reading.feed(piece)
            yield from collector.take()
        reading.finish()
        yield from collector.take()


def root_of(path: Path) -> str:
    """The name of the outermost element. Raises LibraryError where there is none to be found;
    a doctype is passed over unread, entities are not."""
    collector = _Root()
    with opened(path) as file:
        reading = _Reading(path, None, collector, None)
        try:
            while piece := file.read(_PIECE):
                reading.feed(piece)
            reading.finish()
        except _RootFound as found:
            return found.name
    raise LibraryError(f"{path} is cut short: it has no element")


class _Reading:
    def __init__(
        self,
        path: Path,
        root: str | None,
        collector: Collector[Any],
        doctypes: Container[str] | None,
    ) -> None:
        """None for `root` or `doctypes` means that any will do."""
        self._path = path
        self._root = root
        self._collector = collector
        self._doctypes = doctypes
        self._depth = 0
        self._fed = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = collector.text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.UnparsedEntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        parser.SkippedEntityHandler = self._refuse_entity

    def feed(self, piece: bytes) -> None:
        self._fed += len(piece)
        self._parse(piece, False)
        if self._fed - self._parser.CurrentByteIndex > LARGEST_TOKEN + _PIECE:
            self._refuse(f"has a tag of over {LARGEST_TOKEN // 1024**2} MB")

    def finish(self) -> None:
        self._parse(b"", True)

    def _parse(self, piece: bytes, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            if final and error.code in _CUT_SHORT:
                raise LibraryError(
                    f"{self._path}, line {error.lineno}: the file is cut short"
                ) from None
            raise LibraryError(
                f"{self._path}, line {error.lineno}: broken XML ({expat.ErrorString(error.code)})"
            ) from None
        except (LookupError, UnicodeError, ValueError) as error:
            raise LibraryError(
                f"{self._path} is in an encoding that cannot be read: {error}"
            ) from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and self._root is not None and name != self._root:
            raise NotALibrary(
                f"{self._path} is XML of another kind: its outermost element is <{name[:40]}>, "
                f"not <{self._root}>"
            )
        if self._depth > DEEPEST:
            self._refuse(f"nests its elements over {DEEPEST} levels deep")
        self._collector.start(self._depth, name, attributes)

    def _end(self, name: str) -> None:
        self._collector.end(self._depth, name)
        self._depth -= 1

    def _refuse_doctype(
        self, name: str, system_id: str | None, public_id: str | None, has_subset: int
    ) -> None:
        known = self._doctypes is None or (public_id or "") in self._doctypes
        if has_subset or not known:
            self._refuse("has a document type definition (DTD)")

    def _refuse_entity(self, *_: object) -> NoReturn:
        self._refuse("declares or uses entities")

    def _refuse(self, what: str) -> NoReturn:
        line = self._parser.CurrentLineNumber
        raise LibraryError(f"{self._path}, line {line}: refused, since it {what}", _HOSTILE)


class _RootFound(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


class _Root:
    def start(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        raise _RootFound(name)

    def end(self, depth: int, name: str) -> None: ...

    def text(self, text: str) -> None: ...

    def take(self) -> list[object]:
        return []


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its attributes, and those of the first descendant of each name."""

    attributes: Mapping[str, str]
    inner: Mapping[str, Mapping[str, str]]


class Elements:
    """The elements at one place of the tree, such as ("NML", "COLLECTION", "ENTRY"), and at no
    other: playlists repeat the names of tracks further down."""

    _MOST_INNER = 64

    def __init__(self, place: tuple[str, ...]) -> None:
        self._place = place
        self._matched = 0
        self._attributes: dict[str, str] = {}
        self._inner: dict[str, Mapping[str, str]] = {}
        self._made: list[Element] = []

    def start(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if self._matched == len(self._place):
            if name not in self._inner and len(self._inner) < self._MOST_INNER:
                self._inner[name] = attributes
        elif depth == self._matched + 1 and name == self._place[self._matched]:
            self._matched += 1
            if self._matched == len(self._place):
                self._attributes = attributes
                self._inner = {}

    def end(self, depth: int, name: str) -> None:
        if depth == self._matched:
            if depth == len(self._place):
                self._made.append(Element(self._attributes, self._inner))
            self._matched -= 1

    def text(self, text: str) -> None: ...

    def take(self) -> list[Element]:
        made, self._made = self._made, []
        return made
