"""Every address of ours leads to a document about it, in every format, with its neighbours."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask
from rdflib import DCTERMS, RDF, RDFS, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from tests.asking import Told, ask
from tests.serving import BROWSER, SLUG, Site, app_on, graphs, silent
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import add_catalogue
from untocgraph.graph.release.publish import Release, publish
from untocgraph.server.http.negotiation import JSON_LD_PROFILES, Kind, offered
from untocgraph.server.repository.archive import LOOKED_AT
from untocgraph.server.repository.lookup import Lines

BASE = "http://localhost:8000/"
PARAGRAPH = f"doc/report/{SLUG}/para/7"
KINDS = (
    PARAGRAPH,
    f"{PARAGRAPH}/recommendation",
    f"{PARAGRAPH}/norm/1",
    f"doc/report/{SLUG}",
    "doc/state/chl",
    "doc/body/unodc",
    "doc/concept/modality",
    "doc/concept/modality/should",
    "ontology",
    "shapes",
    f"graph/{SLUG}/stated",
)
PARSERS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    plain = {"Accept": "*/*", "Accept-Encoding": "identity"}
    with httpx.Client(base_url=site.base, headers=plain, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def app(published: tuple[Path, object]) -> Any:
    return app_on(published[0]).wsgi_app


# ---- formats ----


@pytest.mark.parametrize("path", KINDS)
def test_formats_say_the_same(client: httpx.Client, path: str) -> None:
    """rdflib fetches the context of the JSON-LD from us."""
    read = {
        suffix: Graph().parse(data=client.get(f"{path}.{suffix}").text, format=name)
        for suffix, name in PARSERS.items()
    }
    assert len(read["nt"]) > 3
    for suffix, found in read.items():
        assert isomorphic(found, read["nt"]), suffix


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize(("suffix", "name"), [("nq", "nquads"), ("trig", "trig")])
def test_each_triple_stands_in_its_graph(
    client: httpx.Client, site: Site, path: str, suffix: str, name: str
) -> None:
    found = Dataset()
    found.parse(data=client.get(f"{path}.{suffix}").text, format=name)
    quads = [quad for quad in found.quads() if not any("BNode" in type(t).__name__ for t in quad)]
    everything = graphs(site.base)
    assert quads
    for s, p, o, graph in quads:
        assert graph is not None
        assert (s, p, o) in everything.graph(graph), (s, p, o, graph)
    triples = Graph().parse(data=client.get(f"{path}.nt").text, format="nt")
    assert len(list(found.quads())) == len(triples)


def test_turtle_of_a_graph_is_the_dump(client: httpx.Client, site: Site) -> None:
    for suffix in ("ttl", "nt", "rdf", "jsonld"):
        told = client.get(f"graph/reference.{suffix}")
        assert told.content == site.release.dump(f"graphs/reference.{suffix}").read_bytes()


# ---- JSON-LD ----


def test_the_usual_json_ld_is_compact(client: httpx.Client, site: Site) -> None:
    told = client.get(f"{PARAGRAPH}.jsonld")
    assert told.headers["Content-Type"] == "application/ld+json"
    context = told.json()["@context"]
    assert context == f"{site.base}context.jsonld"
    served = client.get(context)
    assert served.headers["Content-Type"] == "application/ld+json"
    assert "@version" in served.json()["@context"]


@pytest.mark.parametrize("name", ["expanded", "framed"])
def test_a_profile_by_address_and_by_accept(client: httpx.Client, name: str) -> None:
    path, iri = f"{PARAGRAPH}/recommendation", JSON_LD_PROFILES + name
    wish = f'application/ld+json;profile="{iri}"'
    ways = [
        client.get(f"{path}.jsonld?profile={name}"),
        client.get(path, params={"profile": name}),
        client.get(path, params={"format": "jsonld", "profile": iri}),
        client.get(path, headers={"Accept": wish}),
        client.get(
            path, headers={"Accept": f'text/turtle;q=0.5, application/ld+json;profile="{iri}"'}
        ),
    ]
    assert {way.status_code for way in ways} == {200}
    assert {way.headers["Content-Type"] for way in ways} == {wish}
    assert {way.headers["Content-Location"] for way in ways} == {
        f"{client.base_url}{path}.jsonld?profile={name}"
    }
    assert len({way.content for way in ways}) == 1
    usual = client.get(f"{path}.jsonld")
    assert usual.content != ways[0].content and usual.headers["ETag"] != ways[0].headers["ETag"]


def test_expanded_says_the_same_without_a_context(client: httpx.Client) -> None:
    text = client.get(f"{PARAGRAPH}.jsonld?profile=expanded").text
    assert "@context" not in text
    triples = Graph().parse(data=client.get(f"{PARAGRAPH}.nt").text, format="nt")
    assert isomorphic(Graph().parse(data=text, format="json-ld"), triples)


def test_a_recommendation_as_one_tree(client: httpx.Client, site: Site) -> None:
    """Its norm, its words and its article stand inside one another, from the top."""
    tree = client.get(f"{PARAGRAPH}/recommendation.jsonld?profile=framed").json()
    assert tree["id"] == f"{site.paragraph(7)}/recommendation"
    norm = tree["hasNorm"]
    assert norm["id"] == f"{site.paragraph(7)}/norm/1"
    assert "oa:exact" in json.dumps(norm["facts"])
    assert f"{site.base}id/treaty/untoc/article/26" in json.dumps(norm, ensure_ascii=False)


def test_a_wish_that_cannot_be_met(client: httpx.Client) -> None:
    """In Accept a profile is a wish, in an address it is a name."""
    unknown = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"'
    told = client.get(PARAGRAPH, headers={"Accept": unknown})
    assert told.content == client.get(f"{PARAGRAPH}.jsonld").content
    refused = client.get(f"{PARAGRAPH}.jsonld?profile=flattened")
    assert refused.status_code == 406
    assert refused.json()["offered"] == ["compacted", "expanded", "framed"]
    assert client.get("ontology.jsonld?profile=framed").status_code == 406


# ---- every address ----


def test_every_subject_is_described_where_it_leads(app: Any, published: tuple[Path, Any]) -> None:
    """Each subject of the dump that is ours: a document says all that the dump says of it."""
    release = published[1].release
    lines = release.dump("untocgraph.nq").read_text(encoding="utf-8").splitlines()
    said: dict[str, set[str]] = {}
    for line in lines:
        if line.startswith(f"<{BASE}"):
            said.setdefault(line[1 : line.index(">")], set()).add(line)
    assert len(said) > 1000
    documents: dict[str, set[str]] = {}
    for iri, expected in said.items():
        address, _, fragment = iri.partition("#")
        path = urlsplit(address).path
        if path.startswith("/id/"):
            assert ask(app, path).headers["Location"] == f"{BASE}doc/{path.removeprefix('/id/')}"
            path = path.replace("/id/", "/doc/", 1)
        if fragment:
            found = documents.setdefault(path, lines_of(ask(app, f"{path}.nq")))
        else:
            found = lines_of(ask(app, f"{path}.nq"))
        assert without_blank(expected) <= found, iri


def lines_of(told: Told) -> set[str]:
    assert told.status == 200, told
    return set(told.body.decode().splitlines())


def without_blank(lines: set[str]) -> set[str]:
    """A label that stands for no address is another in each document."""
    return {line for line in lines if "_:" not in line}


ALPHABET = "aZ0/%()+' ;,:@&=$!*~_.-?#[]{}|^`\"<>\\各国ñ\u0301é🙂"


def test_a_thousand_addresses_go_round_once(tmp_path: Path) -> None:
    """Whatever stands in a symbol: address, thing, document, and what it says are one."""
    chance = random.Random(20131028)
    iris = Iris(BASE)
    symbols = {
        "".join(chance.choices(ALPHABET, k=chance.randint(1, 12))).strip("/") or "x"
        for _ in range(1000)
    }
    symbols |= {"a%2Fb", "a%252Fb", "a/b", "a+b", "a b", "a%20b", "(1)", "it's", "附件/第一号"}
    dataset = Dataset()
    graph = dataset.graph(iris.graph("reference"))
    for symbol in symbols:
        graph.add((iris.document(symbol), RDFS.label, Literal(symbol)))
    publish(dataset, tmp_path, base=BASE, progress=silent)
    app = app_on(tmp_path).wsgi_app
    for symbol in symbols:
        iri = str(iris.document(symbol))
        thing = ask(app, iri.removeprefix(BASE[:-1]))
        assert thing.status == 303, iri
        location = thing.headers["Location"]
        assert location == iri.replace("/id/", "/doc/", 1)
        told = ask(app, f"{location.removeprefix(BASE[:-1])}?format=nt")
        found = Graph().parse(data=told.body.decode(), format="nt")
        assert [str(o) for o in found.objects(URIRef(iri), RDFS.label)] == [symbol]


# ---- links ----


@pytest.mark.parametrize("path", KINDS)
def test_links_lead_somewhere(client: httpx.Client, site: Site, path: str) -> None:
    told = client.get(path)
    links = told.headers.get_list("Link", split_commas=False)
    assert sum(map(len, links)) < 3000  # a proxy takes 4 kB of headers in all
    targets = [link[1 : link.index(">")] for link in links]
    relations = {link.partition('rel="')[2].partition('"')[0] for link in links}
    assert {"alternate", "canonical", "cite-as"} <= relations
    for target, link in zip(targets, links, strict=True):
        if target.startswith(site.base):
            answer = client.get(target)
            assert answer.status_code in (200, 303), target
            if 'type="' in link:
                media_type = link.partition('type="')[2].partition('"')[0]
                assert answer.headers["Content-Type"].startswith(media_type)


def test_each_format_is_an_alternate(client: httpx.Client) -> None:
    links = client.get(PARAGRAPH).headers["Link"]
    for row in offered(Kind.GRAPH, Kind.DATASET):
        assert f'<{client.base_url}{PARAGRAPH}.{row.suffix}>; rel="alternate"; ' in links
    for name in ("expanded", "framed"):
        assert f"{PARAGRAPH}.jsonld?profile={name}>" in links


def test_a_thing_leads_to_its_document(client: httpx.Client, site: Site) -> None:
    link = client.get(f"id/report/{SLUG}/para/7").headers["Link"]
    assert link == f'<{site.base}{PARAGRAPH}>; rel="describedby"'
    back = client.get(PARAGRAPH).headers["Link"]
    assert f'<{site.paragraph(7)}>; rel="describes"' in back
    assert f'<{site.paragraph(7)}>; rel="cite-as"' in back
    assert f'<{site.base}id/report/{SLUG}/section/II.A>; rel="collection"' in back
    assert f'<{site.base}ontology#NumberedParagraph>; rel="type"' in back


def test_pages_of_a_hub_lead_on_and_back(client: httpx.Client, site: Site) -> None:
    hub = f"{site.base}doc/body/hub"
    first, second, third = (
        client.get("doc/body/hub", params={"page": number} if number > 1 else {})
        for number in (1, 2, 3)
    )
    assert f'<{hub}?page=2>; rel="next"' in first.headers["Link"]
    assert 'rel="prev"' not in first.headers["Link"]
    assert f'<{hub}>; rel="prev"' in second.headers["Link"]
    assert f'<{hub}?page=3>; rel="next"' in second.headers["Link"]
    assert f'<{hub}.ttl?page=2>; rel="alternate"' in second.headers["Link"]
    assert second.headers["Content-Location"] == f"{hub}.ttl?page=2"
    assert client.get(f"{hub}.ttl?page=2").content == second.content
    assert f'<{hub}?page=2>; rel="canonical"' in second.headers["Link"]
    assert 'rel="next"' not in third.headers["Link"]
    assert client.get("doc/body/hub?page=4").status_code == 404


def test_licence_and_dumps_of_the_dataset(tmp_path: Path) -> None:
    iris = Iris(BASE)
    dataset = Dataset()
    graph = dataset.graph(iris.graph("reference"))
    graph.add((iris.body("x"), RDFS.label, Literal("x")))
    add_catalogue(dataset, iris)
    about = dataset.graph(iris.graph("catalogue"))
    terms = [str(licence) for licence in about.objects(iris.dataset, DCTERMS.license)]
    assert terms == [str(iris.in_dataset("terms"))]
    publish(dataset, tmp_path, base=BASE, progress=silent)
    app = app_on(tmp_path).wsgi_app
    for target in ("/doc/body/x", "/doc/dataset", "/graph/reference", "/dump/untocgraph.nq"):
        assert ask(app, target).links("license") == terms, target
    items = ask(app, "/doc/dataset").links("item")
    assert f"{BASE}dump/untocgraph.nq" in items and f"{BASE}dump/untocgraph.ttl" in items
    assert all(ask(app, item.removeprefix(BASE[:-1])).status == 200 for item in items)
    for target in ("/graph/reference", "/dump/untocgraph.nq"):
        assert ask(app, target).links("collection") == [str(iris.dataset)]


# ---- gone ----

IRIS = Iris(BASE)
HERE, AWAY = IRIS.body("here"), IRIS.body("away")


def release(folder: Path, *triples: tuple[URIRef, URIRef, Any], graph: str = "reference") -> str:
    """Publish what stands in one graph; the address of the release."""
    dataset = Dataset()
    for triple in triples:
        dataset.graph(IRIS.graph(graph)).add(triple)
    return str(IRIS.release(publish(dataset, folder, base=BASE, progress=silent).sha256))


def labelled(thing: URIRef, label: str = "x") -> tuple[URIRef, URIRef, Literal]:
    return thing, RDFS.label, Literal(label)


def test_what_is_gone_answers_410_with_the_release_that_had_it_last(tmp_path: Path) -> None:
    release(tmp_path, labelled(HERE), labelled(AWAY))
    last = release(tmp_path, labelled(HERE), labelled(AWAY, "y"))
    release(tmp_path, labelled(HERE))
    app = app_on(tmp_path).wsgi_app
    for path in ("/id/body/away", "/doc/body/away", "/doc/body/away.ttl"):
        told = ask(app, path)
        problem = json.loads(told.body)
        assert (told.status, problem["status"]) == (410, 410)
        assert problem["type"] == f"{BASE}problems#gone"
        assert problem["lastRelease"] == last and last in problem["detail"]
        assert "replacement" not in problem
        assert told.headers["Cache-Control"] == "no-store"
    page = ask(app, "/doc/body/away", **BROWSER)
    assert page.status == 410 and f'href="{urlsplit(last).path}"' in page.body.decode()
    assert ask(app, "/id/body/here").status == 303
    assert ask(app, "/id/body/never").status == 404


def test_a_tombstone_names_the_replacement(tmp_path: Path) -> None:
    release(tmp_path, labelled(AWAY))
    for stone in ((AWAY, DCTERMS.isReplacedBy, HERE), (HERE, DCTERMS.replaces, AWAY)):
        release(tmp_path, labelled(HERE), stone)
        told = ask(app_on(tmp_path).wsgi_app, "/id/body/away")
        assert told.status == 410
        assert json.loads(told.body)["replacement"] == str(HERE)
        assert told.links("successor-version") == [str(HERE)]
        page = ask(app_on(tmp_path).wsgi_app, "/id/body/away", **BROWSER)
        assert 'href="/id/body/here"' in page.body.decode()


def test_a_replacement_that_only_the_old_release_knew(tmp_path: Path) -> None:
    release(tmp_path, labelled(AWAY), (AWAY, DCTERMS.isReplacedBy, HERE))
    release(tmp_path, labelled(HERE))
    told = ask(app_on(tmp_path).wsgi_app, "/id/body/away")
    assert (told.status, told.links("successor-version")) == (410, [str(HERE)])


def test_what_others_still_point_to_is_there(tmp_path: Path) -> None:
    release(tmp_path, labelled(AWAY))
    release(tmp_path, (HERE, RDF.type, AWAY))
    assert ask(app_on(tmp_path).wsgi_app, "/id/body/away").status == 303


def test_a_graph_that_is_gone(tmp_path: Path) -> None:
    last = release(tmp_path, labelled(AWAY), graph="old")
    release(tmp_path, labelled(HERE))
    app = app_on(tmp_path).wsgi_app
    assert json.loads(ask(app, "/graph/old").body)["lastRelease"] == last
    assert ask(app, "/graph/old.ttl").status == 410
    assert ask(app, "/graph/never").status == 404


def test_other_bases_are_no_past_of_ours(tmp_path: Path) -> None:
    dataset = Dataset()
    iris = Iris("https://example.org/")
    dataset.graph(iris.graph("reference")).add(labelled(iris.body("away")))
    publish(dataset, tmp_path, base="https://example.org/", progress=silent)
    release(tmp_path, labelled(HERE))
    assert ask(app_on(tmp_path).wsgi_app, "/id/body/away").status == 404


def test_the_past_is_searched_no_further_than_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("untocgraph.server.repository.archive.LOOKED_AT", 2)
    assert LOOKED_AT > 2
    opened: list[str] = []
    release(tmp_path, labelled(AWAY))
    for number in range(4):
        release(tmp_path, labelled(HERE, str(number)))

    class Counted(Lines):
        def __init__(self, release: Any) -> None:
            opened.append(release.sha256)
            super().__init__(release)

    monkeypatch.setattr("untocgraph.server.repository.archive.Lines", Counted)
    app = app_on(tmp_path).wsgi_app
    for _ in range(3):
        assert ask(app, "/id/body/away").status == 404
    assert len(opened) == 2


# ---- below a path ----

FORGED = {
    "Host": "evil.example",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Proto": "http",
    "X_Forwarded_Prefix": "/evil",
    "Forwarded": "host=evil.example;proto=http",
}
ROUTES = (
    "",
    "findings",
    "health",
    "robots.txt",
    "sitemap.xml",
    "sitemap-1.xml",
    ".well-known/void",
    "lookup?uri=https%3A%2F%2Fexample.org%2Fkg%2Fid%2Fdataset",
    "releases",
    "releases.json",
    "release/SHA256",
    "release/SHA256/dump/untocgraph.ttl",
    "release/SHA256/diff",
    "release/SHA256/diff/SHA256",
    "release/SHA256/diff/SHA256/added.nq",
    "shapes",
    "shapes.ttl",
    "ontology.ttl",
    "sparql",
    "search",
    "search?q=UNODC",
    "search?q=%E6%99%BA%E5%88%A9&format=csv",
    "api",
    "api/openapi.json",
    "api/speakers?item=4",
    "doc/dataset",
    "id/report/untoc-wgta-2013/para/7",
    *(f"{PARAGRAPH}.{row.suffix}" for row in offered(Kind.GRAPH, Kind.DATASET)),
    f"{PARAGRAPH}/recommendation?profile=framed",
    f"{PARAGRAPH}.jsonld?profile=expanded",
    "context.jsonld",
    "ontology",
    "ontology.html",
    f"graph/{SLUG}/stated.trig",
    "dump/untocgraph.nq",
    "static/style.css",
    "doc/body/nobody",
    "problems",
)


@pytest.fixture(scope="module")
def below(behind_a_path: tuple[Path, Release]) -> tuple[Flask, str]:
    """A deployment at https://example.org/kg/, and the release that it serves."""
    folder, release = behind_a_path
    return app_on(folder), release.sha256


