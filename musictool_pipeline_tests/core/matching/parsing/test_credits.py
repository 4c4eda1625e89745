from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.parsing.credits import read_credit


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Beatles, The", ("the beatles",)),
        ("Shed (2)", ("shed",)),
        ("Moodymann*", ("moodymann",)),
        ("Ed Rush & Optical", ("ed rush", "optical")),
        ("Hardfloor vs. Robert Babicz", ("hardfloor", "robert babicz")),
        ("Dave Lee Presents Z Factor", ("dave lee", "z factor")),
        ("Kölsch x Tiga", ("kolsch", "tiga")),
        ("Xpander", ("xpander",)),
        ("Draft", ("draft",)),
        ("Ann Tarn \u0445 Tiga", ("ann tarn", "tiga")),
        ("Ann Tarn\u00d7Tiga", ("ann tarn", "tiga")),
        ("Ann Tarn; Tiga", ("ann tarn", "tiga")),
        ("F***ed Up", ("fucked up",)),
        ("Various", ()),
        ("Unknown Artist", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_names_in_a_credit(credit: str | None, names: tuple[str, ...]) -> None:
    assert read_credit(credit).names == names


def test_guests_stand_apart_and_the_credit_is_kept_whole() -> None:
    credit = read_credit("Earth, Wind & Fire feat. The Emotions")
    assert credit.whole == "earth wind and fire"
    assert credit.featured == ("the emotions",)


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Ann Tarn And Her Orchestra", ("ann tarn",)),
        ("Ann Tarn & The Gang", ("ann tarn",)),
        ("Ann Tarn, His Orchestra And Chorus", ("ann tarn",)),
        ("Ann Tarn & Friends, Tiga", ("ann tarn", "tiga")),
        ("Ann Tarn und seine Freunde", ("ann tarn",)),
        ("Ann Tarn & Family feat. Tiga", ("ann tarn",)),
        ("The Gang", ("the gang",)),
        ("The Band", ("the band",)),
        ("Sly & The Family Stone", ("sly", "the family stone")),
        ("KC & The Sunshine Band", ("kc", "the sunshine band")),
        ("Friends Of Distinction", ("friends of distinction",)),
        ("Boys Noize & Mr. Oizo", ("boys noize", "mr oizo")),
    ],
)
def test_company_without_a_name_is_no_artist_of_its_own(
    credit: str, names: tuple[str, ...]
) -> None:
    assert read_credit(credit).names == names


def test_company_is_not_compared_either() -> None:
    assert read_credit("Ann Tarn And Her Orchestra").whole == "ann tarn"
