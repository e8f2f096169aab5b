"""Each number that we show is what the endpoint counts, and each list has what the endpoint gives.

All of them are visited on one release, which is served: the partitions of the dataset, the numbers
on every page that has some, and for each thing all pages of what points to it.
"""

import csv
import html
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, SH, VOID, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from tests.crawling import LINK
from tests.serving import BROWSER, POINTERS, SLUG, Site, app_on, silent
from untocgraph.graph.catalogue.dataset import COUNTS, DQV, SD
from untocgraph.graph.iris import Iris
from untocgraph.graph.release.incoming_links import Kind
from untocgraph.graph.release.publish import publish
from untocgraph.graph.release.tables import METADATA
from untocgraph.server.pages import facts as reading
from untocgraph.server.pages.labels import LABELS, short
from untocgraph.server.repository.snapshot import Snapshot, Watch
from untocgraph.server.web.routes import releases
from untocgraph.server.web.routes.site import COUNTED

Rows = list[dict[str, str]]
Ask = Callable[[str], Rows]


@pytest.fixture(scope="module")
def ask(site: Site) -> Iterator[Ask]:
    """What the endpoint answers."""
    prefixes = f"""PREFIX untoc: <{site.base}ontology#> PREFIX sh: <{SH}>
        PREFIX rdf: <{RDF}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> """
    with httpx.Client(base_url=site.base, timeout=60) as client:

        def answer(query: str) -> Rows:
            told = client.post(
                "sparql",
                data={"query": prefixes + query},
                headers={"Accept": "application/sparql-results+json"},
            )
            assert told.status_code == 200, told.text
            rows = told.json()["results"]["bindings"]
            return [{name: written(term) for name, term in row.items()} for row in rows]

        yield answer


@pytest.fixture(scope="module")
def client(site: Site) -> FlaskClient:
    return app_on(site.folder).test_client()


@pytest.fixture(scope="module")
def held(site: Site) -> Snapshot:
    return Watch(site.folder).snapshot()


def written(term: dict[str, str]) -> str:
    return ("_:" if term["type"] == "bnode" else "") + term["value"]


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, path
    return answer.text


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", markup)).split())


def number(text: str) -> int:
    return int(text.replace(",", ""))


def counts(rows: Rows, *names: str) -> dict[str, tuple[int, ...]]:
    """Each row by the value of its first column."""
    key = next(iter(rows[0]))
    return {row[key]: tuple(int(row[name]) for name in names) for row in rows}


# ---- the catalogue and the page of the dataset ----

OF_CLASSES = """SELECT ?class (COUNT(DISTINCT ?s) AS ?entities) (SUM(?said) AS ?triples) {
    ?s a ?class { SELECT ?s (COUNT(*) AS ?said) { ?s ?p ?o } GROUP BY ?s } } GROUP BY ?class"""
OF_PROPERTIES = """SELECT ?p (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
    { ?s ?p ?o } GROUP BY ?p"""
OF_GRAPHS = """SELECT ?g (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
    (COUNT(DISTINCT ?kind) AS ?classes) (COUNT(DISTINCT ?p) AS ?properties)
    (COUNT(DISTINCT ?entity) AS ?entities) {
        GRAPH ?g { ?s ?p ?o }
        BIND(IF(?p = rdf:type, ?o, ?nothing) AS ?kind)
        BIND(IF(ISIRI(?s) && REGEX(STR(?s), "%s"), ?s, ?nothing) AS ?entity) } GROUP BY ?g"""


@pytest.fixture(scope="module")
def described(site: Site) -> Graph:
    """What the document about the dataset says, over HTTP."""
    told = httpx.get(f"{site.base}doc/dataset.nt")
    return Graph().parse(data=told.text, format="nt")


