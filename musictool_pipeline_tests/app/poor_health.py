"""The small collection with a library in poor health: a file that is gone, one that is named twice,
one on a disk that is not connected, and an owned track of a low bit rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from musictool_pipeline_tests.app.judged_collection import EVERYTHING, FILES, Row

LIBRARY = "/libraries/collection.nml"
AWAY = "/mnt/a stick that is not connected"


def in_poor_health(folder: Path) -> Mapping[str, Sequence[Row]]:
    """Rows for `publish`; the files that are there are made in `folder`."""
    folder.mkdir()
    there, gone = folder / "Jah.mp3", folder / "Gone.mp3"
    there.write_bytes(b"")
    paths = (there, folder / "JAH.MP3", gone, Path(AWAY, "Far.mp3"))
    entries = [
        {
            "library": LIBRARY,
            "number": number,
            "digital_id": str(number),
            "source": "traktor",
            "path": str(path),
            "artist": "Goldie",
            "title": path.stem,
            "is_music": True,
        }
        for number, path in enumerate(paths, start=1)
    ]
    jah = {**FILES[1], "file_type": "mp3", "bitrate": 128}
    return {
        **EVERYTHING,
        "digital_tracks": [FILES[0], jah, FILES[2]],
        "pipeline.libraries": [
            {"path": LIBRARY, "number": 1, "kind": "traktor", "tracks": 4, "problems": "{}"}
        ],
        "pipeline.library_tracks": entries,
    }
