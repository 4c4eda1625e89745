"""Traktor's `collection.nml`: the entries of its collection, as tracks.

Read from real files of the versions 14 to 20. `COLLECTION@ENTRIES` is not believed, and an entry
without tags is kept: every fifth has no artist, and its file name often says it all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from musictool_pipeline.core.file_places import local_path
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_number, key_from_text
from musictool_pipeline.libraries.safe_xml import Element, Elements, read_xml
from musictool_pipeline.libraries.track import LibraryTrack, as_number, library_track

SOURCE = "traktor"
ROOT = "NML"

_NOTHING: Mapping[str, str] = {}
_TEMPLATE_JUNK = re.compile(r"___[A-Z]+[0-9]*")
_IN_A_PATH = re.compile(r"//|/:")
_FACTORY = "factory sounds"


def _track(entry: Element) -> LibraryTrack:
    def inner(name: str) -> Mapping[str, str]:
        return entry.inner.get(name, _NOTHING)

    info = inner("INFO")
    path = path_of(inner("LOCATION"))
    return library_track(
        SOURCE,
        path=local_path(path, SOURCE) or path,
        known_as=path,
        identity=inner("LOCATION").get("AUDIO_ID") or entry.attributes.get("AUDIO_ID"),
        artist=_text(entry.attributes, "ARTIST"),
        title=_text(entry.attributes, "TITLE"),
        remixer=_text(info, "REMIXER"),
        mix=_text(info, "MIX"),
        album=_text(inner("ALBUM"), "TITLE"),
        label=_text(info, "LABEL"),
        genre=_text(info, "GENRE"),
        bpm=inner("TEMPO").get("BPM"),
        musical_key=_key(inner("MUSICAL_KEY").get("VALUE")) or key_from_text(info.get("KEY")),
        duration_seconds=as_number(info.get("PLAYTIME_FLOAT")) or info.get("PLAYTIME"),
        bitrate=_scaled(info.get("BITRATE"), 1 / 1000),
        file_size_bytes=_scaled(info.get("FILESIZE"), 1024),
        is_music=_is_music(entry, path),
        imported_at=info.get("IMPORT_DATE"),
        catalog_number=_text(info, "CATALOG_NO"),
    )


def path_of(location: Mapping[str, str]) -> str | None:
    """The path in a LOCATION, as Traktor shows it: the volume, the folders of DIR, each led by
    `/:`, and the file. A colon within a name is written `//`."""
    folders = _IN_A_PATH.sub(
        lambda found: ":" if found[0] == "//" else "/", location.get("DIR", "")
    )
    name = location.get("FILE", "").replace("//", ":")
    if name and folders and not folders.endswith("/"):
        folders += "/"
    return (location.get("VOLUME", "") + folders + name) if folders or name else None


def _is_music(entry: Element, path: str | None) -> bool:
    """Whether it is neither a sample, nor a remix set, nor one of the sounds that come along."""
    if "LOOPINFO" in entry.inner or "CELL" in entry.inner:
        return False
    return not (path and _FACTORY in path.lower().split("/"))


def _text(attributes: Mapping[str, str], name: str) -> str | None:
    text = attributes.get(name)
    return None if text and _TEMPLATE_JUNK.fullmatch(text.strip()) else text


def _key(value: str | None) -> str | None:
    number = int(value) if value and re.fullmatch("[0-9]{1,2}", value) else None
    return key_from_number("traktor", number)


def _scaled(value: str | None, factor: float) -> float | None:
    number = as_number(value)
    return number * factor if number else None


FORMAT = Format(
    kind=SOURCE,
    words="Traktor",
    example="a Traktor collection.nml",
    read=Parts(
        lambda path, _: read_xml(path, ROOT, Elements((ROOT, "COLLECTION", "ENTRY"))), _track
    ),
    recognise=lambda head: head.root == ROOT,
    file_names=("collection.nml",),
    suffixes=(".nml",),
    doubtful_suffixes=(".xml",),
    in_folders=("collection.nml",),
    usual_places=("Documents/Native Instruments/Traktor*/collection.nml",),
)
