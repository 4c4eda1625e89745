"""Rekordbox's XML export (`DJ_PLAYLISTS`): the tracks of its collection.

`Kind` is in the language of the program, so the type of a file is taken from its name. Artist is
empty on up to three quarters of the tracks, and there are exports with nothing but Location.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.renting import is_rented
from musictool_pipeline.libraries.safe_xml import Elements, read_xml
from musictool_pipeline.libraries.track import LibraryTrack, library_track

SOURCE = "rekordbox"
ROOT = "DJ_PLAYLISTS"

# `soundcloud:tracks:1`, of any service; a single letter would be a drive.
_AT_A_SERVICE = re.compile(r"[A-Za-z][\w-]+:")


def _entries(path: Path) -> Iterator[Mapping[str, str]]:
    for element in read_xml(path, ROOT, Elements((ROOT, "COLLECTION", "TRACK"))):
        yield element.attributes


def _track(track: Mapping[str, str]) -> LibraryTrack:
    location = path_from_url(track.get("Location"))
    return library_track(
        SOURCE,
        path=location,
        identity=track.get("TrackID"),
        artist=track.get("Artist"),
        title=track.get("Name"),
        remixer=track.get("Remixer"),
        mix=track.get("Mix"),
        album=track.get("Album"),
        label=track.get("Label"),
        genre=track.get("Genre"),
        bpm=track.get("AverageBpm"),
        musical_key=key_from_text(track.get("Tonality")),
        duration_seconds=track.get("TotalTime"),
        bitrate=track.get("BitRate"),
        file_size_bytes=track.get("Size"),
        imported_at=track.get("DateAdded"),
        is_music=not is_rented(track.get("Kind", "")),
        streamed=location is not None and _AT_A_SERVICE.match(location) is not None,
    )


FORMAT = Format(
    kind=SOURCE,
    words="Rekordbox",
    example="a Rekordbox XML",
    read=Parts(lambda path, _: _entries(path), _track),
    recognise=lambda head: head.root == ROOT,
    doubtful_suffixes=(".xml",),
    usual_places=("Documents/rekordbox/*.xml",),
)
