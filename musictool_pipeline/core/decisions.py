"""A person's own decisions on matches, and their effect on verdicts.

What belongs here: what a decision is, finding the tracks and files that it speaks of, and applying
it. Decisions as text belong to `core.decisions_file`, what tells a file apart without its name to
`core.file_facts`, matching to `core.matching`. The last of several decisions on the same thing
counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from musictool_pipeline.core.file_facts import FileFacts, FilesByFacts, facts_of
from musictool_pipeline.core.file_places import paths_of, spelled, spellings
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    OWNED,
    DigitalTrack,
    Judgement,
    Verdict,
    VinylTrack,
)

SAME: Final = "same"
NOT: Final = "not"
DECISIONS: Final = (SAME, OTHER_VERSION, NOT)


@dataclass(frozen=True, slots=True)
class OverrideProblem:
    """A line that had no effect, and why, in words for its owner. The header's line is 1."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionRemark:
    """A line that holds, and what its owner should know of it: its file has another name now, or
    is another one under that name."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Override:
    """One decision. Of `track_number` and `position` at least one is known.

    `digital`: the file's path or digital_id; None means the file that the matcher finds. `facts`:
    what that file held when it was decided on, None if that was not kept.
    """

    line: int
    release_id: int
    track_number: int | None
    position: str | None
    decision: str
    digital: str | None
    note: str | None
    facts: FileFacts | None = None

    @property
    def track(self) -> str:
        """The track, in words."""
        where = f"track {self.track_number}" if self.track_number else f"position {self.position}"
        return f"release {self.release_id}, {where}"

    def is_of(self, release_id: int, track_number: int | None, position: str | None) -> bool:
        """True if it speaks of that track."""
        if self.release_id != release_id:
            return False
        if self.track_number and track_number:
            return self.track_number == track_number
        return (self.position or "").casefold() == (position or "-").casefold()


@dataclass(frozen=True, slots=True)
class Overrides:
    """The decisions in the order of the file, and the lines that make no sense."""

    decisions: tuple[Override, ...] = ()
    problems: tuple[OverrideProblem, ...] = ()

    @property
    def records(self) -> set[int]:
        """The releases that were decided on."""
        return {it.release_id for it in self.decisions}


@dataclass(frozen=True, slots=True)
class TrackDecision:
    """What was decided on one track: the files that are not it, and what it is, if that was said.

    `digital_id` None: the file that the matcher finds. `no_file`: no file at all is it.
    """

    status: str | None = None
    digital_id: str | None = None
    refused: frozenset[str] = frozenset()
    no_file: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions by track_id, the lines that point at nothing (any more), and what there is to know
    of lines that hold. `held`: what the files hold now that are there under the names that
    decisions have, by those names."""

    by_track: Mapping[int, TrackDecision] = field(default_factory=dict[int, TrackDecision])
    problems: tuple[OverrideProblem, ...] = ()
    remarks: tuple[DecisionRemark, ...] = ()
    held: Mapping[str, FileFacts] = field(default_factory=dict[str, FileFacts])


# --- Finding what they speak of -------------------------------------------------------------------


def find_decided(
    overrides: Overrides,
    tracks: Iterable[VinylTrack],
    library: Sequence[DigitalTrack],
    sizes: Mapping[str, int | None] | None = None,
) -> Decisions:
    """The decisions by track, and those that point at nothing: a release or track that is not in
    the collection, or a file that is in no library (any more). Those have no effect.

    If a decision's file is gone under its name, and exactly one has the facts that were kept with
    the decision, it holds for that one, which is among the remarks. `sizes`: the files' sizes in
    bytes by their digital ids.
    """
    if not overrides.decisions:
        return Decisions({}, overrides.problems)
    of_release = _tracks_of({it.release_id for it in overrides.decisions}, tracks)
    files = _Files(overrides.decisions, library, sizes or {})
    problems = list(overrides.problems)
    located: list[tuple[Override, VinylTrack, _Located]] = []
    for override in overrides.decisions:
        track = _track_of(override, of_release)
        if isinstance(track, str):
            problems.append(OverrideProblem(override.line, track))
            continue
        found = files.of(override)
        if isinstance(found, str):
            problems.append(OverrideProblem(override.line, f"{override.track}: {found}"))
        else:
            located.append((override, track, found))
    by_track: dict[int, TrackDecision] = {}
    remarks: list[DecisionRemark] = []
    held = {it.digital: found.held for it, _, found in located if it.digital and found.held}
    by_name = {(track.track_id, id) for _, track, it in located if not it.is_moved for id in it.ids}
    for override, track, found in located:
        # Of a file that was decided on by its own name, a decision by another says nothing more.
        if found.is_moved and any((track.track_id, id) in by_name for id in found.ids):
            continue
        before = by_track.get(track.track_id, TrackDecision())
        by_track[track.track_id] = _added(before, override, found.ids)
        if found.remark:
            remarks.append(DecisionRemark(override.line, f"{override.track}: {found.remark}"))
    problems.sort(key=lambda problem: problem.line)
    return Decisions(by_track, tuple(problems), tuple(remarks), held)


