"""Clients that others have written, as they are found on PyPI and npm, against a live server.

Each asks every form of query in every format that it offers, by each method that it offers, and
gets Chinese, a percent sign, a language and a datatype back. Those of npm are in tests/clients
(`npm ci` there installs them); without Node they are left out.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import SPARQLWrapper
from pyoxigraph import (
    Literal,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    parse,
    parse_query_results,
)
from rdflib import Graph
from rdflib import Literal as RdflibLiteral
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import ResultRow

from tests.serving import SLUG, Site
from untocgraph.server.http.negotiation import HTML, REPRESENTATIONS, Kind

CLIENTS = Path(__file__).parent / "clients"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"

# 智利 is Chile.
QUERIES = {
    "SELECT": f"""
        PREFIX rdfs: <{RDFS}>
        SELECT ?state ?name ?half ?date {{{{
          ?state rdfs:label "智利"@zh ; rdfs:label ?name FILTER(LANG(?name) = "zh")
          BIND("五成: 50% + 50%25" AS ?half) BIND("2013-10-28"^^<{XSD}date> AS ?date)
        }}}}
    """,
    "ASK": f'PREFIX rdfs: <{RDFS}> ASK {{{{ ?state rdfs:label "智利"@zh }}}}',
    "ASK for what is not": f'PREFIX rdfs: <{RDFS}> ASK {{{{ ?state rdfs:label "无此国"@zh }}}}',
    "CONSTRUCT": f"""
        PREFIX rdfs: <{RDFS}>
        CONSTRUCT {{{{ ?state rdfs:label ?name }}}}
        WHERE {{{{ ?state rdfs:label "智利"@zh, ?name FILTER(LANG(?name) = "zh") }}}}
    """,
    "DESCRIBE": "DESCRIBE <{base}id/state/chl>",
    "DESCRIBE what is found": f"""
        PREFIX rdfs: <{RDFS}> DESCRIBE ?state WHERE {{{{ ?state rdfs:label "智利"@zh }}}}
    """,
}
Term = tuple[str, ...]  # a value, and its language or datatype
Answer = bool | list[dict[str, Term]] | set[tuple[Term, ...]]  # rows, or triples
METHODS = ("GET", "form", "direct")


def form_of(name: str) -> str:
    return name.split()[0]


def of_rows(name: str) -> bool:
    return form_of(name) in ("SELECT", "ASK")


@pytest.fixture(scope="module")
def expected(site: Site) -> dict[str, Answer]:
    state, name = (f"{site.base}id/state/chl",), ("智利", "zh")
    half, date = ("五成: 50% + 50%25", f"{XSD}string"), ("2013-10-28", f"{XSD}date")
    about = {"query": QUERIES["DESCRIBE"].format(base=site.base)}
    answer = httpx.get(f"{site.base}sparql", params=about)
    described = read(answer.content, answer.headers["Content-Type"])
    assert isinstance(described, set)
    assert (state, (f"{RDFS}label",), name) in described
    return {
        "SELECT": [{"state": state, "name": name, "half": half, "date": date}],
        "ASK": True,
        "ASK for what is not": False,
        "CONSTRUCT": {(state, (f"{RDFS}label",), name)},
        "DESCRIBE": described,
        "DESCRIBE what is found": described,
    }


def of_oxigraph(term: Any) -> Term:
    return (
        (term.value, term.language or term.datatype.value)
        if isinstance(term, Literal)
        else (term.value,)
    )


def of_rdflib(term: object) -> Term:
    if isinstance(term, RdflibLiteral):
        return (str(term), term.language or str(term.datatype or f"{XSD}string"))
    return (str(term),)


def triples_of(graph: Graph) -> set[tuple[Term, ...]]:
    return {tuple(map(of_rdflib, triple)) for triple in graph}


def read(body: bytes, content_type: str, *, is_rows: bool = False) -> Answer:
    """An answer in any format but CSV and HTML; *is_rows*: to SELECT or ASK."""
    media_type = content_type.partition(";")[0]
    rdf = RdfFormat.from_media_type(media_type)
    if rdf and not is_rows:
        return {tuple(map(of_oxigraph, quad.triple)) for quad in parse(body, format=rdf)}
    results = QueryResultsFormat.from_media_type(media_type)
    assert results is not None, content_type
    found = parse_query_results(body, format=results)
    if isinstance(found, QueryBoolean):
        return bool(found)
    assert not isinstance(found, str)
    names = [variable.value for variable in found.variables]
    return [dict(zip(names, map(of_oxigraph, row), strict=True)) for row in found]


def as_text(answer: Answer) -> str:
    """An answer to SELECT or ASK in CSV, as SPARQL 1.1 has it."""
    if isinstance(answer, bool):
        return str(answer).lower()
    assert isinstance(answer, list)
    lines = [list(answer[0]), *([cell[0] for cell in row.values()] for row in answer)]
    return "".join(f"{','.join(line)}\r\n" for line in lines)


def agrees(body: bytes, content_type: str, answer: Answer) -> bool:
    if content_type.startswith("text/csv"):
        return body.decode().strip() == as_text(answer).strip()
    if content_type.startswith("text/html"):
        page = body.decode()
        return ("智利" in page or answer is False) and "</html>" in page
    return read(body, content_type, is_rows=not isinstance(answer, set)) == answer


# ---- PyPI ----

# What SPARQLWrapper offers, and what it is answered in: rows, triples.
WRAPPED = {
    None: ("application/sparql-results+xml", "application/rdf+xml"),
    SPARQLWrapper.XML: ("application/sparql-results+xml", "application/rdf+xml"),
    SPARQLWrapper.JSON: ("application/sparql-results+json", "application/ld+json"),
    SPARQLWrapper.CSV: ("text/csv", "text/turtle"),
    SPARQLWrapper.TSV: ("text/tab-separated-values", "text/turtle"),
    SPARQLWrapper.TURTLE: ("application/sparql-results+json", "text/turtle"),
    SPARQLWrapper.N3: ("application/sparql-results+json", "text/turtle"),
    SPARQLWrapper.RDF: ("application/sparql-results+json", "application/rdf+xml"),
    SPARQLWrapper.RDFXML: ("application/sparql-results+json", "application/rdf+xml"),
    SPARQLWrapper.JSONLD: ("application/sparql-results+json", "application/ld+json"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("returns", WRAPPED)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a format that fits another form of query
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_sparqlwrapper(
    site: Site, expected: dict[str, Answer], returns: str | None, method: str
) -> None:
    for name, query in QUERIES.items():
        client = SPARQLWrapper.SPARQLWrapper(f"{site.base}sparql")
        client.setQuery(query.format(base=site.base))
        client.setMethod("GET" if method == "GET" else "POST")
        if method == "direct":
            client.setRequestMethod(SPARQLWrapper.POSTDIRECTLY)
        if returns:
            client.setReturnFormat(returns)
        answer = client.query()
        content_type = answer.info()["content-type"]
        assert content_type.partition(";")[0] == WRAPPED[returns][0 if of_rows(name) else 1], name
        wanted = expected[name]
        found = converted(answer, content_type)
        assert found == wanted or found == as_text(wanted).encode(), name


def converted(answer: Any, content_type: str) -> object:
    """What the client itself makes of an answer."""
    found = answer.convert()
    if isinstance(found, Graph):
        return triples_of(found)
    if isinstance(found, dict):
        return of_json(found)
    if hasattr(found, "toxml"):  # it gives results in XML as a DOM
        return read(found.toxml("utf-8"), content_type, is_rows=True)
    body = found if isinstance(found, bytes) else str(found).encode()
    is_rows = content_type.startswith("text/tab")
    return (
        body if content_type.startswith("text/csv") else read(body, content_type, is_rows=is_rows)
    )


def of_json(found: dict[str, Any]) -> Answer:
    if "boolean" in found:
        return bool(found["boolean"])
    return [
        {
            name: (cell["value"],)
            if cell["type"] == "uri"
            else (cell["value"], cell.get("xml:lang") or cell.get("datatype") or f"{XSD}string")
            for name, cell in row.items()
        }
        for row in found["results"]["bindings"]
    ]


STORE_METHODS = ("GET", "POST", "POST_FORM")
# What SPARQLStore offers that it can read itself: ASK in CSV and TSV it cannot.
STORED = {
    "xml": tuple(QUERIES),
    "json": ("SELECT", "ASK", "ASK for what is not"),
    "csv": ("SELECT",),
    "tsv": ("SELECT",),
    **{
        name: ("CONSTRUCT", "DESCRIBE", "DESCRIBE what is found")
        for name in ("turtle", "n3", "nt", "trig", "nquads", "json-ld")
    },
    "rdfa": tuple(QUERIES),  # of which it has no parser: it then accepts anything
}


@pytest.mark.parametrize("method", STORE_METHODS)
@pytest.mark.parametrize("returns", STORED)
def test_sparqlstore(site: Site, expected: dict[str, Answer], returns: str, method: str) -> None:
    for name in STORED[returns]:
        store = SPARQLStore(f"{site.base}sparql", method=method, returnFormat=returns)
        result = Graph(store).query(QUERIES[name].format(base=site.base))
        found: Answer
        if result.type == "ASK":
            found = bool(result.askAnswer)
        elif result.graph is not None:
            found = triples_of(result.graph)
        else:
            rows = [row for row in result if isinstance(row, ResultRow)]
            found = [{key: of_rdflib(term) for key, term in row.asdict().items()} for row in rows]
        wanted = expected[name]
        if returns == "csv":
            assert isinstance(wanted, list) and isinstance(found, list)
            wanted, found = ([[t[0] for t in row.values()] for row in a] for a in (wanted, found))  # type: ignore[assignment]
        assert found == wanted, name


# ---- curl ----


def formats(name: str) -> list[tuple[str, str, str]]:
    """Suffix, media type asked for, and media type of the answer."""
    kinds = {Kind.RESULTS} if of_rows(name) else {Kind.GRAPH, Kind.DATASET}
    return [
        (row.suffix, media_type, media_type)
        for row in REPRESENTATIONS
        if row.kinds & kinds
        for media_type in (row.media_type, *row.aliases)
    ]


def curled(site: Site, folder: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Each request as a piece of a configuration of curl, with what it asks and is to be told."""
    for name, query in QUERIES.items():
        (folder / name).write_text(query.format(base=site.base), encoding="utf-8")
        for method, (suffix, media_type, _) in product(METHODS, formats(name)):
            for by_field in (False, True):
                told = named(suffix, name) if by_field else media_type
                address = f"{site.base}sparql"
                body = f"query@{folder / name}"
                lines = [f'data-urlencode = "{body}"']
                if method == "direct":
                    address += f"?format={suffix}" if by_field else ""
                    lines = [
                        f'data-binary = "@{folder / name}"',
                        'header = "Content-Type: application/sparql-query"',
                    ]
                elif by_field:
                    lines.append(f'data-urlencode = "format={suffix}"')
                lines += ["get"] if method == "GET" else []
                accept = "application/x-none" if by_field else media_type
                lines += [f'header = "Accept: {accept}"', f'url = "{address}"']
                yield name, told, f"{method}, {accept}, {by_field}", lines


