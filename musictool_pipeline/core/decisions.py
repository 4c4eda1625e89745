"""A person's own decisions on matches, and their effect on verdicts.

What belongs here: reading `match_overrides.csv`, adding to its text and taking from it, finding the
tracks and files that it speaks of, and applying it. The file on disk, and matching, belong
elsewhere.

The file is the user's: columns `discogs_release_id`, `track_number` or `position`, `decision`
(`same`, `other_version`, `not`), `digital` (a path or a digital_id), `note`. The last of several
decisions on the same thing counts.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from musictool_pipeline.core.file_places import local_path
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

COLUMNS: Final = ("discogs_release_id", "track_number", "decision", "digital", "note")
"""What a new file begins with; `position` may stand in place of `track_number`."""

_ALSO_CALLED: Final = {
    "release_id": "discogs_release_id",
    "digital_path": "digital",
    "digital_id": "digital",
    "path": "digital",
    "digital_path_or_id": "digital",
}


@dataclass(frozen=True, slots=True)
class OverrideProblem:
    """A line that had no effect, and why, in words for its owner. The header's line is 1."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Override:
    """One decision. Of `track_number` and `position` at least one is known.

    `digital`: the file's path or digital_id; None means whatever file the matcher finds.
    """

    line: int
    release_id: int
    track_number: int | None
    position: str | None
    decision: str
    digital: str | None
    note: str | None

    @property
    def track(self) -> str:
        """The track, in words."""
        where = f"track {self.track_number}" if self.track_number else f"position {self.position}"
        return f"release {self.release_id}, {where}"


@dataclass(frozen=True, slots=True)
class Overrides:
    """The decisions in the order of the file, and the lines that make no sense."""

    decisions: tuple[Override, ...] = ()
    problems: tuple[OverrideProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackDecision:
    """What was decided on one track: the files that are not it, and what it is, if that was said.

    `digital_id` None: whatever file the matcher finds. `no_file`: no file at all is it.
    """

    status: str | None = None
    digital_id: str | None = None
    refused: frozenset[str] = frozenset()
    no_file: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions by track_id, and the lines that point at nothing (any more)."""

    by_track: Mapping[int, TrackDecision] = field(default_factory=dict[int, TrackDecision])
    problems: tuple[OverrideProblem, ...] = ()


# --- Reading --------------------------------------------------------------------------------------


def read_overrides(content: bytes) -> Overrides:
    """The decisions in a file's bytes. Never raises: what cannot be used is among the problems."""
    text = _decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    decisions: list[Override] = []
    problems: list[OverrideProblem] = []
    names: list[str] | None = None
    line = 1
    try:
        for row in reader:
            at, line = line, reader.line_num + 1
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if names is None:
                names = _names(cells)
                lacking = _lacking(names)
                if lacking:
                    return Overrides((), (OverrideProblem(at, lacking),))
                continue
            found = _decision(at, _by_name(names, cells))
            if isinstance(found, Override):
                decisions.append(found)
            else:
                problems.append(found)
    except csv.Error as error:
        problems.append(OverrideProblem(line, f"cannot be read: {error}"))
    return Overrides(tuple(decisions), tuple(problems))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # saved by a spreadsheet on Windows
        return content.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.partition("\n")[0].count)


def _names(cells: list[str]) -> list[str]:
    plain = ("_".join(cell.casefold().replace("_", " ").split()) for cell in cells)
    return [_ALSO_CALLED.get(name, name) for name in plain]


def _lacking(names: list[str]) -> str | None:
    if "discogs_release_id" not in names or "decision" not in names:
        return "the header lacks the columns discogs_release_id and decision"
    if "track_number" not in names and "position" not in names:
        return "the header has neither a column track_number nor a column position"
    return None


