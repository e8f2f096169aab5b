"""Every link of the site leads where it says, whoever follows it."""

from pathlib import Path

import pyoxigraph
import pytest
from rdflib import RDFS, Dataset, Literal, URIRef
from werkzeug.datastructures import Headers

from tests.asking import Told, ask
from tests.crawling import Crawl, Fetch
from tests.serving import Site, app_on, raw, silent
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import add_catalogue
from untocgraph.graph.release.publish import Release, publish


def subjects(release: Release) -> set[str]:
    quads = pyoxigraph.parse(path=release.dump("untocgraph.nq"))
    found = {quad.subject.value for quad in quads if isinstance(quad.subject, pyoxigraph.NamedNode)}
    return {iri for iri in found if iri.startswith(release.base)}


def test_every_link_leads_where_it_says(site: Site) -> None:
    """From the home page and from each thing of the dump. Queries go to a live server."""
    app = app_on(site.folder).wsgi_app

    def fetch(target: str, accept: str | None) -> Told:
        given = {"Accept": accept} if accept else {}
        if target.startswith(("/sparql?", "/api/")):
            answer = raw(site, "GET", target, headers=given)
            return Told(answer.status, Headers(answer.headers), answer.body)
        method = "HEAD" if "/dump/" in target else "GET"  # what is in them is told elsewhere
        return ask(app, target, method=method, **given)

    things = subjects(site.release)
    crawl = Crawl(site.base, fetch)
    crawl.run([site.base], things)
    assert crawl.faults == []
    led = {address for address, _ in crawl.documents}
    assert things <= crawl.named.keys() and len(led) > 10 * len(things)


# ---- each kind of fault is found ----

BASE = "http://localhost:8000/"
IRIS = Iris(BASE)
ONE, OTHER = IRIS.body("one"), IRIS.body("other")


def faults(folder: Path, *triples: tuple[URIRef, URIRef, URIRef | Literal]) -> list[str]:
    """What a crawl from ONE finds where the release holds *triples*."""
    dataset = Dataset()
    graph = dataset.graph(IRIS.graph("reference"))
    for triple in triples:
        graph.add(triple)
    add_catalogue(dataset, IRIS)
    publish(dataset, folder, base=BASE, progress=silent)
    app = app_on(folder).wsgi_app

    def fetch(target: str, accept: str | None) -> Told:
        return ask(app, target, **({"Accept": accept} if accept else {}))

    return crawled(fetch)


def crawled(fetch: Fetch) -> list[str]:
    crawl = Crawl(f"{BASE}", fetch)
    crawl.run([], [str(ONE)])
    return crawl.faults


LABEL = (ONE, RDFS.label, Literal("One", lang="en"))


def test_a_thing_that_nothing_is_known_of_is_found(tmp_path: Path) -> None:
    away = (ONE, RDFS.seeAlso, URIRef(f"{BASE}no/such/place"))
    assert any(f"{BASE}no/such/place as DATA" in each for each in faults(tmp_path, LABEL, away))


def test_a_thing_that_says_nothing_of_itself_is_found(tmp_path: Path) -> None:
    """OTHER is pointed to, so it has a document, but no statement is about it."""
    found = faults(tmp_path, LABEL, (ONE, RDFS.seeAlso, OTHER))
    assert any(f"{OTHER}," in each and "does not describe itself" in each for each in found)


PAGES = {
    "a dead link": ('<a href="/doc/gone">', "404"),
    "a wrong type": ('<a href="/doc/x.ttl" type="text/html">', "says that"),
    "a place that is not there": ('<a href="#nowhere">', "no such place"),
    "what is not what its name says": ('<link href="/doc/x.nt">', "is text/turtle"),
    "what does not parse": ('<a href="/doc/broken.ttl">', "does not parse"),
    "what leads away": ('<a href="/doc/away">', "leads away"),
    "what leads in a circle": ('<a href="/doc/circle">', "303"),
}


@pytest.mark.parametrize("what", PAGES)
def test_a_fault_of_a_page_is_found(what: str) -> None:
    link, fault = PAGES[what]
    turtle = f'<{ONE}> <{RDFS.label}> "One" .'.encode()
    answers = {
        "/id/body/one": (303, {"Location": "/doc/body/one"}, b""),
        "/doc/body/one": (200, {"Content-Type": "text/turtle"}, turtle),
        "/doc/x.ttl": (200, {"Content-Type": "text/turtle"}, b""),
        "/doc/x.nt": (200, {"Content-Type": "text/turtle"}, b""),
        "/doc/broken.ttl": (200, {"Content-Type": "text/turtle"}, b"<a"),
        "/doc/away": (303, {"Location": "https://example.org/"}, b""),
        "/doc/circle": (303, {"Location": "/doc/circle"}, b""),
    }

    def fetch(target: str, accept: str | None) -> Told:
        if accept and target == "/doc/body/one":
            return Told(200, Headers({"Content-Type": "text/html"}), html.encode())
        status, headers, body = answers.get(target, (404, {}, b""))
        return Told(status, Headers(headers), body)

    html = "<p>"
    assert crawled(fetch) == []
    html = f"<p>{link}"
    assert [fault in each for each in crawled(fetch)] == [True]
