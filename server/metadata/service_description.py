"""What the endpoint says of itself, as RDF: formats, graphs, limits, and questions to begin with.

Source: SPARQL 1.1 Service Description, VoID for the sizes, schema.org for the limits, and SHACL for
the questions, each of which is a query that runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from untocgraph.graph.query.scan import USUAL
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.ontology.competency import LANGUAGES, Question
from untocgraph.server.http.negotiation import REPRESENTATIONS, Kind
from untocgraph.server.metadata.examples import examples
from untocgraph.server.repository.lookup import RDF, RDFS
from untocgraph.server.repository.snapshot import Snapshot

SD = PREFIXES["sd"]
SH = PREFIXES["sh"]
VOID = PREFIXES["void"]
SCHEMA = PREFIXES["schema"]
XSD = PREFIXES["xsd"]
INTEGER = NamedNode(XSD + "integer")
DECIMAL = NamedNode(XSD + "decimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a query may take at most."""

    timeout: float = 10.0  # seconds
    rows: int = 1_000_000  # of an answer, or triples
    size: int = 64_000_000  # bytes of an answer
    query: int = USUAL.characters  # characters of a query

    def told(self) -> Iterator[tuple[str, Literal, str, str]]:
        """Name, number, and what it limits in English and Chinese."""
        seconds = Literal(f"{self.timeout:.1f}", datatype=DECIMAL)
        yield "timeout", seconds, "seconds that a query may run", "查询可运行的秒数"
        for name, number, english, chinese in (
            ("rows", self.rows, "rows or triples of an answer", "结果的行数或三元组数"),
            ("size", self.size, "bytes of an answer", "结果的字节数"),
            ("query", self.query, "characters of a query", "查询的字符数"),
        ):
            yield name, Literal(number), english, chinese


def service_description(snapshot: Snapshot, limits: Limits) -> Iterator[Quad]:
    """Every node has an IRI, below that of the endpoint."""
    service = f"{snapshot.base}sparql"
    dataset, union = f"{service}#dataset", f"{service}#default-graph"
    manifest = snapshot.release.manifest

    yield link(service, RDF + "type", SD + "Service")
    yield link(service, SD + "endpoint", service)
    yield link(service, SD + "supportedLanguage", SD + "SPARQL11Query")
    yield link(service, SD + "feature", SD + "UnionDefaultGraph")
    rule = {
        "en": "The default graph of a query that names no dataset is the union of all named "
        "graphs; no triple stands in two of them.",
        "zh": "未指定数据集的查询，其默认图为全部具名图的并集；任一三元组只在一个图中出现。",
    }
    yield from say(service, RDFS + "comment", rule)
    for row in REPRESENTATIONS:
        if row.iri and not row.kinds.isdisjoint({Kind.GRAPH, Kind.DATASET, Kind.RESULTS}):
            yield link(service, SD + "resultFormat", row.iri)
    yield link(service, SD + "defaultDataset", dataset)
    yield link(dataset, RDF + "type", SD + "Dataset")
    yield link(dataset, SD + "defaultGraph", union)
    yield from graph(union, manifest.triples)
    for one in manifest.graphs:
        iri = str(snapshot.iris.graph(*one.name.split("/")))
        named = f"{service}#graph/{one.name}"
        yield link(dataset, SD + "namedGraph", named)
        yield link(named, RDF + "type", SD + "NamedGraph")
        yield link(named, SD + "name", iri)
        yield link(named, SD + "graph", iri)
        yield from graph(iri, one.triples)
    for each in limits.told():
        yield from limit(service, *each)
    for one_question in examples(snapshot.base):
        yield from question(service, one_question)


def limit(service: str, name: str, number: Literal, english: str, chinese: str) -> Iterator[Quad]:
    iri = f"{service}#limit/{name}"
    yield link(service, SCHEMA + "additionalProperty", iri)
    yield link(iri, RDF + "type", SCHEMA + "PropertyValue")
    yield Quad(NamedNode(iri), NamedNode(SCHEMA + "maxValue"), number)
    yield from say(iri, RDFS + "label", {"en": english, "zh": chinese})


def question(service: str, one: Question) -> Iterator[Quad]:
    iri = f"{service}#question/{one.name}"
    yield link(iri, RDF + "type", SH + "SPARQLExecutable")
    yield link(iri, RDF + "type", SH + "SPARQLSelectExecutable")
    yield link(iri, SCHEMA + "target", service)
    yield from say(iri, RDFS + "label", one.title)
    yield from say(iri, RDFS + "comment", one.description)
    yield Quad(NamedNode(iri), NamedNode(SH + "select"), Literal(one.query))


def say(subject: str, predicate: str, texts: dict[str, str]) -> Iterator[Quad]:
    for language in LANGUAGES:
        text = Literal(texts[language], language=language)
        yield Quad(NamedNode(subject), NamedNode(predicate), text)


def graph(iri: str, triples: int) -> Iterator[Quad]:
    yield link(iri, RDF + "type", SD + "Graph")
    size = Literal(str(triples), datatype=INTEGER)
    yield Quad(NamedNode(iri), NamedNode(VOID + "triples"), size)


def link(subject: str, predicate: str, object: str) -> Quad:
    return Quad(NamedNode(subject), NamedNode(predicate), NamedNode(object))
