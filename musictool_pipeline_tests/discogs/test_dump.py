"""A dump into the cache: which releases, from what a file, and what a damaged one is good for."""

from __future__ import annotations

import functools
import gzip
import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.discogs.dump_release import dump_payload
from musictool_pipeline.discogs import dump_elements
from musictool_pipeline.discogs.cache import (
    FETCHED,
    SOURCE_API,
    SOURCE_DUMP,
    UNAVAILABLE,
    TracklistCache,
)
from musictool_pipeline.discogs.dump import DumpReading, ImportResult, import_releases, wanted_from
from musictool_pipeline.discogs.dump_elements import find_releases
from musictool_pipeline.discogs.dump_file import find_dump
from musictool_pipeline.errors import DumpError
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.large_dump import large_dump

NAME = "discogs_20260101_releases.xml.gz"
PUBLISHED = datetime(2026, 1, 1, tzinfo=UTC)


def release(release_id: int, title: str = "", status: str = "Accepted") -> bytes:
    return (
        f'<release id="{release_id}" status="{status}"><title>{title or release_id}</title>'
        f"<released>1999-01-00</released><tracklist><track><position>A</position>"
        f"<title>One of {release_id}</title></track></tracklist></release>\n"
    ).encode()


def xml(*elements: bytes) -> bytes:
    return b"<releases>\n" + b"".join(elements) + b"</releases>\n"


TEN = xml(*(release(number) for number in range(1, 11)))


@functools.cache
def noisy(count: int) -> bytes:
    """Releases that do not compress, so that a place in the file is a place in the content."""
    noise = random.Random(1)
    return xml(*(release(number, noise.randbytes(3_000).hex()) for number in range(1, count + 1)))


@functools.cache
def compressed(count: int) -> bytes:
    """The same, as small as they become: hardly smaller."""
    return gzip.compress(noisy(count), 1)


@pytest.fixture
def cache(tmp_path: Path) -> TracklistCache:
    return TracklistCache(tmp_path / "cache")


def written(folder: Path, content: bytes, name: str = NAME) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def checked(path: Path, content: bytes | None = None) -> None:
    """The CHECKSUM file beside it, of `content` or of what lies there."""
    digest = hashlib.sha256(path.read_bytes() if content is None else content).hexdigest()
    path.with_name("discogs_20260101_CHECKSUM.txt").write_text(
        f"{'0' * 64} *discogs_20260101_artists.xml.gz\n{digest} *{path.name}\n"
    )


def imported(path: Path, release_ids: Iterable[int], cache: TracklistCache) -> ImportResult:
    dump = find_dump(path)
    return import_releases(dump, wanted_from(dump, release_ids, cache), cache)


def found(content: bytes, wanted: Iterable[int], cuts: Iterable[int] = ()) -> list[int]:
    edges = [0, *sorted({cut for cut in cuts if cut < len(content)}), len(content)]
    pieces = [content[a:b] for a, b in itertools.pairwise(edges)]
    listed = list(find_releases(pieces, set(wanted), Path(NAME)))
    for release_id, element in listed:
        assert element.startswith(b"<release") and element.endswith(b"</release>")
        assert str(release_id).encode() in element
    return [release_id for release_id, _ in listed]


# --- Which releases --------------------------------------------------------------------------


def test_wanted_releases_come_into_the_cache_and_no_others(
    tmp_path: Path, cache: TracklistCache
) -> None:
    result = imported(written(tmp_path, gzip.compress(TEN)), {3, 7, 99}, cache)
    assert (result.imported, result.absent, result.damage) == (2, (99,), None)
    assert result.read_whole
    assert cache.release_ids() == {3, 7}
    cached = cache.read(3)
    assert cached is not None
    assert (cached.source, cached.fetched_at, cached.requests) == (SOURCE_DUMP, PUBLISHED, 0)
    assert cached.status == FETCHED
    assert cached.payload()["year"] == 1999


def test_an_answer_of_the_api_is_never_replaced(tmp_path: Path, cache: TracklistCache) -> None:
    """Whatever its age: what it says is newer than what anybody dumped before it came."""
    for release_id, age in ((3, 1), (4, 4_000)):
        at = datetime.now(UTC) - timedelta(days=age)
        cache.write(release_id, b'{"id":1}', status=FETCHED, fetched_at=at)
    cache.write(5, b"{}", status=UNAVAILABLE, fetched_at=PUBLISHED + timedelta(days=1))
    path = written(tmp_path, gzip.compress(TEN))
    result = imported(path, {3, 4, 5, 6}, cache)
    assert (result.wanted, result.imported) == (1, 1)
    assert [each.source for each in cache.scan()] == [SOURCE_API] * 3 + [SOURCE_DUMP]


