"""A shared installation on loopback: PostgreSQL, code server, daemon and web servers, as processes.

What belongs here: starting and ending them, with the commands and the instance that `deploy/`
ships, and asking them. What has to come of it stands in `test_shared_installation`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests
import yaml

from musictool_pipeline.settings import PROJECT_ROOT

DEPLOY = PROJECT_ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
LOCATION = {
    "repositoryLocationName": "musictool_pipeline",
    "repositoryName": "__repository__",
}

# The scripts of a container's PATH, as modules of the Python that runs the tests.
MODULES = {
    "dagster": "dagster",
    "dagster-daemon": "dagster._daemon",
    "musictool-webserver": "musictool_pipeline.app.dagster_webserver",
}
PASSWORD = "an-invented-password"

Found = TypeVar("Found")


def wait_for(condition: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """What the condition gives, once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# --- PostgreSQL ----------------------------------------------------------------------------------


def postgres_binaries() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server of the tests' own, listening on loopback."""

    binaries: Path
    port: int
    user: str | None
    folder: Path

    def run(self, program: str, *arguments: str) -> str:
        """One of PostgreSQL's programs, as the user that the server runs as; gives its output."""
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            user=self.user,
            group=self.user and "nogroup",
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "LC_ALL": "C.UTF-8",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.port),
                "PGUSER": "musictool",
                "PGPASSWORD": PASSWORD,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}"
        return done.stdout

    def create_database(self, name: str) -> None:
        self.run("createdb", name)

    def environment(self, database: str) -> dict[str, str]:
        """What `deploy/instance/dagster.yaml` asks for."""
        return {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_DB": database,
            "DAGSTER_PG_USER": "musictool",
            "DAGSTER_PG_PASSWORD": PASSWORD,
        }


@contextmanager
def running_postgres(binaries: Path) -> Iterator[Postgres]:
    """A server with a cluster of its own, in a folder that goes with it.

    PostgreSQL refuses to run as root; then it runs as `nobody`, who could not enter pytest's
    folders.
    """
    folder = Path(tempfile.mkdtemp(prefix="musictool-postgres-"))
    server = Postgres(binaries, free_port(), "nobody" if os.geteuid() == 0 else None, folder)
    if server.user:
        shutil.chown(folder, server.user)
    password, data = folder / "password", folder / "cluster"
    password.write_text(PASSWORD, encoding="utf-8")
    try:
        server.run(
            *("initdb", "-D", str(data), "-U", "musictool", "-A", "scram-sha-256"),
            *("--pwfile", str(password), "-E", "UTF8"),
        )
        options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        log = str(folder / "log")
        server.run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", options, "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- The processes of one collection -------------------------------------------------------------


@dataclass
class Installation:
    """What `deploy/compose.yaml` describes, for one collection, as processes of this machine."""

    folder: Path
    environment: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self, *services: str) -> None:
        """Starts these services with the commands of the compose file, and waits until they
        answer."""
        for service in services:
            with (self.folder / f"{service}.log").open("ab") as log:
                self.processes[service] = subprocess.Popen(
                    self.command(service),
                    cwd=self.folder,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if service == "code":
                wait_for(lambda: self._listens("code"), 120, self._said("code"))
        for service in services:
            if service in {"web", "guests"}:
                wait_for(lambda name=service: self._answers(name), 120, self._said(service))

    def command(self, service: str) -> list[str]:
        """The command of the compose file, for loopback."""
        return self._here(service, COMPOSE["services"][service]["command"])

    def is_healthy(self, service: str) -> bool:
        """What the compose file's health check says."""
        check = self._here(service, COMPOSE["services"][service]["healthcheck"]["test"][1:])
        return (
            subprocess.run(
                check, env=self.environment, capture_output=True, timeout=120, check=False
            ).returncode
            == 0
        )

    def _here(self, service: str, command: list[str]) -> list[str]:
        """A container's command with this machine's Python, folders and ports."""
        replaced = {
            "0.0.0.0": "127.0.0.1",
            "4000": self.environment["DAGSTER_CODE_PORT"],
            "3000": str(self.ports.setdefault(service, free_port())),
            "/opt/musictool": str(PROJECT_ROOT),
        }
        program, *arguments = command
        started = [] if program == "python" else ["-m", MODULES[program]]
        each = re.compile("|".join(rf"{re.escape(word)}\b" for word in replaced))
        here = [each.sub(lambda found: replaced[found[0]], word) for word in arguments]
        return [sys.executable, *started, *here]

    def kill(self, service: str) -> None:
        """SIGKILL to the service and everything that it started, as when its container dies."""
        process = self.processes.pop(service)
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Ends all of them, the ones that ask the code before the code."""
        for process in reversed(self.processes.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def run(self, *arguments: str) -> str:
        """A command of Dagster's on this instance; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def ask(self, query: str, service: str = "web", **variables: Any) -> dict[str, Any]:
        """A GraphQL request, as the pages send it."""
        answer = requests.post(
            f"http://127.0.0.1:{self.ports[service]}/graphql",
            json={"query": query, "variables": variables},
            timeout=60,
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def _listens(self, service: str) -> bool:
        assert self.processes[service].poll() is None, self._said(service)
        with socket.socket() as caller:
            caller.settimeout(1)
            return caller.connect_ex(("127.0.0.1", int(self.environment["DAGSTER_CODE_PORT"]))) == 0

    def _answers(self, service: str) -> bool:
        assert self.processes[service].poll() is None, self._said(service)
        with contextlib.suppress(requests.RequestException):
            address = f"http://127.0.0.1:{self.ports[service]}/server_info"
            return requests.get(address, timeout=5).ok
        return False

    def _said(self, service: str) -> str:
        log = self.folder / f"{service}.log"
        return f"{service}: {log.read_text(encoding='utf-8', errors='replace')[-2_000:]}"


def installation(
    folder: Path, postgres: Postgres, database: str, settings: Mapping[str, str]
) -> Installation:
    """A collection's installation in `folder`, on a database of its own; `settings` is what its
    .env file would hold."""
    (folder / "data").mkdir(parents=True)
    postgres.create_database(database)
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("MUSICTOOL_")},
        **postgres.environment(database),
        "DAGSTER_HOME": str(DEPLOY / "instance"),
        "DAGSTER_LOGS_DIR": str(folder / "dagster"),
        "DAGSTER_CODE_HOST": "127.0.0.1",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_CODE_PORT": str(free_port()),
        "MUSICTOOL_DATA_DIR": str(folder / "data"),
        "MUSICTOOL_LOGS_DIR": str(folder / "logs"),
        "XDG_CACHE_HOME": str(folder / "user-cache"),
        "DISCOGS_API_KEY": "",
        "DISCOGS_USERNAME": "",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])
        ),
        **settings,
    }
    return Installation(folder, environment)
