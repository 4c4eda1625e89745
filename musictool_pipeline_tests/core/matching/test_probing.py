"""The cheap questions before a file is read: has it the title, and may it be by the artist?"""

from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.keys import file_keys
from musictool_pipeline.core.matching.probing import (
    by_the_artist,
    has_the_title,
    probe,
    texts_of,
    titled,
)
from musictool_pipeline_tests.core.matching.builders import digital, vinyl


def test_the_cheap_filters() -> None:
    wanted = probe(vinyl("Goldie", "Angel (Peshay Remix)"), ("goldie",))
    assert has_the_title(wanted, digital(None, "Goldie - Angel"))
    assert not has_the_title(wanted, digital("Goldie", "Timeless"))
    files = [
        digital("Goldie & Diane", "Angel"),
        digital("Massive Attack", "Angel"),
        digital(None, "Angel"),
        digital("Peshay", "Angel (Peshay Remix)"),
    ]
    assert by_the_artist(wanted, files) == {0, 2, 3}


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_asked_together_the_filters_say_the_same(
    title: str, its_title: str, its_artist: str, stem: str
) -> None:
    wanted = probe(vinyl("Goldie", title), ("goldie",))
    files = [
        digital(its_artist, its_title, path=f"/x/{stem}.mp3"),
        digital(None, title, path=f"/x/{stem}.mp3"),
        digital("Goldie", None, path=f"/x/{title}.mp3"),
    ]
    texts = texts_of(file_keys(file).letters for file in files)
    one_by_one = {place for place, file in enumerate(files) if has_the_title(wanted, file)}
    assert titled(wanted, texts, files) == one_by_one
