"""Releases under their hash, and what changed from one to another, as the server tells it."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from rdflib import RDFS, Dataset, Literal

from tests.asking import Told, ask
from tests.serving import BROWSER, app_on, silent
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import add_catalogue
from untocgraph.graph.release.publish import Release, publish
from untocgraph.server.web.routes.releases import SHOWN

BASE = "http://localhost:8000/"
IRIS = Iris(BASE)


def release(folder: Path, **labels: str) -> Release:
    dataset = Dataset()
    graph = dataset.graph(IRIS.graph("reference"))
    for name, label in labels.items():
        graph.add((IRIS.body(name), RDFS.label, Literal(label, lang="en")))
    add_catalogue(dataset, IRIS)
    return publish(dataset, folder, base=BASE, progress=silent)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Release, Release]:
    folder = tmp_path_factory.mktemp("releases")
    old = release(folder, same="Same", edited="<Old> & name", removed="Gone")
    new = release(folder, same="Same", edited="New name")
    return app_on(folder), old, new


def lines(found: Release) -> set[str]:
    return set(found.dump("untocgraph.nq").read_text(encoding="utf-8").splitlines())


def told(app: Flask, target: str, **headers: str) -> Told:
    answer = ask(app.wsgi_app, target, **headers)
    assert answer.status == 200, answer.body
    return answer


def test_both_are_listed_with_the_way_between_them(pair: tuple[Flask, Release, Release]) -> None:
    app, old, new = pair
    listed = json.loads(told(app, "/releases.json").body)["releases"]
    assert [each["sha256"] for each in listed] == [new.sha256, old.sha256]
    assert [each["current"] for each in listed] == [True, False]
    assert listed[0]["diff"] == f"{BASE}release/{new.sha256}/diff/{old.sha256}"
    assert listed[1]["diff"] is None
    page = told(app, "/releases", **BROWSER).body.decode()
    assert page.index(new.sha256) < page.index(old.sha256)
    last = ask(app.wsgi_app, f"/release/{new.sha256}/diff")
    assert (last.status, last.headers["Location"]) == (302, listed[0]["diff"])
    assert ask(app.wsgi_app, f"/release/{old.sha256}/diff").status == 404


def test_the_sides_are_the_differences_of_the_dumps(pair: tuple[Flask, Release, Release]) -> None:
    app, old, new = pair
    for one, other in ((new, old), (old, new)):
        path = f"/release/{one.sha256}/diff/{other.sha256}"
        added, removed = (
            set(told(app, f"{path}/{side}.nq").body.decode().splitlines())
            for side in ("added", "removed")
        )
        assert (added, removed) == (lines(one) - lines(other), lines(other) - lines(one))
        numbers = json.loads(told(app, path, Accept="application/json").body)
        assert (numbers["added"], numbers["removed"]) == (len(added), len(removed))


def test_a_page_shows_what_changed(pair: tuple[Flask, Release, Release]) -> None:
    app, old, new = pair
    page = told(app, f"/release/{new.sha256}/diff/{old.sha256}", **BROWSER).body.decode()
    rows = re.findall(r'<tr class="(added|removed)">(.*?)</tr>', page, re.DOTALL)
    assert any(kind == "added" and "New name" in row for kind, row in rows)
    assert any(kind == "removed" and "&lt;Old&gt; &amp; name" in row for kind, row in rows)
    assert any(kind == "removed" and "Gone" in row for kind, row in rows)
    assert not any("Same" in row for _, row in rows)
    assert f"/release/{old.sha256}/diff/{new.sha256}" in page, "the other way round"
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    same = told(app, f"/release/{new.sha256}/diff/{new.sha256}", **BROWSER).body.decode()
    assert "The two releases say the same." in same and '<tr class="' not in same


def test_no_graph_takes_all_the_room_of_a_page(tmp_path: Path) -> None:
    old = release(tmp_path, **{f"body-{number}": "x" for number in range(3 * SHOWN)})
    new = release(tmp_path, one="y")
    path = f"/release/{new.sha256}/diff/{old.sha256}"
    page = told(app_on(tmp_path), path, **BROWSER).body.decode()
    assert [page.count(f'<h2 id="{name}">') for name in ("catalogue", "reference")] == [1, 1]
    assert page.count('<tr class="') < 2 * SHOWN + 2


def test_what_is_no_release_is_told_so(pair: tuple[Flask, Release, Release]) -> None:
    app, _, new = pair
    for target in (
        f"/release/{'0' * 64}",
        f"/release/{new.sha256}/diff/{'0' * 64}",
        f"/release/{new.sha256[:12]}x",
        f"/release/{new.sha256}/diff/{new.sha256}/changed.nq",
    ):
        answer = ask(app.wsgi_app, target)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_an_old_release_keeps_its_dumps(pair: tuple[Flask, Release, Release]) -> None:
    app, old, _ = pair
    nquads = told(app, f"/release/{old.sha256}/dump/untocgraph.nq")
    assert set(nquads.body.decode().splitlines()) == lines(old)
    assert nquads.headers["ETag"] == f'"{old.sha256}"'
    assert "immutable" in nquads.headers["Cache-Control"]
