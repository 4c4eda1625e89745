"""Exports spoiled in every way: read right, or refused with the file and where it is wrong.

A spoiled export that passes for a good one sweeps the shelves: partitions, tables and gaps would
follow it. So a refused one changes nothing at all.
"""

from __future__ import annotations

import csv
import io
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product
from pathlib import Path

from musictool_pipeline.core.collection.export_file import Copy, read_collection_export
from musictool_pipeline.core.collection.export_header import DISCOGS_COLUMNS
from musictool_pipeline.errors import (
    DamagedExport,
    DestinationRefused,
    ExportError,
    NotACollectionExport,
)
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.core.collection.test_export_file import (
    GIVEN_BY_MISTAKE,
    PLAIN,
    WITHOUT_COPIES,
    Dialect,
)
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.publishing.test_destination import FILES, IN_THE_WAY
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.tables.asking import ask
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, none_of, told
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    made_project,
)

PATH = Path("data/me-collection-20260101-1200.csv")
NEWER = "me-collection-20270101-1200.csv"

COPIES = [
    PLAIN,
    replace(PLAIN, release_id=98765, title='Ä "quoted" one', notes="näh\n1, 2; 3"),
    replace(PLAIN, release_id=4440, notes=None, custom_fields={"Price": "12", "Bought at": "x"}),
]


def run(stage: Stage) -> Iterator[Figure]:
    """The reader over every form, then whole refreshes over those that are to be refused."""
    yield from _forms(stage)
    yield from _cut(stage)
    yield from _refused(stage)
    yield from _no_files(stage)
    yield from _written(stage)
    yield from _large(stage)
    if stage.quick:
        yield from _kept_in_the_database(stage)
    else:
        yield from _refreshes(stage)


def _plain(copy: Copy) -> Copy:
    fields = {name.lower(): value for name, value in copy.custom_fields.items()}
    return replace(copy, item_id="", csv_line=0, custom_fields=fields)


def _forms(stage: Stage) -> Iterator[Figure]:
    """Every combination of delimiter, line end, encoding, quoting, header and column order."""
    orders = (tuple(range(13)), (0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 7))
    forms = [
        Dialect(*form)
        for form in product(
            ",;\t",
            ("\r\n", "\n", "\r"),
            ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"),
            (False, True),
            ("discogs", "r", "upper", "snake"),
            orders,
            (False, True),
        )
    ]
    wrong = []
    for form in forms:
        found = read_collection_export(form.write(COPIES), PATH)
        if found.skipped or [_plain(c) for c in found.copies] != [_plain(c) for c in COPIES]:
            wrong.append(form)
    yield none_of(f"{len(forms):,} forms that spreadsheets and R write: read wrong", wrong)
    lines = Dialect().write(COPIES).decode().split("\r\n")
    blank = "," * (len(DISCOGS_COLUMNS) + 1)
    spoiled = {
        "blank rows": [*lines[:2], blank, "", *lines[2:], blank],
        "a note on the delimiter": ["sep=,", *lines],
    }
    wrong = [
        name
        for name, each in spoiled.items()
        if [c.release_id for c in read_collection_export("\r\n".join(each).encode(), PATH).copies]
        != [copy.release_id for copy in COPIES]
    ]
    yield none_of("blank rows and notes: read wrong", wrong)
    yield from _respelled()


def _respelled() -> Iterator[Figure]:
    """Cells and headers that a spreadsheet, R or Discogs itself writes in another way."""
    wrong, count = [], 0
    for delimiter, encoding, quote_all in product(",;\t", ("utf-8", "utf-8-sig"), (False, True)):
        form = Dialect(delimiter=delimiter, encoding=encoding, quote_all=quote_all)
        text = form.write(COPIES).decode(encoding)
        head, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        bare = [replace(c, media_condition=None, sleeve_condition=None, notes=None) for c in COPIES]
        spellings = {
            "US dates": (head, [_with_us_date(row) for row in rows], COPIES),
            "NA": (head, [[cell or "NA" for cell in row] for row in rows], COPIES),
            "last three renamed": (
                [*head[:10], "Vinyl", "Cover", "Remarks", *head[13:]], rows, bare
            ),
            "last three missing": (
                [*head[:10], *head[13:]], [[*row[:10], *row[13:]] for row in rows], bare
            ),
        }  # fmt: skip
        for name, (header, cells, wanted) in spellings.items():
            count += 1
            file = io.StringIO(newline="")
            quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
            csv.writer(file, delimiter=delimiter, quoting=quoting).writerows([header, *cells])
            found = read_collection_export(file.getvalue().encode(encoding), PATH)
            # Renamed columns may count as fields of the user's own.
            copies = [_plain(copy) for copy in found.copies]
            known = {field for copy in wanted for field in _plain(copy).custom_fields}
            if name == "last three renamed":
                copies = [
                    replace(
                        copy,
                        custom_fields={
                            field: value
                            for field, value in copy.custom_fields.items()
                            if field in known
                        },
                    )
                    for copy in copies
                ]
            if found.skipped or copies != [_plain(copy) for copy in wanted]:
                wrong.append(f"{name} of {form}")
    yield none_of(f"{count} with US dates, NA, the last three columns not as usual: wrong", wrong)


