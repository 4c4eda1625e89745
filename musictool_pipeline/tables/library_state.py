"""What shows, before a library is read, that it need not be: its fingerprint, and the tags of the
audio files that were read before.

What belongs here: telling whether anything changed, by content, names, sizes and times. Reading a
library and bringing it into the tables is in `tables.library`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from musictool_pipeline.disk.files import content_of, storage_errors, write_atomically
from musictool_pipeline.inputs.library_folder import with_its_log
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.folder import audio_files
from musictool_pipeline.libraries.format import Format, Memo, Remembered
from musictool_pipeline.libraries.formats import FOLDER
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.libraries.track import LibraryTrack, shown
from musictool_pipeline.tables.fingerprints import code_of

MEMO_FILE = "audio_tags.json"


def library_state(path: Path) -> tuple[str, str]:
    """The kind of a library (of a folder with a database in it, both), and a fingerprint of what
    is in it: of a file its content, of a folder the names, sizes and times of its audio files.
    Raises LibraryError."""
    found = libraries_at(path)
    digest = hashlib.sha256(code_of("libraries", rooms=("core", "libraries")).encode())
    try:
        for format, where in found:
            digest.update(f"{format}\0{shown(str(where))}\0".encode())
            for part in _parts(format, where):
                digest.update(part)
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {error.strerror}") from error
    return " + ".join(format.kind for format, _ in found), digest.hexdigest()


def has_audio(kind: str | None) -> bool:
    return kind is not None and kind.split(" + ")[-1] == FOLDER.kind


def _parts(format: Format, where: Path) -> Iterator[bytes]:
    return _names_and_times(where) if format is FOLDER else _contents(format, where)


def _names_and_times(folder: Path) -> Iterator[bytes]:
    for name in audio_files(folder, lambda path, reason: None):
        yield f"{shown(name)}\0{_size_and_time(name)}\0".encode()


def _contents(format: Format, library: Path) -> Iterator[bytes]:
    for file in with_its_log(format, library):
        with file.open("rb") as content:
            yield hashlib.file_digest(content, "sha256").digest()


def _size_and_time(name: str) -> str:
    try:
        found = os.stat(name)  # noqa: PTH116 (a name with bytes that are no text)
    except OSError:
        return "unreadable"
    return f"{found.st_size}:{found.st_mtime_ns}"


@contextlib.contextmanager
def tag_memo(path: Path) -> Iterator[Memo]:
    """What is known of audio files' tags; kept for the next time, also when interrupted."""
    code = code_of("libraries", rooms=("core", "libraries"))
    memo = _read_memo(path, code)
    before = dict(memo)
    try:
        yield memo
    finally:
        if memo != before:
            files = {name: (it.size, it.mtime_ns, astuple(it.track)) for name, it in memo.items()}
            kept = {"code": code, "files": files}
            content = json.dumps(kept, ensure_ascii=False, default=datetime.isoformat)
            with storage_errors(path.parent):
                path.parent.mkdir(exist_ok=True)
            write_atomically(path, content.encode())


def _read_memo(path: Path, code: str) -> dict[str, Remembered]:
    """Empty if there is none, if it is damaged, or if other code read the tags."""
    try:
        kept = json.loads(content_of(path))
        if kept["code"] != code:
            return {}
        return {
            name: Remembered(size, changed, _kept_track(*track))
            for name, (size, changed, track) in kept["files"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _kept_track(*values: Any) -> LibraryTrack:
    track = LibraryTrack(*values)
    imported_at = track.imported_at and datetime.fromisoformat(str(track.imported_at))
    return replace(track, imported_at=imported_at)
