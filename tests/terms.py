"""Is every term of a graph a real one? Foreign terms are held against a stored list, own terms
against the ontology, so that a misspelt term fails instead of becoming a new one without a word.

`foreign-terms.tsv` holds the rows of the vocabularies' own files that this project uses. To use one
more term, look it up in its vocabulary and add its row: the test that no row is unused keeps the
list short.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from untocgraph.ontology import ontology_graph

BASE = "http://localhost:8000/"
FOREIGN = Path(__file__).with_name("foreign-terms.tsv")

# A value of one of these properties is a term, whatever vocabulary it is of.
TERM_VALUED = {
    OWL.inverseOf,
    RDF.predicate,
    RDF.type,
    RDFS.domain,
    RDFS.range,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    SH["class"],
    SH.datatype,
    SH.nodeKind,
    SH.targetClass,
    SH.targetObjectsOf,
    SH.targetSubjectsOf,
}
QUERIES = {SH.ask, SH.construct, SH.select}  # their values are SPARQL text, which names terms too


@cache
def foreign_terms() -> dict[str, str]:
    """The prefix of each foreign term that this project uses, by the term's IRI."""
    rows = FOREIGN.read_text(encoding="utf-8").splitlines()[1:]
    return {row.split("\t")[1]: row.split("\t")[0] for row in rows}


@cache
def prefixes(base: str = BASE) -> dict[str, str]:
    """The namespace of each vocabulary used, by its prefix."""
    foreign = {prefix: namespace_of(term) for term, prefix in foreign_terms().items()}
    return foreign | {"untoc": f"{base}ontology#"}


@cache
def own_terms(base: str = BASE) -> frozenset[str]:
    """The IRIs of every class and property that the ontology declares."""
    declared = ontology_graph(base).subjects(RDFS.isDefinedBy, URIRef(f"{base}ontology"))
    return frozenset(str(term) for term in declared)


def namespace_of(term: str) -> str:
    """What comes before a term's own name: up to the last # or /."""
    return re.sub(r"[^#/]*$", "", term)


def used_terms(graph: Graph, base: str = BASE) -> set[str]:
    """The terms that *graph* uses.

    A term is anything in predicate position, the value of a property in TERM_VALUED, the datatype
    of a literal, any IRI in the namespace of a vocabulary, and any name in SPARQL text.
    """
    spaces = set(prefixes(base).values())
    used = {str(term) for triple in graph for term in _named(triple, base)}
    nodes = {str(node) for triple in graph for node in triple if isinstance(node, URIRef)}
    return used | {node for node in nodes - spaces if namespace_of(node) in spaces}


def used_terms_of_query(text: str, base: str = BASE) -> set[str]:
    """The same for SPARQL text, whose own PREFIX lines count before the usual prefixes."""
    declared = re.findall(r"(?i)\bPREFIX\s+([\w-]*):\s*<([^<>]*)>", text)
    # urljoin drops the # that ends a namespace, so it is resolved with a name behind it.
    spaces = prefixes(base) | {p: urljoin(base, f"{space}x")[:-1] for p, space in declared}
    bare = re.sub(r"<[^<>\s]*>", " ", text)  # the # of an IRI begins no comment
    bare = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*", " ", bare)
    names = re.findall(r"(?<![\w:?$-])([A-Za-z][\w-]*):([A-Za-z]\w*)", bare)
    terms = {spaces[prefix] + name for prefix, name in names if prefix in spaces}
    data = f"{base}id/"
    return {term for term in terms if not term.startswith(data)}


def unknown_terms(graph: Graph, base: str = BASE) -> list[str]:
    """The terms used in *graph* that no vocabulary has, sorted; empty if all is well."""
    return unknown(used_terms(graph, base), base)


def unknown_terms_in_query(text: str, base: str = BASE) -> list[str]:
    return unknown(used_terms_of_query(text, base), base)


def unknown(terms: Iterable[str], base: str) -> list[str]:
    return sorted(set(terms) - foreign_terms().keys() - own_terms(base))


def _named(triple: tuple[Node, Node, Node], base: str) -> Iterator[Node | str]:
    _, predicate, value = triple
    yield predicate
    if predicate in TERM_VALUED and isinstance(value, URIRef):
        yield value
    if isinstance(value, Literal) and value.datatype is not None:
        yield value.datatype
    if predicate in QUERIES:
        yield from used_terms_of_query(str(value), base)
