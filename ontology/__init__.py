"""What things are: the ontology, its concept schemes, and the questions the graph answers."""

from importlib.resources import files

from rdflib import RDFS, SKOS, Graph


def ontology_graph(base: str) -> Graph:
    """Every module of the ontology as one graph, its relative IRIs resolved against *base*.

    Concepts get the rdfs:label that their skos:prefLabel entails (SKOS Reference, S11), so that
    everything in a release can be shown by one property.
    """
    graph = Graph()
    for text in ontology_texts():
        graph.parse(data=text, format="turtle", publicID=base)
    for concept, name in list(graph.subject_objects(SKOS.prefLabel)):
        graph.add((concept, RDFS.label, name))
    return graph


def ontology_texts() -> tuple[str, ...]:
    """The modules of the ontology in Turtle, to be read with the base that IRIs are under.

    Modules are found, not listed: a new ``*.ttl`` beside this file belongs to the ontology.
    """
    modules = sorted(files("untocgraph.ontology").iterdir(), key=lambda item: item.name)
    return tuple(
        module.read_text(encoding="utf-8") for module in modules if module.name.endswith(".ttl")
    )
