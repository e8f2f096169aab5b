"""The tests of the W3C for the SPARQL 1.1 Protocol, each under its own name, against a live server.

Source: https://www.w3.org/2009/sparql/docs/tests/data-sparql11/protocol/ . Their graphs are not
ours: `DATA` says which graph of the report stands for which of theirs, and what is typed in it.
This endpoint takes no updates, so what is a good update there must be refused here.
"""

from urllib.parse import quote, urlencode

import pytest
from pyoxigraph import QueryBoolean, QueryResultsFormat, RdfFormat, parse, parse_query_results

from tests.serving import SLUG, Raw, Site, raw

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}
UPDATE = {"Content-Type": "application/sparql-update"}

# data1, data2 and data3 of the W3C: a graph, and a thing that has its type there and nowhere else.
DATA = {
    1: (f"graph/{SLUG}/stated", f"id/report/{SLUG}"),
    2: ("graph/reference", "id/body/unodc"),
    3: (f"graph/{SLUG}/findings", None),
}


@pytest.fixture(scope="module")
def data(site: Site) -> dict[str, str]:
    """g1 to g3, the graphs, and t1 to t3, the things, as IRIs."""
    found = "SELECT ?t { GRAPH <%s> { ?t a ?type } } LIMIT 1"
    names = {}
    for number, (graph, thing) in DATA.items():
        names[f"g{number}"] = site.base + graph
        if thing is None:
            answer = get(site, query=found % (site.base + graph), format="tsv")
            names[f"t{number}"] = answer.body.decode().splitlines()[1].strip("<>")
        else:
            names[f"t{number}"] = site.base + thing
    return names


def get(site: Site, **fields: str) -> Raw:
    return raw(site, "GET", f"/sparql?{urlencode(fields)}")


def post(site: Site, body: str | bytes, headers: dict[str, str], **fields: list[str]) -> Raw:
    target = "/sparql" + ("?" + urlencode(fields, doseq=True) if fields else "")
    return raw(
        site, "POST", target, body=body.encode() if isinstance(body, str) else body, headers=headers
    )


def boolean(answer: Raw) -> bool:
    """The answer of an ASK, in whichever format it came."""
    assert 200 <= answer.status < 400, answer.body
    form = QueryResultsFormat.from_media_type(answer.headers["Content-Type"])
    assert form in (QueryResultsFormat.JSON, QueryResultsFormat.XML)
    found = parse_query_results(answer.body, format=form)
    assert isinstance(found, QueryBoolean)
    return bool(found)


def refused(answer: Raw) -> bool:
    return 400 <= answer.status < 500


# ---- queries ----


def test_query_get(site: Site) -> None:
    assert boolean(get(site, query="ASK {}"))


@pytest.mark.parametrize("how", ["get", "form", "body"])
def test_a_query_that_begins_with_a_byte_order_mark(site: Site, how: str) -> None:
    """As editors write it before a text; the fast path has to agree with the full one."""
    query = "\ufeffASK {}"
    if how == "get":
        answers = [get(site, query=query) for _ in range(2)]
    elif how == "form":
        answers = [post(site, urlencode({"query": query}), FORM)]
    else:
        answers = [post(site, query, {"Content-Type": "application/sparql-query"})]
    assert all(map(boolean, answers))


def test_query_post_form(site: Site) -> None:
    assert boolean(post(site, "query=ASK%20%7B%7D", FORM))


def test_query_post_direct(site: Site) -> None:
    assert boolean(post(site, "ASK {}", QUERY))


ONE = "ASK {{ <{t1}> a ?type }}"
BOTH = "ASK {{ <{t1}> a ?type . <{t2}> a ?type2 . }}"
NAMED = "ASK {{ GRAPH ?g1 {{ <{t1}> a ?type }} GRAPH ?g2 {{ <{t2}> a ?type2 }} }}"
FULL = "ASK {{ <{t3}> a ?type3 GRAPH ?g1 {{ <{t1}> a ?type1 }} GRAPH ?g2 {{ <{t2}> a ?type2 }} }}"


