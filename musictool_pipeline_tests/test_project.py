"""The project's own files: what is locked, what is ignored, what has to agree with what.

What belongs here: promises about files that no module reads. What a module does with a file is
tested beside the tests of that module.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from musictool_pipeline import settings
from musictool_pipeline.settings import PROJECT_ROOT as ROOT

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LOCK_FILES = ("requirements.txt", "requirements-dashboard.txt", "requirements-dev.txt")
MODULES = sorted((ROOT / "musictool_pipeline").rglob("*.py"))


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _normal(name: str) -> str:
    """A distribution's name as indexes compare it: `Python_dotenv` is `python-dotenv`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _name(requirement: str) -> str:
    """`gql[requests]==4.0.0 ; python_version < '3.12'` -> `gql`."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, f"no requirement: {requirement!r}"
    return _normal(found[0])


def _pins(lock_file: str) -> dict[str, list[str]]:
    """Each pin of the file (`name==version ; marker`) with its hashes."""
    text = (ROOT / lock_file).read_text(encoding="utf-8")
    pins: dict[str, list[str]] = {}
    for entry in text.replace("\\\n", " ").splitlines():
        words = entry.partition(" #")[0].strip()
        if words and not words.startswith("#"):
            pin, *hashes = re.split(r"\s+--hash=", words)
            pins[pin] = hashes
    return pins


@cache
def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What git says about this checkout; the test is skipped where it is none."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return subprocess.run(
        [git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


# --- What is installed ---------------------------------------------------------------------------


@pytest.mark.parametrize("lock_file", LOCK_FILES)
def test_every_pin_is_exact_and_hashed(lock_file: str) -> None:
    """Without it, a package replaced on its way here would be installed."""
    pins = _pins(lock_file)
    assert len(pins) > 50
    for pin, hashes in pins.items():
        assert re.fullmatch(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==[\w.+!]+( ; .+)?", pin), pin
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), pin


@pytest.mark.parametrize("lock_file", LOCK_FILES)
def test_lock_files_name_no_place(lock_file: str) -> None:
    """An address or a path in them would bind everybody to one machine's index."""
    text = (ROOT / lock_file).read_text(encoding="utf-8")
    assert "://" not in text
    options = re.findall(r"^\s*(-\S+?)(?:[=\s]|$)", text, re.MULTILINE)
    assert set(options) == {"--hash"}, "any other one could name an index"


@pytest.mark.parametrize("lock_file", LOCK_FILES[:-1])
def test_all_lock_files_pin_the_same_versions(lock_file: str) -> None:
    """Else `make test` would test other versions than `make setup` or `make dashboard` installs."""
    installed, tested = _pins(lock_file), _pins("requirements-dev.txt")
    assert {pin: tested.get(pin) for pin in installed} == installed


def test_the_dashboard_comes_on_top_of_what_is_there() -> None:
    """`make dashboard` after `make setup` changes no version that a refresh was tested with."""
    assert _pins("requirements.txt").items() <= _pins("requirements-dashboard.txt").items()


@pytest.mark.parametrize(
    ("lock_file", "requirements"),
    [
        ("requirements.txt", PROJECT["dependencies"] + PYPROJECT["build-system"]["requires"]),
        ("requirements-dashboard.txt", EXTRAS["dashboard"]),
        ("requirements-dev.txt", EXTRAS["dev"] + EXTRAS["dashboard"]),
    ],
)
def test_what_is_declared_is_locked(lock_file: str, requirements: list[str]) -> None:
    """A dependency that was added without `make lock` would be missing after `make setup`."""
    locked = {_name(pin) for pin in _pins(lock_file)}
    assert {_name(requirement) for requirement in requirements} <= locked


def test_the_locked_build_backend_is_the_one_that_builds() -> None:
    assert PYPROJECT["dependency-groups"]["build"] == PYPROJECT["build-system"]["requires"]


def test_all_of_dagster_has_one_version() -> None:
    """The web server and the code it loads speak a protocol that changes with the version."""
    declared = dict(
        requirement.partition(";")[0].strip().split("==")
        for requirement in PROJECT["dependencies"] + EXTRAS["dev"]
        if requirement.startswith("dagster")
    )
    assert {"dagster", "dagster-webserver"} <= declared.keys()
    locked = {
        _name(pin): pin.partition(" ;")[0].split("==")[1] for pin in _pins("requirements-dev.txt")
    }
    assert {locked[name] for name in declared} == set(declared.values()) == {declared["dagster"]}


def test_what_the_package_imports_is_declared() -> None:
    """An import that another package happens to bring works here and fails on the next system."""
    extras = EXTRAS["dashboard"] + EXTRAS["mcp"] + EXTRAS["rekordbox"]
    declared = {_name(each) for each in PROJECT["dependencies"] + extras}
    distributions = importlib.metadata.packages_distributions()
    undeclared: set[str] = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            for top in {name.partition(".")[0] for name in names}:
                if top in sys.stdlib_module_names or top == "musictool_pipeline":
                    continue
                if not {_normal(name) for name in distributions.get(top, [top])} & declared:
                    undeclared.add(f"{_relative(module)}: {top}")
    assert not undeclared


