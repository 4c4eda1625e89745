"""How two versions stand to each other, and whether two names mean one remixer.

What belongs here: the symmetric comparison of two versions and of the names in them. What does not:
reading a version out of its words (`versions`), and what follows for a track (`deciding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from musictool_pipeline.core.matching.parsing.names import same_name, share_a_name
from musictool_pipeline.core.matching.parsing.versions import Version, words_of_a_version
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.text import (
    SPELLING,
    fold,
    likeness,
)


def compare(
    one: Version,
    other: Version,
    credited_with_one: Sequence[str] = (),
    credited_with_other: Sequence[str] = (),
) -> str:
    """How two versions stand to each other: `the same`, `close` or `another`; symmetric.

    `credited_with_...`: folded names found elsewhere beside that version (REMIXER, the artist).
    They stand in for a remixer who is not named in the version itself, and never contradict.
    """
    if _numbers_differ(one, other) or _marks_differ(one.marks, other.marks):
        return "another"
    one, other = _completed(one, other), _completed(other, one)
    names = _compare_names(one, other, credited_with_one, credited_with_other)
    if not names:
        return "close" if _one_is_nameless(one, other) else "another"
    is_named = one.name and other.name
    if one.kinds == other.kinds or (
        is_named and one.kinds ^ other.kinds <= lexicon.NOUNS_OF_A_NAME
    ):
        return "the same"
    if bool(one.name) != bool(other.name):
        named, bare = (one, other) if one.name else (other, one)
        kinds = bare.kinds - {"remix", "mix", "version"}
        return "the same" if named.kinds == kinds else _close(named.kinds, kinds)
    return _close(one.kinds, other.kinds)


def _numbers_differ(one: Version, other: Version) -> bool:
    """Whether one counts what the other does not; a year may stand outside of the version."""
    mine, theirs = set(one.numbers), set(other.numbers)
    return bool(
        {number for number in mine - theirs if f"y{number}" not in other.marks}
        or {number for number in theirs - mine if f"y{number}" not in one.marks}
    )


def _marks_differ(marks: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sides or two tempi are named, and they are not one."""
    for speed in ("bpm", "rpm", ""):
        mine, theirs = (
            {it for it in each if it[0] != "y" and (it[-3:] if it[-1] == "m" else "") == speed}
            for each in (marks, others)
        )
        if mine and theirs and not any(_may_be_one(a, b) for a in mine for b in theirs):
            return True
    return False


def _may_be_one(mark: str, other: str) -> bool:
    """`A` may be `A1`."""
    letters, others = mark.rstrip("0123456789"), other.rstrip("0123456789")
    return mark == other or (letters == others and (mark == letters or other == others))


def _completed(version: Version, other: Version) -> Version:
    """With the remixer of the credits if the words name no one, and the other names or credits
    another; or nothing but a style that the other has as well: `Classic Mix`, `David Morales
    Classic Mix`."""
    if not other.name and share_a_name(version.credited, other.credited):
        return version
    said, names = version.name.split(), (other.name or " and ".join(other.credited)).split()
    rest = " ".join(name for name in names if name not in said)
    if not version.credited or not rest or not set(said) <= lexicon.STYLES & set(names):
        return version
    together = " and ".join(version.credited)
    if said:
        is_theirs = share_a_name((*version.credited, together), (rest,))
        return replace(version, name=other.name) if is_theirs else version
    name = next((each for each in version.credited if same_name(each, other.name)), together)
    return replace(version, name=name, kinds=version.kinds - lexicon.PLAIN_NOUNS - {"remix"})


def _one_is_nameless(one: Version, other: Version) -> bool:
    """`Club Mix` may be the `Oakenfold Club Mix`, `Remix` the `Goldie Remix`."""
    if one.name and other.name:
        return False
    named, bare = (one, other) if one.name else (other, one)
    return bool(bare.kinds) and bare.kinds - lexicon.PLAIN_NOUNS - {"remix"} == named.kinds


def _close(kinds: frozenset[str], others: frozenset[str]) -> str:
    if kinds | others == frozenset({"video"}):
        return "close"  # most are the recording itself, some are cut for the picture
    only, only_other = kinds - others, others - kinds
    shared = kinds & others
    if any(shared & family and only | only_other <= family for family in lexicon.STACKED_KINDS):
        return "the same"
    if not only or not only_other:
        return "another"
    if any(only <= family and only_other <= family for family in lexicon.CLOSE_KINDS):
        return "close"
    return "another"


def _compare_names(
    one: Version, other: Version, with_one: Sequence[str], with_other: Sequence[str]
) -> bool:
    if one.name and other.name:
        words, others = set(one.name.split()), set(other.name.split())
        is_placed = one.kinds & other.kinds & lexicon.PLACED_KINDS  # `Live At Paradiso, Amsterdam`
        is_part = words <= others or others <= words
        return same_name(one.name, other.name) or bool(is_placed and is_part)
    if not one.name and not other.name:
        return True
    named, bare, beside = (one, other, with_other) if one.name else (other, one, with_one)
    if named.kinds & bare.kinds & lexicon.PLACED_KINDS:
        return True
    if not bare.kinds:  # plain by its title, and somebody's remix by the credits
        return share_a_name((named.name,), bare.credited)
    return share_a_name((named.name,), beside)


def _is_remix(version: Version) -> bool:
    """Whether somebody remade it: that is another version, however long it is."""
    return any(
        lexicon.KINDS.get(word) == "remix" for word in words_of_a_version(fold(version.words))
    )


def stand(
    one: Version,
    other: Version,
    credited_with_one: Sequence[str] = (),
    credited_with_other: Sequence[str] = (),
) -> str:
    """How two versions stand to each other, in words; as `compare` takes them.

    `plain`, `the same`, `close`; `a length`, `a name`, `a number` or `a part` on one side only;
    `another`.
    """
    relation = compare(one, other, credited_with_one, credited_with_other)
    if relation != "another":
        return "plain" if relation == "the same" and one.is_plain and other.is_plain else relation
    more, less = (one, other) if other.is_plain or other.kinds < one.kinds else (other, one)
    if less.is_plain:
        added = more.kinds
        if added - lexicon.LENGTHS:
            return "a part"
        if more.name and not added & lexicon.CUTS:
            return "another" if _is_remix(more) else "a name"
        return "a length" if added else "a number"
    alike = less.name == more.name and not _numbers_differ(one, other)
    if alike and less.kinds < more.kinds:
        return "a part" if more.kinds - less.kinds - lexicon.LENGTHS else "a length"
    return "another"


def is_name_of(words: str, version: Version) -> bool:
    """Whether words in brackets are that version's name without its noun: `Dali`, `Dali Mix`."""
    *named, noun = fold(version.words).split() or [""]
    return (
        likeness(words, fold(version.words)) >= SPELLING
        or (noun in _NOUNS and " ".join(named) == words)
        or (bool(version.name) and version.kinds <= _NOUNS and same_name(words, version.name))
    )


_NOUNS: Final = frozenset({"mix", "remix", "version", "edit"})