def _by_name(names: list[str], cells: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        # Both a path and an id may be there: the first that is filled in counts.
        values[name] = values.get(name) or cell
    return values


def _decision(line: int, values: Mapping[str, str]) -> Override | OverrideProblem:
    # A row may end before any of its columns.
    said = values.get("discogs_release_id", "")
    release = _number(said)
    if release is None:
        return OverrideProblem(line, f"{said[:40]!r} is no release id")
    printed = values.get("track_number", "")
    number = _number(printed)
    if printed and number is None:
        return OverrideProblem(line, f"{printed[:40]!r} is no track number")
    position = values.get("position") or None
    if number is None and position is None:
        return OverrideProblem(line, "neither a track number nor a position is given")
    decision = values.get("decision", "").casefold().replace(" ", "_")
    if decision not in DECISIONS:
        given = values.get("decision", "")[:40]
        return OverrideProblem(line, f"the decision is {given!r}, not same, other_version or not")
    return Override(
        line=line,
        release_id=release,
        track_number=number,
        position=position,
        decision=decision,
        digital=values.get("digital") or None,
        note=values.get("note") or None,
    )


def _number(text: str) -> int | None:
    usable = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if usable and int(text) > 0 else None


# --- Writing --------------------------------------------------------------------------------------


def append_decision(content: bytes, decision: Override) -> bytes:
    """The file with one decision more, at its end; all that is in it stays byte for byte.

    An empty file gets a header. In any other the columns, the delimiter, the line ends and the
    encoding are its owner's. `decision.line` is not used; `position` is written only where the file
    has no column for the track number, so it has to be the track's alone on its release.

    Raises ValueError, in words for the owner, where the file cannot take the decision: where
    reading it back would not give what was there before, and this decision.
    """
    codec, _ = _encoding(content)
    text = _decoded(content)
    names: list[str] = _header(text)
    if names:
        line_end = next(iter(_LINE_END.findall(text)), "\n")
        delimiter = _delimiter(text)
        added = "" if text.endswith(("\n", "\r")) else line_end
    else:
        names, line_end, delimiter = [*COLUMNS], "\n", ","
        added = ",".join(COLUMNS) + line_end
    added += _row(names, delimiter, decision) + line_end
    try:
        written = content + added.encode(codec)
    except UnicodeEncodeError as error:
        lost = error.object[error.start : error.end][:20]
        raise ValueError(f"its encoding, {codec}, has no {lost!r}; save it as UTF-8") from None
    before, after = read_overrides(content), read_overrides(written)
    expected = [*map(_said_in, before.decisions), _said_in(_as_told(names, decision))]
    if [*map(_said_in, after.decisions)] != expected or len(after.problems) > len(before.problems):
        raise ValueError(_why_not(before, names, decision))
    return written


def withdraw_decision(content: bytes, decision: Override) -> bytes:
    """The file without the last row that says this, whatever its line; the rest stays byte for
    byte.

    Raises ValueError, in words for the owner, where no row says it, or it cannot be cut out.
    """
    codec, mark = _encoding(content)
    text = _decoded(content)
    before = read_overrides(content)
    sought = _said_in(_as_told(_header(text), decision))
    found = [it for it in before.decisions if _said_in(it) == sought]
    if not found:
        raise ValueError("the decision is not in it any more")
    row = next(row for row in _rows(text) if row.line == found[-1].line)
    # What is no character of the encoding counts as one: only of UTF-16 that need not be so.
    head, tail = (part.encode(codec, "replace") for part in (text[: row.start], text[row.end :]))
    left = content[: len(mark) + len(head)] + content[len(content) - len(tail) :]
    expected = [_said_in(it) for it in before.decisions if it is not found[-1]]
    if [*map(_said_in, read_overrides(left).decisions)] != expected:
        raise ValueError(f"line {row.line} cannot be cut out by itself; take it out by hand")
    return left


_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: the line that it begins on, the part of the text that it takes, its cells."""

    line: int
    start: int
    end: int
    cells: list[str]


def _rows(text: str) -> Iterator[_Row]:
    line = end = 0

    def lines() -> Iterator[str]:
        nonlocal line, end
        for each in io.StringIO(text, newline=""):
            line, end = line + 1, end + len(each)
            yield each

    reader = csv.reader(lines(), delimiter=_delimiter(text))
    while True:
        begins, start = line + 1, end
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f"line {begins} cannot be read: {error}") from None
        yield _Row(begins, start, end, [cell.strip() for cell in cells])


def _header(text: str) -> list[str]:
    for row in _rows(text):
        if any(row.cells):
            return _names(row.cells)
    return []


def _encoding(content: bytes) -> tuple[str, bytes]:
    """What `_decoded` takes the file for: the codec, and the mark that it begins with."""
    if content.startswith(b"\xff\xfe"):
        return "utf-16-le", content[:2]
    if content.startswith(b"\xfe\xff"):
        return "utf-16-be", content[:2]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", b""
    return "utf-8", content[:3] if content.startswith(b"\xef\xbb\xbf") else b""


def _row(names: list[str], delimiter: str, decision: Override) -> str:
    told = _as_told(names, decision)
    values: dict[str, object] = {
        "discogs_release_id": told.release_id,
        "track_number": told.track_number,
        "position": told.position,
        "decision": told.decision,
        "digital": told.digital,
        "note": told.note,
    }
    row = io.StringIO(newline="")
    # Of two columns that mean the same the first is filled in.
    csv.writer(row, delimiter=delimiter).writerow([values.pop(name, None) for name in names])
    return row.getvalue().removesuffix("\r\n")


def _as_told(names: list[str], decision: Override) -> Override:
    """The decision with what a file of these columns can say of it."""
    numbered = not names or ("track_number" in names and decision.track_number is not None)
    return replace(
        decision,
        track_number=decision.track_number if numbered else None,
        position=None if numbered else decision.position,
        note=decision.note if not names or "note" in names else None,
    )


def _said_in(decision: Override) -> Override:
    return replace(decision, line=0)


def _why_not(before: Overrides, names: list[str], decision: Override) -> str:
    if lacking := _lacking(names):
        return lacking
    if decision.digital and "digital" not in names:
        return "its header has no column digital, which names the file that is meant"
    if "track_number" not in names and not decision.position:
        return "its header has no column track_number, and the position is not the track's alone"
    if before.problems:
        problem = before.problems[-1]
        return f"nothing can be added before line {problem.line} is mended: {problem.reason}"
    return "nothing can be added at its end; look for a quotation mark that is left open"


# --- Finding what they speak of -------------------------------------------------------------------


def find_decided(
    overrides: Overrides, tracks: Iterable[VinylTrack], library: Iterable[DigitalTrack]
) -> Decisions:
    """The decisions by track, and those that point at nothing: a release or track that is not in
    the collection, or a file that is in no library (any more). Those have no effect."""
    if not overrides.decisions:
        return Decisions({}, overrides.problems)
    of_release = _tracks_of({it.release_id for it in overrides.decisions}, tracks)
    files = _files_called({it.digital for it in overrides.decisions if it.digital}, library)
    by_track: dict[int, TrackDecision] = {}
    problems = list(overrides.problems)
    for override in overrides.decisions:
        found = _track_of(override, of_release)
        ids = _ids_of(override.digital, files) if override.digital else ()
        if isinstance(found, str):
            problems.append(OverrideProblem(override.line, found))
        elif override.digital and not ids:
            reason = f"no file {override.digital} in the digital library"
            problems.append(OverrideProblem(override.line, f"{override.track}: {reason}"))
        else:
            before = by_track.get(found.track_id, TrackDecision())
            by_track[found.track_id] = _added(before, override, ids)
    return Decisions(by_track, tuple(sorted(problems, key=lambda problem: problem.line)))


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


def _ids_of(name: str, files: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return next((files[each] for each in spellings(name) if each in files), ())


def _files_called(names: set[str], library: Iterable[DigitalTrack]) -> dict[str, tuple[str, ...]]:
    """The ids of the files of these paths or ids; one file can be in several libraries. Entries
    that are music come first."""
    wanted = {each for name in names for each in spellings(name)}
    found: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for track in library:
        entry = (not track.is_music, track.digital_id)
        if track.digital_id in wanted:
            found[track.digital_id].append(entry)
        if track.path and (path := spelled(track.path)) in wanted:
            found[path].append(entry)
    return {name: tuple(it for _, it in sorted(entries)) for name, entries in found.items()}


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
        return (plain,)
    of_traktor = local_path(name.replace("\\", "/"), "traktor")
    return tuple(spelled(each) for each in (plain, of_traktor, f"/{plain}") if each)


_CASE_COUNTS_FOR_NOTHING: Final = re.compile("[A-Za-z]:/|//|/(?:Users|Volumes)/")


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
    among the alternatives, but for those that he refused."""
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
