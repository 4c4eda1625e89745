"""The cache is the truth: what went in comes out byte for byte, and every damage is noticed."""

from __future__ import annotations

import errno
import json
import logging
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musictool_pipeline.discogs import cache as tracklist_cache
from musictool_pipeline.discogs.cache import (
    FETCHED,
    UNAVAILABLE,
    CachedAnswer,
    TracklistCache,
)
from musictool_pipeline.errors import StorageError, UnreadableRelease
from musictool_pipeline_tests.surroundings import StartProcess

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = AT + timedelta(days=90)
ANSWER = '{"id":7, "title":"Ünder\\u0020Glass" ,\n"tracklist":[]}\n'.encode()


@pytest.fixture
def cache(tmp_path: Path) -> TracklistCache:
    (tmp_path / "data").mkdir()
    return TracklistCache(tmp_path / "data" / "cache")


def write(cache: TracklistCache, release_id: int = 7, answer: bytes = ANSWER) -> CachedAnswer:
    return cache.write(release_id, answer, status=FETCHED, fetched_at=AT)


def quarantined(cache: TracklistCache) -> list[Path]:
    return sorted(cache.quarantine.iterdir()) if cache.quarantine.is_dir() else []


# ------------------------------------------------------------------ what goes in comes out


def test_reads_what_was_written(cache: TracklistCache) -> None:
    written = cache.write(
        7,
        ANSWER,
        status=FETCHED,
        fetched_at=datetime(2026, 1, 2, 5, 4, 5, 999_999, tzinfo=timezone(timedelta(hours=2))),
        answered_id=8,
        requests=3,
        source="dump",
    )
    assert written == CachedAnswer(
        release_id=7,
        status=FETCHED,
        fetched_at=AT,
        answered_id=8,
        requests=3,
        source="dump",
        answer=ANSWER,
        asked_at=AT,
        remark=None,
        checksum=written.checksum,
    )
    assert len(written.checksum) == 64
    assert cache.read(7) == written
    assert written.payload()["title"] == "Ünder Glass"


def test_a_missing_answer_reads_as_none(cache: TracklistCache) -> None:
    assert cache.read(7) is None
    assert cache.release_ids() == set()
    assert list(cache.scan()) == []
    cache.sweep()
    assert not cache.folder.exists()  # looking makes nothing


def test_the_file_is_one_json_object_with_the_answer_verbatim(cache: TracklistCache) -> None:
    """Any program can read the cache without this one."""
    write(cache)
    content = cache.path(7).read_bytes()
    assert ANSWER in content
    whole = json.loads(content)
    assert whole["answer"] == json.loads(ANSWER)
    assert (whole["musictool_cache"], whole["release_id"], whole["status"]) == (1, 7, FETCHED)
    assert whole["fetched_at"] == "2026-01-02T03:04:05+00:00"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answer=st.dictionaries(st.text(), json_values, max_size=4),
    remark=st.none() | st.text() | st.just('","answer":') | st.just(',"checksum":"'),
    ascii_only=st.booleans(),
)
def test_any_answer_and_any_remark_survive(
    tmp_path_factory: pytest.TempPathFactory,
    answer: dict[str, object],
    remark: str | None,
    ascii_only: bool,
) -> None:
    """A server's text that looks like the file's own seams must not split it."""
    cache = TracklistCache(tmp_path_factory.mktemp("cache"))
    body = json.dumps(answer, ensure_ascii=ascii_only, indent=1).encode("utf-8", "replace")
    written = cache.write(7, body, status=UNAVAILABLE, fetched_at=AT, remark=remark)
    assert cache.read(7) == written
    assert written.answer == body
    assert json.loads(cache.path(7).read_bytes())["remark"] == remark


def test_a_second_answer_takes_the_place_of_the_first(cache: TracklistCache) -> None:
    first = write(cache)
    second = cache.write(7, b'{"id":7}', status=FETCHED, fetched_at=LATER)
    assert cache.read(7) == second
    assert first.checksum != second.checksum
    assert [path.name for path in cache.folder.iterdir()] == ["7.json"]


def test_a_vain_question_keeps_the_answer_and_says_so(cache: TracklistCache) -> None:
    first = write(cache)
    kept = cache.keep(first, asked_at=LATER, remark="HTTP 404 Not Found")
    assert cache.read(7) == kept
    assert (kept.answer, kept.fetched_at, kept.asked_at) == (ANSWER, AT, LATER)
    assert (kept.status, kept.remark) == (FETCHED, "HTTP 404 Not Found")
    assert kept.checksum != first.checksum  # or the database would never hear of it


