"""A page leads to what is ours, to the web and to mail, whatever IRIs stand in the data.

Every template is rendered with hostile IRIs wherever the graph has an IRI, and each address that a
browser would follow is read from the page as a browser reads it.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask, template_rendered
from jinja2 import Template
from rdflib import DCTERMS, FOAF, PROV, RDF, RDFS, SH, Dataset, Literal, URIRef
from rdflib.term import Node

from tests.crawling import LINK
from tests.sample import IRIS, report
from tests.serving import BROWSER, SLUG, Site, app_on, graphs, raw, silent
from untocgraph.graph.catalogue.dataset import DQV
from untocgraph.graph.release.publish import publish
from untocgraph.server.http.hrefs import href, leads
from untocgraph.server.pages import PAGES

TEMPLATES = PAGES / "templates"
BASE = IRIS.base
HOSTILE = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://localhost:8000/%0Aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "file:///etc/passwd",
    "blob:http://localhost:8000/8d7f0a5c",
    "view-source:http://localhost:8000/",
    "intent://x#Intent;scheme=http;end",
    "urn:x:y",
)
OTHER_HOST = f"{BASE}/evil.example/x"  # by its path alone it would be another host's
FOLLOWED = {"href", "src", "action", "formaction", "xlink:href", "poster", "data", "ping", "srcset"}


# ---- what decides ----

SPACED = (
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "//evil.example/",
    "\\\\evil.example\\",
    "/\t/evil.example/",
    "http:evil",
    "https:\t//evil.example/",
    "http://evil.example/\n",
    "",
    "javascript",
)


@pytest.mark.parametrize("iri", [*HOSTILE, *SPACED])
def test_no_link(iri: str) -> None:
    assert href(iri, BASE, "/") is None and href(iri) is None and not leads(iri)


@pytest.mark.parametrize("iri", ["https://x.example/a", "HTTP://x.example", "mailto:a@b.example"])
def test_a_link_as_it_is(iri: str) -> None:
    assert href(iri, BASE, "/") == href(iri) == iri and leads(iri)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("id/各国", "/id/各国"),
        ("", "/"),
        ("/evil.example/", f"{BASE}/evil.example/"),
        ("\\evil.example/", None),
        ("\t/evil.example/", None),
    ],
)
def test_what_is_ours_stays_ours(path: str, expected: str | None) -> None:
    assert href(BASE + path, BASE, "/") == expected


# ---- pages ----


class Addresses(HTMLParser):
    """All that a page leads to or loads, and its JSON-LD."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.data = ""
        self._is_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in FOLLOWED]
        assert not (tag == "meta" and ("http-equiv", "refresh") in attrs)
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        self._is_data = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False

    def handle_data(self, data: str) -> None:
        self.data += data if self._is_data else ""


def wrong(html: str) -> list[str]:
    """What a page leads to and must not."""
    page = Addresses(html)
    assert page.found
    in_data = [value for value in strings(page.data) if re.match(r"[A-Za-z][\w.+-]*:\S", value)]
    return [each for each in page.found if not is_safe(each)] + [
        each for each in in_data if not leads(each)
    ]


def is_safe(address: str) -> bool:
    """Whether a browser stays with us, or goes where the address openly says."""
    read = re.sub(r"[\t\r\n]", "", address.lstrip("".join(map(chr, range(33))))).replace("\\", "/")
    if urlsplit(read).scheme:
        return urlsplit(read).scheme.lower() in ("http", "https", "mailto")
    return not read.startswith("//") and read[:1] in ("/", "#", "?")


