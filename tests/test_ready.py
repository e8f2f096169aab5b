"""What is kept and sent from memory is what Flask would have sent."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from rdflib import RDFS, Dataset, Literal

from tests.asking import Told, ask
from tests.serving import BROWSER, SLUG, silent
from untocgraph.graph.iris import Iris
from untocgraph.graph.release.publish import publish
from untocgraph.server.cache.responses import Kept, Ready, Store, kept_answer, may_be_kept
from untocgraph.server.http.codings import CODINGS
from untocgraph.server.http.negotiation import Kind, offered
from untocgraph.server.web.app import Settings, create_app

BASE = "http://localhost:8000/"
PARAGRAPH = f"report/{SLUG}/para/7"
TARGETS = (
    f"/id/{PARAGRAPH}",
    f"/id/{PARAGRAPH}?format=nt",
    *(f"/doc/{PARAGRAPH}.{row.suffix}" for row in offered(Kind.GRAPH, Kind.DATASET)),
    f"/doc/{PARAGRAPH}",
    f"/doc/{PARAGRAPH}?format=trig",
    f"/doc/{PARAGRAPH}?profile=framed",
    "/doc/state/chl",
    f"/doc/treaty/{quote('untoc')}/article/26",
    "/ontology",
    f"/graph/{SLUG}/stated.nq",
    "/context.jsonld",
    "/",
    "/findings",
    "/problems",
    "/sparql",
    "/static/style.css",
)
WISHES: tuple[dict[str, str], ...] = (
    {},
    {"Accept": "*/*"},
    BROWSER,
    {"Accept": "application/ld+json"},
    *({"Accept_Encoding": coding.name} for coding in CODINGS),
    {"Accept_Encoding": "gzip, identity;q=0", "Accept": "text/turtle;q=0, */*"},
)


def app_with(folder: Path, size: int) -> Any:
    """The application as WSGI, which keeps so many bytes of answers."""
    app = create_app(Settings(folder=folder, pool=folder / "no-pool", cache=2 * size))
    return app.wsgi_app


@pytest.fixture(scope="module")
def flask(published: tuple[Path, object]) -> Any:
    """Nothing is kept: each answer is Flask's."""
    return app_with(published[0], 0)


@pytest.fixture(scope="module")
def ready(published: tuple[Path, object]) -> Any:
    return app_with(published[0], 100_000_000)


def refuse(environ: object, start_response: object) -> Any:
    raise AssertionError("this was to be answered from memory")


class Alone:
    """*ready* without Flask: it has what it keeps and nothing else."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready

    def __enter__(self) -> Ready:
        self._app, self._ready._app = self._ready._app, refuse
        return self._ready

    def __exit__(self, *error: object) -> None:
        self._ready._app = self._app


def same(one: Told, other: Told) -> bool:
    return (one.status, list(one.headers), one.body) == (
        other.status,
        list(other.headers),
        other.body,
    )


@pytest.mark.parametrize("wish", WISHES, ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_headers_and_bytes_are_flasks(
    flask: Any, ready: Any, target: str, wish: dict[str, str]
) -> None:
    made = ask(flask, target, **wish)
    assert made.status in (200, 303), made.body
    assert same(ask(ready, target, **wish), made)
    with Alone(ready) as alone:
        assert same(ask(alone, target, **wish), made)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", [*TARGETS[:3], "/static/style.css", "/"])
def test_conditions_are_flasks(flask: Any, ready: Any, target: str, method: str) -> None:
    made = ask(ready, target)
    etag, modified = made.headers.get("ETag", '"none"'), made.headers.get("Last-Modified", "now")
    for condition in (
        {},
        {"If_None_Match": etag},
        {"If_None_Match": f'W/{etag}, "x"'},
        {"If_None_Match": "*"},
        {"If_None_Match": '"x"'},
        {"If_Modified_Since": modified},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
        {"If_None_Match": '"x"', "If_Modified_Since": modified},
    ):
        expected = ask(flask, target, method=method, **condition)
        with Alone(ready) as alone:
            assert same(ask(alone, target, method=method, **condition), expected), condition


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/id/body/nobody", {}),
        ("/nothing", {}),
        (f"/doc/{PARAGRAPH}", {"Accept": "image/png"}),
        ("/health", {}),
        ("/dump/untocgraph.nq", {}),
        (f"/doc/{PARAGRAPH}.ttl", {"Range": "bytes=0-9"}),
        (f"/doc/{PARAGRAPH}.nt", {"If_Match": '"x"'}),
    ],
)
def test_what_is_not_kept(
    flask: Any, published: tuple[Path, object], target: str, headers: dict[str, str]
) -> None:
    fresh = app_with(published[0], 100_000_000)
    ask(fresh, target, **headers)
    with Alone(fresh) as alone, pytest.raises(AssertionError, match="from memory"):
        ask(alone, target, **headers)


def test_a_release_takes_its_answers_with_it(tmp_path: Path) -> None:
    def release(label: str) -> None:
        dataset, iris = Dataset(), Iris(BASE)
        graph = dataset.graph(iris.graph("reference"))
        graph.add((iris.body("x"), RDFS.label, Literal(label)))
        publish(dataset, tmp_path, base=BASE, progress=silent)

    release("first")
    app = app_with(tmp_path, 1_000_000)
    for _ in range(2):
        assert b"first" in ask(app, "/doc/body/x.nt").body
    release("second")
    assert b"second" in ask(app, "/doc/body/x.nt").body


# ---- the store ----


def kept(body: bytes) -> Kept:
    return kept_answer(("/", "", None, None), "200 OK", [], body)


def test_the_store_is_bounded_and_keeps_what_is_asked_for() -> None:
    size = kept(b"").size
    store = Store(None, 3 * size)
    names: list[tuple[str, str, None, None]] = [(f"/{n}", "", None, None) for n in range(4)]
    for name in names[:3]:
        store.add(name, kept(b""))
    assert store.get(names[0]) is not None  # and so the second is the oldest
    store.add(names[3], kept(b""))
    assert [store.get(name) is not None for name in names] == [True, False, True, True]


def test_the_same_answer_twice_counts_once() -> None:
    size = kept(b"").size
    store = Store(None, 2 * size)
    for _ in range(5):
        store.add(("/a", "", None, None), kept(b""))
    store.add(("/b", "", None, None), kept(b""))
    assert store.get(("/a", "", None, None)) is not None


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        ("200 OK", {"Content-Length": "10"}, True),
        ("200 OK", {"Content-Length": "10", "Vary": "Accept, Accept-Encoding"}, True),
        ("303 SEE OTHER", {"Content-Length": "10"}, True),
        ("200 OK", {"Content-Length": "10", "Vary": "Accept, Cookie"}, False),
        ("200 OK", {"Content-Length": "11"}, False),
        ("200 OK", {}, False),
        ("304 NOT MODIFIED", {"Content-Length": "0"}, False),
        ("404 NOT FOUND", {"Content-Length": "10"}, False),
    ],
)
def test_what_may_be_kept(status: str, headers: dict[str, str], expected: bool) -> None:
    assert may_be_kept(status, list(headers.items()), 10) is expected