def _with_us_date(row: list[str]) -> list[str]:
    date = datetime.fromisoformat(row[9])
    return [*row[:9], f"{date.month}/{date.day}/{date:%Y %I:%M:%S %p}", *row[10:]]


def _cut(stage: Stage) -> Iterator[Figure]:
    """Every byte of a small one cut off in turn."""
    wrong, cuts = [], 0
    for form in (Dialect(), Dialect(encoding="utf-16", delimiter="\t"), Dialect(quote_all=True)):
        content = form.write(COPIES)
        whole = read_collection_export(content, PATH).copies
        for end in range(0, len(content), stage.count(1, 3)):
            cuts += 1
            try:
                found = read_collection_export(content[:end], PATH)
            except DamagedExport as error:
                if str(PATH) not in str(error) or not error.line:
                    wrong.append(f"{form} at {end}: {error}")
                continue
            copies = found.copies
            if found.skipped or not copies or not _is_beginning(copies, whole):
                wrong.append(f"{form} at {end}: {[copy.release_id for copy in copies]}")
    yield none_of(f"{cuts:,} cuts: neither whole rows nor refused with file and line", wrong)


def _is_beginning(copies: Sequence[Copy], whole: Sequence[Copy]) -> bool:
    """Whether they are the first of them, value for value; but the last cell of a last row without
    a line end may be a part of itself, which nobody can see."""
    *before, last = copies
    if before != list(whole[: len(before)]):
        return False
    wanted = whole[len(before)]
    if last == wanted:
        return True
    name, value = list(wanted.custom_fields.items())[-1]
    begun = last.custom_fields.get(name) or ""
    return value.startswith(begun) and wanted == replace(
        last, custom_fields={**last.custom_fields, name: value}
    )


def _refused(stage: Stage) -> Iterator[Figure]:
    wrong = []
    for content, named in (*GIVEN_BY_MISTAKE, *WITHOUT_COPIES):
        try:
            read_collection_export(content, PATH)
            wrong.append(f"taken for an export: {content[:40]!r}")
        except ExportError as error:
            placed = isinstance(error, NotACollectionExport) or error.line is not None
            if str(PATH) not in str(error) or named not in str(error) or not placed:
                wrong.append(f"{content[:40]!r}: {error}")
    count = len(GIVEN_BY_MISTAKE) + len(WITHOUT_COPIES)
    yield none_of(f"{count} files given by mistake, or empty: not refused by name", wrong)


def _no_files(stage: Stage) -> Iterator[Figure]:
    """What is no file, given as an export."""
    wrong = []
    for what, put in IN_THE_WAY.items():
        path = stage.folder / f"given, {what}.csv"
        put(path)
        try:
            load_export(path)
            wrong.append(f"taken for an export: {what}")
        except ExportError as error:
            if str(path) not in str(error):
                wrong.append(f"{what}: {error}")
    yield none_of(f"{len(IN_THE_WAY)} that are no file: not refused by path", wrong)


def _written(stage: Stage) -> Iterator[Figure]:
    """Exporting over what is no file, over what the user changed, and over what is another's."""
    settings = Settings(root=stage.folder, data_dir=stage.folder / "data-written")
    settings.data_dir.mkdir()
    harmed, wrong, tried = [], [], 0
    for name, (how, spoil) in product(FILES, SPOILED.items()):
        tried += 1
        folder = stage.folder / f"exported-{tried}"
        write_files(settings, folder, FILES)
        before = spoil(folder / name)
        newer = {each: content + b"newer" for each, content in FILES.items()}
        try:
            write_files(settings, folder, newer)
            wrong.append(f"{name}, {how}: written over")
        except DestinationRefused as error:
            if str(folder / name) not in str(error):
                wrong.append(f"{name}, {how}: {error}")
        if _look(folder / name) != before:
            harmed.append(f"{name}, {how}")
        if any(_look(folder / other) != FILES[other] for other in FILES if other != name):
            harmed.append(f"beside {name}, {how}")
    yield none_of(f"{tried} exports over what is not ours: not refused by path", wrong)
    yield none_of("of these, what was harmed", harmed)


def _look(path: Path) -> bytes | tuple[int, int]:
    """The file's content; of what is no file its kind and number."""
    found = path.lstat()
    is_file = stat.S_ISREG(found.st_mode)
    return path.read_bytes() if is_file else (found.st_mode, found.st_ino)


