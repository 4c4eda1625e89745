"""What a user reads when something goes wrong: the sentence, what to do next, the exit code."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from musictool_pipeline import errors
from musictool_pipeline.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_NEEDS_USER,
    EXIT_USAGE,
    AccessRefused,
    CollectionInMotion,
    CollectionUnavailable,
    DamagedExport,
    DecisionRefused,
    DestinationRefused,
    DiscogsError,
    DumpError,
    ExportError,
    ExportNotFound,
    MusicToolError,
    NotACollectionExport,
    ReleaseFailed,
    SettingsError,
    StorageError,
    TableDamaged,
    TablesMissing,
    Throttled,
    TokenExposed,
    TokenMissing,
    Unreachable,
    UnreadableRelease,
    WantlistUnreadable,
)

EXPORT = Path("data/mo-collection-20240102-0304.csv")

# One of each that is raised; the other classes only group these.
RAISED: list[MusicToolError] = [
    SettingsError("MUSICTOOL_REFETCH_DAYS is 'x'"),
    TokenExposed("http://discogs.example"),
    ExportNotFound(EXPORT),
    NotACollectionExport(f"{EXPORT} is a wantlist", path=EXPORT, line=1),
    DamagedExport(f"{EXPORT}, line 7: cut short", path=EXPORT, line=7),
    WantlistUnreadable(f"{EXPORT} is empty"),
    TokenMissing(),
    AccessRefused("Discogs refused access: HTTP 401 Unauthorized"),
    CollectionUnavailable("Discogs knows no user mo"),
    CollectionInMotion("The collection of mo changed while it was read, 2 times in a row"),
    Throttled("Discogs answered HTTP 429 Too Many Requests 3 times in a row"),
    Unreachable("Discogs does not answer (no connection)"),
    ReleaseFailed(1023342, "HTTP 503 Service Unavailable"),
    UnreadableRelease(1023342, "its tracklist is a dict, not a list"),
    DumpError("discogs_20260101_masters.xml.gz is the dump of masters"),
    DecisionRefused(Path("data/match_overrides.csv"), "the header lacks a column"),
    TableDamaged("lexicon.tsv", 3),
    TablesMissing("gap_analysis", ["expanded_tracks"]),
    StorageError("The disk is full"),
    DestinationRefused("data is in the data folder"),
]
GROUPS = {MusicToolError, ExportError, DiscogsError}

each = pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)


def all_classes(base: type[MusicToolError] = MusicToolError) -> set[type[MusicToolError]]:
    found = {base}
    for child in base.__subclasses__():
        found |= all_classes(child)
    return {each for each in found if each.__module__ == errors.__name__}


def test_every_class_is_here():
    """A new class must come with its remedy and exit code below."""
    assert all_classes() == {type(error) for error in RAISED} | GROUPS


def test_the_tree_at_the_top_of_the_module_is_the_tree():
    """It is where a reader looks first, so it must not rot."""
    drawn: list[tuple[str, str]] = []
    branch: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([│├└─ ]*)([A-Z]\w+Error|[A-Z]\w+)\s{2,}", line)
        if not found:
            continue
        depth = len(found[1]) // 4
        branch = [*branch[:depth], found[2]]
        drawn.append((found[2], branch[depth - 1] if depth else "Exception"))
    true = [(cls.__name__, (cls.__base__ or object).__name__) for cls in all_classes()]
    assert sorted(drawn) == sorted(true)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TokenMissing(), "DISCOGS_API_KEY not found in environment or .env file"),
        (ExportNotFound(Path("x.csv")), "Discogs CSV not found: x.csv"),
        (
            ReleaseFailed(1023342, "HTTP 503 Service Unavailable"),
            "Error processing release 1023342: HTTP 503 Service Unavailable",
        ),
    ],
)
def test_three_sentences_keep_their_wording(error: MusicToolError, sentence: str):
    """Scripts look for them."""
    assert str(error) == sentence


def test_exit_codes():
    assert (EXIT_DONE, EXIT_NEEDS_USER, EXIT_USAGE, EXIT_INTERRUPTED) == (0, 1, 2, 130)


@each
def test_each_error_has_its_exit_code(error: MusicToolError):
    """1: finished, but something needs the user. 2: it could not run."""
    needs_user = (
        TokenMissing,
        CollectionInMotion,
        Throttled,
        Unreachable,
        ReleaseFailed,
        UnreadableRelease,
    )
    expected = EXIT_NEEDS_USER if isinstance(error, needs_user) else EXIT_USAGE
    assert error.exit_code == expected


@each
def test_each_error_says_what_to_do_next(error: MusicToolError):
    assert re.search(
        r"\b(Correct|put|Download|Export|Install|musictool|Make|Check|Look at|tries again)\b",
        error.remedy,
    )
    assert error.remedy.endswith(".")
    assert "TODO" not in error.remedy


@each
def test_each_error_is_one_sentence_and_a_remedy_below_it(error: MusicToolError):
    first, second = error.explained().splitlines()
    assert first == str(error)
    assert second.strip() == error.remedy
    assert second.startswith("  ")


@each
def test_an_errors_class_says_when_it_is_raised(error: MusicToolError):
    assert isinstance(error, MusicToolError)
    assert type(error).__name__ in (errors.__doc__ or "")


def test_a_remedy_of_ones_own():
    """Where the place knows better what to do than the class."""
    error = StorageError("x is damaged", "Delete x.")
    assert error.explained() == "x is damaged\n  Delete x."
    assert StorageError("y").remedy != "Delete x."
    assert MusicToolError("what happened").explained() == "what happened"
    assert StorageError("z", "").explained() == "z"


def test_where_it_happened():
    error = DamagedExport("cut short", path=EXPORT, line=7)
    assert (error.path, error.line, str(error)) == (EXPORT, 7, "cut short")
    assert ExportNotFound(EXPORT).path == EXPORT
    assert ExportNotFound(EXPORT).line is None
    failed = ReleaseFailed(7, "empty answer")
    assert (failed.release_id, failed.cause) == (7, "empty answer")
    unreadable = UnreadableRelease(7, "no list")
    assert (unreadable.release_id, unreadable.reason) == (7, "no list")
    assert str(unreadable) == "Release 7 cannot be read: no list"


def test_one_clause_catches_them_all():
    for error in RAISED:
        with pytest.raises(MusicToolError):
            raise error
    assert not issubclass(MusicToolError, OSError | ValueError)


def test_what_retrying_cannot_clear_says_so():
    assert "Retrying cannot clear this" in AccessRefused("x").remedy


def test_an_export_that_cannot_be_used_says_that_the_last_one_is_kept():
    for error in RAISED:
        if isinstance(error, NotACollectionExport | DamagedExport):
            assert "last good export" in error.remedy


@pytest.mark.parametrize(
    "error",
    [error for error in RAISED if isinstance(error, ExportError | TokenMissing | ReleaseFailed)],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("through", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_passes_from_process_to_process(
    error: MusicToolError, through: Callable[[MusicToolError], MusicToolError]
):
    """A worker process hands it over as a pickle; one that cannot be read hangs the pool."""
    assert str(through(error)) == str(error)


def test_a_message_is_one_line_and_can_be_kept_anywhere() -> None:
    """A file's name in it may hold a line that looks like ours, or bytes that are no text."""
    for sign in "\n\r\x0b\x0c\x1c\x85\u2028\u2029":
        error = MusicToolError(f"a{sign}Fine.", f"b{sign}Fine.")
        assert error.explained() == "a Fine.\n  b Fine."
    str(MusicToolError("odd \udcff name")).encode()
