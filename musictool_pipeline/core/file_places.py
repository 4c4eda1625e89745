"""Where an audio file is, from the path by which a program knows it.

What belongs here: what the spellings of paths have in common: drives, shares, a Mac's volumes, the
root that some programs leave out. Nothing here looks at a disk: the files may lie on another
machine. `publishing.file_paths` knows how each program wants a path written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Final

START_VOLUME: Final = "Macintosh HD"
"""What macOS calls the disk that it starts from. One that its owner renamed is found as well, since
each is also to be found under /Volumes."""

_DRIVE: Final = re.compile(r"([A-Za-z]:)[\\/]+(.*)", re.DOTALL)
_SHARE: Final = re.compile(r"(?:\\\\|//)([^\\/]+)[\\/]+([^\\/]+)[\\/]+(.*)", re.DOTALL)
_MAC_VOLUME: Final = re.compile(r"/Volumes/([^/]+)/(.*)", re.DOTALL)
_SLASHES: Final = re.compile(r"[\\/]")
_CASE_COUNTS_FOR_NOTHING: Final = re.compile("[A-Za-z]:/|//|/(?:Users|Volumes)/")


class Root(Enum):
    """Where a path begins."""

    DRIVE = "C:"
    SHARE = r"\\server\share"
    VOLUME = "/Volumes/Stick"
    SLASH = "/"
    UNSAID = ""


@dataclass(frozen=True, slots=True)
class FilePlace:
    """`volume` is the drive, the share, or the volume's name, '' for the other roots; `names` are
    the folders from there on and, last, the file."""

    root: Root
    volume: str
    names: tuple[str, ...]


def place_of(path: str) -> FilePlace | None:
    """The place that a path says, as it is spelled; None if it names no file."""
    if found := _DRIVE.fullmatch(path):
        return _place(Root.DRIVE, found[1], _SLASHES.split(found[2]))
    if found := _SHARE.fullmatch(path):
        return _place(Root.SHARE, f"\\\\{found[1]}\\{found[2]}", _SLASHES.split(found[3]))
    if found := _MAC_VOLUME.fullmatch(path):
        return _place(Root.VOLUME, found[1], found[2].split("/"))
    if path.startswith("/"):
        return _place(Root.SLASH, "", path.split("/"))
    return _place(Root.UNSAID, "", path.split("/"))


def _place(root: Root, volume: str, names: list[str]) -> FilePlace | None:
    given = tuple(filter(None, names))
    return FilePlace(root, volume, given) if given else None


def local_path(path: str | None, source: str) -> str | None:
    """The path as the operating system of the library's machine takes it, `source` being the kind
    of library; None if it does not say where it begins. Traktor begins with the volume's name
    on a Mac; Serato leaves out the first slash."""
    place = place_of(path) if path else None
    if path is None or place is None:
        return None
    if place.root is not Root.UNSAID:
        return path
    if source == "serato":
        return f"/{path}"
    volume, *rest = place.names
    if source != "traktor" or not rest:
        return None
    root = "/" if volume == START_VOLUME else f"/Volumes/{volume}/"
    return root + path.partition("/")[2]


def has_root(path: str) -> bool:
    """True if a path says where it begins, or is no path of a file at all but an address."""
    place = place_of(path)
    return place is None or place.root is not Root.UNSAID or "://" in path


def as_the_system_writes_it(path: str) -> str:
    """A path of Windows with its own slashes, in any spelling of the program's: `D:/a.mp3` becomes
    `D:\\a.mp3`; any other as it is."""
    is_of_windows = _DRIVE.match(path) and "://" not in path
    return path.replace("/", "\\") if is_of_windows else path


_MAC_CLASSIC: Final = re.compile(
    r"([^:/\\]{2,}):((?:[^:\\]+:)+[^:\\]+\.[A-Za-z0-9]{2,5})", re.DOTALL
)


def path_from_mac_classic(path: str) -> str | None:
    """The path that a Mac's Terminal shows for one in the old spelling, volume first and colons
    between the names: `Macintosh HD:Users:me:a.mp3` -> `/Users/me/a.mp3`; None for any other.

    Each spelling shows the other's sign within a name, so that `AC/DC` becomes `AC:DC`.
    """
    found = _MAC_CLASSIC.fullmatch(path)
    if found is None:
        return None
    rest = found[2].translate(str.maketrans(":/", "/:"))
    return f"/{rest}" if found[1] == START_VOLUME else f"/Volumes/{found[1]}/{rest}"


def file_of(path: str) -> str | None:
    """What tells a file from all others on the same computer, however a program spells its path;
    None if the path does not say where it begins.

    Case tells files apart on Linux, and neither on Windows nor on a Mac; how an accent is written
    does nowhere. A drive of Windows is the same as WSL has it, below /mnt.
    """
    place = place_of(path)
    if place is None or place.root is Root.UNSAID:
        return None
    volume, names = place.volume, place.names
    is_slash = place.root is Root.SLASH
    if is_slash and len(names) > 2 and names[0] == "mnt" and len(names[1]) == 1:
        volume, names, is_slash = f"{names[1]}:", names[2:], False
    elif place.root is Root.VOLUME:
        is_start = volume == START_VOLUME
        volume, names = "", names if is_start else ("Volumes", volume, *names)
    text = unicodedata.normalize("NFC", "/".join((volume.replace("\\", "/"), *names)))
    if is_slash and "Users" not in names[:1]:
        return text
    return unicodedata.normalize("NFC", text.casefold())


# --- One file under two names ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A place as it is compared with others. `drive` is known of a Windows path; `is_from_root`
    says that `names` are all there are on it, or, without a drive, from `/` on."""

    drive: str | None
    is_from_root: bool
    names: tuple[str, ...]

    def may_be(self, other: Whereabouts) -> bool:
        """Whether both may be one and the same file: one path ends as the other reads in full, and
        they do not start from two places on one machine. In doubt they are one, since who deletes
        the second deletes it."""
        if self.is_from_root and other.is_from_root and bool(self.drive) == bool(other.drive):
            return self == other
        shorter, longer = sorted((self.names, other.names), key=len)
        return longer[-len(shorter) :] == shorter