def test_every_partition(site: Site, ask: Ask, described: Graph) -> None:
    def said(subject: Node | None, *properties: URIRef) -> tuple[int, ...]:
        return tuple(int(str(described.value(subject, each))) for each in properties)

    compared = 0
    for of, query, properties, names in (
        (VOID["class"], OF_CLASSES, (VOID.entities, VOID.triples), ("entities", "triples")),
        (
            VOID.property,
            OF_PROPERTIES,
            (VOID.triples, VOID.distinctSubjects),
            ("triples", "subjects"),
        ),
    ):
        found = {str(term): said(part, *properties) for part, term in described[:of:]}
        assert found == counts(ask(query), *names)
        compared += len(found)
    regex = str(described.value(site.iris.dataset, VOID.uriRegexPattern)).replace("\\", "\\\\")
    columns = ("triples", "entities", "subjects", "classes", "properties")
    graphs = counts(ask(OF_GRAPHS % regex), *columns)
    parts = {
        str(graph): said(described.value(pair, SD.graph), *COUNTS)
        for pair, graph in described[: SD.name :]
    }
    assert (
        parts == graphs
        and sum(row[0] for row in graphs.values()) == said(site.iris.dataset, VOID.triples)[0]
    )
    assert compared > 200


def test_numbers_on_the_page_of_the_dataset(
    site: Site, client: FlaskClient, ask: Ask, described: Graph, held: Snapshot
) -> None:
    text = page(client, "/doc/dataset")
    rows = re.findall(r'<th scope="row">.*?<code>([^<]+)</code>.*?<td class="count">([\d,]+)', text)
    shown = Counter((html.unescape(name), number(count)) for name, count in rows)
    classes = counts(ask(OF_CLASSES), "entities")
    properties = counts(ask(OF_PROPERTIES), "triples")
    expected = Counter(
        (short(iri, site.base), count)
        for table in (classes, properties)
        for iri, (count,) in table.items()
    )
    assert not expected - shown
    quality = text.partition('<h2 id="quality">')[2].partition("</table>")[0]
    values = [Decimal(each) for each in re.findall(r'<td class="count">([\d.]+)</td>', quality)]
    measured = [Decimal(str(value)) for value in described.objects(None, DQV.value)]
    assert sorted(values) == sorted(measured) and len(values) == 7
    made = text.partition('<h2 id="made">')[2].partition("</table>")[0]
    inputs = ask(
        "SELECT ?i { ?b <http://www.w3.org/ns/prov#used> ?i }",
    )
    assert made.count('<tr><th scope="row">') == len(inputs) > 5


def test_numbers_of_links_to_others(site: Site, ask: Ask, described: Graph) -> None:
    for part, target in described[: VOID.objectsTarget :]:
        link, space = (
            described.value(part, VOID.linkPredicate),
            described.value(target, VOID.uriSpace),
        )
        (row,) = ask(
            f'SELECT (COUNT(*) AS ?n) {{ ?s <{link}> ?o FILTER(STRSTARTS(STR(?o), "{space}")) }}'
        )
        assert int(row["n"]) == int(str(described.value(part, VOID.triples))) > 0


# ---- other pages ----


def test_numbers_on_the_home_page(client: FlaskClient, ask: Ask, held: Snapshot) -> None:
    text = page(client, "/")
    shown = [number(each) for each in re.findall(r"<dd>([\d,]+)</dd>", text)]
    kinds = counts(ask("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c"), "n")
    terms = held.iris.ontology
    expected = [kinds[str(terms[kind])][0] for kind, *_ in COUNTED]
    (total,) = ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert shown == [*expected, int(total["n"])]
    assert json.loads(client.get("/health").text)["triples"] == int(total["n"])