def asked(site: Site, data: dict[str, str], query: str, how: str, **fields: list[str]) -> bool:
    text = query.format(**data)
    if how == "post":
        return boolean(post(site, text, QUERY, **fields))
    return boolean(
        raw(site, "GET", "/sparql?" + urlencode({"query": [text], **fields}, doseq=True))
    )


@pytest.mark.parametrize("how", ["get", "post"])
def test_query_dataset_default_graph(site: Site, data: dict[str, str], how: str) -> None:
    assert asked(site, data, ONE, how, **{"default-graph-uri": [data["g1"]]})
    assert not asked(site, data, ONE, how, **{"default-graph-uri": [data["g2"]]})


@pytest.mark.parametrize("how", ["get", "post"])
def test_query_dataset_default_graphs(site: Site, data: dict[str, str], how: str) -> None:
    assert asked(site, data, BOTH, how, **{"default-graph-uri": [data["g1"], data["g2"]]})
    assert not asked(site, data, BOTH, how, **{"default-graph-uri": [data["g1"]]})


@pytest.mark.parametrize("how", ["get", "post"])
def test_query_dataset_named_graphs(site: Site, data: dict[str, str], how: str) -> None:
    assert asked(site, data, NAMED, how, **{"named-graph-uri": [data["g1"], data["g2"]]})
    assert not asked(site, data, NAMED, how, **{"named-graph-uri": [data["g1"]]})
    assert not asked(site, data, ONE, how, **{"named-graph-uri": [data["g1"]]})


def test_query_dataset_full(site: Site, data: dict[str, str]) -> None:
    named = [data["g1"], data["g2"]]
    full = {"default-graph-uri": [data["g3"]], "named-graph-uri": named}
    assert asked(site, data, FULL, "post", **full)
    assert not asked(site, data, FULL, "post", **full | {"default-graph-uri": [data["g1"]]})


def test_query_multiple_dataset(site: Site, data: dict[str, str]) -> None:
    """What the request names counts, and not what the query names."""
    query = "ASK FROM <{g1}> {{ GRAPH ?g1 {{ <{t1}> a ?type }} <{t2}> a ?type2 }}"
    dataset = {"default-graph-uri": [data["g2"]], "named-graph-uri": [data["g1"]]}
    assert asked(site, data, query, "post", **dataset)
    contrary = "ASK FROM <{g1}> {{ <{t1}> a ?type }}"
    assert not asked(site, data, contrary, "post", **{"default-graph-uri": [data["g2"]]})


def test_a_graph_that_nobody_knows_is_empty(site: Site, data: dict[str, str]) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        for query in ("ASK {{ ?s ?p ?o }}", "ASK {{ GRAPH ?g {{ ?s ?p ?o }} }}"):
            assert not asked(site, data, query, "get", **{name: [f"{site.base}graph/unknown"]})
    assert not asked(site, data, "ASK FROM <x:unknown> {{ ?s ?p ?o }}", "get")


def test_query_content_type_select(site: Site) -> None:
    answer = post(site, "SELECT (1 AS ?value) {}", QUERY)
    form = QueryResultsFormat.from_media_type(answer.headers["Content-Type"])
    assert form is not None
    (row,) = parse_query_results(answer.body, format=form)  # type: ignore[misc]
    assert row["value"].value == "1"


def test_query_content_type_ask(site: Site) -> None:
    assert boolean(post(site, "ASK {}", QUERY))


def test_query_content_type_describe(site: Site) -> None:
    assert triples(post(site, "DESCRIBE <http://example.org/>", QUERY)) == 0


def test_query_content_type_construct(site: Site) -> None:
    assert triples(post(site, "CONSTRUCT { <s> <p> 1 } WHERE {}", QUERY)) == 1


def triples(answer: Raw) -> int:
    assert answer.status == 200
    form = RdfFormat.from_media_type(answer.headers["Content-Type"])
    assert form in (RdfFormat.TURTLE, RdfFormat.RDF_XML)
    return sum(1 for _ in parse(answer.body, format=form))


# ---- queries that are none ----


def test_bad_query_method(site: Site) -> None:
    answer = raw(site, "PUT", "/sparql?query=ASK%20%7B%7D")
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


