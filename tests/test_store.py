"""One query on one store: its dataset, its formats, its limits, what is said where it is wrong."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, RdfFormat, Store
from rdflib import Graph
from rdflib.query import Result

from untocgraph.graph.errors import QuerySyntax, QueryTooBig
from untocgraph.graph.query.evaluate import (
    AnswerLimits,
    Local,
    Request,
    _row_counter,
    evaluate,
    open_store,
)
from untocgraph.graph.release.dumps import QUADS
from untocgraph.graph.release.publish import current

BASE = "https://example.org/kg/"
JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples"

DATA = f"""
@base <{BASE}> . @prefix untoc: <ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
<graph/r/stated> {{
  <id/norm> untoc:addressee <id/states> ; untoc:standsAt <id/span/0-9> ;
    untoc:text "缔约国应当\\n，\\"合作\\""@zh .
  <id/norm/addressee/1> a untoc:Fact ; rdf:subject <id/norm> ; rdf:predicate untoc:addressee ;
    rdf:object <id/states> ; untoc:evidence <id/span/0-3> .
  <id/span/0-3> oa:exact "缔约国"@zh . <id/span/0-9> oa:exact "缔约国应当合作。"@zh .
  <id/other> untoc:addressee <id/states> .
}}
<graph/reference> {{
  <id/states> rdfs:label "States"@en, "各国"@zh . <id/norm> rdfs:label "Norm"@en .
}}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("store")
    written = Store(str(path))
    written.bulk_load(DATA.encode(), RdfFormat.TRIG)
    del written
    return open_store(path)


def answer(
    store: Store,
    query: str,
    media_type: str = JSON,
    limits: AnswerLimits = AnswerLimits(),  # noqa: B008 (it is frozen)
    *,
    default: tuple[str, ...] = (),
    named: tuple[str, ...] = (),
) -> bytes:
    pieces: list[bytes] = []
    request = Request(
        query=query,
        base=BASE,
        media_type=media_type,
        default_graphs=default,
        named_graphs=named,
    )
    evaluate(Local(store), request, pieces.append, limits)
    return b"".join(pieces)


def count(
    store: Store, query: str, default: tuple[str, ...] = (), named: tuple[str, ...] = ()
) -> int:
    body = answer(store, query, default=default, named=named)
    return len(json.loads(body)["results"]["bindings"])


# The dataset

STATED, REFERENCE = f"{BASE}graph/r/stated", f"{BASE}graph/reference"
ALL = "{ ?s ?p ?o }"
NAMED = "{ GRAPH ?g { ?s ?p ?o } }"


@pytest.mark.parametrize(
    ("clauses", "default", "named", "in_default", "in_named"),
    [
        ("", (), (), 14, 14),
        ("FROM <graph/reference>", (), (), 3, 0),
        ("FROM <graph/reference> FROM <graph/r/stated>", (), (), 14, 0),
        ("FROM <graph/reference> FROM <graph/reference>", (), (), 3, 0),
        ("FROM <graph/unknown>", (), (), 0, 0),
        ("FROM NAMED <graph/reference>", (), (), 0, 3),
        ("FROM <graph/r/stated> FROM NAMED <graph/reference>", (), (), 11, 3),
        ("", (REFERENCE,), (), 3, 0),
        ("", (), (REFERENCE,), 0, 3),
        ("", (STATED, REFERENCE), (REFERENCE,), 14, 3),
        ("", (f"{BASE}graph/unknown",), (), 0, 0),
        ("FROM <graph/r/stated> FROM NAMED <graph/r/stated>", (REFERENCE,), (), 3, 0),
        ("FROM <graph/r/stated>", (), (REFERENCE,), 0, 3),
    ],
)
def test_dataset_is_the_union_unless_one_is_named(
    store: Store,
    clauses: str,
    default: tuple[str, ...],
    named: tuple[str, ...],
    in_default: int,
    in_named: int,
) -> None:
    assert count(store, f"SELECT * {clauses} {ALL}", default=default, named=named) == in_default
    assert count(store, f"SELECT * {clauses} {NAMED}", default=default, named=named) == in_named


def test_graph_is_named_by_prefix_and_base_of_the_query(store: Store) -> None:
    prologue = "BASE <https://example.org/> # not the server's\nPREFIX g: <kg/graph/>\n"
    assert count(store, f"{prologue}SELECT * FROM g:reference {ALL}") == 3


def test_graph_of_the_request_must_be_an_iri(store: Store) -> None:
    with pytest.raises(QuerySyntax, match="no absolute IRI"):
        answer(store, "ASK {}", default=("a b",))


# Formats


