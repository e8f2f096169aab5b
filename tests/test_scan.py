"""The scan before the parser: what it finds, what it refuses, and that the engine agrees."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from untocgraph.graph.errors import QuerySyntax
from untocgraph.graph.query.scan import Bounds, QueryForm, Scan, scan
from untocgraph.graph.query.tokens import position, tokens
from untocgraph.ontology.competency import questions

BASE = "http://localhost:8000/"
PREFIXES = "PREFIX ex: <http://e/>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"


def engine_takes(query: str) -> bool:
    """Whether the engine's parser takes *query*. Nothing is fetched: results are never read."""
    try:
        pyoxigraph.Store().query(query, base_iri=BASE)
    except SyntaxError:
        return False
    except RuntimeError:  # it has parsed it, and does not know a function
        pass
    return True


def holds_service(query: str) -> bool:
    """Whether the engine reads a keyword SERVICE in *query*: if it is misspelt, nothing parses."""
    at = query.lower().find("service")
    return (
        at >= 0
        and engine_takes(query)
        and not engine_takes(query[:at] + "SERVICX" + query[at + 7 :])
    )


# What passes

ORDINARY = """
SELECT * WHERE { ?s ?p ?o }
SELECT DISTINCT ?s { ?s a ex:Thing ; ex:p 1, 2.5, -3e7, .5, true ; ex:q [ ex:r "x"@en-GB, 'y' ] . }
SELECT REDUCED ?s ($o AS ?x) { ?s ex:p $o } ORDER BY DESC(?s) ?o LIMIT 10 OFFSET 5
SELECT (COUNT(DISTINCT ?s) AS ?n) ?t { ?s a ?t } GROUP BY ?t HAVING (COUNT(*) > 1)
SELECT (GROUP_CONCAT(?o ; SEPARATOR=", ") AS ?all) (SAMPLE(?o) AS ?one) { ?s ?p ?o } GROUP BY ?s
SELECT ?s { ?s ex:p/ex:q*|^ex:r+/(ex:s|ex:t)? ?o . ?s !(ex:a|^ex:b) ?x }
SELECT * { ?s ?p ?o OPTIONAL { ?o ?q ?r FILTER(?r > 3 && ?r<=9 || !BOUND(?q)) } }
SELECT * { { ?s ex:p ?o } UNION { ?s ex:q ?o } MINUS { ?s ex:r ?o } }
SELECT * { ?s ex:p ?o FILTER NOT EXISTS { ?s ex:q ?o } FILTER EXISTS { ?o ex:q [] } }
SELECT * { GRAPH ?g { ?s ?p ?o } GRAPH <graph/reference> { ?s a ex:Thing } }
SELECT * { VALUES (?a ?b) { (1 UNDEF) ("x" ex:y) } VALUES ?c { 1 2 3 } }
SELECT * { BIND(IF(?x IN (1, 2), "a", COALESCE(?y, "b")) AS ?z) } VALUES ?x { 1 }
SELECT * { ?s ?p ?o FILTER regex(str(?o), "^人口.*贩运$", "i") }
SELECT * { ?s ?p ?o FILTER(LANGMATCHES(LANG(?o), "zh") && CONTAINS(?o, '''会'议''')) }
SELECT * { ?s ?p ?o FILTER(?o < "2013-11-19"^^xsd:date && xsd:integer(?o) + 1 - 2 * 3 / 4 = -5) }
SELECT ?o { { SELECT ?s (MAX(?n) AS ?m) { ?s ex:n ?n } GROUP BY ?s } ?s ex:p ?o }
SELECT * FROM <g1> FROM NAMED <g2> { ?s ?p ?o }
SELECT * { ?s ?p ?o . LATERAL { SELECT * { ?s ex:q ?x } LIMIT 1 } }
SELECT * { << ?s ?p ?o >> ex:said ?w . ?s ?p ?o {| ex:by ?w |} . ?a ?b <<( ?c ?d ?e )>> }
SELECT * { ?s ex:list ( 1 ?x ( "nested" ) ) }
SELECT * { _:a ex:p _:b.c . ex:a.b ex:d\\,e%20f ex:: }
SELECT * { ?s ?p "tab\\t quote\\" \\u4E2D\\U0001F600" , ""\"a "quoted" word""\" }
SELECT * { ?报告 ex:标题 ?o } # a comment, with 'quotes' and { brackets (
SELECT * { ?s <http://e/p#x> ?o FILTER(?o<?s) FILTER(?o <?s&&?p> 1) }
ASK { ?s ?p ?o }
ASK FROM <g> { ?s ?p ?o }
CONSTRUCT { ?s ex:p [ ex:q ?o ] } WHERE { ?s ?p ?o } LIMIT 1
CONSTRUCT WHERE { ?s ?p ?o }
CONSTRUCT FROM <g> WHERE { ?s ?p ?o }
DESCRIBE <id/state/chl>
DESCRIBE ?s ex:b FROM <g> WHERE { ?s a ex:Thing } ORDER BY ?s LIMIT 3
DESCRIBE * { ?s a ex:Thing }
""".strip().splitlines()


