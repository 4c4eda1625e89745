"""The project as a package, with no checkout around it: what a wheel holds is enough, and what the
user keeps in the home survives every installation.

The wheel is built from this tree and installed into an environment of its own, which borrows the
other packages from the environment of the tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from musictool_pipeline.settings import PROJECT_ROOT, is_checkout
from musictool_pipeline_tests.sample_data import SampleCollection, demo_collection
from musictool_pipeline_tests.stand_in.server import StandIn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="an environment is laid out otherwise"),
]

BUILT_FROM = ("pyproject.toml", "hatch_build.py", "LICENSE", ".env.example", "dagster.yaml")
FAST = 60_000


@dataclass(frozen=True)
class Installed:
    """An environment with the package, and a user whose home folder is empty at first."""

    folder: Path

    @property
    def user(self) -> Path:
        return self.folder / "user"

    @property
    def python(self) -> Path:
        return self.folder / "environment" / "bin" / "python"

    def pip(self, *arguments: str | Path) -> None:
        """As `pip install` of this environment; the tests' own does it."""
        command = [sys.executable, "-m", "pip", "--python", self.python, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=300)

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """With the command on the path, and nothing of the machine's own settings."""
        return {
            "PATH": os.pathsep.join([str(self.python.parent), "/usr/bin", "/bin"]),
            "LANG": "C.UTF-8",
            "HOME": str(self.user),
            "TMPDIR": str(self.folder),
            **settings,
        }

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command to its end, run where the user happens to be."""
        return subprocess.run(
            ["musictool", *arguments],
            executable=self.python.with_name("musictool"),
            env=self.environment(settings),
            cwd=self.user,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    @contextmanager
    def serving(self, command: str, **settings: str) -> Iterator[str]:
        """The address of a server, as soon as it answers; the server ends with the block."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        with subprocess.Popen(
            [self.python.with_name("musictool"), command, "--port", port],
            env=self.environment(settings),
            cwd=self.user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                until = time.monotonic() + 120
                address = f"http://127.0.0.1:{port}"
                while not _answers(address):
                    assert server.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.2)
                yield address
            finally:
                server.terminate()

    def kept(self) -> dict[str, bytes]:
        """Everything that the user has."""
        return {
            str(path.relative_to(self.user)): path.read_bytes()
            for path in sorted(self.user.rglob("*"))
            if path.is_file()
        }


