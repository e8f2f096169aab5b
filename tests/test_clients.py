"""Clients that others have written, as they are found on PyPI and npm, against a live server.

Each asks with Chinese in its query, and gets Chinese, a percent sign, a language and a datatype
back. Those of npm are in tests/clients (`npm ci` there installs them); without Node they are left
out.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import SPARQLWrapper
from pyoxigraph import NamedNode, QueryResultsFormat, parse_query_results
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import ResultRow

from tests.serving import SLUG, Site

CLIENTS = Path(__file__).parent / "clients"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
LANGUAGE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"

# 智利 is Chile.
SELECT = f"""
PREFIX rdfs: <{RDFS}>
SELECT ?state ?name ?half ?date {{
  ?state rdfs:label "智利"@zh ; rdfs:label ?name FILTER(LANG(?name) = "zh")
  BIND("五成: 50% + 50%25" AS ?half) BIND("2013-10-28"^^<{XSD}date> AS ?date)
}}
"""
ASK = f'PREFIX rdfs: <{RDFS}> ASK {{ ?state rdfs:label "智利"@zh }}'
CONSTRUCT = (
    f"PREFIX rdfs: <{RDFS}> CONSTRUCT {{ ?state rdfs:label ?name }} "
    '{ ?state rdfs:label "智利"@zh, ?name FILTER(LANG(?name) = "zh") }'
)

Row = dict[str, tuple[str, ...]]  # by variable: the value, and its language or datatype


def expected(site: Site) -> list[Row]:
    return [
        {
            "state": (f"{site.base}id/state/chl",),
            "name": ("智利", "zh"),
            "half": ("五成: 50% + 50%25", f"{XSD}string"),
            "date": ("2013-10-28", f"{XSD}date"),
        }
    ]


# ---- PyPI ----


def of_json(cell: dict[str, str]) -> tuple[str, ...]:
    if cell["type"] == "uri":
        return (cell["value"],)
    return (cell["value"], cell.get("xml:lang") or cell.get("datatype") or f"{XSD}string")


def sparqlwrapper(method: str) -> Callable[[str], list[Row]]:
    def ask(endpoint: str) -> list[Row]:
        client = SPARQLWrapper.SPARQLWrapper(endpoint)
        client.setQuery(SELECT)
        client.setMethod(method)
        client.setReturnFormat(SPARQLWrapper.JSON)
        answer: Any = client.queryAndConvert()
        rows = answer["results"]["bindings"]
        return [{name: of_json(cell) for name, cell in row.items()} for row in rows]

    return ask


def sparqlwrapper_direct(endpoint: str) -> list[Row]:
    client = SPARQLWrapper.SPARQLWrapper(endpoint)
    client.setQuery(SELECT)
    client.setMethod(SPARQLWrapper.POST)
    client.setRequestMethod(SPARQLWrapper.POSTDIRECTLY)
    client.setReturnFormat(SPARQLWrapper.JSON)
    answer: Any = client.queryAndConvert()
    rows = answer["results"]["bindings"]
    return [{name: of_json(cell) for name, cell in row.items()} for row in rows]


def of_rdflib(term: object) -> tuple[str, ...]:
    if isinstance(term, Literal):
        return (str(term), term.language or str(term.datatype or f"{XSD}string"))
    return (str(term),)


def rdflib_store(method: str, returns: str) -> Callable[[str], list[Row]]:
    def ask(endpoint: str) -> list[Row]:
        store = SPARQLStore(endpoint, method=method, returnFormat=returns)
        found = Graph(store).query(SELECT)
        rows = [row for row in found if isinstance(row, ResultRow)]
        return [{name: of_rdflib(term) for name, term in row.asdict().items()} for row in rows]

    return ask


def httpx_and_pyoxigraph(form: QueryResultsFormat) -> Callable[[str], list[Row]]:
    def ask(endpoint: str) -> list[Row]:
        headers = {"Accept": form.media_type}
        answer = httpx.get(endpoint, params={"query": SELECT}, headers=headers)
        found: Any = parse_query_results(answer.content, format=form)
        names = [variable.value for variable in found.variables]
        return [dict(zip(names, map(of_oxigraph, row), strict=True)) for row in found]

    return ask


def of_oxigraph(term: Any) -> tuple[str, ...]:
    if isinstance(term, NamedNode):
        return (term.value,)
    return (term.value, term.language or term.datatype.value)


PYTHON = {
    "SPARQLWrapper, GET": sparqlwrapper("GET"),
    "SPARQLWrapper, form": sparqlwrapper("POST"),
    "SPARQLWrapper, direct": sparqlwrapper_direct,
    **{
        f"rdflib, {method}, {returns}": rdflib_store(method, returns)
        for method in ("GET", "POST", "POST_FORM")
        for returns in ("xml", "json")
    },
    "httpx, pyoxigraph, JSON": httpx_and_pyoxigraph(QueryResultsFormat.JSON),
    "httpx, pyoxigraph, XML": httpx_and_pyoxigraph(QueryResultsFormat.XML),
    "httpx, pyoxigraph, TSV": httpx_and_pyoxigraph(QueryResultsFormat.TSV),
}


@pytest.mark.parametrize("client", PYTHON)
def test_clients_of_pypi(site: Site, client: str) -> None:
    assert PYTHON[client](f"{site.base}sparql") == expected(site)


def test_rdflib_constructs(site: Site) -> None:
    found = Graph(SPARQLStore(f"{site.base}sparql")).query(CONSTRUCT).graph
    assert found is not None
    label = (URIRef(f"{site.base}id/state/chl"), URIRef(f"{RDFS}label"), Literal("智利", lang="zh"))
    assert set(found) == {label}


# ---- npm ----

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENTS / "node_modules").exists(),
    reason="no Node, or `npm ci` was not run in tests/clients",
)
NODE = ["comunica, endpoint", "fetch-sparql-endpoint", "sparql-http-client"]


def node(client: str, source: str, query: str) -> Any:
    command = ["node", "ask.js", client, source]
    done = subprocess.run(
        command, cwd=CLIENTS, input=query, capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def of_node(cell: list[str]) -> tuple[str, ...]:
    kind, value, more = cell
    return (value,) if kind == "NamedNode" else (value, more)


@needs_node
@pytest.mark.parametrize("client", NODE)
def test_clients_of_npm(site: Site, client: str) -> None:
    endpoint = f"{site.base}sparql"
    rows = node(client, endpoint, SELECT)
    assert [{name: of_node(cell) for name, cell in row.items()} for row in rows] == expected(site)
    assert node(client, endpoint, ASK) is True
    assert node(client, endpoint, ASK.replace("智利", "无此国")) is False
    (triple,) = node(client, endpoint, CONSTRUCT)
    assert {part: cell[1] for part, cell in triple.items()} == {
        "subject": f"{site.base}id/state/chl",
        "predicate": f"{RDFS}label",
        "object": "智利",
    }


@needs_node
def test_comunica_reads_the_document_that_an_address_leads_to(site: Site) -> None:
    """It asks for the thing, is sent on to the document, and queries what it finds there."""
    paragraph = site.paragraph(7)
    number = f"PREFIX untoc: <{site.base}ontology#> SELECT ?n {{ <{paragraph}> untoc:number ?n }}"
    (row,) = node("comunica, document", paragraph, number)
    assert row["n"][1] == "7"
    words = f"""
        PREFIX untoc: <{site.base}ontology#>
        SELECT ?text {{ <{paragraph}> untoc:text ?text FILTER CONTAINS(?text, "各国") }}
    """
    (row,) = node("comunica, document", paragraph, words)
    assert row["text"][2] == "zh"
    report = f"{site.base}id/report/{SLUG}"
    title = f"ASK {{ <{report}> <{RDFS}label> ?label FILTER(LANG(?label) = 'zh') }}"
    assert node("comunica, document", report, title) is True
