"""Writes what a report states: each value beside a fact that ties it to its words.

A fact is a reified statement: the triple stands in the graph, and a node says with
``rdf:subject``, ``rdf:predicate`` and ``rdf:object`` which one it is about, and with
``untoc:evidence`` from which words it comes. Nothing enters the stated graph but by this module.
"""

from collections import Counter
from datetime import date

from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from untocgraph.graph.iris import Iris
from untocgraph.graph.model import Role, Source, Span, Stated

DCTERMS = Namespace("http://purl.org/dc/terms/")
FRBR = Namespace("http://purl.org/vocab/frbr/core#")
OA = Namespace("http://www.w3.org/ns/oa#")
PROV = Namespace("http://www.w3.org/ns/prov#")
SCHEMA = Namespace("https://schema.org/")

# The sub-properties of untoc:about, whose values are written out as values of that too: those who
# query have no reasoner.
ABOUT = frozenset(
    "citesProvision concernsInstrument concernsActor affectedGroup requestedOutput assistanceForm "
    "topic".split()
)

EVIDENCE_OF = {role: f"{role.value}Evidence" for role in Role}


class Statements:
    """The stated graph of one report while it is written."""

    def __init__(self, source: Source, iris: Iris, places: dict[Span, URIRef]) -> None:
        self.graph = Graph()
        self.iris = iris
        self.terms = iris.ontology
        self.source = source
        self.text = iris.source(source.slug, source.language, source.sha256)
        self.places = sorted(places.items(), key=lambda place: place[0].end - place[0].start)
        self.counts: Counter[tuple[URIRef, URIRef]] = Counter()
        self.implying_about = frozenset(self.terms[name] for name in ABOUT)

    def node(self, subject: URIRef, kind: str, **properties: object) -> URIRef:
        """A node of our own class *kind* with structural properties, which need no evidence."""
        self.graph.add((subject, RDF.type, self.terms[kind]))
        for name, value in properties.items():
            if value is not None:
                self.graph.add((subject, self.terms[name], self.term(value)))
        return subject

    def part_of(self, subject: URIRef, whole: URIRef) -> None:
        self.graph.add((subject, DCTERMS.isPartOf, whole))

    def fact(
        self,
        subject: URIRef,
        property: URIRef,
        value: Stated[object] | None,
        object: object | None = None,
        **about: Node | None,
    ) -> None:
        """State *value*, written as *object* if it is not itself an RDF term or a plain literal.

        *about* says more of the fact, e.g. in which role an article is cited. None states nothing.
        """
        if value is None:
            return
        written = self.term(value.value if object is None else object)
        self.graph.add((subject, property, written))
        if property in self.implying_about:
            self.graph.add((subject, self.terms.about, written))
        self.counts[subject, property] += 1
        name = property.rsplit("#")[-1].rsplit("/")[-1]
        ordinal = self.counts[subject, property]
        fact = self.iris.within(subject, name, ordinal)
        self.node(fact, "Fact", ordinal=ordinal, recordedIn=self.place(value.evidence[0].span))
        self.graph.add((fact, RDF.subject, subject))
        self.graph.add((fact, RDF.predicate, property))
        self.graph.add((fact, RDF.object, written))
        for evidence in value.evidence:
            span = self.span(evidence.span)
            self.graph.add((fact, self.terms.evidence, span))
            self.graph.add((fact, self.terms[EVIDENCE_OF[evidence.role]], span))
        for key, node in about.items():
            if node is not None:
                self.graph.add((fact, self.terms[key], node))

    def span(self, span: Span) -> URIRef:
        """The node of a span, with its quotation."""
        node = self.iris.span(self.text, span.start, span.end)
        words = self.source.text[span.start : span.end]
        self.graph.add((node, RDF.type, OA.TextPositionSelector))
        self.graph.add((node, RDF.type, OA.TextQuoteSelector))
        self.graph.add((node, OA.start, Literal(span.start)))
        self.graph.add((node, OA.end, Literal(span.end)))
        self.graph.add((node, OA.exact, Literal(words, lang=self.source.language)))
        return node

    def words(self, text: str) -> Literal:
        """Text in the language of the source."""
        return Literal(text, lang=self.source.language)

    def place(self, span: Span) -> URIRef | None:
        """The smallest part of the report in which a span stands."""
        return next((part for place, part in self.places if span in place), None)

    def term(self, value: object) -> Node:
        """A value as an RDF term; a span as its node."""
        if isinstance(value, (URIRef, Literal)):
            return value
        if isinstance(value, Span):
            return self.span(value)
        if isinstance(value, int):
            return Literal(value)
        if isinstance(value, (str, date)):
            return Literal(value)
        raise TypeError(f"no RDF term for {value!r}")
