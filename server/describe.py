"""What the graph says of one thing, as RDF: the document that its IRI leads to."""

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize
from rdflib import BNode, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from untocgraph.graph.serialise import turtle
from untocgraph.server.lookup import RDF
from untocgraph.server.names import LABELS
from untocgraph.server.reading import EVIDENCE, PAGE
from untocgraph.server.snapshot import Snapshot


def describe(snapshot: Snapshot, iri: str, page: int = 1) -> tuple[Triple, ...]:
    """What a reader of *iri* wants to know of it, each triple once.

    Its own statements; the facts that state them, with their words; what points to it, PAGE
    statements a page; and the labels of all that is named. All triples stand so in the dump.
    """
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    found: dict[Triple, None] = {}

    def tell(quads: Iterable[Quad]) -> None:
        found.update(dict.fromkeys(quad.triple for quad in quads))

    tell(lookup.about(iri))
    for fact in lookup.subjects(RDF + "subject", iri):
        tell(lookup.about(fact))
        for span in lookup.values(fact, str(terms[EVIDENCE[0]])):
            tell(lookup.about(span))
    tell(lookup.pointing(iri, (page - 1) * PAGE, PAGE))
    for named in {term.value for triple in found for term in triple if isinstance(term, NamedNode)}:
        tell(quad for quad in lookup.about(named) if quad.predicate.value in LABELS)
    return tuple(sorted(found, key=lambda triple: (triple.subject != NamedNode(iri), str(triple))))


def write(triples: Iterable[Triple], form: RdfFormat, base: str) -> bytes:
    """*triples* in one of our formats; Turtle reads as the dumps do."""
    if form == RdfFormat.TURTLE:
        return turtle((rdflib_triple(triple) for triple in triples), base).encode()
    return serialize(triples, format=form) or b""


def rewrite(document: bytes, form: RdfFormat, base: str) -> bytes:
    """A Turtle document in another format."""
    if form == RdfFormat.TURTLE:
        return document
    parsed = parse(document, format=RdfFormat.TURTLE, base_iri=base)
    return serialize((quad.triple for quad in parsed), format=form) or b""


def rdflib_triple(triple: Triple) -> tuple[Node, Node, Node]:
    return rdflib_term(triple.subject), rdflib_term(triple.predicate), rdflib_term(triple.object)


def rdflib_term(term: object) -> Node:
    match term:
        case NamedNode():
            return URIRef(term.value)
        case BlankNode():
            return BNode(term.value)
        case Literal() if term.language:
            return RdfLiteral(term.value, lang=term.language)
        case Literal():
            return RdfLiteral(term.value, datatype=URIRef(term.datatype.value), normalize=False)
        case _:
            raise TypeError(f"{term} cannot stand in a document")
