"""A decision in a DJ's words: what agreed, what differed, what was set aside.

What belongs here: sentences. What does not: numbers and lines drawn (`deciding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from musictool_pipeline.core.matching.comparing import Comparison
from musictool_pipeline.core.matching.deciding import HALF_A_MEDLEY, Decision
from musictool_pipeline.core.matching.observing.two_titles import Subtitles, title_likeness
from musictool_pipeline.core.matching.parsing.names import name_likeness
from musictool_pipeline.core.matching.tracks import MISSING, REVIEW, DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.weighing.points import Observations, Points
from musictool_pipeline.core.matching.words.text import SPELLING, fold
from musictool_pipeline.core.text import one_line

NOTHING_NEAR = "no such title by this artist in the library"


def reason(decision: Decision, track: VinylTrack, file: DigitalTrack) -> str:
    """Why a file was judged so: what stood in the way, then what was seen, the weightiest first."""
    found = decision.found
    roughly = _ROUGHLY.get(decision.status, "much the same")
    parts = [
        _half(found, track, file)
        if decision.doubt == HALF_A_MEDLEY
        else _title(found, track, file, roughly),
        _artist(found, track, file, roughly),
        _version(found),
        _length(track.duration_seconds, file.duration_seconds),
        *_around(found),
    ]
    said = ", ".join(part for part in parts if part)
    doubt = f"{decision.doubt}: " if decision.doubt else ""
    if decision.status != MISSING:
        return f"{doubt}{said}"
    is_said = any(part.startswith(decision.doubt) for part in parts)
    return f"nearest: {said}" if is_said else f"nearest: {doubt}{said}"


# What a title or a name is that is neither the same nor a slip away.
_ROUGHLY: Final = {MISSING: "another", REVIEW: "perhaps another"}


def point_lines(found: Comparison, tables: Mapping[str, Points]) -> Iterator[str]:
    """The points behind a decision, question by question, the weightiest first."""
    asked: tuple[tuple[str, str, Observations, float], ...] = (
        ("the same recording", "recording", found.recording, found.of_recording),
        ("the same version", "version", found.version, found.of_version),
        ("words in brackets name a take", "take", found.take, found.of_take),
    )
    for question, name, seen, answer in asked:
        if seen:
            yield f"{question}: {_percent(answer)}"
            yield f"  {tables[name].start:+6.2f}  to begin with"
            for observation, level, each in tables[name].each(seen):
                yield f"  {each:+6.2f}  {observation}: {level}"


def _percent(share: float) -> str:
    """Never quite sure: `57 %`, `over 99 %`, `under 1 %`."""
    if not 0.01 <= share <= 0.99:
        return "over 99 %" if share > 0.5 else "under 1 %"
    return f"{share:.0%}".replace("%", " %")


def _title(found: Comparison, track: VinylTrack, file: DigitalTrack, roughly: str) -> str:
    one, other = found.vinyl.title, found.file.title
    if one.full == other.full:
        return "same title"
    both = f"({shown(track.title)} / {shown(file.title or other.full)})"
    if title_likeness(one, other) >= SPELLING:
        where = found.recording["words in brackets"].replace(Subtitles.DIFFER, "in brackets")
        if where not in (Subtitles.NONE, Subtitles.AGREE):
            return f"same title but for words {where} {both}"
        return f"nearly the same title {both}"
    return f"{roughly} title {both}"


def _half(found: Comparison, track: VinylTrack, file: DigitalTrack) -> str:
    if found.vinyl.title.parts:
        return f"the file has {shown(file.title or found.file.title.full)} alone"
    return f"the record has {shown(track.title)} alone"


def _artist(found: Comparison, track: VinylTrack, file: DigitalTrack, roughly: str) -> str:
    one, other = found.vinyl.credit, found.file.credit
    named = found.recording["artist named elsewhere"]
    if not one.names:
        return "artist unknown on the record"
    if not other.names:
        return f"artist {named}" if named != "nowhere" else "artist unknown of the file"
    everybody, others = ({*each.names, *each.featured} for each in (one, other))
    if one.whole == other.whole or everybody == others:
        return "same artist" if len(everybody & others) < 2 else "same artists"
    printed = (not found.file.source and file.artist) or other.whole
    both = f"({shown(track.artist or one.whole)} / {shown(printed)})"
    if found.recording["remixer as artist"] == "yes":
        return f"the remixer as artist {both}"
    if name_likeness(one.whole, other.whole) >= SPELLING:
        return f"nearly the same artist {both}"
    likeness = found.recording["artist"]
    if likeness == "initials":
        return f"initials of the artist {both}"
    if likeness.isdigit() and int(likeness) >= SPELLING:
        return f"an artist in common {both}"
    return f"{roughly} artist {both}"


def _version(found: Comparison) -> str:
    one, other = found.vinyl.title.version, found.file.title.version
    remaster = "a remaster" if other.remaster and not one.remaster else ""
    if one.is_plain and other.is_plain:
        return remaster
    if one.is_plain or other.is_plain:
        where, said = ("in the file", other) if one.is_plain else ("on the record", one)
        return f"{shown(str(said))} {where} alone"
    if fold(str(one)) == fold(str(other)):
        return f"version: {shown(str(one))}"
    return f"version: {shown(str(one))} / {shown(str(other))}"


def _length(vinyl: float | None, file: float | None) -> str:
    if not vinyl or not file:
        return ""
    apart = round(file - vinyl)
    if abs(apart) <= 2:
        return "same length"
    unit = f"{abs(apart)} s" if abs(apart) < 60 else f"{abs(apart) // 60}:{abs(apart) % 60:02d} min"
    return f"{unit} {'longer' if apart > 0 else 'shorter'}"


def _around(found: Comparison) -> list[str]:
    seen = found.recording
    is_same = "release" in seen or seen["album"] == "same"
    said = [f"same {'release' if 'release' in seen else 'album'}"] if is_same else []
    if seen["label"] == "same" and not said:
        said.append("same label")
    said += [] if seen["read from"] == "tags" else [seen["read from"]]
    if seen["set aside"] != "nothing" and "set aside" not in seen["read from"]:
        said.append(f"{seen['set aside']} set aside")
    return said


def shown(text: str | None) -> str:
    """Printed text for a reason: on one line, without control characters, its end left out if it
    is long."""
    whole = " ".join(one_line(text or "?").split())
    return whole if len(whole) <= 60 else f"{whole[:59]}\u2026"
