"""What our own engine needs to answer a query right: changes in its text, and functions for them.

The text is never shown. Where the engine cannot read it, it is asked the query as it was written,
and errors are about that. Another store behind this server is asked the query as it was written.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pyoxigraph import NamedNode

from untocgraph.graph.query.blank_nodes import NODE, node, node_edits
from untocgraph.graph.query.order_by import (
    EXACT,
    KEY,
    KIND,
    MAX,
    MIN,
    Extreme,
    among_doubles,
    exactly,
    key,
    order_edits,
)
from untocgraph.graph.query.sort_key import Term
from untocgraph.graph.query.tokens import Edit, Token


def edits_of(found: Sequence[Token]) -> tuple[Edit, ...]:
    """What is to be changed in the query of these tokens, in order."""
    return tuple(sorted((*order_edits(found), *node_edits(found))))


FUNCTIONS: dict[NamedNode, Callable[..., Term | None]] = {
    NamedNode(name[1:-1]): function
    for name, function in ((KEY, key), (KIND, among_doubles), (EXACT, exactly), (NODE, node))
}
AGGREGATES: dict[NamedNode, Callable[[], Any]] = {
    NamedNode(MIN[1:-1]): lambda: Extreme(str.__lt__),
    NamedNode(MAX[1:-1]): lambda: Extreme(str.__gt__),
}