def test_bad_multiple_queries(site: Site) -> None:
    assert refused(raw(site, "GET", "/sparql?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D"))


def test_bad_query_wrong_media_type(site: Site) -> None:
    assert post(site, "ASK {}", {"Content-Type": "text/plain"}).status == 415


def test_bad_query_missing_form_type(site: Site) -> None:
    assert refused(post(site, "query=ASK%20%7B%7D", {}))


def test_bad_query_missing_direct_type(site: Site) -> None:
    assert refused(post(site, "ASK {}", {}))


def test_bad_query_non_utf8(site: Site) -> None:
    declared = {"Content-Type": "application/sparql-query; charset=UTF-16"}
    assert refused(post(site, "ASK {}".encode("utf-16"), declared))
    assert refused(post(site, "ASK {}".encode("utf-16"), QUERY))


def test_bad_query_syntax(site: Site) -> None:
    assert refused(raw(site, "GET", "/sparql?query=ASK%20%7B"))


# ---- updates ----

CLEAR = "CLEAR ALL"
INSERT = (
    "PREFIX dc: <http://purl.org/dc/terms/> INSERT { GRAPH <x:g> { ?s a dc:Agent } } WHERE "
    "{ ?s a ?type }"
)
BASED = "BASE <http://example.org/> INSERT DATA { GRAPH <g> { <s> <p> 1 } }"
USING = {"using-graph-uri": ["x:data1"]}
UPDATES: dict[str, tuple[str | bytes, dict[str, str], dict[str, list[str]]]] = {
    "update_post_form": (f"update={quote(CLEAR)}", FORM, {}),
    "update_post_direct": (CLEAR, UPDATE, {}),
    "update_dataset_default_graph": (INSERT, UPDATE, USING),
    "update_dataset_default_graphs": (INSERT, UPDATE, {"using-graph-uri": ["x:1", "x:2"]}),
    "update_dataset_named_graphs": (INSERT, UPDATE, {"using-named-graph-uri": ["x:1", "x:2"]}),
    "update_dataset_full": (INSERT, UPDATE, {**USING, "using-named-graph-uri": ["x:2"]}),
    "update_base_uri": (f"update={quote(BASED)}", FORM, {}),
    "bad_multiple_updates": ("update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", FORM, {}),
    "bad_update_wrong_media_type": ("CLEAR NAMED", {"Content-Type": "text/plain"}, {}),
    "bad_update_missing_form_type": ("update=CLEAR%20NAMED", {}, {}),
    "bad_update_non_utf8": (
        "CLEAR NAMED".encode("utf-16"),
        {"Content-Type": "application/sparql-update; charset=UTF-16"},
        {},
    ),
    "bad_update_syntax": ("update=CLEAR%20XYZ", FORM, {}),
    "bad_update_dataset_conflict": (
        f"using-named-graph-uri=x%3Apeople&update={quote('WITH <x:a> ' + INSERT[38:])}",
        FORM,
        {},
    ),
    "as a query": (f"query={quote(CLEAR)}", FORM, {}),
    "as a query, sent directly": (CLEAR, QUERY, {}),
    "behind a query": ("ASK {} ; DROP ALL", QUERY, {}),
    "behind a prologue": (f"# ASK\nBASE <x:y> PREFIX ask: <x:z> {CLEAR}", QUERY, {}),
    "beside a query": (f"query=ASK%20%7B%7D&update={quote(CLEAR)}", FORM, {}),
    "in the address": ("query=ASK%20%7B%7D", FORM, {"update": [CLEAR]}),
    "by its dataset": ("query=ASK%20%7B%7D", FORM, USING),
}  # fmt: skip


def size(site: Site) -> bytes:
    return get(site, query="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", format="csv").body


@pytest.mark.parametrize("name", UPDATES)
def test_updates_are_refused(site: Site, name: str) -> None:
    body, headers, fields = UPDATES[name]
    answer = post(site, body, headers, **fields)
    assert answer.status in (400, 403, 415)
    assert size(site).split()[1] == str(site.release.manifest.triples).encode()


def test_bad_update_get(site: Site) -> None:
    assert get(site, update=CLEAR).status == 403
