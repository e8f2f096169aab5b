"""ORDER BY, MIN and MAX over terms of every kind, beside an order that is worked out otherwise."""

import math
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from tests.test_scan import ORDINARY, PREFIXES
from untocgraph.graph.query.evaluate import Local
from untocgraph.graph.query.order_by import OURS
from untocgraph.graph.query.rewrite import edits_of
from untocgraph.graph.query.sort_key import sort_key
from untocgraph.graph.query.tokens import edited, tokens
from untocgraph.ontology.competency import questions

BASE = "http://localhost:8000/"
XSD = "http://www.w3.org/2001/XMLSchema#"
X = f"PREFIX xsd: <{XSD}> "
Term = NamedNode | BlankNode | Literal | Triple


def literal(value: str, datatype: str) -> Literal:
    return Literal(value, datatype=NamedNode(datatype if ":" in datatype else XSD + datatype))


NUMBERS: list[Term] = [
    *(literal(value, "integer") for value in (
        "0", "-0", "7", "727", "1558", "-3", "9007199254740992", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" + "0" * 30,
    )),
    *(literal(value, "decimal") for value in ("0.5", "1558.0", "9007199254740992.5", "-3.25")),
    *(literal(value, "double") for value in (
        "1e0", "9007199254740992", "1558", "-1e300", "1e-300", "INF", "-INF", "NaN", "-0.0",
    )),
    *(literal(value, "float") for value in ("0.1", "16777216", "3.4e38", "NaN", "INF")),
    literal("18446744073709551615", "unsignedLong"),
    literal("12", "byte"),
]  # fmt: skip
OTHERS: list[Term] = [
    *(Literal(text) for text in (
        "", "a", "B", "10", "9", "会议", "\U0001f600", "\uffff", "2008-10-08", "é",
    )),
    *(Literal("a", language=tag) for tag in ("en", "fr", "zh-hant")),
    Literal("b", language="en"),
    Literal("a b", language="en"),
    *(literal(value, "boolean") for value in ("true", "false", "maybe")),
    *(literal(value, "dateTime") for value in (
        "2013-10-28T00:00:00Z", "2013-10-28T01:00:00+02:00", "2013-10-28T00:00:00",
        "2013-10-27T09:00:00", "2013-10-29T00:00:00.5-05:00", "-0044-03-15T12:00:00Z",
        "2013-10-28T24:00:00Z", "12013-01-01T00:00:00Z", "2013-13-45T00:00:00Z",
    )),
    *(literal(value, "date") for value in (
        "2008-10-08", "2008-10-08Z", "2008-10-09+14:00", "2008-10-07-12:00", "0001-01-01",
    )),
    *(literal(value, "time") for value in ("10:00:00", "10:00:00Z", "23:30:00-05:00", "04:00:00Z")),
    *(literal(value, "gYear") for value in ("2013", "2013Z", "2014+14:00", "-0001")),
    *(literal(value, "gYearMonth") for value in ("2013-10", "2013-09Z")),
    *(literal(value, "gMonthDay") for value in ("--02-29", "--03-01Z")),
    *(literal(value, "gMonth") for value in ("--02", "--12Z")),
    *(literal(value, "gDay") for value in ("---01", "---31Z")),
    *(literal(value, "duration") for value in ("P1M", "P30D", "P31D", "P1Y", "P365D", "-P1M")),
    literal("P14M", "yearMonthDuration"),
    literal("PT36H0.5S", "dayTimeDuration"),
    literal("abc", "integer"),
    literal("x", "http://e/type"),
    literal("aGk=", "base64Binary"),
]  # fmt: skip
RESOURCES: list[Term] = [
    *(NamedNode(f"http://e/{name}") for name in ("10", "9", "b", "a")),
    BlankNode("b1"),
    BlankNode("b0"),
    Triple(NamedNode("http://e/a"), NamedNode("http://e/p"), literal("727", "integer")),
    Triple(NamedNode("http://e/a"), NamedNode("http://e/p"), literal("2008-10-08", "date")),
]
TERMS: list[Term] = [*NUMBERS, *OTHERS, *RESOURCES]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=3)


def as_double(number: float) -> Literal:
    return literal(repr(number).replace("inf", "INF").replace("nan", "NaN"), "double")


