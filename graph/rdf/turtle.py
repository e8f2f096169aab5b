"""A graph as text: the same bytes on every machine, and Turtle that people can read and diff.

Literals keep the form they were written in, "007" stays "007"; language tags are in lower case,
as RDF compares them. Blank nodes, which only the ontology and the shapes hold, get the labels of
W3C RDF Dataset Canonicalization (RDFC-1.0), so they too come out alike.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pyoxigraph
from rdflib import RDF, XSD, BNode, Dataset, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

from untocgraph.graph.rdf.nesting import Nesting, Triple, nest, nest_graphs

# Looked up once: rdflib searches a namespace anew at each mention.
TYPE, NIL, STRING = RDF.type, RDF.nil, XSD.string

# The prefixes of every Turtle that we write; a file declares those that it uses.
PREFIXES = {
    "bibo": "http://purl.org/ontology/bibo/",
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "deo": "http://purl.org/spar/deo/",
    "doco": "http://purl.org/spar/doco/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "frbr": "http://purl.org/vocab/frbr/core#",
    "ldqd": "http://www.w3.org/2016/05/ldqd#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rs": "http://www.w3.org/2001/sw/DataAccess/tests/result-set#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "undo": "https://w3id.org/un/ontology/undo/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
OWN_PREFIXES = {"shapes": "shapes#", "untoc": "ontology#"}  # below the base

WIDTH = 100  # characters; a list or a nested node that passes it is broken over lines

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
# Turtle's long strings keep their line breaks and quotation marks.
LONG_ESCAPES = {code: escape for code, escape in ESCAPES.items() if chr(code) not in '\n"'}

LOCAL_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")  # safe part of PN_LOCAL

DIGITS = re.compile(r"([0-9]+)")

# Properties that say what a thing is come first, in this order; the rest follow by name.
LEADING = (
    "a",
    "rdfs:label",
    "skos:prefLabel",
    "rdf:subject",
    "rdf:predicate",
    "rdf:object",
    "sh:path",
)

# What Turtle may write without quotes, where that keeps the lexical form: 7, but "007".
BARE = {
    XSD.boolean: re.compile(r"true|false"),
    XSD.decimal: re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"),
    XSD.integer: re.compile(r"0|-?[1-9][0-9]*"),
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


def turtle(triples: Iterable[Triple] | Nesting, base: str) -> str:
    """*triples* as Turtle: subjects in natural order (para/7 before para/36), their type first.

    Addresses below *base* are written relative to it. A blank node that one statement points to
    stands inside that statement, and among its like by its content: a change elsewhere does not
    move it. Other blank nodes keep the labels they come with.
    """
    writer = _Turtle(base)
    return writer.document(writer.blocks(nest(triples)))


def trig(quads: Iterable[tuple[Node, Node, Node, Node]] | dict[Node, Nesting], base: str) -> str:
    """*quads*, each in a named graph, as TriG: graphs in natural order, each as in our Turtle."""
    writer = _Turtle(base)
    graphs = nest_graphs(quads)
    texts = []
    for graph in sorted(graphs, key=lambda graph: natural(str(graph))):
        blocks = "\n".join(writer.blocks(graphs[graph], depth=1))
        texts.append(f"{writer.term(graph, 0)} {{\n{blocks}}}\n")
    return writer.document(texts)


def ntriples(quads: Iterable[Quad]) -> str:
    """*quads* as canonical N-Triples, in their order; their graphs are not told."""
    return "".join(f"{quad.statement} .\n" for quad in quads)


def relative(iri: str, base: str) -> str:
    """*iri* as a reference from *base*, where every reader resolves that back alike; else *iri*.

    >>> relative("http://localhost/id/body/unodc", "http://localhost/")
    'id/body/unodc'
    """
    if iri.startswith(base):
        below = iri[len(base) :]
        path = re.split("[?#]", below)[0].split("/")
        if ":" not in path[0] and not {"", ".", ".."} & set(path):  # no "a:b", "//a", "a/../b"
            return below
    return iri


@lru_cache(maxsize=200_000)  # each format sorts the same addresses
def natural(text: str) -> tuple[Any, ...]:
    """A key that sorts *text* as people do: by path segments, and numbers by their value.

    >>> sorted(["para/36", "para/7/norm/1", "para/7"], key=natural)
    ['para/7', 'para/7/norm/1', 'para/36']
    """
    return tuple(_segment(part) for part in text.split("/")), text


@lru_cache(maxsize=10_000)  # a few segments stand in most addresses
def _segment(text: str) -> tuple[Any, ...]:
    parts: list[Any] = DIGITS.split(text)  # words at even places, digits at odd ones
    for place in range(1, len(parts), 2):
        digits = parts[place].lstrip("0")
        parts[place] = len(digits), digits  # no int(): it refuses thousands of digits
    return tuple(parts)


def _quad(subject: Node, predicate: Node, object: Node, graph: Node) -> Quad:
    terms = subject, predicate, object, graph
    return Quad(f"{' '.join(map(_nquads_term, terms))} .\n", *terms)


def _nquads_term(term: Node) -> str:
    if isinstance(term, URIRef):
        return f"<{term}>"
    if isinstance(term, Literal):
        return f'"{str(term).translate(ESCAPES)}"{_suffix(term, "<{}>".format)}'
    return f"_:{term}"


def _suffix(literal: Literal, write_iri: Callable[[URIRef], str]) -> str:
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


class _Turtle:
    """Writes one document. Nested text is made from inside out, so that it can be sorted."""

    def __init__(self, base: str) -> None:
        self.base = base
        namespaces = PREFIXES | {name: base + path for name, path in OWN_PREFIXES.items()}
        self.prefix_of = {namespace: prefix for prefix, namespace in namespaces.items()}
        self.used: set[str] = set()  # prefixes
        self.iris: dict[URIRef, str] = {}  # as written: most come many times
        self.tree = Nesting(())  # the graph that is being written

    def document(self, blocks: list[str]) -> str:
        return "\n".join((self.header(), *blocks))

    def blocks(self, tree: Nesting, depth: int = 0) -> list[str]:
        """A block for each subject of a graph."""
        self.tree = tree
        iris = sorted(tree.iris(), key=natural)
        blocks = [self.block(self.iri(iri), iri, depth) for iri in iris]
        blocks += [self.block(f"_:{node}", node, depth) for node in tree.labels()]
        return blocks + sorted(self.block("[]", node, depth) for node in tree.anonymous())

    def header(self) -> str:
        lines = [f"@base <{self.base}> .\n"]
        for prefix in sorted(self.used):
            lines.append(f"@prefix {prefix}: <{OWN_PREFIXES.get(prefix) or PREFIXES[prefix]}> .\n")
        return "".join(lines)

    def block(self, name: str, subject: Node, depth: int) -> str:
        indent = "    " * depth
        lines = f" ;\n{indent}    ".join(self.properties(subject, depth + 1))
        return f"{indent}{name}\n{indent}    {lines} .\n"

    def properties(self, subject: Node, depth: int) -> list[str]:
        """Each property of *subject* with its objects."""
        lines = []
        comma = f",\n{'    ' * (depth + 1)}"
        written = {self.predicate(predicate): predicate for predicate in self.tree.about[subject]}
        for name in sorted(written, key=rank):
            objects = self.tree.about[subject][written[name]]
            texts = [self.term(object, depth) for object in objects]
            if len(texts) > 1:
                ranked = sorted((*order(o), text) for o, text in zip(objects, texts, strict=True))
                texts = [text for *_, text in ranked]
            lines.append(f"{name} {comma.join(texts)}")
        return lines

    def predicate(self, predicate: Node) -> str:
        return "a" if predicate == TYPE else self.term(predicate, 0)

    def term(self, term: Node, depth: int) -> str:
        if isinstance(term, URIRef):
            return "()" if term == NIL else self.iri(term)
        if isinstance(term, Literal):
            return self.literal(term)
        if term not in self.tree.nested:
            return f"_:{term}"
        members = self.tree.members(term)
        if members is not None:
            return _bracketed("()", [self.term(item, depth + 1) for item in members], "", depth)
        return _bracketed("[]", self.properties(term, depth + 1), " ;", depth)

    def iri(self, iri: URIRef) -> str:
        if iri not in self.iris:
            self.iris[iri] = self._iri(iri)
        return self.iris[iri]

    def _iri(self, iri: URIRef) -> str:
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = self.prefix_of.get(iri[:cut])
        if prefix and LOCAL_NAME.fullmatch(iri, cut):
            self.used.add(prefix)
            return f"{prefix}:{iri[cut:]}"
        return f"<{relative(iri, self.base)}>"

    def literal(self, literal: Literal) -> str:
        text = str(literal)
        bare = BARE.get(literal.datatype) if literal.datatype else None
        if bare and bare.fullmatch(text):
            return text
        if "\n" not in text:
            return f'"{text.translate(ESCAPES)}"{_suffix(literal, self.iri)}'
        long = text.translate(LONG_ESCAPES).replace('"""', r"\"\"\"")
        if long.endswith('"'):
            long = long[:-1] + r"\""
        return f'"""{long}"""{_suffix(literal, self.iri)}'


@lru_cache(maxsize=1_000)
def rank(name: str) -> tuple[Any, ...]:
    """A key that sorts the names of properties: those of LEADING first, the rest by name."""
    return LEADING.index(name) if name in LEADING else len(LEADING), natural(name)


def order(object: Node) -> tuple[Any, ...]:
    """IRIs, then literals by language, then blank nodes, which their text alone puts in order."""
    if isinstance(object, Literal):
        return 1, (object.language or "").lower(), natural(object), object.datatype or ""
    return (0, natural(str(object))) if isinstance(object, URIRef) else (2,)


def _bracketed(brackets: str, parts: list[str], joint: str, depth: int) -> str:
    opening, closing = brackets[0], brackets[1]
    line = " ".join((opening, f"{joint} ".join(parts), closing)) if parts else brackets
    if "\n" not in line and 4 * depth + len(line) <= WIDTH:
        return line
    indent = "    " * (depth + 1)
    lines = f"{joint}\n{indent}".join(parts)
    return f"{opening}\n{indent}{lines}\n{'    ' * depth}{closing}"
