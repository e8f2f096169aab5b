"""The pages: what a reader finds on them, that their links hold, and how a browser takes them."""

import json
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5rdf  # type: ignore[import-untyped]
import httpx
import pytest
from flask import g
from flask.testing import FlaskClient
from rdflib import RDFS, Dataset, Literal, URIRef

from tests.sample import report
from tests.serving import BROWSER, POINTERS, SLUG, Site, app_on, silent
from untocgraph.graph.authorities.gazetteer import load_authorities
from untocgraph.graph.build.facts import OA
from untocgraph.graph.errors import NotPublished
from untocgraph.graph.iris import Iris
from untocgraph.graph.release.publish import Release, publish
from untocgraph.server.cache.responses import Ready
from untocgraph.server.pages.diagram import FROM, PLANS, TO, diagrams
from untocgraph.server.pages.facts import Mark, pieces
from untocgraph.server.repository.lookup import Lookup
from untocgraph.server.repository.snapshot import SNAPSHOT, Watch
from untocgraph.server.web.paths import PATH, Front, canonical, client_address, raw_path

PARAGRAPH = f"/doc/report/{SLUG}/para/7"
SOURCE = f"/doc/report/{SLUG}/source/zh/{report().source.sha256[:12]}"
PAGES = (
    "/",
    "/findings",
    "/problems",
    "/sparql",
    "/ontology",
    "/shapes",
    f"/graph/{SLUG}/stated",
    f"/doc/report/{SLUG}",
    f"/doc/report/{SLUG}/section/II.A",
    PARAGRAPH,
    f"{PARAGRAPH}/recommendation",
    f"{PARAGRAPH}/norm/1",
    f"{PARAGRAPH}/norm/1/addressee/1",
    f"/doc/report/{SLUG}/para/39",
    f"/doc/report/{SLUG}/para/81",
    f"/doc/report/{SLUG}/annex",
    SOURCE,
    f"{SOURCE}/span/{report().paragraphs[6].span.start}-{report().paragraphs[6].span.end}",
    "/doc/state/chl",
    "/doc/concept/modality/should",
    "/doc/body/hub",
    "/nothing",
)


@pytest.fixture(scope="module")
def client(site: Site) -> FlaskClient:
    return app_on(site.folder).test_client()


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.content_type == "text/html; charset=utf-8"
    return answer.text


def status(client: FlaskClient, path: str) -> int:
    with client.get(path, headers=BROWSER) as answer:  # a file is open until then
        return answer.status_code


POINTERS_ONLY = {"alternate", "canonical", "describedby"}  # links by which nothing is loaded


