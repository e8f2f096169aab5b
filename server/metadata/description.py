"""What the graph says of one thing, as RDF: the document that its IRI leads to."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize
from rdflib import BNode, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from untocgraph.graph.rdf import jsonld
from untocgraph.graph.rdf.rdfxml import rdfxml
from untocgraph.graph.rdf.turtle import trig, turtle
from untocgraph.graph.release.incoming_links import Pointer
from untocgraph.server.http.negotiation import EXPANDED, Choice
from untocgraph.server.pages.facts import EVIDENCE, PAGE
from untocgraph.server.pages.labels import LABELS
from untocgraph.server.repository.lookup import RDF
from untocgraph.server.repository.snapshot import Snapshot

RdflibTriple = tuple[Node, Node, Node]


def describe(snapshot: Snapshot, iri: str, page: int = 1) -> tuple[Quad, ...]:
    """What a reader of *iri* wants to know of it, each statement once, with its graph.

    Its own statements; the facts that state them, with their words; what points to it, PAGE
    statements a page; and the labels of all that is named. All stand so in the dump.
    """
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    found: dict[Quad, None] = {}

    def tell(statements: Iterable[Quad]) -> None:
        found.update(dict.fromkeys(statements))

    tell(lookup.about(iri))
    for fact in lookup.subjects(RDF + "subject", iri):
        tell(lookup.about(fact))
        for span in lookup.values(fact, str(terms[EVIDENCE[0]])):
            tell(lookup.about(span))
    tell(quads_of(lookup.pointing(iri)[(page - 1) * PAGE : page * PAGE]))
    named = {term.value for q in found for term in q.triple if isinstance(term, NamedNode)}
    for one in named:
        tell(quad for quad in lookup.about(one) if quad.predicate.value in LABELS)
    return tuple(sorted(found, key=lambda quad: (quad.subject != NamedNode(iri), str(quad))))


def quads_of(pointers: Iterable[Pointer]) -> Iterator[Quad]:
    lines = b"".join(pointer.line for pointer in pointers)
    yield from parse(lines, format=RdfFormat.N_QUADS, lenient=True)


def framed(snapshot: Snapshot, iri: str) -> bytes:
    """What a reader of *iri* wants to know of it as one tree in JSON-LD."""
    lookup = snapshot.lookup

    def about(node: URIRef) -> Iterator[RdflibTriple]:
        return (rdflib_triple(quad.triple) for quad in lookup.about(str(node)))

    def subjects(predicate: URIRef, object: URIRef) -> Iterator[URIRef]:
        return map(URIRef, lookup.subjects(str(predicate), str(object)))

    root = URIRef(iri)
    return jsonld.frame(jsonld.tree(root, snapshot.base, about, subjects), root, snapshot.base)


def write(statements: Iterable[Quad], choice: Choice, base: str) -> bytes:
    """*statements* in one of our formats, which read as the dumps do.

    A format for triples leaves out in which graph they stand.
    """
    quads = tuple(statements)
    triples = [rdflib_triple(quad.triple) for quad in quads]
    match choice.representation.serialiser:
        case RdfFormat.TURTLE:
            return turtle(triples, base).encode()
        case RdfFormat.TRIG:
            graphs = (rdflib_term(quad.graph_name) for quad in quads)
            return trig(((*t, g) for t, g in zip(triples, graphs, strict=True)), base).encode()
        case RdfFormat.RDF_XML:
            return rdfxml(triples, base).encode()
        case RdfFormat.JSON_LD if choice.profile == EXPANDED:
            return jsonld.expanded(triples)
        case RdfFormat.JSON_LD:
            return jsonld.compact(triples, base)
        case RdfFormat.N_QUADS:
            return serialize(quads, format=RdfFormat.N_QUADS) or b""
        case RdfFormat.N_TRIPLES:
            return serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES) or b""
        case other:
            raise TypeError(f"{other} is no format of documents")


def rdflib_triple(triple: Triple) -> RdflibTriple:
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