POOL = st.lists(
    st.one_of(
        st.sampled_from(TERMS),
        st.integers(-(10**6), 10**6).map(Literal),
        st.floats().map(as_double),
        DECIMALS.map(lambda number: literal(f"{number:f}", "decimal")),
        st.datetimes().map(lambda when: literal(when.isoformat(), "dateTime")),
        st.dates().map(lambda when: literal(f"{when.isoformat()}Z", "date")),
        TEXTS.map(Literal),
        TEXTS.map(lambda text: Literal(text, language="en")),
    ),
    max_size=120,
)


def holding(terms: list[Term]) -> Local:
    """A store with a thing for each of *terms*, so that none is lost for being there twice."""
    store = Store()
    value = NamedNode("http://e/value")
    store.bulk_extend(
        Quad(NamedNode(f"http://e/thing/{n}"), value, term) for n, term in enumerate(terms)
    )
    return Local(store)


def ordered(query: str) -> str:
    return edited(query, edits_of(tokens(query)))


def asked(engine: Local, query: str) -> Any:
    """What a query is answered by whoever has scanned it."""
    return engine.query(query, BASE, None, edits_of(tokens(query)))


def column(engine: Local, query: str, name: str = "o") -> list[Term | None]:
    found = asked(engine, X + query)
    return [row[name] for row in found]


ALL = "?s <http://e/value> ?o"
EMPTY = Local(Store())
KINDS = (BlankNode, NamedNode, Literal, Triple)


def less(pairs: list[tuple[Term, Term]]) -> Iterator[bool | None]:
    """What the engine's ``<`` says of each pair of literals; None where it is not defined."""
    rows = " ".join(f"({n} {a} {b})" for n, (a, b) in enumerate(pairs))
    found = asked(EMPTY, f"SELECT ?n (?a < ?b AS ?l) {{ VALUES (?n ?a ?b) {{ {rows} }} }}")
    said = {int(row["n"].value): row["l"] for row in found}
    for n in range(len(pairs)):
        yield None if said[n] is None else said[n].value == "true"


def number(term: Literal) -> Fraction | float | None:
    """Its value, found without any code of ours; None if it is no number."""
    kind = term.datatype.value.removeprefix(XSD)
    if kind in ("integer", "decimal", "unsignedLong", "byte"):
        return Fraction(term.value) if re.fullmatch(r"[-+]?[0-9.]+", term.value) else None
    if kind in ("double", "float"):
        value = float(term.value)
        return value if math.isinf(value) or math.isnan(value) else Fraction(value)
    return None


def check_order(terms: list[Term | None]) -> None:
    """Section 15.1: unbound, blank nodes, IRIs, literals; numbers by value, texts by code point."""
    ranks = [-1 if term is None else KINDS.index(type(term)) for term in terms]
    assert ranks == sorted(ranks)
    iris = [term.value for term in terms if isinstance(term, NamedNode)]
    assert iris == sorted(iris)
    literals = [term for term in terms if isinstance(term, Literal)]
    values = [value for value in map(number, literals) if value is not None and value == value]
    assert values == sorted(values)
    texts = [term.value for term in literals if term.datatype.value == f"{XSD}string"]
    assert texts == sorted(texts)


def test_order_extends_less_than() -> None:
    """Wherever ``<`` says something of two literals, in whichever order they are given."""
    pairs: list[tuple[Term, Term]] = [
        (a, b) for a, b in product([*NUMBERS, *OTHERS], repeat=2) if a != b
    ]
    for (a, b), first in zip(pairs, less(pairs), strict=True):
        if first:
            assert sort_key(a) < sort_key(b), (a, b)


@given(POOL)
@settings(max_examples=60, deadline=None)
def test_any_terms_are_sorted(terms: list[Term]) -> None:
    engine = holding(terms)
    found = column(engine, f"SELECT ?o {{ {ALL} }} ORDER BY ?o")
    assert len(found) == len(terms)
    check_order(found)
    keys = [sort_key(term) for term in found if term is not None]
    assert keys == sorted(keys)
    falling = column(engine, f"SELECT ?o {{ {ALL} }} ORDER BY DESC(?o)")
    assert [sort_key(term) for term in falling if term is not None] == keys[::-1]