class Reader(HTMLParser):
    """The text, links and ids of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.unmarked: list[str] = []  # Chinese that only the page as a whole says to be English
        self.languages: list[str | None] = [None]
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and (href := given.get("href")):
            self.links.append(href)
        pointer = given.get("rel") in POINTERS_ONLY or given.get("type") == "application/ld+json"
        if tag in ("img", "script", "iframe", "link") and not pointer:
            self.loads.append(given.get("src") or given.get("href") or "inline")
        if identifier := given.get("id"):
            self.ids.append(identifier)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag not in ("meta", "link", "br", "input", "img"):
            self.tags.append(tag)
            explicit = given.get("lang") if tag != "html" else None
            self.languages.append(explicit or self.languages[-1])

    def handle_endtag(self, tag: str) -> None:
        while self.tags:
            self.languages.pop()
            if self.tags.pop() == tag:
                break

    def handle_data(self, data: str) -> None:
        self.text += data
        outside = {"textarea", "title", "code", "script"} & set(self.tags)
        if re.search("[\u4e00-\u9fff]", data) and self.languages[-1] is None and not outside:
            self.unmarked.append(data)


# ---- what is on them ----


def test_paragraph_7(client: FlaskClient) -> None:
    """Its text, its evidence marked and linked, what was read from it, and the way on."""
    html = page(client, PARAGRAPH)
    reader = Reader(html)
    text = re.search(r'<p class="source" lang="zh">(.*?)</p>', html, re.DOTALL)
    assert text is not None
    without_notes = re.sub(r'<a class="note.*?</a>', "", text[1])
    assert re.sub("<[^>]+>", "", without_notes) == report().paragraphs[6].text
    for words, kind in (("各国", "who"), ("应", "how"), ("第 26 条", "law")):
        mark = re.search(rf'<a class="mark {kind}" href="#(w\d+)"[^>]*>{words}</a>', text[1])
        assert mark is not None, words
        assert mark[1] in reader.ids
    for read in ("States", "should", "Article 24", "Article 25", "Article 26", "in addition to"):
        assert read in reader.text
    for link in (
        f"/id/report/{SLUG}/para/6",
        f"/id/report/{SLUG}/para/8",
        f"/id/report/{SLUG}/section/II.A",
        f"/id/report/{SLUG}",
        "/id/concept/actor-class/states",
        "/id/treaty/untoc/article/26",
        f"{PARAGRAPH}.ttl",
        f"{PARAGRAPH}.jsonld",
        f"{PARAGRAPH}.nt",
    ):
        assert link in reader.links
    assert "untoc:recordedIn" in reader.text


def test_the_query_behind_a_page_runs_and_gives_what_it_shows(
    client: FlaskClient, site: Site
) -> None:
    for path in (PARAGRAPH, "/doc/state/chl", f"/doc/report/{SLUG}/annex"):
        links = Reader(page(client, path)).links
        (link,) = [link for link in links if link.startswith("/sparql?query=")]
        answer = httpx.get(urljoin(site.base, link), headers={"Accept": "application/json"})
        assert answer.json()["results"]["bindings"], path
        if path == PARAGRAPH:
            words = {row["words"]["value"] for row in answer.json()["results"]["bindings"]}
            assert {"各国", "应", "第 26 条"} <= words


def test_a_list_becomes_a_table(client: FlaskClient) -> None:
    html = page(client, f"/doc/report/{SLUG}/para/43")
    assert html.count('<td class="row">') == 62
    assert "阿尔及利亚" in html and "Algeria" in html


def test_what_we_conclude_stands_apart(client: FlaskClient) -> None:
    """Nothing inferred may be taken for something that the report says."""
    for path in ("para/39", "para/39/intervention/1"):
        html = page(client, f"/doc/report/{SLUG}/{path}")
        stated, _, concluded = html.partition('<h2 id="concluded">')
        assert "Agenda item 1(a)" in concluded and "Agenda item 1(a)" not in stated
        assert "The section is headed with the title of this agenda item." in concluded


def test_findings_in_both_languages_with_their_words(client: FlaskClient) -> None:
    for path in ("/findings", f"/doc/report/{SLUG}/para/81"):
        html = page(client, path)
        assert "Paragraph 81 names the wrong &lt;item&gt;." in html
        assert "第81段的项目有误。" in html
    assert "项目 4" in page(client, "/findings")
    assert "wrong &lt;item&gt;" not in page(client, PARAGRAPH)


def test_report_lists_sections_and_paragraphs(client: FlaskClient) -> None:
    links = Reader(page(client, f"/doc/report/{SLUG}")).links
    for number in range(1, 91):
        assert f"/id/report/{SLUG}/para/{number}" in links
    assert f"/id/report/{SLUG}/section/IV.C" in links
    section = Reader(page(client, f"/doc/report/{SLUG}/section/II.A"))
    assert all(paragraph.text in section.text for paragraph in report().paragraphs[6:20])


def test_unofficial_english_says_what_it_is(client: FlaskClient) -> None:
    html = page(client, PARAGRAPH)
    assert '<p class="english" lang="en">In addition to articles 24 and 25' in html
    assert "Unofficial English" in html and "of an earlier text" not in html


VIEW = "Several speakers pointed out that their countries had adopted laws, including"
MARKED = "Unofficial English"  # what each page says of English that is ours


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("para/54/view/1", VIEW),  # the page of a view
        ("para/54", VIEW),  # few views in a paragraph
        ("para/56", "They also referred to police protection measures."),  # many: a table
        ("para/2", "Ensuring effective implementation of the United Nations Convention"),
        ("annex", "Overview of replies to the omnibus self-assessment checklist"),
        ("para/7/recommendation", "In addition to articles 24 and 25 of the Convention"),
    ],
)
def test_english_stands_once_beside_what_it_renders(
    client: FlaskClient, path: str, words: str
) -> None:
    html = page(client, f"/doc/report/{SLUG}/{path}")
    assert html.count(f'<p class="english" lang="en">{words}') == 1
    assert html.count(f'<span lang="en">{MARKED}</span>') >= html.count('<p class="english"')


def test_a_section_shows_the_english_of_its_views(client: FlaskClient) -> None:
    html = page(client, f"/doc/report/{SLUG}/section/IV.A")
    views = [view for view in report().proceedings.views if 49 <= view.paragraph <= 59]
    assert html.count('<p class="english" lang="en">') == len(views) + 1  # and its heading
    assert f'<p class="english" lang="en">{VIEW}' in html
    assert "The English is unofficial and ours." in html


def test_english_of_an_earlier_text_is_stale_in_plain_sight(tmp_path: Path) -> None:
    base = "http://localhost:8000/"
    dataset, iris = Dataset(), Iris(base)
    graph, terms = dataset.graph(iris.graph("reference")), iris.ontology
    paragraph, english = iris.paragraph("r", 1), URIRef(f"{iris.paragraph('r', 1)}/english")
    span = iris.span(iris.source("r", "zh", "0" * 64), 0, 1)
    graph.add((paragraph, terms.standsAt, span))
    graph.add((span, OA.exact, Literal("新", "zh")))
    graph.add((paragraph, terms.unofficialEnglish, english))
    graph.add((english, terms.englishText, Literal("Old", "en")))
    graph.add((english, terms.rendersSha256, Literal("0" * 64)))
    publish(dataset, tmp_path, base=base, progress=silent)
    assert "of an earlier text" in page(app_on(tmp_path).test_client(), "/doc/report/r/para/1")


def test_span_shows_its_words_in_context(client: FlaskClient) -> None:
    span = report().paragraphs[6].number.evidence[0].span
    html = page(client, f"{SOURCE}/span/{span.start}-{span.end}")
    assert "<mark>7</mark>" in html
    assert "除《公约》第 24 和 25 条外" in html and "各项建议" not in html


def test_source_page_is_the_text(client: FlaskClient) -> None:
    html = page(client, SOURCE)
    sheet = re.search(r'<div class="sheet" lang="zh">(.*?)</div>', html, re.DOTALL)
    assert sheet is not None
    without_margin = re.sub(r'<a class="side".*?</a>', "", sheet[1])
    assert re.sub("<[^>]+>", "", without_margin) == report().source.text
    assert sheet[1].count('class="side"') > 90


def test_ontology_page_explains_each_term(client: FlaskClient) -> None:
    reader = Reader(page(client, "/ontology"))
    assert "addressee" in reader.ids and "Norm" in reader.ids
    assert "规范对象" in reader.text


def test_drawings_show_what_the_ontology_says(site: Site) -> None:
    held = Watch(site.folder).snapshot()
    for drawn, plan in zip(diagrams(held), PLANS, strict=True):
        ends = {end.name.iri for edge in drawn.edges for end in (edge.tail, edge.head)}
        assert ends == {box.name.iri for box in drawn.boxes}  # no box stands alone
        shown = {edge.name.iri.partition("#")[2] for edge in drawn.edges}
        assert shown == set(plan.properties)
        for edge in drawn.edges:
            said = [held.lookup.values(edge.name.iri, way) for way in (*FROM, *TO)]
            assert {edge.tail.name.iri, edge.head.name.iri} <= {
                iri for each in said for iri in each
            }


def test_drawings_and_examples_on_the_page_of_the_ontology(client: FlaskClient) -> None:
    text = page(client, "/ontology")
    assert text.count("<svg ") == len(PLANS)
    assert "norm addressee actor." in text  # the drawing in words, for those who cannot see it
    entries = dict(re.findall(r'<article class="term" id="(\w+)">(.*?)</article>', text, re.DOTALL))
    assert re.search(r'For example.*?/sitting/1"', entries["Sitting"], re.DOTALL)
    shown = re.findall(
        r'<span lang="en">“(.+?)”</span>', entries["formerName"].partition("For ex")[2]
    )
    former = {
        n.text for s in load_authorities().states.values() for n in s.names if n.kind == "former"
    }
    assert shown and set(shown) <= former


def test_hub_is_paged(client: FlaskClient) -> None:
    found: set[str] = set()
    path: str | None = "/doc/body/hub"
    while path:
        reader = Reader(page(client, path))
        found |= {link for link in reader.links if "/body/spoke-" in link}
        following = [link for link in reader.links if link.startswith("?page=")]
        number = int(re.sub(r"\D", "", path) or 1)
        onward = [link for link in following if int(re.sub(r"\D", "", link)) > number]
        path = f"/doc/body/hub{onward[0].partition('#')[0]}" if onward else None
    assert len(found) == POINTERS


def test_marks_overlap() -> None:
    """Pieces follow each other without a gap, and know all marks over them."""
    outer, inner, other = Mark(2, 0, 4, "law"), Mark(1, 0, 2, "who"), Mark(3, 3, 6, "how")
    found = pieces("abcdefgh", 0, (inner, outer, other))
    assert "".join(piece.text for piece in found) == "abcdefgh"
    assert [(p.text, [m.number for m in p.marks]) for p in found] == [
        ("ab", [1, 2]),
        ("c", [2]),
        ("d", [3, 2]),
        ("ef", [3]),
        ("gh", []),
    ]
    assert [m.number for p in found for m in p.ends] == [1, 2, 3]


# ---- that they are sound ----


@pytest.mark.parametrize("path", PAGES)
def test_html_is_well_formed(client: FlaskClient, path: str) -> None:
    html = page(client, path)
    parser = html5rdf.HTMLParser()
    parser.parse(html)
    assert parser.errors == []
    reader = Reader(html)
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.headings.count("h1") == 1
    levels = [int(heading[1]) for heading in reader.headings]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert reader.unmarked == []
    assert all(link[1:] in reader.ids for link in reader.links if link.startswith("#"))


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_their_own_style_and_nothing_else(client: FlaskClient, path: str) -> None:
    icon, style = Reader(page(client, path)).loads
    assert re.fullmatch(r"/static/icon\.svg\?v=[0-9a-f]{12}", icon)
    assert re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{12}", style)
    policy = client.get(path, headers=BROWSER).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy


def test_every_link_holds(client: FlaskClient) -> None:
    checked: dict[str, int] = {}
    for path in PAGES:
        for link in Reader(page(client, path)).links:
            target = urlsplit(urljoin(path, link))
            if target.netloc or target.path in ("/sparql", "/nothing"):
                continue
            address = target._replace(fragment="").geturl()
            if address not in checked:
                checked[address] = status(client, address)
    assert len(checked) > 400
    assert checked.pop("/.well-known/void") == 302
    wrong = {a: s for a, s in checked.items() if s != (303 if a.startswith("/id/") else 200)}
    assert wrong == {}


def test_a_query_cannot_become_markup(client: FlaskClient) -> None:
    evil = "</textarea><script>alert(1)</script>"
    answer = client.get("/sparql", query_string={"query": evil}, headers=BROWSER)
    assert answer.status_code == 400
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text


def test_text_of_the_graph_cannot_become_markup(tmp_path: Path) -> None:
    base = "http://localhost:8000/"
    dataset, iris = Dataset(), Iris(base)
    evil = '</title><script>alert("1")</script>'
    dataset.graph(iris.graph("reference")).add((iris.body("evil"), RDFS.label, Literal(evil, "en")))
    publish(dataset, tmp_path, base=base, progress=silent)
    html = page(app_on(tmp_path).test_client(), "/doc/body/evil")
    assert "<script" not in html and "&lt;script&gt;" in html


# ---- base ----


@pytest.fixture(scope="module")
def below(behind_a_path: tuple[Path, Release]) -> FlaskClient:
    """A deployment at https://example.org/kg/."""
    return app_on(behind_a_path[0]).test_client()