def named(suffix: str, name: str) -> str:
    """The media type of the format with *suffix*."""
    return next(media_type for known, media_type, _ in formats(name) if known == suffix)


def test_curl(site: Site, expected: dict[str, Answer], tmp_path: Path) -> None:
    """In one process, over one connection: by Accept, and by a name beside a bad Accept."""
    requests = list(curled(site, tmp_path))
    config = tmp_path / "config"
    config.write_text(
        "\nnext\n".join(
            "\n".join(
                [
                    *lines,
                    f'output = "{tmp_path / str(number)}"',
                    "silent",
                    'write-out = "%{http_code} %{content_type}\\n"',
                ]
            )
            for number, (*_, lines) in enumerate(requests)
        )
    )
    done = subprocess.run(["curl", "--config", config], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == len(requests) > 200
    for number, ((name, told, how, _), line) in enumerate(zip(requests, answers, strict=True)):
        status, content_type = line.split(" ", 1)
        body = (tmp_path / str(number)).read_bytes()
        assert (status, content_type.partition(";")[0]) == ("200", told), (name, how, body)
        assert agrees(body, told, expected[name]), (name, how, body)


# ---- npm ----

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENTS / "node_modules").exists(),
    reason="no Node, or `npm ci` was not run in tests/clients",
)
Case = dict[str, str | None]


