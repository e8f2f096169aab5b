"""JSON-LD 1.1 that reads as plain JSON, says no less than the triples, and comes in a stable order.

Our own terms stand under their bare names (``"addressee"``), those of other vocabularies with the
prefix of our Turtle (``"dcterms:title"``). Words in several languages are an object with the
languages as keys, a link is the address as a string, and a number that keeps its form is a number.
One value stands alone, several stand in a list. Addresses of things are always written in full, so
that a program that knows no JSON-LD can follow them.

What does not fit how a term is defined is written out ("@value", "@type") under the full address
of its property, for which the context has no rule. So nothing is lost, whatever the graph holds.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import pyoxigraph
from pyoxigraph import NamedNode
from rdflib import OWL, RDF, RDFS, XSD, BNode, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

from untocgraph.graph.rdf.nesting import Nesting, Triple, nest_graphs
from untocgraph.graph.rdf.order import natural, rank
from untocgraph.graph.rdf.prefixes import LOCAL_NAME, OWN_PREFIXES, PREFIXES
from untocgraph.graph.rdf.turtle import BARE, WIDTH
from untocgraph.ontology import ontology_texts

# How the values of other vocabularies' properties are written; of our own the ontology tells it.
# A property that is missing here is written all the same, only less briefly.
LANGUAGE_MAPS = (
    "dcterms:description",
    "dcterms:title",
    "oa:exact",
    "rdfs:comment",
    "rdfs:label",
    "sh:message",
    "sh:resultMessage",
    "skos:altLabel",
    "skos:definition",
    "skos:historyNote",
    "skos:prefLabel",
    "skos:scopeNote",
)
LINKS = (
    "dcterms:isPartOf",
    "dcterms:license",
    "dcterms:publisher",
    "dcterms:source",
    "eli:is_part_of",
    "foaf:homepage",
    "foaf:page",
    "foaf:primaryTopic",
    "frbr:realizationOf",
    "frbr:supplementOf",
    "org:linkedTo",
    "org:memberOf",
    "org:subOrganizationOf",
    "org:unitOf",
    "owl:inverseOf",
    "prov:used",
    "prov:wasAttributedTo",
    "prov:wasDerivedFrom",
    "prov:wasGeneratedBy",
    "rdf:object",
    "rdf:subject",
    "rdfs:domain",
    "rdfs:isDefinedBy",
    "rdfs:range",
    "rdfs:seeAlso",
    "rdfs:subClassOf",
    "rdfs:subPropertyOf",
    "schema:domainIncludes",
    "schema:rangeIncludes",
    "sh:class",
    "sh:datatype",
    "sh:focusNode",
    "sh:nodeKind",
    "sh:path",
    "sh:prefixes",
    "sh:property",
    "sh:result",
    "sh:resultSeverity",
    "sh:severity",
    "sh:sourceConstraintComponent",
    "sh:sourceShape",
    "sh:targetClass",
    "sh:targetSubjectsOf",
    "skos:broader",
    "skos:closeMatch",
    "skos:exactMatch",
    "skos:inScheme",
    "skos:topConceptOf",
)
TERMS = ("rdf:predicate",)  # links to terms, which are written as they are elsewhere
TYPED = {
    "dcterms:issued": "xsd:date",
    "dcterms:modified": "xsd:date",
    "schema:endDate": "xsd:date",
    "schema:startDate": "xsd:date",
}

# Keys of ours that are no terms: two keywords, and the facts that are about a thing.
ID, TYPE, FACTS = "id", "type", "facts"
KEYWORDS: dict[str, Any] = {
    ID: "@id",
    TYPE: "@type",
    FACTS: {"@reverse": PREFIXES["rdf"] + "subject", "@type": "@id", "@container": "@set"},
}

INTEGER = "xsd:integer"
DIGITS = 15  # that any integer below 2^53 may have; readers keep these exact (RFC 8259, 6)

ENCODE = json.JSONEncoder(ensure_ascii=False).encode

STRING = XSD.string  # once: rdflib searches a namespace at each mention
RDF_TYPE, NIL, SUBJECT = RDF.type, RDF.nil, RDF.subject

# From a thing to what a reader of its tree wants to see whole; of all else, its labels.
FOLLOWED = (
    "citesProvision",
    "evidence",
    "expressedBy",
    "hasNorm",
    "standsAt",
    "unofficialEnglish",
)
SHOWN = (RDF_TYPE, RDFS.label)  # of what is only named
NAMING = (RDF_TYPE, RDF.predicate)  # whose values are terms, which their names explain

Statement = Triple | tuple[Node, Node, Node, Node]  # a triple stands in no named graph
Rule = dict[str, str]  # how the context says that the values of a property are to be read
Inside = Callable[[Node, Rule], Any]  # what is written in a statement about a node; None: its name


def context_iri(base: str) -> str:
    """Where the context is served."""
    return f"{base}context.jsonld"


@lru_cache(maxsize=4)
def context(base: str) -> dict[str, Any]:
    """The rules of our JSON-LD under *base*: the value of its "@context". Not to be changed.

    Own terms are defined from the ranges that the ontology gives them.
    """
    namespaces = PREFIXES | {name: base + path for name, path in OWN_PREFIXES.items()}
    own = namespaces["untoc"]
    rules: dict[str, Any] = {"@version": 1.1, "@vocab": own} | KEYWORDS | namespaces
    for names, rule in (
        (LANGUAGE_MAPS, {"@container": "@language"}),
        (LINKS, {"@type": "@id"}),
        (TERMS, {"@type": "@vocab"}),
    ):
        rules |= {name: {"@id": _address(name, namespaces)} | rule for name in names}
    for name, datatype in TYPED.items():
        rules[name] = {"@id": _address(name, namespaces), "@type": datatype}
    for name, rule in sorted(_own_rules(base).items()):
        rules[f"untoc:{name}" if name in rules else name] = {"@id": own + name} | rule
    return rules


def compact(
    statements: Iterable[Statement] | dict[Node, Nesting], base: str, *, inline: bool = False
) -> bytes:
    """*statements* as one document; each named graph is a "@graph" of its own.

    The context stands there by its address, or with *inline* itself, for a file that is to be read
    where nobody serves the context. Blank nodes that need a label keep the one they come with.
    """
    graphs = _nested(statements)
    writer = _Compact(base)
    if writer.would_misread(graphs):
        return expanded(_quads(graphs))
    document = _by_name({graph: writer.nodes(graphs[graph]) for graph in graphs}, ID)
    return _text({"@context": _context(base, inline), "@graph": document})


def expanded(statements: Iterable[Statement]) -> bytes:
    """*statements* in expanded form: no context, every value written out, nothing nested."""
    graphs: dict[Node, dict[Node, list[tuple[Node, Node]]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, object, graph in map(_quad, statements):
        graphs[graph][subject].append((predicate, object))
    nodes = {
        graph: [_expanded_node(node, about[node]) for node in sorted(about, key=_natural)]
        for graph, about in graphs.items()
    }
    return _text(_by_name(nodes, "@id"))


def tree(
    root: URIRef,
    base: str,
    about: Callable[[URIRef], Iterable[Triple]],
    subjects: Callable[[URIRef, URIRef], Iterable[Node]],
) -> tuple[Triple, ...]:
    """What `frame` is to show of *root*, a recommendation or any other thing.

    That is what is said of it and of what FOLLOWED leads to, the facts about any of these with
    their words, and of all else that is named its labels. *about* gives the statements with a
    subject, *subjects* those that point by a predicate to an object.
    """
    followed = {URIRef(f"{base}ontology#{name}") for name in FOLLOWED}
    found: dict[Triple, None] = {}
    whole = [root]
    for node in whole:  # grows while it is walked
        told = tuple(about(node))
        found |= dict.fromkeys(told)
        onward = [object for _, predicate, object in told if predicate in followed]
        for other in (*onward, *subjects(SUBJECT, node)):
            if isinstance(other, URIRef) and other not in whole:
                whole.append(other)
    named = {object for _, predicate, object in found if predicate not in NAMING}
    for node in (each for each in named.difference(whole) if isinstance(each, URIRef)):
        found |= dict.fromkeys(triple for triple in about(node) if triple[1] in SHOWN)
    return tuple(found)


def frame(triples: Iterable[Triple], root: URIRef, base: str, *, inline: bool = False) -> bytes:
    """*triples* as one tree that begins at *root*: each thing stands whole where it comes first,
    which is where it is nearest to the root, and by its address elsewhere.

    The facts about a thing stand in it, under "facts". What *root* does not lead to is left out.
    """
    graph = Nesting(triples)
    writer = _Compact(base)
    if writer.would_misread({DATASET_DEFAULT_GRAPH_ID: graph}):
        return expanded(_quads({DATASET_DEFAULT_GRAPH_ID: graph}))
    node = _Frame(writer, graph.about).tree(root)
    return _text({"@context": _context(base, inline)} | node)


# ---- the context ----


def _own_rules(base: str) -> dict[str, Rule]:
    """A rule for each property of ours that wants one, by its local name."""
    own = f"{base}ontology#"
    ranges: dict[str, str] = {}
    links: set[str] = set()
    for text in ontology_texts():
        for quad in pyoxigraph.parse(text, pyoxigraph.RdfFormat.TURTLE, base_iri=base):
            subject, object = quad.subject, quad.object
            if isinstance(subject, NamedNode) and isinstance(object, NamedNode):
                name = subject.value.removeprefix(own)
                if quad.predicate.value == str(RDFS.range):
                    ranges[name] = object.value
                elif object.value == str(OWL.ObjectProperty):
                    links.add(name)
    rules = {name: {"@type": "@id"} for name in links}
    for name in ranges.keys() - links:
        if ranges[name] == str(RDF.langString):
            rules[name] = {"@container": "@language"}
        elif ranges[name].startswith(PREFIXES["xsd"]) and ranges[name] != str(STRING):
            rules[name] = {"@type": f"xsd:{ranges[name].removeprefix(PREFIXES['xsd'])}"}
    return rules


def _address(name: str, namespaces: dict[str, str]) -> str:
    prefix, _, local = name.partition(":")
    return namespaces[prefix] + local


def _context(base: str, inline: bool) -> Any:
    return context(base) if inline else context_iri(base)


# ---- compact form ----


class _Compact:
    """Writes nodes and values as the context of *base* reads them."""

    def __init__(self, base: str) -> None:
        self.rules = context(base)
        self.own: str = self.rules["@vocab"]
        self.prefix_of: dict[str, str] = {}
        self.short: dict[str, str] = {}  # names of properties that have a rule, then of all met
        for name, rule in self.rules.items():
            if isinstance(rule, dict) and "@id" in rule:
                self.short[rule["@id"]] = name
            elif name not in ("@version", "@vocab", *KEYWORDS):
                self.prefix_of[rule] = name

    def would_misread(self, graphs: dict[Node, Nesting]) -> bool:
        """Whether an address would be taken for a prefix and a name: <untoc:x>, say."""
        terms = {term for quad in _quads(graphs) for term in quad}
        iris = {term for term in terms if isinstance(term, URIRef)}
        iris |= {term.datatype for term in terms if isinstance(term, Literal) and term.datatype}
        return any(iri.partition(":")[0] in self.rules for iri in iris)

    def nodes(self, nesting: Nesting) -> list[dict[str, Any]]:
        """The subjects of a graph in natural order, then those without an address."""

        def inside(node: Node, rule: Rule) -> Any:
            if node not in nesting.nested:
                return None
            members = nesting.members(node)
            if members is not None:
                return {"@list": [self.value(member, rule, inside) for member in members]}
            return self.properties(nesting.about.get(node, {}), inside) or None

        def named(node: Node) -> dict[str, Any]:
            return {ID: _name(node)} | self.properties(nesting.about[node], inside)

        loose = [self.properties(nesting.about[node], inside) for node in nesting.anonymous()]
        iris = sorted(nesting.iris(), key=natural)
        return [*map(named, iris), *map(named, nesting.labels()), *_sorted(loose)]

    def properties(self, about: dict[Node, list[Node]], inside: Inside) -> dict[str, Any]:
        """What is said of a node: its types first, the rest in the order of our Turtle."""
        found: dict[str, list[Any]] = defaultdict(list)
        words: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        # In the order in which they stand: in a tree, what comes first is written whole.
        for predicate in sorted(about, key=lambda each: _rank(self.name(each))):
            key = self.name(predicate)
            rule = self.rules.get(key, {})
            for object in about[predicate]:
                if predicate == RDF_TYPE and isinstance(object, URIRef):
                    found[TYPE].append(self.name(object))
                elif "@container" not in rule:
                    found[key].append(self.value(object, rule, inside))
                elif isinstance(object, Literal) and object.language:
                    words[key][object.language.lower()].append(str(object))
                else:
                    found[str(predicate)].append(self.value(object, {}, inside))
        made: dict[str, Any] = {key: _one(_sorted(values)) for key, values in found.items()}
        for key, texts in words.items():
            made[key] = {tag: _one(_sorted(texts[tag])) for tag in sorted(texts)}
        return {key: made[key] for key in sorted(made, key=_rank)}

    def value(self, object: Node, rule: Rule, inside: Inside) -> Any:
        """*object* as *rule* reads it."""
        coerced = rule.get("@type")
        if isinstance(object, Literal):
            return self.literal(object, coerced)
        if (written := inside(object, rule)) is not None:
            return written
        if object == NIL:
            return {"@list": []}
        if coerced == "@vocab" and isinstance(object, URIRef):
            return self.name(object)
        return _name(object) if coerced == "@id" else {ID: _name(object)}

    def literal(self, literal: Literal, coerced: str | None) -> Any:
        text = str(literal)
        if literal.language:
            return {"@value": text, "@language": literal.language.lower()}
        datatype = self.name(literal.datatype or STRING)
        if datatype == INTEGER == (coerced or INTEGER) and _exact(text):
            return int(text)
        if datatype == (coerced or "xsd:string"):
            return text
        if datatype == "xsd:string":
            return {"@value": text}
        if datatype == "xsd:boolean" and coerced is None and text in ("true", "false"):
            return text == "true"
        return {"@value": text, "@type": datatype}

    def name(self, term: Node) -> str:
        """A property, class or datatype: by a short name, if it has one."""
        iri = str(term)
        if iri not in self.short:
            self.short[iri] = self._name(iri)
        return self.short[iri]

    def _name(self, iri: str) -> str:
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        local, prefix = iri[cut:], self.prefix_of.get(iri[:cut])
        if prefix is None or not LOCAL_NAME.fullmatch(local):
            return iri
        return local if iri[:cut] == self.own and local not in self.rules else f"{prefix}:{local}"


# ---- trees ----


class _Frame:
    """A tree of things: each stands under the one that leads to it by the fewest steps."""

    def __init__(self, writer: _Compact, about: dict[Node, dict[Node, list[Node]]]) -> None:
        self.writer = writer
        self.about = about
        self.facts: dict[Node, list[Node]] = defaultdict(list)
        for node in sorted(self.about, key=_natural):
            for subject in self.about[node].get(SUBJECT, []):
                self.facts[subject].append(node)
        self.above: dict[Node, Node] = {}
        self.written: set[Node] = set()

    def tree(self, root: URIRef) -> dict[str, Any]:
        reached: list[Node] = [root]
        for node in reached:  # grows while it is walked
            for below in (*self.objects(node), *self.facts[node]):
                if below != root and below in self.about and below not in self.above:
                    self.above[below] = node
                    reached.append(below)
        return self.node(root)

    def objects(self, node: Node) -> Iterator[Node]:
        """The things that *node* leads to, in the order in which they are written."""
        about = self.about.get(node, {})
        for predicate in sorted(about, key=lambda each: _rank(self.writer.name(each))):
            if predicate not in (RDF_TYPE, SUBJECT):
                yield from sorted(
                    (each for each in about[predicate] if not isinstance(each, Literal)),
                    key=_natural,
                )

    def node(self, node: Node) -> dict[str, Any]:
        self.written.add(node)

        def inside(object: Node, rule: Rule) -> Any:
            free = self.above.get(object) == node and object not in self.written
            return self.node(object) if free else None

        about = dict(self.about.get(node, {}))
        if self.above.get(node) in about.get(SUBJECT, []):
            del about[SUBJECT]  # "facts" of the thing above says it
        made = {ID: _name(node)} | self.writer.properties(about, inside)
        if facts := self.facts[node]:
            made[FACTS] = [inside(fact, {}) or {ID: _name(fact)} for fact in facts]
        return made


# ---- expanded form ----


def _expanded_node(node: Node, about: list[tuple[Node, Node]]) -> dict[str, Any]:
    types: list[str] = []
    values: dict[str, list[Any]] = defaultdict(list)
    for predicate, object in about:
        if predicate == RDF_TYPE and isinstance(object, URIRef):
            types.append(str(object))
        else:
            values[str(predicate)].append(_expanded_value(object))
    made: dict[str, Any] = {"@id": _name(node)} | ({"@type": _sorted(types)} if types else {})
    return made | {key: _sorted(values[key]) for key in sorted(values)}


def _expanded_value(object: Node) -> dict[str, str]:
    if not isinstance(object, Literal):
        return {"@id": _name(object)}
    if object.language:
        return {"@value": str(object), "@language": object.language.lower()}
    datatype = object.datatype or STRING
    return {"@value": str(object)} | ({} if datatype == STRING else {"@type": str(datatype)})


# ---- small parts ----


def _quad(statement: Statement) -> tuple[Node, Node, Node, Node]:
    subject, predicate, object, *graph = statement
    return subject, predicate, object, graph[0] if graph else DATASET_DEFAULT_GRAPH_ID


def _nested(statements: Iterable[Statement] | dict[Node, Nesting]) -> dict[Node, Nesting]:
    return nest_graphs(
        statements if isinstance(statements, dict) else (_quad(each) for each in statements)
    )


def _quads(graphs: dict[Node, Nesting]) -> Iterator[tuple[Node, Node, Node, Node]]:
    for graph, nesting in graphs.items():
        for subject, properties in nesting.about.items():
            for predicate, objects in properties.items():
                yield from ((subject, predicate, object, graph) for object in objects)


def _by_name(nodes: dict[Node, list[dict[str, Any]]], id: str) -> list[dict[str, Any]]:
    """The nodes of no named graph, then the named graphs."""
    document = list(nodes.get(DATASET_DEFAULT_GRAPH_ID, []))
    for graph in sorted(nodes.keys() - {DATASET_DEFAULT_GRAPH_ID}, key=_natural):
        document.append({id: _name(graph), "@graph": nodes[graph]})
    return document


def _name(node: Node) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def _natural(node: Node) -> tuple[Any, ...]:
    return isinstance(node, BNode), natural(str(node))


def _rank(key: str) -> tuple[Any, ...]:
    return key != TYPE, rank(key)


def _exact(text: str) -> bool:
    """Whether a number in JSON keeps *text*, an integer, in every reader."""
    return bool(BARE[XSD.integer].fullmatch(text)) and len(text) <= DIGITS


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _sorted(values: list[Any]) -> list[Any]:
    return sorted(values, key=_compared) if len(values) > 1 else values


def _compared(value: Any) -> tuple[Any, ...]:
    """Plain values before others, each in natural order."""
    plain = isinstance(value, str)
    return not plain, natural(value if plain else ENCODE(value))


def _text(document: Any) -> bytes:
    return f"{_written(document, 0)}\n".encode()


def _written(value: Any, depth: int) -> str:
    """JSON in lines no longer than WIDTH where that can be; broken ones have one entry each."""
    line = ENCODE(value)
    if not value or not isinstance(value, dict | list) or 2 * depth + len(line) <= WIDTH:
        return line
    indent = "\n" + "  " * (depth + 1)
    if isinstance(value, dict):
        brackets = "{}"
        entries = [f"{ENCODE(key)}: {_written(value[key], depth + 1)}" for key in value]
    else:
        brackets = "[]"
        entries = [_written(each, depth + 1) for each in value]
    lines = f",{indent}".join(entries)
    return f"{brackets[0]}{indent}{lines}{indent[:-2]}{brackets[1]}"
