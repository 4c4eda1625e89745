"""XML written to do harm: refused before a connection is made or another file is opened."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.safe_xml import DEEPEST, LARGEST_TOKEN, Elements, read_xml
from musictool_pipeline_tests.libraries.written_libraries import (
    PLIST_DOCTYPE,
    XML,
    entry,
    nml,
    plist,
    read,
    rekordbox,
)

NML = '<NML VERSION="19"><COLLECTION>{}</COLLECTION></NML>'


def hostile(path: Path, content: str | bytes) -> LibraryError:
    """The refusal, which has to come within a second."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    started = time.process_time()
    with pytest.raises(LibraryError) as caught:
        list(read_library(path))
    assert time.process_time() - started < 1
    return caught.value


def billion_laughs(root: str) -> str:
    entities = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE {root} [<!ENTITY lol0 "lol">{entities}]>'


@contextmanager
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port on loopback, and who connected to it."""
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    callers.append(server.accept()[1])
            except OSError:
                pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], callers
        # A client that connected before is accepted before this last one is.
        socket.create_connection(server.getsockname()).close()
        while not callers:
            time.sleep(0.01)
        callers.pop()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


ROOTS = {
    "NML": NML.format('<ENTRY TITLE="{use}"></ENTRY>'),
    "DJ_PLAYLISTS": '<DJ_PLAYLISTS><COLLECTION><TRACK Name="{use}"/></COLLECTION></DJ_PLAYLISTS>',
    "plist": "<plist><dict><key>Tracks</key><dict><key>1</key><dict><key>Name</key>"
    "<string>{use}</string></dict></dict></dict></plist>",
}


@pytest.mark.parametrize("root", ROOTS)
def test_entities_are_refused_before_they_grow(tmp_path: Path, root: str) -> None:
    """Nine levels of ten would be 3 GB of text."""
    document = XML + billion_laughs(root) + ROOTS[root].format(use="&lol9;")
    assert "line 2: refused" in str(hostile(tmp_path / "a.xml", document))


@pytest.mark.parametrize("root", ROOTS)
def test_one_long_entity_used_often_is_refused(tmp_path: Path, root: str) -> None:
    document = f'<!DOCTYPE {root} [<!ENTITY a "{"a" * 50_000}">]>'
    assert "refused" in str(
        hostile(tmp_path / "a.xml", XML + document + ROOTS[root].format(use="&a;" * 50_000))
    )


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE {root} [<!ENTITY x SYSTEM "{url}">]>',
        '<!DOCTYPE {root} [<!ENTITY % x SYSTEM "{url}"> %x;]>',
        '<!DOCTYPE {root} SYSTEM "{url}">',
        '<!DOCTYPE {root} PUBLIC "-//x//y" "{url}">',
        '<!DOCTYPE {root} PUBLIC "-//Apple//DTD PLIST 1.0//EN" "{url}" [<!ENTITY x "y">]>',
        '<!DOCTYPE {root} [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "{url}" NDATA n>]>',
    ],
)
def test_nothing_is_fetched(tmp_path: Path, root: str, doctype: str) -> None:
    with listener() as (port, callers):
        url = f"http://127.0.0.1:{port}/x.dtd"
        document = XML + doctype.format(root=root, url=url) + ROOTS[root].format(use="&x;")
        error = hostile(tmp_path / "a.xml", document)
    assert callers == []
    assert "refused" in str(error)


@pytest.mark.parametrize("root", ROOTS)
def test_no_other_file_is_read(tmp_path: Path, root: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    doctype = f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    error = hostile(tmp_path / "a.xml", XML + doctype + ROOTS[root].format(use="&x;"))
    assert "TOP-SECRET" not in error.explained()


def test_apples_own_doctype_is_let_pass_and_not_fetched(tmp_path: Path) -> None:
    """Every real Library.xml has it; to refuse it would be to read no Apple library at all."""
    path = tmp_path / "Library.xml"
    with listener() as (port, callers):
        doctype = PLIST_DOCTYPE.replace("www.apple.com", f"127.0.0.1:{port}")
        path.write_text(plist({"Name": "Löwe"}, doctype=doctype), "utf-8")
        assert [track.title for track in read(path)] == ["Löwe"]
    assert callers == []


def test_an_unknown_entity_under_apples_doctype_is_refused(tmp_path: Path) -> None:
    """With a DTD that was not read the parser would leave such an entity out in silence."""
    document = XML + PLIST_DOCTYPE + ROOTS["plist"].format(use="a &unknown; b")
    assert "entities" in str(hostile(tmp_path / "a.xml", document))


def test_apples_doctype_opens_no_other_format(tmp_path: Path) -> None:
    document = XML + PLIST_DOCTYPE.replace("plist P", "NML P") + ROOTS["NML"].format(use="a")
    assert "DTD" in str(hostile(tmp_path / "a.nml", document))


def test_ten_thousand_levels_are_refused(tmp_path: Path) -> None:
    deep = NML.format("<ENTRY>" * 10_000 + "</ENTRY>" * 10_000)
    assert f"{DEEPEST} levels" in str(hostile(tmp_path / "a.nml", XML + deep))


def test_folders_in_folders_of_playlists_are_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_text(
        nml(entry(TITLE="T"), after="<NODE><SUBNODES>" * 50 + "</SUBNODES></NODE>" * 50)
    )
    assert len(read(path)) == 1


@pytest.mark.parametrize(
    "token", ['<ENTRY TITLE="{}"/>', "<!-- {} -->", "<?x {}?>", "<{}/>", "<ENTRY {}"]
)
def test_a_single_tag_of_many_megabytes_is_refused(tmp_path: Path, token: str) -> None:
    """An older parser scans it again with every piece: 20 MB would take minutes."""
    document = NML.format(token.format("a" * 20 * LARGEST_TOKEN))
    assert "tag of over" in str(hostile(tmp_path / "a.nml", XML + document))


def test_a_long_comment_in_a_tag_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_text(nml(entry(TITLE="T" * 500_000)))
    assert len(read(path)[0].title or "") == 500_000


@pytest.mark.parametrize("raw", [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\x00", b"\x01"])
def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path, raw: bytes) -> None:
    content = nml(entry(TITLE="before"), entry(TITLE="HERE")).encode().replace(b"HERE", raw)
    error = hostile(tmp_path / "a.nml", content)
    assert "line 3: broken XML" in str(error)


@pytest.mark.parametrize("encoding", ["nonsense", "zlib_codec", "utf-7", "idna", "rot13"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    document = nml(entry(TITLE="T")).replace("UTF-8", encoding)
    assert "encoding" in str(hostile(tmp_path / "a.nml", document))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_other_encodings_that_say_so_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.nml"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    path.write_bytes(nml(entry(TITLE="Löwe")).replace("UTF-8", declared).encode(encoding))
    assert read(path)[0].title == "Löwe"


WHOLE = {
    "a.nml": nml(*(entry(TITLE=f"Löwe {n}") for n in range(3))),
    "rekordbox.xml": rekordbox(*({"Name": f"Löwe {n}", "TrackID": n} for n in range(3))),
    "Library.xml": plist(*({"Name": f"Löwe {n}"} for n in range(3))),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_short_anywhere_is_never_taken_for_a_whole_one(
    tmp_path: Path, name: str
) -> None:
    """A half-written library that passed for a whole one would make owned tracks missing."""
    content = WHOLE[name].encode()
    path = tmp_path / name
    for length in range(len(content.rstrip()) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(LibraryError):
            list(read_library(path))


def test_the_tracks_before_a_cut_come_first_and_then_the_error(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_text(nml(entry(TITLE="1"), entry(TITLE="2"))[:-40])
    tracks = read_library(path)
    assert next(tracks).title == "1"
    with pytest.raises(LibraryError, match="cut short"):
        list(tracks)


def test_another_outermost_element_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<releases/>")
    with pytest.raises(NotALibrary, match="<releases>, not <NML>"):
        list(read_xml(path, "NML", Elements(("NML", "COLLECTION", "ENTRY"))))


# ---------------------------------------------------------------------------------------------
# Memory
# ---------------------------------------------------------------------------------------------

# The peak of this process alone: ru_maxrss would count that of the process it was forked from.
_COUNT_AND_MEASURE = """
import re, sys
from pathlib import Path
from musictool_pipeline.libraries.reading import read_library
count = sum(1 for _ in read_library(Path(sys.argv[1])))
print(count, re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by /proc")


def written(path: Path, megabytes: int) -> int:
    """A collection of that size; gives the number of its entries."""
    cues = '<CUE_V2 NAME="n.n." TYPE="0" START="1.5" LEN="0.0" HOTCUE="0"></CUE_V2>' * 4
    one = entry(cues + location_of("{n}"), TITLE="Title {n}", ARTIST="Artist", AUDIO_ID="A" * 200)
    count = megabytes * 1_000_000 // len(one) + 1
    with path.open("w", encoding="utf-8") as file:
        head, tail = nml("|").split("|")
        file.write(head)
        file.writelines(one.replace("{n}", str(n)) for n in range(count))
        file.write(tail)
    return count


def location_of(name: str) -> str:
    return f'<LOCATION DIR="/:Music/:" FILE="{name}.mp3" VOLUME="C:"></LOCATION>'


def peak_of_reading(path: Path) -> tuple[int, int]:
    """The number of tracks, and the peak of memory in bytes, in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-c", _COUNT_AND_MEASURE, str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    count, peak = map(int, process.stdout.split())
    return count, peak * 1024


@only_linux
def test_memory_stays_flat(tmp_path: Path) -> None:
    path = tmp_path / "collection.nml"
    count = written(path, 20)
    read_count, peak = peak_of_reading(path)
    assert read_count == count
    assert peak < 80_000_000


@pytest.mark.slow
@only_linux
def test_memory_stays_flat_over_200_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "collection.nml"
    count = written(path, 200)
    read_count, peak = peak_of_reading(path)
    assert read_count == count
    assert peak < 300_000_000
