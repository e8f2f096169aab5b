"""The same query through every door and in every format gives the same answer."""

import csv
import io
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
import rdflib
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
)
from rdflib.compare import isomorphic

from tests.serving import Raw, Site, raw
from untocgraph.server.http.negotiation import HTML, Kind, Representation, offered

XSD = "http://www.w3.org/2001/XMLSchema#"
# Whatever a format, a form or a proxy could spoil.
VALUES: tuple[NamedNode | Literal, ...] = (
    NamedNode("http://example.org/各国/100%25/a%2Fb?c=d&e=f#g'h(i)"),
    Literal("各国 100% +&=;%2F%25"),
    Literal("a,b;c\td\ne\r\nf\\g\"h'i <j> & k"),
    Literal(""),
    Literal(" around "),
    Literal("𠮷野家 é e\u0301"),
    Literal("各国", language="zh"),
    Literal("colour", language="en-gb"),
    Literal("7", datatype=NamedNode("http://example.org/type%20")),
    Literal("2013-10-28", datatype=NamedNode(XSD + "date")),
    Literal("2013-10-28T00:00:00Z", datatype=NamedNode(XSD + "dateTime")),
    Literal("42", datatype=NamedNode(XSD + "integer")),
    Literal("1.5", datatype=NamedNode(XSD + "decimal")),
    Literal("-0.25", datatype=NamedNode(XSD + "double")),
    Literal("true", datatype=NamedNode(XSD + "boolean")),
)
ROWS = " ".join(f"({number} {value})" for number, value in enumerate(VALUES))
SELECT = f"""
SELECT ?n ?value ?none {{ VALUES (?n ?value) {{ {ROWS} }} OPTIONAL {{ ?value <u:no> ?none }} }}
ORDER BY ?n
"""
CONSTRUCT = f"""
CONSTRUCT {{ ?s <u:p> ?value }}
{{ VALUES (?n ?value) {{ {ROWS} }} BIND(IRI(CONCAT("u:", STR(?n))) AS ?s) }}
"""

Door = Callable[[Site, str, Representation], Raw]


def by_get(site: Site, query: str, row: Representation) -> Raw:
    return raw(site, "GET", f"/sparql?{urlencode({'query': query})}", headers=accept(row))


def by_get_and_name(site: Site, query: str, row: Representation) -> Raw:
    return raw(site, "GET", f"/sparql?{urlencode({'format': row.suffix, 'query': query})}")


def by_form(site: Site, query: str, row: Representation) -> Raw:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **accept(row)}
    return raw(site, "POST", "/sparql", body=urlencode({"query": query}).encode(), headers=headers)


def by_body(site: Site, query: str, row: Representation) -> Raw:
    headers = {"Content-Type": "application/sparql-query", **accept(row)}
    return raw(site, "POST", "/sparql", body=query.encode(), headers=headers)


def accept(row: Representation) -> dict[str, str]:
    return {"Accept": row.media_type}


DOORS: tuple[Door, ...] = (by_get, by_get_and_name, by_form, by_body)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("row", offered(Kind.RESULTS), ids=lambda row: row.suffix)
def test_rows(site: Site, row: Representation, door: Door) -> None:
    answer = door(site, SELECT, row)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == row.content_type
    if row is HTML:
        assert [cells[1] for cells in cells_of(answer.body)] == [v.value for v in VALUES]
    elif row.serialiser == QueryResultsFormat.CSV:
        head, *rows = csv.reader(io.StringIO(answer.body.decode(), newline=""))
        assert head == ["n", "value", "none"]
        assert rows == [[str(n), value.value, ""] for n, value in enumerate(VALUES)]
    else:
        assert isinstance(row.serialiser, QueryResultsFormat)
        found = parse_query_results(answer.body, format=row.serialiser)
        assert isinstance(found, QuerySolutions)
        assert [variable.value for variable in found.variables] == ["n", "value", "none"]
        assert [(one["value"], one["none"]) for one in found] == [(v, None) for v in VALUES]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("row", offered(Kind.GRAPH, Kind.DATASET), ids=lambda row: row.suffix)
def test_triples(site: Site, row: Representation, door: Door) -> None:
    answer = door(site, CONSTRUCT, row)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == row.content_type
    if row is HTML:
        shown = [cells[2] for cells in cells_of(answer.body)]
        assert sorted(shown) == sorted(value.value for value in VALUES)
        return
    assert isinstance(row.serialiser, RdfFormat)
    found = {
        quad.subject.value: quad.object
        for quad in parse(answer.body, format=row.serialiser)
        if quad.predicate == NamedNode("u:p") and not isinstance(quad.subject, BlankNode)
    }
    assert found == {f"u:{number}": value for number, value in enumerate(VALUES)}


def test_all_formats_of_a_description_are_one_graph(site: Site) -> None:
    """As other programs read them."""
    graphs = []
    for row in offered(Kind.GRAPH, Kind.DATASET):
        if row is not HTML:
            answer = by_body(site, f"DESCRIBE <{site.base}id/state/chl>", row)
            read = rdflib.Dataset(default_union=True)
            read.parse(data=answer.body, format=row.media_type)
            graph = rdflib.Graph()
            for quad in read.quads():
                graph.add(quad[:3])
            graphs.append(graph)
    assert len(graphs) == 6 and len(graphs[0]) > 5
    for other in graphs[1:]:
        assert isomorphic(graphs[0], other)


def cells_of(page: bytes) -> list[list[str]]:
    reader = Cells()
    reader.feed(page.decode())
    return reader.rows


class Cells(HTMLParser):
    """The cells of the table that is the answer, each as its text, or where its link leads."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_table = self._in_cell = self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self._in_table = given.get("class") == "answer"
        elif self._in_table and tag == "td":
            if not self._in_cell:
                self.rows[-1].append("")
            self._in_cell = True
        elif self._in_table and tag == "tr":
            self.rows.append([])
        elif self._in_cell and tag == "a":
            self.rows[-1][-1] = given["href"] or ""
            self._in_link = True

    def handle_endtag(self, tag: str) -> None:
        self._in_table &= tag != "table"
        self._in_cell &= tag != "td"
        self._in_link &= tag != "a"
        if tag == "thead":
            self.rows.clear()

    def handle_data(self, data: str) -> None:
        if self._in_cell and not self._in_link:
            self.rows[-1][-1] += data
