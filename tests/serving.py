"""What the tests of the server look at: a release with the real report, served over real HTTP.

Beside the report it holds what no report has yet: addresses that are hard to get right, and a thing
that hundreds of others point to.
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask
from rdflib import RDF, RDFS, Dataset, Literal, URIRef

from tests.sample import report
from tests.sharing import once
from untocgraph.graph.build.report import build, fill
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import add_catalogue
from untocgraph.graph.release.publish import Release, publish
from untocgraph.graph.validate.shapes import Finding, findings_graph
from untocgraph.server.web.app import Settings, create_app

SH = "http://www.w3.org/ns/shacl#"
SLUG = "untoc-wgta-2013"

# As a browser asks, and as a program does.
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
}

# Symbols of documents that take care to get through a URL.
HARD_SYMBOLS = (
    "A/55/383",
    "CTOC/COP/WG.2/2013/CRP.1 (draft)",
    "100%/final",
    "50%2F50",
    "a+b",
    "it's & that",
    "a;b=c,d",
    "附件/第一号",
    "naïve~(1)!*",
    "report.ttl",
    "q?x#y",
)
POINTERS = 250  # things that point to the hub


@cache
def graphs(base: str) -> Dataset:
    """The graphs of the report under *base*, and what the tests add."""
    iris = Iris(base)
    dataset = build((report(),), iris)
    reference = dataset.graph(iris.graph("reference"))
    terms = iris.ontology
    for symbol in HARD_SYMBOLS:
        reference.add((iris.document(symbol), RDF.type, terms.Document))
        reference.add((iris.document(symbol), RDFS.label, Literal(symbol, lang="en")))
    hub = iris.body("hub")
    reference.add((hub, RDFS.label, Literal("Hub", lang="en")))
    for number in range(POINTERS):
        reference.add((iris.body(f"spoke-{number}"), RDFS.seeAlso, hub))
    found = Finding(
        severity="warning",
        focus=iris.report(SLUG),
        path=None,
        value=URIRef(f"{iris.paragraph(SLUG, 81)}/document/1"),
        shape=iris.shapes["ItemDisagreesWithSection"],
        component=URIRef(SH + "SPARQLConstraintComponent"),
        messages={"en": "Paragraph 81 names the wrong <item>.", "zh": "第81段的项目有误。"},
    )
    fill(dataset, iris.graph(SLUG, "findings"), findings_graph((found,), SLUG, iris, dataset))
    add_catalogue(dataset, iris)
    return dataset


def silent(step: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Site:
    """A server that runs, and the release that it serves."""

    base: str
    folder: Path
    release: Release

    @property
    def iris(self) -> Iris:
        return Iris(self.base)

    def paragraph(self, number: int) -> str:
        return f"{self.base}id/report/{SLUG}/para/{number}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def descendants(pid: int, depth: int = 9) -> set[int]:
    try:
        own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return set()
    children = {int(each) for each in own}
    return children | {
        each for child in children if depth > 1 for each in descendants(child, depth - 1)
    }


@contextmanager
def serving(folder: Path, port: int, *options: str, **environment: str) -> Iterator[int]:
    """`untocgraph serve`, as an operator starts it, until the block ends; gives its process."""
    command = [sys.executable, "-P", "-c", "from untocgraph.server.cli.main import main; main()"]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [*command, "serve", "--folder", str(folder), "--port", str(port), *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | environment,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if "Serving at" not in line:
                process.wait(10)
                errors.seek(0)
                raise AssertionError(line + errors.read())
            yield process.pid
        finally:
            process.terminate()


@contextmanager
def in_front_of(site: Site, store: str, *options: str) -> Iterator[httpx.Client]:
    """A client of a server of the release of *site* with the store at that address behind it."""
    port = free_port()
    with (
        serving(site.folder, port, "--endpoint", store, *options),
        httpx.Client(base_url=f"http://localhost:{port}/", timeout=60) as client,
    ):
        yield client


def takes_queries(address: str) -> bool:
    try:
        return httpx.get(address, params={"query": "ASK {}"}).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    base = f"http://localhost:{port}/"
    release = publish(graphs(base), folder, base=base, progress=silent)
    with serving(folder, port):
        yield Site(base, folder, release)


@pytest.fixture(scope="session")
def behind_a_path(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Release]:
    """The folder of a deployment at https://example.org/kg/, not to be written to."""
    base = "https://example.org/kg/"
    return once(
        tmp_path_factory,
        "kg",
        lambda folder: publish(graphs(base), folder, base=base, progress=silent),
    )


def app_on(folder: Path) -> Flask:
    """The application alone, without workers for queries."""
    return create_app(Settings(folder=folder, pool=folder / "no-pool"))


NOTHING: Mapping[str, str] = MappingProxyType({})


class Raw:
    """One answer, read without a library that mends what we send."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raw) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return repr(vars(self))


def raw(
    site: Site,
    method: str,
    target: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] = NOTHING,
) -> Raw:
    """Send *target* as it is: nothing is escaped, and no path is made shorter."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site.base).port, timeout=20)
    try:
        connection.putrequest(
            method,
            target,
            skip_host="Host" in headers,
            skip_accept_encoding="Accept-Encoding" in headers,
        )
        if body is not None and "Content-Length" not in headers:
            connection.putheader("Content-Length", str(len(body)))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Raw(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def eventually(holds: Callable[[], object], seconds: float = 30) -> None:
    """Wait until *holds* does; fails after *seconds*."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.02)
