"""What commands print, and how: lines for everybody, colours and bars for a terminal.

What belongs here: the look. What is said belongs to the commands.
"""

from __future__ import annotations

import _thread
import contextlib
import functools
import json
import os
import re
import shlex
import shutil
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from musictool_pipeline.core.text import in_json, one_line
from musictool_pipeline.disk.files import ON_WINDOWS

MOST_NAMED = 20

TICK, CROSS, NOTE = "✓", "✗", "!"


@functools.cache
def typed_command(*, anywhere: bool = False) -> str:
    """The command as it can be typed here: `musictool` if the shell finds the one that belongs to
    this Python or that is running, else its path. `anywhere`: in every folder,
    as a web page has to say it."""
    script = Path(sys.executable).with_name("musictool.exe" if ON_WINDOWS else "musictool")
    found = shutil.which("musictool")
    if found and (not script.exists() or any(map(_is_same(found), (script, sys.argv[0])))):
        return "musictool"
    if not script.exists():
        return "musictool"
    with contextlib.suppress(OSError, ValueError):
        if not anywhere:
            return _quoted(script.relative_to(Path.cwd()))
    return _quoted(script)


def _quoted(path: Path) -> str:
    """As a shell takes it; those of Windows know double quotation marks alone."""
    if ON_WINDOWS:
        return f'"{path}"' if " " in str(path) else str(path)
    return shlex.quote(str(path))


def _is_same(found: str) -> Callable[[str | Path], bool]:
    def is_same(other: str | Path) -> bool:
        with contextlib.suppress(OSError):
            return Path(other).is_absolute() and Path(found).samefile(other)
        return False

    return is_same


def as_typed(text: str) -> str:
    """The text with every command in it as it can be typed here."""
    return text.replace("`musictool ", f"`{typed_command()} ")


def in_width(line: str, width: int) -> list[str]:
    """The line in as many as it needs, none of them broken inside a word or a command; what follows
    the first stands below its text, but for a word, as of a path, that fits without its indent
    alone. With a `width` of 0 it stays one, for scripts."""
    if not 0 < width < len(line):
        return [line]
    begin = _BEGINNING.match(line)
    indent = " " * min(begin.end() if begin else 0, width // 3)
    text = line.lstrip(" ")
    wrapped = textwrap.wrap(
        _COMMAND.sub(lambda command: command[0].replace(" ", _KEPT_BLANK), text),
        width,
        initial_indent=line[: len(line) - len(text)],
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    bare = (each.lstrip() if len(each.lstrip()) <= width < len(each) else each for each in wrapped)
    return [each.replace(_KEPT_BLANK, " ") for each in bare]


# A mark, a release's number, or a label, which text follows.
_BEGINNING = re.compile(
    rf" *([{TICK}{CROSS}{NOTE}-] |[0-9]+: |[A-Z][a-z]+: +|[A-Z][A-Za-z ]*:  +)?"
)
_COMMAND = re.compile("`[^`]*`")
_KEPT_BLANK = "\ue000"  # of a private range: no text that is printed holds it


class Terminal:
    """Where a command prints: standard output, as it was when the command began.

    Dagster points the process's standard output at files of its own while a step runs; this one
    is a copy that keeps leading to the user.
    """

    def __init__(self) -> None:
        self.file: TextIO
        try:
            sys.stdout.flush()
            self.file = os.fdopen(
                os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace"
            )
        except (OSError, ValueError):  # no real file: a test's, say
            self.file = sys.stdout
        except AttributeError:  # it was closed before the command began
            self.file = _nowhere()
        self.is_interactive = self.file.isatty()
        self.is_heard = True
        typed_command()  # before a command changes the folder that a path starts at

    @property
    def width(self) -> int:
        """The terminal's columns; 0 if there is no terminal, or it does not say."""
        return _width_of(self.file)

    def say(self, line: str = "") -> None:
        """One line, also if it quotes a title: a title may hold a line break, or an escape sequence
        that empties the screen."""
        self._print("\n".join(in_width(as_typed(one_line(line)), self.width)))

    def say_json(self, value: Any) -> None:
        """A value for scripts as one line of JSON: nothing is lost of a text, nothing is obeyed."""
        self._print(in_json(json.dumps(value, ensure_ascii=False)))

    def ask(self, question: str) -> str:
        """What is typed after the question. Raises EOFError."""
        asked = one_line(question)
        blank = asked[len(asked.rstrip()) :]
        self._print("\n".join(in_width(asked.rstrip(), self.width)) + blank, end="")
        return input()

    def agrees(self, question: str) -> bool:
        """Asks until the answer is clear; Enter is yes. Raises EOFError."""
        while True:
            answer = self.ask(f"{question} [Y/n] ").strip().casefold()
            if answer in {"", "y", "yes", "n", "no"}:
                return answer not in {"n", "no"}
            self.say("Type y for yes or n for no, then Enter.")

    def _print(self, line: str, end: str = "\n") -> None:
        try:
            print(line, end=end, file=self.file, flush=True)
        except BrokenPipeError:
            # `| head` has seen enough; the work goes on.
            self.is_heard = False
            with contextlib.suppress(BrokenPipeError):
                self.file.close()
            self.file = _nowhere()

    def name(self, heading: str, named: Sequence[tuple[object, str]]) -> None:
        """What is named and why, the first of them, below a line of its own; nothing of nothing."""
        if not named:
            return
        self.say(heading)
        for what, why in named[:MOST_NAMED]:
            self.say(f"  {what}: {why}")
        if len(named) > MOST_NAMED:
            self.say(f"  and {len(named) - MOST_NAMED} more")

    def mark(self, mark: str, text: str, remedy: str = "") -> None:
        """A line with a tick, a cross or a note, and below it what to do."""
        self.say(f"{mark} {text}")
        for line in remedy.split("\n") if remedy else ():
            self.say(f"    {line}")


def _width_of(file: TextIO) -> int:
    """The columns of the terminal that a file is; 0 if it is none, or does not say."""
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(file.fileno()).columns if file.isatty() else 0
    return 0


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def complain(message: str) -> None:
    """An error's words and its remedy, on standard error."""
    lines = [one_line(line) for line in as_typed(message).split("\n")]
    width = _width_of(sys.stderr) if sys.stderr else 0
    wrapped = [part for line in lines for part in in_width(line, width) or [line]]
    print("\n".join(wrapped), file=sys.stderr, flush=True)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """A polite request to end (SIGTERM) is treated as Ctrl-C is, and neither is lost: where Python
    has to drop the exception, because it was just clearing an object away, it comes once more."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def once_more(dropped: sys.UnraisableHookArgs) -> None:
        if issubclass(dropped.exc_type, (Exception, GeneratorExit, SystemExit)):
            previous_hook(dropped)
        elif not ended.is_set():
            # A moment later: sent now, it would be dropped again.
            threading.Timer(0.05, interrupt_main_thread).start()

    def interrupt_main_thread() -> None:
        if ended.is_set() or not (thread := threading.main_thread().ident):
            return
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(thread, signal.SIGINT)  # this ends a wait of the system too
        else:
            _thread.interrupt_main()  # Windows has no signals to a thread

    ended = threading.Event()
    previous, previous_hook = signal.signal(signal.SIGTERM, interrupt), sys.unraisablehook
    sys.unraisablehook = once_more
    try:
        yield
    finally:
        ended.set()
        sys.unraisablehook = previous_hook
        signal.signal(signal.SIGTERM, previous)
