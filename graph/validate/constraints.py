"""What pyshacl asks of values, answered from how they are written and by SPARQL's operators.

pyshacl compares what Python makes of a literal. That raises where Python makes nothing of it, or
cannot order what it made, and is wrong where Python reads more than the datatype allows. SHACL
defines these constraints by the lexical form (4.1.2) and by ``<`` and ``<=`` of SPARQL (4.3, 4.5).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyoxigraph
from pyshacl import validator
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from pyshacl.constraints.core.value_range_constraints import MinInclusiveConstraintComponent
from pyshacl.rdfutil import stringify
from rdflib import RDF, SH, XSD, BNode, Literal
from rdflib.term import Node

from untocgraph.graph.rdf.datatypes import exact, is_ill_typed
from untocgraph.graph.rdf.terms import to_pyoxigraph

NOTHING = pyoxigraph.Store()  # a comparison needs no data


def is_less(one: Node, other: Node, *, or_equal: bool = False) -> bool:
    """Whether SPARQL's ``<`` (or ``<=``) holds; False where the two cannot be compared.

    The engine's integers end at 64 bits, so integers and decimals are compared here.
    """
    if not (isinstance(one, Literal) and isinstance(other, Literal)):
        return False
    first, second = exact(one), exact(other)
    if first is not None and second is not None:
        return first <= second if or_equal else first < second
    rows = NOTHING.query(
        f"SELECT ?one ?other {{ FILTER(?one {'<=' if or_equal else '<'} ?other) }}",
        substitutions={
            pyoxigraph.Variable("one"): to_pyoxigraph(one),
            pyoxigraph.Variable("other"): to_pyoxigraph(other),
        },
    )
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    return next(rows, None) is not None


class Datatype(DatatypeConstraintComponent):
    def evaluate(
        self, executor: Any, target_graph: Any, focus_value_nodes: Any, _evaluation_path: Any
    ) -> Any:
        return _judged(self, target_graph, focus_value_nodes, self._matches)

    def _matches(self, value: Node) -> bool:
        if not isinstance(value, Literal):
            return False
        datatype = RDF.langString if value.language else value.datatype or XSD.string
        return datatype == self.datatype_rule and not is_ill_typed(value)


class MinInclusive(MinInclusiveConstraintComponent):
    def evaluate(
        self, executor: Any, target_graph: Any, focus_value_nodes: Any, _evaluation_path: Any
    ) -> Any:
        return _judged(self, target_graph, focus_value_nodes, self._reaches)

    def _reaches(self, value: Node) -> bool:
        return all(is_less(bound, value, or_equal=True) for bound in self.min_vals)


class LessThan(LessThanConstraintComponent):
    def _compare_lt(self, values: Any, others: Any, graph: Any, focus: Any) -> Any:
        return _compared(self, values, others, graph, focus, or_equal=False)


class LessThanOrEquals(LessThanOrEqualsConstraintComponent):
    def _compare_ltoe(self, values: Any, others: Any, graph: Any, focus: Any) -> Any:
        return _compared(self, values, others, graph, focus, or_equal=True)


def _judged(constraint: Any, graph: Any, values_of: Any, passes: Any) -> tuple[bool, list[Any]]:
    """Whether all values pass, and a result for each that does not, as pyshacl wants it."""
    results = [
        constraint.make_v_result(graph, focus, value_node=value)
        for focus, values in values_of.items()
        for value in values
        if not passes(value)
    ]
    return not results, results


def _compared(
    constraint: Any, values: Any, others: Any, graph: Any, focus: Any, *, or_equal: bool
) -> tuple[bool, list[Any]]:
    """Whether any pair fails, and a result for each that does, as pyshacl wants it."""
    results = [
        constraint.make_v_result(graph, focus, value_node=value)
        for value in values
        for other in others
        if not is_less(value, other, or_equal=or_equal)
    ]
    return bool(results), results


OURS = {
    SH.datatype: Datatype,
    SH.minInclusive: MinInclusive,
    SH.lessThan: LessThan,
    SH.lessThanOrEquals: LessThanOrEquals,
}


def _alone(graph: Any, node: BNode, *_: Any, **__: Any) -> BNode:
    return node


def _named(graph: Any, node: BNode, *_: Any, **__: Any) -> str:
    return f"_:{node}"


# pyshacl copies a blank node with all that it leads to, ten steps far: time grows with the tenth
# power of what each node leads to, and a list that runs in a circle raises.
OF_BLANK_NODES = (
    (validator, "clone_blank_node", _alone),
    (stringify, "stringify_blank_node", _named),
)


@contextmanager
def by_form_and_value() -> Iterator[None]:
    """Have pyshacl work so; whoever else uses it finds it as it was."""
    constraints = {parameter: CONSTRAINT_PARAMETERS_MAP[parameter] for parameter in OURS}
    functions = [(module, name, getattr(module, name)) for module, name, _ in OF_BLANK_NODES]
    CONSTRAINT_PARAMETERS_MAP.update(OURS)
    for module, name, function in OF_BLANK_NODES:
        setattr(module, name, function)
    try:
        yield
    finally:
        CONSTRAINT_PARAMETERS_MAP.update(constraints)
        for module, name, function in functions:
            setattr(module, name, function)
