"""Virtuoso behind the server: it always holds graphs of its own, and writes some terms its way."""

import json
import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

from tests.serving import SLUG, Site, eventually, free_port, in_front_of, takes_queries
from untocgraph.graph.release.dumps import QUADS
from untocgraph.ontology.competency import questions
from untocgraph.server.workers.remote_store import Endpoint, checked

PROGRAM = shutil.which("virtuoso-t")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="needs virtuoso-t: virtuoso-opensource-7-bin")

SETTINGS = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {data}
NumberOfBuffers = 20000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
[SPARQL]
ResultSetMaxRows = 1000001
"""
LOAD = "ld_dir('{folder}', '{name}', 'urn:unused'); rdf_loader_run();"
JSON = {"Accept": "application/sparql-results+json"}


@pytest.fixture(scope="module")
def endpoint(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A Virtuoso that holds what the site does, and what it always holds."""
    assert PROGRAM is not None
    home = tmp_path_factory.mktemp("virtuoso")
    dump = site.release.dump(QUADS)
    sql, port = free_port(), free_port()
    settings = SETTINGS.format(sql=sql, http=port, data=dump.parent)
    (home / "virtuoso.ini").write_text(settings)
    address = f"http://127.0.0.1:{port}/sparql"
    with subprocess.Popen(
        [PROGRAM, "+foreground", "+configfile", "virtuoso.ini"],
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            eventually(lambda: takes_queries(address), 60)
            load = LOAD.format(folder=dump.parent, name=dump.name)
            subprocess.run(
                ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"],
                check=True,
                capture_output=True,
            )
            yield Endpoint(address)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def ours(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.base, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def theirs(site: Site, endpoint: Endpoint) -> Iterator[httpx.Client]:
    with in_front_of(site, endpoint.url) as client:
        yield client


def rows(client: httpx.Client, query: str, **fields: str) -> list[str]:
    """Of an answer, in their order; a truth value as a number, a blank node as any other."""
    answer = client.get("sparql", params={"query": query, **fields}, headers=JSON)
    assert answer.status_code == 200, answer.text
    return [
        json.dumps({name: value(term) for name, term in row.items()}, sort_keys=True)
        for row in answer.json()["results"]["bindings"]
    ]


def value(term: dict[str, str]) -> dict[str, str]:
    if term["type"] == "bnode":
        return {"type": "bnode"}
    if term.get("datatype", "").endswith(("#boolean", "#integer")):
        number = {"true": "1", "false": "0"}.get(term["value"], term["value"])
        return term | {"value": number, "datatype": "a number"}
    return term


def test_it_holds_more_than_the_release(site: Site, endpoint: Endpoint) -> None:
    assert checked(endpoint, site.release.manifest).names_graphs


def test_every_question_has_the_same_answer(
    site: Site, ours: httpx.Client, theirs: httpx.Client
) -> None:
    for question in questions(site.base):
        one, other = (rows(client, question.query) for client in (ours, theirs))
        assert one == other, question.name


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }}",
        "SELECT ?s ?p ?o {{ ?s ?p ?o }}",
        "SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g",
        "SELECT (COUNT(*) AS ?n) FROM <{base}graph/reference> {{ ?s ?p ?o }}",
        "SELECT (COUNT(*) AS ?n) FROM <u:none> {{ ?s ?p ?o }}",
        "SELECT (COUNT(*) AS ?n) FROM NAMED <{base}graph/reference> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "SELECT (COUNT(*) AS ?n) FROM NAMED <{base}graph/reference> {{ ?s ?p ?o }}",
        'SELECT ("50% {{}} 各国"@zh AS ?a) (1.5 AS ?b) (STRDT("x", <u:x>) AS ?c) (1=1 AS ?d) {{}}',
        'SELECT ?s {{ ?s ?p "智利"@zh }}',
        'SELECT ?t {{ SERVICE <{base}search> {{ ?t <{base}search#words> "智利" }} }}',
    ],
)
def test_the_same_rows(site: Site, ours: httpx.Client, theirs: httpx.Client, query: str) -> None:
    written = query.format(base=site.base)
    one, other = (sorted(rows(client, written)) for client in (ours, theirs))
    assert one == other != []


@pytest.mark.parametrize("form", ["json", "csv", "xml"])
def test_yes_and_no(site: Site, ours: httpx.Client, theirs: httpx.Client, form: str) -> None:
    for thing in ("id/state/chl", "id/state/no-such"):
        asked = {"query": f"ASK {{ <{site.base}{thing}> ?p ?o }}", "format": form}
        one, other = (client.get("sparql", params=asked) for client in (ours, theirs))
        assert one.status_code == other.status_code == 200
        assert one.content == other.content


def test_a_dataset_of_the_request(site: Site, ours: httpx.Client, theirs: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    for graph in (f"{site.base}graph/reference", "u:none"):
        for name in ("default-graph-uri", "named-graph-uri"):
            assert rows(ours, count, **{name: graph}) == rows(theirs, count, **{name: graph})


@pytest.mark.parametrize(
    "query",
    [
        "CONSTRUCT {{ ?s a ?c }} WHERE {{ VALUES ?s {{ <{base}id/state/chl> }} ?s a ?c }}",
        "DESCRIBE <{base}id/state/chl>",
        "DESCRIBE <{base}id/report/{slug}/para/20/norm/1>",
        "DESCRIBE <{base}ontology#State>",
        "DESCRIBE ?s {{ ?s a <{base}ontology#WorkingGroup> }}",
    ],
)
def test_the_same_triples(site: Site, ours: httpx.Client, theirs: httpx.Client, query: str) -> None:
    asked = {"query": query.format(base=site.base, slug=SLUG), "format": "nt"}
    one, other = (
        sorted(map(str, parse(client.get("sparql", params=asked).content, RdfFormat.N_TRIPLES)))
        for client in (ours, theirs)
    )
    assert one == other != []