def test_numbers_of_graphs(site: Site, client: FlaskClient, ask: Ask, described: Graph) -> None:
    """On the home page, the page of the release and of each graph, and in what services say."""
    found = counts(ask("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"), "n")
    named = {iri.removeprefix(f"{site.base}graph/"): count for iri, (count,) in found.items()}
    for path in ("/", f"/release/{site.release.sha256}"):
        rows = re.findall(
            r'graph/([^"]+)">[^<]+</a></th><td class="count">([\d,]+)', page(client, path)
        )
        assert {name: number(count) for name, count in rows} == named
    for name, count in named.items():
        assert f"{count:,} <span" in page(client, f"/graph/{name}")
        dump = Graph().parse(data=client.get(f"/graph/{name}.nt").text, format="nt")
        assert len(dump) == count
    service = Graph().parse(data=client.get("/sparql?format=ttl").text, format="turtle")
    sizes = {str(graph): int(str(size)) for graph, size in service[: VOID.triples :]}
    assert sizes.pop(f"{site.base}sparql#default-graph") == sum(named.values())
    assert sizes == {iri: count for iri, (count,) in found.items()}


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_numbers_of_terms(site: Site, client: FlaskClient, ask: Ask, name: str) -> None:
    text = page(client, f"/{name}")
    shown = {number(each) for each in re.findall(r'<h2 id="k\d+">.*?"count">(\d+)', text)}
    rows = ask(f"""SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{
        ?s a ?c FILTER(STRSTARTS(STR(?s), "{site.base}{name}#")) }} GROUP BY ?c""")
    assert shown <= {int(row["n"]) for row in rows}
    (all_of_them,) = ask(f"""SELECT (COUNT(DISTINCT ?s) AS ?n) {{
        ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{site.base}{name}#")) }}""")
    assert text.count('<article class="term"') == int(all_of_them["n"])


def test_numbers_of_findings(client: FlaskClient, ask: Ask) -> None:
    text = page(client, "/findings")
    shown = dict(re.findall(r'<h2 id="(\w+)">.*?"count">(\d+)', text))
    rows = ask("SELECT ?v (COUNT(*) AS ?n) { ?s sh:resultSeverity ?v } GROUP BY ?v")
    expected = {row["v"].removeprefix(str(SH)).lower(): row["n"] for row in rows}
    assert shown == expected
    assert text.count('<p lang="en" class="message">') == sum(map(int, expected.values()))


def file(client: FlaskClient, name: str) -> str:
    with client.get(f"/dump/tables/{name}") as answer:
        return str(answer.data, "utf-8")


def test_tables_have_a_row_for_each_thing(site: Site, client: FlaskClient, ask: Ask) -> None:
    kinds = counts(
        ask("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c FILTER(ISIRI(?s)) } GROUP BY ?c"), "n"
    )
    tables = json.loads(file(client, METADATA))["tables"]
    assert len(tables) > 50
    for table in tables:
        text = file(client, table["url"])
        rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
        assert len({row[0] for row in rows}) == len(rows)
        assert (len(rows),) == kinds[table["dc:subject"]], table["url"]


def test_numbers_of_files(site: Site, client: FlaskClient) -> None:
    text = page(client, f"/release/{site.release.sha256}")
    rows = re.findall(r'/dump/([^"]+)">[^<]+</a></th><td class="count">([\d,]+)', text)
    assert len(rows) == len(site.release.manifest.dumps)
    for name, size in rows:
        assert site.release.dump(name).stat().st_size == number(size), name
    listed = re.search(r'<td class="count">(\d+)</td>\s*<td>', page(client, "/releases"))
    assert listed and int(listed[1]) == len(rows)


def test_the_sitemap_has_each_page_once(site: Site, client: FlaskClient, ask: Ask) -> None:
    labels = "|".join(f"<{label}>" for label in LABELS)
    rows = ask(f"""SELECT DISTINCT ?s {{ ?s {labels} ?l
        FILTER(STRSTARTS(STR(?s), "{site.base}id/")) }}""")
    listed = re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
    assert len(listed) == len(set(listed))
    documents_ = [each for each in listed if "/doc/" in each and each != f"{site.base}doc/dataset"]
    assert len(documents_) == len(rows) - 1  # the dataset is one of them


