"""Settings from the environment and from `.env`; the token, which nothing may ever show."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
import zoneinfo
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path

import pytest
import tzlocal
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from musictool_pipeline.errors import SettingsError
from musictool_pipeline.settings import (
    PROJECT_ROOT,
    SETTING_NAMES,
    Secret,
    Settings,
    home_folder,
    read_settings,
    unknown_settings,
)
from musictool_pipeline.settings.values import (
    is_on_this_machine,
    local_timezone,
    may_carry_token,
)

TOKEN = "qWeRtYuIoPaSdFgHjKlZxCvBnM"


def read(root: Path, env_file: str | bytes | None = None, **environment: str) -> Settings:
    """The settings of a project at `root` with this `.env`, in this environment."""
    if env_file is not None:
        content = env_file.encode() if isinstance(env_file, str) else env_file
        (root / ".env").write_bytes(content)
    return read_settings(environment, root)


def refused(root: Path, env_file: str | bytes | None = None, **environment: str) -> str:
    """The sentence that says which setting is wrong."""
    with pytest.raises(SettingsError) as caught:
        read(root, env_file, **environment)
    assert caught.value.remedy
    return str(caught.value)


# ---------------------------------------------------------------------------------------------
# Defaults, and where values come from
# ---------------------------------------------------------------------------------------------


def test_without_any_setting_the_defaults_are_those_of_the_documentation(tmp_path: Path):
    assert read(tmp_path) == Settings(
        root=tmp_path,
        token=None,
        username=None,
        api_url="https://api.discogs.com",
        requests_per_minute=25,
        data_dir=tmp_path / "data",
        collection_csv=None,
        wantlist_csv=None,
        wantlist_is_live=False,
        digital_libraries=(),
        discogs_dump=None,
        match_confidence=0,
        min_bitrate=0,
        refetch_days=90,
        refetch_per_night=200,
        logs_dir=tmp_path / "logs",
        nightly_cron="0 3 * * *",
        timezone=None,
        dagster_home=None,
    )


def test_the_defaults_of_the_value_are_those_of_reading(tmp_path: Path):
    """Tests and commands make it by hand; they must get what a user gets."""
    by_hand = replace(
        Settings(), root=tmp_path, data_dir=tmp_path / "data", logs_dir=tmp_path / "logs"
    )
    assert by_hand == read(tmp_path)
    assert Settings().data_dir == PROJECT_ROOT / "data"


def test_the_root_is_the_folder_of_the_project():
    assert (PROJECT_ROOT / "pyproject.toml").is_file()


def test_the_home_is_the_checkout_unless_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster's processes run in other folders than the command, hence an absolute path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert home_folder({}) == home_folder({"MUSICTOOL_HOME": " "}) == PROJECT_ROOT
    assert home_folder({"MUSICTOOL_HOME": "mine"}) == tmp_path / "mine"
    assert home_folder({"MUSICTOOL_HOME": "~/mine"}) == tmp_path / "me" / "mine"
    assert read_settings({"MUSICTOOL_HOME": "mine"}).data_dir == tmp_path / "mine" / "data"


def test_without_a_checkout_the_home_is_no_part_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss: a collection that goes with the next upgrade."""
    monkeypatch.setattr("musictool_pipeline.settings.is_checkout", lambda: False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MUSICTOOL_HOME", raising=False)
    assert home_folder({}) == tmp_path / "MusicTool"
    assert Settings().database == tmp_path / "MusicTool" / "data" / "musictool.duckdb"


def test_a_home_of_an_unknown_user() -> None:
    with pytest.raises(SettingsError, match="MUSICTOOL_HOME is '~no-one-here/x', the home of an"):
        home_folder({"MUSICTOOL_HOME": "~no-one-here/x"})


def test_a_misspelled_setting_has_its_nearest(tmp_path: Path) -> None:
    """It would have no effect, and nothing would say so."""
    lines = ["DISCOGS_APIKEY=x", "MUSICTOOL_DATADIR=x", "MUSICTOOL_COLOUR=x", "EDITOR=vi"]
    (tmp_path / ".env").write_text("\n".join([*lines, "DISCOGS_USERNAME=me\n"]))
    assert unknown_settings(tmp_path) == {
        "DISCOGS_APIKEY": "DISCOGS_API_KEY",
        "MUSICTOOL_DATADIR": "MUSICTOOL_DATA_DIR",
        "MUSICTOOL_COLOUR": "",
    }


def test_all_of_them(tmp_path: Path):
    libraries = os.pathsep.join(["music", "/srv/library.nml"])
    found = read(
        tmp_path,
        DISCOGS_API_KEY=TOKEN,
        DISCOGS_USERNAME="mo",
        DISCOGS_API_URL="http://127.0.0.1:8000/",
        DISCOGS_REQUESTS_PER_MINUTE="30",
        MUSICTOOL_DATA_DIR="elsewhere",
        MUSICTOOL_COLLECTION_CSV="mine.csv",
        MUSICTOOL_WANTLIST="wants.csv",
        MUSICTOOL_DIGITAL_LIBRARY=libraries,
        MUSICTOOL_TRUST="Rekordbox, traktor,",
        MUSICTOOL_DISCOGS_DUMP="discogs_20260101_releases.xml.gz",
        MUSICTOOL_MATCH_CONFIDENCE="85",
        MUSICTOOL_MIN_BITRATE="192",
        MUSICTOOL_REFETCH_DAYS="0",
        MUSICTOOL_REFETCH_PER_NIGHT="5",
        MUSICTOOL_LOGS_DIR="/var/log/musictool",
        MUSICTOOL_NIGHTLY_CRON="30 4 * * 1",
        MUSICTOOL_TIMEZONE="Europe/Berlin",
        MUSICTOOL_PUBLIC_URL="https://music.example.org",
        DAGSTER_HOME="/srv/dagster",
    )
    assert found == Settings(
        root=tmp_path,
        token=Secret(TOKEN),
        username="mo",
        api_url="http://127.0.0.1:8000",
        requests_per_minute=30,
        data_dir=tmp_path / "elsewhere",
        collection_csv=tmp_path / "mine.csv",
        wantlist_csv=tmp_path / "wants.csv",
        digital_libraries=(tmp_path / "music", Path("/srv/library.nml")),
        trusted=("rekordbox", "traktor"),
        discogs_dump=tmp_path / "discogs_20260101_releases.xml.gz",
        match_confidence=85,
        min_bitrate=192,
        refetch_days=0,
        refetch_per_night=5,
        logs_dir=Path("/var/log/musictool"),
        nightly_cron="30 4 * * 1",
        timezone="Europe/Berlin",
        public_origins=("https://music.example.org",),
        dagster_home=Path("/srv/dagster"),
    )


def test_a_wantlist_on_discogs_is_the_users(tmp_path: Path):
    found = read(tmp_path, MUSICTOOL_WANTLIST="live", DISCOGS_USERNAME="mo")
    assert (found.wantlist_csv, found.wantlist_user, found.has_wantlist) == (None, "mo", True)
    assert "DISCOGS_USERNAME does not say whose" in refused(tmp_path, MUSICTOOL_WANTLIST="live")
    of_a_file = read(tmp_path, MUSICTOOL_WANTLIST="./live", DISCOGS_USERNAME="mo")
    assert (of_a_file.wantlist_csv, of_a_file.wantlist_user) == (tmp_path / "live", None)
    assert not read(tmp_path, DISCOGS_USERNAME="mo").has_wantlist


def test_each_setting_can_stand_in_the_file(tmp_path: Path):
    addresses = dict.fromkeys(("DISCOGS_API_URL", "MUSICTOOL_PUBLIC_URL"), "http://localhost")
    values = dict.fromkeys(SETTING_NAMES, "7") | addresses
    values["MUSICTOOL_TIMEZONE"] = "Europe/Berlin"
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    from_file = read(tmp_path, lines)
    (tmp_path / ".env").unlink()
    assert from_file == read(tmp_path, **values)
    assert from_file != read(tmp_path)


def test_each_setting_is_documented():
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    for name in SETTING_NAMES:
        assert f"\n# {name}=" in example


def test_the_example_sets_nothing(tmp_path: Path):
    example = (PROJECT_ROOT / ".env.example").read_bytes()
    assert read(tmp_path, example) == read(tmp_path)


def test_the_environment_wins_over_the_file(tmp_path: Path):
    found = read(
        tmp_path, "DISCOGS_USERNAME=file\nMUSICTOOL_REFETCH_DAYS=1\n", DISCOGS_USERNAME="shell"
    )
    assert (found.username, found.refetch_days) == ("shell", 1)


def test_an_empty_variable_unsets_what_the_file_says(tmp_path: Path):
    """`DISCOGS_API_KEY= musictool refresh` is how one goes without the token, once."""
    assert read(tmp_path, f"DISCOGS_API_KEY={TOKEN}\n", DISCOGS_API_KEY="").token is None


@pytest.mark.parametrize("blank", ["", " ", "\t", "\n"])
@pytest.mark.parametrize("name", SETTING_NAMES)
def test_blank_is_not_set(tmp_path: Path, name: str, blank: str):
    """`MUSICTOOL_DATA_DIR=` must not make the project's root the data folder."""
    assert read(tmp_path, **{name: blank}) == read(tmp_path)


def test_the_process_has_an_environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCOGS_USERNAME", "shell")
    assert read_settings(root=tmp_path).username == "shell"


def test_reading_changes_neither_the_environment_nor_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A token that reached os.environ would be handed to every program that is started."""
    monkeypatch.delenv("DISCOGS_API_KEY", raising=False)
    before = dict(os.environ)
    assert read(tmp_path, f"DISCOGS_API_KEY={TOKEN}\nMUSICTOOL_DATA_DIR=new\n").token
    read_settings(root=tmp_path)
    assert dict(os.environ) == before
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Settings().refetch_days = 1  # type: ignore[misc]


# ---------------------------------------------------------------------------------------------
# The file
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("DISCOGS_USERNAME=mo", "mo"),
        ("DISCOGS_USERNAME = mo ", "mo"),
        ("export DISCOGS_USERNAME=mo", "mo"),
        ("DISCOGS_USERNAME='mo # not a remark'", "mo # not a remark"),
        ('DISCOGS_USERNAME="mo # not a remark"', "mo # not a remark"),
        ("DISCOGS_USERNAME=mo # a remark", "mo"),
        ("DISCOGS_USERNAME=mo#5", "mo#5"),
        ("DISCOGS_USERNAME=mo$HOME${HOME}", "mo$HOME${HOME}"),
        ("DISCOGS_USERNAME=mö", "mö"),
        ("DISCOGS_USERNAME=a=b", "a=b"),
        ("#DISCOGS_USERNAME=mo", None),
        ("# DISCOGS_USERNAME=mo", None),
        ("DISCOGS_USERNAME", None),
        ("DISCOGS_USERNAME=", None),
        ('DISCOGS_USERNAME=""', None),
        ("discogs_username=mo", None),
        ("DISCOGS_USERNAME=one\nDISCOGS_USERNAME=two", "two"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
@pytest.mark.parametrize("beginning", ["", "\ufeff"])
def test_lines_of_the_file(
    tmp_path: Path, line: str, value: str | None, ending: str, beginning: str
):
    """Windows' editors put a BOM in front, and the first setting must not be lost to it."""
    assert read(tmp_path, beginning + line.replace("\n", ending or "\n") + ending).username == value


def test_a_line_that_is_none_does_not_cost_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    found = read(tmp_path, f"what is this {TOKEN}\nDISCOGS_USERNAME=mo\n")
    assert found.username == "mo"
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        'MUSICTOOL_DATA_DIR="/music/data',
        "MUSICTOOL_DATA_DIR='/a.nml':'/b.nml'",
        "export MUSICTOOL_DATA_DIR: /music",
    ],
)
def test_a_setting_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, line: str):
    """The refresh went on with the usual folder, and fetched everything into that one."""
    message = refused(tmp_path, f"# mine\n{line}\nDISCOGS_USERNAME=mo\n")
    assert f"{tmp_path / '.env'}, line 2: MUSICTOOL_DATA_DIR has no value" in message


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(path)])
def test_what_is_no_file_is_an_error_that_names_it(tmp_path: Path, make: Callable[[Path], None]):
    make(tmp_path / ".env")
    assert f"{tmp_path / '.env'} is not a file" in refused(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_in_another_encoding_is_an_error_that_names_it(tmp_path: Path, encoding: str):
    message = refused(tmp_path, f"DISCOGS_USERNAME=mö\nDISCOGS_API_KEY={TOKEN}".encode(encoding))
    assert str(tmp_path / ".env") in message
    assert TOKEN not in message


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def forbidden(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbidden)
    (tmp_path / ".env").touch()
    message = refused(tmp_path)
    assert str(tmp_path / ".env") in message
    assert "Permission denied" in message


def test_a_file_of_another_folder_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """dotenv's own search goes up the folders; a stranger's `.env` there is none of ours."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / ".env").write_text("DISCOGS_USERNAME=stranger\n")
    monkeypatch.chdir(tmp_path)
    assert read_settings({}, inner).username is None


# ---------------------------------------------------------------------------------------------
# Numbers, addresses, paths
# ---------------------------------------------------------------------------------------------

NUMBERS = {
    "DISCOGS_REQUESTS_PER_MINUTE": 1,
    "MUSICTOOL_REFETCH_DAYS": 0,
    "MUSICTOOL_REFETCH_PER_NIGHT": 0,
}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "text", ["-1", "+5", "5.0", "1e3", "sixty", "\u0665", "²", "5 0", "0x10", "1_0"]
)
def test_a_number_that_is_none(tmp_path: Path, name: str, text: str):
    message = refused(tmp_path, f"DISCOGS_API_KEY={TOKEN}\n", **{name: text})
    assert name in message and text in message and str(NUMBERS[name]) in message
    assert TOKEN not in message


@pytest.mark.parametrize("name", NUMBERS)
def test_the_least_number(tmp_path: Path, name: str):
    read(tmp_path, **{name: str(NUMBERS[name])})
    if NUMBERS[name]:
        assert name in refused(tmp_path, **{name: "0"})


def test_a_number_of_any_length_is_a_number_or_an_error(tmp_path: Path):
    assert "MUSICTOOL_REFETCH_DAYS" in refused(tmp_path, MUSICTOOL_REFETCH_DAYS="9" * 5000)


def test_numbers_may_have_blanks_around_and_noughts_before_them(tmp_path: Path):
    assert read(tmp_path, MUSICTOOL_REFETCH_DAYS=" 007 ").refetch_days == 7


def test_a_token_raises_the_ceiling_unless_that_is_set(tmp_path: Path):
    assert read(tmp_path, DISCOGS_API_KEY=TOKEN).requests_per_minute == 60
    both = read(tmp_path, DISCOGS_API_KEY=TOKEN, DISCOGS_REQUESTS_PER_MINUTE="10")
    assert both.requests_per_minute == 10


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.discogs.com", "https://api.discogs.com"),
        ("https://api.discogs.com/", "https://api.discogs.com"),
        ("http://127.0.0.1:8000//", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://mirror.example/discogs/", "https://mirror.example/discogs"),
        (" https://api.discogs.com ", "https://api.discogs.com"),
    ],
)
def test_addresses(tmp_path: Path, text: str, url: str):
    assert read(tmp_path, DISCOGS_API_URL=text).api_url == url


@pytest.mark.parametrize(
    "text",
    [
        "api.discogs.com",
        "ftp://api.discogs.com",
        "file:///etc/passwd",
        "https://",
        "https://:80",
        "https:///releases",
        "https://host:port",
        "https://host:99999",
        "https://host:0",
        "https://[::1",
        "//api.discogs.com",
        "5",
    ],
)
def test_an_address_that_is_none(tmp_path: Path, text: str):
    message = refused(tmp_path, f"DISCOGS_API_KEY={TOKEN}\n", DISCOGS_API_URL=text)
    assert "DISCOGS_API_URL" in message and text in message
    assert TOKEN not in message


@pytest.mark.parametrize(
    "text",
    [
        "https://api.discogs.com?x=1",
        "https://api.discogs.com#top",
        "https://api discogs com",
        "https://api.discogs.com\nx",
    ],
)
def test_an_address_that_no_path_can_be_added_to(tmp_path: Path, text: str):
    """`/releases/1` behind a `?` asks for something else, and every release fails."""
    assert "DISCOGS_API_URL" in refused(tmp_path, DISCOGS_API_URL=text)


def test_an_address_holds_no_password(tmp_path: Path):
    """The address is printed, logged and recorded; a password in it would be too."""
    message = refused(tmp_path, DISCOGS_API_URL="https://me:hunter2@api.discogs.com")
    assert "hunter2" not in message


PATHS = {
    "MUSICTOOL_DATA_DIR": "data_dir",
    "MUSICTOOL_COLLECTION_CSV": "collection_csv",
    "MUSICTOOL_LOGS_DIR": "logs_dir",
}


@pytest.mark.parametrize("name", PATHS)
def test_paths_start_at_the_root_unless_they_are_absolute(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    """Where a command is started from must not decide where the data goes."""
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", "/home/mo")

    def found(text: str) -> Path:
        return getattr(read(tmp_path, **{name: text}), PATHS[name])

    assert found("some/where") == tmp_path / "some" / "where"
    assert found("with blank/x") == tmp_path / "with blank" / "x"
    assert found("/abs/x") == Path("/abs/x")
    assert found("~/x") == Path("/home/mo/x")


@pytest.mark.parametrize("name", [*PATHS, "MUSICTOOL_DIGITAL_LIBRARY", "DAGSTER_HOME"])
def test_the_home_of_nobody_is_an_error_that_names_the_setting(tmp_path: Path, name: str):
    assert name in refused(tmp_path, **{name: "~nobody-of-that-name/x"})


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("localhost", True),
        ("LOCALHOST:80", True),
        ("127.0.0.1:8080", True),
        ("127.8.8.8", True),
        ("[::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("[::ffff:10.0.0.1]", False),
        ("localhost.evil.com", False),
        ("127.0.0.1.evil.com", False),
        ("2130706433", False),
        ("0x7f.1", False),
        ("127.1", False),
        ("0.0.0.0", False),
        ("[::]", False),
        ("192.168.0.1", False),
        ("127.0.0.1@evil.com", False),
        ("", False),
    ],
)
def test_what_is_certainly_on_this_machine(host: str, is_here: bool):
    assert is_on_this_machine(f"http://{host}/path") == is_here
    assert may_carry_token(f"http://{host}/path") == is_here
    assert may_carry_token(f"https://{host}/path")


@pytest.mark.parametrize(
    ("token", "api_url", "exposes"),
    [
        (TOKEN, "http://api.discogs.com", True),
        (TOKEN, "https://api.discogs.com", False),
        (TOKEN, "http://127.0.0.1:1", False),
        ("", "http://api.discogs.com", False),
    ],
)
def test_only_a_token_can_be_exposed(tmp_path: Path, token: str, api_url: str, exposes: bool):
    settings = read(tmp_path, DISCOGS_API_KEY=token, DISCOGS_API_URL=api_url)
    assert settings.exposes_token == exposes


def test_dagsters_home_starts_at_the_root_too(tmp_path: Path):
    assert read(tmp_path, DAGSTER_HOME=".dagster").dagster_home == tmp_path / ".dagster"


def test_libraries_are_separated_as_in_path(tmp_path: Path):
    def found(text: str) -> tuple[Path, ...]:
        return read(tmp_path, MUSICTOOL_DIGITAL_LIBRARY=text).digital_libraries

    assert found("a.nml") == (tmp_path / "a.nml",)
    assert found(os.pathsep.join(["b c", "", "/abs", ""])) == (tmp_path / "b c", Path("/abs"))
    assert found(os.pathsep) == ()


def test_blanks_between_libraries_are_no_part_of_them(tmp_path: Path):
    text = f"a.nml {os.pathsep} b.xml{os.pathsep} "
    assert read(tmp_path, MUSICTOOL_DIGITAL_LIBRARY=text).digital_libraries == (
        tmp_path / "a.nml",
        tmp_path / "b.xml",
    )


def test_what_lies_in_the_data_folder(tmp_path: Path):
    found = read(tmp_path, MUSICTOOL_DATA_DIR="d")
    assert found.database == tmp_path / "d" / "musictool.duckdb"
    assert found.cache_dir == tmp_path / "d" / "cache"
    assert found.progress_file.parent == tmp_path / "d"


# ---------------------------------------------------------------------------------------------
# The token
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        lambda shown: f"{shown}",
        lambda shown: f"{shown!r}",
        lambda shown: f"{shown!s:>200}",
        lambda shown: "%s %r" % (shown, shown),  # noqa: UP031 - as old logging calls do
        lambda shown: repr([shown]) + repr({"token": shown}) + repr((shown,)),
        lambda shown: json.dumps({"token": shown}, default=str),
        lambda shown: str(ValueError(shown)),
        lambda shown: "".join(traceback.format_exception(ValueError(shown))),
        lambda shown: repr(getattr(shown, "__dict__", {})) if isinstance(shown, Secret) else "",
    ],
)
def test_nothing_shows_the_token(tmp_path: Path, show: Callable[[object], str]):
    """It must never reach a log, an event, a table, an exception's text or a page."""
    settings = read(tmp_path, DISCOGS_API_KEY=TOKEN)
    assert settings.token and settings.token.reveal() == TOKEN
    assert TOKEN not in show(settings.token)
    assert TOKEN not in show(settings)


def test_a_format_with_a_width_shows_nothing():
    try:
        text = format(Secret(TOKEN), ">200")
    except TypeError as error:
        text = str(error)
    assert TOKEN not in text


def test_copies_of_the_settings_show_nothing(tmp_path: Path):
    settings = read(tmp_path, DISCOGS_API_KEY=TOKEN)
    for shown in (asdict(settings), vars(settings), copy.copy(settings), replace(settings)):
        assert TOKEN not in repr(shown)
    assert copy.deepcopy(settings) == settings


def test_logs_show_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    settings = read(tmp_path, DISCOGS_API_KEY=TOKEN)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").warning("settings %s %r", settings.token, settings)
    assert "Secret(***)" in caplog.text
    assert TOKEN not in caplog.text


def test_a_pickle_does_not_hold_the_token():
    """Pickles end up in temp files and in other processes' command lines."""
    try:
        pickled = pickle.dumps(Secret(TOKEN))
    except TypeError:
        return
    assert TOKEN.encode() not in pickled


def test_secrets_compare_by_what_they_hide():
    assert Secret("a") == Secret("a") and hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_the_token_is_trimmed(tmp_path: Path):
    """A token that was pasted brings a line break, which no header can hold."""
    found = read(tmp_path, DISCOGS_API_KEY=f" {TOKEN}\r\n").token
    assert found and found.reveal() == TOKEN


@pytest.mark.parametrize("sign", ["\n", "\r", "\0", "\x1b", "\u200b", "\ufeff", "\u2028", "\udc80"])
def test_a_token_with_signs_that_no_header_takes(tmp_path: Path, sign: str):
    message = refused(tmp_path, DISCOGS_API_KEY=f"{TOKEN}{sign}{TOKEN}")
    assert "DISCOGS_API_KEY" in message
    assert TOKEN not in message


@pytest.mark.parametrize("token", [f"“{TOKEN}”", f"{TOKEN}…", "токен"])
def test_a_token_in_a_word_processors_quotes(tmp_path: Path, token: str):
    """It would end as `connection cut off` at every request, with no word of the token."""
    message = refused(tmp_path, DISCOGS_API_KEY=token)
    assert "DISCOGS_API_KEY" in message
    assert token not in message


@hypothesis_settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([name for name in SETTING_NAMES if name != "DISCOGS_API_KEY"]),
        st.text(max_size=20).filter(lambda text: "~" not in text),
    )
)
def test_any_values_are_settings_or_an_error_that_hides_the_token(values: dict[str, str]):
    try:
        found = read_settings({**values, "DISCOGS_API_KEY": TOKEN}, Path("/nowhere"))
    except SettingsError as error:
        assert any(name in str(error) for name in values)
        assert TOKEN not in error.explained()
        assert TOKEN not in "".join(traceback.format_exception(error))
    else:
        assert found.requests_per_minute >= 1
        assert found.data_dir.is_absolute() and found.logs_dir.is_absolute()
        assert all(path.is_absolute() for path in found.digital_libraries)
        assert TOKEN not in repr(found)


