"""Triples by their subject, and the blank nodes that can stand inside the one statement about them.

Turtle, TriG, JSON-LD and RDF/XML all nest: a blank node that one statement points to is written
there and needs no label. What nests is the same in each of them, so it is found here.
"""

from collections import defaultdict
from collections.abc import Iterable

from rdflib import RDF, BNode, URIRef
from rdflib.term import Node

Triple = tuple[Node, Node, Node]

FIRST, REST, NIL = RDF.first, RDF.rest, RDF.nil  # once: rdflib searches a namespace at each mention


class Nesting:
    """The triples of one graph. *shared* are blank nodes that other graphs speak of as well."""

    def __init__(self, triples: Iterable[Triple], shared: frozenset[Node] = frozenset()) -> None:
        self.about: dict[Node, dict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
        referrers: dict[Node, list[Node]] = defaultdict(list)
        for subject, predicate, object in triples:
            self.about[subject][predicate].append(object)
            if isinstance(object, BNode):
                referrers[object].append(subject)
        single = {
            node: by[0] for node, by in referrers.items() if len(by) == 1 and node not in shared
        }
        self.nested = single.keys() - _cyclic(single)
        self.labelled = (referrers.keys() | shared) - self.nested

    def iris(self) -> list[URIRef]:
        """The subjects that have an address."""
        return [subject for subject in self.about if isinstance(subject, URIRef)]

    def labels(self) -> list[Node]:
        """The blank subjects that need a label, in the order of their labels."""
        return sorted((node for node in self.about if node in self.labelled), key=str)

    def anonymous(self) -> list[Node]:
        """The blank subjects that nothing points to."""
        blank = (node for node in self.about if isinstance(node, BNode))
        return [node for node in blank if node not in self.nested and node not in self.labelled]

    def members(self, node: Node) -> list[Node] | None:
        """What the list that begins at *node* holds; None if *node* is no well-formed list."""
        members = []
        while node != NIL:
            cell = self.about.get(node, {})
            if node not in self.nested or cell.keys() != {FIRST, REST}:
                return None
            if len(cell[FIRST]) > 1 or len(cell[REST]) > 1:
                return None
            members.append(cell[FIRST][0])
            node = cell[REST][0]
        return members


def nest(triples: Iterable[Triple] | Nesting) -> Nesting:
    """*triples* as what they nest to, which whoever writes them in many formats finds once."""
    return triples if isinstance(triples, Nesting) else Nesting(triples)


def nest_graphs(
    quads: Iterable[tuple[Node, Node, Node, Node]] | dict[Node, Nesting],
) -> dict[Node, Nesting]:
    """The same for each graph of *quads*, by its name.

    A blank node that is the name of a graph counts as spoken of in another.
    """
    if isinstance(quads, dict):
        return quads
    graphs: dict[Node, list[Triple]] = defaultdict(list)
    homes: dict[Node, Node] = {}
    shared: set[Node] = set()
    for subject, predicate, object, graph in quads:
        graphs[graph].append((subject, predicate, object))
        if isinstance(graph, BNode):
            shared.add(graph)
        for term in (subject, object):
            if isinstance(term, BNode) and homes.setdefault(term, graph) != graph:
                shared.add(term)
    return {graph: Nesting(triples, frozenset(shared)) for graph, triples in graphs.items()}


def _cyclic(single: dict[Node, Node]) -> set[Node]:
    """The nodes of *single*, from node to its only referrer, that lie on a circle."""
    done: set[Node] = set()
    cyclic: set[Node] = set()
    for start in single:
        path: dict[Node, int] = {}
        node = start
        while node in single and node not in done and node not in path:
            path[node] = len(path)
            node = single[node]
        if node in path:
            cyclic.update(list(path)[path[node] :])
        done.update(path)
    return cyclic
