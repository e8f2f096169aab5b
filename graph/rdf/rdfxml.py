"""RDF/XML with our prefixes, in the order of our Turtle, for readers that know nothing newer.

XML 1.0 has no place for control characters, and an element must be named by the end of its
property's address. What cannot be written is refused and never bent.
"""

import re
from collections.abc import Iterable, Iterator

from rdflib import RDF, XSD, Literal, URIRef
from rdflib.term import Node

from untocgraph.graph.errors import ReleaseRefused
from untocgraph.graph.rdf.nesting import Nesting, Triple, nest
from untocgraph.graph.rdf.order import natural, order, rank
from untocgraph.graph.rdf.prefixes import OWN_PREFIXES, PREFIXES, relative

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")  # the part of an XML name that all readers share
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ESCAPES = {ord(char): f"&{name};" for char, name in (("&", "amp"), ("<", "lt"), (">", "gt"))}
ESCAPES |= {ord("\r"): "&#13;", ord('"'): "&#34;"}  # XML readers turn a bare \r into \n

# Source: RDF 1.1 XML Syntax, 5.1. These are no names of properties, or stand for another one.
SYNTAX = {"Description", "ID", "RDF", "about", "aboutEach", "aboutEachPrefix", "bagID"}
SYNTAX |= {"datatype", "li", "nodeID", "parseType", "resource"}

TYPE, NIL, STRING = RDF.type, RDF.nil, XSD.string  # once: rdflib searches at each mention


class NotInXml(ReleaseRefused):
    def __init__(self, what: str) -> None:
        super().__init__(f"RDF/XML cannot hold {what}: take it out, and build again.")


def rdfxml(triples: Iterable[Triple] | Nesting, base: str) -> str:
    """*triples* as one document. Addresses below *base* are relative to it.

    Raises NotInXml if a literal has a character that XML has not, or a property no name in XML.
    """
    return _RdfXml(nest(triples), base).text()