@pytest.mark.parametrize(
    ("media_type", "format"),
    [
        (JSON, "json"),
        ("application/sparql-results+xml", "xml"),
        ("text/csv", "csv"),
        ("text/tab-separated-values", "tsv"),
    ],
)
def test_rows_are_the_same_in_every_format(store: Store, media_type: str, format: str) -> None:
    query = "PREFIX u: <ontology#> SELECT ?s ?text ?none { ?s u:text ?text }"
    body = answer(store, query, media_type)
    result = Result.parse(io.BytesIO(body), format=format)
    assert [str(name) for name in result.vars or ()] == ["s", "text", "none"]
    (row,) = result.bindings
    assert str(row[rdflib.Variable("s")]) == f"{BASE}id/norm"
    text = row[rdflib.Variable("text")]
    assert str(text) == '缔约国应当\n，"合作"'
    assert format == "csv" or text == rdflib.Literal(str(text), lang="zh")
    assert rdflib.Variable("none") not in row


@pytest.mark.parametrize("media_type", [JSON, "application/sparql-results+xml", "text/csv"])
@pytest.mark.parametrize("answer_is", [True, False])
def test_yes_and_no(store: Store, media_type: str, answer_is: bool) -> None:
    body = answer(store, f"ASK {{ FILTER({'1' if answer_is else '0'} = 1) }}", media_type)
    assert str(answer_is).lower().encode() in body


@pytest.mark.parametrize(
    "media_type",
    [
        TRIPLES,
        "application/n-quads",
        "text/turtle",
        "application/trig",
        "application/rdf+xml",
        "application/ld+json",
    ],
)
def test_triples_are_the_same_in_every_format(store: Store, media_type: str) -> None:
    body = answer(store, "CONSTRUCT WHERE { ?s ?p ?o }", media_type)
    parsed = pyoxigraph.parse(body, format=RdfFormat.from_media_type(media_type))
    assert {quad.triple for quad in parsed} == {quad.triple for quad in store}


def test_turtle_has_the_prefixes_it_uses_and_no_others(store: Store) -> None:
    body = answer(store, "CONSTRUCT WHERE { ?s <ontology#addressee> ?o }", "text/turtle").decode()
    assert "untoc:addressee" in body
    assert [line for line in body.splitlines() if line.startswith("@prefix")] == [
        f"@prefix untoc: <{BASE}ontology#> ."
    ]


@pytest.mark.parametrize(
    ("query", "media_type"), [("ASK {}", TRIPLES), ("DESCRIBE <x>", "text/csv")]
)
def test_format_must_fit_the_form(store: Store, query: str, media_type: str) -> None:
    with pytest.raises(QuerySyntax, match=f"cannot be written as {media_type}"):
        answer(store, query, media_type)


# DESCRIBE


def described(store: Store, query: str) -> set[str]:
    graph = Graph().parse(data=answer(store, query, TRIPLES), format="nt")
    return {str(subject).removeprefix(BASE) for subject in graph.subjects()}


def test_describe_brings_facts_words_and_labels(store: Store) -> None:
    body = answer(store, "DESCRIBE <id/norm>", TRIPLES)
    lines = body.decode().splitlines()
    assert len(lines) == len(set(lines)) == 13
    assert described(store, "DESCRIBE <id/norm>") == {
        "id/norm",
        "id/norm/addressee/1",
        "id/span/0-3",
        "id/span/0-9",
        "id/states",
    }


def test_describe_stops_where_it_is_stopped(store: Store) -> None:
    """What is too much is not gathered first."""
    norm = Request(query="DESCRIBE <id/norm>", base=BASE, media_type=TRIPLES)
    asked: list[object] = []

    class Watched(Local):
        def triples(self, *arguments: object) -> Iterator[pyoxigraph.Triple]:
            asked.append(arguments)
            return iter(super().triples(*arguments))  # type: ignore[arg-type]

    evaluate(Watched(store), norm, bytearray().extend)
    in_all = len(asked)
    asked.clear()
    with pytest.raises(QueryTooBig):
        evaluate(Watched(store), norm, bytearray().extend, AnswerLimits(rows=5))
    assert 0 < len(asked) < in_all


def test_the_store_gives_every_term_back_as_it_was_written(published: tuple[Path, object]) -> None:
    """So a query, a document and a dump say the same: there is no 007, and no xsd:byte."""
    release = current(published[0])
    dumped = set(pyoxigraph.parse(path=release.dump(QUADS), format=RdfFormat.N_QUADS))
    held = set(open_store(release.store_path))
    literals = [
        {q.object for q in quads if isinstance(q.object, Literal)} for quads in (dumped, held)
    ]
    assert literals[0] == literals[1] and literals[0]


def test_describe_keeps_to_the_dataset(store: Store) -> None:
    assert described(store, "DESCRIBE <id/norm> FROM <graph/reference>") == {"id/norm"}
    assert "id/states" not in described(store, "DESCRIBE <id/norm> FROM <graph/r/stated>")
    assert described(store, "DESCRIBE <id/norm> FROM <graph/unknown>") == set()