def node(client: str, cases: list[Case]) -> list[Any]:
    done = subprocess.run(
        ["node", "ask.js", client],
        cwd=CLIENTS,
        input=json.dumps(cases),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def of_node(found: Any, name: str) -> Answer:
    assert isinstance(found, bool | list), found
    if isinstance(found, bool):
        return found
    rows = [{key: of_cell(cell) for key, cell in row.items()} for row in found]
    return rows if of_rows(name) else {tuple(row.values()) for row in rows}


def of_cell(cell: list[str]) -> Term:
    kind, value, more = cell
    return (value, more) if kind == "Literal" else (value,)


def case(site: Site, name: str, **more: str | None) -> Case:
    query = QUERIES[name].format(base=site.base)
    if more.get("method") == "direct":
        # fetch-sparql-endpoint gives the characters of a query as its bytes, and then waits.
        query = query.encode("ascii", "backslashreplace").decode()
    return {"source": f"{site.base}sparql", "form": form_of(name), "query": query, **more}


RESULTS_READ = ("application/sparql-results+json", "application/sparql-results+xml")


@needs_node
@pytest.mark.parametrize("client", ["fetch-sparql-endpoint", "sparql-http-client"])
def test_clients_that_send_a_query(site: Site, expected: dict[str, Answer], client: str) -> None:
    """Each form by each method, in the format that the client likes and in each that is offered."""
    cases: list[tuple[str, str | None, Case]] = []
    for name, method in product(QUERIES, METHODS):
        cases.append((name, None, case(site, name, method=method)))
        cases += [
            (name, accept, case(site, name, method=method, accept=accept))
            for accept in (row.media_type for row in REPRESENTATIONS if row is not HTML)
            if accept in {media_type for _, media_type, _ in formats(name)}
        ]
    found = node(client, [one for *_, one in cases])
    for (name, accept, one), answer in zip(cases, found, strict=True):
        if accept and isinstance(answer, str):
            assert agrees(answer.encode(), accept, expected[name]), (one, answer)
        else:
            assert of_node(answer, name) == expected[name], one


@needs_node
def test_comunica_asks_the_endpoint(site: Site, expected: dict[str, Answer]) -> None:
    """A short query it sends by GET, and a long one as a form."""
    cases = [(name, case(site, name)) for name in QUERIES]
    for name in QUERIES:
        if "{{" in QUERIES[name]:
            long = case(site, name)
            padding = f'FILTER("{"智" * 700}" != "") }}'
            long["query"] = padding.join(str(long["query"]).rstrip().rsplit("}", 1))
            cases.append((name, long))
    found = node("comunica, endpoint", [one for _, one in cases])
    for (name, one), answer in zip(cases, found, strict=True):
        assert of_node(answer, name) == expected[name], one


@needs_node
def test_comunica_reads_the_document_that_an_address_leads_to(site: Site) -> None:
    """It asks for the thing, is sent on to the document, and queries what it finds there."""
    paragraph = site.paragraph(7)
    prefix = f"PREFIX untoc: <{site.base}ontology#>"
    report = f"{site.base}id/report/{SLUG}"
    number, words, title = node(
        "comunica, document",
        [
            {
                "source": paragraph,
                "form": "SELECT",
                "query": f"{prefix} SELECT ?n {{ <{paragraph}> untoc:number ?n }}",
            },
            {
                "source": paragraph,
                "form": "SELECT",
                "query": f"{prefix} SELECT ?text {{ <{paragraph}> untoc:text ?text "
                'FILTER CONTAINS(?text, "各国") }',
            },
            {
                "source": report,
                "form": "ASK",
                "query": f"ASK {{ <{report}> <{RDFS}label> ?l FILTER(LANG(?l) = 'zh') }}",
            },
        ],
    )
    assert [row["n"][1] for row in number] == ["7"]
    assert [row["text"][2] for row in words] == ["zh"]
    assert title is True
