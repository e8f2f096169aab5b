"""A stated graph in few lines, for golden files that a person reads beside the text.

A line holds one triple and the evidence of it: where it stands, and the words there. The triples of
a fact and of a place in the text follow from its line by a fixed rule; where one does not, or where
a triple is missing, the line changes or all triples of the node are written out. So two graphs have
the same lines only if they have the same triples.
"""

import json
import re
from collections.abc import Iterator

from rdflib import DCTERMS, RDF, SDO, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from untocgraph.graph.iris import Iris

OA = Namespace("http://www.w3.org/ns/oa#")
PREFIXES = {str(DCTERMS): "dcterms:", str(OA): "oa:", str(RDF): "rdf:", str(SDO): "schema:"}
KINDS = ("direct", "inherited", "aggregate")
Triple = tuple[Node, Node, Node]


def compact(graph: Graph, slug: str, iris: Iris) -> str:
    return Compact(graph, slug, iris).text


class Compact:
    def __init__(self, graph: Graph, slug: str, iris: Iris) -> None:
        self.graph = graph
        self.terms = iris.ontology
        self.base = iris.base
        self.report = iris.report(slug)
        self.left: set[Triple] = set(graph)  # that no line stands for yet
        evidence: dict[Triple, list[str]] = {}
        for fact in sorted(graph.subjects(RDF.type, self.terms.Fact), key=str):
            if (read := self._fact(fact)) and read[0] in graph:
                evidence.setdefault(read[0], []).append(read[1])
        lines = {
            triple: " ← ".join([self._value(triple), *evidence.get(triple, ())])
            for triple in tuple(self.left)
        }
        self.text = "".join(self._blocks({triple: lines[triple] for triple in self.left}))

    def _blocks(self, lines: dict[Triple, str]) -> Iterator[str]:
        blocks: dict[str, list[str]] = {}
        for (subject, _, _), line in lines.items():
            blocks.setdefault(self._name(subject), []).append(line)
        for name in sorted(blocks, key=by_number):
            types = sorted(line for line in blocks[name] if line.startswith("a "))
            yield f"{', '.join([name, *types])}\n"
            yield from (f"    {line}\n" for line in sorted(blocks[name]) if line not in types)

    def _fact(self, fact: Node) -> tuple[Triple, str] | None:
        """The triple that a fact is about, and its evidence, if its triples keep to the rule."""
        subject, predicate, object, ordinal = (
            self.graph.value(fact, each)
            for each in (RDF.subject, RDF.predicate, RDF.object, self.terms.ordinal)
        )
        if subject is None or predicate is None or object is None or ordinal is None:
            return None
        if str(fact) != f"{subject}/{local(predicate)}/{ordinal}":
            return None
        rest: set[Triple] = {
            (fact, RDF.type, self.terms.Fact),
            (fact, RDF.subject, subject),
            (fact, RDF.predicate, predicate),
            (fact, RDF.object, object),
            (fact, self.terms.ordinal, ordinal),
        }
        told = []
        place = self.graph.value(fact, self.terms.recordedIn)
        if place:
            rest.add((fact, self.terms.recordedIn, place))
        if place != self._usual_place(fact):
            told.append(f"in {self._name(place) if place else 'nothing'}")
        for kind in KINDS:
            name = self.terms[f"{kind}Evidence"]
            for span in sorted(self.graph.objects(fact, name), key=str):
                rest |= {(fact, name, span), (fact, self.terms.evidence, span)}
                told.append(f"{'' if kind == 'direct' else f'{kind} '}{self._span(span)}")
        if rest != set(self.graph.triples((fact, None, None))):
            return None
        self.left -= rest
        return (subject, predicate, object), f"[{ordinal}] {', '.join(told)}"

    def _usual_place(self, fact: Node) -> Node | None:
        """Where a fact is recorded, unless its line says otherwise: the part of the report that its
        address names, or else where its subject is recorded."""
        found = re.match(
            rf"{re.escape(self.report)}/(para/\d+|section/[\w.]+|annex)(?=/)", str(fact)
        )
        if found:
            return URIRef(found[0])
        subject = self.graph.value(fact, RDF.subject)
        return self.graph.value(subject, self.terms.recordedIn)

    def _span(self, span: Node) -> str:
        """The offsets of a place in the text and the words there; of any other node the name."""
        if not (offsets := re.search(r"/span/(\d+)-(\d+)$", str(span))):
            return self._name(span)
        start, end = offsets.groups()
        exact = self.graph.value(span, OA.exact)
        rest: set[Triple] = {
            (span, RDF.type, OA.TextPositionSelector),
            (span, RDF.type, OA.TextQuoteSelector),
            (span, OA.start, Literal(int(start))),
            (span, OA.end, Literal(int(end))),
        }
        if isinstance(exact, Literal):
            rest.add((span, OA.exact, Literal(exact, lang=self._language(span))))
        if rest != set(self.graph.triples((span, None, None))):
            return f"{start}-{end} (see there)"
        self.left -= rest
        return f"{start}-{end} {json.dumps(exact, ensure_ascii=False)}"

    def _language(self, span: Node) -> str:
        found = re.search(r"/source/([\w-]+)/", str(span))
        return found[1] if found else ""

    def _value(self, triple: Triple) -> str:
        _, predicate, object = triple
        name = "a" if predicate == RDF.type else self._term(predicate)
        return f"{name} {self._span(object)}"

    def _term(self, iri: Node) -> str:
        """A property; those of our own ontology by their bare name."""
        for space, prefix in {str(self.terms): "", **PREFIXES}.items():
            if str(iri).startswith(space):
                return prefix + str(iri).removeprefix(space)
        return str(iri)

    def _name(self, node: Node) -> str:
        if isinstance(node, Literal):
            kind = f"^^{node.datatype.removeprefix(str(XSD))}" if node.datatype else ""
            tag = f"@{node.language}" if node.language else kind
            return f"{json.dumps(node, ensure_ascii=False)}{tag}"
        address = str(node)
        if address == str(self.report):
            return "."
        if address.startswith(str(self.terms)):
            return f"untoc:{address.removeprefix(str(self.terms))}"
        if address.startswith(f"{self.report}/"):
            return address.removeprefix(f"{self.report}/")
        return f"/{address.removeprefix(self.base)}" if address.startswith(self.base) else address


def by_number(name: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]


def local(iri: object) -> str:
    return re.split("[#/]", str(iri))[-1]
