"""Every link of the site leads where it says, whoever follows it."""

from pathlib import Path
from zlib import crc32

import pytest
from rdflib import RDFS, Dataset, Literal, URIRef
from werkzeug.datastructures import Headers

from tests.asking import Told, ask
from tests.crawling import Crawl, Fetch
from tests.sampling import kinds
from tests.serving import Site, app_on, raw, silent
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import add_catalogue
from untocgraph.graph.release.publish import publish

PARTS = 4  # of the whole crawl, so that they can run side by side


def crawl_from(site: Site, chosen: set[str], left: set[str]) -> None:
    """Follow the links of the home page and of what is *chosen*. Queries go to a live server."""
    app = app_on(site.folder).wsgi_app

    def fetch(target: str, accept: str | None) -> Told:
        given = {"Accept": accept} if accept else {}
        if target.startswith(("/sparql?", "/api/")):
            answer = raw(site, "GET", target, headers=given)
            return Told(answer.status, Headers(answer.headers), answer.body)
        method = "HEAD" if "/dump/" in target else "GET"  # what is in them is told elsewhere
        return ask(app, target, method=method, **given)

    crawl = Crawl(site.base, fetch, left)
    crawl.run([site.base], chosen)
    assert crawl.faults == []
    led = {address for address, _ in crawl.documents}
    assert chosen <= crawl.named.keys() and len(led) > 10 * len(chosen)


def test_every_link_of_a_thing_of_each_kind_leads_where_it_says(site: Site) -> None:
    of_kind = kinds(site.release)
    chosen = {things[0] for things in of_kind.values()}
    assert len(chosen) > 300
    crawl_from(site, chosen, {iri for things in of_kind.values() for iri in things} - chosen)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "part", [pytest.param(n, marks=pytest.mark.xdist_group(f"crawl {n}")) for n in range(PARTS)]
)
def test_every_link_leads_where_it_says(part: int, site: Site) -> None:
    """From each thing of the dump."""
    things = {iri for of_kind in kinds(site.release).values() for iri in of_kind}
    chosen = {iri for iri in things if crc32(iri.removeprefix(site.base).encode()) % PARTS == part}
    crawl_from(site, chosen, things - chosen)


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


def crawled(fetch: Fetch, *left: str) -> list[str]:
    crawl = Crawl(BASE, fetch, left)
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


# ---- a part of a crawl ----

LEFT = f"{BASE}id/body/left"
ANSWERS = {
    "/id/body/one": (303, {"Location": "/doc/body/one"}, b""),
    "/doc/body/one": (200, {"Content-Type": "text/turtle"}, f'<{ONE}> <{RDFS.label}> "".'.encode()),
    "/id/body/left": (303, {"Location": "/doc/body/left"}, b""),
    "/doc/body/left": (200, {"Content-Type": "text/turtle"}, b"<a"),
}
HTML = {"Content-Type": "text/html"}


def part(page: str, left_page: str) -> tuple[list[str], list[str]]:
    """The faults of a crawl from ONE that leaves LEFT to others, and all that it fetched."""
    pages = {"/doc/body/one": page, "/doc/body/left": left_page}
    fetched = []

    def fetch(target: str, accept: str | None) -> Told:
        fetched.append(target)
        if accept and target in pages:
            return Told(200, Headers(HTML), pages[target].encode())
        status, headers, body = ANSWERS.get(target, (404, {}, b""))
        return Told(status, Headers(headers), body)

    return crawled(fetch, LEFT), fetched


@pytest.mark.parametrize("link", ["id/body/left", "doc/body/left", "doc/body/left.ttl?page=2"])
def test_what_is_left_to_another_part_is_not_followed(link: str) -> None:
    faults, fetched = part(f'<a href="/{link}">', "")
    assert faults == [] and not any("left" in each for each in fetched)


def test_a_place_in_a_page_that_is_left_is_looked_up_and_no_more() -> None:
    link = '<a href="/doc/body/left#here">'
    assert part(link, '<p id="here"><a href="/doc/gone">')[0] == []
    assert part(link, '<p id="there">')[0] == [
        f"{BASE}doc/body/left#here, from {BASE}doc/body/one: no such place"
    ]


def test_a_name_in_a_document_that_is_left_is_looked_up() -> None:
    """Only ONE's document names it, so no other part knows of it."""
    turtle = f"<{ONE}> <{RDFS.seeAlso}> <{LEFT}#part> .".encode()
    answers = ANSWERS | {"/doc/body/one": (200, {"Content-Type": "text/turtle"}, turtle)}

    def fetch(target: str, accept: str | None) -> Told:
        if accept and target == "/doc/body/one":
            return Told(200, Headers(HTML), b"")
        status, headers, body = answers.get(target, (404, {}, b""))
        return Told(status, Headers(headers), body)

    assert ["does not parse" in each for each in crawled(fetch, LEFT)] == [True]
    answers["/doc/body/left"] = (200, {"Content-Type": "text/turtle"}, b"\n")
    assert ["does not describe itself" in each for each in crawled(fetch, LEFT)] == [True]
    told = f'<{LEFT}#part> <{RDFS.label}> "" .'.encode()
    answers["/doc/body/left"] = (200, {"Content-Type": "text/turtle"}, told)
    assert crawled(fetch, LEFT) == []