def test_an_answer_that_comes_meanwhile_is_not_replaced(
    tmp_path: Path, cache: TracklistCache
) -> None:
    path = written(tmp_path, gzip.compress(TEN))
    cache.write(3, b'{"id":3}', status=FETCHED, fetched_at=datetime.now(UTC))
    result = import_releases(find_dump(path), {3, 4}, cache)
    assert (result.imported, result.newer) == (1, 1)
    assert next(cache.scan({3})).source == SOURCE_API


def test_a_newer_dump_takes_the_place_of_an_older_one_and_never_the_other_way(
    tmp_path: Path, cache: TracklistCache
) -> None:
    old = written(tmp_path, gzip.compress(xml(release(3, "old"), release(4, "old"))))
    new = written(
        tmp_path, gzip.compress(xml(release(3, "new"))), "discogs_20260201_releases.xml.gz"
    )
    assert imported(old, {3, 4}, cache).imported == 2
    assert imported(new, {3, 4}, cache).imported == 1
    assert imported(old, {3, 4}, cache).wanted == 0
    assert [each.payload()["title"] for each in cache.scan()] == ["new", "old"]


def test_what_is_not_accepted_or_broken_is_left_to_the_api(
    tmp_path: Path, cache: TracklistCache
) -> None:
    broken = release(4).replace(b"</title>", b"</titel>", 1)
    content = xml(release(3, status="Draft"), broken, release(5))
    path = written(tmp_path, gzip.compress(content))
    result = imported(path, {3, 4, 5}, cache)
    assert set(result.refused) == {3, 4}
    assert cache.release_ids() == {5}
    assert not wanted_from(find_dump(path), {3, 4, 5}, cache)


def test_a_dump_that_was_searched_in_vain_is_not_searched_again_until_it_changes(
    tmp_path: Path, cache: TracklistCache
) -> None:
    """Without it, one release that no dump has would cost ten minutes every night."""
    path = written(tmp_path, gzip.compress(TEN))
    imported(path, {3, 99}, cache)
    assert wanted_from(find_dump(path), {3, 99, 100}, cache) == {100}
    imported(path, {100}, cache)
    assert not wanted_from(find_dump(path), {3, 99, 100}, cache)
    later = time.time_ns() + 5 * 10**9
    os.utime(path, ns=(later, later))
    assert wanted_from(find_dump(path), {3, 99, 100}, cache) == {99, 100}


def test_it_stops_reading_when_all_are_found(tmp_path: Path, cache: TracklistCache) -> None:
    path = written(tmp_path, compressed(3_000))
    result = imported(path, {3}, cache)
    assert (result.imported, result.read_whole, result.absent) == (1, False, ())


# --- Finding them ----------------------------------------------------------------------------

TRAPS = xml(
    release(1),
    b'<release status="Accepted" id="2"><title>turned</title></release>',
    b"<release  id = '3'\n status='Accepted' ><title>quoted</title></release>\n\n",
    b'<release id="4" status="Deleted"/>',
    b'<release id="5" status="Accepted" note="a > b"><title>5</title></release>',
    b'<release id="6" status="Accepted"><notes>&lt;release id="106"&gt;&lt;/release&gt;</notes>'
    b"<title>6</title></release>",
    b'<release id="7" status="Accepted"><released>1999</released><release_note/><of>'
    b'<release id="107"><title>inner 7</title></release></of><title>7</title></release>',
    b'<release id="8" status="Accepted"><notes><![CDATA[</release><release id="108">]]></notes>'
    b"<title>8</title></release>",
    b'<release id="9" status="Accepted"><!-- </release> <release id="109"> --><t>9</t></release>',
    b'<release id="10" status="Accepted"><master_id>110</master_id><t>10</t></release>',
    b'<release id="11" status="Accepted"><notes><![CDATA[<release id="111">]]></notes>'
    b"<t>11</t></release>",
    '<release id="12" status="Accepted"><t>12 \N{GREEK SMALL LETTER ALPHA}</t></release>'.encode(),
)
THERE = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]


def test_traps_for_one_who_looks_at_bytes() -> None:
    assert found(TRAPS, range(1, 100)) == THERE


@pytest.mark.parametrize("release_id", THERE)
def test_each_is_found_when_it_alone_is_wanted(release_id: int) -> None:
    """What is not wanted is not looked at, and must not hide what is."""
    assert found(TRAPS, {release_id}) == [release_id]


