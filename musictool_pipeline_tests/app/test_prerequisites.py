"""`musictool check`: a tick or a remedy for each thing that a refresh needs, and an honest code."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from musictool_pipeline.app import prerequisites
from musictool_pipeline.app.check import check
from musictool_pipeline.app.prerequisites import Finding, plan_summary
from musictool_pipeline.app.refresh import refresh
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan
from musictool_pipeline.demo.sample import LIBRARY_NAME
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.settings import Secret, Settings
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases
from musictool_pipeline_tests.app.conftest import LIMIT, SAMPLE, discogs, listing
from musictool_pipeline_tests.invented_library import demo_library
from musictool_pipeline_tests.sample_data import SAMPLE_USER
from musictool_pipeline_tests.stand_in.server import StandIn

TOKEN = "aGoOdToKeN"
WANTLIST = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes\r\n" + (
    "CAT 1,Someone,Something,Label,LP,,1999,123,,\r\n"
)
LIBRARY = demo_library(SAMPLE).nml
ENTRIES = LIBRARY.count(b"<ENTRY ")


@pytest.fixture
def server() -> Iterator[StandIn]:
    with discogs(accepted_tokens=[TOKEN], username="record_collector") as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / SAMPLE.export_name).write_bytes(SAMPLE.export_csv)
    return Settings(
        root=tmp_path,
        token=Secret(TOKEN),
        api_url=server.url,
        requests_per_minute=LIMIT,
        data_dir=tmp_path / "data",
        logs_dir=tmp_path / "logs",
    )


def checked(settings: Settings, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = check(settings, Terminal())
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


def remedies(lines: list[str]) -> dict[str, str]:
    """What is crossed out, and the remedy that stands below it."""
    return {
        line: after.strip()
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("✗")
    }


def test_all_is_well(
    settings: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    library = settings.data_dir / LIBRARY_NAME
    library.write_bytes(LIBRARY)
    code, lines = checked(settings, capsys)
    assert code == 0
    assert f"✓ Digital library: {library} (Traktor), {ENTRIES:,} entries" in lines
    assert [line[0] for line in lines] == ["✓"] * len(lines)
    assert f"✓ Data folder: {settings.data_dir}" in lines
    assert f"✓ Log folder: {settings.logs_dir}" in lines
    export = settings.data_dir / SAMPLE.export_name
    assert f"✓ Collection: {export}, 63 copies of 60 releases" in lines
    assert "✓ Discogs knows the token: it belongs to record_collector" in lines


def test_the_token_costs_one_request_and_is_not_shown(
    settings: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = checked(settings, capsys)
    assert [(request.path, request.had_token) for request in server.requests] == [
        ("/oauth/identity", True)
    ]
    assert TOKEN not in "".join(lines)


def test_a_check_writes_nothing_but_the_request_budget(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listing(settings.root)
    checked(settings, capsys)
    new = {Path(path).parts[0] for path in set(listing(settings.root)) - set(before)}
    assert new == {"user-cache"}


def test_a_token_that_discogs_does_not_know(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = checked(replace(settings, token=Secret("wRoNgToKeN")), capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what == "✗ Discogs refused the token: HTTP 401 Unauthorized"
    assert "Make a new token" in remedy
    assert "wRoNgToKeN" not in "".join(lines)


def test_no_token_is_a_remark_and_costs_no_request(
    settings: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """It works without: whoever tries the project out must not be sent to a form first."""
    code, lines = checked(replace(settings, token=None), capsys)
    assert code == 0
    assert "! DISCOGS_API_KEY not found in environment or .env file" in lines
    assert any("25 requests a minute, not 60" in line for line in lines)
    assert server.requests == []


def test_nobody_there(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(replace(settings, api_url="http://127.0.0.1:1"), capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what == "✗ Discogs gave no answer: no connection"
    assert "Check the network" in remedy


def test_no_export_names_the_place_that_was_looked_in(
    settings: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.data_dir / SAMPLE.export_name).unlink()
    code, lines = checked(settings, capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what == f"✗ Discogs CSV not found: {settings.data_dir / '*.csv'}"
    assert "Collection > Export" in remedy
    # One thing missing keeps nothing else from being looked at.
    assert "✓ Discogs knows the token: it belongs to record_collector" in lines


@pytest.mark.parametrize("had_a_good_one", [False, True])
def test_a_last_good_export_is_spoken_of_only_if_there_was_one(
    had_a_good_one: bool, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.data_dir / SAMPLE.export_name).write_text("what,is,this\n1,2,3\n")
    if had_a_good_one:
        build_releases(Warehouse(settings.database))
    _, lines = checked(settings, capsys)
    ((_, remedy),) = remedies(lines).items()
    assert "Export the collection" in remedy
    assert ("last good export" in remedy) is had_a_good_one


def test_an_export_that_is_set_but_not_there(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Falling back on another file in the folder would hide a typing error."""
    missing = settings.root / "mine.csv"
    code, lines = checked(replace(settings, collection_csv=missing), capsys)
    assert code == 2
    assert f"✗ Discogs CSV not found: {missing}" in lines


