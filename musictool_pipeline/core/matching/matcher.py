"""The public face of matching: a library once, then a verdict for each track on vinyl.

What belongs here: choosing among the files that were judged. What does not: judging one
(`deciding`), a person's own decisions (applied by the caller), any reading or writing.

The same input gives the same output: files are put in the order of their ids first, and ties are
broken by that order.
"""

from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext

from musictool_pipeline.core.matching.blocking import (
    CandidateIndex,
    has_the_artist,
    has_the_title,
    probe,
)
from musictool_pipeline.core.matching.deciding import RANK, Decision, decide
from musictool_pipeline.core.matching.reading import TrackReadings, read_digital, read_vinyl
from musictool_pipeline.core.matching.scoring import compare_readings
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    DigitalTrack,
    Judgement,
    MatchSettings,
    Verdict,
    VinylTrack,
)

DEFAULT_SETTINGS = MatchSettings()

# Readings are kept for the files that come up again; all of a large library would not fit.
_READINGS_KEPT = 50_000

# Tracks handed to a process at a time: enough that sending them costs nothing beside judging.
_CHUNK = 500


class Matcher:
    """Judges tracks on vinyl against one digital library.

    Making one indexes the library (about 25 microseconds a file); it never changes afterwards.
    """

    def __init__(
        self, library: Iterable[DigitalTrack], settings: MatchSettings = DEFAULT_SETTINGS
    ) -> None:
        self._settings = settings
        self._library = sorted(library, key=lambda track: track.digital_id)
        self._index = CandidateIndex(self._library)
        self._readings: dict[int, TrackReadings] = {}

    def judge(self, track: VinylTrack) -> Verdict:
        """What is known of this track: status, confidence, reason, the best file and the others."""
        compared = self._judged(track)
        judged = [found for found in compared if found[1].status != MISSING]
        if not judged:
            return _missing(track, compared[0][1] if compared else None)
        number, best = judged[0]
        # Where only other versions are there, each of them is listed, the best included.
        others = judged if best.status == OTHER_VERSION else judged[1:]
        return Verdict(
            track_id=track.track_id,
            status=best.status,
            confidence=best.confidence,
            reason=best.reason,
            digital_id=self._library[number].digital_id,
            alternatives=tuple(self._judgement(*other) for other in others),
        )

    def explain(self, track: VinylTrack) -> tuple[Judgement, ...]:
        """Every file that was compared with the track, the best first, and how it was judged."""
        return tuple(self._judgement(*found) for found in self._judged(track))

    def _judgement(self, number: int, decision: Decision) -> Judgement:
        digital_id = self._library[number].digital_id
        return Judgement(digital_id, decision.status, decision.confidence, decision.reason)

    def _judged(self, track: VinylTrack) -> list[tuple[int, Decision]]:
        """The files whose title comes near, with their decisions, the best first."""
        vinyl = read_vinyl(track)
        if not vinyl.readings:
            return []
        found: list[tuple[int, Decision]] = []
        credits = dict.fromkeys(it.credit for it in vinyl.readings)
        named = vinyl.readings[0].credit.names
        names = [name for it in credits for name in (*it.names, *it.featured)] if named else []
        wanted = probe(track, names, [it.whole for it in credits])
        for number in self._index.candidates(track, self._settings.candidates):
            file = self._library[number]
            if not (has_the_title(wanted, file) and has_the_artist(wanted, file)):
                continue
            decision = self._decide(vinyl, self._read(number))
            if decision is not None:
                found.append((number, decision))
        found.sort(key=lambda it: (_order(it[1]), -len(self._library[it[0]].path or ""), it[0]))
        return found

    def _decide(self, vinyl: TrackReadings, digital: TrackReadings) -> Decision | None:
        """The best that any reading of the file comes to; None where no title comes near."""
        best: Decision | None = None
        for mine in vinyl.readings:
            for theirs in digital.readings:
                comparison = compare_readings(
                    mine, theirs, vinyl.surroundings, digital.surroundings
                )
                if comparison is None:
                    continue
                decision = decide(comparison, self._settings)
                if best is None or _order(decision) < _order(best):
                    best = decision
        return best

    def _read(self, number: int) -> TrackReadings:
        reading = self._readings.get(number)
        if reading is None:
            if len(self._readings) >= _READINGS_KEPT:
                self._readings.clear()
            reading = self._readings[number] = read_digital(self._library[number])
        return reading


def _missing(track: VinylTrack, nearest: Decision | None) -> Verdict:
    """The nearer the nearest file came, the less certain it is that nothing is there."""
    if nearest is None:
        reason = "no such title by this artist in the library"
        return Verdict(track.track_id, MISSING, 100, reason, None, ())
    reason = f"nearest: {nearest.reason}"
    return Verdict(track.track_id, MISSING, 100 - nearest.confidence, reason, None, ())


def _order(decision: Decision) -> tuple[float, ...]:
    """Sorts the best first: by status, confidence, then by what else agrees."""
    support = (-value for value in decision.support)
    return (-RANK[decision.status], -decision.confidence, *support)


def match_all(
    tracks: Sequence[VinylTrack],
    library: Sequence[DigitalTrack],
    settings: MatchSettings = DEFAULT_SETTINGS,
    processes: int = 1,
) -> Iterator[Verdict]:
    """The verdicts on all tracks, in their order.

    With more processes the tracks are shared out among them; the verdicts are the same.
    """
    matcher = Matcher(library, settings)
    if processes <= 1 or len(tracks) <= _CHUNK:
        yield from map(matcher.judge, tracks)
        return
    chunks = [tracks[at : at + _CHUNK] for at in range(0, len(tracks), _CHUNK)]
    # Frozen, the library's pages are not copied into each process by its garbage collector.
    gc.freeze()
    try:
        with ProcessPoolExecutor(
            max_workers=processes,
            mp_context=_context(),
            initializer=_take_over,
            initargs=(matcher,),
        ) as pool:
            for verdicts in pool.map(_judge_chunk, chunks):
                yield from verdicts
    finally:
        gc.unfreeze()


def _context() -> BaseContext:
    """Forked processes share the index; beside other threads, forking could inherit their locks."""
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if can_fork and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


_inherited: list[Matcher] = []


def _take_over(matcher: Matcher) -> None:
    _inherited[:] = [matcher]


def _judge_chunk(tracks: Sequence[VinylTrack]) -> list[Verdict]:
    return [_inherited[0].judge(track) for track in tracks]
