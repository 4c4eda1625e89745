"""What stands around a title, on a record's page or beside a file, and can support it.

What belongs here: album, label, folders, numbers and length, as both sides have them. What the
title itself says belongs to `reading`, what the two sides have in common to `observing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from musictool_pipeline.core.matching.parsing.file_names import is_video
from musictool_pipeline.core.matching.parsing.versions import kinds_of_album
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.words.counting import numbered
from musictool_pipeline.core.matching.words.text import fold, letters_only, mended


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a title and can support it: folded album, label, folders; seconds.

    `album_alone`: the album's title without brackets that name an edition or say it in another
    language; `album_kinds`: the kinds of version that the album's title says everything on it is;
    `printed`: the words of a record's year and catalogue number, as `numbered` has them.
    `release_id` is that on Discogs; `catalog_numbers` tell a label's records apart. `is_video`: the
    name of the file holds remarks of the person who uploaded it.
    """

    album: str = ""
    album_alone: str = ""
    label: str = ""
    folders: tuple[str, ...] = ()
    seconds: float | None = None
    album_kinds: frozenset[str] = frozenset()
    siblings: int = 0
    tracks: int = 0
    printed: frozenset[str] = frozenset()
    release_id: int | None = None
    catalog_numbers: frozenset[str] = frozenset()
    is_video: bool = False

    @property
    def live_album(self) -> bool:
        """Whether everything on the album was played before an audience."""
        return "live" in self.album_kinds


def around_vinyl(
    track: VinylTrack, kinds: frozenset[str], siblings: int = 0, tracks: int = 0
) -> Surroundings:
    """What stands around a track on vinyl. `kinds`: those of its album."""
    return Surroundings(
        album=fold(track.album) if track.album else "",
        album_alone=_without_edition(track.album),
        label=fold(track.label) if track.label else "",
        seconds=float(track.duration_seconds) if track.duration_seconds else None,
        album_kinds=kinds,
        siblings=siblings,
        tracks=tracks,
        printed=_printed(track),
        release_id=track.release_id,
        catalog_numbers=catalog_numbers(track.catalog_number),
    )


def around_file(
    track: DigitalTrack, parents: tuple[str, ...], kinds: frozenset[str]
) -> Surroundings:
    """What stands around a file in the folders `parents`. `kinds`: those of its album."""
    return Surroundings(
        album=fold(mended(track.album)) if track.album else "",
        album_alone=_without_edition(track.album),
        label=fold(track.label) if track.label else "",
        folders=tuple(fold(parent) for parent in parents),
        seconds=track.duration_seconds or None,
        album_kinds=kinds,
        release_id=track.discogs_release_id,
        catalog_numbers=catalog_numbers(track.catalog_number),
        is_video=is_video(track.path),
    )


def _without_edition(album: str | None) -> str:
    """`Imagine (Remastered)`, `Imagine (Imag\u00ednate)`; but `Imagine (Remixes)` is another."""
    if not album or "(" not in album:
        return fold(mended(album)) if album else ""
    whole = mended(album)
    alone = _BRACKET.sub(lambda it: it[0] if kinds_of_album(fold(it[0])) else " ", whole)
    return fold(alone) or fold(whole)  # `(Who's Afraid Of The Art Of Noise!)`


_BRACKET: Final = re.compile(r"\([^()]*\)")


def catalog_numbers(printed: str | None) -> frozenset[str]:
    """Those that tell a record, folded and without blanks: `TON 001` is `ton001`. One without a
    letter, or of three signs, several labels have."""
    found = {letters_only(fold(number)) for number in (printed or "").split(",")}
    return frozenset(it for it in found if len(it) > 3 and not it.isdigit() and not it.isalpha())


def _printed(track: VinylTrack) -> frozenset[str]:
    """Shorter numbers may be those of a part: `Phylyps Trak II` is on BC 02."""
    texts = (str(track.release_year or ""), track.catalog_number or "")
    words = numbered(" ".join(texts))[0].split()
    return frozenset(word for word in words if len(word) > 2)


def kinds_of_a_folder(folder: str) -> frozenset[str]:
    """Those of the album that the file's folder is named for. Folders of a DJ's own are named for a
    date, or hold remixes, demos or what is for playing live."""
    if " " not in folder or folder[0].isdigit():
        return frozenset()
    return kinds_of_album(folder) - {"remix", "demo"}