def test_describe_of_what_a_pattern_finds(store: Store) -> None:
    query = "PREFIX u: <ontology#> DESCRIBE ?s { ?s u:addressee <id/states> }"
    assert {"id/norm", "id/other"} <= described(store, query)


# What is wrong, and where


@pytest.mark.parametrize(
    ("query", "place", "words"),
    [
        ("SELECT * { ?s ?p ?o", (1, 20), "The { at line 1, column 10 is not closed"),
        ("SELECT * {\n  ?报告 a '中文' .\n  FILTER(?x = )\n}", (3, 15), "')' cannot stand here"),
        ("SELECT ?s WHERE ?s ?p ?o", (1, 17), "expected {"),
        ("SELECT * { OPTION { ?s ?p ?o } }", (1, 12), "'OPTION'"),
        ("SELECT COUNT(*) { ?s ?p ?o }", (1, 8), "'COUNT'"),
        ("SELECT ?s, ?p { ?s ?p ?o }", (1, 10), "','"),
        ("SELECT * { ?s ?p ?o } ; SELECT * {}", (1, 23), "';'"),
        ("SELECT * { BIND(1 ?s) }", (1, 19), "'?s'"),
        ("SELECT * {} ORDER ?s", (1, 19), "'?s'"),
        ("SELECT * {} LIMIT many", (1, 19), "'many'"),
        ("SELECT * {} LIMIT 99999999999999999999999", (1, 19), "non negative integer"),
        ("SELECT ?x (COUNT(*) AS ?n) { ?s ?p ?o }", (1, 39), "variable that is unbound"),
        ("SELECT * { ?s ?p <http://a:b/c> }", (1, 18), "is not an IRI"),
        ("SELECT * FROM ex:g { ?s ?p ?o }", (1, 15), "prefix ex: is not declared"),
        ("SELECT", (1, 7), "ends before it is complete"),
    ],
)
def test_syntax_error_says_where_and_what(
    store: Store, query: str, place: tuple[int, int], words: str
) -> None:
    with pytest.raises(QuerySyntax) as caught:
        answer(store, query)
    assert (caught.value.line, caught.value.column) == place
    assert words in caught.value.what
    assert str(caught.value).startswith(f"Line {place[0]}, column {place[1]}: ")


def test_unknown_function_is_named(store: Store) -> None:
    with pytest.raises(QuerySyntax, match="custom function <https://example.org/kg/f>"):
        answer(store, "SELECT (<f>(1) AS ?x) {}")


def test_every_query_is_scanned(store: Store) -> None:
    with pytest.raises(QuerySyntax, match="SERVICE"):
        answer(store, "SELECT * { SERVICE <u:x> {} }")


def test_what_write_raises_comes_through(store: Store) -> None:
    def broken(piece: bytes) -> None:
        raise BrokenPipeError

    request = Request(query="SELECT * { ?s ?p ?o }", base=BASE, media_type=JSON)
    with pytest.raises(BrokenPipeError):
        evaluate(Local(store), request, broken)


# Limits

ROWS = "SELECT ?x { VALUES ?x { 1 2 3 4 5 } }"
RESULTS = ["text/csv", "text/tab-separated-values", "application/sparql-results+xml", JSON]


@pytest.mark.parametrize("media_type", RESULTS)
def test_rows_are_limited_exactly(store: Store, media_type: str) -> None:
    answer(store, ROWS, media_type, AnswerLimits(rows=5))
    with pytest.raises(QueryTooBig, match="more than 4 rows"):
        answer(store, ROWS, media_type, AnswerLimits(rows=4))


@pytest.mark.parametrize("media_type", RESULTS)
def test_rows_of_a_long_answer_are_limited_exactly(media_type: str) -> None:
    """Those that are counted late as well; the values look like rows."""
    many = Store()
    many.extend(
        Quad(NamedNode(f"u:{n}"), NamedNode("u:p"), Literal('},{"<result>\n')) for n in range(3000)
    )
    answer(many, "SELECT * { ?s ?p ?o }", media_type, AnswerLimits(rows=3000))
    with pytest.raises(QueryTooBig, match="more than 2,999 rows"):
        answer(many, "SELECT * { ?s ?p ?o }", media_type, AnswerLimits(rows=2999))


@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE ?s { ?s ?p ?o }"])
def test_triples_are_limited_exactly(store: Store, query: str) -> None:
    answer(store, query, TRIPLES, AnswerLimits(rows=14))
    with pytest.raises(QueryTooBig, match="more than 13 triples"):
        answer(store, query, TRIPLES, AnswerLimits(rows=13))


