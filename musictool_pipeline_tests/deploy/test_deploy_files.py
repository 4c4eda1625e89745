"""The files of `deploy/` agree with each other and with the project: compose, units, values, image.

What belongs here: what can be seen by reading. That the processes they describe do their work, is
tried in `test_shared_installation`; Docker, systemd and Kubernetes themselves are not.
"""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES, read_settings

DEPLOY = PROJECT_ROOT / "deploy"
UNITS = sorted((DEPLOY / "shared").glob("*.service"))
# Not what brings a person's own machine through the night: that has a folder of its own.
FILES = sorted(
    path
    for path in DEPLOY.rglob("*")
    if path.is_file() and path.relative_to(DEPLOY).parts[0] != "systemd"
)
PYPROJECT: dict[str, Any] = tomllib.loads(
    (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
)


def _text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def _yaml(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


COMPOSE = _yaml(DEPLOY / "compose.yaml")
VALUES = _yaml(DEPLOY / "helm/values.yaml")
INSTANCE = _yaml(DEPLOY / "instance/dagster.yaml")
WORKSPACE = _yaml(DEPLOY / "instance/workspace.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "postgres"}


class _Unit(configparser.ConfigParser):
    """systemd's own dialect: names in upper and lower case, and a name more than once."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",))
        self.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
        self.read_string(path.read_text(encoding="utf-8"))
        self.environment = dict(
            re.findall(r"(?m)^Environment=(\w+)=(.*)$", path.read_text(encoding="utf-8"))
        )
        self.command = shlex.split(self["Service"]["ExecStart"])


# --- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_every_setting_that_is_named_exists(path: Path) -> None:
    """A setting that was renamed would be set and never read: the data would lie elsewhere."""
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:MUSICTOOL|DISCOGS)_[A-Z_]+\b", text))
    assert named <= {*SETTING_NAMES, "MUSICTOOL_IMAGE"}


def test_every_way_in_loads_the_same_code_under_the_same_name() -> None:
    """Under a second name the schedule that was switched on would be off."""
    module = PYPROJECT["tool"]["dagster"]["module_name"]
    [location] = WORKSPACE["load_from"]
    assert (
        location["grpc_server"]["location_name"]
        == PYPROJECT["tool"]["dagster"]["code_location_name"]
    )
    [deployment] = VALUES["dagster-user-deployments"]["deployments"]
    dockerfile = re.search(r"^CMD (\[.+\])$", _text("Dockerfile"), re.MULTILINE)
    assert dockerfile
    for command in (
        SERVICES["code"]["command"],
        yaml.safe_load(dockerfile[1]),
        deployment["dagsterApiGrpcArgs"],
        _Unit(DEPLOY / "shared/musictool-code@.service").command,
    ):
        assert command[command.index("-m") + 1] == module


def _command(words: list[str]) -> list[str]:
    """A command without what differs from place to place: folders, hosts and ports."""
    return [
        re.sub(r"^(127\.0\.0\.1|0\.0\.0\.0)$", "HOST", re.sub(r"^(\d+|\$\{\w+\})$", "PORT", word))
        for word in [words[0].rpartition("/")[2], *words[1:]]
    ]


@pytest.mark.parametrize("service", OURS)
def test_a_unit_and_a_container_run_the_same_command(service: str) -> None:
    unit = _Unit(DEPLOY / f"shared/musictool-{service}@.service")
    assert _command(unit.command) == _command(OURS[service]["command"])
    assert unit.command[0].startswith("/opt/musictool/.venv/bin/")


def test_whatever_is_meant_to_be_a_file_of_the_project_is_one() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for named in re.findall(r"/opt/musictool/(?!\.venv)([\w./-]*\w)", text):
            assert (PROJECT_ROOT / named).exists(), f"{path.name}: {named}"
        for named in re.findall(r"(?<![\w/.-])deploy/[\w./@-]*\w", text):
            assert (PROJECT_ROOT / named).exists(), f"{path.name}: {named}"


# --- The instance --------------------------------------------------------------------------------


def test_the_instance_is_the_roots_but_for_where_it_is_kept() -> None:
    """What was learned for one machine (a night that never ends, a run started twice) holds here
    too."""
    root = _yaml(PROJECT_ROOT / "dagster.yaml")
    root["concurrency"]["pools"]["default_limit"] = 1
    kept = {"storage", "compute_logs", "local_artifact_storage"}
    assert {name: value for name, value in INSTANCE.items() if name not in kept} == {
        name: value for name, value in root.items() if name not in kept
    }


def _asked_for(value: Any) -> set[str]:
    """The environment variables that a configuration of Dagster's asks for."""
    if isinstance(value, dict):
        if value.keys() == {"env"}:
            return {value["env"]}
        return set().union(*map(_asked_for, value.values()))
    return set().union(*map(_asked_for, value)) if isinstance(value, list) else set()


ASKED_FOR = _asked_for(INSTANCE) | _asked_for(WORKSPACE)


@pytest.mark.parametrize("service", OURS)
def test_each_process_is_told_what_its_instance_asks_for(service: str) -> None:
    """Dagster would say so only when the process starts, one name at a time."""
    assert len(ASKED_FOR) == 8
    needed = {"DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY", *ASKED_FOR}
    assert OURS[service]["environment"].keys() >= needed
    unit = _Unit(DEPLOY / f"shared/musictool-{service}@.service")
    shown = set(re.findall(r"(?m)^# ([A-Z_]+)=", _text("shared/collection.env.example")))
    assert needed <= unit.environment.keys() | shown
    assert set(re.findall(r"\$\{(\w+)\}", unit["Service"]["ExecStart"])) <= shown


def test_no_password_stands_in_a_file() -> None:
    [database] = INSTANCE["storage"]["postgres"].values()
    assert database["password"] == {"env": "DAGSTER_PG_PASSWORD"}
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "KEY" in name:
                assert value.startswith("${DAGSTER_PG_PASSWORD:?"), name
    assigned = re.compile(r"(?im)^[ #]*[\w-]*(?:password|api_key|token)[ ]*[:=][ ]*(\S+)$")
    for path in FILES:
        for value in assigned.findall(path.read_text(encoding="utf-8")):
            assert value.startswith(("${", "{env")), f"{path.name}: {value}"


# --- Compose -------------------------------------------------------------------------------------


def test_every_variable_of_the_compose_file_is_explained_and_used() -> None:
    used = set(re.findall(r"\$\{(\w+)", _text("compose.yaml")))
    explained = set(re.findall(r"(?m)^# ([A-Z_]+)=", _text("collection.env.example")))
    assert used == {*explained, "MUSICTOOL_IMAGE"}


@pytest.mark.parametrize("service", OURS)
def test_a_container_is_nobody_and_writes_its_volumes_only(service: str) -> None:
    container = OURS[service]
    dockerfile = _text("Dockerfile")
    assert container["user"] in re.findall(r"(?m)^USER (\S+)$", dockerfile)
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["healthcheck"]["test"][0] == "CMD"
    named = {volume.partition(":")[0] for volume in container["volumes"]}
    assert {name for name in named if not name.startswith("$")} <= COMPOSE["volumes"].keys()


def test_the_token_and_the_collection_are_the_code_servers_alone() -> None:
    """The web pages are what strangers can reach."""
    for name, service in OURS.items():
        assert ("env_file" in service) == (name == "code")
        assert any(volume.endswith(":/data") for volume in service["volumes"]) == (name == "code")
        settings = _Unit(DEPLOY / f"shared/musictool-{name}@.service")
        text = (DEPLOY / f"shared/musictool-{name}@.service").read_text(encoding="utf-8")
        assert ("%i.settings.env" in text) == (name == "code")
        assert ("MUSICTOOL_DATA_DIR" in settings.environment) == (name == "code")


def test_the_code_keeps_its_hosts_name() -> None:
    """Under a new name nobody could tell that a run of the container before is dead, and it would
    count as running until the next noon."""
    assert SERVICES["code"]["hostname"] == "code"
    assert SERVICES["daemon"]["environment"]["DAGSTER_CODE_HOST"] == "code"


@pytest.mark.parametrize("service", ["web", "guests"])
def test_the_pages_stand_behind_the_guard(service: str) -> None:
    """Dagster's own web server takes orders from every page that a browser shows."""
    command = OURS[service]["command"][0]
    assert command in PYPROJECT["project"]["scripts"]
    unit = _Unit(DEPLOY / f"shared/musictool-{service}@.service")
    assert unit.command[0].rpartition("/")[2] == command
    for name in ("compose.yaml", f"shared/musictool-{service}@.service"):
        assert "dagster-webserver" not in _text(name)
    # The port of the host is another than the container's, so its address has to be named.
    (port,) = OURS[service]["ports"]
    here, _, _ = port.rpartition(":")
    assert f"http://{here}" in OURS[service]["environment"]["MUSICTOOL_PUBLIC_URL"].split()


def test_in_the_image_dagsters_own_name_leads_to_the_guard() -> None:
    """The chart starts `dagster-webserver`, and no value changes that."""
    [link] = re.findall(r"(?m)^RUN ln -sf (.+)$", _text("Dockerfile"))
    assert re.findall(r"command -v ([\w-]+)", link) == ["musictool-webserver", "dagster-webserver"]
    [named] = VALUES["dagsterWebserver"]["env"]
    assert named["name"] == "MUSICTOOL_PUBLIC_URL"
    assert read_settings({named["name"]: named["value"]}, DEPLOY).public_origins


def test_guests_can_change_nothing() -> None:
    assert "--read-only" in SERVICES["guests"]["command"]
    assert "--read-only" not in SERVICES["web"]["command"]
    assert VALUES["dagsterWebserver"]["enableReadOnly"] is True


def test_no_page_is_open_to_the_network() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    for unit in UNITS:
        assert "0.0.0.0" not in unit.read_text(encoding="utf-8")
    assert VALUES["dagsterWebserver"]["service"]["type"] == "ClusterIP"


# --- The image, the units, the values ------------------------------------------------------------


def test_the_image_is_made_from_what_is_there_and_nothing_else() -> None:
    """A collection or a `.env` in an image would go wherever the image goes."""
    copied = {
        source
        for line in re.findall(r"(?m)^COPY (.+)$", _text("Dockerfile"))
        for source in line.split()[:-1]
    }
    let_in = set(re.findall(r"(?m)^!(.+)$", _text("Dockerfile.dockerignore")))
    assert copied == let_in
    assert all((PROJECT_ROOT / source).exists() for source in copied)
    assert "*" in _text("Dockerfile.dockerignore").splitlines()


def test_the_target_wants_every_unit() -> None:
    target = _text("shared/musictool@.target")
    assert set(re.findall(r"(musictool-\w+@)%i\.service", target)) == {
        unit.name.removesuffix(".service") for unit in UNITS
    }
    for unit in UNITS:
        assert _Unit(unit)["Unit"]["PartOf"] == "musictool@%i.target"
        assert _Unit(unit)["Service"]["ProtectSystem"] == "strict"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_the_values_say_what_the_instance_says() -> None:
    def camel(section: dict[str, Any]) -> dict[str, Any]:
        return {_camel(name): value for name, value in section.items()}

    daemon = VALUES["dagsterDaemon"]
    assert daemon["runMonitoring"] == camel(INSTANCE["run_monitoring"])
    assert daemon["runRetries"] == INSTANCE["run_retries"]
    assert VALUES["concurrency"]["runs"] == camel(INSTANCE["concurrency"]["runs"])
    assert VALUES["concurrency"]["pools"] == camel(INSTANCE["concurrency"]["pools"])
    database = INSTANCE["storage"]["postgres"]["postgres_db"]
    assert VALUES["postgresql"]["postgresqlScheme"] == database["scheme"]
    assert VALUES["telemetry"] == INSTANCE["telemetry"]


def test_the_values_are_for_the_charts_version_that_goes_with_the_packages() -> None:
    [version] = {
        requirement.partition("==")[2]
        for requirement in PYPROJECT["project"]["dependencies"]
        if requirement.startswith("dagster")
    }
    assert f"--version {version} " in _text("helm/values.yaml")
    assert VALUES["dagsterDaemon"]["image"]["tag"] == version
    assert VALUES["dagsterWebserver"]["image"] == VALUES["dagsterDaemon"]["image"]
    # dagster 1.13.27 and dagster-postgres 0.29.27 are one release.
    major, minor, patch = map(int, version.split("."))
    assert f"dagster-postgres==0.{minor + 16 * major}.{patch}\n" in _text("requirements.in")


# --- What is installed besides -------------------------------------------------------------------


def test_what_is_added_is_pinned_hashed_and_nothing_of_the_project() -> None:
    """psycopg2 is under the LGPL: it may be in an image that somebody builds, not in the project's
    own packages."""
    pins = re.findall(r"(?m)^([\w-]+)==[\w.]+ \\$", _text("requirements.txt"))
    assert pins == ["dagster-postgres", "psycopg2-binary"]
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", _text("requirements.txt"))) >= len(pins)
    for lock_file in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        assert "psycopg" not in (PROJECT_ROOT / lock_file).read_text(encoding="utf-8")