def whereabouts(path: str) -> Whereabouts | None:
    """Where a path leads, however it is spelled; None if it names no file.

    Case, and how an accent is written, tell no files apart: on most disks they cannot. A volume's
    name is one name more, as Traktor has it, since another system knows the volume by another way;
    and so is a share's, without its server's.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    place = place_of(folded if _DRIVE.match(folded) else folded.replace("\\", "/"))
    if place is None:
        return None
    names = tuple(name for name in place.names if name not in (".", ".."))
    if place.root is Root.SLASH and len(names) > 2 and names[0] == "mnt" and len(names[1]) == 1:
        return Whereabouts(f"{names[1]}:", True, names[2:])  # a drive, as WSL has it
    if place.root is Root.SLASH and len(names) > 2 and names[0] == "volumes":
        return Whereabouts(None, False, names[1:])
    if place.root is Root.SHARE:
        names = (_SLASHES.split(place.volume)[-1], *names)
    drive = place.volume if place.root is Root.DRIVE else None
    return Whereabouts(drive, place.root in (Root.DRIVE, Root.SLASH), names) if names else None


def paths_of(path: str | None) -> set[str]:
    """The names by which `spellings` finds a file: its path as `spelled`, and as no other file has
    it."""
    return {it for it in (spelled(path), file_of(path)) if it} if path else set()


def spelled(name: str) -> str:
    """A path or id as names of files are compared: macOS writes an accented name in two ways,
    Windows separates folders in two, and both take upper and lower case for the same."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    return name.casefold() if _CASE_COUNTS_FOR_NOTHING.match(name) else name


def spellings(name: str) -> tuple[str, ...]:
    """All that a name in a decision can stand for, as `spelled`. Traktor begins a path with the
    name of a Mac's volume, and Serato leaves out the first slash; decisions may hold either."""
    plain = spelled(name)
    if "/" not in plain or plain.startswith("/") or _CASE_COUNTS_FOR_NOTHING.match(plain):
        return tuple(dict.fromkeys((plain, file_of(name) or plain)))
    of_traktor = local_path(name.replace("\\", "/"), "traktor")
    return tuple(spelled(each) for each in (plain, of_traktor, f"/{plain}") if each)