@pytest.mark.parametrize(
    "change",
    [
        {"status": UNAVAILABLE},
        {"fetched_at": LATER},
        {"answered_id": 9},
        {"requests": 2},
        {"source": "dump"},
        {"remark": "x"},
        {"answer": ANSWER + b" "},
    ],
)
def test_the_checksum_covers_everything(cache: TracklistCache, change: dict[str, object]) -> None:
    same = {"answer": ANSWER, "status": FETCHED, "fetched_at": AT}
    first = cache.write(7, **same)  # type: ignore[arg-type]
    assert cache.write(7, **same).checksum == first.checksum  # type: ignore[arg-type]
    assert cache.write(7, **same | change).checksum != first.checksum  # type: ignore[arg-type]


def test_an_answer_nested_too_deeply_is_the_releases_own_trouble(cache: TracklistCache) -> None:
    """An older version let it in; read from deep within Dagster it ended every refresh."""
    answer = b'{"id":7,"deep":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    with pytest.raises(UnreadableRelease, match=r"Release 7 .* nested too deeply"):
        write(cache, answer=answer).payload()


# ------------------------------------------------------------------ damage


def assert_set_aside(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture, reason: str, content: bytes | None
) -> None:
    caplog.clear()
    before = len(quarantined(cache))
    with caplog.at_level(logging.WARNING, "musictool"):
        assert cache.read(7) is None
    [record] = caplog.records
    assert reason in record.getMessage()
    assert str(cache.path(7)) in record.getMessage()
    assert not cache.path(7).exists()
    aside = quarantined(cache)
    assert len(aside) == before + 1
    if content is not None:
        assert content in {path.read_bytes() for path in aside}
    assert cache.read(7) is None  # and is silent from now on
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: b"", "empty"),
        (lambda _: bytes(400), "no cache file"),
        (lambda _: b"null", "no cache file"),
        (lambda _: ANSWER, "no cache file"),
        (lambda sound: sound + b"\n", "cut short"),
        (lambda sound: sound + b"}", "checksum"),
        (lambda sound: sound + sound, "checksum"),
        (lambda sound: b" " + sound, "checksum"),
        (lambda sound: b"\xef\xbb\xbf" + sound, "checksum"),
        (lambda sound: sound.replace(b'"requests":1', b'"requests":2'), "checksum"),
        (lambda sound: sound.replace("Ü".encode(), b"U"), "checksum"),
    ],
)
def test_damage_is_set_aside_with_its_reason(
    cache: TracklistCache,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[bytes], bytes],
    reason: str,
) -> None:
    write(cache, 6)
    write(cache)
    content = damage(cache.path(7).read_bytes())
    cache.path(7).write_bytes(content)
    assert_set_aside(cache, caplog, reason, content)
    assert cache.read(6) is not None
    assert cache.release_ids() == {6}


def forged(cache: TracklistCache, **fields: object) -> None:
    """A file with a right checksum over wrong fields, as another version would write it."""
    content = json.loads(cache.path(7).read_bytes())
    content = {name: content[name] for name in content if name not in {"checksum", "answer"}}
    content |= fields
    envelope = json.dumps({k: v for k, v in content.items() if v != "absent"}).encode()[:-1]
    checksum = tracklist_cache._checksum(envelope, ANSWER).encode()
    cache.path(7).write_bytes(
        envelope + b',"checksum":"' + checksum + b'","answer":' + ANSWER + b"}"
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"musictool_cache": 2}, "version 2"),
        ({"musictool_cache": None}, "version None"),
        ({"musictool_cache": "absent"}, "envelope"),
        ({"release_id": 8}, "holds release 8"),
        ({"release_id": "7"}, "holds release 7"),
        ({"status": "pending"}, "form"),
        ({"fetched_at": "yesterday"}, "envelope"),
        ({"fetched_at": 5}, "envelope"),
        ({"asked_at": "absent"}, "envelope"),
    ],
)
def test_another_form_is_set_aside(
    cache: TracklistCache,
    caplog: pytest.LogCaptureFixture,
    fields: dict[str, object],
    reason: str,
) -> None:
    write(cache)
    forged(cache, **fields)
    assert_set_aside(cache, caplog, reason, None)