def test_numbers_of_answers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of results that is cut says so before its rows, and has the number of all."""
    query = "SELECT ?s { ?s ?p ?o } LIMIT 1500"
    text = httpx.get(f"{site.base}sparql", params={"query": query}, headers=BROWSER).text
    head, _, rows = text.partition('<table class="answer">')
    assert "first 1,000 of 1,500 rows" in head and '<span class="count">1,500</span>' in head
    assert rows.count("<tr>") == 1001
    cut = httpx.get(f"{site.base}sparql", params={"query": query, "maxrows": "7"}, headers=BROWSER)
    head, _, rows = cut.text.partition('<table class="answer">')
    assert "cut after 7 rows" in head and rows.count("<tr>") == 8


# ---- what points to a thing ----


def pointing(ask: Ask) -> dict[str, dict[Kind, list[tuple[str, str]]]]:
    """For each thing what points to it, by the endpoint: property and subject."""
    facts = {row["f"] for row in ask("SELECT ?f { ?f a untoc:Fact }")}
    reified = {str(RDF[part]) for part in ("subject", "predicate", "object")}
    found: dict[str, dict[Kind, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in ask("SELECT ?s ?p ?o { ?s ?p ?o FILTER(ISIRI(?o)) }"):
        kind = Kind.REPEATED if row["s"] in facts or row["p"] in reified else Kind.OWN
        if row["s"].startswith("_:"):
            kind = Kind.NAMELESS
        found[row["o"]][kind].append((row["p"], row["s"]))
    return found


def by_number(text: str) -> list[object]:
    """A key by which 7 comes before 10, made otherwise than ours."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text)
    ]


