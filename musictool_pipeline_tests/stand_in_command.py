"""The stand-in for the Discogs API as a program of its own, which answers from a folder of files.

python -m musictool_pipeline_tests.stand_in_command --answers FOLDER
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from musictool_pipeline.demo.faults import FAULTS, Fault, FaultPlan, faults_named
from musictool_pipeline.demo.stand_in import ReleaseSource, StandIn


def answers_from_folder(folder: Path) -> ReleaseSource:
    """Answers read anew for each request from `<release id>.json` files.

    Raises NotADirectoryError at once if there is no such folder.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"no folder of release answers: {folder}")

    def answer(release_id: int) -> bytes | None:
        try:
            return (folder / f"{release_id}.json").read_bytes()
        except FileNotFoundError:
            return None

    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m musictool_pipeline_tests.stand_in_command",
        description="Answers like the Discogs API, on loopback only, from a folder of files. "
        "Prints one line with its URL, and ends on SIGTERM or SIGINT.",
        epilog=f"What can go wrong: {', '.join(FAULTS)}.",
    )
    add = parser.add_argument
    add("--answers", type=Path, required=True, metavar="DIR", help="folder of <release id>.json")
    add("--port", type=int, default=0, help="port to listen on (default: any free one)")
    add("--port-file", type=Path, metavar="FILE", help="write the port there once listening")
    add("--log", type=Path, metavar="FILE", help="append each request there as a JSON line")
    add(
        "--limit",
        type=int,
        metavar="N",
        help="requests in a window (default: 60 with a token, 25 without)",
    )
    add(
        "--window",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long a request counts against the limit (default: %(default)s)",
    )
    add(
        "--count-at",
        choices=("arrival", "response"),
        default="arrival",
        help="when a request counts against the limit (default: %(default)s)",
    )
    add(
        "--foreign",
        type=float,
        default=0.0,
        metavar="N",
        help="requests a minute that other programs take from the limit (default: none)",
    )
    latency = parser.add_mutually_exclusive_group()
    latency.add_argument(
        "--latency",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="wait before each answer (default: none)",
    )
    latency.add_argument(
        "--latency-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="the same, drawn anew for each answer",
    )
    add(
        "--fault-rate",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of release requests that go wrong, 0 to 1 (default: none)",
    )
    add(
        "--faults",
        type=_faults,
        default=(),
        metavar="NAME[:DETAIL],...",
        help="what goes wrong, drawn evenly, such as 500,html_200,reset,429:5",
    )
    add(
        "--faults-per-release",
        type=int,
        metavar="N",
        help="after N attempts at a release its answers are good (default: no end)",
    )
    add("--seed", type=int, default=0, help="of the faults and latencies (default: %(default)s)")
    return parser


def _faults(text: str) -> tuple[Fault, ...]:
    try:
        return faults_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the server until a signal ends it. Returns 0; wrong usage exits with 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        plan = FaultPlan(
            seed=options.seed,
            rate=options.fault_rate,
            faults=options.faults,
            limit_per_release=options.faults_per_release,
        )
        stand_in = StandIn(
            answers_from_folder(options.answers),
            port=options.port,
            limit=options.limit,
            window=options.window,
            count_at=options.count_at,
            foreign=options.foreign,
            latency=tuple(options.latency_range) if options.latency_range else options.latency,
            seed=options.seed,
            faults=plan,
            log_file=options.log,
        )
        ended = _on_signals((signal.SIGTERM, signal.SIGINT))
        stand_in.start()
    except (ValueError, OSError) as error:
        parser.error(str(error))
    try:
        if options.port_file is not None:
            _write_whole(options.port_file, f"{stand_in.port}\n")
        print(f"listening on {stand_in.url}", flush=True)
        ended.wait()
    finally:
        stand_in.close()
    return 0


def _on_signals(signals: Iterable[signal.Signals]) -> threading.Event:
    """An event that is set when one of them comes."""
    event = threading.Event()
    for number in signals:
        signal.signal(number, lambda *_: event.set())
    return event


def _write_whole(path: Path, text: str) -> None:
    # Whoever waits for the file to appear must never read half of it.
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("x", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