def test_no_route_is_left_out(below: tuple[Flask, str]) -> None:
    adapter = below[0].url_map.bind("x")
    tried = {adapter.match(f"/{route.partition('?')[0]}")[0] for route in ROUTES}
    assert tried == {rule.endpoint for rule in below[0].url_map.iter_rules()}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("wish", [{}, BROWSER], ids=["program", "browser"])
def test_below_a_path_behind_any_proxy(
    below: tuple[Flask, str], route: str, wish: dict[str, str]
) -> None:
    """The same bytes and headers with and without the prefix, whatever a client forges."""
    app, route = below[0].wsgi_app, route.replace("SHA256", below[1])
    honest = ask(app, f"/{route}", **wish)
    for other in (
        ask(app, f"/kg/{route}", **wish),
        ask(app, f"/{route}", **wish, **FORGED),
        ask(app, f"/kg/{route}", **wish, **FORGED),
    ):
        assert other.status == honest.status
        assert other.body == honest.body
        assert list(other.headers) == list(honest.headers)
    for value in honest.headers.values():
        assert "localhost" not in value and "evil" not in value
    assert b"evil" not in honest.body and b"localhost" not in honest.body
    for name in ("Location", "Content-Location"):
        address = honest.headers.get(name, "https://example.org/kg/")
        assert address.startswith("https://example.org/kg/")