@pytest.mark.parametrize("release_id", [4, 106, 107, 110, 111])
def test_what_is_only_named_in_another_is_not_found(release_id: int) -> None:
    assert found(TRAPS, {release_id}) == []


@given(st.lists(st.integers(1, len(TRAPS)), max_size=40), st.sets(st.sampled_from(THERE)))
def test_where_the_pieces_are_cut_makes_no_difference(cuts: list[int], wanted: set[int]) -> None:
    assert found(TRAPS, wanted, cuts) == sorted(wanted)


def test_pieces_of_one_byte() -> None:
    assert found(TRAPS, THERE, range(len(TRAPS))) == THERE


@given(st.integers(0, len(TRAPS)))
def test_what_is_cut_off_is_noticed_and_what_came_before_is_found(length: int) -> None:
    content = TRAPS[:length]
    complete = [each for each in THERE if TRAPS.find(f"{each}</".encode()) + 20 < length]
    listed: list[int] = []
    try:
        for release_id, _ in find_releases([content], set(THERE), Path(NAME)):
            listed.append(release_id)
    except (DumpError, dump_elements.DamagedError):
        assert listed == THERE[: len(listed)]
    else:
        assert length >= len(TRAPS) - 1
        assert listed == THERE
    assert len(listed) >= len(complete) - 4


def test_a_head_as_it_may_be() -> None:
    for head in (
        b"",
        b"\xef\xbb\xbf",
        b'<?xml version="1.0" encoding="UTF-8"?>\n',
        b"<?xml version='1.0' encoding='utf-8'?><!-- <release id='1'> --> \n",
    ):
        assert found(head + TEN, {1, 10}) == [1, 10]
    assert found(TEN.replace(b"<releases>", b'<releases xmlns:x="y" when="2026">'), {1}) == [1]


def test_dumps_before_2014_have_no_root() -> None:
    content = TEN.removeprefix(b"<releases>\n").removesuffix(b"</releases>\n")
    assert found(content, {1, 10}) == [1, 10]
    with pytest.raises(dump_elements.DamagedError, match="cut short"):
        found(content[:-20], {1, 10})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<masters><master id='1'/></masters>", "<masters>"),
        (b"\x89PNG whatever", "no XML"),
        (b"", "no XML"),
        (TEN.decode().encode("utf-16"), "utf-16"),
        (TEN.decode().encode("utf-16-le"), "utf-16"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + TEN, "iso-8859-1"),
        (b'<!DOCTYPE releases [<!ENTITY a "b">]>' + TEN, "document type"),
    ],
)
def test_what_is_no_dump_of_releases(content: bytes, words: str) -> None:
    with pytest.raises(DumpError, match=words):
        found(content, {1})