@pytest.mark.parametrize("text", ["101", "999", "-1", "85.5", "high"])
def test_a_confidence_runs_from_0_to_100(tmp_path: Path, text: str):
    assert "MUSICTOOL_MATCH_CONFIDENCE" in refused(tmp_path, MUSICTOOL_MATCH_CONFIDENCE=text)
    assert read(tmp_path, MUSICTOOL_MATCH_CONFIDENCE="100").match_confidence == 100


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("https://music.example.org", ("https://music.example.org",)),
        ("HTTPS://Music.Example.Org:443/pages/", ("https://music.example.org",)),
        ("http://[::1]:80 http://127.0.0.1:8080", ("http://[::1]", "http://127.0.0.1:8080")),
    ],
)
def test_public_addresses_are_written_as_a_browser_writes_them(
    text: str, origins: tuple[str, ...], tmp_path: Path
) -> None:
    """Compared letter by letter, any other form would lock its owner out."""
    assert read_settings({"MUSICTOOL_PUBLIC_URL": text}, tmp_path).public_origins == origins


@pytest.mark.parametrize(
    "text", ["music.example.org", "*", "ftp://x", "https://", "http://x:y", "http://[::1", "//x"]
)
def test_a_public_address_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MUSICTOOL_PUBLIC_URL holds"):
        read_settings({"MUSICTOOL_PUBLIC_URL": text}, tmp_path)