@pytest.mark.parametrize("prefix", ["", "/kg"])
def test_below_a_path(below: FlaskClient, prefix: str) -> None:
    """Whether a proxy strips the path of the base or not, the same bytes answer."""
    thing = below.get(f"{prefix}/id/report/{SLUG}/para/7")
    assert thing.headers["Location"] == f"https://example.org/kg/doc/report/{SLUG}/para/7"
    document = below.get(f"{prefix}{PARAGRAPH}")
    assert document.headers["Content-Location"] == f"https://example.org/kg{PARAGRAPH}.ttl"
    assert document.text.startswith("@base <https://example.org/kg/> .")
    assert document.data == below.get(PARAGRAPH).data
    assert document.headers["ETag"] == below.get(PARAGRAPH).headers["ETag"]


def test_links_below_a_path(below: FlaskClient) -> None:
    for path in ("/", PARAGRAPH, "/findings"):
        reader = Reader(page(below, path))
        inner = [link for link in (*reader.links, *reader.loads) if link.startswith("/")]
        assert inner and all(link.startswith("/kg/") for link in inner)
        for link in inner[:40]:
            address = link.partition("#")[0]
            if not address.startswith("/kg/sparql"):
                leads_on = 302 if address.endswith("/.well-known/void") else 303
                assert status(below, address) in (200, leads_on), link


