"""From one `<release>` element of a monthly dump to the payload that the API would answer for it.

What belongs here: how a dump says what the API says. Where the elements are found, and what is done
with the payloads, belong to `discogs.dump`; what a payload means, to `core.discogs.tracklist`.

A dump has some values in attributes and others in elements, and which in which has changed over the
years, so each is looked for in both places. It has no `year` (but `released`), no `type_`, and
nothing of the market or the community. Elements that are not known here are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from musictool_pipeline.core.discogs.tracklist import MOST_LEVELS, release_year
from musictool_pipeline.core.text import printed
from musictool_pipeline.errors import UnreadableRelease

LARGEST_ELEMENT = 32 * 1024**2
"""Bytes. The largest box sets take some 500 KB."""

ACCEPTED = "Accepted"

# No XML may hold these, yet dumps of some years do, plainly or by number.
_FORBIDDEN = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rb"|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));"
)

Payload = dict[str, Any]


def dump_payload(release_id: int, element: bytes) -> Payload:
    """The element, in UTF-8 and without anything around it, as the API's JSON object.

    `status` is `Accepted`, or what else the dump says. Raises UnreadableRelease if the XML is
    broken, declares something, or is about another release.
    """
    if len(element) > LARGEST_ELEMENT:
        raise UnreadableRelease(release_id, f"it takes over {LARGEST_ELEMENT // 1024**2} MB")
    root = _parsed(release_id, element)
    if root.tag != "release" or _number(_fields(root).get("id", "")) != release_id:
        raise UnreadableRelease(release_id, "its element in the dump is about another release")
    fields = _fields(root)
    released = fields.get("released", "")
    payload: Payload = {
        "id": release_id,
        "status": fields.get("status") or ACCEPTED,
        "year": release_year(None, released) or 0,
        "artists": _credits(root, "artists"),
        "labels": _all(root, "labels", "name", "catno", "id"),
        "series": _all(root, "series", "name", "catno", "id"),
        "companies": _all(
            root, "companies", "name", "catno", "entity_type", "entity_type_name", "id"
        ),
        "formats": [_format(entry) for entry in _listed(root, "formats")],
        "title": fields.get("title", ""),
        "genres": _texts(root, "genres"),
        "styles": _texts(root, "styles"),
        "identifiers": _all(root, "identifiers", "type", "value", "description"),
        "videos": [_video(_fields(video)) for video in _listed(root, "videos")],
        "tracklist": _tracklist(root),
        "extraartists": _credits(root, "extraartists"),
    }
    # The API leaves these out if they are empty.
    for name in ("country", "released", "notes", "data_quality"):
        if value := fields.get(name):
            payload[name] = value
    if master_id := _number(fields.get("master_id", "")):
        payload["master_id"] = master_id
    return payload


def _parsed(release_id: int, element: bytes) -> Element:
    """No declaration can come before an element's own tag, nor be valid after it: with these bytes
    alone the parser has nothing to expand, and no place to fetch anything from."""
    if not element.startswith(b"<release"):
        raise UnreadableRelease(release_id, "its element in the dump does not begin with its tag")
    try:
        return _parse(element)
    except ParseError:
        try:
            return _parse(_FORBIDDEN.sub(b"", element))
        except ParseError as error:
            raise UnreadableRelease(
                release_id, f"its element in the dump is broken XML ({error})"
            ) from None


def _parse(element: bytes) -> Element:
    parser = XMLParser(encoding="utf-8")
    parser.feed(element)
    return parser.close()


def _fields(element: Element) -> dict[str, str]:
    """Attributes and children alike, by name. A thing that has only a text goes by it."""
    fields = dict(element.attrib)
    for child in element:
        fields[child.tag] = child.text or ""
    if "name" not in fields:
        fields["name"] = (element.text or "").strip()
    return fields


def _listed(element: Element, name: str) -> Iterable[Element]:
    """What is in the list of that name."""
    listed = element.find(name)
    return () if listed is None else listed


def _texts(element: Element, name: str) -> list[str]:
    return [entry.text for entry in _listed(element, name) if entry.text]


def _all(element: Element, name: str, *keys: str) -> list[Payload]:
    """The list of that name, of each thing in it these; `id` as a number, 0 if there is none."""
    entries: list[Payload] = []
    for listed in _listed(element, name):
        fields = _fields(listed)
        entry: Payload = {key: fields.get(key, "") for key in keys}
        if "id" in entry:
            entry["id"] = _number(entry["id"])
        entries.append(entry)
    return entries


def _credits(element: Element, name: str) -> list[Payload]:
    return _all(element, name, "name", "anv", "join", "role", "tracks", "id")


def _format(element: Element) -> Payload:
    fields = _fields(element)
    entry: Payload = {"name": fields["name"], "qty": fields.get("qty", "")}
    if descriptions := _texts(element, "descriptions"):
        entry["descriptions"] = descriptions
    if text := fields.get("text"):
        entry["text"] = text
    return entry


def _video(fields: dict[str, str]) -> Payload:
    return {
        "uri": fields.get("src", ""),
        "title": fields.get("title", ""),
        "description": fields.get("description") or None,
        "duration": _number(fields.get("duration", "")),
        "embed": fields.get("embed") == "true",
    }


def _tracklist(release: Element) -> list[Payload]:
    listed = release.find("tracklist")
    if listed is None:
        return []
    # If no track has a position, a missing one does not mark a heading.
    positions_are_printed = any(printed(entry.text) for entry in listed.iter("position"))
    entries: list[Payload] = []
    for track in listed.findall("track"):
        entry = _track(track, MOST_LEVELS)
        # On Discogs a heading is a line with a title and no position; some give it a length.
        if (
            positions_are_printed
            and entry["type_"] == "track"
            and printed(entry["title"])
            and not printed(entry["position"])
        ):
            entry["type_"] = "heading"
        entries.append(entry)
    return entries


def _track(element: Element, levels: int) -> Payload:
    fields = _fields(element)
    entry: Payload = {
        "type_": "track",
        "position": fields.get("position", ""),
        "title": fields.get("title", ""),
        "duration": fields.get("duration", ""),
    }
    for name in ("artists", "extraartists"):
        if name in fields and (artists := _credits(element, name)):
            entry[name] = artists
    if levels and "sub_tracks" in fields and (parts := element.findall("sub_tracks/track")):
        entry["type_"] = "index"
        entry["sub_tracks"] = [_track(part, levels - 1) for part in parts]
    return entry


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0
