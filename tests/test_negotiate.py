"""Which format an Accept header gets. The table is the contract: a row a client we know of."""

import pytest
from rdflib.parser import Parser
from rdflib.plugin import plugins

from untocgraph.server.http.negotiation import (
    REPRESENTATIONS,
    Kind,
    NotAcceptable,
    choose,
    first_named,
    named,
    named_or_accepted,
    offered,
    wants_html,
    with_profile,
)

GRAPH = offered(Kind.GRAPH)  # the answer of CONSTRUCT
DOCUMENT = offered(Kind.GRAPH, Kind.DATASET)
RESULTS = offered(Kind.RESULTS)

TURTLE, JSONLD, NT, HTML = (
    "text/turtle",
    "application/ld+json",
    "application/n-triples",
    "text/html",
)
TRIG, NQ, RDFXML = "application/trig", "application/n-quads", "application/rdf+xml"
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"

# Browsers: MDN, "List of default Accept values".
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
CHROME_BEFORE_79 = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"  # and Safari
FIREFOX_92 = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
SAFARI_OF_OLD = (
    "application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5"
)
EDGE_OF_OLD = "text/html, application/xhtml+xml, image/jxr, */*"
OPERA_OF_OLD = (
    "text/html, application/xml;q=0.9, application/xhtml+xml, image/png, image/webp, image/jpeg, "
    "image/gif, image/x-xbitmap, */*;q=0.1"
)
FETCH_OF_AN_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"

# rdflib.parser.URLInputSource: without a format it names every type that it has a parser for.
RDFLIB = ", ".join(sorted(p.name for p in plugins(kind=Parser) if "/" in p.name))
# Jena: WebContent.defaultGraphAcceptHeader, defaultDatasetAcceptHeader, defaultRDFAcceptHeader.
JENA = "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7"
JENA_DATA = (
    "application/trig,application/n-quads;q=0.9,text/x-nquads;q=0.8,application/x-trig;q=0.7,"
    "application/ld+json;q=0.5"
)
JENA_GRAPH = f"{JENA},*/*;q=0.5"
JENA_DATASET = f"{JENA_DATA},*/*;q=0.5"
JENA_RDF = f"{JENA},{JENA_DATA},*/*;q=0.5"
# Comunica 2 to 4, as its log of requests shows it; and 1, as others send it on.
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,"
    "application/json;q=0.45,text/n3;q=0.35,application/xml;q=0.3,image/svg+xml;q=0.3,"
    "text/xml;q=0.3,text/html;q=0.2,application/xhtml+xml;q=0.18"
)
COMUNICA_1 = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,*/*;q=0.1"
)
COMUNICA_RESULTS = (
    "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7,"
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9"
)
SPARQLWRAPPER = (
    "application/sparql-results+json,application/json,text/javascript,application/javascript"
)
# rapper 2.0.15, and with --input turtle: recorded.
RAPPER = "application/rdf+xml, text/rdf;q=0.6, */*;q=0.1"
RAPPER_TURTLE = (
    "text/turtle, application/x-turtle, application/turtle, text/n3;q=0.3, text/rdf+n3;q=0.3, "
    "application/rdf+n3;q=0.3, */*;q=0.1"
)
SOLID = "text/turtle, application/ld+json;q=0.9"
PROTEGE = (
    "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09"
)
JENA_RESULTS = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, "
    "text/tab-separated-values;q=0.7, text/csv;q=0.5, application/json;q=0.2, "
    "application/xml;q=0.2, */*;q=0.1"
)