@pytest.mark.parametrize("query", ORDINARY)
def test_ordinary_query_passes(query: str) -> None:
    assert engine_takes(PREFIXES + query)
    assert scan(PREFIXES + query).form.value == query.split()[0]


def test_our_own_questions_pass() -> None:
    for question in questions(BASE):
        scan(question.query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'SERVICE <u:x> {}' }",
        'SELECT * { ?s ?p """ } SERVICE <u:x> { \'\'\' """ }',
        "SELECT * { ?s <http://e/Service#service> ?o } # SERVICE <u:x> {}",
        "SELECT ?service ?SERVICE { ?service ?p ?SERVICE }",
        "SELECT * { ?s ex:service ex:aService.x }",
        "SELECT * { ?s a <http://www.w3.org/ns/sparql-service-description#Service> }",
        "SELECT * { ?s ?p ?o FILTER(?o < 3 && CONTAINS(?o, 'service')) }",
        "PREFIX s: <http://e/#service> SELECT * { VALUES (?a ?b) { (<http://e/#a> 'service') } }",
    ],
)
def test_service_that_is_no_keyword_passes(query: str) -> None:
    assert not holds_service(PREFIXES + query)
    scan(PREFIXES + query)


def test_scan_says_what_the_query_says() -> None:
    prologue = "BASE <http://b/> # base\nPREFIX ex: <http://e/>\n"
    assert scan(f"{prologue}SELECT * FROM <g>FROM ex:h FROM NAMED <i> {{}}") == Scan(
        form=QueryForm.SELECT,
        prologue=prologue,
        default_graphs=("<g>", "ex:h"),
        named_graphs=("<i>",),
        repeatable=True,
    )


@pytest.mark.parametrize(
    ("query", "repeatable"),
    [
        ("SELECT (RAND() AS ?x) {}", False),
        ("SELECT * { FILTER(1<nOw()) }", False),
        ("SELECT (struuid() AS ?x) {}", False),
        ("SELECT (BNODE() AS ?x) {}", False),
        ("SELECT ?known ?brand { ?known <u:now> 'uuid()' } # RAND()", True),
        ("SELECT * { [] ?p _:b }", True),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(?p = ?q) . [] ?p (1) }", True),
        ("CONSTRUCT { ?s ?p '}' . ?s ?p [] } { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p _:b } { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p (?o) } { ?s ?p ?o }", False),
        ("CONSTRUCT FROM <g> WHERE { ?s ?p [] }", False),
        ("CONSTRUCT WHERE { ?s ?p ?o }", True),
    ],
)
def test_what_gives_new_values_each_time(query: str, repeatable: bool) -> None:
    assert scan(query).repeatable == repeatable
    assert not scan("ASK { ?from ?p 'FROM <g>' }").names_dataset


# What is refused

