"""Web pages of other sites, against the real servers: Dagster's pages and the dashboard.

What is at stake: while a page of this project is open, every other page in the same browser can
make it send requests here. Each form of them that there is has to be refused before it does
anything; what got through shows by the trace that it leaves.
"""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from websockets.exceptions import WebSocketException

from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline_tests.app.conftest import SAMPLE, Project
from musictool_pipeline_tests.app.dashboard.conftest import FILLED
from musictool_pipeline_tests.app.judged_collection import publish
from musictool_pipeline_tests.browser import find_browser, open_browser
from musictool_pipeline_tests.strangers import (
    EVIL,
    LOCATION,
    PARTITIONS,
    Attempt,
    Site,
    another_site,
    as_forms,
    as_programs,
    decide_as,
    hostile_pages,
    is_a_link,
    mutation,
    open_streamlit,
    own_pages,
    send,
    socket_at,
    strangers,
)
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_least,
    exactly,
    none_of,
    not_tried,
    told,
)
from musictool_pipeline_tests.torture.projects import wait_for

TOKEN = "aStrAngErsPrIzE"
RESOLVE = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"

LAUNCH = """
mutation {{ launchPipelineExecution(executionParams: {{
  selector: {{ repositoryLocationName: {repositoryLocationName},
              repositoryName: {repositoryName}, pipelineName: "refresh" }},
  mode: "default", runConfigData: {config} }}) {{ __typename }} }}
"""


@dataclass(frozen=True)
class Servers:
    """Both servers on one project, and the site of a stranger."""

    project: Project
    dagster: int
    dashboard: int
    site: Site

    def traces(self) -> set[str]:
        """The mutations that were executed, by what they left."""
        with self.project.instance() as instance:
            return set(instance.get_dynamic_partitions(PARTITIONS))

    @property
    def decisions_file(self) -> Path:
        return self.project.data / "match_overrides.csv"

    def decisions(self) -> int:
        file = self.decisions_file
        return len(file.read_text("utf-8").splitlines()) - 1 if file.exists() else 0


def run(stage: Stage) -> Iterator[Figure]:
    """Every form of request byte by byte, then real pages in Chromium."""
    with another_site() as site:
        with started(stage.folder / "project", site) as servers:
            yield from _own_pages_are_let_in(servers)
            # First: what gets through below may replace the tables that are decided on.
            yield from _decisions(servers)
            yield from _bytes(stage, servers)
            yield from _tokens(servers)
            yield from _in_chromium(stage, servers)
        left = [port for port in (servers.dagster, servers.dashboard) if _listens(port)]
        yield none_of("servers left behind by SIGTERM", left)