DOCUMENT_TABLE = [
    # nothing said, or all alike: Turtle
    (None, TURTLE),
    ("", TURTLE),
    ("   ", TURTLE),
    ("*/*", TURTLE),  # curl, wget, httpx, fetch
    ("*/*;q=0.1", TURTLE),
    ("text/*", TURTLE),
    ("application/*", JSONLD),
    ("*/*, */*;q=0.5", TURTLE),
    # one type, in any spelling
    ("text/turtle", TURTLE),
    ("TEXT/Turtle", TURTLE),
    (" text/turtle ", TURTLE),
    ("text/turtle;charset=utf-8", TURTLE),
    ('text/turtle; charset="UTF-8"', TURTLE),
    ("text/turtle ; q=0.2", TURTLE),
    ("application/x-turtle", "application/x-turtle"),
    ("application/ld+json", JSONLD),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSONLD),
    ('application/ld+json; q=0.5; profile="http://www.w3.org/ns/json-ld#framed"', JSONLD),
    ("application/json", "application/json"),
    ("application/n-triples", NT),
    ("application/trig", TRIG),
    ("application/x-trig", "application/x-trig"),
    ("application/n-quads", NQ),
    ("text/x-nquads", "text/x-nquads"),
    ("application/rdf+xml", RDFXML),
    ("text/html", HTML),
    # HTML goes to those who ask for it by name
    (CHROME, HTML),
    (CHROME_BEFORE_79, HTML),
    (FIREFOX, HTML),
    (FIREFOX_92, HTML),
    (SAFARI_OF_OLD, HTML),
    (EDGE_OF_OLD, HTML),
    (OPERA_OF_OLD, HTML),
    (FETCH_OF_AN_IMAGE, TURTLE),
    ("text/html, */*", HTML),
    ("*/*, application/n-triples", NT),
    ("text/html;q=0.2, */*;q=0.1", HTML),
    ("text/html, text/turtle", TURTLE),
    ("text/html, text/turtle;q=0.9", HTML),
    ("text/html;q=0.9, text/turtle", TURTLE),
    ("application/xhtml+xml, */*;q=0.1", TURTLE),
    # q-values, and ranges by how specific they are
    ("text/turtle;q=0.3, application/ld+json;q=0.7", JSONLD),
    ("application/n-triples, text/turtle;q=0.999", NT),
    ("application/trig;q=0.5, application/n-quads;q=0.6", NQ),
    ("application/rdf+xml, text/turtle;q=0.5", RDFXML),
    ("application/rdf+xml;q=0.9, text/turtle;q=0.1", RDFXML),
    ("application/rdf+xml;q=0.9, text/turtle;q=0.8", RDFXML),
    ("text/turtle, application/rdf+xml", TURTLE),
    ("application/n-quads, application/trig", TRIG),
    ("text/turtle;q=0, */*", JSONLD),
    ("text/turtle;q=0, application/ld+json;q=0, */*;q=0.1", NT),
    ("text/turtle;q=0.0, application/*;q=0, */*", HTML),
    ("*/*, text/turtle;q=0.1", JSONLD),
    ("text/*;q=0.9, application/ld+json;q=0.8, text/turtle;q=0.1", HTML),
    ("text/*;q=0, */*", JSONLD),
    ("application/*;q=0.5, text/turtle;q=0.4", JSONLD),
    ("application/*;q=0.5, application/ld+json;q=0.1", NT),
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
    ("application/rdf+xml, */*;q=0.1", RDFXML),  # rdflib, format="xml"
    ("text/turtle, application/x-turtle, */*;q=0.1", TURTLE),
    ("text/n3, */*;q=0.1", TURTLE),  # which is N3 too
    ("text/n3", "text/n3"),  # rdflib's SPARQLStore, returnFormat="n3"
    ("text/rdf+n3, text/n3;q=0.5", "text/rdf+n3"),
    ("application/x-json+ld", "application/x-json+ld"),
    ("application/xml;q=0.3", "application/xml"),
    ("application/trig, */*;q=0.1", TRIG),
    ("application/ld+json, application/json;q=0.9, */*;q=0.1", JSONLD),
    (JENA_GRAPH, TURTLE),
    (JENA_DATASET, TRIG),
    (JENA_RDF, TURTLE),
    (COMUNICA, JSONLD),  # N-Quads has nothing in the default graph, of which it asks its queries
    (COMUNICA_1, JSONLD),
    ("application/n-quads, text/turtle;q=0.7", NQ),
    ("application/trig, text/turtle;q=0.9", TURTLE),
    (RAPPER, RDFXML),
    (RAPPER_TURTLE, TURTLE),
    (SOLID, TURTLE),
    (PROTEGE, RDFXML),
    ("text/n3, text/rdf+n3, application/rdf+xml;q=0.9, text/turtle;q=0.8", RDFXML),
    ("text/n3;q=0.5, text/rdf+n3, */*;q=0.01", TURTLE),
]