# ---- one release for one request ----


def tiny(base: str, label: str) -> Dataset:
    dataset, iris = Dataset(), Iris(base)
    graph = dataset.graph(iris.graph("reference"))
    graph.add((iris.body("x"), RDFS.label, Literal(label, "en")))
    return dataset


def test_a_request_keeps_its_release(tmp_path: Path) -> None:
    base = "http://localhost:8000/"
    first = publish(tiny(base, "first"), tmp_path, base=base, progress=silent)
    app = app_on(tmp_path)
    seen: list[str] = []

    @app.get("/during")
    def during() -> str:
        seen.append(g.snapshot.lookup.text(f"{base}id/body/x", str(RDFS.label), "en"))
        publish(tiny(base, "second"), tmp_path, base=base, progress=silent)
        other = threading.Thread(target=lambda: app.test_client().get("/doc/body/x"))
        other.start()
        other.join()
        seen.append(g.snapshot.lookup.text(f"{base}id/body/x", str(RDFS.label), "en"))
        return g.snapshot.release.sha256  # type: ignore[no-any-return]

    client = app.test_client()
    assert client.get("/during").text == first.sha256
    assert seen == ["first", "first"]
    assert '"second"@en' in client.get("/doc/body/x").text


def test_before_the_first_release(tmp_path: Path) -> None:
    client = app_on(tmp_path).test_client()
    answer = client.get("/")
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert "untocgraph build" in json.loads(answer.text)["detail"]
    assert "untocgraph build" in client.get("/", headers=BROWSER).text
    assert client.get("/health").status_code == 503
    assert status(client, "/static/style.css") == 200
    base = "http://localhost:8000/"
    publish(tiny(base, "first"), tmp_path, base=base, progress=silent)
    assert client.get("/").status_code == 200


