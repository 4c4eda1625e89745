"""Listening: the library's own audio is served in pieces, and nothing else is."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from musictool_pipeline.app.dashboard.listening import ROUTE, Audio, address_of, audio_at
from musictool_pipeline.app.guard import Guard
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.judged_collection import digital, publish
from musictool_pipeline_tests.strangers import strangers

SECONDS = 4
HOST = "http://127.0.0.1:8501"


def write_wav(path: Path, seconds: int = SECONDS) -> Path:
    """Silence, 8 kHz, 16 bit."""
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", "none"))
        sound.writeframes(bytes(2 * 8_000 * seconds))
    return path


def mp4(codec: bytes, *, large: bool = False) -> bytes:
    """The outline of an M4A file, its description at the end, as most programs write it."""
    description = b"trak" + b"stsd" + bytes(8) + (36).to_bytes(4) + codec + bytes(20)
    data = bytes(64)
    sound = (
        (1).to_bytes(4) + b"mdat" + (16 + len(data)).to_bytes(8)
        if large
        else (8 + len(data)).to_bytes(4) + b"mdat"
    )
    moov = (8 + len(description)).to_bytes(4) + b"moov" + description
    return (16).to_bytes(4) + b"ftypM4A " + bytes(4) + sound + data + moov


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "Ünder & <b>.wav")


@pytest.fixture
def client(wav: Path, settings: Settings) -> Iterator[TestClient]:
    """The route behind the guard, with a library that names the file and some that it should not
    give."""
    secret = settings.data_dir / "match_overrides.csv"
    secret.write_text("mine\n")
    (settings.data_dir / "link.wav").symlink_to(secret)
    files = {
        "a/b c&d#e": wav,
        "secret": secret,
        "link": settings.data_dir / "link.wav",
        "gone": settings.data_dir / "gone.wav",
        "folder": settings.data_dir,
        "relative": "Ünder.wav",
    }
    library = [digital(name, "A", "B", path=str(path)) for name, path in files.items()]
    publish(settings.database, digital_tracks=[*library, digital("pathless", "A", "B", path=None)])
    app = Starlette(routes=[ROUTE], middleware=[Middleware(Guard, [HOST])])
    with TestClient(app, base_url=HOST) as client:
        yield client


def test_a_file_of_the_library_is_played_in_pieces(client: TestClient, wav: Path) -> None:
    """A browser that begins in the middle asks for the rest of the file alone."""
    content = wav.read_bytes()
    address = f"/{address_of('a/b c&d#e')}"
    whole = client.get(address)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in whole.headers
    middle = len(content) // 2
    part = client.get(address, headers={"Range": f"bytes={middle}-"})
    assert (part.status_code, part.content) == (206, content[middle:])
    assert part.headers["content-range"] == f"bytes {middle}-{len(content) - 1}/{len(content)}"
    assert client.get(address, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    head = client.head(address)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))
    assert client.post(address).status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        *("secret", "link", "gone", "folder", "relative", "pathless", "unknown", ""),
        *("../match_overrides.csv", "/etc/passwd", "' OR 1=1 --", "\0"),
    ],
)
def test_nothing_else_is_served(name: str, client: TestClient) -> None:
    """No path comes from the address, no link leads to what is no audio."""
    answer = client.get(f"/listen?file={quote(name, safe='')}")
    assert (answer.status_code, answer.headers["content-type"]) == (
        404,
        "text/plain; charset=utf-8",
    )
    assert "mine" not in answer.text
    assert client.get("/listen/secret").status_code == 404


def test_the_guard_stands_before_it(client: TestClient) -> None:
    """Another site's page must not hear what somebody owns, not even by a link."""
    address = f"/{address_of('a/b c&d#e')}"
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "audio", "Sec-Fetch-Mode": "no-cors"}
    assert client.get(address, headers=own).status_code == 200
    # The test's client adds a Host where none is.
    tried = [each for each in strangers(8501, 8502) if "Host" in dict(each[1])]
    assert len(tried) > 20
    for who, headers in tried:
        assert client.get(address, headers=[*headers]).status_code == 403, who


# --- Which files ----------------------------------------------------------------------------------


def said(path: Path | str | None) -> str:
    found = audio_at(None if path is None else str(path))
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("ending", ["aif", "AIFF", "wma", "alac", "ape", "dsf"])
def test_a_type_that_browsers_do_not_play_is_said_with_the_path(ending: str) -> None:
    assert said(f"/Music/a.{ending}") == (
        f"Browsers do not play {ending.upper()}. Open the file in a player: /Music/a.{ending}"
    )


def test_a_file_that_is_not_here_is_said_with_its_path(tmp_path: Path) -> None:
    gone = tmp_path / "gone.mp3"
    assert said(gone).startswith(f"{gone} is not there. Connect its disk")
    assert said("Music/a.mp3") == "Music/a.mp3 is not a path of this machine."
    assert said(None) == "The library does not say where the file is."
    assert said("/Music/a.exe") == "/Music/a.exe is no audio file."
    assert said("/Music/a\0.mp3").startswith("/Music/a\0.mp3 cannot be read")


@pytest.mark.skipif(os.name != "posix", reason="paths of another system")
def test_a_path_of_another_machine_is_not_looked_for_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "C:\\Music\\a.wav")
    assert said("C:\\Music\\a.wav") == "C:\\Music\\a.wav is not a path of this machine."


@pytest.mark.skipif(os.name != "posix", reason="pipes and links")
def test_pipes_and_links_to_what_is_no_audio_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "link.wav").symlink_to("text.txt")
    assert said(tmp_path / "pipe.wav").endswith("is no audio file.")
    assert said(tmp_path / "link.wav").endswith("is no audio file.")
    assert said(tmp_path / "loop.wav")
    real = write_wav(tmp_path / "real.wav")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "music.wav").symlink_to(real)
    found = audio_at(str(tmp_path / "folder" / "music.wav"))
    assert isinstance(found, Audio)
    assert found.file == real


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (mp4(b"mp4a"), None),
        (mp4(b"mp4a", large=True), None),
        (mp4(b"alac"), "Browsers do not play ALAC."),
        (mp4(b"drms"), "Browsers do not play this kind of M4A."),
        (b"", "Browsers do not play this kind of M4A."),
        (bytes(64), "Browsers do not play this kind of M4A."),
    ],
)
def test_an_m4a_is_played_if_it_is_aac(content: bytes, why: str | None, tmp_path: Path) -> None:
    file = tmp_path / "a.m4a"
    file.write_bytes(content)
    found = audio_at(str(file))
    assert found.startswith(why) if why and isinstance(found, str) else isinstance(found, Audio)