# --- What has to agree ---------------------------------------------------------------------------


def test_every_way_to_start_dagster_loads_the_same_code() -> None:
    """`dagster dev`, `dg` and dagster-webserver each read another of these; under a second name
    the schedules and sensors that were switched on would be off."""
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))
    [location] = workspace["load_from"]
    from_workspace = (
        location["python_module"]["module_name"],
        location["python_module"]["location_name"],
    )
    dagster_dev = PYPROJECT["tool"]["dagster"]
    dg_project = PYPROJECT["tool"]["dg"]["project"]
    assert (
        from_workspace
        == (dagster_dev["module_name"], dagster_dev["code_location_name"])
        == (dg_project["code_location_target_module"], dg_project["code_location_name"])
    )
    assert (ROOT / from_workspace[0].replace(".", "/")).with_suffix(".py").is_file()


def test_env_example_names_every_setting_and_sets_none() -> None:
    """A setting that is not listed is never found; one that is set was not the user's choice."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [found[1] for line in lines if (found := re.match(r"# ([A-Z][A-Z_]+)=", line))]
    assert sorted(named) == sorted(settings.SETTING_NAMES)
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_env_example_shows_the_defaults_in_force(tmp_path: Path) -> None:
    """With every example taken at its word, the settings are those of an empty `.env`."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    examples = dict(re.findall(r"^# ([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))
    # Its example is the ceiling with a token, and there is none.
    assert examples.pop("DISCOGS_REQUESTS_PER_MINUTE") == str(settings.LIMIT_WITH_TOKEN)
    assert settings.read_settings(examples, tmp_path) == settings.read_settings({}, tmp_path)


def test_dagster_keeps_to_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that Dagster no longer knows stops every command; a path gone astray splits the
    history in two."""
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    text = (tmp_path / "dagster.yaml").read_text(encoding="utf-8")
    folders = re.findall(r"^ +base_dir: (.+)$", text, re.MULTILINE)
    assert len(folders) == 3
    assert all(folder.startswith(".dagster/") for folder in folders)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("discogs_release_id", ["1"])
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds > 10_000 / 25 * 60
        assert not instance.run_retries_enabled
        assert not instance.telemetry_enabled
    assert {path.name for path in tmp_path.iterdir()} == {"dagster.yaml", ".dagster"}


def test_make_lists_every_target_with_a_sentence() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony
    listed = dict(re.findall(r"^([a-z]+):[^=\n]*## (.+\.)$", text, re.MULTILINE))
    assert set(phony[1].split()) == set(listed)


# --- What must not get in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "data/musictool.duckdb",
        "data/you-collection-20260101-1200.csv",
        "data/cache/1.json",
        "logs/refresh.log",
        "exports/gap_analysis.csv",
        ".dagster/storage/runs.db",
        "history/runs.db",
        "storage/1/compute_logs/1.out",
    ],
)
def test_what_is_the_users_is_ignored(path: str) -> None:
    """The loss: a token or a collection pushed to a public repository."""
    assert _git("check-ignore", "--quiet", "--no-index", path).returncode == 0


@pytest.mark.parametrize(
    "path",
    [
        ".env.example",
        "data/.gitkeep",
        "musictool_pipeline/storage/new.py",
        "musictool_pipeline/demo/data/new.csv",
        "musictool_pipeline_tests/storage/new.py",
    ],
)
def test_what_is_the_projects_is_not_ignored(path: str) -> None:
    """The loss: a file that works here and is missing from every clone."""
    assert _git("check-ignore", "--quiet", "--no-index", path).returncode == 1


# Written so that these lines do not match themselves.
MACHINE = re.compile(
    r"(?<![\w.])/(?:root|work|[t]mp)/"  # somebody's folders
    r"|pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|/simple/[a-z0-9-]+/"  # registries
)


def test_no_file_names_a_machine_or_a_registry() -> None:
    """A path or host of one machine is wrong on every other, and tells where it was written."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    assert listed.returncode == 0, listed.stderr
    # Not `/app` or `/root`, though: what is that short, a container's file may well name.
    here = [str(folder) for folder in (ROOT, Path.home()) if len(folder.parts) > 2]
    found: set[str] = set()
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue  # deleted, and not committed yet
        text = path.read_text(encoding="utf-8", errors="ignore")
        if hit := MACHINE.search(text):
            found.add(f"{name}: {hit[0]}")
        found.update(f"{name}: {place}" for place in here if place in text)
    assert not found


# --- How it is built -----------------------------------------------------------------------------


def test_imports_keep_to_the_drawing() -> None:
    """The layers of the architecture, as import-linter contracts in pyproject.toml."""
    tool = Path(sys.executable).with_name("lint-imports")
    linted = subprocess.run(
        [str(tool), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_every_module_says_what_lives_there() -> None:
    assert MODULES
    assert [
        _relative(module)
        for module in MODULES
        if not ast.get_docstring(ast.parse(module.read_bytes()))
    ] == []