def test_a_broken_pointer_does_not_take_down_what_is_served(tmp_path: Path) -> None:
    base = "http://localhost:8000/"
    release = publish(tiny(base, "first"), tmp_path, base=base, progress=silent)
    watch = Watch(tmp_path)
    held = watch.snapshot()
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("releases/gone")
    assert watch.snapshot() is held
    (tmp_path / "current").unlink()
    assert watch.snapshot() is held
    (tmp_path / "current").symlink_to(f"releases/{release.sha256}")
    assert watch.snapshot() is held
    with pytest.raises(NotPublished):
        Watch(tmp_path / "nowhere").snapshot()


def test_many_threads_open_a_release_once(tmp_path: Path) -> None:
    base = "http://localhost:8000/"
    publish(tiny(base, "first"), tmp_path, base=base, progress=silent)
    watch, found = Watch(tmp_path), []
    threads = [threading.Thread(target=lambda: found.append(watch.snapshot())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(snapshot) for snapshot in found}) == 1


def test_a_server_whose_queries_have_no_pool_is_unwell(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 503
    assert json.loads(answer.text)["pool"] == {"answers": False}
    busy = client.get("/sparql", query_string={"query": "ASK {}"})
    assert busy.status_code == 503 and busy.headers["Retry-After"]


def test_a_mistake_of_ours_shows_no_traceback(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("untocgraph.server.web.routes.documents.describe", fail)
    answer = client.get(f"{PARAGRAPH}.nt", headers={"Accept": "*/*"})
    assert answer.status_code == 500
    assert json.loads(answer.text)["status"] == 500
    assert "secret" not in answer.text and "secret" in caplog.text


# ---- lookup and front ----


def test_lookup_finds_what_the_dump_says(site: Site) -> None:
    """Bisection against reading every line."""
    lookup = Lookup(site.release)
    by_subject: dict[str, int] = {}
    for line in site.release.dump("untocgraph.nq").read_text(encoding="utf-8").splitlines():
        if line.startswith("<"):
            subject = line[1 : line.index(">")]
            by_subject[subject] = by_subject.get(subject, 0) + 1
    assert len(by_subject) > 2500
    for subject, number in by_subject.items():
        assert len(lookup.about(subject)) == number, subject
    for unknown in ("", "a:", "zzz:z", site.base, f"{site.base}id/report", site.paragraph(9999)):
        assert lookup.about(unknown) == ()
    terms = lookup.starting_with(f"{site.base}ontology#")
    assert terms == tuple(s for s in by_subject if s.startswith(f"{site.base}ontology#"))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"RAW_URI": "/a%2Fb?x=/c"}, "/a%2Fb"),
        ({"REQUEST_URI": "/a%20b"}, "/a%20b"),
        ({"RAW_URI": "http://evil/a?b"}, "/a"),
        ({"RAW_URI": "http://evil"}, "/"),
        ({"RAW_URI": "//evil/a"}, "//evil/a"),
        ({"RAW_URI": "*"}, "*"),
        ({}, "/"),
    ],
)
def test_raw_path(environ: dict[str, str], expected: str) -> None:
    assert raw_path(environ) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("/a/b", "/a/b"),
        ("/a%2fb", "/a%2Fb"),
        ("/%28x%29/%27", "/(x)/'"),
        ("/%25", "/%25"),
        ("/a+b", "/a+b"),
        ("/%E5%90%84", "/%E5%90%84"),
        ("/各".encode().decode("latin-1"), "/%E5%90%84"),
        ("/%FF", None),
        ("/%zz", "/%25zz"),
    ],
)
def test_canonical(sent: str, expected: str | None) -> None:
    assert canonical(sent) == expected


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9, 10.0.0.1", "9.9.9.9"),
        (3, "9.9.9.9", "9.9.9.9"),
        (1, "", "127.0.0.1"),
    ],
)
def test_client_address(proxies: int, told: str, expected: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": told}
    assert client_address(environ, proxies) == expected


def test_front_hands_on_what_was_sent(site: Site) -> None:
    seen: dict[str, object] = {}

    def app(environ: dict[str, object], start: object) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"RAW_URI": "/id/%E5%90%84%2F", "REQUEST_METHOD": "GET"}
    Ready(Front(app), Watch(site.folder), 1)(environ, lambda *_: None)  # type: ignore[arg-type]
    assert seen[PATH] == "/id/%E5%90%84%2F"
    assert seen["PATH_INFO"] == "/id/各/".encode().decode("latin-1")
    assert seen[SNAPSHOT].release.sha256 == site.release.sha256  # type: ignore[attr-defined]