@contextmanager
def started(folder: Path, site: Site) -> Iterator[Servers]:
    """Both servers, started as a user does, with a token, on a collection in that folder; they are
    told to end with the block."""
    project = Project(folder, "http://127.0.0.1:9")
    for made in (project.data, project.home, project.dagster_home, project.folder / "tmp"):
        made.mkdir(parents=True)
    (project.dagster_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    publish(project.database, **FILLED)
    Warehouse(project.database).publish(
        lambda connection: connection.execute(sql("collection_statistics.sql"))
    )
    (project.data / SAMPLE.export_name).write_bytes(SAMPLE.export_csv)
    open_streamlit(project.home)
    with ExitStack() as stack:
        dagster = stack.enter_context(_serving(project, "ui", "/server_info"))
        dashboard = stack.enter_context(_serving(project, "dashboard", "/_stcore/health"))
        yield Servers(project, dagster, dashboard, site)


@contextmanager
def _serving(project: Project, command: str, path: str) -> Iterator[int]:
    port = _free_port()
    asked = Attempt("is it up", "GET", path, (("Host", f"127.0.0.1:{port}"),))
    settings = {"DISCOGS_API_KEY": TOKEN}
    with project.running(command, "--port", str(port), settings=settings) as process:
        try:
            if not wait_for(lambda: _answers(port, asked), 180):
                raise RuntimeError(f"musictool {command} does not come up")
            yield port
        finally:
            # Not SIGKILL, as at the block's end: it would leave what the command started.
            process.terminate()
            process.wait(60)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _answers(port: int, attempt: Attempt) -> bool:
    with suppress(OSError):
        return send(port, attempt).is_let_in
    return False


# --- Byte by byte ---------------------------------------------------------------------------------


def _own_pages_are_let_in(servers: Servers) -> Iterator[Figure]:
    """Were all refused, the figures below would be reached by a server that is of no use."""
    keys = [f"own-{number}" for number in range(4)]
    number = iter(keys)
    for who, headers in own_pages(servers.dagster):
        for kind in ("POST of JSON", "POST of GraphQL"):
            (asked,) = (each for each in as_programs(mutation(next(number))) if each.what == kind)
            send(servers.dagster, asked.by(who, headers))
    yield exactly("mutations of own pages", len(servers.traces() & set(keys)), len(keys))
    opened = sum(
        send(port, socket_at(path, protocol).by(who, headers)).status == 101
        for port, path, protocol in _sockets(servers)
        for who, headers in own_pages(port)
    )
    yield exactly("WebSockets of own pages", opened, 4)


def _bytes(stage: Stage, servers: Servers) -> Iterator[Figure]:
    port, other = servers.dagster, servers.site.port
    numbers = itertools.count()
    tried = 0
    let_in: list[str] = []
    keys: dict[str, str] = {}

    def attempts() -> Iterator[tuple[int, Attempt]]:
        for who, headers in strangers(port, other):
            key = f"stranger-{next(numbers)}-"
            for form in (as_forms, as_programs):
                for place, asked in enumerate(form(mutation(key))):
                    yield (
                        port,
                        _with_own_key(asked, key, f"{form.__name__}{place}").by(who, headers),
                    )
            for asked in (_report_asset(), _page(), socket_at("/graphql", "graphql-ws")):
                yield port, asked.by(who, headers)
        nobody = ("nobody", (("Host", f"127.0.0.1:{port}"),))
        for who, headers in (nobody, *own_pages(port)):
            key = f"form-{next(numbers)}-"
            for place, asked in enumerate(as_forms(mutation(key))):
                yield port, _with_own_key(asked, key, f"as_forms{place}").by(who, headers)
        for who, headers in strangers(servers.dashboard, other):
            for asked in _asked_of_streamlit():
                yield servers.dashboard, asked.by(who, headers)

    pages = [each for each in attempts() if not is_a_link(each[1])]
    for at, attempt in pages[:: stage.count(1, 7)]:
        tried += 1
        keys[_key_of(attempt)] = attempt.what
        if send(at, attempt).is_let_in:
            let_in.append(attempt.what)
    through = sorted(servers.traces() & keys.keys())
    yield told("forms of requests", tried)
    yield none_of("requests of strangers that were let in", let_in)
    yield none_of("mutations that got through", [keys[key] for key in through])


def _with_own_key(asked: Attempt, key: str, place: str) -> Attempt:
    """The attempt with a trace that is its alone."""
    own = key + place
    return Attempt(
        asked.what,
        asked.method,
        asked.target.replace(key, own),
        asked.headers,
        asked.body.replace(key.encode(), own.encode()),
    )


def _key_of(attempt: Attempt) -> str:
    text = attempt.target + attempt.body.decode()
    for beginning in ("stranger-", "form-"):
        if beginning in text:
            rest = text[text.index(beginning) :]
            return rest[: next(i for i, sign in enumerate(rest) if sign in '"%\\')]
    return ""


def _report_asset() -> Attempt:
    return Attempt("an asset reported", "POST", "/report_asset_materialization/releases")


def _page() -> Attempt:
    return Attempt("the start page", "GET", "/")


def _asked_of_streamlit() -> Iterator[Attempt]:
    yield Attempt("a page", "GET", "/review")
    for path in ("health", "host-config", "metrics", "agent/openapi.json"):
        yield Attempt(path, "GET", f"/_stcore/{path}")
    kind = ("Content-Type", "multipart/form-data; boundary=x")
    yield Attempt("an upload", "PUT", "/_stcore/upload_file/a/b", (kind,), b"--x--")
    yield Attempt("an order", "POST", "/_stcore/agent/interact", (), b"{}")
    yield socket_at("/_stcore/stream", "streamlit")


def _sockets(servers: Servers) -> Iterable[tuple[int, str, str]]:
    return (
        (servers.dagster, "/graphql", "graphql-ws"),
        (servers.dashboard, "/_stcore/stream", "streamlit"),
    )


# --- What they are after --------------------------------------------------------------------------


def _tokens(servers: Servers) -> Iterator[Figure]:
    """A run as it is, and one whose configuration leads the token to the stranger's own server."""
    site = f"http://127.0.0.1:{servers.site.port}"
    steered = {"resources": {"discogs": {"config": {"api_url": site, "requests_per_minute": 600}}}}
    host = ("Host", f"127.0.0.1:{servers.dagster}")
    before = servers.project.run_statuses()
    for config in (steered, {}):
        query = LAUNCH.format(
            **{name: json.dumps(text) for name, text in LOCATION.items()},
            config=json.dumps(json.dumps(config)),
        )
        for asked in as_forms(query):
            send(servers.dagster, asked.by("nobody", (host,)))
        for asked in (*as_forms(query), *as_programs(query)):
            send(servers.dagster, asked.by("a page", (host, ("Origin", site))))
    launched = len(servers.project.run_statuses()) - len(before)
    if launched:
        wait_for(lambda: any(token for _, token in servers.site.asked), 120)
    yield exactly("runs that strangers launched", launched)
    yield exactly("tokens received elsewhere", sum(bool(token) for _, token in servers.site.asked))


def _decisions(servers: Servers) -> Iterator[Figure]:
    """The same click on *Same version*, by strangers and at last by the dashboard's own page."""
    port, other = servers.dashboard, servers.site.port
    own = f"127.0.0.1:{port}"
    written = 0
    for host, origin in (
        (f"{EVIL}:{port}", f"http://{EVIL}:{port}"),
        (own, f"http://127.0.0.1:{other}"),
        (own, f"http://localhost:{other}"),
        (own, f"http://{EVIL}"),
        (own, "null"),
    ):
        with suppress(WebSocketException, OSError):
            decide_as(port, host, origin)
        written += servers.decisions()
        servers.decisions_file.unlink(missing_ok=True)
    yield exactly("decisions written by another origin", written)
    decide_as(port, own, f"http://{own}")
    yield exactly("decisions written by the own page", servers.decisions(), 1)


# --- In a browser ---------------------------------------------------------------------------------


def _in_chromium(stage: Stage, servers: Servers) -> Iterator[Figure]:
    browser = find_browser()
    if browser is None:
        yield not_tried("pages of other origins in Chromium", "there is no Chromium here")
        return
    traces, decisions = servers.traces(), servers.decisions()
    framed: list[str] = []
    rebound: list[str] = []
    tried = 0
    with open_browser(browser, stage.folder / "browser", RESOLVE) as tab:
        for name, origin in itertools.product(
            hostile_pages(""), (f"127.0.0.1:{servers.site.port}", f"{EVIL}:{servers.site.port}")
        ):
            tried += 1
            page = hostile_pages(mutation(f"chromium-{name}-{origin}"))[name]
            servers.site.pages["/hostile"] = page(f"http://127.0.0.1:{servers.dagster}")
            tab.go(f"http://{origin}/hostile")
            tab.wait_for(f"document.title === 'done' || location.port === '{servers.dagster}'")
        for port in (servers.dagster, servers.dashboard):
            tried += 2
            servers.site.pages["/frame"] = f"<iframe src='http://127.0.0.1:{port}/'></iframe>"
            tab.go(f"http://127.0.0.1:{servers.site.port}/frame")
            tab.wait_for("document.readyState === 'complete'")
            framed += [url for url in tab.frames() if str(port) in url]
            tab.go(f"http://{EVIL}:{port}/")
            tab.wait_for("document.readyState === 'complete' && document.body.innerText")
            if "not started for the address" not in tab.text():
                rebound.append(f"port {port}")
    yield at_least("pages of other origins tried in Chromium", tried, 20)
    yield none_of("mutations from Chromium that got through", servers.traces() - traces)
    yield exactly("decisions from Chromium", servers.decisions() - decisions)
    yield none_of("pages shown in a frame", framed)
    yield none_of("pages shown under a stranger's name", rebound)
