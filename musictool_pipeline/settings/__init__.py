"""The settings: one frozen value, read from the environment and from `.env`.

What belongs here: names, defaults, and which of environment and `.env` counts. `settings.values`
turns text into paths and numbers. Reading files other than `.env`, and anything that a setting
*leads to*, belong elsewhere. The environment wins over
`.env`; paths that are not absolute start at the home, the folder of `.env`.
"""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import psutil
from dotenv import dotenv_values
from dotenv.parser import parse_stream

from musictool_pipeline.errors import SettingsError
from musictool_pipeline.settings.values import (
    api_address,
    may_carry_token,
    origin_of,
    require_path,
    require_text,
    time_zone,
    whole_number,
)

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the package: the checkout, or an environment's site-packages."""

DEFAULT_API_URL = "https://api.discogs.com"
DEFAULT_NIGHTLY_CRON = "0 3 * * *"
LIVE = "live"
"""What MUSICTOOL_WANTLIST is if the wantlist is read from the API."""

LIMIT_WITH_TOKEN = 60
LIMIT_WITHOUT_TOKEN = 25

SETTING_NAMES = (
    "DISCOGS_API_KEY",
    "DISCOGS_USERNAME",
    "DISCOGS_API_URL",
    "DISCOGS_REQUESTS_PER_MINUTE",
    "MUSICTOOL_HOME",
    "MUSICTOOL_DATA_DIR",
    "MUSICTOOL_COLLECTION_CSV",
    "MUSICTOOL_WANTLIST",
    "MUSICTOOL_DIGITAL_LIBRARY",
    "MUSICTOOL_TRUST",
    "MUSICTOOL_DISCOGS_DUMP",
    "MUSICTOOL_MATCH_CONFIDENCE",
    "MUSICTOOL_MIN_BITRATE",
    "MUSICTOOL_REFETCH_DAYS",
    "MUSICTOOL_REFETCH_PER_NIGHT",
    "MUSICTOOL_LOGS_DIR",
    "MUSICTOOL_NIGHTLY_CRON",
    "MUSICTOOL_TIMEZONE",
    "MUSICTOOL_PUBLIC_URL",
    "DAGSTER_HOME",
)


def is_checkout(folder: Path = PROJECT_ROOT) -> bool:
    """True if the folder is a checkout of this project. Other packages, too, leave files with the
    names of ours in site-packages, hence the look into it."""
    try:
        project = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return '\nname = "musictool-pipeline"\n' in project


def home_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of `.env`, `data/`, `logs/` and `.dagster/`: `MUSICTOOL_HOME`, else the checkout
    that the code runs from, else `~/MusicTool`. Never the installed package: an upgrade replaces
    it.

    Raises SettingsError if the user has no home folder, or the setting is no path.
    """
    text = (os.environ if environment is None else environment).get("MUSICTOOL_HOME", "").strip()
    if not text and is_checkout():
        return PROJECT_ROOT
    try:
        home = Path.cwd() / Path(text).expanduser() if text else Path.home() / "MusicTool"
    except RuntimeError:
        raise SettingsError(
            f"MUSICTOOL_HOME is {text!r}, the home of an unknown user"
            if text
            else "This user has no home folder, and MUSICTOOL_HOME is not set",
            "Set MUSICTOOL_HOME to a folder of yours.",
        ) from None
    return require_path("MUSICTOOL_HOME", home)


class Secret:
    """A text that only `reveal` shows.

    Code that prints, logs, pickles or compares settings sees `Secret(***)`.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; the request header is the one place that has a use for it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True)
class Places:
    """Where everything of one installation lies. Settings are Places too: a function that needs the
    paths alone asks for Places, and says so."""

    root: Path = field(default_factory=home_folder)
    data_dir: Path = field(default_factory=lambda: home_folder() / "data")
    logs_dir: Path = field(default_factory=lambda: home_folder() / "logs")

    @property
    def database(self) -> Path:
        """The published DuckDB file."""
        return self.data_dir / "musictool.duckdb"

    @property
    def snapshots_dir(self) -> Path:
        """The latest readings of a collection from the API, each in the form of an export."""
        return self.data_dir / "snapshots"

    @property
    def cache_dir(self) -> Path:
        """One file for each release's answer."""
        return self.data_dir / "cache"

    @property
    def overrides_file(self) -> Path:
        """The user's own decisions on matches; it need not exist."""
        return self.data_dir / "match_overrides.csv"

    @property
    def report_file(self) -> Path:
        """The report, as every refresh leaves it."""
        return self.data_dir / "exports" / "musictool-report.html"

    @property
    def standstill_file(self) -> Path:
        """In which state of everything a refresh last found nothing to do."""
        return self.data_dir / ".standstill.json"

    @property
    def progress_file(self) -> Path:
        """How far the latest refresh is, for `musictool status`."""
        return self.data_dir / "progress.json"


