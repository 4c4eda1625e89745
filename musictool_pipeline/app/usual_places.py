"""Where programs keep their libraries on a Mac, on Windows and on Linux, and what lies there.

What belongs here: looking at the places that each format names. A file of the right name that is
something else is passed over. The places of all systems are tried on each, since Windows' are found
from WSL and a copied home on another system.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.formats import FORMATS
from musictool_pipeline.libraries.reading import each_once
from musictool_pipeline.libraries.recognise import recognise


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
    """The libraries in their usual places, on drives, and where a program's settings say that its
    own is; each once, in the order of the formats."""
    found: list[Path] = []
    for format in FORMATS:
        for place in format.usual_places:
            found += _from_the_home(place, computer)
        for place in format.in_folders:
            if "/" in place:
                found += [path for drive in computer.drives for path in _glob(drive, place)]
    for place, named in _SETTINGS:
        for file in _from_the_home(place, computer):
            found += [_as_path(said, file.parent, computer) for said in named(file)]
    return each_once(path for path in dict.fromkeys(found) if _is_library(path))


def _from_the_home(place: str, computer: Computer) -> list[Path]:
    """What lies there in a home, or where this computer has that part of the home instead."""
    folders = [(home, place) for home in computer.homes]
    for start, name in _SET_BY.items():
        if place.startswith(start) and (said := computer.environment.get(name)):
            folders.append((Path(said), place.removeprefix(start)))
    if place.startswith("Documents/"):  # OneDrive moves it into its own folder
        folders += [(home, f"OneDrive*/{place}") for home in computer.homes]
    return [path for folder, pattern in folders for path in _glob(folder, pattern)]


_SET_BY: Final = {
    ".config/": "XDG_CONFIG_HOME",
    "AppData/Local/": "LOCALAPPDATA",
    "AppData/Roaming/": "APPDATA",
}
"""By the beginning of a place the variable that says where that is."""


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

_SETTINGS: Final[tuple[tuple[str, Callable[[Path], Iterator[str]]], ...]] = tuple(
    (f"{folder}/Pioneer/rekordboxAgent/storage/options.json", _named_by_rekordbox)
    for folder in ("Library/Application Support", "AppData/Roaming")
) + tuple(
    (f"{folder}/beets/config.yaml", _named_by_beets) for folder in (".config", "AppData/Roaming")
)
"""By where a program has its settings, from the home on, what reads its library's place in them."""

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
