"""A labelled set: tracks on vinyl, files, and which file is which recording.

What belongs here: the labels, the split into halves, the metrics, and simple matchers to compare
with. What does not: assertions (`test_labelled`). Artists and titles are real (`real_tracks.txt`,
`pairs.txt`); durations, albums, paths and which remix exists are made up.

`pairs.txt` was written by hand, a pair of a vinyl row and a file for each habit of labels, shops
and rippers. Each line of `real_tracks.txt` becomes a small scene: two or three rows on vinyl (the
plain version, a remix, a dub), and files of some of them, spelled in one of the ways in which
files are spelled, and distractors (a sequel, the same title by somebody else).

One half is for developing, the other is held back. All files of a half are its library.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import DigitalTrack, Verdict, VinylTrack

HERE = Path(__file__).parent
DEV, HELD_BACK = "dev", "held back"

REMIXERS = (
    "Carl Craig", "Masters At Work", "Andrew Weatherall", "Ewan Pearson", "François K", "Tiësto",
    "DJ Koze", "Underground Resistance", "Bicep", "Roni Size", "Photek", "Danny Tenaglia",
    "Armand Van Helden", "Kenny Dope", "Prins Thomas", "Todd Edwards", "Lil' Louis", "The Orb",
    "Dimitri From Paris", "Deep Dish", "Joe Claussell", "Hybrid", "Soulwax", "M.A.N.D.Y.",
)  # fmt: skip
OTHER_ARTISTS = ("Karaoke Crew", "Mandy Lane", "The Session Men", "Ossie Hart", "Juno Vale")


@dataclass(frozen=True, slots=True)
class Row:
    """A track on vinyl and what is true of it: the ids of its own files and of its other versions.

    `open`: nobody could tell from the data, so it is left out of precision and recall.
    """

    track: VinylTrack
    family: str
    exact: frozenset[str]
    others: frozenset[str]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Half:
    rows: tuple[Row, ...]
    library: tuple[DigitalTrack, ...]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Shares from 0 to 1."""

    rows: int
    owned_precision: float
    owned_recall: float
    any_precision: float
    any_recall: float
    others_called_owned: float
    review: float

    def __str__(self) -> str:
        return (
            f"{self.rows} rows: owned P {self.owned_precision:.3f} R {self.owned_recall:.3f}, "
            f"any version P {self.any_precision:.3f} R {self.any_recall:.3f}, "
            f"others called owned {self.others_called_owned:.3f}, review {self.review:.3f}"
        )


# --- How files are spelled ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tags:
    """A file about to be written: what its tags and its path will say."""

    artist: str | None
    title: str | None
    path: str | None = None
    remixer: str | None = None
    mix: str | None = None
    album: str | None = None


def _full(title: str, version: str | None) -> str:
    return f"{title} ({version})" if version else title


Spelling = Callable[[str, str, str | None], Tags]


def _swapped_letters(text: str) -> str:
    """A slip of the fingers in the middle of the longest word."""
    longest = max(re.findall(r"\w+", text), key=len)
    if len(longest) < 6:
        return text
    at = len(longest) // 2
    slip = longest[: at - 1] + longest[at] + longest[at - 1] + longest[at + 1 :]
    return text.replace(longest, slip, 1)


