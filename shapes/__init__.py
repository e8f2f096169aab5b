"""What must hold: one file of shapes for each class of node, and the findings about sources."""

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from rdflib import SH, XSD, Graph, Literal


def shape_files() -> dict[str, Traversable]:
    """Every file of shapes by its name, such as "norm" or "findings/items": found, not listed."""
    folder = files("untocgraph.shapes")
    found = {item.name: item for item in folder.iterdir()}
    found |= {f"findings/{item.name}": item for item in (folder / "findings").iterdir()}
    return {
        name.removesuffix(".ttl"): found[name] for name in sorted(found) if name.endswith(".ttl")
    }


def read_shapes(modules: Iterable[Traversable], base: str) -> Graph:
    """Some files of shapes as one graph, under *base*.

    Turtle resolves its relative IRIs itself. The namespaces that SPARQL rules declare are literals,
    which it leaves alone; they are resolved here, so that any validator can use the result.
    """
    graph = Graph()
    for module in modules:
        graph.parse(data=module.read_text(encoding="utf-8"), format="turtle", publicID=base)
    for prefix, namespace in list(graph.subject_objects(SH.namespace)):
        if "://" not in str(namespace):
            absolute = Literal(f"{base}{namespace}", datatype=XSD.anyURI)
            graph.set((prefix, SH.namespace, absolute))
    return graph


def shapes_graph(base: str) -> Graph:
    """All shapes as one graph, under *base*."""
    return read_shapes(shape_files().values(), base)