@dataclass(frozen=True)
class Settings(Places):
    """Everything that a user can set; `read_settings` makes it, tests make it by hand.

    `requests_per_minute` is the client's own ceiling; the server's header can lower it.
    `wantlist_csv` is the wantlist's export; None if there is none, or if it is read from the API.
    `refetch_days` 0 means that a cached tracklist is never fetched again. A file found with less
    than `match_confidence`, 0 to 100, is one to look at and not owned. Owned tracks with no file of
    `min_bitrate` kbit/s are named; 0 names none. `public_origins` are the addresses under which the
    web pages are reached, beside their own; as a browser writes them. Of several libraries that
    list one file, those of the `trusted` programs say its tempo and key.
    """

    token: Secret | None = None
    username: str | None = None
    api_url: str = DEFAULT_API_URL
    requests_per_minute: int = LIMIT_WITHOUT_TOKEN
    collection_csv: Path | None = None
    wantlist_csv: Path | None = None
    wantlist_is_live: bool = False
    digital_libraries: tuple[Path, ...] = field(default=())
    trusted: tuple[str, ...] = ()
    discogs_dump: Path | None = None
    match_confidence: int = 0
    min_bitrate: int = 0
    refetch_days: int = 90
    refetch_per_night: int = 200
    nightly_cron: str = DEFAULT_NIGHTLY_CRON
    timezone: str | None = None
    public_origins: tuple[str, ...] = field(default=())
    dagster_home: Path | None = None

    @property
    def exposes_token(self) -> bool:
        """True if requests would carry the token unencrypted to another machine."""
        return self.token is not None and not may_carry_token(self.api_url)

    @property
    def live_user(self) -> str | None:
        """The user whose collection is read from the API; None if it is read from a CSV. A CSV
        that is set comes first: it is how one goes back to an earlier state."""
        return None if self.collection_csv else self.username

    @property
    def wantlist_user(self) -> str | None:
        """The user whose wantlist is read from the API; None if it is read from a CSV or not at
        all."""
        return self.username if self.wantlist_is_live else None

    @property
    def has_wantlist(self) -> bool:
        """True if there is to be a wantlist."""
        return self.wantlist_is_live or self.wantlist_csv is not None


def read_settings(
    environment: Mapping[str, str] | None = None, root: Path | None = None
) -> Settings:
    """The settings in force: `environment` over `root/.env`. By default the environment is the
    process's own, without what Dagster put there, and the root is the home that it names.

    Raises SettingsError if a value is none that the setting can take.
    """
    given = _given_environment() if environment is None else environment
    root = home_folder(given) if root is None else root
    from_file = _read_env_file(root / ".env")
    values = {
        name: text.strip()
        for name in SETTING_NAMES
        if (text := given.get(name, from_file.get(name) or "")) and text.strip()
    }

    require_path("The home folder", root)
    for name, text in values.items():
        if name != "DISCOGS_API_KEY":
            require_text(name, text)

    def path(name: str, text: str) -> Path:
        try:
            found = root / Path(text.strip()).expanduser()
        except RuntimeError:
            raise SettingsError(f"{name} is {text!r}, the home of an unknown user") from None
        return require_path(name, found)

    def optional_path(name: str) -> Path | None:
        return path(name, values[name]) if name in values else None

    token = Secret(values["DISCOGS_API_KEY"]) if "DISCOGS_API_KEY" in values else None
    if token and not (token.reveal().isascii() and token.reveal().isprintable()):
        raise SettingsError("DISCOGS_API_KEY holds characters that no token has")
    wantlist_is_live = values.get("MUSICTOOL_WANTLIST") == LIVE
    if wantlist_is_live and "DISCOGS_USERNAME" not in values:
        raise SettingsError(
            f"MUSICTOOL_WANTLIST is {LIVE}, but DISCOGS_USERNAME does not say whose it is"
        )
    ceiling = LIMIT_WITH_TOKEN if token else LIMIT_WITHOUT_TOKEN
    return Settings(
        root=root,
        token=token,
        username=values.get("DISCOGS_USERNAME"),
        api_url=api_address(values.get("DISCOGS_API_URL", DEFAULT_API_URL)),
        requests_per_minute=whole_number(values, "DISCOGS_REQUESTS_PER_MINUTE", ceiling, least=1),
        data_dir=optional_path("MUSICTOOL_DATA_DIR") or root / "data",
        collection_csv=optional_path("MUSICTOOL_COLLECTION_CSV"),
        wantlist_csv=None if wantlist_is_live else optional_path("MUSICTOOL_WANTLIST"),
        wantlist_is_live=wantlist_is_live,
        digital_libraries=tuple(
            path("MUSICTOOL_DIGITAL_LIBRARY", part)
            for part in values.get("MUSICTOOL_DIGITAL_LIBRARY", "").split(os.pathsep)
            if part.strip()
        ),
        trusted=tuple(
            name
            for part in values.get("MUSICTOOL_TRUST", "").split(",")
            if (name := part.strip().lower())
        ),
        discogs_dump=optional_path("MUSICTOOL_DISCOGS_DUMP"),
        match_confidence=whole_number(values, "MUSICTOOL_MATCH_CONFIDENCE", 0, least=0, most=100),
        min_bitrate=whole_number(values, "MUSICTOOL_MIN_BITRATE", 0, least=0),
        refetch_days=whole_number(values, "MUSICTOOL_REFETCH_DAYS", 90, least=0),
        refetch_per_night=whole_number(values, "MUSICTOOL_REFETCH_PER_NIGHT", 200, least=0),
        logs_dir=optional_path("MUSICTOOL_LOGS_DIR") or root / "logs",
        nightly_cron=values.get("MUSICTOOL_NIGHTLY_CRON", DEFAULT_NIGHTLY_CRON),
        timezone=time_zone(values.get("MUSICTOOL_TIMEZONE")),
        public_origins=tuple(map(origin_of, values.get("MUSICTOOL_PUBLIC_URL", "").split())),
        dagster_home=optional_path("DAGSTER_HOME"),
    )