class _RdfXml:
    def __init__(self, tree: Nesting, base: str) -> None:
        self.base = base
        self.namespaces = PREFIXES | {name: base + path for name, path in OWN_PREFIXES.items()}
        self.prefix_of = {namespace: prefix for prefix, namespace in self.namespaces.items()}
        self.used = {"rdf"}  # prefixes
        self.names: dict[Node, tuple[str, str]] = {}
        self.tree = tree

    def text(self) -> str:
        tree = self.tree
        nodes = [self.node(iri, 1) for iri in sorted(tree.iris(), key=natural)]
        nodes += [self.node(node, 1) for node in tree.labels()]
        nodes += sorted(self.node(node, 1) for node in tree.anonymous())
        declared = [f'xml:base="{self.base.translate(ESCAPES)}"']
        declared += [
            f'xmlns:{prefix}="{self.namespaces[prefix].translate(ESCAPES)}"'
            for prefix in sorted(self.used)
        ]
        head = "\n    ".join(("<rdf:RDF", *declared))
        return "\n".join(
            ('<?xml version="1.0" encoding="UTF-8"?>', f"{head}>\n", *nodes, "</rdf:RDF>\n")
        )

    def node(self, node: Node, depth: int) -> str:
        """A thing with its properties, as an element that its first type names."""
        about = self.tree.about.get(node, {})
        types = [each for each in about.get(TYPE, []) if self.is_name(each)]
        kind = min(types, key=order) if types else None
        name = self.name(kind)[0] if kind else "rdf:Description"
        indent = "  " * depth
        opening = f"{indent}<{name}{self.identity(node)}"
        properties = list(self.properties(node, depth + 1, without=kind))
        if not properties:
            return f"{opening}/>\n"
        return f"{opening}>\n{''.join(properties)}{indent}</{name}>\n"

    def identity(self, node: Node) -> str:
        if isinstance(node, URIRef):
            return f' rdf:about="{self.reference(node)}"'
        return f' rdf:nodeID="{node}"' if node in self.tree.labelled else ""

    def properties(self, node: Node, depth: int, without: Node | None = None) -> Iterator[str]:
        about = self.tree.about.get(node, {})
        ranked = sorted((rank(self.name(predicate)[1]), predicate) for predicate in about)
        for _, predicate in ranked:
            objects = [o for o in about[predicate] if predicate != TYPE or o != without]
            texts = [self.property(predicate, object, depth) for object in objects]
            if len(texts) > 1:
                pairs = zip(objects, texts, strict=True)
                texts = [text for *_, text in sorted((*order(o), text) for o, text in pairs)]
            yield from texts

    def property(self, predicate: Node, object: Node, depth: int) -> str:
        name = self.name(predicate)[0]
        end = name.partition(" ")[0]
        indent = "  " * depth
        if isinstance(object, Literal):
            return f"{indent}<{name}{self.qualifier(object)}>{_text(object)}</{end}>\n"
        if isinstance(object, URIRef):
            return f'{indent}<{name} rdf:resource="{self.reference(object)}"/>\n'
        if object not in self.tree.nested:
            return f'{indent}<{name} rdf:nodeID="{object}"/>\n'
        members = self.tree.members(object)
        if members is None:
            inside, parse = "".join(self.properties(object, depth + 1)), "Resource"
        elif any(isinstance(member, Literal) for member in members):
            inside, parse = self.cells(members, depth + 1), "Resource"
        else:
            inside, parse = "".join(self.node(m, depth + 1) for m in members), "Collection"
        close = f"\n{inside}{indent}" if inside else ""
        return f'{indent}<{name} rdf:parseType="{parse}">{close}</{end}>\n'

    def cells(self, members: list[Node], depth: int) -> str:
        """A list with literals, for which there is no short form. Not indented, for it is deep."""
        indent = "  " * depth
        opened = f'{indent}<rdf:rest rdf:parseType="Resource">\n'
        firsts = [self.property(RDF.first, member, depth) for member in members]
        last = f'{indent}<rdf:rest rdf:resource="{NIL}"/>\n'
        return opened.join(firsts) + last + f"{indent}</rdf:rest>\n" * (len(members) - 1)

    def name(self, term: Node) -> tuple[str, str]:
        """*term* as the name of an element, and as it is sorted."""
        if term not in self.names:
            self.names[term] = self._name(str(term))
        return self.names[term]

    def _name(self, iri: str) -> tuple[str, str]:
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        if not NAME.match(iri, cut):
            found = NAME.search(iri)
            cut = found.start() if found else len(iri)
        namespace, local = iri[:cut], iri[cut:]
        if not namespace or not local or namespace == PREFIXES["rdf"] and local in SYNTAX:
            raise NotInXml(f"the property <{iri}>")
        if prefix := self.prefix_of.get(namespace):
            self.used.add(prefix)
            return f"{prefix}:{local}", f"{prefix}:{local}"
        return f'ns:{local} xmlns:ns="{namespace.translate(ESCAPES)}"', iri

    def is_name(self, term: Node) -> bool:
        """Whether a class may name an element: it is one of a vocabulary with a prefix of ours."""
        cut = max(term.rfind("#"), term.rfind("/")) + 1 if isinstance(term, URIRef) else 0
        known = str(term)[:cut] in self.prefix_of and str(term)[:cut] != PREFIXES["rdf"]
        return known and bool(NAME.match(str(term), cut))

    def qualifier(self, literal: Literal) -> str:
        if literal.language:
            return f' xml:lang="{literal.language.lower()}"'
        if literal.datatype is None or literal.datatype == STRING:
            return ""
        return f' rdf:datatype="{str(literal.datatype).translate(ESCAPES)}"'

    def reference(self, iri: URIRef) -> str:
        return relative(iri, self.base).translate(ESCAPES)


def _text(literal: Literal) -> str:
    if wrong := NO_XML.search(literal):
        raise NotInXml(f"the character U+{ord(wrong.group()):04X} of {str(literal)!r}")
    return str(literal).translate(ESCAPES)
