"""`match_overrides.csv` as text: a person's decisions, one a line.

What belongs here: reading the file's bytes, adding a decision to them and taking one from them.
What a decision means stands in `core.decisions`; the file on disk in `inputs.decisions`.

The file is the user's: columns `discogs_release_id`, `track_number` or `position`, `decision`
(`same`, `other_version`, `not`), `digital` (a path or a digital_id), `note`; and, to know the file
again under another path, `file_size` (bytes), `file_length` (seconds), `file_tags` (a fingerprint).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from typing import Final

from musictool_pipeline.core.decisions import DECISIONS, Override, OverrideProblem, Overrides
from musictool_pipeline.core.file_facts import FileFacts

COLUMNS: Final = ("discogs_release_id", "track_number", "decision", "digital", "note")
"""What a new file begins with; `position` may replace `track_number`."""

FACTS: Final = ("file_size", "file_length", "file_tags")
"""The columns that follow, as soon as a decision has something to write there."""

_ALSO_CALLED: Final = {
    "release_id": "discogs_release_id",
    "digital_path": "digital",
    "digital_id": "digital",
    "path": "digital",
    "digital_path_or_id": "digital",
}


# --- Reading --------------------------------------------------------------------------------------


def read_overrides(content: bytes) -> Overrides:
    """The decisions in a file's bytes. Never raises: what cannot be used is among the problems."""
    text = _decoded(content)
    delimiter = _delimiter(text)
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter)
    decisions: list[Override] = []
    problems: list[OverrideProblem] = []
    names: list[str] | None = None
    line = 1
    try:
        for row in reader:
            at, line = line, reader.line_num + 1
            cells = [cell.strip() for cell in row]
            if not any(cells) or (names is None and _names_the_delimiter(cells)):
                continue
            if names is None:
                names = _names(cells)
                lacking = _lacking(names)
                if lacking:
                    return Overrides((), (OverrideProblem(at, lacking),))
                continue
            found = _decision(at, _by_name(names, cells))
            hidden = _hidden(at, lines[at : line - 1], names, delimiter)
            if hidden:
                problems.append(hidden)
            elif isinstance(found, Override):
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


def _names_the_delimiter(cells: list[str]) -> bool:
    """Whether the row is `sep=;`, which spreadsheets put before the header."""
    said = cells[0].casefold()
    return said.startswith("sep=") and said[4:] in ("", ",", ";") and not any(cells[1:])


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
        facts=_facts(values),
    )


def _facts(values: Mapping[str, str]) -> FileFacts | None:
    """The facts that a row keeps of its file; a cell that a spreadsheet spoiled counts as empty."""
    size, seconds = (_number(values.get(name, "")) for name in FACTS[:2])
    facts = FileFacts(size, seconds, values.get("file_tags") or None)
    return None if facts == FileFacts() else facts


def _hidden(
    line: int, further: Sequence[str], names: list[str], delimiter: str
) -> OverrideProblem | None:
    """A quotation mark that opens on the line and runs on over rows below it, which would be lost
    in its cell; None if the further lines of the row hold no decision, as those of a note do."""
    for number, text in enumerate(further, line + 1):
        for row in csv.reader([text], delimiter=delimiter):
            cells = [cell.strip() for cell in row]
            if isinstance(_decision(number, _by_name(names, cells)), Override):
                return OverrideProblem(
                    line,
                    "a quotation mark opens here and is not closed before the decision on line "
                    f"{number}; close it or take it out",
                )
    return None


def _number(text: str) -> int | None:
    usable = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if usable and int(text) > 0 else None


# --- Writing --------------------------------------------------------------------------------------


def append_decision(content: bytes, decision: Override) -> bytes:
    """The file with one decision more, at its end. Every row that is in it stays byte for byte.

    An empty file gets a header. In any other the columns, the delimiter, the line ends and the
    encoding are its owner's; only the header gets the names of the FACTS at its end, if the
    decision has facts and they have no column yet. If the file cannot take them, the decision is
    written without. `decision.line` is not used; `position` is written only where the file has no
    column for the track number, so it has to be the track's alone on its release.

    Raises ValueError, in words for the owner, if the file would then be read as anything else than
    the decisions of before and this one.
    """
    if decision.facts:
        with suppress(ValueError):
            return _appended(_with_columns_for_facts(content), decision)
    return _appended(content, replace(decision, facts=None))


def _with_columns_for_facts(content: bytes) -> bytes:
    """The file with FACTS in its header; as it is if they are there, or if it has no header yet.
    Raises ValueError if a row has cells in their place already."""
    codec, mark = _encoding(content)
    text = _decoded(content)
    rows = (row for row in _rows(text) if any(row.cells) and not _names_the_delimiter(row.cells))
    header = next(rows, None)
    names = _names(header.cells) if header else []
    missing = [name for name in FACTS if name not in names]
    if header is None or not missing:
        return content
    if any(any(row.cells[len(names) :]) for row in rows):
        raise ValueError("a row is longer than the header")
    end = header.start + len(text[header.start : header.end].rstrip("\r\n"))
    at = len(mark) + len(text[:end].encode(codec, "replace"))
    added = "".join(_delimiter(text) + name for name in missing).encode(codec)
    widened = content[:at] + added + content[at:]
    if _header(_decoded(widened)) != [*names, *missing]:
        raise ValueError("its header cannot be made longer")
    if read_overrides(widened) != read_overrides(content):
        raise ValueError("its rows would be read in another way")
    return widened


def _appended(content: bytes, decision: Override) -> bytes:
    codec, _ = _encoding(content)
    text = _decoded(content)
    names: list[str] = _header(text)
    if names:
        line_end = next(iter(_LINE_END.findall(text)), "\n")
        delimiter = _delimiter(text)
        added = "" if text.endswith(("\n", "\r")) else line_end
    else:
        names, line_end, delimiter = [*COLUMNS, *(FACTS if decision.facts else ())], "\n", ","
        added = ",".join(names) + line_end
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
    """The file without the last row that says this, on any line; the rest stays byte for
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
        if any(row.cells) and not _names_the_delimiter(row.cells):
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
        **(dict(zip(FACTS, astuple(told.facts), strict=True)) if told.facts else {}),
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
        facts=_facts_told(names, decision.facts),
    )


def _facts_told(names: list[str], facts: FileFacts | None) -> FileFacts | None:
    if facts is None or not names:
        return facts
    told = FileFacts(
        *(each if name in names else None for name, each in zip(FACTS, astuple(facts), strict=True))
    )
    return None if told == FileFacts() else told


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
        return f"fix line {problem.line} before adding decisions: {problem.reason}"
    return "nothing can be added at its end; look for a quotation mark that is left open"
