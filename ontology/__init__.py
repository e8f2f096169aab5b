"""What things are: the ontology, its concept schemes, and the questions the graph answers."""

from importlib.resources import files

from rdflib import Graph


def ontology_graph(base: str) -> Graph:
    """Every module of the ontology as one graph, its relative IRIs resolved against *base*.

    Modules are found, not listed: a new ``*.ttl`` beside this file belongs to the ontology.
    """
    graph = Graph()
    folder = files("untocgraph.ontology")
    for module in sorted(folder.iterdir(), key=lambda item: item.name):
        if module.name.endswith(".ttl"):
            graph.parse(data=module.read_text(encoding="utf-8"), format="turtle", publicID=base)
    return graph
