"""From libraries on disk to digital_tracks: all of them, only what changed, and never less than
was there because a read failed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import weakref
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.errors import SettingsError
from musictool_pipeline.inputs.library_folder import (
    libraries_in_force,
    library_files,
    traces_of_change,
)
from musictool_pipeline.libraries import folder as folder_module
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables import library as library_catalogue
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.library import (
    MEMO_FILE,
    Library,
    known_libraries,
    load_digital_tracks,
    trusted_kinds,
)
from musictool_pipeline_tests.libraries.written_libraries import (
    StickTrack,
    beets,
    engine,
    entry,
    export_pdb,
    flac,
    location,
    nml,
    rekordbox,
)
from musictool_pipeline_tests.tables.asking import ask


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path, data_dir=tmp_path / "data")


@pytest.fixture
def warehouse(settings: Settings) -> Warehouse:
    return Warehouse(settings.database)


def write_nml(settings: Settings, *titles: str, name: str = "collection.nml") -> Path:
    path = settings.data_dir / name
    path.write_text(nml(*(entry(location(f"{it}.mp3"), ARTIST="A", TITLE=it) for it in titles)))
    return path


def known(warehouse: Warehouse) -> tuple[Library, ...]:
    with warehouse.read() as connection:
        return known_libraries(connection)


def titles(warehouse: Warehouse) -> list[str]:
    return [title for (title,) in ask(warehouse, "SELECT title FROM digital_tracks ORDER BY 1")[1]]


def ids(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    rows = ask(warehouse, "SELECT source, path, digital_id FROM digital_tracks")[1]
    assert len({digital_id for _, _, digital_id in rows}) == len(rows)
    return {(source, path): digital_id for source, path, digital_id in rows}


def test_without_a_library_the_table_is_empty(settings: Settings, warehouse: Warehouse):
    loaded = load_digital_tracks(warehouse, settings)
    assert (loaded.libraries, loaded.read) == ((), 0)
    assert titles(warehouse) == []
    assert not load_digital_tracks(warehouse, settings).published


def test_two_libraries_at_once_and_a_folder(settings: Settings, warehouse: Warehouse):
    write_nml(settings, "Angel")
    (settings.data_dir / "rb.xml").write_text(
        rekordbox({"Name": "Timeless", "Location": "file://localhost/m/t.mp3", "BitRate": 320})
    )
    (settings.data_dir / "rips").mkdir()
    (settings.data_dir / "rips" / "x.flac").write_bytes(flac(TITLE="Kemistry"))
    loaded = load_digital_tracks(warehouse, settings)
    assert titles(warehouse) == ["Angel", "Kemistry", "Timeless"]
    assert [it.kind for it in loaded.libraries] == ["traktor", "rekordbox", "folder"]
    assert [it.tracks for it in known(warehouse)] == [1, 1, 1]
    assert ask(
        warehouse,
        "SELECT bitrate, album, bpm, is_music FROM digital_tracks WHERE title = 'Timeless'",
    )[1] == [(320, None, None, True)]


def test_keys_and_times_are_stored_and_what_is_unknown_is_null(
    settings: Settings, warehouse: Warehouse
):
    (settings.data_dir / "rb.xml").write_text(
        rekordbox(
            {"Name": "a", "Tonality": "D♯m/E♭m", "DateAdded": "2021-03-14"},
            {"Name": "b", "Tonality": "INVALID", "DateAdded": "soon"},
        )
    )
    load_digital_tracks(warehouse, settings)
    columns = "title, musical_key, camelot, imported_at"
    assert ask(warehouse, f"SELECT {columns} FROM digital_tracks ORDER BY title")[1] == [
        ("a", "Ebm", "2A", datetime(2021, 3, 14)),
        ("b", None, None, None),
    ]


def test_what_is_remembered_of_a_file_keeps_its_time(settings: Settings, warehouse: Warehouse):
    music = settings.data_dir / "music"
    music.mkdir()
    (music / "a.flac").write_bytes(flac(TITLE="a", INITIALKEY="8A"))
    load_digital_tracks(warehouse, settings)
    query = "SELECT title, camelot, imported_at FROM digital_tracks ORDER BY title LIMIT 1"
    [before] = ask(warehouse, query)[1]
    assert before[:2] == ("a", "8A")
    assert before[2] is not None
    (music / "b.flac").write_bytes(flac(TITLE="b"))
    load_digital_tracks(warehouse, settings)
    assert ask(warehouse, query)[1] == [before]


def test_only_the_library_that_changed_is_read(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    write_nml(settings, "Angel")
    write_nml(settings, "Timeless", name="other.nml")
    load_digital_tracks(warehouse, settings)
    read: list[Path] = []
    real = library_catalogue.read_entries

    def reading(path: Path, *known: object, **more: object) -> object:
        read.append(path)
        return real(path, *known, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(library_catalogue, "read_entries", reading)
    assert not load_digital_tracks(warehouse, settings).published
    assert read == []
    changed = write_nml(settings, "Angel", "Kemistry")
    assert load_digital_tracks(warehouse, settings).read == 1
    assert read == [changed]
    assert titles(warehouse) == ["Angel", "Kemistry", "Timeless"]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3))])
def test_a_library_changed_in_any_way_is_what_it_would_be_read_afresh(
    settings: Settings, warehouse: Warehouse, tmp_path: Path, seed: int
):
    """Entries that come, go, change, change places or are there twice, in one library of two."""
    chance = random.Random(seed)
    write_nml(settings, "Angel", "Timeless", name="other.nml")
    listed = [f"Title {number}" for number in range(12)]
    for step in range(6):
        write_nml(settings, *listed)
        load_digital_tracks(warehouse, settings)
        afresh = Warehouse(tmp_path / f"{step}.duckdb")
        load_digital_tracks(afresh, settings)
        for table in ("digital_tracks ORDER BY ALL", "pipeline.library_tracks ORDER BY ALL"):
            assert ask(warehouse, f"FROM {table}") == ask(afresh, f"FROM {table}")
        listed.insert(chance.randrange(len(listed)), f"More {step}")
        listed.append(chance.choice(listed))
        listed.remove(chance.choice(listed))
        listed[chance.randrange(len(listed))] = f"Other {step}"
        if step % 2:
            chance.shuffle(listed)


def test_entries_that_another_process_took_away_are_read_again(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    """Two refreshes at a time: what the one wanted to keep, the other has read differently."""
    write_nml(settings, "Angel", "Timeless")
    load_digital_tracks(warehouse, settings)
    real = library_catalogue.read_entries
    times: list[Path] = []

    def reading(path: Path, *known: object, **more: object) -> object:
        times.append(path)
        yield from real(path, *known, **more)  # type: ignore[arg-type]
        if len(times) == 1:
            warehouse.publish(
                lambda connection: connection.execute("DELETE FROM pipeline.library_tracks")
            )

    write_nml(settings, "Angel", "Kemistry")
    monkeypatch.setattr(library_catalogue, "read_entries", reading)
    load_digital_tracks(warehouse, settings)
    assert len(times) == 2
    assert titles(warehouse) == ["Angel", "Kemistry"]


def test_a_library_saved_again_as_it_was_changes_nothing(settings: Settings, warehouse: Warehouse):
    """Traktor writes its collection at every exit."""
    path = write_nml(settings, "Angel")
    load_digital_tracks(warehouse, settings)
    os.utime(path, ns=(1, 1))
    assert not load_digital_tracks(warehouse, settings).published


def test_a_library_that_was_taken_away_goes(settings: Settings, warehouse: Warehouse):
    write_nml(settings, "Angel")
    path = write_nml(settings, "Timeless", name="other.nml")
    load_digital_tracks(warehouse, settings)
    path.unlink()
    assert load_digital_tracks(warehouse, settings).published
    assert titles(warehouse) == ["Angel"]


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_library_that_cannot_be_read_keeps_its_entries(
    settings: Settings, warehouse: Warehouse, damage: str
):
    """A library cut short by a full disk is not a sale of half the records in it."""
    write_nml(settings, "Angel")
    path = write_nml(settings, "Timeless", "Kemistry", name="other.nml")
    set_by_hand = replace(settings, digital_libraries=(settings.data_dir / "collection.nml", path))
    load_digital_tracks(warehouse, set_by_hand)
    before = ids(warehouse)
    content = path.read_text()
    write_nml(settings, "Angel", "Saint Angel")
    if damage == "cut":
        path.write_text(content[: content.index("Kemistry")])
    else:
        path.unlink()
    loaded = load_digital_tracks(warehouse, set_by_hand)
    assert titles(warehouse) == ["Angel", "Kemistry", "Saint Angel", "Timeless"]
    assert before.items() <= ids(warehouse).items()
    good, bad = loaded.libraries
    assert good.error is None
    assert bad.error and str(path) in bad.error
    assert bad.tracks == 2
    assert not load_digital_tracks(warehouse, set_by_hand).published
    path.write_text(content)
    assert load_digital_tracks(warehouse, set_by_hand).libraries[1].error is None
    assert known(warehouse)[1].error is None


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_to_a_disk_that_is_not_connected_keeps_its_entries(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
):
    """Every track was missing then, without a word."""
    disk = tmp_path / "disk"
    (disk / "Music").mkdir(parents=True)
    (disk / "Music" / "Kemistry.flac").write_bytes(flac())
    write_nml(replace(settings, data_dir=disk), "Valley")
    for name in ("collection.nml", "Music"):
        (settings.data_dir / name).symlink_to(disk / name)
    load_digital_tracks(warehouse, settings)
    before = titles(warehouse)
    assert len(before) == 2
    disk.rename(tmp_path / "away")
    loaded = load_digital_tracks(warehouse, settings)
    assert ["not found" in (library.error or "") for library in loaded.libraries] == [True, True]
    assert titles(warehouse) == before


def test_a_library_that_never_could_be_read_is_reported(settings: Settings, warehouse: Warehouse):
    (settings.data_dir / "collection.nml").write_text("<NML")
    [library] = load_digital_tracks(warehouse, settings).libraries
    assert library.error and library.tracks == 0
    assert titles(warehouse) == []


def test_one_file_in_two_libraries_is_one_and_keeps_its_id(
    settings: Settings, warehouse: Warehouse
):
    """Its id is that of the first library that lists it, as if there were no other."""
    one = write_nml(settings, "Angel", "Timeless")
    load_digital_tracks(warehouse, settings)
    before = ids(warehouse)
    other = write_nml(settings, "Angel", name="other.nml")
    load_digital_tracks(warehouse, settings)
    assert ids(warehouse) == before
    write_nml(settings, "Kemistry", "Angel", "Timeless", name=one.name)
    load_digital_tracks(warehouse, settings)
    assert before.items() <= ids(warehouse).items()
    other.unlink()
    load_digital_tracks(warehouse, settings)
    assert titles(warehouse) == ["Angel", "Kemistry", "Timeless"]


def test_a_file_listed_twice_in_one_library_is_one(settings: Settings, warehouse: Warehouse):
    write_nml(settings, "Angel", "Angel")
    [library] = load_digital_tracks(warehouse, settings).libraries
    assert (library.tracks, titles(warehouse)) == (2, ["Angel"])


def test_entries_without_a_file_are_told_apart(settings: Settings, warehouse: Warehouse):
    """Nothing says that two of them are one."""
    for name in ("a.xml", "b.xml"):
        (settings.data_dir / name).write_text(rekordbox({"TrackID": 1, "Name": "Angel"}))
    load_digital_tracks(warehouse, settings)
    rows = ask(warehouse, "SELECT title, digital_id FROM digital_tracks")[1]
    assert [title for title, _ in rows] == ["Angel", "Angel"]
    assert len({digital_id for _, digital_id in rows}) == 2


def test_two_sticks_with_one_path_are_two_files(settings: Settings, warehouse: Warehouse):
    """A stick's own paths begin at its root, and so do the ids of its files."""
    for stick in ("one", "two"):
        folder = settings.data_dir / stick / "PIONEER/rekordbox"
        folder.mkdir(parents=True)
        track = StickTrack(path="/Contents/a.mp3", title="Angel")
        (folder / "export.pdb").write_bytes(export_pdb(track))
    load_digital_tracks(warehouse, settings)
    assert len(ids(warehouse)) == 2


