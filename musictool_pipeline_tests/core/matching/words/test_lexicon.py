"""The words of the matcher: every row of the lexicon does what its class says, in its example."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Final

import pytest

from musictool_pipeline.core.matching import own_tables
from musictool_pipeline.core.matching.finding.probing import probe
from musictool_pipeline.core.matching.observing.standing import compare, stand
from musictool_pipeline.core.matching.observing.takes import observe_take
from musictool_pipeline.core.matching.observing.two_titles import title_likeness
from musictool_pipeline.core.matching.own_tables import lines_of
from musictool_pipeline.core.matching.parsing.credits import read_credit
from musictool_pipeline.core.matching.parsing.names import name_likeness
from musictool_pipeline.core.matching.parsing.reading import (
    TrackReadings,
    read_digital,
    read_vinyl,
)
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline.core.matching.parsing.versions import (
    PLAIN,
    Version,
    bracket_names_a_version,
    kinds_of_album,
    names_a_version,
    words_of_a_version,
)
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.lexicon import Row, read_rows
from musictool_pipeline.core.matching.words.lost_letters import unstruck
from musictool_pipeline.core.matching.words.shared_words import rarity
from musictool_pipeline.core.matching.words.text import fold, spoken
from musictool_pipeline.errors import TableDamaged
from musictool_pipeline_tests.core.matching.builders import digital, vinyl

ROWS: Final = tuple(read_rows(lines_of(lexicon.FILE)))


def title(printed: str) -> Title:
    return read_vinyl(vinyl("Goldie", printed)).readings[0].title


def version(printed: str) -> Version:
    return title(printed).version


def file_named(name: str) -> TrackReadings:
    return read_digital(digital(None, None, path=f"/music/{name}.mp3"))


def sides(example: str) -> tuple[str, str]:
    """An example of two texts that are compared."""
    one, other = example.split(" = ")
    return one, other


def runs_in(words: str, text: str) -> bool:
    return f" {words} " in f" {text} "


def relation(example: str) -> str:
    one, other = sides(example)
    return compare(version(one), version(other))


def weight(word: str) -> float:
    return rarity(word, held=0, files=0)


# --- What must hold of an example, by its class ---------------------------------------------------


def says_its_kind(row: Row) -> bool:
    return row.meaning in version(row.example).kinds


def is_drawn_together(row: Row) -> bool:
    words = " ".join(words_of_a_version(fold(row.example)))
    return runs_in(row.meaning, words) and not runs_in(row.word, words)


def is_taken_off(row: Row) -> bool:
    return runs_in(row.meaning, " ".join(words_of_a_version(fold(row.example))))


def leaves_a_part_out(row: Row) -> bool:
    return bool(version(row.example).kinds & {row.meaning or "instrumental", "without", "only"})


def is_mended(row: Row) -> bool:
    folded = fold(row.example)
    return row.word in words_of_a_version(folded) and not runs_in(row.word, folded)


def names_a_take(row: Row) -> bool:
    return not version(row.example).is_plain


def names_a_take_behind_a_dash(row: Row) -> bool:
    return names_a_version(fold(row.example.partition(" - ")[2]))


def is_a_subtitle(row: Row) -> bool:
    return not version(row.example).spoken and bool(title(row.example).subtitles)


def is_plain(row: Row) -> bool:
    return version(row.example).spoken and version(row.example).is_plain


def is_the_remaster_alone(row: Row) -> bool:
    found = version(row.example)
    return found.remaster and not found.name and found.kinds <= {"live"}


def is_in_no_name(row: Row) -> bool:
    name = version(row.example).name
    return bool(name) and not runs_in(row.word, name)


def album_says_its_kind(row: Row) -> bool:
    return row.meaning in kinds_of_album(fold(row.example))


def are_the_same(row: Row) -> bool:
    return relation(row.example) == "the same"


def are_the_same_kinds(row: Row) -> bool:
    one, other = sides(row.example)
    return version(one).kinds == version(other).kinds


def are_close(row: Row) -> bool:
    return relation(row.example) == "close"


def are_others(row: Row) -> bool:
    return relation(row.example) == "another"


def differs_in_length(row: Row) -> bool:
    return stand(version(row.example), PLAIN) == "a length"


def has_a_guest(row: Row) -> bool:
    credit = read_credit(row.example)
    return bool(credit.featured) and not runs_in(row.word, credit.whole)


def joins_two_names(row: Row) -> bool:
    names = read_credit(row.example).names
    return len(names) == 2 and not any(runs_in(fold(row.word), name) for name in names)


def is_by_one_alone(row: Row) -> bool:
    credit = read_credit(row.example)
    return len(credit.names) == 1 and not runs_in(row.word, credit.whole)


def is_company(row: Row) -> bool:
    led = f"some {row.word}"
    wanted = probe(vinyl(led, "Take Five"), [led]).names
    return is_by_one_alone(row) and (row.meaning != "group" or row.word not in wanted)


def is_by_nobody(row: Row) -> bool:
    return read_credit(row.example).names == ()


def is_one_name_without(row: Row) -> bool:
    names = read_credit(row.example).names
    return len(names) == 1 and not runs_in(row.word, names[0])


def is_written_out(row: Row) -> bool:
    return any(runs_in(row.meaning, name) for name in read_credit(row.example).names)


def name_is_the_same(row: Row) -> bool:
    one, other = sides(row.example)
    return name_likeness(fold(one), fold(other)) == 100


def title_is_the_same(row: Row) -> bool:
    one, other = sides(row.example)
    return title_likeness(title(one), title(other)) >= 97


def is_generic(row: Row) -> bool:
    return title(row.example).is_generic


def counts_a_part(row: Row) -> bool:
    found = title(row.example)
    return (
        bool(found.numbers)
        and runs_in(row.meaning, found.base)
        and not runs_in(row.word, found.core)
    )


def counts_the_mix(row: Row) -> bool:
    return version(row.example).numbers == (row.meaning,)


def is_a_number(row: Row) -> bool:
    return row.meaning in title(row.example).numbers


def sounds_so(row: Row) -> bool:
    return runs_in(row.meaning, spoken(fold(row.example)))


def bracket_vanishes(row: Row) -> bool:
    found = title(row.example)
    is_left = re.sub(r"[(\[].*?[)\]]", "", row.example)
    return found.full == fold(is_left) and not found.version.spoken and not found.version.marks


def tail_vanishes(row: Row) -> bool:
    name, wanted = sides(row.example)
    return any(
        reading.title.full == fold(wanted) and reading.credit.names
        for reading in file_named(name).readings
    )


def site_vanishes(row: Row) -> bool:
    return not any(runs_in(row.word, it.title.full) for it in file_named(row.example).readings)


def is_played_by_another(row: Row) -> bool:
    return read_vinyl(vinyl("Goldie", row.example)).readings[0].by_another


def is_meant(row: Row) -> bool:
    return runs_in(row.word, unstruck(row.example).lower())


def is_seen_as_little(row: Row) -> bool:
    reading = read_vinyl(vinyl("Goldie", row.example)).readings[0]
    said = " ".join(reading.title.subtitles)
    return observe_take(said, reading, Surroundings(), "", "")["little words"] == "one"


def weighs_less(row: Row) -> bool:
    words = fold(row.example).split()
    return row.word in words and weight(row.word) < max(map(weight, words))


CLAIMS: Final[dict[str, Callable[[Row], bool]]] = {
    "kind anywhere": says_its_kind,
    "kind at the end": says_its_kind,
    "kind in brackets": says_its_kind,
    "kind": says_its_kind,
    "kind beside a noun": says_its_kind,
    "kind by stem": says_its_kind,
    "several words": is_drawn_together,
    "part": leaves_a_part_out,
    "left out": leaves_a_part_out,
    "grown on": is_taken_off,
    "slip": is_mended,
    "goes on": names_a_take,
    "goes on with": names_a_take,
    "noun in brackets": names_a_take,
    "no name before": is_a_subtitle,
    "style": names_a_take,
    "style of a name": are_others,
    "neutral": is_plain,
    "remaster": is_the_remaster_alone,
    "beside a remaster": is_the_remaster_alone,
    "filler": is_in_no_name,
    "live at": names_a_take_behind_a_dash,
    "album pattern": album_says_its_kind,
    "plain noun": are_the_same_kinds,
    "short kind": are_the_same_kinds,
    "placed kind": are_the_same,
    "length kind": differs_in_length,
    "stacked kinds": are_the_same,
    "close kinds": are_close,
    "noun of a name": are_the_same,
    "guest": has_a_guest,
    "join": joins_two_names,
    "company": is_company,
    "whose": is_by_one_alone,
    "nobody": is_by_nobody,
    "title of a person": name_is_the_same,
    "land": is_one_name_without,
    "name in short": is_written_out,
    "article": title_is_the_same,
    "generic title": is_generic,
    "part word": counts_a_part,
    "ordinal": counts_the_mix,
    "number word": is_a_number,
    "roman": is_a_number,
    "number if counted": is_a_number,
    "spoken": sounds_so,
    "noise pattern": bracket_vanishes,
    "noise tail pattern": tail_vanishes,
    "scene tail pattern": tail_vanishes,
    "by another pattern": is_played_by_another,
    "struck out": is_meant,
    "site ending": site_vanishes,
    "little word": is_seen_as_little,
    "common word": weighs_less,
}


def test_every_class_has_a_claim() -> None:
    assert {row.family for row in ROWS} == set(CLAIMS)


@pytest.mark.parametrize("family", CLAIMS)
def test_every_example_is_read_as_its_row_says(family: str) -> None:
    rows = [row for row in ROWS if row.family == family]
    assert [row for row in rows if not CLAIMS[family](row)] == []


# --- What a class is ------------------------------------------------------------------------------


def test_where_a_word_has_to_stand_to_name_a_version() -> None:
    def last(word: str) -> bool:
        return names_a_version(f"moonlit {word}")

    def in_front(word: str) -> bool:
        return names_a_version(f"{word} moonlit")

    def in_brackets(word: str) -> bool:
        return bracket_names_a_version(f"Moonlit {word}")

    found = {
        row.word: (in_front(row.word), last(row.word), in_brackets(row.word))
        for row in ROWS
        if row.family in PLACES
    }
    assert found == {row.word: PLACES[row.family] for row in ROWS if row.family in PLACES}


PLACES: Final = {
    "kind anywhere": (True, True, True),
    "kind at the end": (False, True, True),
    "kind in brackets": (False, False, True),
    "noun in brackets": (False, False, True),
    "kind": (False, False, False),
}
"""Whether a word of a class names a version in front of another, behind it, and so in brackets."""


@pytest.fixture
def read_without() -> Iterator[Callable[[int], ModuleType]]:
    """This module as it is where the lexicon lacks a line (their numbers begin at 0)."""
    lines = lines_of(lexicon.FILE)
    package, kept_as_it_is = own_tables.__name__.rpartition(".")[0], own_tables.__name__
    reread = [name for name in sys.modules if name.startswith(package) and name != kept_as_it_is]
    kept = {name: sys.modules[name] for name in (*reread, __name__)}

    def read(number: int) -> ModuleType:
        for name in (*reread, __name__):
            sys.modules.pop(name, None)
        with pytest.MonkeyPatch.context() as patch:
            left = [*lines[:number], *lines[number + 1 :]]
            patch.setattr(own_tables, "lines_of", lambda name: left)
            return importlib.import_module(__name__)

    yield read
    sys.modules.update(kept)
    for name, module in kept.items():
        parent, _, own = name.rpartition(".")
        setattr(sys.modules[parent], own, module)


@pytest.mark.slow
def test_no_row_is_needless(read_without: Callable[[int], ModuleType]) -> None:
    needless: list[str] = []
    for number, line in enumerate(lines_of(lexicon.FILE)):
        if not line.startswith("# "):
            family = line.partition("\t")[0]
            claim = read_without(number).CLAIMS[family]
            if claim(Row(*line.split("\t"))):
                needless.append(line)
    assert needless == []


# --- A damaged file -------------------------------------------------------------------------------

_SOUND: Final = ["# filler: a word", "filler\tof\t\tDub Of Doom"]


@pytest.mark.parametrize(
    "line",
    [
        "filler\tof",
        "filler\tin\t\t",
        "filler\t\t\tDub In Kingston",
        "filler\tof\t\tDub Of Doom",
        "kind\tin\t\tDub In Kingston",
        "",
    ],
)
def test_a_damaged_row_is_named(line: str) -> None:
    with pytest.raises(TableDamaged, match=re.escape("lexicon.tsv, line 3")):
        list(read_rows([*_SOUND, line]))


@pytest.mark.parametrize(
    ("family", "row"),
    [("noise pattern", "(hd\t\tSabotage (HD)"), ("common word", "the\toften\tThe Chauffeur")],
)
def test_what_cannot_be_read_in_a_row_is_damage(family: str, row: str) -> None:
    with pytest.raises(TableDamaged, match="line 2"):
        list(read_rows([f"# {family}: of a class", f"{family}\t{row}"]))
