"""Graphs that make life hard for writers, and what independent parsers make of what is written."""

from collections.abc import Iterable

import pyoxigraph
from hypothesis import strategies as st
from rdflib import RDF, RDFS, SKOS, XSD, BNode, Dataset, Literal, URIRef
from rdflib.term import Node

from untocgraph.graph.rdf.nesting import Triple
from untocgraph.graph.rdf.nquads import canonical

BASE = "https://example.org/kg/"
GRAPH = URIRef(f"{BASE}graph/reference")

Statement = tuple[Node, Node, Node, Node]

# Few terms, so that triples meet: shared and circular blank nodes, lists whole and broken.
blank = st.sampled_from([BNode(f"n{number}") for number in range(5)])
IRIS = [
    RDF.nil,
    RDF.List,
    URIRef(BASE),
    URIRef(f"{BASE}ontology"),
    URIRef(f"{BASE}ontology#Norm"),
    URIRef(f"{BASE}ontology#first.part"),
    URIRef(f"{BASE}id/document/CTOC/COP/WG.2/2013/3"),
    URIRef(f"{BASE}id/a:b(c)'d;e,f"),
    URIRef(f"{BASE}a:b"),
    URIRef(f"{BASE}/double//slash"),
    URIRef(f"{BASE}id/x/"),
    URIRef(f"{BASE}id/x/../y"),
    URIRef(f"{BASE}id/%E4%B8%AD/中国?query=1&x#part"),
    URIRef(f"{BASE}?query"),
    URIRef("https://example.org/kg"),
    URIRef("https://schema.org/name"),
    URIRef("urn:x:y"),
]
iris = st.sampled_from(IRIS)
predicates = st.sampled_from(
    [
        RDF.type,
        RDF.first,
        RDF.rest,
        RDF.subject,
        RDF.predicate,
        RDFS.label,
        SKOS.broader,
        URIRef(f"{BASE}ontology#addressee"),
        URIRef(f"{BASE}ontology#id"),
        URIRef(f"{BASE}ontology#number"),
        URIRef(f"{BASE}ontology#numeral"),
        URIRef(f"{BASE}ontology#org"),
        URIRef(f"{BASE}ontology#text"),
        URIRef(f"{BASE}p/q"),
        URIRef(f"{BASE}p/中-1.x"),
    ]
)
literals = st.one_of(
    st.builds(Literal, st.text(max_size=8)),
    st.builds(Literal, st.text(alphabet='"\\\n\r\ta', max_size=8)),
    st.builds(Literal, st.text(alphabet="\x00\x01\x1f\x7f\x85\u2028\ufffe]>&<'", max_size=4)),
    st.builds(Literal, st.text(max_size=3), lang=st.sampled_from(["en", "zh", "zh-Hans"])),
    st.builds(
        Literal,
        st.sampled_from(
            ["7", "007", "-0", "+1", "1.0", "1.50", ".5", "true", "TRUE", "1e3", "x", "9" * 30]
        ),
        datatype=st.sampled_from(
            [
                XSD.boolean,
                XSD.decimal,
                XSD.double,
                XSD.integer,
                XSD.positiveInteger,
                XSD.string,
                RDF.JSON,
                RDF.XMLLiteral,
                URIRef(f"{BASE}type"),
            ]
        ),
        normalize=st.just(False),
    ),
)
triples: st.SearchStrategy[list[Triple]] = st.lists(
    st.tuples(st.one_of(iris, blank), predicates, st.one_of(iris, blank, blank, literals)),
    max_size=14,
)
graph_names = st.sampled_from([GRAPH, URIRef(f"{BASE}graph/r/stated"), BNode("n0")])
quads: st.SearchStrategy[list[Statement]] = st.lists(
    st.tuples(
        st.one_of(iris, blank), predicates, st.one_of(iris, blank, blank, literals), graph_names
    ),
    max_size=14,
)


def dataset(statements: Iterable[Triple | Statement]) -> Dataset:
    """*statements*; those without a graph stand in GRAPH."""
    made = Dataset()
    for subject, predicate, object, *graph in statements:
        made.graph(graph[0] if graph else GRAPH).add((subject, predicate, object))  # type: ignore[arg-type]
    return made


def settled(statements: Iterable[Triple | Statement]) -> list[Statement]:
    """*statements* as a release has them: once each, in order, blank nodes named canonically."""
    return [quad[1:] for quad in canonical(dataset(statements))]


def nquads(statements: Iterable[Triple | Statement]) -> str:
    return "".join(quad.line for quad in canonical(dataset(statements)))


def read(
    document: str | bytes, format: pyoxigraph.RdfFormat, base: str | None = None
) -> pyoxigraph.Dataset:
    """What an independent parser makes of *document*, its blank nodes named canonically.

    What stands in no named graph is put into GRAPH, as `nquads` does.
    """
    graph = pyoxigraph.NamedNode(GRAPH)
    made = pyoxigraph.Dataset(
        quad
        if quad.graph_name != pyoxigraph.DefaultGraph()
        else pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, graph)
        for quad in pyoxigraph.parse(document, format, base_iri=base)
    )
    made.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return made