def strings(document: str) -> Iterator[str]:
    """The texts in JSON-LD, but for tags of languages."""

    def inner(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (text for one in value for text in inner(one))
        elif isinstance(value, dict):
            yield from inner([one for key, one in value.items() if key != "inLanguage"])

    return inner(json.loads(document)) if document else iter(())


AWAY = IRIS.body("away")
# Of which things the value is shown alone, by a part of their address.
ALONE: dict[Node, str] = {
    RDF.object: "/para/7/norm/1/",
    RDF.predicate: "/para/7/norm/1/",
    SH.sourceShape: "/finding/",
    FOAF.page: "",
    PROV.wasAssociatedWith: "",
    DQV.isMeasurementOf: "",
}


def poisoned(*hostile: str) -> Dataset:
    """The graph of the tests, and in it *hostile* wherever it has an IRI.

    Each property that leads to an IRI leads to them too, from one thing of each class; each thing
    that is pointed to by a property is pointed to by them; where a page shows one value alone, it
    is hostile; they are classes and properties, and have names by which they are found.
    """
    data = Dataset()
    kinds = {s: o for s, _, o, _ in graphs(BASE).quads((None, RDF.type, None, None))}
    marked = {IRIS.dataset, IRIS.paragraph(SLUG, 7), IRIS.report(SLUG)}
    done: set[object] = set()
    said: set[object] = set()  # no triple may stand in two graphs
    for quad in graphs(BASE).quads():
        subject, predicate, value, name = quad
        graph = data.graph(name)
        if (part := ALONE.get(predicate)) is not None and part in str(subject):
            graph.add((subject, predicate, URIRef(hostile[len(said) % len(hostile)])))
            continue
        graph.add((subject, predicate, value))
        if not isinstance(value, URIRef) or not isinstance(subject, URIRef):
            continue
        places = {(kinds.get(subject), predicate), (predicate, kinds.get(value))}
        for iri in map(URIRef, hostile):
            of_value = (subject, predicate, max(iri, value))  # a page takes the first of several
            for triple in ((iri, predicate, value), of_value):
                if (places - done or marked & {subject, value}) and triple not in {*said, quad[:3]}:
                    said.add(triple)
                    graph.add(triple)
        done |= places
    reference = data.graph(IRIS.graph("reference"))
    for number, iri in enumerate(map(URIRef, hostile)):
        reference.add((iri, RDFS.label, Literal(f"poison {number}", "en")))
        reference.add((IRIS.body("hub"), URIRef(f"{iri}/p"), iri))  # RDF/XML needs a name
        reference.add((AWAY, DCTERMS.isReplacedBy, iri))
    return data


def things(data: Dataset) -> Iterator[str]:
    """A thing of each class, and those of which the graph says most."""
    seen = set()
    for subject, _, kind, _ in data.quads((None, RDF.type, None, None)):
        if str(subject).startswith(f"{BASE}id/") and kind not in seen:
            seen.add(kind)
            yield str(subject)
    source = report().source
    for iri in (
        IRIS.paragraph(SLUG, 7),
        IRIS.report(SLUG),
        IRIS.body("hub"),
        IRIS.source(SLUG, source.language, source.sha256),
    ):
        yield str(iri)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> "Served":
    """A site whose graph is full of hostile IRIs, after one that had AWAY."""
    folder = tmp_path_factory.mktemp("poisoned")
    before = Dataset()
    before.graph(IRIS.graph("reference")).add((AWAY, RDFS.label, Literal("away", "en")))
    old = publish(before, folder, base=BASE, progress=silent).sha256
    data = poisoned(*HOSTILE[1:6], OTHER_HOST)
    new = publish(data, folder, base=BASE, progress=silent).sha256
    return Served(app_on(folder), data, (old, new))


class Served:
    def __init__(self, app: Flask, data: Dataset, releases: tuple[str, str]) -> None:
        self.app = app
        self.data = data
        self.releases = releases

    def paths(self) -> Iterator[str]:
        old, new = self.releases
        yield from ("/", "/findings", "/problems", "/sparql", "/search", "/search?q=poison", "/api")
        yield from ("/ontology", "/shapes", "/graph/reference", "/doc/dataset", "/releases")
        yield from (f"/release/{new}", f"/release/{new}/diff/{old}", f"/release/{old}/diff/{new}")
        yield AWAY.removeprefix(BASE[:-1])
        for iri in things(self.data):
            yield iri.replace(f"{BASE}id/", "/doc/", 1)


def test_every_page_with_hostile_data(served: Served) -> None:
    rendered: set[str | None] = set()

    def note(_: Flask, template: Template, **__: object) -> None:
        rendered.add(template.name)

    client = served.app.test_client()
    with template_rendered.connected_to(note, served.app):
        for path in served.paths():
            answer = client.get(path, headers=BROWSER)
            assert answer.status_code == (410 if path.endswith("/away") else 200), path
            assert wrong(answer.text) == [], path
            for header in answer.headers.getlist("Link"):
                assert all(leads(target) for target, _ in LINK.findall(header)), header
            assert "javascript" not in answer.headers.get("Location", "").lower()
    parts = {"base.html", "macros.html", "form.html"}  # of other templates
    assert rendered == {path.name for path in TEMPLATES.iterdir()} - parts


def test_hostile_data_is_shown_as_text(served: Served) -> None:
    """Nothing is left out: what may be no link stands there."""
    html = served.app.test_client().get("/doc/body/hub", headers=BROWSER).text
    assert 'title="vbscript:msgbox(1)"' in html


def test_answers_with_hostile_iris(site: Site) -> None:
    """In each place of each form of query, on a live server."""
    iris = (*HOSTILE, f"{site.base}/evil.example/x")
    values = " ".join(f"(<{iri}>)" for iri in iris)
    of_strings = " ".join(f"({json.dumps(iri)})" for iri in (*iris, *SPACED))
    triples = " . ".join(f"<{a}> <{b}> <{a}>" for a, b in product(iris, iris[:2]))
    for query in (
        f"SELECT ?x {{ VALUES (?x) {{ {values} }} }}",
        f"SELECT ?x ?s {{ VALUES (?s) {{ {of_strings} }} BIND(IRI(?s) AS ?x) }}",
        f"CONSTRUCT {{ {triples} }} {{}}",
    ):
        answer = raw(site, "GET", f"/sparql?query={quote(query)}", headers=BROWSER)
        html = answer.body.decode()
        assert answer.status == 200, html
        assert wrong(html) == []
        for iri in iris:
            assert iri.replace("&", "&amp;") in html or OTHER_HOST[len(BASE) :] in iri


def test_templates_make_no_link_of_their_own() -> None:
    """An address in a template is fixed below our root, or given to the macro that asks."""
    expressions = r"root|here|canonical|href|f\.href|sides\.\w+|address"
    given = re.compile(rf"\{{\{{ (?:{expressions}) \}}\}}|#|\?page=")
    followed = re.compile(rf'\b(?:{"|".join(FOLLOWED)})="([^"]*)')
    found = [
        (path.name, address)
        for path in TEMPLATES.iterdir()
        for address in followed.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 60
    assert [each for each in found if not given.match(each[1])] == []
    assert [name for name, address in found if address == "{{ href }}"] == ["macros.html"]
