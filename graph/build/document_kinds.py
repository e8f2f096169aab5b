"""What kind of document a document is, gathered from all that tells it.

A report says it of its references, which may differ, and a stated graph speaks of its own report
only. So the kinds of the document itself stand in the reference graph, each with what tells it:
the facts of the reports, the series in the symbol, or the table of sessions.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rdflib import PROV, RDF, Graph, URIRef
from rdflib.namespace import DCTERMS

from untocgraph.graph.authorities.gazetteer import load_authorities
from untocgraph.graph.build.reference import OWN
from untocgraph.graph.iris import Iris

# A series that holds one kind of document only. L holds drafts of any kind, so it is not here.
SERIES = {"CRP": "conference-room-paper", "INF": "information", "RES": "resolution"}

Told = tuple[URIRef, URIRef]  # a document and its kind


def document_kinds(reference: Graph, stated: Iterable[Graph], iris: Iris) -> None:
    """Add the kinds of the documents of *reference*, which *stated* graphs refer to."""
    grounds: dict[Told, set[URIRef]] = defaultdict(set)
    sources: dict[Told, set[URIRef]] = defaultdict(set)
    own = iris.authority_source(OWN)
    for graph in stated:
        for told, fact in said(graph, iris):
            grounds[told].add(fact)
            sources[told].add(own)
    for document, series in reference.subject_objects(iris.ontology.symbolSeries):
        if str(series) in SERIES:
            kind = iris.concept("document-kind", SERIES[str(series)])
            sources[URIRef(str(document)), kind].add(own)
    for session in load_authorities().sessions:
        if session.report:
            told = iris.document(session.report), iris.concept("document-kind", "report")
            sources[told].add(iris.authority_source(session.source))
    numbers: dict[URIRef, int] = defaultdict(int)
    for document, kind in sorted(sources):
        numbers[document] += 1
        write(reference, iris, (document, kind), numbers[document])
        node = addition(iris, document, numbers[document])
        for source in sources[document, kind]:
            reference.add((node, DCTERMS.source, source))
        for fact in grounds[document, kind]:
            reference.add((node, PROV.wasDerivedFrom, fact))


def said(stated: Graph, iris: Iris) -> Iterator[tuple[Told, URIRef]]:
    """The kinds of documents that a report tells of by their symbols, each with its fact."""
    terms = iris.ontology
    for fact in facts_of(stated, terms.documentKind):
        for document in stated.objects(stated.value(fact, RDF.subject), terms.document):
            yield (URIRef(str(document)), URIRef(str(stated.value(fact, RDF.object)))), fact
    for fact in facts_of(stated, terms.adoptedDraft):
        document = URIRef(str(stated.value(fact, RDF.object)))
        yield (document, iris.concept("document-kind", "draft-report")), fact


def facts_of(stated: Graph, property: URIRef) -> Iterator[URIRef]:
    yield from (URIRef(str(fact)) for fact in stated.subjects(RDF.predicate, property))


def addition(iris: Iris, document: URIRef, ordinal: int) -> URIRef:
    return iris.within(URIRef(f"{document}/documentKind"), "added", ordinal)


def write(reference: Graph, iris: Iris, told: Told, ordinal: int) -> None:
    document, kind = told
    node = addition(iris, document, ordinal)
    reference.add((document, iris.ontology.documentKind, kind))
    reference.add((node, RDF.type, iris.ontology.Addition))
    reference.add((node, RDF.subject, document))
    reference.add((node, RDF.predicate, iris.ontology.documentKind))
    reference.add((node, RDF.object, kind))
