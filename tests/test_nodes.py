"""BNODE with an argument: another node in each row, the same within one."""

from typing import Any

import pytest
from pyoxigraph import BlankNode, QuerySolutions, QueryTriples, Store

from untocgraph.graph.query.evaluate import Local
from untocgraph.graph.query.rewrite import edits_of
from untocgraph.graph.query.tokens import tokens

BASE = "http://localhost:8000/"
ENGINE = Local(Store())


def ask(query: str) -> Any:
    return ENGINE.query(query, BASE, None, edits_of(tokens(query)))


def rows(query: str) -> list[tuple[Any, ...]]:
    found = ask(query)
    assert isinstance(found, QuerySolutions)
    return [tuple(row) for row in found]


THREE = "VALUES ?x { 1 2 3 }"
BOUND = 'BIND(BNODE("a") AS ?a)'


@pytest.mark.parametrize(
    "query",
    [
        f'SELECT ?a ?b {{ {THREE} {BOUND} BIND(BNODE("a") AS ?b) }}',
        f'SELECT (BNODE("a") AS ?a) (BNODE("a") AS ?b) {{ {THREE} }}',
        f'SELECT ?a (BNODE("a") AS ?b) {{ {THREE} {BOUND} }}',
        f'SELECT ?a ?b {{ {THREE} . BIND(BNODE("a b") AS ?a) . BIND(BNODE("a b") AS ?b) }}',
        f'SELECT ?a ?b {{ {THREE} BIND(IF(true, BNODE("a"), 1) AS ?a) bind(bnode(("a")) AS ?b) }}',
        f'SELECT ?a ?b {{ {{ SELECT ?a (BNODE("a") AS ?b) {{ {THREE} {BOUND} }} }} }}',
        f'SELECT (BNODE("a") AS ?a) (BNODE("a") AS ?b) {{ SELECT ?x {{ {THREE} }} }}',
        f'SELECT (BNODE("a") AS ?a) (BNODE("a") AS ?b) {{ {THREE} }} GROUP BY ?x',
        f'SELECT (BNODE("a") AS ?a) (BNODE("a") AS ?b) (COUNT(*) AS ?n) {{ {THREE} }} GROUP BY ?x',
        f'SELECT (BNODE("a") AS ?a) (BNODE("a") AS ?b) {{ {THREE} }} ORDER BY DESC(?x)',
        f'SELECT ?a ?b {{ {{}} UNION {{}} UNION {{}} {BOUND} BIND(BNODE("a") AS ?b) }}',
        f'SELECT * {{ {THREE} {BOUND} BIND(BNODE("a") AS ?b) }}',
        f'SELECT DISTINCT * {{ {THREE} {BOUND} BIND(BNODE("a") AS ?b) }}',
    ],
)  # fmt: skip
def test_a_node_for_each_row(query: str) -> None:
    found = ask(query)
    assert isinstance(found, QuerySolutions)
    names = {variable.value for variable in found.variables}
    assert names <= {"a", "b", "x", "n"}
    told = list(found)
    assert len(told) == 3
    assert all(isinstance(row["a"], BlankNode) and row["a"] == row["b"] for row in told)
    assert len({row["a"] for row in told}) == 3


def test_texts_that_differ_are_nodes_that_differ() -> None:
    ((same, other),) = rows('SELECT (BNODE("a") AS ?a) (BNODE("b") AS ?b) {}')
    assert same != other


def test_rows_that_come_later_have_nodes_of_their_own() -> None:
    query = f'SELECT ?a ?b {{ {BOUND} {THREE} BIND(BNODE("b") AS ?b) }}'
    found = rows(query)
    assert len({a for a, _ in found}) == 1
    assert len({b for _, b in found}) == 3


def test_one_node_for_a_group() -> None:
    query = 'SELECT ?k (BNODE("a") AS ?a) (COUNT(DISTINCT BNODE("a")) AS ?n) {{ {} }} GROUP BY ?k'
    found = rows(query.format("VALUES (?k ?x) { (1 1) (1 2) (2 3) }"))
    assert len({a for _, a, _ in found}) == 2
    assert sorted(int(n.value) for *_, n in found) == [1, 2]
    ((only, number),) = rows('SELECT (BNODE("a") AS ?a) (COUNT(*) AS ?n) { VALUES ?x {} }')
    assert isinstance(only, BlankNode) and number.value == "0"


@pytest.mark.parametrize("text", ["1", '"a"@en', "<x:a>", "?none", "1/0"])
def test_no_text_no_node(text: str) -> None:
    assert rows(f"SELECT (BNODE({text}) AS ?a) {{}}") == [(None,)]


def test_templates_and_patterns_beside_it() -> None:
    query = f"CONSTRUCT {{ ?x <x:p> ?a }} {{ {THREE} {BOUND} }}"
    assert isinstance(found := ask(query.replace("?x <x:p> ?a", "?a <x:p> ?x")), QueryTriples)
    assert len({triple.subject for triple in found}) == 3
    union = f"SELECT ?a {{ {{ {THREE} {BOUND} }} UNION {{ {BOUND} }} }}"
    assert len({a for (a,) in rows(union)}) == 4
    optional = f"SELECT ?a {{ {THREE} OPTIONAL {{ {THREE} {BOUND} }} }}"
    assert len({a for (a,) in rows(optional)}) == 3
    sub = f"SELECT ?a ?y {{ {{ SELECT * {{ {THREE} {BOUND} }} }} VALUES ?y {{ 1 2 }} }}"
    assert len(found := rows(sub)) == 6 and len({a for a, _ in found}) == 3


def test_names_of_ours_give_way() -> None:
    query = f"SELECT ?row0 ?a {{ VALUES ?row0 {{ 1 2 }} {BOUND} }}"
    assert sorted(row.value for row, _ in rows(query)) == ["1", "2"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (BNODE() AS ?a) {}",
        'SELECT ("BNODE(1)" AS ?a) {}',
        "PREFIX bnode: <x:> SELECT (bnode:a(1) AS ?a) {}",
        "SELECT ?bnode { ?bnode ?p ?o }",
    ],
)
def test_what_needs_no_care_goes_as_it_was_asked(query: str) -> None:
    assert edits_of(tokens(query)) == ()


@pytest.mark.parametrize(
    "query",
    [
        'SELECT (BNODE("a" AS ?a) {}',
        'SELECT (BNODE("a") AS ?a)',
        'SELECT (BNODE("a") AS ?a) {',
        'SELECT (BNODE("a", 1) AS ?a) {}',
        'SELECT * { BIND(BNODE("a")) }',
        'SELECT * { BIND(BNODE("a" }',
        'SELECT * { BIND BNODE("a") }',
        'SELECT * } BIND(BNODE("a") AS ?a)',
        'SELECT BNODE("a"',
        'ASK BNODE("a")',
    ],
)
def test_mistakes_are_told_of_the_query_as_it_was_asked(query: str) -> None:
    with pytest.raises(SyntaxError) as ours:
        ask(query)
    with pytest.raises(SyntaxError) as engines:
        Store().query(query, base_iri=BASE)
    assert str(ours.value) == str(engines.value)
