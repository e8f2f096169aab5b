"""Which format an Accept header gets. The table is the contract: a row a client we know of."""

import pytest

from untocgraph.server.negotiate import (
    REPRESENTATIONS,
    Kind,
    NotAcceptable,
    choose,
    named,
    offered,
    wants_html,
)

GRAPH = offered(Kind.GRAPH)
RESULTS = offered(Kind.RESULTS)

TURTLE, JSONLD, NT, HTML = (
    "text/turtle",
    "application/ld+json",
    "application/n-triples",
    "text/html",
)
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RDFLIB = (
    "application/rdf+xml;q=0.9, application/xhtml+xml;q=0.5, application/trig;q=0.9, "
    "application/n-triples;q=0.9, application/n-quads;q=0.9, text/turtle;q=1.0, */*;q=0.1"
)
JENA_GRAPH = (
    "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,"
    "*/*;q=0.3"
)
JENA_RESULTS = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, "
    "text/tab-separated-values;q=0.7, text/csv;q=0.5, application/json;q=0.2, "
    "application/xml;q=0.2, */*;q=0.1"
)
COMUNICA_GRAPH = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,"
    "text/n3;q=0.35,text/html;q=0.2"
)
COMUNICA_RESULTS = (
    "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7,"
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9"
)
SPARQLWRAPPER = (
    "application/sparql-results+json,application/json,text/javascript,application/javascript"
)
RAPPER = (
    "application/rdf+xml, text/rdf;q=0.6, application/x-turtle, text/turtle, "
    "application/turtle, application/n-triples;q=0.9, */*;q=0.1"
)

GRAPH_TABLE = [
    # nothing said, or all alike: Turtle
    (None, TURTLE),
    ("", TURTLE),
    ("   ", TURTLE),
    ("*/*", TURTLE),
    ("*/*;q=0.1", TURTLE),
    ("text/*", TURTLE),
    ("application/*", JSONLD),
    # one type, in any spelling
    ("text/turtle", TURTLE),
    ("TEXT/Turtle", TURTLE),
    (" text/turtle ", TURTLE),
    ("text/turtle;charset=utf-8", TURTLE),
    ('text/turtle; charset="UTF-8"', TURTLE),
    ("application/x-turtle", "application/x-turtle"),
    ("application/ld+json", JSONLD),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSONLD),
    ("application/json", "application/json"),
    ("application/n-triples", NT),
    ("text/html", HTML),
    # HTML goes to those who ask for it by name
    (CHROME, HTML),
    (FIREFOX, HTML),
    ("text/html;q=0.2, */*;q=0.1", HTML),
    ("text/html, text/turtle", TURTLE),
    ("text/html, text/turtle;q=0.9", HTML),
    ("text/html;q=0.9, text/turtle", TURTLE),
    # q-values, and ranges by how specific they are
    ("text/turtle;q=0.3, application/ld+json;q=0.7", JSONLD),
    ("application/n-triples, text/turtle;q=0.999", NT),
    ("text/turtle;q=0, */*", JSONLD),
    ("text/turtle;q=0, application/ld+json;q=0, */*;q=0.1", NT),
    ("*/*, text/turtle;q=0.1", JSONLD),
    ("text/*;q=0.9, application/ld+json;q=0.8, text/turtle;q=0.1", HTML),
    ("text/*;q=0, */*", JSONLD),
    ("application/*;q=0.5, text/turtle;q=0.4", JSONLD),
    ("text/turtle;level=1, */*;q=0.1", TURTLE),
    ("text/turtle;level=1, application/ld+json;q=0.1", JSONLD),
    ("text/turtle;charset=iso-8859-1, application/n-triples;q=0.1", NT),
    # what is malformed is not there
    ("text/turtle;q=2, application/ld+json;q=0.1", JSONLD),
    ("text/turtle;q=abc, application/ld+json;q=0.1", JSONLD),
    (",, text/turtle,", TURTLE),
    ("turtle, application/n-triples", NT),
    # programs
    (RDFLIB, TURTLE),
    (JENA_GRAPH, TURTLE),
    (COMUNICA_GRAPH, JSONLD),
    (RAPPER, TURTLE),
    ("text/n3;q=0.5, text/rdf+n3, */*;q=0.01", TURTLE),
]

RESULTS_TABLE = [
    (None, JSON),
    ("*/*", JSON),
    (CHROME, HTML),
    (FIREFOX, HTML),
    ("application/json", "application/json"),
    ("application/xml", "application/xml"),
    ("application/sparql-results+xml", XML),
    ("application/sparql-results+json;charset=utf-8", JSON),
    ("text/csv", CSV),
    ("text/*", CSV),
    ("text/tab-separated-values, text/csv;q=0.9", TSV),
    ("text/csv;q=0.5, */*;q=0.1", CSV),
    ("application/sparql-results+json;q=0, */*", XML),
    (JENA_RESULTS, JSON),
    (COMUNICA_RESULTS, JSON),
    (SPARQLWRAPPER, JSON),
]

NOTHING = [
    "image/png",
    "text/turtle;q=0",
    "*/*;q=0",
    "text/turtle;q=0, application/*;q=0, text/html;q=0",
    "text/turtle;level=1",
    "nonsense",
    "application/sparql-results+json",
]


@pytest.mark.parametrize(("accept", "expected"), GRAPH_TABLE)
def test_graphs(accept: str | None, expected: str) -> None:
    assert choose(accept, GRAPH).media_type == expected


@pytest.mark.parametrize(("accept", "expected"), RESULTS_TABLE)
def test_results(accept: str | None, expected: str) -> None:
    assert choose(accept, RESULTS).media_type == expected


@pytest.mark.parametrize("accept", NOTHING)
def test_nothing_fits(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        choose(accept, GRAPH)
    for offer in GRAPH:
        assert offer.media_type in str(caught.value)


def test_refusing_a_format_refuses_its_other_names() -> None:
    """application/json is JSON-LD too: a wildcard does not bring it back under that name."""
    only = [row for row in GRAPH if row.media_type == JSONLD]
    with pytest.raises(NotAcceptable):
        choose("application/ld+json;q=0, */*", only)


def test_the_table_is_unambiguous() -> None:
    """In each kind a suffix and a media type name one format; HTML comes last."""
    for kind in Kind:
        rows = offered(kind)
        names = [name for row in rows for name in (row.media_type, *row.aliases)]
        assert len(names) == len(set(names))
        assert len({row.suffix for row in rows}) == len(rows)
        for row in rows:
            assert named(row.suffix, rows).representation is row
            assert named(row.media_type.upper(), rows).representation is row
    assert REPRESENTATIONS[-1].media_type == HTML


def test_text_says_that_it_is_utf_8() -> None:
    types = {named(row.media_type, [row]).content_type for row in REPRESENTATIONS}
    assert {"text/turtle; charset=utf-8", "text/html; charset=utf-8"} <= types
    assert "application/ld+json" in types


def test_unknown_format_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptable):
        named("docx", GRAPH)


@pytest.mark.parametrize(
    ("accept", "format", "expected"),
    [
        (CHROME, None, True),
        (FIREFOX, None, True),
        ("*/*", None, False),
        (None, None, False),
        ("text/turtle", None, False),
        ("application/json, text/html;q=0.9", None, False),
        ("text/turtle, text/html;q=0.5", None, True),
        (CHROME, "json", False),
        (None, "html", True),
    ],
)
def test_who_gets_a_page_for_a_problem(
    accept: str | None, format: str | None, expected: bool
) -> None:
    assert wants_html(accept, format) is expected
