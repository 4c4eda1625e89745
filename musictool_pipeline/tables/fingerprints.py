"""What a table was made from, as one short text: whether it has to be made again.

What belongs here: fingerprints of values and of code, and where those of the tables are kept. What
goes into a fingerprint is known by the module that makes the table; the steps are in `steps`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import duckdb

from musictool_pipeline.disk.statements import Statements

_sql = Statements("tables")
_PACKAGE: Final = Path(__file__).resolve().parents[1]

# Parsing the modules would take a tenth of a second, each time that there is nothing to do.
_IMPORT: Final = re.compile(
    r"(?m)^[ \t]*(?:from musictool_pipeline\.([\w.]+) import (\([^)]*\)|.*)"
    r"|import musictool_pipeline\.([\w.]+))"
)


def fingerprint_of(*inputs: object) -> str:
    """The same for the same inputs, which must be what JSON can hold."""
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def noted(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The fingerprint that was last noted for a table; None if it was never made."""
    row = _sql.row(connection, "noted.sql", name=name)
    return row[0] if row else None


def note(connection: duckdb.DuckDBPyConnection, name: str, fingerprint: str) -> None:
    """Remembers it, in the generation that is being made."""
    connection.execute(_sql("note.sql"), {"name": name, "fingerprint": fingerprint})


@functools.cache
def code_of(*names: str, rooms: tuple[str, ...] = ("core",), package: Path = _PACKAGE) -> str:
    """A fingerprint of the code that decides: of modules, of all modules in these rooms that they
    import, of the tables (.tsv, .txt) beside any of them, and of files that are no modules.

    All are named from the package on: a module `tables.judging`, a file
    `tables/sql/gap_analysis.sql`, all files of a folder `tables/sql`. A verdict of other code may
    be another verdict; no number has to be raised by hand.
    """
    files = code_files(*names, rooms=rooms, package=package)
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def code_files(
    *names: str, rooms: tuple[str, ...] = ("core",), package: Path = _PACKAGE
) -> tuple[Path, ...]:
    """The files that `code_of` reads, each once, in the order of their names. Raises ValueError if
    there is no such module, and OSError if there is no such file."""
    found: set[Path] = set()
    waiting = [_file_of(name, package) for name in names if "/" not in name]
    if None in waiting:
        raise ValueError(f"one of {', '.join(names)} is no module of {package.name}")
    while waiting:
        file = waiting.pop()
        if file is None or file in found:
            continue
        found.add(file)
        imported = (name for name in _imported(file) if name.split(".")[0] in rooms)
        waiting.extend(_file_of(name, package) for name in imported)
    tables = {
        table
        for folder in {file.parent for file in found}
        for table in folder.iterdir()
        if table.suffix in (".tsv", ".txt")
    }
    others = {file for name in names if "/" in name for file in _files_at(package / name)}
    return tuple(sorted(found | tables | others))


def _files_at(path: Path) -> Iterable[Path]:
    return [path] if path.suffix else path.iterdir()


@functools.cache
def _file_of(module: str, package: Path) -> Path | None:
    """None if it is a name in a module. Which modules there are stays as it is while we run."""
    place = package.joinpath(*module.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.exists()), None)


def _imported(file: Path) -> Iterator[str]:
    """The names that a module imports from the package, from there on."""
    yield from _named_in(file.read_text("utf-8"))


@functools.cache
def _named_in(code: str) -> tuple[str, ...]:
    found: list[str] = []
    for room, names, module in _IMPORT.findall(code):
        found.append(room or module)
        found += [f"{room}.{name}" for name in re.findall(r"\w+", names)]
    return tuple(found)