def _tracks_of(releases: set[int], tracks: Iterable[VinylTrack]) -> dict[int, list[VinylTrack]]:
    found: dict[int, list[VinylTrack]] = defaultdict(list)
    for track in tracks:
        if track.release_id in releases:
            found[track.release_id].append(track)
    return found


def _track_of(override: Override, of_release: Mapping[int, list[VinylTrack]]) -> VinylTrack | str:
    tracks = of_release.get(override.release_id)
    if not tracks:
        return f"release {override.release_id} is not in the collection, or has no tracklist yet"
    if override.track_number is not None:
        same = [track for track in tracks if track.track_number == override.track_number]
    else:
        wanted = (override.position or "").casefold()
        same = [track for track in tracks if (track.position or "").casefold() == wanted]
    if not same:
        return f"{override.track}: there is no such track on it"
    if len(same) > 1:
        return f"{override.track}: {len(same)} tracks have that position; give the track_number"
    return same[0]


@dataclass(frozen=True, slots=True)
class _Located:
    """The ids of a decision's file, none if no file is named, and what to remark. `is_moved`: it is
    not in the library under the name that the decision has. If it is, `held` is what it holds."""

    ids: tuple[str, ...] = ()
    remark: str | None = None
    is_moved: bool = False
    held: FileFacts | None = None


class _Files:
    """The files that decisions speak of."""

    def __init__(
        self,
        decisions: Sequence[Override],
        library: Sequence[DigitalTrack],
        sizes: Mapping[str, int | None],
    ) -> None:
        self._library = library
        self._sizes = sizes
        self._called = _files_called({it.digital for it in decisions if it.digital}, library)
        self._by_facts: FilesByFacts | None = None

    def of(self, override: Override) -> _Located | str:
        """The decision's file, or in words why there is none."""
        if not override.digital:
            return _Located()
        named = next(
            (self._called[it] for it in spellings(override.digital) if it in self._called), ()
        )
        if named:
            return _Located(
                tuple(track.digital_id for track in named),
                _other_length(override.digital, override.facts, named),
                held=self._held(named[0]),
            )
        gone = f"no file {override.digital} in the digital library"
        return self._moved(override.digital, override.facts, gone) if override.facts else gone

    def _held(self, file: DigitalTrack) -> FileFacts | None:
        size = self._sizes.get(file.digital_id)
        return facts_of(size, file.duration_seconds, file.artist, file.title)

    def _moved(self, name: str, facts: FileFacts, gone: str) -> _Located | str:
        if self._by_facts is None:
            self._by_facts = FilesByFacts(self._library, self._sizes)
        found, alike = self._by_facts.alike(facts)
        files: dict[str, list[DigitalTrack]] = defaultdict(list)
        for track in found:
            files[spelled(track.path) if track.path else track.digital_id].append(track)
        if not files:
            return f"{gone}, and none has its size and length, or its length and tags"
        entries = [_music_first(each) for each in files.values()]
        names = [each[0].path or each[0].digital_id for each in entries]
        if len(names) > 1:
            more = f" and {len(names) - 2:,} more" if len(names) > 2 else ""
            return f"{gone}, and {len(names):,} have its {alike}: {'; '.join(names[:2])}{more}"
        return _Located(
            tuple(track.digital_id for track in entries[0]),
            f"{name} is not in the digital library any more; the decision holds for {names[0]}, "
            f"which has its {alike}",
            is_moved=True,
        )


LENGTHS_APART: Final = 3
"""A file whose length differs by more seconds is another one, and not the same in another form."""


