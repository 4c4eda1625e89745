"""`musictool review`: the tracks that the data does not decide, one by one, with a key for each.

What belongs here: showing a track beside a file, reading keys, and the way back. `queries.review`
knows which tracks wait, and `inputs.decisions` keeps the file of decisions.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from musictool_pipeline.app.decide import new_decision
from musictool_pipeline.app.gaps import file_name
from musictool_pipeline.app.own_player import open_in_player
from musictool_pipeline.app.terminal import Terminal, complain
from musictool_pipeline.core.decisions import NOT, SAME, Override
from musictool_pipeline.core.matching.tracks import OTHER_VERSION
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import DECIDED, counted, length, name_of, position_of, sound
from musictool_pipeline.errors import EXIT_DONE, EXIT_INTERRUPTED, MusicToolError
from musictool_pipeline.inputs.decisions import add_decision, load_overrides, take_back_decision
from musictool_pipeline.queries.overview import require_judged
from musictool_pipeline.queries.review import (
    Candidate,
    ReviewQueue,
    ToReview,
    read_review_queue,
    read_waiting,
)
from musictool_pipeline.settings import Places
from musictool_pipeline.tables.published import open_tables

if TYPE_CHECKING:
    from rich.table import Table

WIDEST, NARROWEST, USUAL = 100, 40, 80

DECISIONS: Final = {"s": SAME, "o": OTHER_VERSION, "n": NOT}
NONE_OF_THEM, LATER, UNDO, PLAY, QUIT = "x", "l", "u", "p", "q"

_WAKES_AFTER: Final = 0.3
"""In seconds, while no key is pressed."""

ESCAPE: Final = "\x1b"
END_OF_INPUT: Final = ("", "\x04")


@dataclass
class Session:
    """What was done since the review began, for `undo`: decisions, and tracks put off (by id)."""

    places: Places
    done: list[Override | int] = field(default_factory=list)
    file_shown: int = 0

    @property
    def later(self) -> list[int]:
        return [it for it in self.done if isinstance(it, int)]

    @property
    def made(self) -> int:
        """How many decisions stand."""
        return len(self.done) - len(self.later)

    def queue(self) -> ReviewQueue:
        """What waits now."""
        overrides, _ = load_overrides(self.places.overrides_file)
        with open_tables(self.places.database) as tables:
            connection = tables.connection
            return read_review_queue(connection, overrides, self.later)

    def decide(self, track: ToReview, decision: str, candidate: Candidate | None) -> str:
        """Writes it, and says so. Raises MusicToolError."""
        digital_id, path = (candidate.digital_id, candidate.path) if candidate else (None, None)
        made = new_decision(
            track,
            decision,
            digital_id,
            candidate.facts if candidate else None,
            position_is_unique=track.position_is_unique,
        )
        add_decision(self.places.overrides_file, made, path)
        # As it was written: the user's file may have no column for the note.
        self.done.append(load_overrides(self.places.overrides_file)[0].decisions[-1])
        file = f", {_file(candidate)}" if candidate else ""
        what = DECIDED[decision] if candidate else "no file is it"
        return f"Decided: {track.title or '(no title)'}: {what}{file}."

    def put_off(self, track: ToReview) -> str:
        self.done.append(track.track_id)
        return f"Later: {track.title or '(no title)'}."

    def undo(self) -> str:
        """Takes back the last thing that was done here. Raises MusicToolError."""
        if not self.done:
            return "Nothing to undo. `musictool decide --undo` takes back earlier decisions."
        last = self.done[-1]
        if isinstance(last, Override):
            take_back_decision(self.places.overrides_file, last)
        self.done.pop()
        return "Taken back."


def review(places: Places, terminal: Terminal) -> int:
    """Steps through the queue until it is empty or the user ends it, and gives the exit code; 130
    after Ctrl-C. Without a terminal it prints the queue. Raises MusicToolError."""
    with open_tables(places.database) as tables:
        require_judged(tables.connection)
    if not (terminal.is_interactive and sys.stdin.isatty()):
        return _print_queue(places, terminal)
    session = Session(places)
    code = EXIT_DONE
    try:
        with _single_keys():
            _step_through(session, terminal)
    except KeyboardInterrupt:
        terminal.say()
        code = EXIT_INTERRUPTED
    _say_goodbye(session, terminal)
    return code


def _print_queue(places: Places, terminal: Terminal) -> int:
    overrides, _ = load_overrides(places.overrides_file)
    with open_tables(places.database) as tables:
        connection = tables.connection
        waiting = read_waiting(connection, overrides)
    terminal.say(f"{counted(len(waiting), 'track')} to look at")
    for track in waiting:
        place = position_of(track.position, track.track_number)
        name = name_of(track.artist, track.title)
        terminal.say(f"{track.release_id} {place}  {name}: {track.confidence} % sure")
        terminal.say(f"    {track.reason}")
        if track.digital_path:
            terminal.say(f"    {track.digital_path}")
    return EXIT_DONE


def _step_through(session: Session, terminal: Terminal) -> None:
    is_another = True
    while (queue := session.queue()).first:
        track = queue.first
        session.file_shown = min(session.file_shown, max(0, len(track.candidates) - 1))
        _show(queue, track, session, terminal)
        if is_another:
            _forget_keys()  # they were meant for the track before
        while True:
            key = _key()
            if key in END_OF_INPUT or key == QUIT:
                return
            try:
                if key == PLAY and track.candidates:
                    terminal.say(open_in_player(track.candidates[session.file_shown].path))
                    continue
                said = _act(key, track, session)
            except MusicToolError as error:
                complain(error.explained())
                continue
            if said is None:
                continue
            is_another = bool(said)
            if said:
                terminal.say(said)
                session.file_shown = 0
            break


def _act(key: str, track: ToReview, session: Session) -> str | None:
    """Does what the key means: what came of it in words, "" if only another file is to be shown,
    None if the key means nothing here."""
    candidates = track.candidates
    if key in DECISIONS and candidates:
        return session.decide(track, DECISIONS[key], candidates[session.file_shown])
    if key == NONE_OF_THEM:
        return session.decide(track, NOT, None)
    if key == LATER:
        return session.put_off(track)
    if key == UNDO:
        return session.undo()
    if key.isascii() and key.isdigit() and 1 <= int(key) <= len(candidates):
        session.file_shown = int(key) - 1
        return ""
    return None


def _say_goodbye(session: Session, terminal: Terminal) -> None:
    queue = session.queue()
    left = f"{counted(queue.waiting, 'track')} to look at" if queue.waiting else "nothing is left"
    made = f"You decided {counted(session.made, 'track')}" if session.made else "Nothing decided"
    terminal.say(f"{made}; {left}.")
    if queue.decided:
        terminal.say("Run `musictool refresh` to honour your decisions.")


# --- What is shown --------------------------------------------------------------------------------


def _show(queue: ReviewQueue, track: ToReview, session: Session, terminal: Terminal) -> None:
    from rich.console import Console
    from rich.text import Text

    width = max(NARROWEST, min(terminal.width or USUAL, WIDEST))
    console = Console(file=terminal.file, width=width, highlight=False, emoji=False, markup=False)
    shown = track.candidates[session.file_shown] if track.candidates else None
    console.print()
    state = f"{counted(queue.waiting, 'track')} to look at, {queue.decided:,} decided"
    console.print(Text(state, style="dim"))
    console.print(_side_by_side(track, shown, session.file_shown))
    if shown:
        console.print(_line("Why", shown.reason))
        console.print(_line("File", shown.path or "not named by the library"))
    if len(track.candidates) > 1:
        for number, candidate in enumerate(track.candidates[:9], start=1):
            mark = ">" if candidate is shown else " "
            text = f"{mark} {number}  {candidate.confidence} %  {_file(candidate)}"
            console.print(Text(one_line(text)), no_wrap=True, overflow="ellipsis")
    console.print(Text(_keys_in_words(track), style="bold"))


def _keys_in_words(track: ToReview) -> str:
    count = len(track.candidates)
    keys = ["s same version", "o other version", "n not it"] if count else []
    if count != 1:
        keys.append("x none of these" if count else "x no file is it")
    keys += ["l later", "u undo", *(["p play"] if count else []), "q quit"]
    if count > 1:
        keys.append(f"1-{min(count, 9)} another file")
    return " | ".join(keys)


def _line(name: str, text: str) -> Table:
    return _facts([(name, text)])


def _side_by_side(track: ToReview, candidate: Candidate | None, shown: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    both = Table.grid(expand=True, padding=(0, 2))
    both.add_column(ratio=1)
    both.add_column(ratio=1)
    count = len(track.candidates)
    which = f"File {shown + 1} of {count}" if count > 1 else "File"
    sure = f"{which}, {candidate.confidence} % sure" if candidate else "No file is left"
    both.add_row(Text("On the record", style="bold"), Text(sure, style="bold"))
    of_record = [*facts_of_record(track), ("Release", str(track.release_id))]
    both.add_row(_facts(of_record), _facts(facts_of_file(candidate, track)))
    return both


def _facts(facts: Sequence[tuple[str, str | None]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 1))
    rows.add_column(no_wrap=True, style="dim", min_width=8)
    rows.add_column(overflow="fold")
    for name, value in facts:
        if value:
            rows.add_row(Text(name), Text(one_line(value)))
    return rows


def facts_of_record(track: ToReview) -> list[tuple[str, str | None]]:
    """What is known of a track and its record, title and artist first."""
    year = str(track.release_year) if track.release_year else None
    return [
        ("Title", track.title or "(no title)"),
        ("Artist", track.artist or "(no artist)"),
        ("Length", track.duration),
        ("Record", track.album),
        ("By", track.album_artist if track.album_artist != track.artist else None),
        ("Position", position_of(track.position, track.track_number)),
        ("Label", _joined(track.label, track.catalog_number)),
        ("Format", _joined(track.format, year)),
        ("Folder", track.folder),
    ]


def facts_of_file(candidate: Candidate | None, track: ToReview) -> list[tuple[str, str | None]]:
    """What is known of a file, title and artist first; nothing if there is none."""
    if candidate is None:
        return []
    kind = candidate.file_type.upper() if candidate.file_type else None
    rate = f"{candidate.bitrate} kbit/s" if candidate.bitrate else None
    return [
        ("Title", candidate.title or _file(candidate)),
        ("Artist", candidate.artist or "(no artist)"),
        ("Length", _compared(candidate.duration_seconds, track.duration_seconds)),
        ("Album", candidate.album),
        ("Label", candidate.label),
        ("Format", _joined(kind, rate)),
        ("Sound", sound(candidate.bpm, candidate.musical_key, candidate.camelot)),
    ]


def _file(candidate: Candidate) -> str:
    return file_name(candidate.path) if candidate.path else candidate.title or "(no title)"


def _joined(*parts: str | None) -> str:
    return " · ".join(filter(None, parts))


def _compared(seconds: float | None, printed: int | None) -> str | None:
    """`6:15 (+3 s)`."""
    if seconds is None:
        return None
    text = length(seconds)
    return text if printed is None else f"{text} ({round(seconds) - printed:+d} s)"


# --- Keys -----------------------------------------------------------------------------------------


def _key() -> str:
    """The next key in lower case; Ctrl-C interrupts. "" at the end of the input."""
    if os.name == "nt":
        import msvcrt

        pressed: Any = msvcrt
        key: str = pressed.getwch()
        if key in "\x00\xe0":  # an arrow, say: what it is comes next
            pressed.getwch()
        if key == "\x03":
            raise KeyboardInterrupt
        return key.lower()
    keyboard = sys.stdin.fileno()
    # A signal may reach one of DuckDB's threads, and then ends no wait of this one.
    while not select.select([keyboard], [], [], _WAKES_AFTER)[0]:
        pass
    key = os.read(keyboard, 1).decode("ascii", "replace")
    if key == ESCAPE:
        # An arrow's or a function key's letters come after it, and are no decisions.
        while select.select([keyboard], [], [], 0.05)[0] and os.read(keyboard, 64):
            pass
    return key.lower()


@contextmanager
def _single_keys() -> Iterator[None]:
    """The terminal gives each key as it is pressed, and shows none; as before at the end. A shell
    that takes the review up again after Ctrl-Z may have set the terminal to whole lines."""
    if os.name == "nt":
        yield
        return
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)

    def give_single_keys(*_: object) -> None:
        tty.setcbreak(keyboard, termios.TCSADRAIN)

    handler = signal.signal(signal.SIGCONT, give_single_keys)
    try:
        give_single_keys()
        yield
    finally:
        signal.signal(signal.SIGCONT, handler)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _forget_keys() -> None:
    """A key that was pressed before a track was shown decides nothing about it."""
    if os.name != "nt":
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
