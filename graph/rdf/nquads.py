"""Canonical N-Quads: every statement of a dataset once, in one order, on every machine.

Literals keep the form they were written in, "007" stays "007"; language tags are in lower case,
as RDF compares them. Blank nodes, which only the ontology and the shapes hold, get the labels of
W3C RDF Dataset Canonicalization (RDFC-1.0), so they too come out alike.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyoxigraph
from rdflib import XSD, BNode, Dataset, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

from untocgraph.graph.rdf.nesting import Triple

STRING = XSD.string  # looked up once: rdflib searches a namespace anew at each mention

# Canonical N-Quads (RDFC-1.0, section 5) escapes these and nothing else.
ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    ord(char): escape
    for char, escape in {
        "\b": "\\b",
        "\t": "\\t",
        "\n": "\\n",
        "\f": "\\f",
        "\r": "\\r",
        '"': '\\"',
        "\\": "\\\\",
    }.items()
}


class Quad(NamedTuple):
    """One statement and the line that says it: quads sort by their lines."""

    line: str  # canonical N-Quads, with its line feed
    subject: Node
    predicate: Node
    object: Node
    graph: Node

    @property
    def triple(self) -> Triple:
        return self.subject, self.predicate, self.object

    @property
    def terms(self) -> tuple[Node, Node, Node, Node]:
        return self.subject, self.predicate, self.object, self.graph

    @property
    def statement(self) -> str:
        """The line without the graph and the end: quads that are sorted are so by this as well."""
        return self.line.removesuffix(f" {_nquads_term(self.graph)} .\n")


def canonical(dataset: Dataset) -> tuple[Quad, ...]:
    """Every quad of *dataset* once, in canonical order, blank nodes named by RDFC-1.0.

    The lines of the result, joined, are the canonical N-Quads of the dataset.

    Raises SyntaxError if a statement about a blank node holds an IRI that is none.
    """
    named: list[Quad] = []
    loose: list[Quad] = []
    ordinals: dict[Node, Node] = {}  # rdflib's own labels may be no labels in N-Quads
    for *triple, graph in dataset.quads((None, None, None, None)):
        terms = (*triple, graph or DATASET_DEFAULT_GRAPH_ID)
        if not any(isinstance(term, BNode) for term in terms):
            named.append(_quad(*terms))
            continue
        for term in terms:
            if isinstance(term, BNode):
                ordinals.setdefault(term, BNode(f"b{len(ordinals)}"))
        loose.append(_quad(*(ordinals.get(term, term) for term in terms)))

    # A quad without a blank node has no part in the naming, so only the others are handed over.
    # One quad may come twice, when rdflib tells "x" and "x"^^xsd:string apart and RDF does not.
    unique = {quad.line: quad for quad in (*named, *_relabelled(loose))}
    return tuple(unique[line] for line in sorted(unique))


def ntriples(quads: Iterable[Quad]) -> str:
    """*quads* as canonical N-Triples, in their order; their graphs are not told."""
    return "".join(f"{quad.statement} .\n" for quad in quads)


def _quad(subject: Node, predicate: Node, object: Node, graph: Node) -> Quad:
    terms = subject, predicate, object, graph
    return Quad(f"{' '.join(map(_nquads_term, terms))} .\n", *terms)


def _nquads_term(term: Node) -> str:
    if isinstance(term, URIRef):
        return f"<{term}>"
    if isinstance(term, Literal):
        return f'"{str(term).translate(ESCAPES)}"{suffix(term, "<{}>".format)}'
    return f"_:{term}"


def suffix(literal: Literal, write_iri: Callable[[URIRef], str]) -> str:
    """The language tag or datatype of *literal*, as N-Quads and Turtle write it."""
    if literal.language:
        return f"@{literal.language.lower()}"
    if literal.datatype is None or literal.datatype == STRING:
        return ""
    return f"^^{write_iri(literal.datatype)}"


def _relabelled(quads: list[Quad]) -> Iterator[Quad]:
    dataset = pyoxigraph.Dataset(
        pyoxigraph.parse("".join(quad.line for quad in quads), pyoxigraph.RdfFormat.N_QUADS)
    )
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    for quad in dataset:
        terms = quad.subject, quad.predicate, quad.object, quad.graph_name
        yield _quad(*(_from_pyoxigraph(term) for term in terms))


def _from_pyoxigraph(term: object) -> Node:
    match term:
        case pyoxigraph.NamedNode():
            return URIRef(term.value)
        case pyoxigraph.BlankNode():
            return BNode(term.value)
        case pyoxigraph.Literal() if term.language:
            return Literal(term.value, lang=term.language)
        case pyoxigraph.Literal():
            return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)
        case _:
            raise TypeError(f"{term} cannot stand in a quad")
