"""One audio file's path, in the words of each program that is to find the file.

What belongs here: taking a path of `digital_tracks` apart and writing it anew; `libraries` has the
way back. Nothing here looks at a disk: the files may lie on another machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from musictool_pipeline.libraries import Kind
from musictool_pipeline.libraries.track import is_stream

_DRIVE = re.compile(r"([A-Za-z]:)[\\/]+(.*)", re.DOTALL)
_SHARE = re.compile(r"(?:\\\\|//)([^\\/]+)[\\/]+([^\\/]+)[\\/]+(.*)", re.DOTALL)
_MAC_VOLUME = re.compile(r"/Volumes/([^/]+)/(.*)", re.DOTALL)

# What macOS calls the disk that it starts from. One that its owner renamed is found as well, since
# each is also to be found under /Volumes.
_START_VOLUME = "Macintosh HD"


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
    if found := _DRIVE.fullmatch(path):
        return _file_path(found[1], found[2], path)
    if found := _SHARE.fullmatch(path):
        return _file_path(f"\\\\{found[1]}\\{found[2]}", found[3], path)
    if found := _MAC_VOLUME.fullmatch(path):
        return _file_path(found[1], found[2], path)
    if path.startswith("/"):
        volume = _START_VOLUME if path.startswith("/Users/") else ""
        return _file_path(volume, path, path)
    if source == Kind.SERATO:
        return file_path(f"/{path}", source)
    if source == Kind.TRAKTOR:
        volume, _, rest = path.partition("/")
        root = "/" if volume == _START_VOLUME else f"/Volumes/{volume}/"
        return _file_path(volume, rest, root + rest)
    return None


def _file_path(volume: str, rest: str, local: str) -> FilePath | None:
    names = tuple(filter(None, re.split(r"[\\/]" if _is_windows(volume) else "/", rest)))
    return FilePath(volume, names, local) if names else None


def _is_windows(volume: str) -> bool:
    return volume.startswith("\\\\") or re.fullmatch("[A-Za-z]:", volume) is not None
