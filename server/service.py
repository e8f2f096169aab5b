"""What the endpoint says of itself, as RDF: formats, graphs and the rule of the default graph.

Source: SPARQL 1.1 Service Description, and VoID for the sizes.
"""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad

from untocgraph.graph.serialise import PREFIXES
from untocgraph.server.lookup import RDF
from untocgraph.server.negotiate import REPRESENTATIONS, Kind
from untocgraph.server.snapshot import Snapshot

SD = PREFIXES["sd"]
VOID = PREFIXES["void"]
INTEGER = NamedNode(PREFIXES["xsd"] + "integer")


def service_description(snapshot: Snapshot) -> Iterator[Quad]:
    """Every node has an IRI, below that of the endpoint."""
    service = f"{snapshot.base}sparql"
    dataset, union = f"{service}#dataset", f"{service}#default-graph"
    manifest = snapshot.release.manifest

    yield link(service, RDF + "type", SD + "Service")
    yield link(service, SD + "endpoint", service)
    yield link(service, SD + "supportedLanguage", SD + "SPARQL11Query")
    yield link(service, SD + "feature", SD + "UnionDefaultGraph")
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


def graph(iri: str, triples: int) -> Iterator[Quad]:
    yield link(iri, RDF + "type", SD + "Graph")
    size = Literal(str(triples), datatype=INTEGER)
    yield Quad(NamedNode(iri), NamedNode(VOID + "triples"), size)


def link(subject: str, predicate: str, object: str) -> Quad:
    return Quad(NamedNode(subject), NamedNode(predicate), NamedNode(object))