def test_the_release_that_a_program_names_is_kept(settings: Settings, warehouse: Warehouse):
    """Also if the file is in a library before, which knows of none."""
    playlist = settings.data_dir / "a.m3u8"
    playlist.write_text("#EXTM3U\n/Music/both.mp3\n/Music/one.mp3\n", "utf-8")
    item = {"title": "Angel", "catalognum": "METH 1", "discogs_albumid": 117_941}
    paths = (b"/Music/both.mp3", b"/Music/other.mp3")
    beets(settings.data_dir / "library.db", *({**item, "path": path} for path in paths))
    load_digital_tracks(warehouse, settings)
    query = "SELECT path, catalog_number, discogs_release_id FROM digital_tracks ORDER BY path"
    assert ask(warehouse, query)[1] == [
        ("/Music/both.mp3", "METH 1", 117_941),
        ("/Music/one.mp3", None, None),
        ("/Music/other.mp3", "METH 1", 117_941),
    ]


def two_programs(
    settings: Settings, rekordbox_says: dict[str, object], **traktor_says: str
) -> None:
    """One file in Traktor and in Rekordbox."""
    tempo = f"<TEMPO BPM='{traktor_says.pop('BPM')}'/>" if "BPM" in traktor_says else ""
    key = f"<MUSICAL_KEY VALUE='{traktor_says.pop('KEY')}'/>" if "KEY" in traktor_says else ""
    place = location("a.mp3", "/:Music/:", "C:")
    (settings.data_dir / "a.nml").write_text(nml(entry(place + tempo + key, None, **traktor_says)))
    where = {"Location": "file://localhost/c:/music/A.mp3"}
    (settings.data_dir / "rb.xml").write_text(rekordbox(where | rekordbox_says))