def _put(put: Callable[[Path], None]) -> Callable[[Path], object]:
    def spoil(path: Path) -> object:
        path.unlink()
        put(path)
        return _look(path)

    return spoil


def _rewrite(path: Path) -> object:
    # Without its mark, as another program leaves a playlist.
    path.write_bytes(b"x,y\r\nmine\r\n")
    return _look(path)


SPOILED = {
    "rewritten": _rewrite,
    **{what: _put(put) for what, put in IN_THE_WAY.items()},
}


def _large(stage: Stage) -> Iterator[Figure]:
    rows = stage.count(200_000, 5_000)
    fields = {f"Field {number}": f"value {number}" for number in range(20)}
    one = Dialect().write([replace(PLAIN, custom_fields=fields)]).split(b"\r\n", 1)
    content = one[0] + b"\r\n" + one[1] * rows
    began = time.process_time()
    found = read_collection_export(content, PATH)
    seconds = time.process_time() - began
    yield exactly("rows read of a large one, 20 fields more in each", len(found.copies), rows)
    last = found.copies[-1]
    yield exactly("fields in its last row", len(last.custom_fields), 20)
    yield at_most("seconds for it", round(seconds, 1), stage.count(60, 10), "s")


def _spoiled_files() -> Iterator[tuple[str, bytes]]:
    good = Dialect().write(COPIES)
    for content, named in (*GIVEN_BY_MISTAKE, *WITHOUT_COPIES):
        yield named, content
    for part in (0.05, 0.5, 0.97):
        yield f"half downloaded ({part:.0%})", good[: int(len(good) * part)]


def _kept_in_the_database(stage: Stage) -> Iterator[Figure]:
    """The database after refused exports, without Dagster around it."""
    folder = stage.folder / "kept"
    folder.mkdir()
    path = folder / NEWER
    path.write_bytes(Dialect().write(COPIES))
    warehouse = Warehouse(folder / "musictool.duckdb")
    load_collection(warehouse, load_export(path))
    build_releases(warehouse)
    before = ask(warehouse, "SELECT * FROM collection_items ORDER BY ALL")
    accepted = []
    for name, content in _spoiled_files():
        path.write_bytes(content)
        try:
            load_collection(warehouse, load_export(path))
            accepted.append(name)
        except ExportError:
            pass
    yield none_of("spoiled files that got into the database", accepted)
    after = ask(warehouse, "SELECT * FROM collection_items ORDER BY ALL")
    yield exactly(
        "rows of the last good one changed", len(set(map(str, before[1])) ^ set(map(str, after[1])))
    )


def _refreshes(stage: Stage) -> Iterator[Figure]:
    records = collection(20, stage.seed)
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT) as discogs,
    ):
        folder = stage.folder / "project"
        project = made_project(folder, preloaded, discogs.url, records.export_csv())
        assert project.refresh().code == 0
        tables, booked = project.what_tables_say(), project.materialized()
        not_refused, changed = [], []
        spoiled = list(_spoiled_files())
        for name, content in spoiled:
            (project.data / NEWER).write_bytes(content)
            ended = project.refresh()
            if ended.code != 2 or NEWER not in ended.said() or "Traceback" in ended.said():
                not_refused.append(f"{name}: {ended.code} {ended.said()[-200:]}")
            if names := differing(project.what_tables_say(), tables):
                changed.append(f"{name}: {names}")
        (project.data / NEWER).unlink()
        yield none_of(f"{len(spoiled)} refreshes of spoiled ones: not refused by file", not_refused)
        yield none_of("tables that one of them changed", changed)
        yield none_of("partitions lost", booked - project.materialized())
        yield from _growing(stage, project, records.export_csv(), tables)


def _growing(
    stage: Stage, project: Tortured, export: bytes, tables: dict[str, list[tuple[object, ...]]]
) -> Iterator[Figure]:
    """A download that grows while refreshes look at it, and in the end is whole."""
    path = project.data / NEWER
    dice = stage.dice("growing")

    def grow() -> None:
        with path.open("wb") as file:
            at = 0
            while at < len(export):
                piece = dice.randint(1, 200)
                file.write(export[at : at + piece])
                file.flush()
                at += piece
                time.sleep(0.4)

    download = threading.Thread(target=grow)
    download.start()
    codes: list[int | None] = []
    while download.is_alive():
        codes.append(project.refresh().code)
    download.join()
    codes.append(project.refresh().code)
    counted = ", ".join(f"{count} x {code}" for code, count in Counter(codes).items())
    yield told("refreshes while one grew: exit codes", counted)
    yield none_of("crashes", [code for code in codes if code not in {0, 2}])
    yield exactly("exit code once it is whole", codes[-1] if codes[-1] is not None else -1)
    left = set(differing(project.what_tables_say(), tables))
    yield none_of("tables that differ from the same collection's", left)