SERVICE = [
    "SELECT * { SERVICE <u:x> { ?s ?p ?o } }",
    "SELECT * { service SILENT ?x { ?s ?p ?o } }",
    "SELECT * { SERVICE<u:x>{} }",
    "SELECT * { SERVICEex:y{} }",
    "SELECT * { SERVICE:y{} }",
    "SELECT * { SERVICESILENT<u:x>{} }",
    "SELECT * { {}SERVICE<u:x>{} }",
    "SELECT * { FILTER(1<2)SERVICE<u:x>{} }",
    "SELECT * { # comment\rSERVICE <u:x> {}\n}",
    "SELECT * { ?s ?p trueSERVICE <u:x> {} }",
    "SELECT * { ?s ?p 1SERVICE <u:x> {} }",
    "SELECT (EXISTS { SERVICE <u:x> {} } AS ?e) {}",
    "SELECT * {} ORDER BY (EXISTS { SERVICE <u:x> {} })",
    "SELECT * { ?s ?p ?o LATERAL { SERVICE <u:x> {} } }",
    # The engine ends a name at its second dot.
    "SELECT * { ?s ?p ex:a.b.SERVICE<u:x>{} }",
    # The longest token is an IRI, the engine reads 'less than' and a string.
    "SELECT * { FILTER(1<'x&&?b>') SERVICE <u:x> {} } #'",
    "SELECT * { FILTER(EXISTS{}<'x&&?b>') SERVICE <u:x> {} } #'",
    "SELECT * { FILTER(true<'x&&?b>') SERVICE <u:x> {} } #'",
    # … or a comment.
    "SELECT * { FILTER(1<?b#>'''\n) SERVICE <u:x> {} #'''\n}",
    # The longest token is <<, the engine reads 'less than' and an IRI.
    "SELECT * { FILTER(1<<http://x#y>) SERVICE <u:x> {} \n}",
    "SELECT * { FILTER(1<<a#y>) SERVICE <u:x> {} \n}",
    # A long string with an escape that does not exist falls apart into short ones.
    "SELECT * { VALUES ?v { '''x' } SERVICE <u:x> {} }#\\uD800'''",
]


@pytest.mark.parametrize("query", SERVICE)
def test_service_is_refused_in_every_spelling(query: str) -> None:
    query = "PREFIX ex: <http://e/> PREFIX : <http://f/> " + query
    assert holds_service(query)  # else it would be no spelling of it
    with pytest.raises(QuerySyntax, match=r"SERVICE|less than"):
        scan(query)


# Pieces of which a text can be made that two grammars read differently.
PIECES = st.sampled_from(
    [
        *(
            "<",
            ">",
            "'",
            "'''",
            '"',
            "#",
            "\n",
            "\r",
            " ",
            ".",
            ",",
            ";",
            "(",
            ")",
            "{",
            "}",
            "[",
            "]",
        ),
        *("?a", "ex:a", "ex:a.b", ":", "1", "1.", "true", "@en", "_:a", "<u:x>", "<http://x#y>"),
        *("FILTER(", "FILTER(1<", "<'a>", "<?b#>", "<<", ">>", "&&", "||", "=", "\\'", "\\#"),
        *("\\uD800", "\\", "VALUES ?v {", "EXISTS{", "OPTIONAL{", "'x'", "''", "*", "/", "^^"),
        *("SERVICE<u:x>{}", "SERVICE ?a{}", "SERVICEex:y{}", "FROM", "LATERAL{", "中", "\u203f"),
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=6), st.lists(PIECES, max_size=4))
def test_whatever_passes_fetches_nothing(before: list[str], after: list[str]) -> None:
    """Text around a SERVICE, so that some of it hides it from a reader who is less careful."""
    query = (
        "PREFIX ex: <http://e/> SELECT * { ?s ?p ?o "
        + "".join(before)
        + " SERVICE<u:x>{} "
        + "".join(after)
        + "}"
    )
    try:
        scan(query)
    except QuerySyntax:
        return
    assert not holds_service(query)


@settings(max_examples=500, deadline=None)
@given(st.text() | st.lists(PIECES).map("".join))
def test_any_text_is_scanned_or_refused_with_its_place(text: str) -> None:
    for query in (text, f"SELECT * {{ {text} }}"):
        try:
            for token in tokens(query):
                assert query[token.start : token.end] == token.text
            scan(query)
        except QuerySyntax as error:
            assert error.what.endswith((".", ">."))
            if error.line is not None and error.column is not None:
                assert 0 < error.line <= query.count("\n") + 1
                assert 0 < error.column <= len(query.split("\n")[error.line - 1]) + 1