def test_the_forger_above_can_make_a_sound_file(cache: TracklistCache) -> None:
    written = write(cache)
    forged(cache, requests=9)
    assert (cache.read(7) or written).requests == 9


def test_another_releases_file_is_set_aside(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture
) -> None:
    write(cache, 8)
    cache.path(8).rename(cache.path(7))
    assert_set_aside(cache, caplog, "holds release 8", None)


@pytest.mark.parametrize("full", [False, True])
def test_a_folder_in_the_files_place_is_set_aside(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture, full: bool
) -> None:
    cache.path(7).mkdir(parents=True)
    if full:
        (cache.path(7) / "inside").touch()
    assert_set_aside(cache, caplog, "folder", None)
    cache.path(7).mkdir()
    assert write(cache) == cache.read(7)  # a writer clears the way too


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_set_aside_unread(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """A pipe has no end that comes, a device none at all: a refresh stood still there for ever."""

    def put() -> None:
        if kind == "pipe":
            os.mkfifo(cache.path(7))
        else:
            cache.path(7).symlink_to("/dev/zero")

    cache.folder.mkdir(parents=True)
    put()
    assert list(cache.look()) == []
    assert_set_aside(cache, caplog, "pipe or a device", None)
    put()
    assert write(cache) == cache.read(7)


def test_a_file_larger_than_any_answer_is_set_aside_unread(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture
) -> None:
    """One that somebody else put there would be read into memory whole, at each refresh."""
    write(cache)
    with cache.path(7).open("r+b") as file:
        file.truncate(2**40)
    assert list(cache.look()) == []
    assert_set_aside(cache, caplog, "larger than any answer", None)


def test_every_cut_and_every_flipped_bit_is_noticed(cache: TracklistCache) -> None:
    """The checksum stands in the file that it guards: a flip may hit it, or a seam, as well."""
    cache.write(7, b'{"id":7}', status=FETCHED, fetched_at=AT)
    path = cache.path(7)
    sound = path.read_bytes()
    damaged = [sound[:length] for length in range(len(sound))]
    for position in range(len(sound)):
        for bit in range(8):
            content = bytearray(sound)
            content[position] ^= 1 << bit
            damaged.append(bytes(content))
    logging.getLogger("musictool").setLevel(logging.ERROR)
    unnoticed = []
    for content in damaged:
        path.write_bytes(content)
        if cache.read(7) is not None or path.exists():
            unnoticed.append(content)
    assert unnoticed == []
    assert len(quarantined(cache)) == len(damaged)


def test_sound_files_are_never_touched(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture
) -> None:
    write(cache)
    cache.write(8, b'{"message":"gone"}', status=UNAVAILABLE, fetched_at=AT, remark="gone")
    before = {path: (path.stat(), path.read_bytes()) for path in cache.folder.iterdir()}
    assert [answer.release_id for answer in cache.scan()] == [7, 8]
    cache.sweep()
    for path, (stat, content) in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)
        assert path.read_bytes() == content
    assert caplog.records == []
    assert not cache.quarantine.exists()


