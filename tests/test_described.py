"""What a DESCRIBE describes, as a SELECT: the engine itself says whether it is right."""

import pytest
from pyoxigraph import NamedNode, Quad, QuerySolutions, QueryTriples, Store

from untocgraph.graph.query.describe import selecting

A, B, C, P = (NamedNode(f"u:{name}") for name in "abcp")
HEAD = "BASE <u:> PREFIX : <u:> PREFIX describe: <u:> "


def store() -> Store:
    found = Store()
    found.extend([Quad(A, P, B), Quad(B, P, C), Quad(C, P, C, A)])
    return found


@pytest.mark.parametrize(
    "query",
    [
        "DESCRIBE <a>",
        "DESCRIBE <a> :b # DESCRIBE",
        "describe describe:a<b>",
        "DESCRIBE * { ?x <p> <b> }",
        "DESCRIBE ?x { ?x <p> <b> }",
        "DESCRIBE ?x $y WHERE { ?x <p> ?y } ORDER BY ?x LIMIT 1",
        "DESCRIBE ?x WHERE{?x <p> ?y}LIMIT 1 OFFSET 1",
        "DESCRIBE <a> ?d0 { ?d0 <p> <c> }",
        "DESCRIBE ?x { ?x <p> ?y } GROUP BY ?x",
        "DESCRIBE ?x { ?x <p> ?y } VALUES ?y { <c> }",
        'DESCRIBE ?x { ?x <p> ?y FILTER(STR(?y) != "a"@en && "1"^^:x != ?y) }',
        "DESCRIBE :c FROM :a",
        "DESCRIBE ?x FROM <a> FROM NAMED <a> { GRAPH ?g { ?x ?y ?z } }",
        "DESCRIBE <a> LIMIT 1",
        "DESCRIBE <a> LIMIT1",
        "DESCRIBE <a>OFFSET0",
        "DESCRIBE :c FROM <a> # FROM",
        "DESCRIBE :c FROM NAMED <b> FROM <a># {",
        "DESCRIBE <a> # { }",
    ],
)
def test_the_things_are_those_of_the_engine(query: str) -> None:
    told = store().query(HEAD + query)
    assert isinstance(told, QueryTriples)
    described = {triple.subject for triple in told}
    asked = selecting(HEAD + query)
    assert asked is not None
    found = store().query(asked)
    assert isinstance(found, QuerySolutions)
    assert {value for solution in found for value in solution if value is not None} == described


@pytest.mark.parametrize("query", ["SELECT ?describe {}", "ASK {}", "CONSTRUCT WHERE {}"])
def test_other_forms_describe_nothing(query: str) -> None:
    assert selecting(HEAD + query) is None