@pytest.mark.parametrize(
    ("query", "place", "words"),
    [
        ("", None, "empty"),
        ("# nothing\n", None, "empty"),
        ("INSERT DATA { <a:b> <a:c> 1 }", (1, 1), "update"),
        ("PREFIX ex: <a:b>\n  delete where { ?s ?p ?o }", (2, 3), "update"),
        ("LOAD <http://e/>", (1, 1), "update"),
        ("WITH <g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", (1, 1), "update"),
        ("SELECTDISTINCT ?s {}", (1, 1), "space after SELECT"),
        ("ASKFROM<g>{}", (1, 1), "space after ASK"),
        ("PREFIXex:<a:b> ASK {}", (1, 1), "space after PREFIX"),
        ("FETCH ?s {}", (1, 1), "starts with 'FETCH'"),
        ("SELECT *\nFROMex:g { }", (2, 1), "FROM"),
        ("PREFIX FROMex: <a:> SELECT * FROMex:g { }", (1, 30), "space after FROM"),
        ("ASK FROM { }", (1, 5), "after FROM"),
        ("ASK {\n  ?s '中文' ex:b }", (2, 11), "prefix ex: is not declared"),
        ("ASK { ?s ?p <http://a b> }", (1, 13), "IRI is not closed"),
        ("ASK { ?s ?p 'a\n' }", (1, 13), "not closed"),
        ("ASK { ?s ?p 'a\\z' }", (1, 13), "escape"),
        ("ASK { ?s \\u0070 ?o }", (1, 10), "backslash"),
        ("ASK { ?s §p ?o }", (1, 10), "U+00A7"),
        ("\ufeffASK {}", (1, 1), "U+FEFF"),
    ],
)
def test_refusal_says_where_and_what(query: str, place: tuple[int, int] | None, words: str) -> None:
    with pytest.raises(QuerySyntax, match=re.escape(words)) as caught:
        scan(query)
    assert (caught.value.line, caught.value.column) == (place or (None, None))


def test_position_counts_code_points_from_one() -> None:
    assert position("ab\n中文😀x", 6) == (2, 4)


# Size


def nested(times: int, opener: str, core: str, closer: str) -> str:
    return opener * times + core + closer * times