SOUND = "bpm, bpm_source, musical_key, camelot, key_source, sources"


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        ((), (128.0, "traktor", "C", "8B", "traktor")),
        (("traktor", "rekordbox"), (128.0, "traktor", "C", "8B", "traktor")),
        (("rekordbox",), (64.0, "rekordbox", "Am", "8A", "rekordbox")),
        (("serato", "rekordbox", "traktor"), (64.0, "rekordbox", "Am", "8A", "rekordbox")),
    ],
)
def test_tempo_and_key_are_from_the_program_that_is_trusted(
    settings: Settings, warehouse: Warehouse, trusted: tuple[str, ...], expected: tuple[object, ...]
):
    two_programs(settings, {"AverageBpm": 64, "Tonality": "8A"}, BPM="128", KEY="0", TITLE="T")
    load_digital_tracks(warehouse, replace(settings, trusted=trusted))
    query = f"SELECT {SOUND} FROM digital_tracks"
    assert ask(warehouse, query)[1] == [(*expected, "rekordbox, traktor")]


def test_what_the_trusted_program_does_not_know_another_says(
    settings: Settings, warehouse: Warehouse
):
    two_programs(
        settings,
        {"Tonality": "8A", "Artist": "Goldie", "Name": "Angel", "Label": "Synthetic"},
        BPM="128",
        TITLE="Goldie - Angel",
        REMIXER="Peshay",
    )
    load_digital_tracks(warehouse, replace(settings, trusted=("traktor",)))
    columns = f"source, path, artist, title, label, {SOUND}"
    assert ask(warehouse, f"SELECT {columns} FROM digital_tracks")[1] == [
        (
            *("traktor", r"C:\Music\a.mp3", "Goldie", "Angel", "Synthetic"),
            *(128.0, "traktor", "Am", "8A", "rekordbox", "rekordbox, traktor"),
        )
    ]