def _answers(address: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(address, timeout=30).ok
    return False


def _wheel(tree: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", into, tree], check=True, capture_output=True)
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _wheel(PROJECT_ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def older_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("older")
    for name in (*BUILT_FROM, "workspace.yaml"):
        shutil.copy(PROJECT_ROOT / name, tree)
    package = tree / "musictool_pipeline"
    shutil.copytree(PROJECT_ROOT / package.name, package, ignore=shutil.ignore_patterns("__py*"))
    beginning = package / "__init__.py"
    text = re.sub('__version__ = ".*"', '__version__ = "0.0.1"', beginning.read_text())
    beginning.write_text(text)
    (package / "gone_since.py").write_text('"""In the older version only."""\n')
    return _wheel(tree, tree / "wheel")


@pytest.fixture
def installed(tmp_path: Path, wheel: Path) -> Installed:
    made = _with_nothing(tmp_path)
    made.pip("install", "--no-deps", "--no-index", wheel)
    return made


def _with_nothing(folder: Path) -> Installed:
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    borrowed = sysconfig.get_path("purelib")
    (packages / "borrowed.pth").write_text(f"{borrowed}\n")
    made = Installed(folder)
    made.user.mkdir()
    return made


@pytest.fixture(scope="module")
def sample() -> SampleCollection:
    return demo_collection()


def test_the_tests_run_from_a_checkout_and_an_environment_is_none(tmp_path: Path) -> None:
    """Another package may leave a pyproject.toml in site-packages, and the data must not go
    there."""
    assert is_checkout()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\n')
    assert not is_checkout(tmp_path)
    assert not is_checkout(tmp_path / "nowhere")


def test_from_the_demo_to_the_own_collection(
    installed: Installed, sample: SampleCollection
) -> None:
    """The whole way of somebody who has the package alone, who sets nothing but an address."""
    packages = set(installed.python.parents[1].rglob("*.py"))
    home = installed.user / "MusicTool"

    demo = installed.run("demo")
    assert demo.returncode == 0, demo.stderr
    assert f"The database:  {home}/data/demo/musictool.duckdb" in demo.stdout
    assert "run `musictool demo` again and it sends none" in demo.stdout
    assert "`musictool dashboard`" in demo.stdout

    made = installed.run("init")
    assert made.returncode == 0, made.stderr
    listed = {path.name for path in home.iterdir()}
    assert listed == {".env", "data", "dagster.yaml", "workspace.yaml"}
    assert "# DISCOGS_API_KEY=" in (home / ".env").read_text()

    (home / "data" / sample.export_name).write_bytes(sample.export_csv)
    checked = installed.run("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"Dagster's folder: {home}/.dagster" in checked.stdout

    with StandIn(sample.answers.get, limit=FAST) as discogs:
        address = {"DISCOGS_API_URL": discogs.url, "DISCOGS_REQUESTS_PER_MINUTE": str(FAST)}
        refreshed = installed.run("refresh", **address)
        assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    assert (home / "data" / "exports" / "musictool-report.html").stat().st_size > 10_000
    assert (home / ".dagster").is_dir()
    status = json.loads(installed.run("status", "--json").stdout)
    assert status["database"] == str(home / "data" / "musictool.duckdb")
    assert status["percentage"] == 100

    assert {path.name for path in installed.user.iterdir()} <= {"MusicTool", ".cache"}
    assert set(installed.python.parents[1].rglob("*.py")) == packages
    assert not list(installed.python.parents[1].rglob("*.duckdb"))


def test_the_pages_open(installed: Installed) -> None:
    """Dagster finds the code, by the home's workspace.yaml; Streamlit finds its pages."""
    with installed.serving("dashboard") as address:
        assert requests.get(f"{address}/_stcore/health", timeout=30).text == "ok"
    query = (
        "{workspaceOrError{... on Workspace{locationEntries{"
        "name locationOrLoadError{__typename}}}}}"
    )
    with installed.serving("ui", MUSICTOOL_HOME="elsewhere") as address:
        answer = requests.post(f"{address}/graphql", json={"query": query}, timeout=60).json()
    (location,) = answer["data"]["workspaceOrError"]["locationEntries"]
    assert location["name"] == "musictool_pipeline"
    assert location["locationOrLoadError"]["__typename"] == "RepositoryLocation"
    assert (installed.user / "elsewhere" / ".dagster").is_dir()
    assert not (installed.user / "elsewhere" / "elsewhere").exists()


def test_a_home_that_is_set(installed: Installed) -> None:
    made = installed.run("init", MUSICTOOL_HOME="~/music of mine")
    assert made.returncode == 0, made.stderr
    assert f"Settings: {installed.user}/music of mine/.env" in made.stdout
    assert not (installed.user / "MusicTool").exists()


def test_no_installation_touches_what_is_the_users(
    tmp_path: Path, older_wheel: Path, wheel: Path
) -> None:
    installed = _with_nothing(tmp_path)
    installed.pip("install", "--no-deps", "--no-index", older_wheel)
    assert installed.run("--version").stdout == "musictool 0.0.1\n"
    assert installed.run("init").returncode == 0
    home = installed.user / "MusicTool"
    for name in (".env", "dagster.yaml", "workspace.yaml"):
        with (home / name).open("a") as file:
            file.write("# Mine.\n")
    (home / "data" / "match_overrides.csv").write_text("release_id,position,decision\n")
    kept = installed.kept()

    installed.pip("install", "--no-deps", "--no-index", "--upgrade", wheel)
    assert installed.run("--version").stdout != "musictool 0.0.1\n"
    assert not list(installed.python.parents[1].rglob("gone_since.py"))
    assert installed.run("init").returncode == 0
    assert installed.kept() == kept

    installed.pip("uninstall", "--yes", "musictool-pipeline")
    assert installed.kept() == kept
    packages = Path(installed.python.parents[1])
    assert not list(packages.rglob("musictool*"))


def test_without_streamlit_the_extra_is_named(installed: Installed) -> None:
    """Nobody with a package alone has a Makefile."""
    (packages,) = installed.python.parents[1].glob("lib/python*/site-packages")
    (packages / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if name == 'streamlit' else find(name)\n"
    )
    refused = installed.run("dashboard")
    assert refused.returncode == 2
    assert "`musictool-pipeline[dashboard]`" in refused.stderr
