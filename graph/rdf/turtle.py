"""Turtle and TriG that people can read and diff, the same on every machine."""

import re
from collections.abc import Iterable

from rdflib import RDF, XSD, Literal, URIRef
from rdflib.term import Node

from untocgraph.graph.rdf.nesting import Nesting, Triple, nest, nest_graphs
from untocgraph.graph.rdf.nquads import ESCAPES, suffix
from untocgraph.graph.rdf.order import natural, order, rank
from untocgraph.graph.rdf.prefixes import LOCAL_NAME, OWN_PREFIXES, PREFIXES, relative

TYPE, NIL = RDF.type, RDF.nil  # looked up once: rdflib searches a namespace anew at each mention

WIDTH = 100  # characters; a list or a nested node that passes it is broken over lines

# Turtle's long strings keep their line breaks and quotation marks.
LONG_ESCAPES = {code: escape for code, escape in ESCAPES.items() if chr(code) not in '\n"'}

# What Turtle may write without quotes, where that keeps the lexical form: 7, but "007".
BARE = {
    XSD.boolean: re.compile(r"true|false"),
    XSD.decimal: re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"),
    XSD.integer: re.compile(r"0|-?[1-9][0-9]*"),
}


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
            return f'"{text.translate(ESCAPES)}"{suffix(literal, self.iri)}'
        body = text.rstrip('"')
        long = body.translate(LONG_ESCAPES).replace('"""', r"\"\"\"")
        long += r"\"" * (len(text) - len(body))  # so that none runs into those that end the string
        return f'"""{long}"""{suffix(literal, self.iri)}'


def _bracketed(brackets: str, parts: list[str], joint: str, depth: int) -> str:
    opening, closing = brackets[0], brackets[1]
    line = " ".join((opening, f"{joint} ".join(parts), closing)) if parts else brackets
    if "\n" not in line and 4 * depth + len(line) <= WIDTH:
        return line
    indent = "    " * (depth + 1)
    lines = f"{joint}\n{indent}".join(parts)
    return f"{opening}\n{indent}{lines}\n{'    ' * depth}{closing}"
