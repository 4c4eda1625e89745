"""Libraries that are damaged, or written to do harm: refused or read within bounds.

Each is read in a process of its own, with a limit on its time and its memory, and with a listener
on loopback that nobody may call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.libraries.test_reading import libraries
from musictool_pipeline_tests.libraries.test_safe_xml import (
    ROOTS,
    billion_laughs,
    listener,
    peak_of_reading,
    written,
)
from musictool_pipeline_tests.libraries.written_libraries import XML, entry, nml, wav
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, none_of
from musictool_pipeline_tests.torture.projects import (
    collection,
    differing,
    library_of,
    made_project,
)

SECONDS = 10.0
"""For one small file; nothing here takes a second where it is refused as it should be."""
MEGABYTES = 300

# Paths come as JSON on a line each, and so does what became of each.
_READ = """
import json, sys, time
calls = []
sys.addaudithook(lambda event, args: event.startswith("socket.") and calls.append(event))
from pathlib import Path
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.libraries.reading import read_library
for line in sys.stdin:
    path = Path(json.loads(line))
    began, tracks, said = time.monotonic(), 0, ""
    try:
        for _ in read_library(path):
            tracks += 1
        what = "read"
    except MusicToolError as error:
        what, said = "refused", str(error)
    except BaseException as error:
        what, said = "crashed", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - began
    print(json.dumps([what, tracks, said, seconds, calls]), flush=True)
    calls.clear()
"""


@dataclass(frozen=True)
class _Outcome:
    what: str
    tracks: int
    said: str
    seconds: float
    calls: tuple[str, ...] | list[str] = ()
    """What it did with sockets, by Python's own account: a name looked up, a connection."""


def run(stage: Stage) -> Iterator[Figure]:
    """Hostile files, files cut short, what is no file at all, and one of 200 MB."""
    with listener() as (port, callers):
        yield from _hostile(stage, port)
        if not stage.quick:
            yield from _whole_refresh(stage, port)
    yield none_of("connections made", callers)
    yield from _cut(stage)
    yield from _no_file(stage)
    yield from _names(stage)
    size = stage.count(200, 5)
    large = stage.folder / "large.nml"
    count = written(large, size)
    found, peak = peak_of_reading(large)
    yield exactly(f"entries read of {size} MB", found, count)
    yield at_most("memory for it", round(peak / 1024**2), MEGABYTES, "MB")


def _read(paths: list[Path], seconds: float = SECONDS) -> list[_Outcome]:
    """What becomes of each. A hang ends the process, and is the outcome of the file it hung at."""
    process = subprocess.Popen(
        [sys.executable, "-c", _READ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT_ROOT,
    )
    lines = "".join(json.dumps(os.fspath(path)) + "\n" for path in paths)
    try:
        said, _ = process.communicate(lines, timeout=seconds + len(paths))
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    outcomes = [_Outcome(*json.loads(line)) for line in said.splitlines()]
    return outcomes + [_Outcome("hung", 0, "", seconds)] * (len(paths) - len(outcomes))


def _bad(paths: list[Path], outcomes: list[_Outcome], allowed: set[str]) -> list[str]:
    return [
        f"{path.name!r}: {outcome.what} {outcome.said[:120]} ({outcome.seconds:.1f} s)"
        for path, outcome in zip(paths, outcomes, strict=True)
        if outcome.what not in allowed or outcome.seconds > SECONDS
    ]


def _hostile(stage: Stage, port: int) -> Iterator[Figure]:
    folder = stage.folder / "hostile"
    folder.mkdir()
    secret = stage.folder / "secret.txt"
    secret.write_text("TOP-SECRET")
    addresses = (f"http://127.0.0.1:{port}/x", f"ftp://127.0.0.1:{port}/x", secret.as_uri())
    paths = []

    def put(name: str, content: str | bytes) -> None:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)

    for root, body in ROOTS.items():
        put(f"bomb-{root}.xml", XML + billion_laughs(root) + body.format(use="&lol9;"))
        long = f'<!DOCTYPE {root} [<!ENTITY a "{"a" * 50_000}">]>'
        put(f"quadratic-{root}.xml", XML + long + body.format(use="&a;" * 50_000))
        for number, address in enumerate(addresses):
            for kind in (
                f'[<!ENTITY x SYSTEM "{address}">]',
                f'[<!ENTITY % x SYSTEM "{address}"> %x;]',
                f'SYSTEM "{address}"',
                f'PUBLIC "-//x//y" "{address}"',
            ):
                put(
                    f"xxe-{root}-{number}-{len(paths)}.xml",
                    f"{XML}<!DOCTYPE {root} {kind}>" + body.format(use="&x;"),
                )
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{addresses[2]}"/>'
        put(f"deep-{root}.xml", XML + f"<{root}>" + "<a>" * 10_000 + "</a>" * 10_000 + f"</{root}>")
        put(
            f"bad-utf8-{root}.xml",
            (XML + body.format(use="HERE")).encode().replace(b"HERE", b"\xc3("),
        )
        put(f"include-{root}.xml", XML + body.format(use="x").replace("</", include + "</", 1))
    outcomes = _read(paths)
    # An inclusion is no order to a parser that does not know it: such a file may be read.
    yield none_of(
        f"{len(paths)} hostile files: not refused within {SECONDS:.0f} s",
        _bad([p for p in paths if not p.name.startswith("include")],
             [o for p, o in zip(paths, outcomes, strict=True) if not p.name.startswith("include")],
             {"refused"}),
    )  # fmt: skip
    yield none_of("crashes or hangs among them", _bad(paths, outcomes, {"refused", "read"}))
    yield none_of("sockets touched", [call for outcome in outcomes for call in outcome.calls])
    yield none_of("files disclosed", [o.said for o in outcomes if "TOP-SECRET" in o.said])


