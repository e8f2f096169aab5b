"""What was answered once is not evaluated again, and is the same answer."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.serving import graphs, silent
from untocgraph.graph.query.evaluate import Local, Request, evaluate, open_store
from untocgraph.graph.release.publish import publish
from untocgraph.server.web.app import Settings, create_app
from untocgraph.server.workers.client import Answer

BASE = "http://localhost:9/"
NAMES = "SELECT ?name { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?name } ORDER BY ?name"


class Counting:
    """A pool of one process that counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, store: Path, request: Request, **_: object) -> Answer:
        self.asked += 1
        file = io.BytesIO()
        cut = evaluate(Local(open_store(store)), request, file.write)
        size = file.tell()
        file.seek(0)
        return Answer(file, size, cut)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    publish(graphs(BASE), folder, base=BASE, progress=silent)
    return folder


@pytest.fixture
def app(folder: Path) -> Any:
    app = create_app(Settings(folder=folder, pool=folder / "no-pool"))
    app.config["POOL"] = Counting()
    return app


@pytest.fixture
def client(app: Any) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def doors(client: FlaskClient, query: str, **fields: str) -> Iterator[Any]:
    beside = urlencode(fields)
    yield client.get("/sparql", query_string={"query": query, **fields})
    yield client.get(f"/sparql?{beside}&a=b&{urlencode({'query': query})}")
    yield client.post("/sparql", data={"query": query, **fields})
    yield client.post(f"/sparql?{beside}", data=query, content_type="application/sparql-query")


def test_one_question_is_evaluated_once_whatever_the_door(app: Any, client: FlaskClient) -> None:
    first, *others = doors(client, NAMES)
    assert app.config["POOL"].asked == 1
    assert "智利" in first.text
    for other in others:
        assert (other.status_code, other.data) == (200, first.data)
        assert other.content_type == first.content_type
    assert [answer.headers["Cache-Control"] for answer in others[1:]] == ["no-store"] * 2


def test_each_format_and_dataset_is_a_question_of_its_own(app: Any, client: FlaskClient) -> None:
    plain = client.post("/sparql", data={"query": NAMES})
    for fields in ({"format": "csv"}, {"default-graph-uri": "u:none"}, {"maxrows": "1"}):
        before = app.config["POOL"].asked
        answers = list(doors(client, NAMES, **fields))
        assert app.config["POOL"].asked == before + 1
        assert len({answer.data for answer in answers}) == 1
        assert answers[0].data != plain.data


def test_that_an_answer_was_cut_is_said_each_time(client: FlaskClient) -> None:
    for answer in doors(client, NAMES, maxrows="2"):
        assert answer.headers["X-SPARQL-MaxRows"] == "2"
        assert len(answer.json["results"]["bindings"]) == 2
    assert "X-SPARQL-MaxRows" not in client.post("/sparql", data={"query": NAMES}).headers


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_coding_is_kept_with_its_answer(app: Any, client: FlaskClient, coding: str) -> None:
    answers = [
        client.post("/sparql", data={"query": NAMES}, headers={"Accept-Encoding": coding})
        for _ in range(2)
    ]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {coding}
    assert answers[0].data == answers[1].data
    assert app.config["POOL"].asked == 1


@pytest.mark.parametrize(
    "query", ["SELECT (RAND() AS ?x) {}", "CONSTRUCT { [] a ?c } { [] a ?c } LIMIT 1"]
)
def test_what_differs_each_time_is_evaluated_each_time(
    app: Any, client: FlaskClient, query: str
) -> None:
    for count in (1, 2, 3):
        client.get("/sparql", query_string={"query": query})
        assert app.config["POOL"].asked == count


def test_a_new_release_is_asked_anew(app: Any, client: FlaskClient, folder: Path) -> None:
    count = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    before: Any = client.post("/sparql", data=count).json
    dataset = graphs(BASE)
    stated = next(graph for graph in dataset.graphs() if str(graph.identifier).startswith(BASE))
    stated.remove(next(iter(stated)))
    publish(dataset, folder, base=BASE, progress=silent)
    after: Any = client.post("/sparql", data=count).json
    numbers = [int(found["results"]["bindings"][0]["n"]["value"]) for found in (before, after)]
    assert numbers[1] == numbers[0] - 1


def test_a_long_answer_is_sent_and_not_kept(folder: Path) -> None:
    app = create_app(Settings(folder=folder, pool=folder / "no-pool", cache=32 * 1000))
    pool: Any = Counting()
    app.config["POOL"] = pool
    everything = {"query": "SELECT * { ?s ?p ?o }"}
    with app.test_client() as client:
        answers = [client.get("/sparql", query_string=everything) for _ in range(2)]
    assert answers[0].data == answers[1].data and len(answers[0].data) > 1000
    assert len(json.loads(answers[0].data)["results"]["bindings"]) > 100
    assert pool.asked == 2