@given(st.permutations(TERMS))
@settings(max_examples=10, deadline=None)
def test_order_is_that_of_the_terms_alone(terms: list[Term]) -> None:
    """The order in which they come, which the store is free to choose, changes nothing."""
    data = " ".join(str(t) for t in terms if not isinstance(t, BlankNode | Triple))
    found = column(EMPTY, f"SELECT ?o {{ VALUES ?o {{ UNDEF {data} }} }} ORDER BY ?o")
    check_order(found)
    keys = [sort_key(term) for term in found if term is not None]
    assert keys == sorted(keys)


MANY = [random.Random(seed).choice(TERMS) for seed in range(600)]
ENGINE = holding(MANY)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { {} } ORDER BY ?o",
        "SELECT * { {} } ORDER BY ASC(?o) LIMIT 300",
        "SELECT * { {} } order by(?o)",
        "SELECT * { {} } ORDERBYASC(?o)",
        "SELECT * { {} } ORDER BY # (\n ?o LIMIT100",
        "SELECT ?o { {} } ORDER BY COALESCE(?o, ?o)",
        "SELECT ?o { {} } ORDER BY (IF(true, ?o, 1))",
        "SELECT DISTINCT ?o { {} } ORDER BY ?o",
        "SELECT DISTINCT ?o { {} } ORDER BY DESC(ISIRI(?o) && false) ?o",
        "SELECT REDUCED ?o { {} } ORDER BY ?o OFFSET 5",
        "SELECT ?o (COUNT(*) AS ?n) { {} } GROUP BY ?o ORDER BY ?o ?n",
        "SELECT ?o (COUNT(*) AS ?n) { {} } GROUP BY ?o HAVING (COUNT(*) > 1) ORDER BY ?o",
        "SELECT (SAMPLE(?o) AS ?one) { {} } GROUP BY ?s ORDER BY SAMPLE(?o)",
        "SELECT ?o { { SELECT ?o { {} } ORDER BY ?o } }",
        "SELECT ?o { { SELECT ?o { {} } ORDER BY ?o LIMIT 200 } } ORDER BY ?o",
        "SELECT ?o { {} OPTIONAL { ?s <http://e/none> ?x } } ORDER BY ?x EXISTS { ?s ?p 1 } ?o",
        "SELECT ?o { {} } ORDER BY NOT EXISTS { ?s <http://e/none> ?x } xsd:string(?none) ?o",
        "SELECT ?o { {} } ORDER BY ?o VALUES (?p) { (1) }",
        "SELECT ?o { {} } ORDER BY STRLEN(STR(1)) ?o ?s",
    ],
)
def test_every_form_of_the_clause(query: str) -> None:
    name = "one" if "?one" in query else "o"
    text = query.replace("{}", ALL)
    found = column(ENGINE, text, name)
    assert found
    check_order(found)
    assert f"<{OURS}" in ordered(text)  # else the engine sorted, and was lucky


def test_conditions_keep_their_order_and_direction() -> None:
    data = "VALUES (?a ?b) { (1 'x') (1.0 'y') (2 'x') ('t' 'z') ('t' 5) (UNDEF 1) }"
    found = asked(EMPTY, f"SELECT ?a ?b {{ {data} }} ORDER BY DESC(?a) ?b")
    assert [(row["a"] and row["a"].value, row["b"].value) for row in found] == [
        ("t", "5"), ("t", "z"), ("2", "x"), ("1", "x"), ("1", "y"), (None, "1"),
    ]  # fmt: skip


def test_many_conditions() -> None:
    """Each is rewritten shortly where there are many; the last decides here."""
    conditions = " ".join(f"?none{n}" for n in range(200))
    check_order(column(ENGINE, f"SELECT ?o {{ {ALL} }} ORDER BY {conditions} ?o"))


@pytest.mark.parametrize("query", ["DESCRIBE ?s", "CONSTRUCT { ?s <http://e/q> ?o }"])
def test_graphs_of_the_first_rows(query: str) -> None:
    rest = f"{{ {ALL} }} ORDER BY DESC(?o) ?s LIMIT 4"
    first = column(ENGINE, f"SELECT ?s {rest}", "s")
    triples = asked(ENGINE, f"{query} {rest}")
    assert {triple.subject for triple in triples} == set(first)


