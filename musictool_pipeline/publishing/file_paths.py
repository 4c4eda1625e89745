"""One audio file's path, in the words of each program that is to find the file.

What belongs here: writing a path of `digital_tracks` in another form; `libraries` has the way back,
and `core.file_places` says what its parts are. Nothing here looks at a disk: the files may lie on
another machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from musictool_pipeline.core.file_places import START_VOLUME, Root, local_path, place_of
from musictool_pipeline.libraries.track import is_stream


@dataclass(frozen=True, slots=True)
class FilePath:
    """Where a file is, from a root on. `volume` is a drive (`C:`), a share (`\\\\nas\\music`), a
    Mac's volume by its name (`Macintosh HD`), or '' for the one root of any other Unix; `names`
    are the folders and, last, the file. `local` is the path as the operating system takes it,
    spelled as the library spells it, which makes no other file of it."""

    volume: str
    names: tuple[str, ...]
    local: str = field(compare=False)

    @property
    def url(self) -> str:
        """As Rekordbox writes it: `file://localhost/C:/Music/100%25.mp3`."""
        if not _is_windows(self.volume):
            return "file://localhost" + quote(self.local, safe="/")
        volume, names = self.volume.replace("\\", "/"), "/".join(self.names)
        root = volume if volume.startswith("/") else f"/{volume}"
        return f"file://localhost{quote(root, safe='/:')}/{quote(names, safe='/')}"

    @property
    def traktor(self) -> tuple[str, str, str]:
        """As Traktor writes it, VOLUME, DIR and FILE: `C:`, `/:Music/:`, `a.mp3`; a colon within a
        name is `//`."""
        *folders, name = (name.replace(":", "//") for name in self.names)
        return self.volume, "/:" + "".join(f"{folder}/:" for folder in folders), name


def file_path(path: str | None, source: str) -> FilePath | None:
    """Where an entry of a digital library is, `source` being the kind of library.

    None where it leads to no file: there is no path, it is a stream's address, or it does not say
    where it begins. Traktor begins with the volume's name on a Mac; Serato leaves out the first
    slash.
    """
    if not path or is_stream(path):
        return None
    local = local_path(path, source)
    place = place_of(local) if local else None
    if local is None or place is None:
        return None
    volume = place.volume
    # A Mac's own folders begin with a capital, those of other systems with one root do not.
    is_of_a_mac = source == "traktor" and place.names[0][:1].isupper()
    if place.root is Root.SLASH and (local.startswith("/Users/") or is_of_a_mac):
        volume = START_VOLUME
    return FilePath(volume, place.names, local)


def _is_windows(volume: str) -> bool:
    return volume.startswith("\\\\") or re.fullmatch("[A-Za-z]:", volume) is not None
