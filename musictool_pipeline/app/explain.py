"""`musictool explain`: why a track was judged as it was, with every file that came near it.

What belongs here: finding the track that somebody means, and putting into words what the gap
analysis and the matcher say of it. What does not: judging, which is `core.matching`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.collection.export_header import HIGHEST_RELEASE_ID
from musictool_pipeline.core.decisions import Overrides
from musictool_pipeline.core.matching.matcher import Explained as ComparedFile
from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.words import STATUSES, counted, length, name_of, position_of, sound
from musictool_pipeline.errors import EXIT_DONE, MusicToolError, StorageError
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.decided import read_decided
from musictool_pipeline.queries.library_remarks import library_remarks
from musictool_pipeline.queries.overview import require_tracks
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.judging import audio_files, vinyl_tracks
from musictool_pipeline.tables.published import open_tables


@dataclass(frozen=True, slots=True)
class Published:
    """What the gap analysis says of a track, and what its file sounds like."""

    status: str
    confidence: int
    reason: str | None
    digital_path: str | None
    overridden: bool
    bpm: float | None = None
    musical_key: str | None = None
    camelot: str | None = None
    sound_disagreement: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A track, its row of the gap analysis (None where it has none yet), every file that was
    compared with it, the best first, and what to know of your decisions on it."""

    track: VinylTrack
    published: Published | None
    candidates: tuple[ComparedFile, ...]
    decided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedTracks:
    """The tracks that a position names, the files of the library by their ids, and what to know of
    the libraries before a track is believed to be missing."""

    explanations: tuple[Explanation, ...]
    files: Mapping[str, DigitalTrack]
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For scripts, as docs/json.md describes it."""
        return {
            "files": len(self.files),
            "remarks": list(self.remarks),
            "tracks": [self._track_as_json(each) for each in self.explanations],
        }

    def _track_as_json(self, explanation: Explanation) -> dict[str, Any]:
        published = explanation.published
        return {
            **asdict(explanation.track),
            "published": asdict(published) if published else None,
            "decided": list(explanation.decided),
            "compared": [self._compared_as_json(each) for each in explanation.candidates],
        }

    def _compared_as_json(self, compared: ComparedFile) -> dict[str, Any]:
        judgement = compared.judgement
        file = self.files[judgement.digital_id]
        return {
            "status": judgement.status,
            "confidence": judgement.confidence,
            "reason": judgement.reason,
            "digital_id": file.digital_id,
            "path": file.path,
            "artist": file.artist,
            "title": file.title,
            "points": list(compared.points),
        }


def read_explained(settings: Settings, release_id: int, position: str) -> ExplainedTracks:
    """Judges the tracks at this position of a release against the published library.

    `position` is one as printed, in any case, or a track number where no position matches; several
    tracks of one position are all explained. Raises MusicToolError where there is no such track,
    and says which there are.
    """
    with open_tables(settings.database) as tables:
        connection = tables.connection
        tracks, meant = find_tracks(connection, release_id, position)
        published = _published(connection, release_id)
        files = [file.track for file in audio_files(connection) if file.track.is_music]
        remarks = library_remarks(connection, settings)
        try:
            overrides, _ = load_overrides(settings.overrides_file)
        except StorageError as error:
            overrides, remarks = Overrides(), (*remarks, error.explained())
        decided = {track.track_id: _decided(connection, overrides, track) for track in meant}
    matcher = Matcher(files)
    return ExplainedTracks(
        tuple(
            Explanation(
                track,
                published.get(track.track_number),
                matcher.explain(track, tracks),
                decided[track.track_id],
            )
            for track in meant
        ),
        {file.digital_id: file for file in files},
        remarks,
    )


def _decided(
    connection: duckdb.DuckDBPyConnection, overrides: Overrides, track: VinylTrack
) -> tuple[str, ...]:
    """What to know of the decisions on a track: that the file of one was moved, or is gone."""
    own = tuple(
        it
        for it in overrides.decisions
        if it.is_of(track.release_id, track.track_number, track.position)
    )
    found = read_decided(connection, Overrides(own))
    return (
        *(f"Your decision in line {it.line}: {it.text}." for it in found.remarks),
        *(f"Your decision in line {it.line} has no effect: {it.reason}." for it in found.problems),
    )


def find_tracks(
    connection: duckdb.DuckDBPyConnection, release_id: int, position: str
) -> tuple[Sequence[VinylTrack], list[VinylTrack]]:
    """The release's tracks, and those of them that the position names, of which there is one at
    least. Raises MusicToolError if there is none, and says which there are."""
    if release_id > HIGHEST_RELEASE_ID:
        raise _not_in_the_collection(release_id)
    tracks = vinyl_tracks(connection, release_id)
    if not tracks:
        raise _no_such_release(connection, release_id)
    meant = tracks_at(position, tracks)
    if not meant:
        raise _no_such_position(tracks, position)
    return tracks, meant


def tracks_at(position: str, tracks: Sequence[VinylTrack]) -> list[VinylTrack]:
    """The tracks that a position names: as printed, in any case; where none is, and it is a
    number, the track of that number (`#3` names it, too)."""
    said = position.strip().casefold()
    found = [track for track in tracks if (track.position or "").casefold() == said and said]
    number = said.removeprefix("#")
    return found or [track for track in tracks if str(track.track_number) == number]


def the_only_track(meant: Sequence[VinylTrack], release_id: int, position: str) -> VinylTrack:
    """The track, of the ones that the position names. Raises MusicToolError if there are several,
    and says by which number each is named."""
    if len(meant) > 1:
        named = "; ".join(
            f"#{track.track_number}: {name_of(track.artist, track.title)}" for track in meant
        )
        raise MusicToolError(
            f"{len(meant)} tracks of release {release_id} have the position {position}.",
            f"Give one track's number with a #: {named}",
        )
    (track,) = meant
    return track


def _published(connection: duckdb.DuckDBPyConnection, release_id: int) -> dict[int, Published]:
    rows: list[tuple[Any, ...]] = sql.rows(
        connection, "verdicts_of_release.sql", release=release_id
    )
    return {number: Published(*values) for number, *values in rows}


def _no_such_release(connection: duckdb.DuckDBPyConnection, release_id: int) -> MusicToolError:
    row = sql.row(connection, "tracklist_state.sql", release=release_id)
    if row is None:
        require_tracks(connection)
        return _not_in_the_collection(release_id)
    status, error = row
    if status == "fetched":
        return MusicToolError(f"Release {release_id} lists no tracks on Discogs.")
    if status == "unavailable":
        return MusicToolError(f"Release {release_id} is not on Discogs any more ({error}).")
    why = f" ({error})" if error else ""
    return MusicToolError(
        f"The tracklist of release {release_id} was not fetched yet{why}.",
        "`musictool refresh` fetches it.",
    )


def _not_in_the_collection(release_id: int) -> MusicToolError:
    return MusicToolError(
        f"Release {release_id} is not in the collection.",
        "The number is the one that `musictool gaps` shows, and the address on discogs.com; a "
        "release that you added lately comes with the next export and `musictool refresh`.",
    )


def _no_such_position(tracks: Sequence[VinylTrack], position: str) -> MusicToolError:
    first = tracks[0]
    places = dict.fromkeys(position_of(track.position, track.track_number) for track in tracks)
    return MusicToolError(
        f"Release {first.release_id}, {name_of(first.album_artist, first.album)}, has no position "
        f"{position!r}.",
        f"It has: {', '.join(places)}; or give a track's number, 1 to {len(tracks)}.",
    )


def explain(
    settings: Settings,
    terminal: Terminal,
    *,
    release_id: int,
    position: str,
    points: bool,
    as_json: bool = False,
) -> int:
    """Prints why the tracks at a position were judged so, with `points` also what each observation
    counted, or all of it as one JSON object; gives the exit code."""
    explained = read_explained(settings, release_id, position)
    if as_json:
        terminal.say_json(explained.as_json())
        return EXIT_DONE
    for place, explanation in enumerate(explained.explanations):
        if place:
            terminal.say()
        for line in explanation_lines(explanation, explained.files, points=points):
            terminal.say(line)
    for remark in explained.remarks:
        terminal.say()
        for line in remark.split("\n"):
            terminal.say(line)
    return EXIT_DONE


def explanation_lines(
    explanation: Explanation, files: Mapping[str, DigitalTrack], *, points: bool = False
) -> Iterator[str]:
    """One track's explanation in words; `files` is the library by ids."""
    yield from _track_lines(explanation.track)
    yield ""
    yield from _published_lines(explanation.published)
    yield from (f"    {line}" for line in explanation.decided)
    if not files:
        return
    yield ""
    count = len(explanation.candidates)
    if not count:
        yield f"None of the {len(files):,} files in the library has a title that comes near."
        return
    if count == 1 and not points and _is_said(explanation.candidates[0], explanation, files):
        yield f"1 of {counted(len(files), 'file')} came near."
        return
    yield f"{count:,} of {counted(len(files), 'file')} came near; the best first:"
    for compared in explanation.candidates:
        judgement = compared.judgement
        yield f"  {_verdict(judgement.status, judgement.confidence)}: {judgement.reason}"
        yield f"    {_named(files[judgement.digital_id])}"
        if points:
            yield from (f"      {line}" for line in compared.points)