def test_two_readers_of_one_damage_do_not_fall_over_each_other(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(cache)
    cache.path(7).write_bytes(b"")
    decode = tracklist_cache._decode

    def while_another_is_quicker(content: bytes, release_id: int) -> CachedAnswer:
        cache.path(7).unlink(missing_ok=True)
        return decode(content, release_id)

    monkeypatch.setattr(tracklist_cache, "_decode", while_another_is_quicker)
    assert cache.read(7) is None


def test_a_sound_answer_written_meanwhile_is_not_set_aside(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(cache)
    cache.path(7).write_bytes(b"")
    decode = tracklist_cache._decode

    def while_another_writes(content: bytes, release_id: int) -> CachedAnswer:
        monkeypatch.setattr(tracklist_cache, "_decode", decode)
        write(cache)
        return decode(content, release_id)

    monkeypatch.setattr(tracklist_cache, "_decode", while_another_writes)
    cache.read(7)
    assert cache.read(7) is not None


# ------------------------------------------------------------------ names


def test_release_ids_ignores_foreign_names(cache: TracklistCache) -> None:
    for release_id in (1, 7, 1234567890):
        write(cache, release_id, b'{"id":%d}' % release_id)
    for name in (
        "0.json",
        "07.json",
        "-7.json",
        "7.json.bak",
        "7.JSON",
        "7.jsonx",
        "seven.json",
        "\N{ARABIC-INDIC DIGIT SEVEN}.json",
        "12345678901.json",
        ".8.json.1-1.tmp",
        "7 (1).json",
        ".DS_Store",
        "9.json\n",
    ):
        (cache.folder / name).write_bytes(b"foreign")
    (cache.folder / ".claims").mkdir()
    assert cache.release_ids() == {1, 7, 1234567890}
    assert [answer.release_id for answer in cache.scan()] == [1, 7, 1234567890]
    assert [answer.release_id for answer in cache.scan({7, 9})] == [7]
    assert list(cache.scan(set())) == []


def test_scan_leaves_out_the_damaged(cache: TracklistCache) -> None:
    for release_id in (1, 2, 3):
        write(cache, release_id)
    cache.path(2).write_bytes(b"{")
    assert [answer.release_id for answer in cache.scan()] == [1, 3]
    assert cache.release_ids() == {1, 3}


def test_looking_moves_nothing(cache: TracklistCache) -> None:
    """What says that it writes nothing (a dry run) must not tidy up either."""
    for release_id in (10, 2, 3):
        write(cache, release_id)
    cache.path(3).write_bytes(b"{")
    cache.path(4).mkdir()
    assert [answer.release_id for answer in cache.look()] == [2, 10]
    assert cache.release_ids() == {2, 3, 4, 10}
    assert not cache.quarantine.exists()


def test_sweep_takes_old_temporaries_alone(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture
) -> None:
    """A young one belongs to a writer that is at work in another process."""
    write(cache)
    ages = {".7.json.1-1.tmp": 7200, ".8.json.1-1.tmp": 60, "notes.tmp": 7200, "8.json": 7200}
    for name, age in ages.items():
        (cache.folder / name).write_bytes(b"x")
        changed = time.time() - age
        os.utime(cache.folder / name, (changed, changed))
    os.utime(cache.path(7), (0, 0))
    (cache.folder / ".folder.tmp").mkdir()
    os.utime(cache.folder / ".folder.tmp", (0, 0))
    cache.sweep()
    left = {path.name for path in cache.folder.iterdir()}
    assert left == {"7.json", "8.json", "notes.tmp", ".8.json.1-1.tmp", ".folder.tmp"}
    assert ".folder.tmp" in caplog.text  # it says what it could not remove


# ------------------------------------------------------------------ the disk, and others


def test_a_full_disk_keeps_the_old_answer(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(cache)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        cache.write(7, b'{"id":7}', status=FETCHED, fetched_at=LATER)
    with pytest.raises(StorageError, match="No space left"):
        cache.keep(first, asked_at=LATER, remark="x")
    assert cache.read(7) == first
    assert [path.name for path in cache.folder.iterdir()] == ["7.json"]


def test_a_file_in_the_folders_place_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(StorageError):
        write(TracklistCache(tmp_path / "cache"))


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("kind", ["file", "link to itself"])
def test_a_folder_that_is_none_is_a_storage_error_to_readers_too(tmp_path: Path, kind: str) -> None:
    """`status` and `refresh` ended in a traceback."""
    folder = tmp_path / "cache"
    if kind == "file":
        folder.touch()
    else:
        folder.symlink_to("cache")
    cache = TracklistCache(folder)
    for look in (cache.release_ids, cache.listing, lambda: list(cache.scan())):
        with pytest.raises(StorageError, match=r"folder of tracklists .*cache cannot be read"):
            look()


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO])
def test_an_answer_that_cannot_be_read_is_a_storage_error(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """It is not damaged, so it must not be set aside either."""
    write(cache)

    def fail(path: Path, _: int) -> bytes:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(tracklist_cache, "content_of", fail)
    with pytest.raises(StorageError):
        cache.read(7)


def _body(owner: int) -> bytes:
    return json.dumps({"id": 7, "owner": owner, "text": str(owner) * 20_000}).encode()


def _write_often(folder: Path, owner: int, times: int, running: Path | None = None) -> None:
    cache = TracklistCache(folder)
    if running:
        running.touch()
    for _ in range(times):
        cache.write(7, _body(owner), status=FETCHED, fetched_at=AT)


def test_processes_writing_one_release_never_show_half_of_it(
    cache: TracklistCache, start_process: StartProcess
) -> None:
    write(cache)
    writers = [start_process(_write_often, cache.folder, owner, 20) for owner in (1, 2, 3)]
    seen = 0
    while any(writer.is_alive() for writer in writers):
        assert cache.read(7) is not None
        seen += 1
    assert seen
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    last = cache.read(7)
    assert last is not None
    assert last.answer in {_body(1), _body(2), _body(3)}
    assert quarantined(cache) == []
    assert [path.name for path in cache.folder.iterdir()] == ["7.json"]


@pytest.mark.slow  # the suite kills at each of the places: torture/test_points_of_death.py
@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_a_writer_killed_at_any_moment_leaves_old_or_new(
    tmp_path: Path, start_process: StartProcess
) -> None:
    dice = random.Random(2)
    litter = 0
    for round_ in range(60):
        if round_ >= 10 and litter:
            break
        cache = TracklistCache(tmp_path / f"{round_}")
        old = write(cache)
        running = tmp_path / f"{round_}.running"
        writer = start_process(_write_often, cache.folder, 1, 10_000, running)
        while not running.exists():
            assert writer.is_alive()
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.01))
        writer.kill()
        writer.join(10)
        found = cache.read(7)
        assert found is not None
        assert found.answer in {old.answer, _body(1)}
        assert cache.release_ids() == {7}
        left = set(cache.folder.iterdir()) - {cache.path(7)}
        litter += len(left)
        for path in left:
            os.utime(path, (0, 0))
        cache.sweep()
        assert list(cache.folder.iterdir()) == [cache.path(7)]
    assert litter  # or the kills never hit a write, and the test shows nothing