# ---- a browser ----


@pytest.fixture(scope="module")
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs chromium (apt-get install chromium)")
    return path


def browse(chromium: str, url: str, folder: Path) -> tuple[str, str, set[str]]:
    """The page as a browser has read it, its complaints, and what the page made it ask for."""
    log = folder / "net.json"
    switches = (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        "enable-logging=stderr",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
        f"user-data-dir={folder / 'profile'}",
        f"log-net-log={log}",
        "dump-dom",
    )
    command = [chromium, *(f"--{switch}" for switch in switches), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    events = [event.get("params", {}) for event in json.loads(log.read_text())["events"]]
    origin = urljoin(url, "/").rstrip("/")
    asked = {e["url"] for e in events if "url" in e and e.get("initiator") == origin}
    return done.stdout, "\n".join(complaints), asked


@pytest.mark.parametrize("path", ["", f"{PARAGRAPH[1:]}.html", "sparql?format=html&query=ASK{}"])
def test_browser(chromium: str, site: Site, path: str, tmp_path: Path) -> None:
    """It reads the page without complaint, and asks nobody but us."""
    dom, complaints, asked = browse(chromium, site.base + path, tmp_path)
    assert "</main>" in dom
    assert complaints == ""
    style, icon = (f"{site.base}static/{name}" for name in ("style.css", "icon.svg"))
    # The page may be read before the icon is asked for.
    assert {style} <= {url.partition("?")[0] for url in asked} <= {style, icon}