def _whole_refresh(stage: Stage, port: int) -> Iterator[Figure]:
    """Libraries of every harmful kind beside a good one, in a data folder that is refreshed."""
    records = collection(4, stage.seed)
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT) as discogs,
    ):
        library = library_of(map(records.answer, records.release_ids))
        folder = stage.folder / "project"
        project = made_project(folder, preloaded, discogs.url, records.export_csv(), library)
        undisturbed = made_project(
            stage.folder / "undisturbed", preloaded, discogs.url, records.export_csv(), library
        )
        body = ROOTS["NML"]
        external = f'<!DOCTYPE NML [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>'
        hostile = {
            "bomb.nml": XML + billion_laughs("NML") + body.format(use="&lol9;"),
            "external.nml": XML + external + body.format(use="&x;"),
            "deep.nml": XML + "<NML>" + "<a>" * 10_000 + "</a>" * 10_000 + "</NML>",
            "cut.nml": library.decode()[: len(library) // 2],
        }
        for name, content in hostile.items():
            (project.data / name).write_text(content, encoding="utf-8")
        os.mkfifo(project.data / "pipe.nml")
        (project.data / "loop.nml").symlink_to("loop.nml")
        (project.data / "zero.nml").symlink_to("/dev/zero")
        # With libraries that nobody can read it ends, and needs its owner.
        for name, each, code in (("undisturbed", undisturbed, 0), ("a whole", project, 1)):
            ended = each.refresh()
            yield exactly(
                f"{name} refresh: exit code", -1 if ended.code is None else ended.code, code
            )
        yield none_of(
            "a whole refresh: harmful ones not named",
            [name for name in hostile if name not in ended.said()],
        )
        wrong = differing(project.what_tables_say(), undisturbed.what_tables_say())
        yield none_of("a whole refresh: tracks and gaps that differ", {
            "digital_tracks", "gap_analysis", "expanded_tracks"
        } & set(wrong))  # fmt: skip


def _cut(stage: Stage) -> Iterator[Figure]:
    """XML cut at every 4 KB, and every kind of library cut in a hundred places."""
    folder = stage.folder / "cut"
    folder.mkdir()
    whole = nml(*(entry(TITLE=f"Löwe {n}") for n in range(stage.count(3000, 500)))).encode()
    paths = []
    for end in range(0, len(whole), 4096):
        path = folder / f"cut-{end}.nml"
        path.write_bytes(whole[:end])
        paths.append(path)
    outcomes = _read(paths, SECONDS + len(paths))
    yield none_of(
        f"{len(paths)} cuts of an XML, each 4 KB on: not refused",
        _bad(paths, outcomes, {"refused"}),
    )
    each = stage.folder / "each"
    each.mkdir()
    paths = []
    for kind, path in libraries(each).items():
        if path.is_dir():
            continue
        content = path.read_bytes()
        step = max(1, len(content) // stage.count(100, 10))
        for end in range(0, len(content), step):
            part = each / f"{kind}-{end}"
            part.mkdir()
            (part / path.name).write_bytes(content[:end])
            paths.append(part / path.name)
    outcomes = _read(paths, SECONDS + len(paths))
    yield none_of(
        f"{len(paths)} cuts of every kind: crashes or hangs",
        _bad(paths, outcomes, {"refused", "read"}),
    )


def _no_file(stage: Stage) -> Iterator[Figure]:
    folder = stage.folder / "no file"
    folder.mkdir()
    pipe, loop, inside = folder / "pipe.nml", folder / "loop.nml", folder / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop.name)
    (folder / "folder.nml").mkdir()
    paths = [
        pipe,
        loop,
        folder / "folder.nml",
        Path("/dev/zero"),
        Path("/dev/full"),
        Path("/dev/tty"),
    ]
    # A folder of audio files with a way back into itself, a pipe, and a device by another name.
    inside.mkdir()
    (inside / "a.wav").write_bytes(wav(40))
    (inside / "again").symlink_to(inside)
    (inside / "up").symlink_to("..")
    os.mkfifo(inside / "pipe.mp3")
    (inside / "zero.flac").symlink_to("/dev/zero")
    (inside / "folder.mp3").mkdir()
    outcomes = _read([*paths, inside])
    yield none_of(
        f"{len(paths)} that are no files: not refused", _bad(paths, outcomes[:-1], {"refused"})
    )
    yield none_of(
        "a folder with loops, pipes and devices: not read",
        _bad([inside], outcomes[-1:], {"read"}),
    )
    yield at_most("its tracks", outcomes[-1].tracks, 3)


def _names(stage: Stage) -> Iterator[Figure]:
    """Files whose names hold line ends, escapes, bytes that are no UTF-8, and the longest ones."""
    folder = stage.folder / "names"
    folder.mkdir()
    names = [
        b"two\nlines.wav",
        b"carriage\rreturn.wav",
        b"\x1b[2J escape.wav",
        b"not \xff utf-8.wav",
        b"'; DROP TABLE digital_tracks; --.wav",
        b"<script>alert(1)<script>.wav",
        b'tab\tand "quotes".wav',
        "rtl \u202egnp.wav".encode(),
        b"x" * 251 + b".wav",
        b"-rf.wav",
    ]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(wav(40))  # noqa: PTH118
    (outcome,) = _read([folder])
    yield none_of("a folder of odd names: not read", _bad([folder], [outcome], {"read"}))
    yield exactly("its tracks, of those with odd names", outcome.tracks, len(names))
