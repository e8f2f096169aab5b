"""Terms between rdflib and pyoxigraph, each literal as it is written."""

import pyoxigraph
from rdflib import XSD, BNode, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

Term = URIRef | BNode | Literal
STRING = pyoxigraph.NamedNode(XSD.string)


class Verbatim(Literal):
    """A literal of which rdflib makes neither a value nor another form.

    rdflib writes some anew (``a  b`` as a token becomes ``a b``), parses what XML and HTML it is
    given, and turns ``1E999999999`` into a gigabyte of digits. Equal to a Literal of the same form.
    """

    def __new__(
        cls, form: str, language: str | None = None, datatype: URIRef | None = None
    ) -> "Verbatim":
        literal = str.__new__(cls, form)
        literal._language = language
        literal._datatype = datatype
        literal._value = form
        literal._ill_typed = None
        return literal


def verbatim(term: Node) -> Node:
    """*term* as it is, a literal without its value. xsd:string is left out, as it says nothing."""
    if not isinstance(term, Literal):
        return term
    datatype = None if term.datatype == XSD.string else term.datatype
    return Verbatim(str(term), term.language, datatype)


def to_pyoxigraph(
    term: Node,
) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal:
    if isinstance(term, URIRef):
        return pyoxigraph.NamedNode(term)
    if isinstance(term, Literal) and term.language:
        return pyoxigraph.Literal(term, language=term.language)
    if isinstance(term, Literal) and term.datatype:
        return pyoxigraph.Literal(term, datatype=pyoxigraph.NamedNode(term.datatype))
    if isinstance(term, Literal):
        return pyoxigraph.Literal(term)
    return pyoxigraph.BlankNode(str(term))


def from_pyoxigraph(term: object) -> Term:
    """Raises TypeError if *term* is one of RDF 1.2: a triple, or a literal with a direction."""
    match term:
        case pyoxigraph.NamedNode():
            return URIRef(term.value)
        case pyoxigraph.BlankNode():
            return BNode(term.value)
        case pyoxigraph.Literal() if term.direction:
            pass
        case pyoxigraph.Literal() if term.language:
            return Verbatim(term.value, term.language)
        case pyoxigraph.Literal() if term.datatype == STRING:
            return Verbatim(term.value)
        case pyoxigraph.Literal():
            return Verbatim(term.value, None, URIRef(term.datatype.value))
        case pyoxigraph.DefaultGraph():
            return DATASET_DEFAULT_GRAPH_ID
    raise TypeError(f"{str(term)[:80]} is a term of RDF 1.2, which no graph of ours holds")