# ---------------------------------------------------------------------------------------------
# Values that no system takes
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Nowhere/City", "Europe", "/etc/passwd", "../x", "x" * 5000, "Europe/Berlin\ufffd", "+2"],
)
def test_a_time_zone_that_there_is_not(tmp_path: Path, text: str):
    message = refused(tmp_path, MUSICTOOL_TIMEZONE=text)
    assert message.startswith(f"MUSICTOOL_TIMEZONE is {text[:80]!r}")
    assert "such as Europe/Berlin" in message
    assert read(tmp_path, MUSICTOOL_TIMEZONE="Europe/Berlin").timezone == "Europe/Berlin"


def test_a_machine_whose_time_zone_has_no_name(monkeypatch: pytest.MonkeyPatch):
    for failing in (lambda: "Nowhere/City", lambda: None, _raise_no_zone):
        monkeypatch.setattr(tzlocal, "get_localzone_name", failing)
        with pytest.raises(SettingsError, match="set MUSICTOOL_TIMEZONE to an IANA name"):
            local_timezone()


def _raise_no_zone() -> str:
    raise zoneinfo.ZoneInfoNotFoundError("multiple conflicting time zones")


@pytest.mark.parametrize("name", [*PATHS, "MUSICTOOL_DIGITAL_LIBRARY", "DAGSTER_HOME"])
@pytest.mark.parametrize("text", ["n" * 256, "\u9285" * 86, "/n" * 2100])
def test_too_long_a_path(tmp_path: Path, name: str, text: str):
    message = refused(tmp_path, **{name: text})
    assert message.startswith(f"{name} is too long for a path")
    assert len(message) < 200