def _misread(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")


def _underscored(text: str) -> str:
    return re.sub(r"[^\w()]+", "_", text).lower()


def _turned(artist: str) -> str:
    return f"{artist[4:]}, The" if artist.startswith("The ") else artist


SPELLINGS: dict[str, Spelling] = {
    "tags": lambda a, t, v: Tags(a, _full(t, v)),
    "lower case": lambda a, t, v: Tags(a.lower(), _full(t, v).lower()),
    "square brackets": lambda a, t, v: Tags(a, f"{t} [{v}]" if v else t),
    "dash": lambda a, t, v: Tags(a, f"{t} - {v}" if v else f"{t} - Original Mix"),
    "no brackets": lambda a, t, v: Tags(a, f"{t} {v}" if v else f"{t} Original Mix"),
    "original mix": lambda a, t, v: Tags(a, _full(t, v or "Original Mix")),
    "remaster": lambda a, t, v: Tags(a, f"{_full(t, v)} - 2012 Remaster"),
    "remaster in brackets": lambda a, t, v: Tags(a, f"{_full(t, v)} (Remastered)"),
    "key": lambda a, t, v: Tags(a, f"{_full(t, v)} - 9A"),
    "key in brackets": lambda a, t, v: Tags(a, f"{_full(t, v)} (F#m)"),
    "file name": lambda a, t, v: Tags(None, None, f"/music/{a} - {_full(t, v)}.wav"),
    "file name with position": lambda a, t, v: Tags(
        None, None, f"/music/A2 {a} - {_full(t, v)}.aiff"
    ),
    "file name with number": lambda a, t, v: Tags(
        None, None, f"/music/07. {a} - {_full(t, v)}.mp3"
    ),
    "scene": lambda a, t, v: Tags(
        None,
        None,
        f"/rips/03-{_underscored(a)}-{_underscored(_full(t, v))}-grp.mp3",
    ),
    "underscores": lambda a, t, v: Tags(
        None, None, f"/x/{a} - {_full(t, v)}.mp3".replace(" ", "_")
    ),
    "tempo and key in front": lambda a, t, v: Tags(
        None, None, f"/x/8A - 126 - {a} - {_full(t, v)}.wav"
    ),
    "folders": lambda a, t, v: Tags(
        None, None, f"/music/{a.replace('/', '_')}/Singles/02 {_full(t, v)}.flac"
    ),
    "title without artist tag": lambda a, t, v: Tags(None, f"{a} - {_full(t, v)}"),
    "uploader": lambda a, t, v: Tags("Deep House Daily", f"{a} - {_full(t, v)}"),
    "various": lambda a, t, v: Tags("Various Artists", f"{a} - {_full(t, v)}"),
    "various, named file": lambda a, t, v: Tags(
        "Various", _full(t, v), f"/x/{a} - {_full(t, v)}.mp3"
    ),
    "version in the file name": lambda a, t, v: Tags(a, t, f"/x/{a} - {_full(t, v)}.mp3"),
    "version in fields": lambda a, t, v: Tags(a, t, mix=v or "___MIX"),
    "typo": lambda a, t, v: Tags(a, _full(_swapped_letters(t), v)),
    "typo in artist": lambda a, t, v: Tags(_swapped_letters(a), _full(t, v)),
    "mojibake": lambda a, t, v: Tags(_misread(a), _misread(_full(t, v))),
    "turned article": lambda a, t, v: Tags(_turned(a), _full(t, v)),
    "and": lambda a, t, v: Tags(a.replace("&", "and"), _full(t.replace("&", "and"), v)),
    "guest": lambda a, t, v: Tags(f"{a} feat. Ann Nesby", _full(t, v)),
    "guest in title": lambda a, t, v: Tags(a, f"{t} (feat. Ann Nesby)" + (f" [{v}]" if v else "")),
    "position in tag": lambda a, t, v: Tags(a, f"B1. {_full(t, v)}"),
    "no subtitle": lambda a, t, v: Tags(a, _full(re.sub(r"\s*\([^)]*\)$", "", t), v)),
    "advertising": lambda a, t, v: Tags(a, f"{_full(t, v)} [www.somesite.com]"),
    "first artist": lambda a, t, v: Tags(re.split(r" & | feat", a)[0], _full(t, v)),
}  # fmt: skip


# --- Scenes ---------------------------------------------------------------------------------------


def _draw(*about: object) -> int:
    return zlib.crc32("|".join(map(str, about)).encode())


def half_of(artist: str, title: str) -> str:
    """The half that everything about this track belongs to; never changes."""
    return (DEV, HELD_BACK)[_draw("half", artist, title) % 2]


class _Builder:
    """Collects rows and files of one half, and who belongs to whom."""

    def __init__(self, half: str) -> None:
        self.half = half
        self.files: list[tuple[DigitalTrack, str, str]] = []
        self.rows: list[tuple[VinylTrack, str, str, str, bool]] = []

    def file(self, tags: Tags, work: str, version: str, seconds: float | None, music: bool) -> None:
        digital_id = f"{self.half[0]}{len(self.files):05d}"
        track = DigitalTrack(
            digital_id, tags.artist, tags.title, tags.remixer, tags.mix, tags.album, None,
            tags.path or f"/music/{digital_id}.mp3", seconds, music,
        )  # fmt: skip
        self.files.append((track, work, version))

    def row(
        self, artist: str, title: str, album: str | None, seconds: int | None, family: str,
        work: str, version: str, *, open_: bool = False,
    ) -> None:  # fmt: skip
        number = len(self.rows) + 1
        track = VinylTrack(
            number, artist or None, title, album, artist or None, None, None, seconds, "A1", None,
            number, 1,
        )  # fmt: skip
        self.rows.append((track, family, work, version, open_))

    def finished(self) -> Half:
        rows: list[Row] = []
        for track, family, work, version, open_ in self.rows:
            same = [(file.digital_id, its) for file, of, its in self.files if of == work]
            rows.append(
                Row(
                    track,
                    family,
                    frozenset(it for it, its in same if its == version),
                    frozenset(it for it, its in same if its != version),
                    open_,
                )
            )
        return Half(tuple(rows), tuple(file for file, _, _ in self.files))


def _scene(builder: _Builder, artist: str, title: str) -> None:
    """Two or three rows and some files about one real track, all drawn from its name."""
    work = f"{artist}|{title}"
    remixer = REMIXERS[_draw("remixer", work) % len(REMIXERS)]
    second = REMIXERS[(_draw("remixer", work) + 7) % len(REMIXERS)]
    kind = ("Dub", "Instrumental", "Radio Edit", '12" Mix', "VIP", "Acapella", "Live",
            "Extended Mix", "Club Mix", "Demo")[_draw("kind", work) % 10]  # fmt: skip
    versions = ("", f"{remixer} Remix", kind, f"{second} Remix")
    names = list(SPELLINGS)
    present = {
        0: ("", versions[1]), 1: ("",), 2: (versions[1],), 3: ("", versions[2]),
        4: (), 5: versions[:3], 6: (versions[3],), 7: (versions[2], versions[3], ""),
    }[_draw("files", work) % 8]  # fmt: skip
    album = title if _draw("album", work) % 3 == 0 else None
    for version in versions[:3]:
        seconds = 180 + _draw("seconds", work, version) % 300
        known = _draw("known", work, version) % 2 == 0
        builder.row(artist, _full(title, version or None), album, seconds if known else None,
                    "scene", work, version)  # fmt: skip
    for version in present:
        name = names[_draw("spelling", work, version) % len(names)]
        tags = SPELLINGS[name](artist, title, version or None)
        seconds = 180 + _draw("seconds", work, version) % 300
        pitched = seconds * (1 + (_draw("pitch", work, version) % 7 - 3) / 150)
        known = _draw("known file", work, version) % 4 > 0
        builder.file(tags, work, version, round(pitched, 1) if known else None, True)
    if _draw("sequel", work) % 5 == 0 and not re.search(r"\d|\b[IVX]+\b", title):
        builder.file(Tags(artist, f"{title} II"), work + "|II", "", None, True)
    if _draw("cover", work) % 4 == 0:
        other = OTHER_ARTISTS[_draw("coverer", work) % len(OTHER_ARTISTS)]
        builder.file(Tags(other, title), work + "|cover", "", None, True)


def _lines(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("|")


def _pair(builder: _Builder, number: int, line: list[str]) -> None:
    family, label, artist, title, album, seconds, their_artist, their_title, path, length = line[
        :10
    ]
    fields = dict(field.split("=") for field in line[10].split(";") if field) if line[10:] else {}
    work = f"pair {number}"
    vinyl_seconds = seconds or fields.get("vinyl")
    builder.row(artist, title, album or None, int(vinyl_seconds) if vinyl_seconds else None,
                family, work, "this", open_=label == "review")  # fmt: skip
    length = length or fields.get("seconds", "")
    builder.file(
        Tags(their_artist or None, their_title or None, path or None, fields.get("remixer"),
             fields.get("mix"), fields.get("album")),
        work if label != "none" else f"{work} other",
        "that" if label == "other" else "this",
        float(length) if length else None,
        fields.get("music") != "no",
    )  # fmt: skip


def half(name: str) -> Half:
    """All rows and files of one half, in an order that never changes."""
    builder = _Builder(name)
    for artist, title in _lines("real_tracks.txt"):
        if half_of(artist, title) == name:
            _scene(builder, artist, title)
    for number, line in enumerate(_lines("pairs.txt")):
        if half_of(line[2], line[3]) == name:
            _pair(builder, number, line)
    return builder.finished()


# --- Metrics --------------------------------------------------------------------------------------


def measure(half: Half, verdicts: Sequence[Verdict]) -> Metrics:
    """Precision and recall of both questions, judged by the ids that came back."""
    owned = owned_right = exact = 0
    found = found_right = present = 0
    only_others = wrongly_owned = review = 0
    for row, verdict in zip(half.rows, verdicts, strict=True):
        review += verdict.status == "review"
        if row.open:
            continue
        said_owned = verdict.status == "owned"
        said_any = said_owned or verdict.status == "other_version"
        owned += said_owned
        owned_right += said_owned and verdict.digital_id in row.exact
        exact += bool(row.exact)
        found += said_any
        found_right += said_any and verdict.digital_id in row.exact | row.others
        present += bool(row.exact or row.others)
        if row.others and not row.exact:
            only_others += 1
            wrongly_owned += said_owned
    return Metrics(
        len(half.rows),
        owned_right / max(owned, 1),
        owned_right / max(exact, 1),
        found_right / max(found, 1),
        found_right / max(present, 1),
        wrongly_owned / max(only_others, 1),
        review / len(half.rows),
    )


def evaluate(name: str) -> Metrics:
    """The matcher's metrics on one half."""
    chosen = half(name)
    matcher = Matcher(chosen.library)
    return measure(chosen, [matcher.judge(row.track) for row in chosen.rows])


# --- What it is compared with ---------------------------------------------------------------------


def _line(artist: str | None, title: str | None) -> str:
    return f"{artist or ''} {title or ''}".lower().strip()


def _best_line(scorer: Callable[..., float], least: float) -> Callable[[Half], list[Verdict]]:
    def run(half: Half) -> list[Verdict]:
        lines = {track.digital_id: _line(track.artist, track.title) for track in half.library}
        verdicts: list[Verdict] = []
        for row in half.rows:
            track = row.track
            best = process.extractOne(
                _line(track.artist, track.title), lines, scorer=scorer, score_cutoff=least
            )
            verdicts.append(_as_verdict(track, best[2] if best else None))
        return verdicts

    return run


def _bracketless(text: str | None) -> str:
    return re.sub(r"\s*[(\[][^)\]]*[)\]]", "", text or "").lower().strip()


def _weighted(half: Half) -> list[Verdict]:
    """0.6 title, 0.3 artist, 0.1 both together; brackets stripped; from 80 upwards it is found."""
    library = [
        (track.digital_id, _bracketless(track.title), _bracketless(track.artist))
        for track in half.library
        if track.artist and track.title
    ]
    verdicts: list[Verdict] = []
    for row in half.rows:
        title, artist = _bracketless(row.track.title), _bracketless(row.track.artist)
        score, best = max(
            (
                0.6 * fuzz.ratio(title, its_title)
                + 0.3 * fuzz.ratio(artist, its_artist)
                + 0.1 * fuzz.ratio(f"{artist} {title}", f"{its_artist} {its_title}"),
                digital_id,
            )
            for digital_id, its_title, its_artist in library
        )
        verdicts.append(_as_verdict(row.track, best if score >= 80 else None))
    return verdicts


def _as_verdict(track: VinylTrack, digital_id: str | None) -> Verdict:
    status = "owned" if digital_id else "missing"
    return Verdict(track.track_id, status, 100, "", digital_id, ())


BASELINES: dict[str, Callable[[Half], list[Verdict]]] = {
    "token_sort_ratio >= 85": _best_line(fuzz.token_sort_ratio, 85),
    "token_set_ratio >= 90": _best_line(fuzz.token_set_ratio, 90),
    "weighted ratio >= 80, no brackets": _weighted,
}


def mistakes(name: str) -> Iterator[str]:
    """Each row of one half whose verdict is wrong, in words."""
    chosen = half(name)
    matcher = Matcher(chosen.library)
    by_id = {track.digital_id: track for track in chosen.library}
    for row in chosen.rows:
        verdict = matcher.judge(row.track)
        wanted = "owned" if row.exact else "other_version" if row.others else "missing"
        right = row.exact or row.others
        if row.open or (verdict.status == wanted and (not right or verdict.digital_id in right)):
            continue
        file = by_id.get(verdict.digital_id or min(right, default=""))
        shown = (file.artist, file.title, file.path, file.mix) if file else None
        yield (
            f"[{row.family}] {row.track.artist} | {row.track.title} | wanted {wanted}, said "
            f"{verdict.status} {verdict.confidence}: {verdict.reason} | {shown}"
        )


def report() -> str:
    """The figures of the half for developing, with those of the simple matchers."""
    chosen = half(DEV)
    lines = [f"{DEV}: {evaluate(DEV)}"]
    lines += [f"{DEV}, {name}: {measure(chosen, run(chosen))}" for name, run in BASELINES.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