def test_a_link_to_itself_is_set_aside_and_hides_nothing(
    cache: TracklistCache, caplog: pytest.LogCaptureFixture
) -> None:
    """Sync programs make such links; one of them ended every refresh with a traceback."""
    write(cache, 6)
    cache.path(7).symlink_to("7.json")
    assert cache.listing() != TracklistCache(cache.folder.parent / "other").listing()
    assert [cached.release_id for cached in cache.look()] == [6]
    assert_set_aside(cache, caplog, "leads to itself", None)
    assert write(cache).release_id == 7


def test_a_link_to_nowhere_hides_no_later_file_from_the_listing(cache: TracklistCache) -> None:
    """The tables follow the listing: what it leaves out never reaches them."""
    cache.folder.mkdir(parents=True)
    cache.path(5).symlink_to("nowhere")
    before = cache.listing()
    write(cache, 7)
    assert cache.listing() != before
    assert cache.read(5) is None
    assert write(cache, 5) == cache.read(5)


# ------------------------------------------------------------------ what nobody asked for


def offer(cache: TracklistCache, *, gives_way: bool = False, source: str = "dump") -> bool:
    return cache.offer(
        7, b'{"id":1}', fetched_at=AT, source=source, gives_way=lambda known: gives_way
    )


@pytest.mark.parametrize("has_links", [True, False])
def test_an_offer_takes_a_free_place_or_one_that_gives_way(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "no hard links here")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert offer(cache)
    offered = cache.read(7)
    assert offered and (offered.source, offered.requests, offered.asked_at) == ("dump", 0, AT)
    write(cache)
    assert not offer(cache)
    kept = cache.read(7)
    assert kept and kept.answer == ANSWER
    assert offer(cache, gives_way=True)
    replaced = cache.read(7)
    assert replaced and replaced.answer == b'{"id":1}'
    assert [path.name for path in cache.folder.iterdir() if path.name[0] != "."] == ["7.json"]
    assert not list(cache.folder.glob("*.tmp"))


def test_an_offer_never_replaces_what_is_being_asked_for(cache: TracklistCache) -> None:
    """The loss: a newer answer, which was written between a look and a rename."""
    write(cache)
    with cache.claim(7) as is_held:
        assert is_held
        assert not TracklistCache(cache.folder).offer(
            7, b"{}", fetched_at=AT, source="dump", gives_way=lambda known: True
        )
    kept = cache.read(7)
    assert kept and kept.answer == ANSWER


def test_an_offer_takes_the_place_of_a_damaged_file(cache: TracklistCache) -> None:
    write(cache)
    cache.path(7).write_bytes(b"rubbish")
    assert offer(cache)
    assert len(quarantined(cache)) == 1


def test_an_offer_to_a_full_disk_is_a_storage_error(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.folder.mkdir(parents=True)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(StorageError, match="No space"):
        offer(cache)


def test_removing_forgets(cache: TracklistCache) -> None:
    write(cache)
    cache.remove(7)
    cache.remove(7)
    assert cache.read(7) is None
