"""`musictool health`: what is wrong with the files that the libraries name.

What belongs here: the command's words. `queries.health` finds it. It deletes and writes
nothing, and imports neither Dagster nor pandas, so it answers without delay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from musictool_pipeline.app.terminal import MOST_NAMED, Terminal
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted, name_of, position_of
from musictool_pipeline.errors import EXIT_DONE
from musictool_pipeline.inputs.named_files import FilesLookedFor
from musictool_pipeline.queries.health import Health, LowBitrate, read_health
from musictool_pipeline.settings import Settings

Named = list[tuple[object, str]]

FOLDERS_ALONE: Final = (
    "Files: none can be gone. A folder of music is read from the disk itself at each refresh."
)
"""If no library names files, since each is a folder."""


def health(settings: Settings, terminal: Terminal, *, as_json: bool) -> int:
    """Prints it, in words or as one JSON object, and gives the exit code."""
    found = read_health(settings)
    if as_json:
        terminal.say_json(found.as_json())
        return EXIT_DONE
    for line in health_lines(found):
        terminal.say(line)
    return EXIT_DONE


def health_lines(found: Health) -> Iterator[str]:
    """The libraries' health in words."""
    if not found.libraries:
        yield "No library was read yet. Run `musictool refresh`."
    elif not found.entries:
        yield FOLDERS_ALONE
    else:
        yield from _files(found)
        yield from _named_twice(found)
    yield from _low_bitrates(found)
    copied = counted(found.copied_tracks, "track")
    yield (
        f"Copies: {copied} with several files. `musictool dashboard` lists them on the page Health."
        if found.copied_tracks
        else "Copies: no track has several files."
    )


def _files(found: Health) -> Iterator[str]:
    files = found.files
    named = counted(found.entries, "entry names a file", "entries name a file")
    yield f"Files: {named}; {there_and_gone(files)}"
    yield from _listed(
        [(entry.path, f"{name_of(entry.artist, entry.title)}, in {entry.library}")
         for entry in files.gone]
    )  # fmt: skip
    if files.gone:
        yield "Find them in your DJ program, or remove them there. Then run `musictool refresh`."
    yield from not_looked_for(files)


def there_and_gone(files: FilesLookedFor) -> str:
    """How many files there are, and how many are gone, in a sentence."""
    there = counted(files.there, "of these files is", "of these files are")
    return f"{there} there, {counted(len(files.gone), 'is', 'are')} gone."


def not_looked_for(files: FilesLookedFor) -> Iterator[str]:
    """Of the files that could not be looked for how many there are, and why."""
    for folder, count in files.away.items():
        yield (
            f"{folder} is not there or is empty, so {counted(count, 'entry', 'entries')} could not "
            "be checked. Connect the disk, and run `musictool health` again."
        )
    if files.elsewhere:
        there = counted(files.elsewhere, "entry has a path", "entries have a path")
        yield f"{there} of another system, which cannot be checked here."
    if files.unreadable:
        there = counted(files.unreadable, "entry is", "entries are")
        yield f"{there} in folders that you may not list. Correct their permissions."


def _named_twice(found: Health) -> Iterator[str]:
    if not found.named_twice:
        yield "Entries: no library names a file twice."
        return
    several = counted(len(found.named_twice), "file has", "files have")
    yield f"Entries: {several} several entries in one library."
    yield from _listed(
        [
            (
                file.paths[0],
                f"{len(file.paths)} entries, {name_of(file.artist, file.title)}, in {file.library}",
            )
            for file in found.named_twice
        ]
    )


def _low_bitrates(found: Health) -> Iterator[str]:
    least = found.least_bitrate
    if not least:
        yield "Bit rate: not checked. Set MUSICTOOL_MIN_BITRATE in .env to the least that you want."
        return
    tracks = counted(len(found.low_bitrates), "owned track has", "owned tracks have")
    yield f"Bit rate: {tracks} no file of at least {least} kbit/s."
    yield from _listed([(_place(track), _sound(track)) for track in found.low_bitrates])


def _place(track: LowBitrate) -> str:
    return f"{track.release_id} {position_of(track.position, track.track_number)}"


def _sound(track: LowBitrate) -> str:
    kind = f"{track.file_type}, " if track.file_type else ""
    return f"{name_of(track.artist, track.title)}, {kind}{track.bitrate} kbit/s"


def _listed(named: Named) -> Iterator[str]:
    for what, why in named[:MOST_NAMED]:
        yield one_line(f"  {what}: {why}")
    if len(named) > MOST_NAMED:
        yield f"  and {len(named) - MOST_NAMED:,} more; `musictool health --json` has all"
