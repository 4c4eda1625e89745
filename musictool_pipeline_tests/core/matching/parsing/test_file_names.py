"""Names of files taken apart, in every habit of writing them."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline_tests.core.matching.builders import digital, vinyl


@pytest.mark.parametrize(
    "path",
    [
        "/m/Goldie - Angel.wav",
        "C:\\m\\A2. Goldie - Angel.aiff",
        "01-goldie-angel-ffrr.mp3",
        "/m/8A - 160 - Goldie - Angel.flac",
        "/m/Goldie_-_Angel.mp3",
        "/m/5551234_Goldie_-_Angel_(Original_Mix).mp3",
        "/m/Goldie - Angel (1).mp3",
        "/m/Goldie - Timeless - 04 - Angel.stem.mp4",
        "/m/Goldie - Timeless - 04 Angel.flac",
        "/m/Goldie - Timeless - B2 Angel.flac",
        "/m/Goldie - Timeless - 12 Angel.flac",
        "/m/Goldie - 12. Angel.flac",
        "/m/Goldie - [12] Angel.flac",
        "/m/Goldie_12_Angel.mp3",
        "/m/1995-07-03 Goldie - Angel.mp3",
        "/m/03.07.1995 - Goldie - Angel.mp3",
        "/m/D2T07 Goldie - Angel.mp3",
        "/m/CD2-07 Goldie - Angel.mp3",
        "/m/FFR021_B1_Goldie_-_Angel.mp3",
        "/m/[FFR 021] A1. Goldie - Angel.mp3",
        "/m/Goldie - Angel (FFR021).mp3",
        "/m/Goldie - Angel {FFR-021}.mp3",
        "/m/Goldie-Angel-(FFR021)-WEB-1995-XYZ.mp3",
        "/m/Goldie - Angel_PN.mp3",
        "/m/Goldie - Angel (24-88.2).flac",
        "/m/Goldie - Angel [FLAC 16bit 44.1kHz].flac",
        "/m/Goldie - Angel 24bit 96kHz.flac",
        "/m/Goldie - Angel_44.1kHz.wav",
        "/m/Goldie - Angel 44100Hz 16bit.wav",
        "/m/Goldie - Angel (96kHz_24bit).flac",
        "/m/Goldie - Angel (256 kbps).m4a",
        "/m/1995 - Goldie - Angel.mp3",
        "/m/1995 - Goldie - Timeless - 04 - Angel.mp3",
        "/m/Goldie/Timeless/CD 1/07 Angel.flac",
        "/m/Goldie - Timeless/Side B/B2 - Angel.flac",
        "/m/Goldie/Timeless/A1 - Angel.flac",
        "/m/Goldie - Timeless/101 - Angel.flac",
        "/m/Goldie - Angel breaks4all.ru.mp3",
        "/m/www.breaks4all.ru_Goldie - Angel.mp3",
        "/m/[breaks4all.fm] Goldie - Angel.mp3",
        "/m/7A - 4 - Goldie - Angel.mp3",
        "/m/Goldie   Angel.mp3",
        "/m/Goldie--Angel.mp3",
        "/m/Goldie ~ Angel.mp3",
        "/m/Goldie|Angel.mp3",
        "/m/Goldie\u2013Angel.mp3",
        "/m/Goldie: Angel.mp3",
        '/m/Goldie "Angel".mp3',
        "/m/Goldie/Timeless/07 Angel.flac",
        "/m/Goldie - Timeless/07 Angel.flac",
        "/m/Goldie - Angel (Official Video) [HD].mp4",
        "/m/Goldie - Angel [Official Music Video HD].webm",
        "/m/Goldie   Angel   Lyrics.mp4",
        "/m/Goldie - Angel - Lyrics HD.mp4",
        "/m/Goldie - Angel with lyrics.mp4",
        "/m/Goldie - Angel 1995.mp4",
        "/m/Goldie - Angel (Some Records 1995).mp4",
        "/m/Goldie - Angel 45rpm.wmv.mp4",
    ],
)
def test_a_file_name_is_split(path: str) -> None:
    """22 % of a real library has no artist tag; its file names say it all."""
    readings = read_digital(digital(None, None, path=path)).readings
    assert any(
        it.credit.names == ("goldie",) and it.title.base == "angel" and it.title.version.is_plain
        for it in readings
    )


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("04-d-bridge-true_romance-xyz", "d bridge", "true romance"),
        ("b1-d-bridge-true_romance", "d bridge", "true romance"),
        ("a3-true_romance-2006-xyz", "a3", "true romance"),
        ("A3 - True Romance", "a3", "true romance"),
        ("01 - A3 - True Romance", "a3", "true romance"),
        ("702 - Steelo", "702", "steelo"),
        ("3 Chairs - Pianos", "3 chairs", "pianos"),
        ("AC_DC - Thunderstruck", "ac dc", "thunderstruck"),
        ("K_lsch - Grey", "kolsch", "grey"),
        ("Nas - 2nd Childhood", "nas", "2nd childhood"),
        ("Rebel MC - Street Tuff (MIX02)", "rebel mc", "street tuff"),
    ],
)
def test_what_looks_like_a_number_or_a_mark_may_be_a_name(
    name: str, artist: str, title: str
) -> None:
    readings = read_digital(digital(None, None, path=f"/{name}.mp3")).readings
    assert (artist, title) in [(" ".join(it.credit.names), it.title.base) for it in readings]


@pytest.mark.parametrize("title", ["Mission: Impossible", "Half-Life", "Stand By Me", "7 Days"])
def test_a_mark_that_may_belong_to_the_title_leaves_it_whole(title: str) -> None:
    readings = read_digital(digital(None, None, path=f"/{title}.mp3")).readings
    whole = read_vinyl(vinyl(None, title)).readings[0].title.full
    assert any(not it.credit.names and it.title.full == whole for it in readings)


def test_the_year_behind_a_title_is_that_of_release_in_a_video_alone() -> None:
    video = read_digital(digital(None, None, path="/m/Goldie - Angel 1995.mp4")).readings[0]
    sound = read_digital(digital(None, None, path="/m/Goldie - Angel 1995.mp3")).readings[0]
    assert (video.title.numbers, video.title.version.marks) == ((), frozenset({"y95"}))
    assert sound.title.numbers == ("y95",)
