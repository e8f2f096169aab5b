"""Another store behind the server: oxigraph's own, and stores that do not do as they should."""

import gc
import http.server
import json
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from tests.serving import SLUG, Site, eventually, free_port, in_front_of, takes_queries
from untocgraph.graph.errors import QueryStoreFailed, QuerySyntax, QueryTooBig
from untocgraph.graph.query.evaluate import AnswerLimits, Request, evaluate
from untocgraph.graph.release.dumps import QUADS
from untocgraph.ontology.competency import questions
from untocgraph.server.workers.remote_store import (
    Endpoint,
    Relabelled,
    Remote,
    StoreUnusable,
    checked,
    own,
)

OXIGRAPH = shutil.which("oxigraph", path=sysconfig.get_path("scripts")) or shutil.which("oxigraph")
BASE = "https://example.org/kg/"
JSON = "application/sparql-results+json"
SECRET = "open sesame"
A, B, P = (NamedNode(f"u:{name}") for name in "abp")
X, Y, Z = (BlankNode(name) for name in "xyz")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What results are left in a circle are let go by the thread that has made them."""
    yield
    gc.collect()


# ---- oxigraph ----


@contextmanager
def oxigraph(folder: Path, *options: str, how: str = "serve") -> Iterator[str]:
    """`oxigraph serve` on the store in *folder*; gives where it takes queries."""
    assert OXIGRAPH is not None
    port = free_port()
    command = [OXIGRAPH, how, "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}/query"
            eventually(lambda: takes_queries(address))
            yield address
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def loaded(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of oxigraph's that holds what the site does."""
    assert OXIGRAPH is not None
    folder = tmp_path_factory.mktemp("oxigraph")
    file = str(site.release.dump(QUADS))
    subprocess.run(
        [OXIGRAPH, "load", "--location", str(folder), "--file", file],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def endpoint(loaded: Path) -> Iterator[str]:
    with oxigraph(loaded, "--union-default-graph") as address:
        yield address


@pytest.fixture(scope="module")
def ours(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.base, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def theirs(site: Site, endpoint: str) -> Iterator[httpx.Client]:
    """The same server with the store of another behind it."""
    with in_front_of(site, endpoint, "--timeout", "3") as client:
        yield client


def same(ours: httpx.Client, theirs: httpx.Client, query: str, **fields: str) -> httpx.Response:
    """The answer, which both give."""
    asked = {"query": query, **fields}
    one, other = (client.get("sparql", params=asked) for client in (ours, theirs))
    assert one.status_code == other.status_code, other.text
    assert one.headers["Content-Type"] == other.headers["Content-Type"]
    if fields.get("format") == "nt":
        found = [
            sorted(map(str, parse(a.content, format=RdfFormat.N_TRIPLES))) for a in (one, other)
        ]
        assert found[0] == found[1]
    else:
        assert one.content == other.content
    return other


def triples(answer: httpx.Response) -> list[str]:
    return sorted(map(str, parse(answer.content, format=RdfFormat.N_TRIPLES)))


def rows(answer: httpx.Response) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in answer.json()["results"]["bindings"])


def test_every_question_has_the_same_answer(
    site: Site, ours: httpx.Client, theirs: httpx.Client
) -> None:
    for question in questions(site.base):
        assert same(ours, theirs, question.query, format="json").status_code == 200


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv", "html"])
def test_rows_in_every_format(ours: httpx.Client, theirs: httpx.Client, form: str) -> None:
    query = """
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    SELECT ?s ?name ?one ?none { ?s rdfs:label ?name . BIND("50%,\\n各国"@zh AS ?one)
      OPTIONAL { ?s <u:none> ?none } FILTER(CONTAINS(?name, "智利")) } ORDER BY ?s ?name
    """
    assert "智利" in same(ours, theirs, query, format=form).text


@pytest.mark.parametrize("form", ["nt", "ttl", "rdf", "jsonld"])
def test_triples_in_every_format(
    site: Site, ours: httpx.Client, theirs: httpx.Client, form: str
) -> None:
    query = f"CONSTRUCT {{ ?s a ?c }} WHERE {{ VALUES ?s {{ <{site.base}id/state/chl> }} ?s a ?c }}"
    assert same(ours, theirs, query, format=form).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "ASK {{ <{base}id/state/chl> a ?c }}",
        "ASK {{ <id/state/chl> a ?c }}",
        "DESCRIBE <{base}id/state/chl>",
        "DESCRIBE <{base}id/report/{slug}/para/20/norm/1>",
        "SELECT (COUNT(*) AS ?n) FROM <{base}graph/reference> {{ ?s ?p ?o }}",
        "SELECT (COUNT(*) AS ?n) FROM <u:none> {{ ?s ?p ?o }}",
        "SELECT (COUNT(*) AS ?n) FROM <{base}graph/reference> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "SELECT (COUNT(*) AS ?n) FROM NAMED <{base}graph/reference> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "SELECT (COUNT(*) AS ?n) FROM NAMED <{base}graph/reference> {{ ?s ?p ?o }}",
        "SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g ORDER BY ?g",
        "SELECT * {{ ?s ?p }}",
        "SELECT * {{ SERVICE <http://localhost:1/> {{ ?s ?p ?o }} }}",
        "INSERT DATA {{ <u:a> <u:b> <u:c> }}",
    ],
)
def test_the_same_is_said(site: Site, ours: httpx.Client, theirs: httpx.Client, query: str) -> None:
    written = query.format(base=site.base, slug=SLUG)
    same(ours, theirs, written, **({"format": "nt"} if "DESCRIBE" in query else {}))


