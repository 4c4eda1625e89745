"""Where programs keep their libraries on a Mac, on Windows and on Linux, and what lies there.

What belongs here: the places, as data, and looking at them. Whether a file is a library, the
formats tell: a file of the right name that is something else is passed over. The places of all
systems are tried on each, since Windows' are found from WSL and a copied home on another system.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.formats import FORMATS
from musictool_pipeline.libraries.reading import each_once
from musictool_pipeline.libraries.recognise import recognise


class Start(Enum):
    """The folder from which on a place is said."""

    HOME = auto()
    CONFIG = auto()
    """`~/.config`, or what XDG_CONFIG_HOME says."""
    LOCAL = auto()
    """Windows' `%LOCALAPPDATA%`."""
    ROAMING = auto()
    """Windows' `%APPDATA%`."""
    DRIVE = auto()
    """Each stick and each further disk."""


_MAC: Final = "Library/Application Support"

PLACES: Final[tuple[tuple[Start, str], ...]] = (
    *((Start.HOME, place) for format in FORMATS for place in format.usual_places),
    # Rekordbox: its own database, and what it writes for players
    (Start.HOME, "Library/Pioneer/rekordbox/master.db"),
    (Start.HOME, f"{_MAC}/Pioneer/rekordbox/master.db"),
    (Start.ROAMING, "Pioneer/rekordbox/master.db"),
    (Start.DRIVE, "PIONEER/rekordbox/export.pdb"),
    (Start.DRIVE, ".PIONEER/rekordbox/export.pdb"),
    # Serato 4 gathers all drives in one database; the one before it has one for each
    (Start.HOME, f"{_MAC}/Serato/Library/master.sqlite"),
    (Start.LOCAL, "Serato/Library/master.sqlite"),
    (Start.ROAMING, "Serato/Library/master.sqlite"),
    (Start.DRIVE, "_Serato_/database V2"),
    # VirtualDJ: the main database, and one for each further drive
    (Start.HOME, f"{_MAC}/VirtualDJ/database.xml"),
    (Start.HOME, "Documents/VirtualDJ/database.xml"),
    (Start.LOCAL, "VirtualDJ/database.xml"),
    (Start.DRIVE, "VirtualDJ/database.xml"),
    # Mixxx: Linux, Windows, and a Mac's before and since 2.3
    (Start.HOME, ".mixxx/mixxxdb.sqlite"),
    (Start.LOCAL, "Mixxx/mixxxdb.sqlite"),
    (Start.HOME, f"{_MAC}/Mixxx/mixxxdb.sqlite"),
    (Start.HOME, f"Library/Containers/org.mixxx.mixxx/Data/{_MAC}/Mixxx/mixxxdb.sqlite"),
    # beets
    (Start.CONFIG, "beets/*.db"),
    (Start.ROAMING, "beets/*.db"),
    # Engine DJ
    (Start.DRIVE, "Engine Library/Database2/m.db"),
)
"""Where libraries usually lie, as patterns."""


@dataclass(frozen=True, slots=True)
class Computer:
    """A computer as one user has it: home, environment, and the drives besides."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    drives: tuple[Path, ...] = ()

    @property
    def homes(self) -> list[Path]:
        """The user's home, and those on the Windows around a WSL, whose drives are letters."""
        of_windows = (
            home
            for drive in self.drives
            if len(drive.name) == 1
            for home in sorted(drive.glob("Users/*"))
            if home.name.lower() not in _SHARED_HOMES
        )
        return [self.home, *of_windows]


_SHARED_HOMES: Final = frozenset({"all users", "default", "default user", "public"})


def this_computer() -> Computer:
    """The one that runs this."""
    home, environment = Path.home(), dict(os.environ)
    if sys.platform == "win32":
        drives = tuple(Path(f"{letter}:/") for letter in "CDEFGHIJKLMNOPQRSTUVWXYZ")
    else:
        drives = drives_below(Path("/"), environment.get("USER") or home.name)
    return Computer(home, environment, drives)


def drives_below(root: Path, user: str) -> tuple[Path, ...]:
    """The sticks and disks of a Mac, of Linux, and of Windows as WSL has them."""
    patterns = ("Volumes/*", f"media/{user}/*", f"run/media/{user}/*", "media/*", "mnt/*")
    return tuple(path for pattern in patterns for path in sorted(root.glob(pattern)))