def test_artist_and_title_are_from_one_program(settings: Settings, warehouse: Warehouse):
    """`Goldie` and `Goldie - Angel` together would be nobody's track."""
    two_programs(settings, {"Artist": "Goldie"}, TITLE="Goldie - Angel")
    load_digital_tracks(warehouse, replace(settings, trusted=("rekordbox",)))
    query = "SELECT artist, title FROM digital_tracks"
    assert ask(warehouse, query)[1] == [(None, "Goldie - Angel")]


def test_what_one_program_knows_to_be_no_music_is_none(settings: Settings, warehouse: Warehouse):
    """A playlist says nothing of a sample but where it is."""
    two_programs(settings, {"TotalTime": 12}, TITLE="T")
    load_digital_tracks(warehouse, settings)
    assert ask(warehouse, "SELECT is_music FROM digital_tracks")[1] == [(False,)]


def test_another_trust_joins_again_and_reads_nothing(settings: Settings, warehouse: Warehouse):
    two_programs(settings, {"AverageBpm": 64}, BPM="128", TITLE="T")
    load_digital_tracks(warehouse, settings)
    before = ids(warehouse)
    other = replace(settings, trusted=("rekordbox",))
    loaded = load_digital_tracks(warehouse, other)
    assert (loaded.read, loaded.published) == (0, True)
    assert ids(warehouse) == before
    assert ask(warehouse, "SELECT bpm FROM digital_tracks")[1] == [(64.0,)]
    assert not load_digital_tracks(warehouse, other).published