@pytest.mark.parametrize("terms", list(combinations(TERMS[::9], 3)), ids=lambda _: "")
def test_extremes(terms: tuple[Term, ...]) -> None:
    """MIN and MAX are the first and the last, whichever of the terms comes first."""
    engine = holding([*terms, *terms[:1]])
    query = f"SELECT (MIN(?o) AS ?min) (MAX(DISTINCT ?o) AS ?max) {{ {ALL} }}"
    keys = sorted(map(sort_key, terms))
    for name, key in (("min", keys[0]), ("max", keys[-1])):
        (found,) = column(engine, query, name)
        assert found is not None and sort_key(found) == key


def test_what_the_extremes_leave_as_it_is() -> None:
    assert column(EMPTY, "SELECT (MIN(?o) AS ?r) { VALUES ?o {} }", "r") == [None]
    assert column(EMPTY, "SELECT (MAX(?o) AS ?r) { VALUES ?o { 1 UNDEF } }", "r") == [None]
    grouped = "SELECT ?k (MAX(?o) AS ?r) { VALUES (?k ?o) { (1 2) (1 3) } } GROUP BY ?k"
    assert column(EMPTY, f"{grouped} HAVING (MIN(?o) > 1)", "r") == [Literal(3)]


UNTOUCHED = [
    'SELECT ("ORDER BY ?o MIN(?x)" AS ?r) {}',
    "SELECT ?order ?min { ?order ?min ?max }",
    "PREFIX min: <http://e/> SELECT * { ?s min:order ?o }",
    "SELECT ?s { ?s ?p ?o } GROUP BY ?s ORDER BY DESC(COUNT(*))",
    "SELECT ?s { ?s ?p ?o } ORDER BY STRLEN(?o) EXISTS { ?s ?p ?o }",
    "SELECT (MAX(STRLEN(?o)) AS ?r) { ?s ?p ?o }",
]


@pytest.mark.parametrize("query", UNTOUCHED)
def test_what_needs_no_care_goes_as_it_was_asked(query: str) -> None:
    assert ordered(query) == query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o } ORDER BY",
        "SELECT * { ?s ?p ?o } ORDER",
        "SELECT * { ?s ?p ?o } ORDER BY ()",
        "SELECT * { ?s ?p ?o } ORDER BY DESC ?o",
        "SELECT * { ?s ?p ?o } ORDER BY (?o",
        "SELECT * { ?s ?p ?o } ORDER BY ?o )",
        "SELECT * { ?s ?p ?o } ORDER BY 1",
        "SELECT * { ?s ?p ?o } ORDER BY NOT",
        "SELECT * { ?s ?p ?o } ORDER BY STR()",
        "SELECT (MIN() AS ?r) { ?s ?p ?o }",
        "SELECT (MIN(*) AS ?r) { ?s ?p ?o }",
        "SELECT (MIN(?o, ?s) AS ?r) { ?s ?p ?o }",
        "SELECT (MIN(?o AS ?r) { ?s ?p ?o }",
        "SELECT * { FILTER(MIN(?o) > 1) }",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } ORDER BY ?o MIN",
    ],
)
def test_mistakes_are_told_of_the_query_as_it_was_asked(query: str) -> None:
    with pytest.raises(SyntaxError) as ours:
        asked(EMPTY, query)
    with pytest.raises(SyntaxError) as engines:
        Store().query(query, base_iri=BASE)
    assert str(ours.value) == str(engines.value)


def test_keys_are_no_order_of_letters() -> None:
    assert all(
        sort_key(a) < sort_key(b)
        for a, b in pairwise([literal(str(n), "integer") for n in range(-1100, 1100)])
    )


WELL_FORMED = [
    *(question.query for question in questions(BASE)),
    *(f"{PREFIXES}{query}" for query in ORDINARY),
]


@pytest.mark.parametrize("query", WELL_FORMED)
def test_no_query_is_made_unreadable(query: str) -> None:
    """Else it would be asked as it was written, and nobody would notice."""
    EMPTY._ask(ordered(query), BASE, None)