@pytest.mark.parametrize("name", [name for name in SETTING_NAMES if name != "DISCOGS_API_KEY"])
def test_bytes_that_are_no_text(tmp_path: Path, name: str):
    """They end as a traceback wherever they are stored, sent or shown."""
    assert name in refused(tmp_path, **{name: "a\udcffb"})


def test_a_home_of_bytes_that_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/\udcff")
    assert "MUSICTOOL_DATA_DIR" in refused(tmp_path, MUSICTOOL_DATA_DIR="~/x")
    with pytest.raises(SettingsError, match="The home folder"):
        read_settings({}, tmp_path / "\udcff")


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b", "\x85", "\u2028", "\u2029", "\x9b"])
@pytest.mark.parametrize("name", ["DISCOGS_USERNAME", "MUSICTOOL_DATA_DIR"])
def test_a_setting_cannot_forge_a_line(tmp_path: Path, name: str, sign: str):
    assert refused(tmp_path, **{name: f"a{sign}b"}).startswith(f"{name} holds a line break")


def test_a_locale_that_cannot_spell_a_path_is_named(tmp_path: Path):
    """With the letters of .env, which is in UTF-8 in every locale."""
    (tmp_path / ".env").write_text("MUSICTOOL_DATA_DIR=M\u00fcll\n", encoding="utf-8")
    code = (
        "import sys, pathlib; from musictool_pipeline.settings import read_settings\n"
        "read_settings({}, pathlib.Path(sys.argv[1]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT_ROOT),
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    last = ended.stderr.decode().strip().splitlines()[-1]
    assert "SettingsError: MUSICTOOL_DATA_DIR has letters that are not in ASCII" in last