def unknown_settings(root: Path) -> dict[str, str]:
    """The names in `root/.env` that look like a setting and are none, each with the nearest that
    is one; "" if none is near. Raises SettingsError if the file cannot be read."""
    ours = ("DISCOGS", "MUSICTOOL", "DAGSTER_HOM")
    unknown = [name for name in _read_env_file(root / ".env") if name not in SETTING_NAMES]
    near = {
        name: difflib.get_close_matches(name.upper(), SETTING_NAMES, 1, 0.85) for name in unknown
    }
    return {
        name: found[0] if found else ""
        for name, found in near.items()
        if found or name.upper().startswith(ours)
    }


def _given_environment() -> Mapping[str, str]:
    """The environment without what Dagster loaded over it from the `.env` of the working folder,
    before it loaded this project. What was there before is known of the process in which Dagster
    began. Raises SettingsError if Dagster's records are not where that environment says."""
    loaded = {
        name: text
        for name, text in _as_dagster_reads(Path(".env")).items()
        if name in SETTING_NAMES and os.environ.get(name) == text
    }
    began_with = _environment_of_dagster() if loaded else None
    if began_with is None:
        return os.environ
    given = {name: text for name, text in os.environ.items() if name not in loaded}
    given |= {name: began_with[name] for name in loaded if name in began_with}
    home = given.get("DAGSTER_HOME", os.environ.get("DAGSTER_HOME"))
    if home != os.environ.get("DAGSTER_HOME"):
        raise SettingsError(
            f"DAGSTER_HOME is {home!r} in the environment, but Dagster takes it from .env",
            "Remove it from one of them, and start Dagster again.",
        )
    return given


def _as_dagster_reads(path: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(path) if path.is_file() else {}
    except (OSError, UnicodeDecodeError):
        return {}


def _environment_of_dagster() -> Mapping[str, str] | None:
    """What the outermost Dagster process, this one or one that it descends from, was started with.
    None if there is none, or if the system does not tell."""
    found = None
    with suppress(psutil.Error):
        this_process = psutil.Process()
        for process in (this_process, *this_process.parents()):
            with suppress(psutil.Error):
                if _is_dagster(process.cmdline()):
                    found = process.environ()
    return found


def _is_dagster(command: Sequence[str]) -> bool:
    """True of `dagster dev`, `python -m dagster_webserver` and the like."""
    words = [word for word in command if not word.startswith("-")]
    return any(re.fullmatch(r"(dagster|dg)([._-].*)?", Path(word).name) for word in words[:2])


def _read_env_file(path: Path) -> Mapping[str, str | None]:
    if os.path.lexists(path) and not (path.is_file() or path.is_fifo()):
        raise SettingsError(f"{path} is not a file", "Move it away, then run `musictool init`.")
    try:
        lines = [*parse_stream(io.StringIO(path.read_text("utf-8-sig")))]
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not a text file in UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    for line in lines:
        name = _NAMED.match(line.original.string) if line.error else None
        if name and name[1] in SETTING_NAMES:
            raise SettingsError(
                f"{path}, line {line.original.line}: {name[1]} has no value that can be read",
                "Write NAME=value, with quotation marks around the whole value or without any.",
            )
    return {line.key: line.value for line in lines if line.key}


_NAMED: Final = re.compile(r"\s*(?:export\s+)?(\w+)")
