"""What commands print, and how: lines for everybody, colours and bars for a terminal.

What belongs here: the look. What is said belongs to the commands.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, TextIO

from musictool_pipeline.core.text import in_json, one_line

MOST_NAMED = 20

TICK, CROSS, NOTE = "✓", "✗", "!"


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

    def say(self, line: str = "") -> None:
        """One line, also if it quotes a title: a title may hold a line break, or an escape sequence
        that empties the screen."""
        self._print(one_line(line))

    def say_json(self, value: Any) -> None:
        """A value for scripts as one line of JSON: nothing is lost of a text, nothing is obeyed."""
        self._print(in_json(json.dumps(value, ensure_ascii=False)))

    def ask(self, question: str) -> str:
        """What is typed after the question. Raises EOFError."""
        self._print(one_line(question), end="")
        return input()

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


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def complain(message: str) -> None:
    """An error's words and its remedy, on standard error."""
    print("\n".join(map(one_line, message.split("\n"))), file=sys.stderr, flush=True)


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
        if not ended.is_set() and (thread := threading.main_thread().ident):
            signal.pthread_kill(thread, signal.SIGINT)

    ended = threading.Event()
    previous, previous_hook = signal.signal(signal.SIGTERM, interrupt), sys.unraisablehook
    sys.unraisablehook = once_more
    try:
        yield
    finally:
        ended.set()
        sys.unraisablehook = previous_hook
        signal.signal(signal.SIGTERM, previous)
