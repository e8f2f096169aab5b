"""Questions by their address, and the description of the interface held against the server."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from pyoxigraph import Literal
from rdflib import Graph, Namespace
from rdflib.namespace import RDF
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.serving import Site
from untocgraph.graph.query.tokens import Kind, tokens
from untocgraph.ontology.competency import BadValue, Type, questions, read_question

BASE = "https://example.org/kg/"
BROWSER = {"Accept": "text/html"}
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
ASKED = [one for one in questions(BASE) if one.parameters]
HEAD = "".join(f"# {key}@{tag}: x\n" for key in ("title", "description") for tag in ("en", "zh"))
PARAM = "# param-x: string\n# param-x@en: x\n# param-x@zh: x\n"


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.base) as client:
        yield client


# ---- parameters ----


def test_there_are_parameters_of_several_types() -> None:
    assert len(ASKED) >= 6
    assert {each.type for one in ASKED for each in one.parameters} >= {
        Type.STRING,
        Type.INTEGER,
        Type.IRI,
    }


@pytest.mark.parametrize("question", ASKED, ids=lambda one: one.name)
def test_without_values_it_is_what_the_file_asks(question: Any) -> None:
    assert question.asking({}) == question.query


@given(st.sampled_from(ASKED), st.text(max_size=50))
def test_a_value_is_a_term_and_never_a_part_of_the_query(question: Any, text: str) -> None:
    plain = tokens(question.query)
    for parameter in question.parameters:
        try:
            term = parameter.type.term(text, BASE)
        except BadValue:
            continue
        asked = tokens(question.asking({parameter.name: term}))
        at = next(n for n, token in enumerate(plain) if token.start == parameter.place[0])
        behind = [(token.kind, token.text) for token in asked[-(len(plain) - at - 1) :]]
        assert behind == [(token.kind, token.text) for token in plain[at + 1 :]]
        assert asked[:at] == plain[:at]
        assert asked[at].kind in (Kind.STRING, Kind.IRI)


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (Type.INTEGER, "1.5"),
        (Type.INTEGER, ""),
        (Type.INTEGER, "１"),
        (Type.INTEGER, "1" * 19),
        (Type.DATE, "2013-13-01"),
        (Type.DATE, "yesterday"),
        (Type.IRI, "id/a b> } DROP"),
        (Type.STRING, "x" * 201),
    ],
)
def test_a_value_of_another_type_is_refused(type: Type, text: str) -> None:
    with pytest.raises(BadValue):
        type.term(text, BASE)


def test_dates_are_dates() -> None:
    found = Type.DATE.term("2013-10-28", BASE)
    assert isinstance(found, Literal)
    assert (found.value, found.datatype.value[-4:]) == ("2013-10-28", "date")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + PARAM + "SELECT ?x {}",
        HEAD + PARAM + 'SELECT ?x { VALUES ?x { "a" } VALUES ?x { "b" } }',
        HEAD + PARAM.replace("string", "thing") + 'SELECT ?x { VALUES ?x { "a" } }',
        HEAD + "# param-x: string\n# param-x@en: x\n" + 'SELECT ?x { VALUES ?x { "a" } }',
    ],
)
def test_a_parameter_without_its_place_title_or_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_question("q", text, BASE)


# ---- over HTTP ----


def test_every_question_has_an_address(client: httpx.Client, site: Site) -> None:
    found = client.get("api").json()["questions"]
    assert [one["question"] for one in found] == [one.name for one in questions(site.base)]
    for one in found:
        answer = client.get(one["address"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["title"] == one["title"]
        usual = {each["name"]: each["default"] for each in one["parameters"]}
        asked = client.get(one["address"], params=usual).json()
        assert asked["rows"] == answer.json()["rows"] != []


def test_the_answer_is_that_of_the_query(client: httpx.Client) -> None:
    answer = client.get("api/attendance-by-status").json()
    again = client.get(answer["sparql"]).json()
    assert answer["columns"] == again["head"]["vars"]
    assert [[str(cell) for cell in row.values()] for row in answer["rows"]] == [
        [row[column]["value"] for column in answer["columns"]]
        for row in again["results"]["bindings"]
    ]
    assert isinstance(answer["rows"][0]["delegations"], int)


def test_a_parameter_changes_the_answer(client: httpx.Client) -> None:
    four = client.get("api/speakers").json()
    three = client.get("api/speakers", params={"item": "3"}).json()
    assert four["parameters"] == {"item": "4"} and three["parameters"] == {"item": "3"}
    assert four["rows"] and three["rows"] and four["rows"] != three["rows"]
    assert client.get("api/speakers", params={"item": '4" } #'}).json()["rows"] == []


def test_an_iri_is_whole_or_relative(client: httpx.Client, site: Site) -> None:
    name = "api/recommendations-on-article"
    usual = client.get(name).json()["rows"]
    for article in ("id/treaty/untoc/article/26", f"{site.base}id/treaty/untoc/article/26"):
        assert client.get(name, params={"article": article}).json()["rows"] == usual
    other = client.get(name, params={"article": "id/treaty/untoc/article/24"}).json()["rows"]
    assert other != usual


@pytest.mark.parametrize(
    ("address", "parameter", "says"),
    [
        ("api/speakers?thing=4", "thing", "item"),
        ("api/speakers?item=4&item=5", "item", "once"),
        ("api/who-is-trained?from=many", "from", "from=1"),
        ("api/recommendations-on-article?article=%00", "article", "article=id/"),
        ("api/recommendations-on-article?article=", "article", "article=id/"),
        ("api/recommendations-on-article?article=26", "article", "article=id/"),
        ("api/recommendations-on-article?article=%E6%99%BA%E5%88%A9", "article", "article=id/"),
        ("api/recommendations-on-article?article=Article%2026", "article", "article=id/"),
        ("api/recommendations-on-article?article=/id/treaty", "article", "article=id/"),
        ("api/recommendations-on-article?article=../id/treaty", "article", "article=id/"),
        ("api/recommendations-on-article?article=//host/id/x", "article", "article=id/"),
        ("api/recommendations-on-article?article=id/a%20b", "article", "article=id/"),
        ("api/recommendations-on-article?article=%3Cid/x%3E", "article", "article=id/"),
        ("api/recommendations-on-article?article=http://%5Bx/", "article", "article=id/"),
        ("api/recommendations-on-article?article=%20http://x/", "article", "article=id/"),
        ("lookup?uri=chile", "uri", "uri=http"),
        ("lookup?uri=http://a%20b", "uri", "uri=http"),
        ("api/attendance-by-status?x=1", "x", "none"),
    ],
)
def test_a_bad_parameter_is_named(
    client: httpx.Client, address: str, parameter: str, says: str
) -> None:
    answer = client.get(address)
    problem = answer.json()
    assert answer.status_code == 400
    assert problem["type"].endswith("problems#bad-parameter")
    assert problem["parameter"] == parameter
    assert says in problem["detail"]


def test_an_unknown_thing(client: httpx.Client, site: Site) -> None:
    for unknown in ("id/nothing", f"{site.base}id/nothing", "urn:x:nothing"):
        answer = client.get("api/recommendations-on-article", params={"article": unknown})
        assert answer.status_code == 404
        whole = f"{site.base}id/nothing" if "id/" in unknown else unknown
        assert f"article is {whole} , of which nothing is known" in answer.json()["detail"]


def test_an_unknown_question(client: httpx.Client) -> None:
    answer = client.get("api/none")
    assert answer.status_code == 404 and "/api " in answer.json()["detail"]


def test_formats(client: httpx.Client) -> None:
    rows = client.get("api/speakers").json()["rows"]
    table = csv.DictReader(
        io.StringIO(client.get("api/speakers", headers={"Accept": "text/csv"}).text, newline="")
    )
    assert list(table) == rows
    graph = Graph().parse(data=client.get("api/speakers?format=ttl").text, format="turtle")
    (found,) = graph.subjects(RDF.type, RS.ResultSet)
    assert len(list(graph.objects(found, RS.solution))) == len(rows)
    first = next(graph.subjects(RS["index"], None))
    assert len(list(graph.objects(first, RS.binding))) == 2
    page = client.get("api/speakers", headers=BROWSER).text
    assert all(row["speaker"] in page for row in rows)
    index = client.get("api", headers=BROWSER).text
    assert 'name="item"' in index


# ---- the description ----


def test_the_description_is_one(client: httpx.Client) -> None:
    answer = client.get("api/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    validate(answer.json())
    assert "/api/speakers" in answer.json()["paths"]


@pytest.fixture(scope="module")
def interface(site: Site) -> Any:
    return schemathesis.openapi.from_url(f"{site.base}api/openapi.json")


def hold(operation: Any, mode: GenerationMode) -> int:
    """How many requests the operation was held to its description by."""
    # That a text is a query, or holds a word, is more than a schema can say; and without one these
    # two describe themselves, whatever else is sent.
    free = operation.path in ("/sparql", "/search")
    unsaid = [positive_data_acceptance, negative_data_rejection] if free else []
    held = 0

    @settings(
        max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        nonlocal held
        held += 1
        case.call_and_validate(excluded_checks=unsaid)

    try:
        holds()
    except Unsatisfiable:  # there is nothing that could be wrong
        return 0
    return held


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_server_keeps_to_its_description(interface: Any, mode: GenerationMode) -> None:
    """What the description allows is answered as it says, and what it forbids is refused."""
    assert sum(hold(found.ok(), mode) for found in interface.get_all_operations()) > 100
