"""The public face of matching: a library once, then a verdict for each track on vinyl.

What belongs here: choosing among the files that were judged, and what a record's other tracks say.
What does not: judging one file (`deciding`), a person's own decisions (applied by the caller), any
reading or writing.

The same input gives the same output: files are put in the order of their ids first, and ties are
broken by that order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from musictool_pipeline.core.matching.comparing import compare
from musictool_pipeline.core.matching.deciding import (
    RANK,
    TITLES_DIFFER,
    Decision,
    at_least_to_count,
    decide,
)
from musictool_pipeline.core.matching.explaining import NOTHING_NEAR, point_lines, reason, shown
from musictool_pipeline.core.matching.finding.blocking import CandidateIndex
from musictool_pipeline.core.matching.finding.probing import probe_of
from musictool_pipeline.core.matching.parsing.reading import (
    TrackReadings,
    base_title,
    read_among,
    read_digital,
)
from musictool_pipeline.core.matching.sharing import shared_out
from musictool_pipeline.core.matching.tracks import (
    DEFAULT_SETTINGS,
    MISSING,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    DigitalTrack,
    Judgement,
    MatchSettings,
    Verdict,
    VinylTrack,
    shortened,
    suite_of,
)
from musictool_pipeline.core.matching.weighing.points import Observations, Points, points

# Readings are kept for the files that come up again; all of a large library would not fit. Each
# takes 5 KB in every process.
_READINGS_KEPT = 10_000

NOTHING_NEAR_IS_RIGHT = 97
"""How often, of a hundred times, nothing is there if no file comes near: other names of an artist
and titles in another language are not known here."""

# Records judged together: enough that sending them to a process costs nothing beside judging.
_RECORDS = 100


@dataclass(frozen=True, slots=True)
class Explained:
    """How a file was judged, in words the points behind it, and what was seen of the recording."""

    judgement: Judgement
    points: tuple[str, ...]
    seen: Observations


class Matcher:
    """Judges tracks on vinyl against one digital library.

    Making one indexes the library (about 30 microseconds a file); it never changes afterwards.
    """

    def __init__(
        self,
        library: Iterable[DigitalTrack],
        settings: MatchSettings = DEFAULT_SETTINGS,
        weights: Mapping[str, Points] | None = None,
        processes: int = 1,
    ) -> None:
        self._settings = settings
        self._points = weights or points()
        files = sorted(map(shortened, library), key=lambda track: track.digital_id)
        self._index = CandidateIndex(files, processes)
        self._read_before: dict[int, _Read] = {}

    def judge_record(self, record: Sequence[VinylTrack]) -> list[Verdict]:
        """What is known of each track of one record: status, confidence, reason, the best file and
        the others."""
        return self.judge_records([record])

    def judge_records(self, records: Iterable[Sequence[VinylTrack]]) -> list[Verdict]:
        """The same of several records: faster, since each step is done for all of their tracks
        before the next one, and a processor repeats a step sooner than it changes between them."""
        cut = [[shortened(track) for track in record] for record in records]
        verdicts = iter(self._verdicts([said for record in cut for said in _read_record(record)]))
        return [
            self._beside_its_suite(track, verdict)
            for record in cut
            for track, verdict in zip(
                record, _no_file_twice(record, [next(verdicts) for _ in record]), strict=True
            )
        ]

    def judge(self, track: VinylTrack) -> Verdict:
        """What is known of a track of whose record nothing else is known."""
        return self.judge_record([track])[0]

    def explain(
        self, track: VinylTrack, record: Sequence[VinylTrack] = ()
    ) -> tuple[Explained, ...]:
        """Every file that was compared with the track, the best first. `record`: all tracks of its
        record."""
        track, record = shortened(track), [shortened(each) for each in record]
        titles = Counter(map(base_title, record or [track]))
        vinyl = read_among(track, titles)
        (files,) = self._worth_comparing([(track, vinyl)])
        return tuple(
            Explained(
                _judgement(track, file, decision),
                tuple(point_lines(decision.found, self._points)),
                decision.found.recording,
            )
            for file, decision in self._judged(vinyl, files, every=True)
        )

    def _worth_comparing(self, said: Sequence[_Said]) -> list[list[_Read]]:
        """For each track the files to compare with it."""
        asked = [(track, probe_of(track, vinyl.readings)) for track, vinyl in said]
        found = self._index.worth_reading(asked, self._settings.candidates)
        return [[self._read(number) for number in numbers] for numbers in found]

    def _verdicts(self, said: Sequence[_Said]) -> list[Verdict]:
        files = self._worth_comparing(said)
        return [self._verdict(*it, found) for it, found in zip(said, files, strict=True)]

    def _verdict(self, track: VinylTrack, vinyl: TrackReadings, files: Sequence[_Read]) -> Verdict:
        compared = self._judged(vinyl, files)
        judged = [_judgement(track, *found) for found in compared if found[1].status != MISSING]
        if not judged:
            return _missing(track, _judgement(track, *compared[0]) if compared else None)
        best = judged[0]
        # Where only other versions are there, each of them is listed, the best included.
        others = judged if best.status == OTHER_VERSION else judged[1:]
        told = best.status, best.confidence, best.reason, best.digital_id
        return Verdict(track.track_id, *told, tuple(others))

    def _beside_its_suite(self, track: VinylTrack, verdict: Verdict) -> Verdict:
        """The verdict, if no file is the whole suite that the track is a part of: such a file holds
        the part, and nobody can tell from its name."""
        suite = suite_of(track)
        if suite is None or verdict.status == REVIEW:
            return verdict
        (whole,) = self._verdicts(_read_record([suite]))
        is_the_whole = verdict.digital_id is not None and verdict.digital_id == whole.digital_id
        if whole.status != OWNED or (verdict.status == OWNED and not is_the_whole):
            return verdict
        said = f"the file may be all of {shown(suite.title)}: {whole.reason}"
        others = (each for each in verdict.alternatives if each.digital_id != whole.digital_id)
        return replace(whole, status=REVIEW, reason=said, alternatives=tuple(others))

    def _judged(
        self, vinyl: TrackReadings, files: Sequence[_Read], *, every: bool = False
    ) -> list[tuple[_Read, Decision]]:
        """The files that were compared, with their decisions, the best first. Without `every`,
        those are left out that change nothing: missing ones, if any other is there, and all of them
        but the nearest."""
        found: list[tuple[_Read, Decision]] = []
        at_least = 0.0
        for read in files:
            comparison = compare(vinyl, read.readings, self._index.rarity, self._points, at_least)
            if comparison is not None:
                decision = decide(comparison, self._settings, self._points["definition"])
                found.append((read, decision))
                if not every:
                    at_least = max(at_least, at_least_to_count(decision, self._settings))
        found.sort(key=lambda it: (_order(it[1]), -len(it[0].file.path or ""), it[0].number))
        return found

    def _read(self, number: int) -> _Read:
        read = self._read_before.get(number)
        if read is None:
            if len(self._read_before) >= _READINGS_KEPT:
                self._read_before.clear()
            file = self._index.file(number)
            read = self._read_before[number] = _Read(number, file, read_digital(file))
        return read


class _Read(NamedTuple):
    """A file by its number in the index, and what it says."""

    number: int
    file: DigitalTrack
    readings: TrackReadings


# A track, and what it says beside the others of its record.
_Said = tuple[VinylTrack, TrackReadings]


def _read_record(record: Sequence[VinylTrack]) -> list[_Said]:
    titles = Counter(map(base_title, record))
    return [(track, read_among(track, titles)) for track in record]


def _judgement(track: VinylTrack, read: _Read, decision: Decision) -> Judgement:
    said = reason(decision, track, read.file)
    return Judgement(read.file.digital_id, decision.status, decision.confidence, said)


def _missing(track: VinylTrack, nearest: Judgement | None) -> Verdict:
    """The nearer the nearest file came, the less certain it is that nothing is there."""
    if nearest is None:
        return Verdict(track.track_id, MISSING, NOTHING_NEAR_IS_RIGHT, NOTHING_NEAR, None, ())
    return Verdict(track.track_id, MISSING, nearest.confidence, nearest.reason, None, ())


def _order(decision: Decision) -> tuple[float, ...]:
    """Sorts the best first: by status, then by what is likelier. Of several other versions, one
    that is called alike goes first, then the one that is surest the recording, and among these one
    that names no version: a mix of it with another piece may look nearer."""
    found = decision.found
    is_another = decision.status == OTHER_VERSION
    return (
        -RANK[decision.status],
        is_another and found.standing not in ("plain", "the same"),
        -round(found.of_recording, 2) if is_another else 0,
        is_another and not found.file.title.version.is_plain,
        -round(found.of_recording * found.of_version, 6),
        -round(found.of_recording, 6),
    )


def _no_file_twice(record: Sequence[VinylTrack], verdicts: list[Verdict]) -> list[Verdict]:
    """Several mixes of one title on a record are several recordings: a file is the one that it is
    likeliest, and another version for the others."""
    takers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, (track, verdict) in enumerate(zip(record, verdicts, strict=True)):
        if verdict.status == OWNED and verdict.digital_id:
            takers[verdict.digital_id, base_title(track)].append(at)
    for sharing in takers.values():
        likeliest = max(sharing, key=lambda at: (verdicts[at].confidence, -at))
        for at in sharing:
            if at != likeliest and record[at].title != record[likeliest].title:
                verdicts[at] = _another_mix(verdicts[at], record[likeliest])
    taken = {file for file, _ in takers}
    return [
        _another_track(verdict)
        if verdict.digital_id in taken and verdict.reason.startswith(TITLES_DIFFER)
        else verdict
        for verdict in verdicts
    ]


def _another_track(verdict: Verdict) -> Verdict:
    """`Sehr Langsam` beside `Langsam`, which the record has as well."""
    said = f"nearest: a file of another track of this record: {verdict.reason}"
    return Verdict(verdict.track_id, MISSING, NOTHING_NEAR_IS_RIGHT, said, None, ())


def _another_mix(verdict: Verdict, owner: VinylTrack) -> Verdict:
    said = f"another version: the file is {shown(owner.title)} of this record"
    best = Judgement(verdict.digital_id or "", OTHER_VERSION, verdict.confidence, said)
    return replace(
        verdict,
        status=OTHER_VERSION,
        reason=f"{said}, {verdict.reason}",
        alternatives=(best, *verdict.alternatives),
    )


def match_all(
    tracks: Sequence[VinylTrack],
    library: Sequence[DigitalTrack],
    settings: MatchSettings = DEFAULT_SETTINGS,
    processes: int = 1,
) -> Iterator[Verdict]:
    """The verdicts on all tracks, in their order; the tracks of a record stand together.

    With more processes the records are shared out among them; the verdicts are the same.
    """
    if not tracks:
        return
    records = [list(tracks) for _, tracks in groupby(tracks, key=lambda it: it.release_id)]
    tasks = [records[at : at + _RECORDS] for at in range(0, len(records), _RECORDS)]
    processes = min(processes, len(tasks))
    matcher = Matcher(library, settings, processes=processes)
    for verdicts in shared_out(Matcher.judge_records, matcher, tasks, processes):
        yield from verdicts