def test_a_dataset_of_the_request(site: Site, ours: httpx.Client, theirs: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    for graph in (f"{site.base}graph/reference", "u:none"):
        same(ours, theirs, count, **{"default-graph-uri": graph})
        same(ours, theirs, count, **{"named-graph-uri": graph})


def test_a_search_is_part_of_a_query(site: Site, ours: httpx.Client, theirs: httpx.Client) -> None:
    query = f"""
    SELECT ?t {{ SERVICE <{site.base}search> {{ ?t <{site.base}search#words> "智利" }} }}
    ORDER BY ?t
    """
    assert "state/chl" in same(ours, theirs, query).text


def test_a_cut_is_said(ours: httpx.Client, theirs: httpx.Client) -> None:
    query = "SELECT DISTINCT ?c { ?s a ?c } ORDER BY ?c"
    assert same(ours, theirs, query, maxrows="2").headers["X-SPARQL-MaxRows"] == "2"


def test_a_runaway_ends_at_its_deadline(theirs: httpx.Client) -> None:
    product = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    started = time.monotonic()
    answer = theirs.get("sparql", params={"query": product})
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("#query-too-slow")
    assert time.monotonic() - started < 10
    assert theirs.get("sparql", params={"query": "ASK {}"}).status_code == 200


def test_documents_do_not_need_the_store(theirs: httpx.Client) -> None:
    assert theirs.get("doc/state/chl.ttl").status_code == 200


def test_a_store_without_the_union_is_told_the_graphs(
    site: Site, ours: httpx.Client, loaded: Path
) -> None:
    with (
        oxigraph(loaded, how="serve-read-only") as address,
        in_front_of(site, address) as theirs,
    ):
        assert checked(Endpoint(address), site.release.manifest).names_graphs
        for query in (
            "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
            f"SELECT (COUNT(*) AS ?n) FROM <{site.base}graph/reference> {{ ?s ?p ?o }}",
        ):
            same(ours, theirs, query)
        same(ours, theirs, f"DESCRIBE <{site.base}id/state/chl>", format="nt")


def test_what_else_a_store_holds_is_not_seen(
    site: Site, ours: httpx.Client, loaded: Path, tmp_path: Path
) -> None:
    """Though its default graph is as it should be."""
    held = tmp_path / "store"
    shutil.copytree(loaded, held)
    other = Store(str(held))
    other.extend(Quad(*quad.triple) for quad in list(other))
    other.add(Quad(A, P, B, NamedNode("urn:private")))
    other.flush()
    del other
    with (
        oxigraph(held, how="serve-read-only") as address,
        in_front_of(site, address) as theirs,
    ):
        same(ours, theirs, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g")
        same(ours, theirs, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")


def test_a_store_that_does_not_heed_the_graphs_is_refused(site: Site) -> None:
    manifest = site.release.manifest

    def handle(request: Any) -> None:
        held = [(f"{site.base}graph/{graph.name}", graph.triples) for graph in manifest.graphs]
        rows = held if "VALUES" in request.body else [("u:any", manifest.triples + 1)]
        found = [
            {"g": {"type": "uri", "value": g}, "n": {"type": "literal", "value": str(n)}}
            for g, n in rows
        ]
        answer = {"head": {"vars": ["g", "n"]}, "results": {"bindings": found}}
        answering(json.dumps(answer).encode())(request)

    with store(handle) as endpoint, pytest.raises(StoreUnusable, match="default-graph-uri"):
        checked(endpoint, manifest)


def test_a_store_with_other_data_is_refused(site: Site, tmp_path: Path) -> None:
    with (
        oxigraph(tmp_path, "--union-default-graph") as address,
        pytest.raises(StoreUnusable, match=r"does not hold .* 0 of"),
    ):
        checked(Endpoint(address), site.release.manifest)


def test_serve_says_so(site: Site) -> None:
    command = [
        sys.executable,
        "-P",
        "-c",
        "from untocgraph.server.cli.main import main; main()",
        "serve",
    ]
    nobody = f"http://127.0.0.1:{free_port()}/query"
    found = subprocess.run(
        [*command, "--folder", str(site.folder), "--port", "0", "--endpoint", nobody],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 2
    assert nobody in found.stderr and "Traceback" not in found.stderr


# ---- stores that do not do as they should ----

Handler = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def store(handle: Handler) -> Iterator[Endpoint]:
    """A store that does *handle* with each request."""

    class Store(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.close_connection = True
            self.body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            handle(self)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Endpoint(f"http://127.0.0.1:{server.server_port}/query", timeout=1)
        finally:
            server.shutdown()
            thread.join()


def answering(
    body: bytes, media_type: str = JSON, status: int = 200, size: int | None = None
) -> Handler:
    def handle(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", media_type)
        if size != -1:
            request.send_header("Content-Length", str(len(body) if size is None else size))
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True

    return handle


def silent(request: http.server.BaseHTTPRequestHandler) -> None:
    time.sleep(2)


def redirecting(request: http.server.BaseHTTPRequestHandler) -> None:
    request.send_response(302)
    request.send_header("Location", "http://127.0.0.1:1/")
    request.send_header("Content-Length", "0")
    request.end_headers()


ROW = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'
TRIPLE = b"<u:a> <u:b> <u:c> .\n"


def asked(endpoint: Endpoint, query: str = "SELECT ?n {}", **limits: int) -> bytes:
    media_type = "application/n-triples" if query.startswith("CONSTRUCT") else JSON
    pieces: list[bytes] = []
    request = Request(query=query, base=BASE, media_type=media_type)
    evaluate(Remote(endpoint), request, pieces.append, AnswerLimits(**limits))
    return b"".join(pieces)


def test_a_store_that_does_as_it_should() -> None:
    with store(answering(ROW)) as endpoint:
        assert b'"1"' in asked(endpoint)


@pytest.mark.parametrize(
    ("handle", "query"),
    [
        (answering(b"no", "text/plain", 400), "SELECT ?n {}"),
        (answering(b"no", "text/plain", 401), "SELECT ?n {}"),
        (answering(b"no", "text/plain", 500), "SELECT ?n {}"),
        (answering(b"<html>", "text/html"), "SELECT ?n {}"),
        (answering(ROW[:40]), "SELECT ?n {}"),
        (answering(ROW[:40], size=len(ROW)), "SELECT ?n {}"),
        (answering(ROW, size=len(ROW) + 1), "SELECT ?n {}"),
        (answering(ROW, size=-1), "SELECT ?n {}"),
        (answering(b"{}"), "SELECT ?n {}"),
        (answering(b'{"head":{},"boolean":true}'), "SELECT ?n {}"),
        (answering(ROW), "ASK {}"),
        (answering(TRIPLE, "application/n-triples", size=40), "CONSTRUCT WHERE { ?s ?p ?o }"),
        (answering(TRIPLE[:9], "application/n-triples"), "CONSTRUCT WHERE { ?s ?p ?o }"),
        (answering(TRIPLE, "application/n-triples", size=-1), "CONSTRUCT WHERE { ?s ?p ?o }"),
        (silent, "SELECT ?n {}"),
        (redirecting, "SELECT ?n {}"),
    ],
)
def test_what_is_not_a_whole_answer_is_none(handle: Handler, query: str) -> None:
    with store(handle) as endpoint, pytest.raises(QueryStoreFailed) as failed:
        asked(endpoint, query)
    assert endpoint.url not in str(failed.value)


BLANK = '{"n": {"type": "bnode"\t, "value": "nodeID://b%d"}, "m": {"value":"%s","type":"bnode"}}'
STRING = r'{"n": {"type": "literal", "value": "{\"type\": \"bnode\", \"value\": \"nodeID://b1\"}"}}'


@given(st.lists(st.integers(0, 9)), st.integers(1, 99), st.integers(0, 20_000))
def test_a_blank_node_may_be_called_anything(rows: list[int], size: int, long: int) -> None:
    """Wherever the pieces break, the same is the same, and no string is touched."""
    bindings = [BLANK % (row, f"é:/{row}") for row in rows] + [STRING, BLANK % (1, "x" * long)]
    head = '{"head": {"vars": ["n", "m"]}, "results": {"bindings": '
    answer = f"{head}[{','.join(bindings)}]}}}}"
    pieces = BytesIO(answer.encode())
    body = SimpleNamespace(read=lambda _: pieces.read(size))
    read = parse_query_results(Relabelled(body), format=QueryResultsFormat.JSON)  # type: ignore[arg-type]
    assert isinstance(read, QuerySolutions)
    found = list(read)
    names = {f"nodeID://b{row}": solution["n"] for row, solution in zip(rows, found, strict=False)}
    for row, solution in zip(rows, found, strict=False):
        assert solution["n"] == names[f"nodeID://b{row}"] != solution["m"]
    assert len(set(names.values())) == len(set(rows))
    assert found[len(rows)]["n"].value == '{"type": "bnode", "value": "nodeID://b1"}'
    assert len(found) == len(rows) + 2


def test_a_describe_reads_no_more_things_than_it_takes(endpoint: str) -> None:
    """Its things would never end."""
    pieces: list[bytes] = []
    described = Request(
        query="DESCRIBE ?s { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }",
        base=BASE,
        media_type="application/n-triples",
        max_rows=10,
    )
    assert evaluate(Remote(Endpoint(endpoint)), described, pieces.append)
    assert b"".join(pieces).count(b"\n") == 10


def test_what_points_to_a_thing_is_not_its_own() -> None:
    expected = {Triple(A, P, X), Triple(X, P, Y), Triple(Y, P, B)}
    for told in permutations([*expected, Triple(B, P, A), Triple(Z, P, A)]):
        found = list(own(told, iter([A, A])))
        assert len(found) == 3 and set(found) == expected


def test_of_blank_nodes_all_is_their_own() -> None:
    triples = [Triple(X, P, A), Triple(A, P, B)]
    assert list(own(triples, iter([Y]))) == [Triple(X, P, A)]


def test_a_long_string_is_not_held_back() -> None:
    """Not even one that looks as if a blank node began in it."""
    body = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"'
    pieces = [body, b'{"type":"bnode' * 20_000, *[b"x" * 50_000] * 5]
    reader = Relabelled(SimpleNamespace(read=lambda _: pieces.pop(0)))  # type: ignore[arg-type]
    came = b""
    while pieces:
        came += reader.read(1 << 20)
    assert len(came) > 400_000


def test_nobody_listens() -> None:
    with pytest.raises(QueryStoreFailed):
        asked(Endpoint(f"http://127.0.0.1:{free_port()}/"))


def test_what_a_search_finds_may_be_longer_than_a_query() -> None:
    found = " ".join(f'"{number:0300}"' for number in range(1000))
    with store(answering(ROW)) as endpoint:
        remote = Remote(endpoint)
        assert remote.query(f"SELECT ?n {{ VALUES ?n {{ {found} }} }}", BASE, None)
        remote.done()


def test_limits_hold() -> None:
    rows = b",".join([b'{"n":{"type":"literal","value":"1"}}'] * 10)
    body = b'{"head":{"vars":["n"]},"results":{"bindings":[' + rows + b"]}}"
    with store(answering(body)) as endpoint:
        with pytest.raises(QueryTooBig):
            asked(endpoint, rows=9)
        assert asked(endpoint, rows=10).count(b'"1"') == 10


def test_what_is_refused_here_never_leaves() -> None:
    heard: list[str] = []

    def listen(request: http.server.BaseHTTPRequestHandler) -> None:
        heard.append("asked")

    with store(listen) as endpoint:
        for query in ("SELECT", "SELECT * { SERVICE<u:x>{} }", "CLEAR ALL", "ASK { ?s ?p ?o } }"):
            with pytest.raises(QuerySyntax):
                asked(endpoint, query)
    assert heard == []


def test_credentials_are_sent_and_never_told() -> None:
    heard: list[str | None] = []

    def listen(request: http.server.BaseHTTPRequestHandler) -> None:
        heard.append(request.headers["Authorization"])
        answering(b"", "text/plain", 403)(request)

    with store(listen) as found:
        for environment, expected in (
            ({"UNTOCGRAPH_ENDPOINT_TOKEN": SECRET}, f"Bearer {SECRET}"),
            (
                {"UNTOCGRAPH_ENDPOINT_USER": "me", "UNTOCGRAPH_ENDPOINT_PASSWORD": "各国"},
                "Basic bWU65ZCE5Zu9",
            ),
            ({}, None),
        ):
            with pytest.raises(QueryStoreFailed) as failed:
                asked(Endpoint.from_environment(found.url, 1, environment))
            assert heard.pop() == expected
            assert SECRET not in failed.value.why
    assert SECRET not in repr(Endpoint("http://localhost/", SECRET))


@pytest.mark.parametrize("url", ["localhost:7878", "ftp://localhost/", "http://me:word@localhost/"])
def test_what_is_no_address_of_a_store(url: str) -> None:
    with pytest.raises(StoreUnusable) as refused:
        Endpoint(url)
    assert "word@" not in str(refused.value)