def test_a_release_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a broken file would be gathered in memory, all 63 GB of it."""
    monkeypatch.setattr(dump_elements, "LARGEST_ELEMENT", 10_000)
    pieces = (b"x" * 1_000 for _ in range(10**9))

    def content() -> Iterable[bytes]:
        yield b'<releases><release id="1">' + b" " * dump_elements._HEAD
        yield from pieces

    with pytest.raises(dump_elements.DamagedError, match="does not end"):
        list(find_releases(content(), {1}, Path(NAME)))


# --- The file --------------------------------------------------------------------------------


def test_a_file_that_is_not_compressed(tmp_path: Path, cache: TracklistCache) -> None:
    path = written(tmp_path, TEN, "discogs_20260101_releases.xml")
    assert imported(path, {3}, cache).imported == 1


def test_several_members_padding_and_rubbish_behind(tmp_path: Path, cache: TracklistCache) -> None:
    content = gzip.compress(TEN[:300]) + gzip.compress(TEN[300:]) + b"\0" * 512
    assert imported(written(tmp_path, content), {1, 10, 99}, cache).imported == 2
    result = imported(written(tmp_path, content + b"rubbish"), {2, 99}, cache)
    assert (result.imported, result.damage) == (1, None)


@pytest.mark.parametrize("is_checked", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_file_cut_short_gives_what_came_before(
    tmp_path: Path, cache: TracklistCache, share: float, is_checked: bool
) -> None:
    whole = compressed(600)
    path = written(tmp_path, whole[: int(len(whole) * share)])
    if is_checked:
        checked(path, whole)
    result = imported(path, range(1, 601), cache)
    assert result.damage and "cut short" in result.damage
    assert abs(result.imported - 600 * share) < 5
    assert cache.release_ids() == set(range(1, result.imported + 1))
    assert not result.read_whole
    written(tmp_path, whole)
    assert imported(path, range(1, 601), cache).damage is None
    assert len(cache.release_ids()) == 600


def test_a_file_cut_short_behind_the_last_wanted_release(
    tmp_path: Path, cache: TracklistCache
) -> None:
    """What was wanted came before the damage: the checksum of the file says nothing against it."""
    whole = compressed(600)
    path = written(tmp_path, whole[: len(whole) // 2])
    checked(path, whole)
    result = imported(path, {1, 2}, cache)
    assert (result.imported, result.taken_back) == (2, None)
    assert result.damage and "cut short" in result.damage


def test_a_file_that_makes_no_sense_from_some_byte_on(
    tmp_path: Path, cache: TracklistCache
) -> None:
    whole = bytearray(gzip.compress(noisy(2_000), 0))
    whole[len(whole) // 2 : len(whole) // 2 + 70_000] = b"\xff" * 70_000
    path = written(tmp_path, bytes(whole))
    result = imported(path, range(1, 2_001), cache)
    assert result.damage and "damaged near byte" in result.damage
    assert 0 < result.imported < 1_100


def test_a_file_damaged_in_the_middle_gives_what_came_before_and_nothing_else(
    tmp_path: Path,
) -> None:
    """Its first half a megabyte was of no use at all, though gunzip shows it: a small dump gave
    nothing. But gunzip also shows what it makes of the damage, before it notices."""
    content = b"".join(large_dump(1))
    releases = dict(find_releases([content], range(10**9), Path(NAME)))
    payloads = {number: dump_payload(number, element) for number, element in releases.items()}
    whole = gzip.compress(content, 6)
    noticed = 0
    for seed in range(8):
        dice = random.Random(seed)
        damaged = bytearray(whole)
        at = dice.randrange(len(whole) // 8, len(whole) * 3 // 4)
        damaged[at : at + 20_000] = dice.randbytes(20_000)
        before = zlib.decompressobj(wbits=31).decompress(whole[:at]).count(b"</release>")
        cache = TracklistCache(tmp_path / str(seed))
        result = imported(written(tmp_path, bytes(damaged)), releases, cache)
        if result.taken_back is None:  # else the damage looked like an end, of another checksum
            noticed += 1
            assert result.damage and "damaged near byte" in result.damage
            assert before - 2 <= result.imported <= before
        assert all(cached.payload() == payloads[cached.release_id] for cached in cache.scan())
    assert noticed >= 4


def test_a_small_file_that_is_cut_short_gives_what_came_before(
    tmp_path: Path, cache: TracklistCache
) -> None:
    """Its beginning is looked at by itself, and was dropped with it."""
    whole = gzip.compress(noisy(6), 1)
    result = imported(written(tmp_path, whole[: len(whole) // 2]), range(1, 7), cache)
    assert result.damage and "cut short" in result.damage
    assert result.imported == 2


@pytest.mark.parametrize(
    ("after", "believed"),
    [
        (b"", 4),
        (release(6), 5),
        (release(6) + release(6, "copied by the damage"), 5),
        (release(6) + b'<release id="7" status="Accepted"><title>x</release>', 5),
        (release(6) + b'id="7" status="Accepted"><title>x</title></release>', 5),
        (release(2, "from further above"), 4),
    ],
)
def test_before_damage_all_is_believed_but_the_last_that_made_sense(
    after: bytes, believed: int
) -> None:
    """Damage may stand in a release and leave it whole, with another's artists: seen once in some
    thousand damaged files. What follows then makes no sense."""
    content = b"of 1</title></release>" + b"".join(release(number) for number in range(2, 6))
    assert dump_elements.sensible(content + after).count(b"</release>") == believed


def test_of_a_file_with_one_wrong_bit_nothing_is_kept(
    tmp_path: Path, cache: TracklistCache
) -> None:
    """Nobody knows where it is: it may stand in a title."""
    whole = bytearray(gzip.compress(noisy(1_500), 0))  # stored: a bit changes a letter and no more
    whole[whole.index(b"One of 5<")] ^= 1
    path = written(tmp_path, bytes(whole))
    cache.write(77, b'{"id":77}', status=FETCHED, fetched_at=PUBLISHED)
    result = imported(path, {1, 5, 999}, cache)
    assert result.damage and "gzip's own checksum" in result.damage
    assert (result.imported, result.taken_back) == (0, 2)
    assert cache.release_ids() == {77}


def test_a_file_with_another_checksum_is_believed_nothing(
    tmp_path: Path, cache: TracklistCache
) -> None:
    path = written(tmp_path, gzip.compress(TEN))
    cache.offer(
        4, b'{"id":4}', fetched_at=PUBLISHED, source=SOURCE_DUMP, gives_way=lambda known: False
    )  # from an attempt that was interrupted
    checked(path, b"something else")
    result = imported(path, {1, 4, 5}, cache)
    assert result.damage and "checksum" in result.damage
    assert (result.imported, result.taken_back) == (0, 3)
    assert not cache.release_ids()
    assert wanted_from(find_dump(path), {1, 4, 5}, cache) == {1, 4, 5}


def test_a_checksum_that_matches(tmp_path: Path, cache: TracklistCache) -> None:
    path = written(tmp_path, compressed(600))
    checked(path)
    assert find_dump(path).sha256
    result = imported(path, {1, 2}, cache)
    assert (result.imported, result.damage) == (2, None)


def test_a_checksum_file_that_does_not_name_it_says_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(TEN))
    path.with_name("discogs_20260101_CHECKSUM.txt").write_bytes(b"\xff\xfe rubbish")
    assert find_dump(path).sha256 is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("discogs_20260101_masters.xml.gz", "dump of masters"),
        ("releases.xml.gz", "of which day"),
        ("discogs_20261345_releases.xml.gz", "of which day"),
        ("discogs_29990101_releases.xml.gz", "future"),
    ],
)
def test_names_that_say_something_else(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(DumpError, match=words) as caught:
        find_dump(written(tmp_path, gzip.compress(TEN), name))
    assert caught.value.remedy


def test_a_name_as_a_browser_changes_it(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(TEN), "discogs_20260101_releases.xml (1).gz")
    assert find_dump(path).published == PUBLISHED


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    for path in (tmp_path, tmp_path / "nowhere" / NAME, tmp_path / NAME):
        with pytest.raises(DumpError):
            find_dump(path)
    with pytest.raises(DumpError, match="empty"):
        find_dump(written(tmp_path, b"", "discogs_20260102_releases.xml.gz"))


# --- While it runs ---------------------------------------------------------------------------


def test_progress_counts_bytes_and_ends_at_all_of_them(
    tmp_path: Path, cache: TracklistCache
) -> None:
    path = written(tmp_path, compressed(600))
    dump = find_dump(path)
    seen: list[DumpReading] = []
    import_releases(dump, {1, 300, 9_999}, cache, seen.append)
    assert [each.read for each in seen] == sorted(each.read for each in seen)
    assert (seen[-1].read, seen[-1].size) == (dump.size, dump.size)
    assert (seen[-1].imported, seen[-1].wanted) == (2, 3)


def test_the_time_left_is_reckoned_from_the_bytes() -> None:
    assert DumpReading(25, 100, 0, 1, 10.0).seconds_left == 30.0
    assert DumpReading(0, 100, 0, 1, 10.0).seconds_left is None


def test_an_interruption_ends_the_thread_and_keeps_what_was_written(
    tmp_path: Path, cache: TracklistCache
) -> None:
    path = written(tmp_path, compressed(3_000))
    dump = find_dump(path)

    def interrupt(reading: DumpReading) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_releases(dump, range(1, 3_001), cache, interrupt)
    there = len(cache.release_ids())
    assert 0 < there < 3_000
    result = imported(path, range(1, 3_001), cache)
    assert (result.wanted, result.imported) == (3_000 - there, 3_000 - there)


def test_a_kill_loses_nothing_that_was_written(tmp_path: Path, cache: TracklistCache) -> None:
    """And leaves nothing that is half there."""
    path = written(tmp_path, gzip.compress(xml(*(release(each) for each in range(1, 20_001)))))
    program = (
        "import sys; from pathlib import Path\n"
        "from musictool_pipeline.discogs.dump import import_releases\n"
        "from musictool_pipeline.discogs.dump_file import find_dump\n"
        "from musictool_pipeline.discogs.cache import TracklistCache\n"
        "import_releases(find_dump(Path(sys.argv[1])), range(1, 20_001),\n"
        "    TracklistCache(Path(sys.argv[2])))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, path, cache.folder], cwd=PROJECT_ROOT
    )
    until = time.monotonic() + 60
    while len(cache.release_ids()) < 100 and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = cache.release_ids()
    assert 100 <= len(there) < 20_000
    assert {cached.release_id for cached in cache.scan()} == there
    assert not cache.quarantine.exists()