@pytest.mark.parametrize("media_type", RESULTS)
@pytest.mark.parametrize("query", [ROWS, "SELECT ?y { VALUES ?x { 1 2 3 4 5 } }"])
@pytest.mark.parametrize("wanted", [0, 1, 4, 5, 6])
def test_answer_is_cut_where_the_client_wants(
    store: Store, query: str, media_type: str, wanted: int
) -> None:
    pieces: list[bytes] = []
    request = Request(query=query, base=BASE, media_type=media_type, max_rows=wanted)
    cut = evaluate(Local(store), request, pieces.append, AnswerLimits(rows=5))
    assert cut == (wanted < 5)
    body = b"".join(pieces)
    if cut:
        limited = query + f" LIMIT {wanted}"
        assert body == answer(store, limited, media_type)
    else:
        assert body == answer(store, query, media_type)


@pytest.mark.parametrize("media_type", RESULTS)
def test_long_answer_is_cut_wherever_its_pieces_break(store: Store, media_type: str) -> None:
    numbers = " ".join(f'"{{}},{{ {number}"' for number in range(3000))
    query = f"SELECT ?x {{ VALUES ?x {{ {numbers} }} }}"
    for wanted in range(1, 2900, 97):
        pieces: list[bytes] = []
        request = Request(query=query, base=BASE, media_type=media_type, max_rows=wanted)
        assert evaluate(Local(store), request, pieces.append)
        assert b"".join(pieces) == answer(store, f"{query} LIMIT {wanted}", media_type)


def test_triples_are_cut_where_the_client_wants(store: Store) -> None:
    def cut_at(wanted: int) -> tuple[bool, int]:
        pieces: list[bytes] = []
        request = Request(
            query="CONSTRUCT WHERE { ?s ?p ?o }", base=BASE, media_type=TRIPLES, max_rows=wanted
        )
        return evaluate(Local(store), request, pieces.append), b"".join(pieces).count(b"\n")

    assert [cut_at(wanted) for wanted in (0, 13, 14, 15)] == [
        (True, 0),
        (True, 13),
        (False, 14),
        (False, 14),
    ]


def test_bytes_are_limited_exactly(store: Store) -> None:
    size = len(answer(store, ROWS))
    answer(store, ROWS, limits=AnswerLimits(size=size))
    with pytest.raises(QueryTooBig, match=f"more than {size - 1} bytes"):
        answer(store, ROWS, limits=AnswerLimits(size=size - 1))


@pytest.mark.parametrize("media_type", RESULTS)
def test_shortest_row_is_as_long_as_is_said(media_type: str) -> None:
    """One of no values, in each format: answers of fewer bytes need not be counted."""
    form = QueryResultsFormat.from_media_type(media_type)
    assert form is not None

    def size(rows: int) -> int:
        results = Store().query(f"SELECT * {{ VALUES () {{ {'()' * rows} }} }}")
        assert isinstance(results, pyoxigraph.QuerySolutions)
        body = results.serialize(format=form)
        assert body is not None
        return len(body)

    assert _row_counter(form).least <= size(9) - size(8)
    assert _row_counter(form).least * 9 <= size(9), "what stands around the rows makes up for more"


# Values that look like the ends of rows.
TRICKY = st.lists(
    st.sampled_from(
        ['"', "}},{", "{", '":{"type":"', "<result>", "\n", "\r\n", ",", "\t", "\\", "x"]
    )
).map("".join)


@given(
    rows=st.lists(st.tuples(st.none() | TRICKY, st.none() | TRICKY), max_size=8),
    width=st.integers(1, 40),
)
def test_rows_are_counted_whatever_they_hold(
    rows: list[tuple[str | None, str | None]], width: int
) -> None:
    found = Store()
    for number, row in enumerate(rows):
        for name, value in zip("ab", row, strict=True):
            if value is not None:
                found.add(Quad(NamedNode(f"r:{number}"), NamedNode(f"r:{name}"), Literal(value)))
        found.add(Quad(NamedNode(f"r:{number}"), NamedNode("r:is"), Literal("row")))
    query = "SELECT ?a ?b { ?s <r:is> ?row OPTIONAL { ?s <r:a> ?a } OPTIONAL { ?s <r:b> ?b } }"
    for media_type in RESULTS:
        form = QueryResultsFormat.from_media_type(media_type)
        assert form is not None
        counter = _row_counter(form)
        results = found.query(query)
        assert isinstance(results, pyoxigraph.QuerySolutions)
        body = results.serialize(format=form)
        assert body is not None
        pieces = list(pieces_of(body, width))
        assert sum(piece.count(counter.mark) for piece in pieces) >= len(rows), body
        assert sum(map(counter.count, pieces)) - counter.heads == len(rows), body


def pieces_of(body: bytes, width: int) -> Iterator[bytes]:
    for start in range(0, len(body), width):
        yield body[start : start + width]


def test_there_must_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        open_store(tmp_path / "none")
