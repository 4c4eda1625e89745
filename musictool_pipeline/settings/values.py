"""One setting's text as a value: a path, a number, an address, a time zone.

What belongs here: what a text has to be like for that, and saying what is wrong with it. Which
settings there are, and where they are read from, is in `settings`.
"""

from __future__ import annotations

import os
import sys
import unicodedata
import zoneinfo
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

import tzlocal

from musictool_pipeline.errors import SettingsError


def is_on_this_machine(url: str) -> bool:
    """True if the address is certainly of this machine: `localhost`, or a loopback address in its
    usual form. Other names and other ways to write a number may lead anywhere."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:  # a name
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def may_carry_token(url: str) -> bool:
    """True if no one on the way can read a request to this address."""
    return urlsplit(url).scheme == "https" or is_on_this_machine(url)


def require_text(name: str, text: str) -> None:
    """Raises SettingsError if the text could not be stored or sent, or would begin a line of its
    own in a log."""
    if any(unicodedata.category(sign) == "Cs" for sign in text):
        raise SettingsError(f"{name} holds bytes that are no {_encoding()} text", _ANOTHER_LOCALE)
    if any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in text):
        raise SettingsError(f"{name} holds a line break or another control character")


def require_path(name: str, path: Path) -> Path:
    """The path, if a file can have it. Raises SettingsError."""
    require_text(name, str(path))
    try:
        too_long = len(os.fsencode(path)) > 4095 or any(
            len(os.fsencode(part)) > 255 for part in path.parts
        )
    except UnicodeEncodeError:
        raise SettingsError(
            f"{name} has letters that are not in {_encoding()}, this locale's encoding",
            _ANOTHER_LOCALE,
        ) from None
    if too_long:
        raise SettingsError(f"{name} is too long for a path: it begins with {str(path)[:40]!r}")
    return path


_ANOTHER_LOCALE = "Run it in a locale with UTF-8 (LC_ALL=C.UTF-8), and spell the path in UTF-8."


def _encoding() -> str:
    return sys.getfilesystemencoding().upper()


def time_zone(text: str | None) -> str | None:
    """The name of a time zone. Raises SettingsError if there is none of that name."""
    if text is not None:
        try:
            zoneinfo.ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            raise SettingsError(
                f"MUSICTOOL_TIMEZONE is {text[:80]!r}, which is no time zone; set it to an IANA "
                "name, such as Europe/Berlin"
            ) from None
    return text


def local_timezone() -> str:
    """The machine's time zone, by its IANA name. Raises SettingsError if it has none."""
    try:
        return zoneinfo.ZoneInfo(tzlocal.get_localzone_name()).key
    except (KeyError, ValueError, OSError, TypeError):
        raise SettingsError(
            f"This machine's time zone has no name (TZ is {os.environ.get('TZ', '')[:80]!r}); set "
            "MUSICTOOL_TIMEZONE to an IANA name, such as Europe/Berlin"
        ) from None


def whole_number(
    values: Mapping[str, str], name: str, default: int, *, least: int, most: int = 999_999_999
) -> int:
    """The number that a setting is given, or its default. Raises SettingsError."""
    text = values.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise SettingsError(f"{name} is {text[:40]!r}, not a whole number from {least} to {most:,}")
    return int(text)


def api_address(text: str) -> str:
    """The address of an API, without a slash at its end. Raises SettingsError."""
    try:
        parts = urlsplit(text)
        if parts.username or parts.password:
            raise SettingsError("DISCOGS_API_URL holds a user name or password; leave it out")
        usable = (
            text.isprintable()
            and not any(character.isspace() or character in "?#" for character in text)
            and parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.port != 0
        )
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"DISCOGS_API_URL is {text!r}, not an address with http or https")
    return text.rstrip("/")


def origin_of(text: str) -> str:
    """The scheme, host and port of an address, as a browser says where a request comes from. Raises
    SettingsError."""
    try:
        parts = urlsplit(text.lower())
        port = parts.port
    except ValueError:
        port, parts = None, urlsplit("")
    if not (parts.scheme in {"http", "https"} and parts.hostname and text.isascii()):
        raise SettingsError(
            f"MUSICTOOL_PUBLIC_URL holds {text!r}, not an address such as https://music.example.org"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port in {None, {"http": 80, "https": 443}[parts.scheme]}
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")
