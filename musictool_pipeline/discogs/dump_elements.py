"""The elements of the wanted releases in the content of a dump, which is too large to be parsed.

What belongs here: where an element begins and ends in the bytes, and how far bytes that end in
damage are to be believed. `discogs.dump_file` reads the bytes, and
`core.discogs.dump_release` knows what an element says.

Of 19 million releases a collection wants a few thousand, so nothing is parsed but these: the end
tag `</release>` is looked for in the bytes, and the id is read from the tag that follows it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from musictool_pipeline.core.discogs.dump_release import LARGEST_ELEMENT, dump_payload
from musictool_pipeline.errors import DumpError, UnreadableRelease

_END = b"</release>"
_ATTRIBUTES = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*"""

# As dumps have it, and as XML permits it: the first is quicker, the second misses nothing.
_PLAIN_START = re.compile(rb'\s*<release id="([1-9][0-9]*)" status="[A-Za-z]*">')
_START = re.compile(rb"\s*<release(" + _ATTRIBUTES + rb")\s*(/?)>")
_ID = re.compile(rb"""\sid\s*=\s*["']\s*0*([1-9][0-9]*)\s*["']""")
_TAGGED = re.compile(rb"<release(?=[\s>])")
_OPAQUE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)

# A release that holds something with its own end tag in it is looked at again with each of these.
_LARGEST_WITH_INNER = 1024**2
_BOM = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']""")
_BEFORE_ROOT = re.compile(rb"(?:\s|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)" + _ATTRIBUTES + rb"\s*/?>")
_HEAD = 64 * 1024


class DamagedError(Exception):
    """From where on the file makes no sense. What was handed out before is sound: of what may have
    been inflated from the damage itself, only what `sensible` leaves."""


def sensible(content: bytes) -> bytes:
    """The part of the content that is certainly from before the damage that ends it.

    Between the damage and the place at which it was noticed lies text that Discogs did not write. A
    release in it may look whole and have the artists of another. So the part ends before the first
    element that is broken, or whose id is not higher than the one before it, as it is in every
    dump; and before the element in front of that one, which may hold the damage.
    """
    ends = [0, content.find(_END) + len(_END)]
    latest = 0
    while (end := content.find(_END, ends[-1])) >= 0:
        release_id, start = _start(content, ends[-1])
        end += len(_END)
        try:
            dump_payload(release_id, content[start:end])
        except UnreadableRelease:
            break
        if release_id <= latest:
            break
        latest = release_id
        ends.append(end)
    return content[: ends[-2]]


def find_releases(
    pieces: Iterable[bytes], wanted: Collection[int], path: Path
) -> Iterator[tuple[int, bytes]]:
    """The elements of the wanted releases, as they stand there and in that order; `wanted` may
    change in between. Where the pieces are cut makes no difference.

    Only an element right behind another one, or behind the root's tag, is taken for a release: not
    one that another holds. (Comments and CDATA could deceive this; Discogs writes neither.) Raises
    DumpError if the content is no dump of releases, and DamagedError if it does not end as
    one.
    """
    content = iter(pieces)
    buffer, at, has_root, damage = _head(content, path)
    searched = at
    while True:
        end = buffer.find(_END, searched)
        if end < 0:
            if len(buffer) - at > LARGEST_ELEMENT:
                raise DamagedError(f"{path} is damaged: a release in it does not end")
            if damage:
                raise damage
            piece = next(content, None)
            if piece is None:
                break
            searched = max(searched, len(buffer) - len(_END) + 1) - at
            buffer = buffer[at:] + piece
            at = 0
            continue
        end += len(_END)
        release_id, start = _start(buffer, at)
        if release_id in wanted:
            element = buffer[start:end]
            if _is_unfinished(element) and len(element) < _LARGEST_WITH_INNER:
                searched = end
                continue
            yield release_id, element
        at = searched = end
    rest = buffer[at:].rstrip()
    if not rest.endswith(b"</releases>") if has_root else rest and not rest.endswith(b"/>"):
        raise DamagedError(f"{path} is cut short: what came before is complete, its end is missing")


def _start(buffer: bytes, at: int) -> tuple[int, int]:
    """The id of the release that begins there, and where its tag does; 0 if none begins."""
    if plain := _PLAIN_START.match(buffer, at):
        return int(plain[1]), plain.start(1) - len(b'<release id="')
    while found := _START.match(buffer, at):
        if not found[2]:
            named = _ID.search(found[1])
            return int(named[1]) if named else 0, buffer.index(b"<", at)
        at = found.end()  # one without content, such as a deleted one, has no end tag of its own
    return 0, at


def _is_unfinished(element: bytes) -> bool:
    """Whether the end tag that was found is not the element's own."""
    if element.find(b"<release", 1) < 0 and b"<!" not in element:
        return False
    plain = _OPAQUE.sub(b"", element)
    return b"<!" in plain or len(_TAGGED.findall(plain)) > plain.count(_END)


def _head(content: Iterator[bytes], path: Path) -> tuple[bytes, int, bool, DamagedError | None]:
    """The beginning of the content, where the first release may be in it, whether there is a
    root element (dumps before 2014 had none), and the damage, if the content ends with it."""
    head, damage = b"", None
    try:
        for piece in content:
            head += piece
            if len(head) >= _HEAD:
                break
    except DamagedError as error:
        if not head:
            raise
        damage = error
    declared = _ENCODING.search(head[:200])
    encoding = declared[1].decode("latin-1").lower() if declared else "utf-8"
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in head[:4]:
        encoding = "utf-16"
    if encoding not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise DumpError(f"{path} is in {encoding}, and dumps are in UTF-8")
    at = len(_BOM) if head.startswith(_BOM) else 0
    if before := _BEFORE_ROOT.match(head, at):
        at = before.end()
    root = _ROOT.match(head, at)
    if root is None:
        what = "declares a document type" if head.startswith(b"<!", at) else "is no XML"
        raise DumpError(f"{path} {what}: it is no dump of releases")
    if root[1] not in {b"releases", b"release"}:
        name = root[1].decode("latin-1")[:40]
        raise DumpError(f"{path}: its outermost element is <{name}>: it is no dump of releases")
    has_root = root[1] == b"releases"
    return head, root.end() if has_root else at, has_root, damage