def test_a_wantlist_is_called_one(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    mistaken = settings.root / "given.csv"
    mistaken.write_text(WANTLIST)
    code, lines = checked(replace(settings, collection_csv=mistaken), capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert "wantlist" in what
    assert str(mistaken) in what
    assert "Export the collection" in remedy


def test_skipped_rows_are_named_with_their_lines(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    export = settings.data_dir / SAMPLE.export_name
    header, first, *rest = SAMPLE.export_csv.decode().split("\r\n")
    broken = first.replace(",900000001,", ",none,")
    assert broken != first
    export.write_text("\r\n".join([header, broken, *rest]), newline="")
    code, lines = checked(settings, capsys)
    assert code == 0
    assert any("62 copies" in line and "1 row is skipped" in line for line in lines)
    assert any(line.strip().startswith("line 2: ") for line in lines)


def test_columns_that_are_not_read_are_named_before_and_after_a_refresh(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    export = settings.data_dir / SAMPLE.export_name
    export.write_bytes(SAMPLE.export_csv.replace(b",Artist,", b",Artiste,", 1))
    found = checked(settings, capsys)
    load_collection(Warehouse(settings.database), load_export(export))
    assert checked(settings, capsys) == found
    code, lines = found
    assert code == 0
    [at] = [number for number, line in enumerate(lines) if line.startswith("! Collection: ")]
    assert lines[at + 1].startswith("    columns not found: Artist. ")
    assert lines[at + 2].startswith("    columns not read: Artiste. ")


def test_a_file_in_the_data_folders_place(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    occupied = settings.root / "occupied"
    occupied.write_text("")
    for data_dir in (occupied, occupied / "below"):
        code, lines = checked(replace(settings, data_dir=data_dir), capsys)
        assert code == 2
        crossed = remedies(lines)
        assert "MUSICTOOL_DATA_DIR" in crossed[f"✗ Data folder {data_dir} cannot be written to"]


def test_folders_that_are_not_there_yet_are_no_obstacle(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    new = settings.root / "a" / "b"
    export = settings.data_dir / SAMPLE.export_name
    code, _ = checked(replace(settings, data_dir=new, collection_csv=export), capsys)
    assert code == 0
    assert not new.exists()


def test_a_full_disk(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50 * 1024**2))
    code, lines = checked(settings, capsys)
    assert code == 2
    assert (
        "Make room"
        in remedies(lines)[f"✗ Data folder {settings.data_dir}: only 50 MB are free on its disk"]
    )


# --- The digital libraries ------------------------------------------------------------------------


def with_libraries(settings: Settings, *paths: Path) -> Settings:
    return replace(settings, digital_libraries=paths)


def test_no_library_is_a_remark_that_says_how_to_add_one(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = checked(settings, capsys)
    assert code == 0
    at = lines.index("! No digital library found")
    assert "set MUSICTOOL_DIGITAL_LIBRARY" in lines[at + 1]


def test_a_library_that_is_set_but_not_there(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The guide sends its reader here right after setting it: a typing error must not pass. The
    refresh can run, so this is no missing prerequisite; but it would end with 1, and so does this.
    """
    missing = settings.root / "collection.nml"
    code, lines = checked(with_libraries(settings, missing), capsys)
    assert code == 1
    ((what, remedy),) = remedies(lines).items()
    assert what == f"✗ Digital library not found: {missing}"
    assert "Correct MUSICTOOL_DIGITAL_LIBRARY" in remedy


def test_each_library_is_listed_with_its_kind_and_what_is_in_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    music, listed, empty = (settings.root / name for name in ("music", "mine.csv", "nothing"))
    (music / "below").mkdir(parents=True)
    (music / "below" / "a.mp3").write_bytes(b"")
    listed.write_text("artist,title\nGoldie,Jah\nGoldie,Angel\n")
    empty.mkdir()
    code, lines = checked(with_libraries(settings, music, listed, empty), capsys)
    assert code == 0
    assert f"✓ Digital library: {music} (a folder), 1 audio file" in lines
    assert f"✓ Digital library: {listed} (a CSV list), 2 entries" in lines
    assert f"! Digital library: {empty} (a folder), 0 audio files" in lines


def test_a_program_that_is_trusted_and_unknown(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip of the pen would let another program say the tempo."""
    code, lines = checked(replace(settings, trusted=("recordbox",)), capsys)
    assert code == 2
    assert "✗ MUSICTOOL_TRUST names 'recordbox', which is no kind of library" in lines


def test_a_library_that_is_cut_short(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its beginning looks sound, and a tick would send its owner looking elsewhere."""
    library = settings.data_dir / LIBRARY_NAME
    library.write_bytes(LIBRARY[: len(LIBRARY) // 2])
    code, lines = checked(settings, capsys)
    assert code == 1
    ((what, remedy),) = remedies(lines).items()
    assert what.startswith(f"✗ {library}")
    assert "Export or save the library again" in remedy


def test_what_is_no_library(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    picture = settings.root / "cover.png"
    picture.write_bytes(b"\x89PNG\r\n")
    code, lines = checked(with_libraries(settings, picture), capsys)
    assert code == 1
    assert f"✗ {picture} is a PNG picture, not a digital library" in lines


def test_a_large_library_is_looked_into_for_a_moment_only(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prerequisites, "LONGEST_LOOK", 0.0)
    library = settings.data_dir / LIBRARY_NAME
    library.write_bytes(LIBRARY)
    _, lines = checked(settings, capsys)
    assert f"✓ Digital library: {library} (Traktor), at least 2 entries" in lines


def test_a_library_that_takes_long_to_open_is_counted(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rekordbox's own takes two seconds."""

    seconds = [0.0]

    def slow(path: Path) -> Iterator[object]:
        seconds[0] += 2 * prerequisites.LONGEST_LOOK
        yield from read_library(path)

    monkeypatch.setattr(prerequisites, "read_library", slow)
    monkeypatch.setattr(prerequisites, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    library = settings.data_dir / LIBRARY_NAME
    library.write_bytes(LIBRARY)
    _, lines = checked(settings, capsys)
    assert any(line.startswith(f"✓ Digital library: {library} (Traktor), ") for line in lines)
    assert not any("at least" in line for line in lines)


def test_a_refresh_does_not_read_the_libraries_twice(settings: Settings) -> None:
    """It begins with the same list, and is about to read them."""
    library = settings.data_dir / LIBRARY_NAME
    library.write_bytes(LIBRARY[: len(LIBRARY) // 2])
    found = [*prerequisites.prerequisites(settings)]
    assert Finding(True, f"Digital library: {library} (Traktor)") in found


# --- The user's own decisions ---------------------------------------------------------------------

HEADER = "discogs_release_id,track_number,decision,digital,note\n"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (f"{HEADER}1,1,not,,\n", 0, ["✓ Your decisions: {path}, 1"]),
        (
            f"{HEADER}1,1,not,,\n1,x,not,,\n",
            0,
            ["! Your decisions: {path}, 1; 1 line makes no sense", "    line 3: 'x' is no track "],
        ),
        (
            "release,what\n1,not\n",
            1,
            ["✗ Your decisions: none in {path} can be used", "    line 1: the header lacks "],
        ),
    ],
)
def test_decisions_that_make_no_sense_are_named_with_their_lines(
    content: str,
    code: int,
    said: list[str],
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.overrides_file.write_text(content)
    found, lines = checked(settings, capsys)
    assert found == code
    expected = [line.format(path=settings.overrides_file) for line in said]
    at = next(number for number, line in enumerate(lines) if "Your decisions" in line)
    for line, beginning in zip(lines[at:], expected, strict=False):
        assert line.startswith(beginning)


def test_the_plan_in_words() -> None:
    settings = Settings(requests_per_minute=60)
    plan = RefreshPlan(missing=tuple(range(1, 1201)), stale=(5000, 5001), fresh=1000, postponed=7)
    assert plan_summary(plan, settings) == (
        "1,000 releases are there, 1,202 to fetch (2 of them again): 1,202 requests, "
        "about 21 min at 60 a minute; 7 are left for later"
    )


def test_the_plan_of_a_refresh_with_nothing_to_fetch_names_no_requests() -> None:
    plan = RefreshPlan(missing=(), stale=(), fresh=60)
    said = "60 releases are there, and there is nothing to fetch"
    assert plan_summary(plan, Settings()) == said
    one = replace(plan, fresh=1, postponed=7)
    said = "1 release is there, and there is nothing to fetch; 7 are left for later"
    assert plan_summary(one, Settings()) == said


def test_the_plan_says_that_a_wantlist_was_not_read_yet() -> None:
    """With no word of it, the requests for thousands of wants came as a surprise."""
    plan = RefreshPlan((1,), (), 0, wantlist_requests=1, wantlist_is_known=False)
    said = "; the wantlist was not read yet, so its releases are not counted"
    assert plan_summary(plan, Settings()).endswith(said)
    assert not plan_summary(replace(plan, wantlist_is_known=True), Settings()).endswith(said)


def test_the_plan_in_words_with_a_collection_on_discogs() -> None:
    settings = Settings(requests_per_minute=60)
    plan = RefreshPlan(missing=(1, 2), stale=(), fresh=3_000, collection_requests=34)
    assert plan_summary(plan, settings) == (
        "3,000 releases are there, 2 to fetch: 36 requests (34 for the collection), "
        "about 1 min at 60 a minute"
    )
    unknown = RefreshPlan((), (), 0, collection_requests=3)
    assert "was not read yet" in plan_summary(unknown, settings)


# --- The collection on Discogs -------------------------------------------------------------------


@pytest.fixture
def live(settings: Settings, server: StandIn) -> Settings:
    server.set_shelf(SAMPLE.shelf)
    return replace(settings, username=SAMPLE_USER)


def test_a_collection_on_discogs_is_tried_with_one_more_request(
    live: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = checked(live, capsys)
    assert code == 0
    assert (
        f"✓ Collection: {SAMPLE_USER}'s on Discogs, read again at each refresh; not read yet"
        in lines
    )
    assert f"✓ Discogs shows the collection of {SAMPLE_USER}: 63 copies" in lines
    assert len(server.requests) == 2
    assert [line for line in lines if line.startswith("!")] == ["! No digital library found"]


def test_the_latest_snapshot_is_named(live: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = live.snapshots_dir / f"{SAMPLE_USER}-collection-20260101-1200.csv"
    snapshot.parent.mkdir()
    snapshot.write_bytes(SAMPLE.export_csv)
    _, lines = checked(live, capsys)
    assert any(f"last as {snapshot}, 63 copies of 60 releases" in line for line in lines)


def test_somebody_elses_token_is_a_remark(
    live: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders and notes would be empty, and nobody would know why."""
    server.set_shelf(replace(SAMPLE.shelf, username="mo"))
    code, lines = checked(replace(live, username="mo"), capsys)
    assert code == 0
    assert "! Folders and private fields of mo are shown to their owner only" in lines
    code, lines = checked(replace(live, username="mo", token=None), capsys)
    assert code == 0
    assert "! Folders and private fields of mo are shown to their owner only" in lines


def test_a_token_that_others_could_read_is_not_sent(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a request was sent"))
    exposed = replace(settings, api_url="http://127.0.0.1.evil.com")
    code, lines = checked(exposed, capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what.startswith("✗ DISCOGS_API_URL is 'http://127.0.0.1.evil.com': over plain http")
    assert "Correct DISCOGS_API_URL to an address with https" in remedy
    assert refresh(exposed, Terminal(), limit=None, dry_run=False, debug=False) == 2
    assert what in capsys.readouterr().out
    assert not settings.database.exists()


def test_a_user_whom_discogs_does_not_know(
    live: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = checked(replace(live, username="nobody"), capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what.startswith("✗ Discogs knows no user nobody")
    assert "Correct DISCOGS_USERNAME" in remedy


def test_a_csv_that_is_set_comes_first_and_that_is_said(
    live: Settings, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    export = live.data_dir / SAMPLE.export_name
    code, lines = checked(replace(live, collection_csv=export), capsys)
    assert code == 0
    assert f"✓ Collection: {export}, 63 copies of 60 releases" in lines
    assert any(line.startswith("! DISCOGS_USERNAME is set, but MUSICTOOL_COLL") for line in lines)
    assert len(server.requests) == 1


@pytest.mark.skipif(os.name != "posix", reason="modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o400])
def test_settings_that_others_can_read_are_remarked(
    mode: int, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    env_file = settings.root / ".env"
    env_file.write_text("DISCOGS_API_KEY=x\n")
    env_file.chmod(mode)
    code, lines = checked(settings, capsys)
    assert code == 0
    remark = f"! Other users of this machine can open {env_file}, which may hold your token"
    assert (remark in lines) is bool(mode & 0o077)
    assert (f"    Run `chmod 600 {env_file}`." in lines) is bool(mode & 0o077)


def test_a_cron_line_that_makes_no_sense(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = checked(replace(settings, nightly_cron="61 * * * *"), capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what.startswith("\u2717 MUSICTOOL_NIGHTLY_CRON is '61 * * * *', which is no cron")
    assert ".env" in remedy


def test_a_machine_whose_time_zone_has_no_name(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: "Nowhere/City")
    code, lines = checked(settings, capsys)
    assert code == 2
    assert "set MUSICTOOL_TIMEZONE" in next(iter(remedies(lines)))
    assert checked(replace(settings, timezone="Europe/Berlin"), capsys)[0] == 0


def test_a_checkout_that_cannot_be_written(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data may be elsewhere: Dagster's records are not, unless DAGSTER_HOME says so."""
    checkout = settings.root / "checkout"
    checkout.mkdir()
    really = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != checkout and really(path, mode))
    code, lines = checked(replace(settings, root=checkout), capsys)
    assert code == 2
    ((what, remedy),) = remedies(lines).items()
    assert what == f"\u2717 Dagster's folder {checkout / '.dagster'} cannot be written to"
    assert "DAGSTER_HOME" in remedy


@pytest.mark.skipif(os.name != "posix", reason="names with line breaks")
def test_a_librarys_name_cannot_forge_a_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = "\u2713 Collection: all is well"
    (settings.data_dir / f"a\n{forged}\x1b[2J.nml").write_bytes(LIBRARY)
    (settings.data_dir / f"b\r{forged}\u2028{forged}.nml").write_text("<NML")
    _, lines = checked(settings, capsys)
    assert not [line for line in lines if line.startswith(forged)]
    assert len([line for line in lines if forged in line]) == 2