# The bound that each meets, and a query that reaches *n* of it.
FAMILIES: dict[str, tuple[str, Callable[[int], str]]] = {
    "parentheses": ("nesting", lambda n: f"ASK {{ FILTER({nested(n - 2, '(', '1', ')')}) }}"),
    "groups": ("nesting", lambda n: f"ASK {nested(n, '{', '', '}')}"),
    "functions": ("nesting", lambda n: f"ASK {{ FILTER({nested(n - 2, 'STR(', '1', ')')}) }}"),
    "paths": ("joined", lambda n: f"ASK {{ ?s {nested(n // 2, '(', '<a:b>', ')*')} ?o }}"),
    "in an IRI": ("nesting", lambda n: f"ASK {{ FILTER(1<{nested(n - 2, '(', '1>1', ')')}) }}"),
    "triples in triples": (
        "joined",  # 7 each
        lambda n: f"ASK {{ ?s ?p {nested(n // 7 + 1, '<<(?s ?p ', '1', ')>>')} }}",
    ),
    "SUBSTR": ("doublings", lambda n: f"ASK {{ FILTER({nested(n, 'SUBSTR(', '1', ',1)')}) }}"),
    "REPLACE": ("doublings", lambda n: f"ASK {{ FILTER({nested(n, 'REPLACE(', '1', ',1,1)')}) }}"),
    "groups, then one": ("nesting", lambda n: f"ASK {{ {nested(n - 1, '{', '', '}')} {{}} }}"),
    "SUBSTR, then one": (
        "doublings",
        lambda n: f"ASK {{ FILTER({nested(n, 'SUBSTR(', '1', ',1)')}) FILTER(SUBSTR(1,1)) }}",
    ),
    "subqueries": (
        "doublings",
        lambda n: f"SELECT * {nested(n, '{SELECT (COUNT(*) AS ?c) ', '{}', '}')}",
    ),
    "triples": ("joined", lambda n: "ASK {" + "?s ?p ?o ." * (n - 1) + "}"),
    "properties": ("joined", lambda n: f"ASK {{ ?s {'?p ?o ;' * (n - 1)} }}"),
    "objects": ("joined", lambda n: f"ASK {{ ?s ?p {', '.join(['?o'] * n)} }}"),
    "path steps": ("joined", lambda n: f"ASK {{ ?s {'/'.join(['<a:b>'] * n)} ?o }}"),
    "steps in ()": ("joined", lambda n: f"ASK {{ ?s ({'/'.join(['<a:b>'] * (n - 2))}) ?o }}"),
    "blank nodes": ("joined", lambda n: f"ASK {{ {'[] ?p ?o .' * (n // 2)} }}"),
    "list": ("joined", lambda n: f"ASK {{ ?s ?p ({'1 ' * (n // 2)}) }}"),
    "optionals": ("joined", lambda n: f"ASK {{ {'OPTIONAL {}' * (n - 1)} }}"),
    "or": ("operators", lambda n: f"ASK {{ FILTER({'||'.join(['?x'] * (n + 1))}) }}"),
    "plus": ("operators", lambda n: f"ASK {{ FILTER(1{'+1' * n}) }}"),
    "filters": ("clauses", lambda n: f"ASK {{ {'FILTER(1)' * n} }}"),
    "arguments": ("commas", lambda n: f"ASK {{ FILTER(CONCAT(1{',1' * n})) }}"),
    "values": ("data", lambda n: f"ASK {{ VALUES ?x {{ {'1 ' * (n - 1)} }} }}"),
    "group keys": ("tokens", lambda n: f"SELECT * {{}} GROUP BY {'?x ' * (n - 6)}"),
}
LOOSE = Bounds(tokens=10**6, data=10**6)  # so that each family meets its own bound


@pytest.mark.parametrize("family", FAMILIES)
def test_size_is_bounded(family: str) -> None:
    """At its bound each family passes and the engine is quick with it; beyond, it is refused."""
    name, query = FAMILIES[family]
    bounds = Bounds() if name in ("tokens", "data") else LOOSE
    limit = getattr(Bounds(), name)
    slack = 3  # commas and brackets come in twos
    with pytest.raises(QuerySyntax, match=f"{limit:,}|words and signs") as caught:
        scan(query(limit + slack), bounds)
    assert caught.value.column
    scan(query(limit - slack), bounds)
    start = time.perf_counter()
    engine_takes(query(limit - slack))
    assert time.perf_counter() - start < 2  # 0.15 s where nothing else runs


def test_length_is_bounded_before_anything_is_read() -> None:
    with pytest.raises(QuerySyntax, match="200,001 characters"):
        scan("§" * 200_001)


@pytest.mark.parametrize(
    "text",
    [
        "a.b.",
        "'''",
        "<",
        "<a",
        "?a<'x>'",
        "((",
        "_:a.",
        "ex:a.",
        "\\u",
        "#\n",
        '"',
        "SELECT ",
        "{SELECT * {",
    ],
)
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    query = "ASK { " + text * (199_000 // len(text))
    start = time.perf_counter()
    try:
        scan(query)
    except QuerySyntax:
        pass
    assert time.perf_counter() - start < 2  # 0.1 s where nothing else runs


CRASH = {
    "parentheses": "'ASK { FILTER(' + '(' * 20000 + '1' + ')' * 20000 + ') }'",
    "groups": "'ASK ' + '{' * 20000 + '}' * 20000",
    "sum": "'ASK { FILTER(1' + '+1' * 20000 + ') }'",
}


@pytest.mark.parametrize("family", CRASH)
def test_what_crashes_the_engine_is_refused(family: str) -> None:
    """If this fails because nothing crashed, the engine is better now: look at the bounds again."""
    code = f"import pyoxigraph; pyoxigraph.Store().query({CRASH[family]})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == -signal.SIGSEGV
    query: str = eval(CRASH[family])
    with pytest.raises(QuerySyntax):
        scan(query)
