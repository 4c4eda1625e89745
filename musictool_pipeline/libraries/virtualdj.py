"""VirtualDJ's `database.xml`: the songs at its top level.

Every drive has a database of its own besides the main one, so several may list one file. A
tempo is written as seconds for a beat. `Remix` is VirtualDJ's guess from the last bracket of the
file name, often a web address: the matcher takes it only if it names a version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.safe_xml import Element, Elements, read_xml
from musictool_pipeline.libraries.track import LibraryTrack, as_number, file_type_of, library_track

SOURCE = "virtualdj"
ROOT = "VirtualDJ_Database"

_NOTHING: Mapping[str, str] = {}
_SAMPLE = 131_072
# Seconds for a beat are under 2; other programs' exports write beats a minute.
_SLOWEST_BEAT = 5.0
_RECORDED = "Recorded using VirtualDJ"
_SAMPLES = (".vdjsample", ".vdjstems")
_VIDEOS = frozenset({"mp4", "m4v", "mkv", "mov", "avi", "wmv", "mpg", "mpeg", "vob", "webm", "flv"})
# What a song was taken apart into, beside it. They bear no tags.
_STEMS = frozenset({"bass", "drums", "guitar", "other", "piano", "vocals"})


class _Songs(Elements):
    """The songs, each with the beginning of its comment as `inner["Comment"]["text"]`."""

    def __init__(self) -> None:
        super().__init__((ROOT, "Song"))
        self._comment: str | None = None

    def start(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        super().start(depth, name, attributes)
        self._comment = "" if name == "Comment" else None

    def text(self, text: str) -> None:
        if self._comment is not None:
            self._comment = (self._comment + text)[: len(_RECORDED)]

    def end(self, depth: int, name: str) -> None:
        if self._comment is not None:
            self._inner["Comment"] = {"text": self._comment}
            self._comment = None
        super().end(depth, name)


def _track(song: Element) -> LibraryTrack:
    def inner(name: str) -> Mapping[str, str]:
        return song.inner.get(name, _NOTHING)

    tags, scan, infos = inner("Tags"), inner("Scan"), inner("Infos")
    path = song.attributes.get("FilePath")
    return library_track(
        SOURCE,
        path=_DOUBLED.sub("/", path) if path else None,
        artist=tags.get("Author"),
        title=tags.get("Title"),
        remixer=tags.get("Remixer"),
        mix=tags.get("Remix"),
        album=tags.get("Album"),
        label=tags.get("Label"),
        genre=tags.get("Genre"),
        bpm=_bpm(scan.get("Bpm")) or _bpm(tags.get("Bpm")),
        musical_key=key_from_text(scan.get("Key")) or key_from_text(tags.get("Key")),
        duration_seconds=infos.get("SongLength"),
        bitrate=infos.get("Bitrate"),
        file_size_bytes=song.attributes.get("FileSize"),
        is_music=_is_music(song, path),
        imported_at=infos.get("FirstSeen"),
    )


# `//Users/me/a.mp3`; a share has backslashes.
_DOUBLED = re.compile("^/{2,}")


def _bpm(value: str | None) -> float | None:
    beat = as_number(value)
    if beat is None or beat > _SLOWEST_BEAT:
        return beat
    return round(60 / beat, 3)


def _is_music(song: Element, path: str | None) -> bool:
    """Whether it is neither a sample, nor a video, nor a stem of a song, nor a recorded set."""
    path = path or ""
    if path.lower().endswith(_SAMPLES) or _flags(song) & _SAMPLE or file_type_of(path) in _VIDEOS:
        return False
    if song.inner.get("Comment", _NOTHING).get("text", "").startswith(_RECORDED):
        return False
    tags = song.inner.get("Tags", _NOTHING)
    is_stem = re.split(r"[/\\]", path)[-1].rpartition(".")[0].lower() in _STEMS
    return not is_stem or bool(tags.get("Author") or tags.get("Title"))


def _flags(song: Element) -> int:
    return int(as_number(song.attributes.get("Flag"), 2**53) or 0)


FORMAT = Format(
    kind=SOURCE,
    words="VirtualDJ",
    example="VirtualDJ's database.xml",
    read=Parts(lambda path, _: read_xml(path, ROOT, _Songs()), _track),
    recognise=lambda head: head.root == ROOT,
    file_names=("database.xml",),
    doubtful_suffixes=(".xml",),
    in_folders=("database.xml", "VirtualDJ/database.xml"),
    usual_places=(
        "Library/Application Support/VirtualDJ/database.xml",
        "Documents/VirtualDJ/database.xml",
        "AppData/Local/VirtualDJ/database.xml",
    ),
)
