"""A monthly dump out of sample data: `discogs_YYYYMMDD_releases.xml.gz`.

What belongs here: how a dump says what the API answers (in attributes, without what a dump does not
know), and the file with its checksum. The releases come from `sample_data`. The same seed gives the
same XML on every platform and Python version.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from musictool_pipeline.demo.sample import SampleCollection

EXAMPLE = "discogs_20260101_releases.xml.gz"

Json = dict[str, Any]

HEAD, TAIL = b"<releases>\n", b"</releases>\n"


def dump_name(day: date) -> str:
    """What Discogs calls the latest dump on that day: it makes one on the first of each month."""
    return f"discogs_{day:%Y%m}01_releases.xml.gz"


def demo_dump(sample: SampleCollection) -> Iterator[bytes]:
    """The XML of a dump with the sample's releases, but for what no dump has: drafts."""
    yield HEAD
    for answer in sample.answers.values():
        payload = json.loads(answer)
        if payload["status"] == "Accepted":
            yield release_element(payload)
    yield TAIL


def write_dump(path: Path, pieces: Iterable[bytes]) -> None:
    """The pieces at `path`, compressed where its name ends in .gz, and the CHECKSUM file beside it.

    OSError where they cannot be written, ValueError where the name is not that of a dump.
    """
    product, day, _ = f"{path.name}__".split("_", 2)
    if product != "discogs" or not day.isdigit():
        raise ValueError(f"{path.name} is no name of a dump, such as {EXAMPLE}")
    if path.suffix == ".gz":
        with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as compressed:
            for block in _blocks(pieces):
                compressed.write(block)
    else:
        with path.open("wb") as file:
            file.writelines(_blocks(pieces))
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    listed = path.with_name(f"discogs_{day}_CHECKSUM.txt")
    listed.write_text(f"{checksum} *{path.name}\n", encoding="utf-8", newline="\n")


def _blocks(pieces: Iterable[bytes], size: int = 1024**2) -> Iterator[bytes]:
    """The same bytes in fewer pieces."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= size:
            yield bytes(block)
            block.clear()
    yield bytes(block)


# ------------------------------------------------------------------ one release


def release_element(payload: Json) -> bytes:
    """The element that a dump has for the release that the API answers so.

    Left out is what no dump has: the year (but for the date), the kind of an entry in the
    tracklist, the market, the community, pictures.
    """
    master_id = payload.get("master_id")
    parts = [
        f'<release id="{payload["id"]}" status="{payload["status"]}">',
        _artists("artists", payload["artists"]),
        _text("title", payload["title"]),
        _list(
            "labels", [_empty("label", each, "name", "catno", "id") for each in payload["labels"]]
        ),
        _artists("extraartists", payload.get("extraartists", [])),
        _list("formats", [_format(each) for each in payload["formats"]]),
        _list("genres", [_text("genre", each) for each in payload["genres"]]),
        _list("styles", [_text("style", each) for each in payload["styles"]]),
        _text("country", payload.get("country", "")),
        _text("released", payload.get("released", "")),
        _text("notes", payload.get("notes", "")),
        _text("data_quality", payload["data_quality"]),
        f'<master_id is_main_release="true">{master_id}</master_id>' if master_id else "",
        _list("tracklist", [_track(each) for each in payload["tracklist"]]),
        _list(
            "identifiers",
            [
                _empty("identifier", each, "type", "description", "value")
                for each in payload["identifiers"]
            ],
        ),
        _list("videos", [_video(each) for each in payload.get("videos", [])]),
        _list("companies", [_company(each) for each in payload["companies"]]),
        "</release>\n",
    ]
    return "".join(parts).encode()


def _text(name: str, text: str) -> str:
    # Carriage returns by number: XML takes a plain one for a line feed.
    escaped = escape(text, {"\r": "&#13;"})
    return f"<{name}>{escaped}</{name}>" if text else f"<{name}/>"


def _list(name: str, entries: Sequence[str]) -> str:
    return f"<{name}>{''.join(entries)}</{name}>" if entries else ""


def _empty(name: str, values: Json, *attributes: str) -> str:
    pairs = [f"{each}={quoteattr(str(values[each]))}" for each in attributes if each in values]
    return f"<{name} {' '.join(pairs)}/>"


def _artists(name: str, artists: Sequence[Json]) -> str:
    fields = ("id", "name", "anv", "join", "role", "tracks")
    return _list(
        name,
        [
            f"<artist>{''.join(_text(each, str(artist[each])) for each in fields)}</artist>"
            for artist in artists
        ],
    )


def _format(shape: Json) -> str:
    described = _list(
        "descriptions", [_text("description", each) for each in shape.get("descriptions", [])]
    )
    tag = _empty("format", {"text": "", **shape}, "name", "qty", "text")
    return f"{tag[:-2]}>{described}</format>" if described else tag


def _track(entry: Json) -> str:
    parts = [_text(name, entry[name]) for name in ("position", "title", "duration")]
    parts += [_artists(name, entry.get(name, [])) for name in ("artists", "extraartists")]
    parts.append(_list("sub_tracks", [_track(each) for each in entry.get("sub_tracks", [])]))
    return f"<track>{''.join(parts)}</track>"


def _video(video: Json) -> str:
    tag = f'<video src={quoteattr(video["uri"])} duration="{video["duration"]}" embed="true">'
    return f"{tag}{_text('title', video['title'])}<description/></video>"


def _company(company: Json) -> str:
    fields = ("id", "name", "catno", "entity_type", "entity_type_name", "resource_url")
    return f"<company>{''.join(_text(name, str(company[name])) for name in fields)}</company>"
