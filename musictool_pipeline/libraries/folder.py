"""A folder of audio files: what is in it, and what the files' tags say.

Tags are read by tinytag. A file whose tags cannot be read is reported and still given, since its
name often says it all. Folders that are reached through links are visited once, and after all
others, so that a loop of links ends and a file keeps its own path.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.libraries.chunk_texts import LOST, texts_as_meant
from musictool_pipeline.libraries.discarded import is_hidden
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.format import Format, Memo, OnProblem, OnProgress, Remembered
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.track import LibraryTrack, library_track, shown

SOURCE = "folder"

_TAGGED = frozenset(
    {"mp1", "mp2", "mp3", "m4a", "m4b", "mp4", "aax", "flac", "ogg", "oga", "opus", "spx"}
    | {"wav", "aif", "aiff", "aifc", "wma"}
)
_UNTAGGED = frozenset({"aac", "alac", "ape", "dsf", "dff", "mpc", "mka", "tak", "tta", "wv"})
AUDIO_TYPES = _TAGGED | _UNTAGGED
"""Extensions of audio files; tinytag reads the tags of the former."""

_BOOKS = frozenset({"m4b", "aax"})


def read_folder(
    root: Path,
    *,
    memo: Memo | None = None,
    on_progress: OnProgress | None = None,
    on_problem: OnProblem | None = None,
) -> Iterator[LibraryTrack]:
    """A track for each audio file in `root` and below, folder by folder, by name.

    Files that `memo` knows unchanged are not opened. It is brought up to date: files that were
    read are added, and once the last track was given, files of `root` that are gone are removed;
    those that could not be read are left out, so that they are tried and reported again.
    Raises LibraryError where `root` itself cannot be listed, or holds no audio file at all: so
    looks a disk that is not connected, and its tracks are not gone.
    """
    report = on_problem or _nobody
    files = list(audio_files(root, report))
    if not files:
        raise no_audio(root)
    known: Memo = {} if memo is None else memo
    seen: set[str] = set()
    for number, path in enumerate(files, start=1):
        name = shown(path)
        seen.add(name)
        track = _remembered_or_read(path, known, report)
        if track is not None:
            yield track
        if on_progress:
            on_progress(number, len(files))
    within = shown(os.path.join(_absolute(root), ""))  # noqa: PTH118
    for name in [name for name in known if name.startswith(within) and name not in seen]:
        del known[name]


def no_audio(root: Path) -> LibraryError:
    """What is wrong with a folder without audio files, where there should be some."""
    return LibraryError(
        f"{shown(_absolute(root))} holds no audio files",
        "Connect the disk that it stands for, or take the folder out of "
        "MUSICTOOL_DIGITAL_LIBRARY. The entries that it had last stay.",
    )


def holds_audio(root: Path) -> bool:
    """Whether there is an audio file in `root` or below. Raises LibraryError where `root` itself
    cannot be listed."""
    return next(audio_files(root, _nobody), None) is not None


def audio_files(root: Path, report: OnProblem) -> Iterator[str]:
    """The absolute paths of the audio files in `root` and below. Hidden ones and those in a
    recycle bin are left out (see `is_hidden`); folders that cannot be listed are reported."""
    for _, entries in _folders(root, report):
        for entry in entries:
            try:
                if _extension(entry.name) in AUDIO_TYPES and entry.is_file():
                    yield entry.path
            except OSError as error:
                report(shown(entry.path), f"cannot be looked at: {error.strerror}")


def folders_with(root: Path) -> Iterator[str]:
    """`root` and the folders below in which audio files are looked for, as absolute paths."""
    return (folder for folder, _ in _folders(root, _nobody))


def _nobody(path: str, reason: str) -> None:
    """Whom a problem is reported to where reading the folder reports it anyway."""


def _folders(root: Path, report: OnProblem) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Each folder, and what is in it besides folders."""
    top = _absolute(root)
    folders = deque([top])
    links: deque[str] = deque()
    visited: set[tuple[int, int]] = set()
    while folders or links:
        folder = folders.popleft() if folders else links.popleft()
        try:
            state = os.stat(folder)  # noqa: PTH116
            if (state.st_dev, state.st_ino) in visited:
                continue
            visited.add((state.st_dev, state.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if folder == top:
                raise LibraryError(f"{shown(folder)} cannot be listed: {error.strerror}") from error
            report(shown(folder), f"the folder cannot be listed: {error.strerror}")
            continue
        below: list[str] = []
        others: list[os.DirEntry[str]] = []
        for entry in entries:
            if is_hidden(entry.name):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                elif entry.is_dir():
                    links.append(entry.path)
                else:
                    others.append(entry)
            except OSError as error:
                report(shown(entry.path), f"cannot be looked at: {error.strerror}")
        yield folder, others
        folders.extendleft(reversed(below))


def _remembered_or_read(path: str, known: Memo, report: OnProblem) -> LibraryTrack | None:
    name = shown(path)
    try:
        state = os.stat(path)  # noqa: PTH116
    except OSError as error:
        report(name, f"cannot be read: {error.strerror}")
        return None
    remembered = known.get(name)
    if remembered and remembered[:2] == (state.st_size, state.st_mtime_ns):
        return remembered.track
    track, problem = _read(path, state)
    if problem is None:
        known[name] = Remembered(state.st_size, state.st_mtime_ns, track)
    else:
        known.pop(name, None)
        report(name, problem)
    return track


def _read(path: str, state: os.stat_result) -> tuple[LibraryTrack, str | None]:
    """The track, and what is wrong with the file, if anything; its path is known in any case."""
    problem: str | None = None
    size = state.st_size
    if size == 0:
        problem = "the file is empty"
    elif _extension(path) in _TAGGED:
        try:
            track = _tagged(path, *_tags(path), state)
            # tinytag passes over what it does not understand; a file of rubbish has no tags for it.
            found_audio = track.duration_seconds is not None
            return track, None if found_audio else "no audio was found in it; it may be damaged"
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
        except (TinyTagException, ValueError, OverflowError) as error:
            problem = f"its tags cannot be read: {error}"
    track = library_track(
        SOURCE, path=path, file_size_bytes=size, is_music=size > 0, imported_at=_came_at(state)
    )
    return track, problem


def _came_at(state: os.stat_result) -> float:
    """When the file came to this disk, as far as the system tells: not all know when a file was
    made, and copying mostly keeps the time of its last change."""
    return getattr(state, "st_birthtime", state.st_mtime)


def _tags(path: str) -> tuple[TinyTag, Mapping[str, str]]:
    """The tags, and what texts in them are meant to be where tinytag could not tell."""
    with open_regular(path) as file:
        try:
            # By what is in it: an MP3 that calls itself WAV is not rare.
            tags = TinyTag.get(file_obj=file)
        except TinyTagException:
            file.seek(0)
            tags = TinyTag.get(filename=path, file_obj=file)
        texts = (tags.artist, tags.albumartist, tags.title, tags.album, tags.genre)
        others = (text for texts in tags.other.values() for text in texts)
        garbled = any(text and LOST in text for text in (*texts, *others))
        return tags, texts_as_meant(file) if garbled else {}


def _tagged(
    path: str, tags: TinyTag, meant: Mapping[str, str], state: os.stat_result
) -> LibraryTrack:
    def text(given: str | None) -> str | None:
        return meant.get(given, given) if given else None

    def other(*names: str) -> str | None:
        found = next((tags.other[name] for name in names if name in tags.other), ())
        return ", ".join(filter(None, map(text, found))) or None

    artists = filter(None, map(text, (tags.artist, *tags.other.get("artist", ()))))
    return library_track(
        SOURCE,
        path=path,
        artist=", ".join(artists) or text(tags.albumartist),
        title=text(tags.title),
        # TPE4 is ID3's frame for the remixer.
        remixer=other("remixer", "tpe4", "mixartist"),
        mix=other("mix", "version", "subtitle", "tit3"),
        album=text(tags.album),
        label=other("label", "publisher", "organization"),
        genre=text(tags.genre),
        bpm=other("bpm"),
        musical_key=key_from_text(other("initial_key", "initialkey", "key")),
        duration_seconds=tags.duration,
        bitrate=tags.bitrate,
        file_size_bytes=state.st_size,
        is_music=_extension(path) not in _BOOKS,
        imported_at=_came_at(state),
        catalog_number=other("catalog_number"),
        # What taggers for Discogs write, and beets.
        discogs_release_id=other("discogs_release_id", "discogs_albumid"),
    )


def _extension(path: str) -> str:
    return os.path.splitext(path)[1][1:].lower()  # noqa: PTH122


def _absolute(root: Path) -> str:
    # Paths stay strings here: names with bytes that are no text, and a hundred thousand of them.
    return os.path.abspath(root)  # noqa: PTH100


FORMAT = Format(
    kind=SOURCE,
    words="a folder",
    example="a folder of audio files",
    read=lambda path, options: read_folder(
        path,
        memo=options.memo,
        on_progress=options.on_progress,
        on_problem=options.on_problem,
    ),
    recognise=lambda head: False,  # it is no file
)