def found_in_usual_places(computer: Computer) -> list[Path]:
    """The libraries in their usual places, and where a program's settings say that its own is; each
    once, in the order of the table."""
    starts = {start: list(_folders(start, computer)) for start in Start}
    found = [
        path
        for start, pattern in PLACES
        for folder in starts[start]
        for spelled in _spellings(start, pattern)
        for path in _glob(folder, spelled)
    ]
    for start, pattern, named in _SETTINGS:
        for folder in starts[start]:
            for file in _glob(folder, pattern):
                found += [_as_path(said, file.parent, computer) for said in named(file)]
    return each_once(path for path in dict.fromkeys(found) if _is_library(path))


def _is_library(path: Path) -> bool:
    """True if it is one, or seems to be one that cannot be read: reading it says why."""
    try:
        recognise(path)
    except NotALibrary:
        return False
    except LibraryError:
        return path.exists()
    return True


def _glob(folder: Path, pattern: str) -> list[Path]:
    """The files that fit, sorted; none if the folder cannot be looked at."""
    try:
        return sorted(path for path in folder.glob(pattern) if path.is_file())
    except OSError:
        return []


def _spellings(start: Start, pattern: str) -> tuple[str, ...]:
    """OneDrive moves the folder of documents into its own."""
    if start is Start.HOME and pattern.startswith("Documents/"):
        return pattern, f"OneDrive*/{pattern}"
    return (pattern,)


def _folders(start: Start, computer: Computer) -> Iterable[Path]:
    if start is Start.DRIVE:
        return computer.drives
    if start is Start.HOME:
        return computer.homes
    name, usually = _SET_BY[start]
    said = computer.environment.get(name)
    folders = [home / usually for home in computer.homes]
    return dict.fromkeys([Path(said), *folders] if said else folders)


_SET_BY: Final = {
    Start.CONFIG: ("XDG_CONFIG_HOME", ".config"),
    Start.LOCAL: ("LOCALAPPDATA", "AppData/Local"),
    Start.ROAMING: ("APPDATA", "AppData/Roaming"),
}


# --- Places that a program's settings name --------------------------------------------------------


def _named_by_rekordbox(settings: Path) -> Iterator[str]:
    """`["db-path", "D:\\rekordbox\\master.db"]` in a list of pairs."""
    for found in _DB_PATH.finditer(_text_of(settings)):
        yield json.loads(found[1])


def _named_by_beets(settings: Path) -> Iterator[str]:
    """`library: ~/Music/library.db`, from the folder of the settings on."""
    for found in _LIBRARY.finditer(_text_of(settings)):
        yield found[1].strip("'\"")


_DB_PATH: Final = re.compile(r'"db-path"\s*[,:]\s*("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*")')
_LIBRARY: Final = re.compile(r"^library:[ \t]+([^#\r\n]*[^#\s])", re.MULTILINE)

_OPTIONS: Final = "Pioneer/rekordboxAgent/storage/options.json"
_SETTINGS: Final[tuple[tuple[Start, str, Callable[[Path], Iterator[str]]], ...]] = (
    (Start.HOME, f"{_MAC}/{_OPTIONS}", _named_by_rekordbox),
    (Start.ROAMING, _OPTIONS, _named_by_rekordbox),
    (Start.CONFIG, "beets/config.yaml", _named_by_beets),
    (Start.ROAMING, "beets/config.yaml", _named_by_beets),
)

_LARGEST_SETTINGS: Final = 1024**2


def _text_of(settings: Path) -> str:
    try:
        with settings.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST_SETTINGS)
    except OSError:
        return ""


def _as_path(said: str, folder: Path, computer: Computer) -> Path:
    """The path that settings in `folder` say; one on a drive of Windows', from WSL, is on that."""
    if found := re.match(r"([A-Za-z]):[\\/](.*)", said):
        for drive in computer.drives:
            if drive.name == found[1].lower():
                return drive / found[2].replace("\\", "/")
    if said.startswith("~/"):
        return computer.home / said[2:]
    return folder / said