def _is_said(
    compared: ComparedFile, explanation: Explanation, files: Mapping[str, DigitalTrack]
) -> bool:
    """True if the published row says the same of the same file."""
    judgement, published = compared.judgement, explanation.published
    return published is not None and (
        judgement.status,
        judgement.confidence,
        judgement.reason,
        files[judgement.digital_id].path,
    ) == (published.status, published.confidence, published.reason, published.digital_path)


def _track_lines(track: VinylTrack) -> Iterator[str]:
    place = position_of(track.position, track.track_number)
    yield f"{place}  {name_of(track.artist, track.title)}"
    year = str(track.release_year) if track.release_year else None
    printed = length(track.duration_seconds) if track.duration_seconds else "no length given"
    record = [track.album, track.label, track.catalog_number, year, printed]
    yield f"    {', '.join(filter(None, record))}"


def _published_lines(published: Published | None) -> Iterator[str]:
    if published is None:
        yield "It was not judged yet. Run `musictool refresh`."
        return
    yield f"{_verdict(published.status, published.confidence)}: {published.reason or ''}"
    if published.digital_path:
        yield f"    {published.digital_path}"
    if heard := sound(published.bpm, published.musical_key, published.camelot):
        yield f"    {heard}"
    if published.sound_disagreement:
        yield f"    The files disagree: {published.sound_disagreement}"
    if published.overridden:
        yield "    You decided this (match_overrides.csv); what follows is the matcher's opinion."


def _verdict(status: str, confidence: int) -> str:
    return f"{STATUSES[status]}, {confidence}"


def _named(file: DigitalTrack) -> str:
    return file.path or f"{name_of(file.artist, file.title)} (no path)"
