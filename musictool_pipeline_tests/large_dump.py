"""A monthly dump of any size out of sample data, for benchmarks and for tests of what is large.

python -m musictool_pipeline_tests.large_dump FILE [--megabytes N] [--seed S]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import count, cycle
from pathlib import Path

from musictool_pipeline_tests.invented_music import Dice
from musictool_pipeline_tests.sample_data import (
    FIRST_LARGE_ID,
    demo_collection,
    large_collection,
)
from musictool_pipeline_tests.sample_dump import (
    EXAMPLE,
    HEAD,
    TAIL,
    Json,
    demo_dump,
    release_element,
    write_dump,
)

VARIETY = 5_000
"""So many different releases are in a large dump, over and over, each time under other ids: more
would take longer to make, and neither gzip's window of 32 KB nor a reader sees the difference."""


def large_dump(megabytes: int, seed: int = 1) -> Iterator[bytes]:
    """The XML of a dump of about that many megabytes, some 3 KB for each release.

    The ids run on from FIRST_LARGE_ID. ValueError where `megabytes` is below 1.
    """
    if megabytes < 1:
        raise ValueError(f"a dump needs at least one megabyte, not {megabytes}")
    yield HEAD
    left = megabytes * 1_000_000
    different = (_without_id(release_element(payload)) for payload in _large_payloads(seed))
    # `cycle` keeps what it has given, so that each is made once, and none before it is needed.
    for release_id, element in zip(count(FIRST_LARGE_ID), cycle(different), strict=False):
        piece = b'<release id="%d"' % release_id + element
        yield piece
        left -= len(piece)
        if left <= 0:
            break
    yield TAIL


# ------------------------------------------------------------------ many releases

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _large_payloads(seed: int) -> Iterator[Json]:
    """Different releases that compress about as well as real ones (six to one), which are full of
    numbers and names that occur once: without, inflating would look easier than it is."""
    collection = large_collection(VARIETY, seed)
    for release_id in collection.release_ids:
        dice = Dice(seed, release_id)
        payload: Json = json.loads(collection.answer(release_id))
        for video in payload["videos"]:
            video["uri"] = f"https://www.youtube.com/watch?v=invented-{_noise(dice, 11)}"
        for identifier in payload["identifiers"]:
            identifier["value"] += f" {_noise(dice, 12)}"
        credited = [*payload["artists"], *payload.get("extraartists", [])]
        for track in payload["tracklist"]:
            credited += track.get("artists", []) + track.get("extraartists", [])
        for artist in credited:
            artist["id"] = dice.between(1, 15_000_000)
            artist["anv"] = _noise(dice, dice.between(0, 12))
        for company in payload["companies"]:
            company["id"] = dice.between(1, 3_000_000)
            company["resource_url"] = f"https://api.discogs.com/labels/{company['id']}"
        payload["notes"] = " ".join(
            _noise(dice, dice.between(2, 9)) for _ in range(dice.between(0, 30))
        )
        yield payload


def _noise(dice: Dice, length: int) -> str:
    return "".join(dice.pick(_LETTERS) for _ in range(length))


def _without_id(element: bytes) -> bytes:
    """What follows the id in the element's tag."""
    return element.partition(b'"')[2].partition(b'"')[2]


# ------------------------------------------------------------------ the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a dump; 0 when done. Wrong usage, or a file that cannot be written, exits with 2 and a
    sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m musictool_pipeline_tests.large_dump",
        description="Write an invented monthly dump, and the CHECKSUM file beside it. The same "
        "seed gives the same content.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help=f"named as Discogs does: {EXAMPLE}")
    parser.add_argument(
        "--megabytes",
        metavar="N",
        type=int,
        help="a dump of N million bytes of XML for benchmarks, in place of the demo's releases",
    )
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="from 0 up (default 1)")
    options = parser.parse_args(arguments)
    try:
        if options.megabytes is None:
            pieces = demo_dump(demo_collection(options.seed))
        else:
            pieces = large_dump(options.megabytes, options.seed)
        write_dump(options.file, pieces)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(f"{options.file}, {options.file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