def test_a_file_that_the_first_program_forgets_stays(settings: Settings, warehouse: Warehouse):
    two_programs(settings, {"Name": "Angel"}, TITLE="Angel")
    load_digital_tracks(warehouse, settings)
    (settings.data_dir / "a.nml").unlink()
    load_digital_tracks(warehouse, settings)
    query = "SELECT source, sources FROM digital_tracks"
    assert ask(warehouse, query)[1] == [("rekordbox", "rekordbox")]


def test_a_program_means_all_its_kinds_of_library() -> None:
    assert trusted_kinds(("rekordbox", "traktor"))[:2] == ["rekordbox", "rekordbox_usb"]
    with pytest.raises(SettingsError, match="'recordbox'") as caught:
        trusted_kinds(("recordbox",))
    assert "rekordbox_usb" in caught.value.explained()


def test_tags_are_read_once(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    """Tens of thousands of files on a slow disk take minutes."""
    music = settings.root / "music"
    music.mkdir()
    for title in ("Angel", "Timeless"):
        (music / f"{title}.flac").write_bytes(flac(TITLE=title))
    settings = replace(settings, digital_libraries=(music,))
    load_digital_tracks(warehouse, settings)
    opened: list[str] = []
    real = folder_module._tags  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(folder_module, "_tags", lambda path: (opened.append(path), real(path))[1])
    (music / "Kemistry.flac").write_bytes(flac(TITLE="Kemistry"))
    load_digital_tracks(warehouse, settings)
    assert [Path(path).name for path in opened] == ["Kemistry.flac"]
    assert titles(warehouse) == ["Angel", "Kemistry", "Timeless"]
    (settings.cache_dir / MEMO_FILE).write_text("{")
    (music / "Kemistry.flac").unlink()
    load_digital_tracks(warehouse, settings)
    assert titles(warehouse) == ["Angel", "Timeless"]
    assert len(json.loads((settings.cache_dir / MEMO_FILE).read_text())["files"]) == 2


def test_a_file_that_cannot_be_read_is_reported_every_time_and_published_once(
    settings: Settings, warehouse: Warehouse
):
    music = settings.data_dir / "rips"
    music.mkdir()
    (music / "Goldie - Angel.mp3").write_bytes(b"")
    for published in (True, False):
        loaded = load_digital_tracks(warehouse, settings)
        assert loaded.published is published
        assert list(loaded.libraries[0].problems.values()) == ["the file is empty"]


def test_an_engine_database_leaves_nothing_behind(settings: Settings, warehouse: Warehouse):
    engine(
        settings.data_dir / "Engine Library" / "Database2" / "m.db",
        {"path": "../Music/a.mp3", "title": "Angel", "artist": "Goldie", "length": 300},
    )
    load_digital_tracks(warehouse, settings)
    assert titles(warehouse) == ["Angel"]
    assert [it for it in settings.cache_dir.rglob("*") if it.is_dir()] == []


def test_libraries_stay_as_they_are(settings: Settings, warehouse: Warehouse):
    write_nml(settings, "Angel")
    music = settings.data_dir / "rips"
    music.mkdir()
    (music / "x.flac").write_bytes(flac(TITLE="Kemistry"))

    def state() -> dict[str, tuple[str, int]]:
        files = [settings.data_dir / "collection.nml", music / "x.flac"]
        return {
            str(it): (hashlib.sha256(it.read_bytes()).hexdigest(), it.stat().st_mtime_ns)
            for it in files
        }

    before = state()
    load_digital_tracks(warehouse, settings)
    assert state() == before
    assert [it.name for it in music.iterdir()] == ["x.flac"]


def test_what_is_set_counts_alone_and_once(settings: Settings):
    path = write_nml(settings, "Angel")
    other = settings.root / "elsewhere.nml"
    assert libraries_in_force(settings) == [path]
    set_by_hand = replace(settings, digital_libraries=(other, other))
    assert libraries_in_force(set_by_hand) == [other]
    assert library_files(set_by_hand) == []
    assert library_files(settings) == [path]


def test_one_library_set_by_several_paths_counts_once(settings: Settings):
    path = write_nml(settings, "Angel")
    detour = settings.data_dir / "x" / ".." / path.name
    (settings.data_dir / "x").mkdir()
    several = replace(settings, digital_libraries=(detour, path, settings.data_dir))
    assert libraries_in_force(several) == [detour]


def test_a_folder_with_a_database_is_one_library_of_both(settings: Settings, warehouse: Warehouse):
    """Neither is lost, and a disk that is not connected takes neither away."""
    music = settings.root / "music"
    path = engine(
        music / "Engine Library" / "Database2" / "m.db",
        {"path": "../../../far/a.mp3", "title": "Angel", "artist": "Goldie", "length": 300},
    )
    (music / "x.flac").write_bytes(flac(TITLE="Kemistry"))
    settings = replace(settings, digital_libraries=(music,))
    [library] = load_digital_tracks(warehouse, settings).libraries
    assert (library.kind, library.tracks) == ("engine + folder", 2)
    assert titles(warehouse) == ["Angel", "Kemistry"]
    assert not load_digital_tracks(warehouse, settings).published
    assert set(library_files(settings)) == {path, music}
    music.rename(settings.root / "away")
    load_digital_tracks(warehouse, settings)
    assert titles(warehouse) == ["Angel", "Kemistry"]
    (settings.root / "away").rename(music)
    (music / "x.flac").unlink()
    [library] = load_digital_tracks(warehouse, settings).libraries
    assert library.error and "holds no audio files" in library.error
    assert titles(warehouse) == ["Angel", "Kemistry"]


def test_a_change_leaves_a_trace_wherever_it_is(settings: Settings):
    """Prevents an album in a folder of its own, and what Engine keeps in its log, from waiting for
    the night."""
    music = settings.root / "music"
    path = engine(settings.root / "m.db")
    (music / "House" / "1994").mkdir(parents=True)
    settings = replace(settings, digital_libraries=(music, path))

    def traces() -> set[tuple[Path, int, int]]:
        found = [(it, it.stat()) for it in traces_of_change(settings)]
        return {(it, state.st_size, state.st_mtime_ns) for it, state in found}

    before = traces()
    assert traces() == before
    (music / "House" / "1994" / "x.flac").write_bytes(flac())
    with_a_file = traces()
    assert with_a_file != before
    path.with_name("m.db-wal").write_bytes(b"x")
    with_a_log = traces()
    assert with_a_log != with_a_file
    path.with_name("m.db-wal").write_bytes(b"xy")
    assert traces() != with_a_log


def test_a_large_library_is_never_in_memory_as_a_whole(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    """Prevents a library of 200 MB from taking 400 MB on a server that has 512: neither we nor
    DuckDB keep a batch when it is stored."""
    frames: list[weakref.ref[object]] = []
    alive: list[int] = []
    real = library_catalogue.frame

    def framed(*rows: object, **types: str) -> object:
        made = real(*rows, **types)  # type: ignore[arg-type]
        frames.append(weakref.ref(made["digital_id"]))
        alive.append(sum(it() is not None for it in frames))
        return made

    monkeypatch.setattr(library_catalogue, "frame", framed)
    monkeypatch.setattr(library_catalogue, "BATCH", 2)
    write_nml(settings, *(f"Title {number}" for number in range(21)))
    load_digital_tracks(warehouse, settings)
    assert len(titles(warehouse)) == 21
    assert len(frames) >= 11
    assert max(alive) <= 2
    assert [it.name for it in settings.cache_dir.iterdir()] == []


def test_each_value_of_an_entry_is_stored_under_its_name(warehouse: Warehouse):
    """They are stored by their place."""
    with warehouse.read() as connection:
        columns = connection.execute("SELECT * FROM pipeline.library_tracks").description
    expected = library_catalogue._ENTRY_COLUMNS  # pyright: ignore[reportPrivateUsage]
    assert tuple(name for name, *_ in columns) == expected