def _other_length(name: str, facts: FileFacts | None, named: Sequence[DigitalTrack]) -> str | None:
    """What to say of a file that lies under the name of another; None if it is the same."""
    lengths = [round(track.duration_seconds) for track in named if track.duration_seconds]
    if facts is None or not facts.seconds or not lengths:
        return None
    if min(abs(seconds - facts.seconds) for seconds in lengths) <= LENGTHS_APART:
        return None
    return (
        f"{name} is {lengths[0]} s long, and was {facts.seconds} s when you decided; the decision "
        "holds for it, so look at it again"
    )


def _files_called(
    names: set[str], library: Iterable[DigitalTrack]
) -> dict[str, list[DigitalTrack]]:
    """The entries of the files of these paths or ids; one file can be in several libraries."""
    wanted = {each for name in names for each in spellings(name)}
    found: dict[str, list[DigitalTrack]] = defaultdict(list)
    for track in library:
        if track.digital_id in wanted:
            found[track.digital_id].append(track)
        for path in paths_of(track.path) & wanted:
            found[path].append(track)
    return {name: _music_first(entries) for name, entries in found.items()}


def _music_first(entries: Iterable[DigitalTrack]) -> list[DigitalTrack]:
    return sorted(entries, key=lambda track: (not track.is_music, track.digital_id))


def _added(before: TrackDecision, override: Override, ids: tuple[str, ...]) -> TrackDecision:
    note = override.note or before.note
    if override.decision == NOT and not ids:
        return TrackDecision(no_file=True, note=note)
    if override.decision == NOT:
        taken_back = before.digital_id in ids
        return replace(
            before,
            status=None if taken_back else before.status,
            digital_id=None if taken_back else before.digital_id,
            refused=before.refused | set(ids),
            note=note,
        )
    status = OWNED if override.decision == SAME else OTHER_VERSION
    digital_id = ids[0] if ids else None
    return TrackDecision(status, digital_id, before.refused - set(ids), note=note)


# --- Applying -------------------------------------------------------------------------------------


def apply_decision(decision: TrackDecision, verdict: Verdict) -> Verdict:
    """The verdict as its owner decided it; the files that the matcher found besides are kept
    among the alternatives, except for those that the owner refused."""
    if decision.no_file:
        return replace(
            verdict, status=MISSING, confidence=100, reason=_said("no file is it", decision),
            digital_id=None, alternatives=(),
        )  # fmt: skip
    left = [it for it in _candidates(verdict) if it.digital_id not in decision.refused]
    if decision.status is not None:
        return _as_said(decision, verdict, left)
    if verdict.digital_id not in decision.refused:
        return replace(verdict, alternatives=tuple(it for it in verdict.alternatives if it in left))
    if not left:
        return replace(
            verdict, status=MISSING, confidence=100, reason=_said("not that file", decision),
            digital_id=None, alternatives=(),
        )  # fmt: skip
    best = left[0]
    return replace(
        verdict,
        status=best.status,
        confidence=best.confidence,
        reason=best.reason,
        digital_id=best.digital_id,
        alternatives=tuple(left if best.status == OTHER_VERSION else left[1:]),
    )


def _candidates(verdict: Verdict) -> list[Judgement]:
    """Every file that came near, the best first and each once."""
    if verdict.digital_id is None:
        return []
    best = Judgement(verdict.digital_id, verdict.status, verdict.confidence, verdict.reason)
    others = [it for it in verdict.alternatives if it.digital_id != verdict.digital_id]
    return [best, *others]


def _as_said(decision: TrackDecision, verdict: Verdict, left: list[Judgement]) -> Verdict:
    assert decision.status is not None
    digital_id = decision.digital_id or (left[0].digital_id if left else None)
    what = "the same version" if decision.status == OWNED else "another version"
    reason = _said(what, decision)
    others = [it for it in left if it.digital_id != digital_id]
    if decision.status == OTHER_VERSION and digital_id is not None:
        others.insert(0, Judgement(digital_id, OTHER_VERSION, 100, reason))
    return replace(
        verdict,
        status=decision.status,
        confidence=100,
        reason=reason,
        digital_id=digital_id,
        alternatives=tuple(others),
    )


def _said(what: str, decision: TrackDecision) -> str:
    return f"you decided: {what}" + (f" ({decision.note})" if decision.note else "")