def test_every_list_of_what_points_to_a_thing(
    site: Site, ask: Ask, held: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pages together are what the endpoint gives, in order; none is empty, all is counted."""
    monkeypatch.setattr(reading, "PAGE", 7)
    paged = 0
    for iri, kinds in pointing(ask).items():
        shown: list[tuple[str, str]] = []
        first = reading.inverses(held, iri, 1)
        for at in range(1, first.pages + 1):
            one = reading.inverses(held, iri, at)
            new = [(g.property.iri, s.iri) for g in one.groups for s in g.subjects]
            assert (one.first, one.last) == (len(shown) + 1, len(shown) + len(new))
            assert new or first.pages == 1, iri
            for group in one.groups:
                before = sum(property == group.property.iri for property, _ in shown)
                assert group.first == before + 1
            shown += new
        expected = kinds[Kind.OWN]
        assert Counter(shown) == Counter(expected), iri
        assert [p for p, _ in shown] == sorted(p for p, _ in shown)
        left_out = first.repeated, first.nameless
        assert left_out == (len(kinds[Kind.REPEATED]), len(kinds[Kind.NAMELESS])), iri
        assert first.count == len(expected)
        per_property = Counter(property for property, _ in expected)
        assert {each.property.iri: each.count for each in first.properties} == per_property
        for each in first.properties:
            before = [property for property, _ in shown].index(each.property.iri)
            assert each.page == before // 7 + 1
        paged += first.pages > 1
    assert paged > 100


def test_lists_are_in_natural_order(site: Site, held: Snapshot) -> None:
    treaty = reading.inverses(held, f"{site.base}id/treaty/untoc", 1)
    articles = [s.iri for s in treaty.groups[0].subjects if "/article/" in s.iri]
    assert f"{site.base}id/treaty/untoc/article/26" in articles
    assert articles == sorted(articles, key=by_number) and len(articles) == 41
    item = reading.inverses(held, f"{site.base}id/report/{SLUG}/item/2", 1)
    subjects = [s.iri for group in item.groups for s in group.subjects]
    for paragraph in (11, 14, 19, 20):
        assert any(f"/para/{paragraph}/recommendation" in each for each in subjects)


def test_pages_and_data_of_every_long_list(site: Site, client: FlaskClient, ask: Ask) -> None:
    """In each format, from page to page by the links that a browser and a program follow."""
    long = 0
    for iri, kinds in pointing(ask).items():
        if not iri.startswith(f"{site.base}id/") or sum(map(len, kinds.values())) <= reading.PAGE:
            continue
        long += 1
        path = iri.replace(f"{site.base}id/", "/doc/", 1)
        shown: list[str] = []
        href: str | None = ""
        while href is not None:
            text = page(client, path + href)
            section = text.partition('<h2 id="inverses">')[2].partition("</section>")[0]
            table = section.partition("<tbody>")[2].partition("</table>")[0]
            shown += re.findall(r'<div><a title="([^"]*)"', table)
            if repeated := len(kinds[Kind.REPEATED]):
                assert f"Left out are {repeated:,} statements of facts" in section
            if len(kinds[Kind.OWN]) > reading.PAGE:
                top = section.partition("<table")[0]
                assert f"of {len(kinds[Kind.OWN]):,}." in top
                assert ('rel="next"' in top) == ('rel="next"' in section)
            following = re.search(r'rel="next" href="(\?page=\d+)#inverses"', section)
            href = following[1] if following else None
        assert len(shown) == len(kinds[Kind.OWN]), iri
        statements: Counter[tuple[str, str]] = Counter()
        address: str | None = f"{path}.nt"
        while address is not None:
            told = client.get(address)
            assert told.status_code == 200
            graph = Graph().parse(data=told.text, format="nt")
            new = [(str(p), str(s)) for s, p in graph.subject_predicates(URIRef(iri))]
            statements.update(dict.fromkeys(new, 1))
            onward = [
                t
                for t, rest in LINK.findall(", ".join(told.headers.getlist("Link")))
                if 'rel="next"' in rest
            ]
            query = onward[0].partition("?")[2] if onward else ""
            address = f"{path}.nt?{query}" if onward else None
        everything = {pair for kind in kinds.values() for pair in kind}
        assert everything <= statements.keys()
    assert long > 3


def test_no_page_beyond_the_last(site: Site, client: FlaskClient) -> None:
    pages = -(-POINTERS // reading.PAGE)
    assert client.get(f"/doc/body/hub?page={pages}", headers=BROWSER).status_code == 200
    answer = client.get(f"/doc/body/hub?page={pages + 1}", headers=BROWSER)
    assert answer.status_code == 404 and f"{pages} for people" in answer.text


# ---- what changed ----


def test_numbers_of_changes(tmp_path: Path) -> None:
    """Of each graph the first changes in natural order, with the number of all."""
    base = "http://localhost:8000/"
    iris = Iris(base)

    def published(numbers: range) -> str:
        data = Dataset()
        for name in ("reference", "findings"):
            for number in numbers if name == "reference" else numbers[:5]:
                label = Literal(f"{name} {number}")
                data.graph(iris.graph(name)).add((iris.body(f"b-{number}"), RDFS.label, label))
        return publish(data, tmp_path, base=base, progress=silent).sha256

    old, new = published(range(1)), published(range(1, 501))
    client = app_on(tmp_path).test_client()
    text = page(client, f"/release/{new}/diff/{old}")
    assert '<td class="count">500</td><td class="count">1</td>' in text
    for graph, total in (("findings", "6"), ("reference", f"1–{releases.SHOWN} / 501")):
        section = text.partition(f'<h2 id="{graph}">')[2].partition("</section>")[0]
        assert f'<span class="count">{total}</span>' in section
        subjects = [int(each) for each in re.findall(r'href="/id/body/b-(\d+)"', section)]
        assert subjects == list(range(min(releases.SHOWN, len(subjects))))
    numbers = json.loads(client.get(f"/release/{new}/diff/{old}.json").text)
    for side in ("added", "removed"):
        lines = client.get(f"/release/{new}/diff/{old}/{side}.nq").text.count("\n")
        of_graphs = sum(graph[side] for graph in numbers["graphs"].values())
        assert lines == numbers[side] == of_graphs