GRAPH_TABLE = [
    (None, TURTLE),
    (COMUNICA, JSONLD),
    (JENA_GRAPH, TURTLE),
    (RAPPER, RDFXML),
    (CHROME, HTML),
    ("application/n-quads, */*;q=0.1", TURTLE),
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


@pytest.mark.parametrize(("accept", "expected"), DOCUMENT_TABLE)
def test_documents(accept: str | None, expected: str) -> None:
    assert choose(accept, DOCUMENT).media_type == expected


def test_the_table_is_long_enough_to_be_trusted() -> None:
    assert len({accept for accept, _ in DOCUMENT_TABLE}) == len(DOCUMENT_TABLE) >= 60


@pytest.mark.parametrize(("accept", "expected"), GRAPH_TABLE)
def test_graphs(accept: str | None, expected: str) -> None:
    assert choose(accept, GRAPH).media_type == expected


@pytest.mark.parametrize(("accept", "expected"), RESULTS_TABLE)
def test_results(accept: str | None, expected: str) -> None:
    assert choose(accept, RESULTS).media_type == expected


P = "http://www.w3.org/ns/json-ld#"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/ld+json", None),
        (None, None),
        (f'application/ld+json;profile="{P}compacted"', None),
        (f'application/ld+json;profile="{P}expanded"', "expanded"),
        (f'APPLICATION/LD+JSON; Profile="{P}framed"', "framed"),
        (f'application/ld+json;profile="{P}flattened {P}expanded"', "expanded"),
        (f'application/ld+json;profile="{P}flattened"', None),
        (f'application/ld+json;profile="{P}expanded";q=0.5, application/ld+json', None),
        (f'application/ld+json;q=0.5, application/ld+json;profile="{P}expanded"', "expanded"),
        (f'application/ld+json;profile="{P}expanded";q=0, */*', None),
        (f'*/*, application/ld+json;profile="{P}expanded"', "expanded"),
    ],
)
def test_profiles(accept: str | None, expected: str | None) -> None:
    usual = named("jsonld", GRAPH)
    assert (
        with_profile(usual, accept, None, ("compacted", "expanded", "framed")).profile == expected
    )


def test_profiles_are_of_json_ld_alone() -> None:
    turtle = named("ttl", GRAPH)
    wish = f'application/ld+json;profile="{P}expanded";q=0.1, text/turtle'
    assert with_profile(turtle, wish, None, ("compacted", "expanded")) == turtle


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
    ("names", "accept", "of_rows", "of_triples"),
    [
        (["turtle"], "application/sparql-results+json", JSON, TURTLE),
        (["n3"], "text/csv", CSV, TURTLE),
        (["xml"], None, XML, RDFXML),
        (["XML"], "*/*", XML, RDFXML),
        (["rdf+xml"], "*/*", JSON, RDFXML),
        (["rdf xml"], "*/*", JSON, RDFXML),  # the plus sign was not escaped
        (["json"], "text/turtle, text/csv", JSON, JSONLD),
        (["json-ld"], "text/csv", CSV, JSONLD),
        (["application/ld+json,application/x-json+ld"], "text/csv", CSV, JSONLD),
        (["application/x-json+ld"], "text/csv", CSV, JSONLD),
        (["text/turtle; charset=utf-8"], "text/csv", CSV, TURTLE),
        (["text/rdf+n3"], "text/csv", CSV, TURTLE),
        (["csv", "nt"], "*/*", CSV, NT),
        (["nt", "csv"], "*/*", CSV, NT),
        (["docx", "tsv", "csv"], "application/trig", TSV, TRIG),
        (["n-quads"], "text/csv", CSV, NQ),
        (["auto"], "text/csv, application/rdf+xml", CSV, RDFXML),  # Virtuoso's own form
        (["sparql"], "text/turtle", XML, TURTLE),  # Fuseki's
        (["html"], "text/csv, text/turtle", HTML, HTML),
        ([], "text/csv, text/turtle", CSV, TURTLE),
    ],
    ids=str,
)
def test_a_name_that_fits_wins_and_another_leaves_the_choice_to_accept(
    names: list[str], accept: str | None, of_rows: str, of_triples: str
) -> None:
    for offers, expected in ((RESULTS, of_rows), (DOCUMENT, of_triples)):
        choice, by_accept = named_or_accepted(names, accept, offers)
        assert choice.media_type == expected
        assert by_accept is (first_named(names, offers) is None)


def test_a_name_that_does_not_fit_refuses_only_with_accept() -> None:
    with pytest.raises(NotAcceptable):
        named_or_accepted(["turtle"], "text/turtle", RESULTS)
    with pytest.raises(NotAcceptable):
        named_or_accepted(["docx"], "image/png", DOCUMENT)


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
        (CHROME, "turtle", False),
        (CHROME, "docx", True),
        (None, "html", True),
    ],
)
def test_who_gets_a_page_for_a_problem(
    accept: str | None, format: str | None, expected: bool
) -> None:
    assert wants_html(accept, [format] if format else []) is expected
