"""What things are: the ontology, its concept schemes, and the questions the graph answers."""

from importlib.resources import files

from rdflib import RDFS, SKOS, Graph


def ontology_graph(base: str) -> Graph:
    """Every module of the ontology as one graph, its relative IRIs resolved against *base*.

    Modules are found, not listed: a new ``*.ttl`` beside this file belongs to the ontology.
    Concepts get the rdfs:label that their skos:prefLabel entails (SKOS Reference, S11), so that
    everything in a release can be shown by one property.
    """
    graph = Graph()
    for module in sorted(files("untocgraph.ontology").iterdir(), key=lambda item: item.name):
        if module.name.endswith(".ttl"):
            graph.parse(data=module.read_text(encoding="utf-8"), format="turtle", publicID=base)
    for concept, name in list(graph.subject_objects(SKOS.prefLabel)):
        graph.add((concept, RDFS.label, name))
    return graph
