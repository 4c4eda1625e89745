"""Texts of WAV and AIFF files that are in the code page of the machine that wrote them.

Neither format says how its texts are encoded, and tinytag takes them for UTF-8. Windows programs
write a WAV's in cp1252, those of a Mac an AIFF's in Mac Roman.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Literal

LOST = "\ufffd"
"""What tinytag gives for each byte that is no UTF-8."""

_LARGEST_TEXT = 64 * 1024
_MOST_CHUNKS = 10_000
_AIFF_TEXTS = frozenset({b"NAME", b"AUTH", b"ANNO", b"(c) "})

_ByteOrder = Literal["little", "big"]


def texts_as_meant(file: BinaryIO) -> Mapping[str, str]:
    """Each text of a WAV or AIFF file that is no UTF-8, by what tinytag makes of it; nothing for
    other files. `file` is read from its beginning."""
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"RIFF":
        raws, code_page = _info_of_wav(file), "cp1252"
    elif head[:4] == b"FORM":
        raws, code_page = _texts_of_aiff(file), "mac_roman"
    else:
        return {}
    given = (raw.strip(b"\0") for raw in raws)
    return {
        garbled: raw.decode(code_page, "replace")
        for raw in given
        if LOST in (garbled := raw.decode("utf-8", "replace"))
    }


def _info_of_wav(file: BinaryIO) -> Iterator[bytes]:
    for name, size in _chunks(file, _size_of(file), "little"):
        end = file.tell() + size
        if name == b"LIST" and file.read(4) == b"INFO":
            for _, length in _chunks(file, end, "little"):
                yield file.read(min(length, _LARGEST_TEXT))


def _texts_of_aiff(file: BinaryIO) -> Iterator[bytes]:
    for name, size in _chunks(file, _size_of(file), "big"):
        if name in _AIFF_TEXTS:
            yield from file.read(min(size, _LARGEST_TEXT)).split(b"\0")


def _chunks(file: BinaryIO, end: int, order: _ByteOrder) -> Iterator[tuple[bytes, int]]:
    """Each chunk's name and length up to `end`, the file standing at what is in it."""
    for _ in range(_MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return
        size, start = int.from_bytes(header[4:], order), file.tell()
        yield header[:4], min(size, end - start)
        # A chunk of an odd length is followed by a byte that belongs to none.
        start += size + size % 2
        if start >= end:
            return
        file.seek(start)


def _size_of(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
