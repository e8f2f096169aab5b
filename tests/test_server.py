"""The server as its clients see it: over HTTP, started as an operator starts it."""

import gzip
import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

import brotli
import httpx
import pytest
import zstandard
from rdflib import RDF, RDFS, Dataset, Graph, Namespace, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, SPARQLWrapper

from tests.serving import (
    BROWSER,
    HARD_SYMBOLS,
    POINTERS,
    SLUG,
    Raw,
    Site,
    app_on,
    graphs,
    raw,
    silent,
)
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.graph.release.publish import publish
from untocgraph.ontology.competency import questions
from untocgraph.server.http.negotiation import REPRESENTATIONS, Kind, offered

SPDX = Namespace(PREFIXES["spdx"])
TWO = "SELECT ?n WHERE { VALUES ?n { 1 2 } } ORDER BY ?n"
NUMBERS = "PREFIX untoc: <ontology#> SELECT ?n WHERE { ?p untoc:number ?n } ORDER BY ?n LIMIT 3"


@pytest.fixture(scope="module")
def http_client(site: Site) -> Iterator[httpx.Client]:
    plain = {"Accept": "*/*", "Accept-Encoding": "identity"}
    with httpx.Client(base_url=site.base, headers=plain, timeout=20) as client:
        yield client


@pytest.fixture
def client(http_client: httpx.Client) -> httpx.Client:
    return http_client


def dumped(site: Site) -> Dataset:
    return graphs(site.base)


# ---- things and documents ----


def test_things_answer_303_and_documents_200(client: httpx.Client, site: Site) -> None:
    answer = client.get(f"id/report/{SLUG}/para/7")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{site.base}doc/report/{SLUG}/para/7"
    document = client.get(answer.headers["Location"])
    assert document.status_code == 200
    assert document.headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert f'<{site.paragraph(7)}>; rel="describes"' in document.headers["Link"]


KINDS = (
    "",
    "/meeting",
    "/section/II.A",
    "/para/7",
    "/para/7/recommendation",
    "/para/7/norm/1",
    "/para/7/norm/1/addressee/1",
    "/item/1b",
    "/para/43/attendance/12",
    "/para/52/intervention/3",
    "/annex/document/3",
    "/para/1/decision/1",
)
OTHERS = (
    "id/state/chl",
    "id/body/unodc",
    "id/treaty/untoc/article/26",
    "id/concept/modality/should",
    "id/concept/modality",
    "id/document/CTOC/COP/WG.2/2013/3",
)


def test_rdflib_gets_turtle_of_any_iri(site: Site) -> None:
    everything = {(s, p, o) for s, p, o, _ in dumped(site).quads((None, None, None, None))}
    iris = [f"{site.base}id/report/{SLUG}{kind}" for kind in KINDS]
    iris += [site.base + other for other in OTHERS]
    for iri in iris:
        found = Graph().parse(iri)
        own = {t for t in everything if t[0] == URIRef(iri)}
        assert own and own <= set(found), iri
        assert set(found) <= everything, iri


def test_a_document_has_evidence_labels_and_what_points_to_it(site: Site) -> None:
    norm = URIRef(f"{site.paragraph(7)}/norm/1")
    found = Graph().parse(str(norm))
    asked = """ASK {
        ?fact rdf:subject ?norm ; rdf:object ?value ; untoc:evidence/oa:exact "各国"@zh .
        ?value rdfs:label "States"@en .
        ?recommendation untoc:hasNorm ?norm }"""
    spaces = {"oa": "http://www.w3.org/ns/oa#", "untoc": f"{site.base}ontology#"}
    assert found.query(asked, initNs=spaces, initBindings={"norm": norm}).askAnswer


@pytest.mark.parametrize("symbol", HARD_SYMBOLS)
def test_hard_addresses_go_round_once(client: httpx.Client, site: Site, symbol: str) -> None:
    iri = str(site.iris.document(symbol))
    path = urlsplit(iri)
    answer = raw(site, "GET", path.path + (f"?{path.query}" if path.query else ""))
    assert answer.status == 303, iri
    location = answer.headers["Location"]
    assert location == iri.replace("/id/", "/doc/", 1)
    found = Graph().parse(location, format="turtle")
    assert (
        str(found.value(URIRef(iri), URIRef("http://www.w3.org/2000/01/rdf-schema#label")))
        == symbol
    )


def test_an_escaped_slash_is_no_slash(site: Site) -> None:
    assert raw(site, "GET", "/id/document/A/55/383").status == 303
    assert raw(site, "GET", "/id/document/A%2F55/383").status == 404
    assert raw(site, "GET", "/id/document/50%252F50").status == 303
    assert raw(site, "GET", "/id/document/50%2F50").status == 404
    assert raw(site, "GET", "/id%2Fdocument/A/55/383").status == 404


def test_what_clients_escape_differently_is_the_same(site: Site) -> None:
    for path in (
        "/id/document/na%C3%AFve~(1)!*",
        "/id/document/na%c3%afve%7E%281%29%21%2A",
        "/id/document/it's%20&%20that",
        "/id/document/it%27s%20%26%20that",
    ):
        assert raw(site, "GET", path).status == 303, path
    assert raw(site, "GET", "/id/document/%FF").status == 404


DOCUMENT_ROWS = offered(Kind.GRAPH, Kind.DATASET)


@pytest.mark.parametrize("row", DOCUMENT_ROWS, ids=lambda row: row.suffix)
def test_suffix_parameter_and_accept_give_the_same_bytes(client: httpx.Client, row: object) -> None:
    assert isinstance(row, type(REPRESENTATIONS[0]))
    path = f"doc/report/{SLUG}/para/7"
    ways = (
        client.get(f"{path}.{row.suffix}"),
        client.get(path, params={"format": row.suffix}),
        client.get(path, headers={"Accept": row.media_type}),
    )
    assert {way.status_code for way in ways} == {200}
    assert {way.headers["Content-Type"] for way in ways} == {row.content_type}
    assert {way.headers["Content-Location"] for way in ways} == {
        f"{client.base_url}{path}.{row.suffix}"
    }
    assert len({way.content for way in ways}) == 1
    assert [way.headers["Vary"] for way in ways] == [
        "Accept-Encoding",
        "Accept-Encoding",
        "Accept, Accept-Encoding",
    ]


def test_formats_say_the_same(client: httpx.Client) -> None:
    path = f"doc/report/{SLUG}/para/7"
    turtle, jsonld, triples = (
        Graph().parse(data=client.get(f"{path}.{suffix}").text, format=name)
        for suffix, name in (("ttl", "turtle"), ("jsonld", "json-ld"), ("nt", "nt"))
    )
    assert len(turtle) > 20 and isomorphic(turtle, jsonld) and isomorphic(turtle, triples)


def test_a_suffix_that_belongs_to_the_name(client: httpx.Client, site: Site) -> None:
    """A document may be called report.ttl; its Turtle is then report.ttl.ttl."""
    whole = client.get("doc/document/report.ttl", headers=BROWSER)
    assert whole.status_code == 200
    assert whole.headers["Content-Type"].startswith("text/html")
    turtle = client.get("doc/document/report.ttl.ttl")
    assert "report.ttl>" in turtle.text


def test_a_hub_is_paged(client: httpx.Client, site: Site) -> None:
    hub, path = URIRef(f"{site.base}id/body/hub"), "doc/body/hub"
    seen: set[object] = set()
    for page in range(1, 10):
        answer = client.get(path)
        found = Graph().parse(data=answer.text, format="turtle")
        on_page = set(found.subjects(None, hub))
        assert len(on_page) <= 100 and not on_page & seen
        seen |= on_page
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        if following is None:
            break
        path = following[1]
        assert path == f"{site.base}doc/body/hub?page={page + 1}"
    assert len(seen) == POINTERS
    assert client.get("doc/body/hub?page=0").status_code == 404


def test_a_source_is_its_text(client: httpx.Client, site: Site) -> None:
    stated = dumped(site).graph(site.iris.graph(SLUG, "stated"))
    source = urlsplit(str(next(stated.objects(None, site.iris.ontology.hasSource))))
    path = source.path.replace("/id/", "/doc/")
    plain = client.get(path, headers={"Accept": "text/plain"})
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert plain.text.strip().startswith("联合国打击跨国有组织犯罪公约")
    assert client.get(path).headers["Content-Type"].startswith("text/turtle")
    assert client.get(f"{path}.txt").content == plain.content


# ---- graphs, vocabularies, dumps, releases ----


def test_dumps_are_the_files_of_the_release(client: httpx.Client, site: Site) -> None:
    for file in site.release.manifest.dumps:
        answer = client.get(f"dump/{file.name}")
        assert answer.content == site.release.dump(file.name).read_bytes()
        assert answer.headers["ETag"] == f'"{file.sha256}"'
        assert answer.headers["Accept-Ranges"] == "bytes"
    assert client.get("dump/untocgraph.ttl").headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert client.get("dump/untocgraph.nq").headers["Content-Type"] == "application/n-quads"
    quads = client.get("dump/untocgraph", headers={"Accept": "application/n-quads"})
    assert quads.headers["Content-Location"] == f"{site.base}dump/untocgraph.nq"
    assert client.get("dump/../manifest.json").status_code == 404
    assert raw(site, "GET", "/dump/..%2Fmanifest.json").status == 404


PACKED = (("gzip", "gz", "application/gzip"), ("zstd", "zst", "application/zstd"))


@pytest.mark.parametrize(("coding", "suffix", "media_type"), PACKED)
def test_dumps_are_sent_from_their_compressed_copies(
    site: Site, coding: str, suffix: str, media_type: str
) -> None:
    plain = raw(site, "GET", "/dump/untocgraph.nq")
    packed = site.release.dump(f"untocgraph.nq.{suffix}").read_bytes()
    coded = raw(site, "GET", "/dump/untocgraph.nq", headers={"Accept-Encoding": coding})
    assert coded.body == packed
    assert coded.headers["Content-Encoding"] == coding
    assert coded.headers["Content-Type"] == plain.headers["Content-Type"] == "application/n-quads"
    assert coded.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == coded.headers["Vary"] == "Accept-Encoding"
    itself = raw(site, "GET", f"/dump/untocgraph.nq.{suffix}", headers={"Accept-Encoding": coding})
    assert itself.body == packed
    assert itself.headers["Content-Type"] == media_type
    assert "Content-Encoding" not in itself.headers


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_an_interrupted_download_goes_on(site: Site, coding: str) -> None:
    wish = {"Accept-Encoding": coding}
    whole = raw(site, "GET", "/dump/untocgraph.nq", headers=wish)
    size, etag = len(whole.body), whole.headers["ETag"]
    half = size // 2

    def asked(span: str, **more: str) -> Raw:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        headers = wish | {"Range": f"bytes={span}"} | named
        return raw(site, "GET", "/dump/untocgraph.nq", headers=headers)

    for condition in ({}, {"If_Range": etag}, {"If_Range": whole.headers["Last-Modified"]}):
        rest = asked(f"{half}-", **condition)
        assert rest.status == 206
        assert whole.body[:half] + rest.body == whole.body
        assert rest.headers["Content-Range"] == f"bytes {half}-{size - 1}/{size}"
        assert rest.headers["ETag"] == etag
        assert rest.headers.get("Content-Encoding") == whole.headers.get("Content-Encoding")
    assert asked("-10").body == whole.body[-10:]
    changed = asked(f"{half}-", If_Range='"another"')
    assert (changed.status, changed.body) == (200, whole.body)
    beyond = asked(f"{size}-")
    assert beyond.status == 416
    assert beyond.headers["Content-Range"] == f"bytes */{size}"


def test_part_of_a_dump(client: httpx.Client, site: Site) -> None:
    part = client.get("dump/untocgraph.nq", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == site.release.dump("untocgraph.nq").read_bytes()[10:20]


@pytest.mark.parametrize("name", ["untocgraph.nq", "untocgraph.nq.gz", "untocgraph.ttl.zst"])
def test_a_download_that_was_cut_goes_on(site: Site, tmp_path: Path, name: str) -> None:
    """By curl, as people do; what it comes to has the checksum that the catalogue gives."""
    file, address = tmp_path / name, f"{site.base}dump/{name}"
    whole = site.release.dump(name).read_bytes()
    file.write_bytes(whole[: len(whole) // 3])
    command = ["curl", "--silent", "--fail", "--continue-at", "-", "--output", str(file), address]
    subprocess.run(command, check=True)
    assert file.read_bytes() == whole
    about = Graph().parse(f"{site.base}id/dataset", format="turtle")
    checksum = about.value(URIRef(address), SPDX.checksum)
    told = str(about.value(checksum, SPDX.checksumValue))
    assert told == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_rest_of_another_release_is_not_sent(client: httpx.Client) -> None:
    """Half of one and half of another would be neither."""
    same = client.get("dump/untocgraph.nq", headers={"Accept-Encoding": "identity"})
    part = {"Accept-Encoding": "identity", "Range": "bytes=10-"}
    kept = client.get("dump/untocgraph.nq", headers=part | {"If-Range": same.headers["ETag"]})
    assert (kept.status_code, kept.content) == (206, same.content[10:])
    other = client.get("dump/untocgraph.nq", headers=part | {"If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, same.content)


@pytest.mark.parametrize("path", ["ontology", "shapes", f"graph/{SLUG}/stated", "graph/reference"])
def test_graphs_answer_200(client: httpx.Client, path: str, site: Site) -> None:
    answer = client.get(path)
    name = path.removeprefix("graph/")
    assert answer.status_code == 200
    assert answer.content == site.release.dump(f"graphs/{name}.ttl").read_bytes()
    assert client.get(f"{path}.nt").headers["Content-Type"] == "application/n-triples"
    assert client.get(path, headers=BROWSER).headers["Content-Type"].startswith("text/html")


def test_a_graph_in_another_format_is_the_same_graph(client: httpx.Client) -> None:
    turtle = Graph().parse(data=client.get("ontology.ttl").text, format="turtle")
    triples = Graph().parse(data=client.get("ontology.nt").text, format="nt")
    assert len(turtle) > 100 and isomorphic(turtle, triples)


def test_a_release_by_its_hash(client: httpx.Client, site: Site) -> None:
    sha256 = site.release.sha256
    manifest = client.get(f"release/{sha256}.json").json()
    assert manifest["sha256"] == sha256 and manifest["triples"] == site.release.manifest.triples
    assert sha256 in client.get(f"release/{sha256}", headers=BROWSER).text
    assert client.get(f"release/{'0' * 64}").status_code == 404


# ---- HTTP ----

DOCUMENT = f"doc/report/{SLUG}/para/7.ttl"
CACHED = (
    "",
    "findings",
    "ontology",
    "dump/untocgraph.ttl",
    DOCUMENT,
    f"doc/report/{SLUG}/para/7.html",
    f"graph/{SLUG}/inferred",
    "sparql",
    "sparql?" + urlencode({"query": TWO}),
)


@pytest.mark.parametrize("path", CACHED)
def test_caching(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.status_code == 200 and re.fullmatch('"[0-9a-f]{32,64}"', etag)
    assert "no-cache" in first.headers["Cache-Control"]
    for held in ({"If-None-Match": etag}, {"If-None-Match": f'"x", W/{etag}'}):
        again = client.get(path, headers=held)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers.get("Vary") == first.headers.get("Vary")
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(path, headers={"If-Modified-Since": modified}).status_code == 304
    old = {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert client.get(path, headers=old).status_code == 200
    # RFC 9110, 13.1.3: an ETag that differs outweighs a date that does not
    both = {"If-None-Match": '"other"', "If-Modified-Since": modified}
    assert client.get(path, headers=both).status_code == 200


UNPACK: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "br": brotli.decompress,
        "gzip": gzip.decompress,
        "zstd": lambda coded: zstandard.ZstdDecompressor().decompressobj().decompress(coded),
    }
)


@pytest.mark.parametrize("path", [path for path in CACHED if not path.startswith("dump")])
def test_codings_are_of_the_same_bytes(site: Site, path: str) -> None:
    plain = raw(site, "GET", f"/{path}")
    etags = {plain.headers["ETag"]}
    for coding, unpack in UNPACK.items():
        wish = {"Accept-Encoding": coding}
        coded = raw(site, "GET", f"/{path}", headers=wish)
        if "Content-Encoding" in coded.headers:
            assert coded.headers["Content-Encoding"] == coding
            assert len(coded.body) < len(plain.body)
            assert unpack(coded.body) == plain.body
        else:
            assert coded.body == plain.body and len(plain.body) < 512
        assert "Accept-Encoding" in coded.headers["Vary"].split(", ")
        etags.add(coded.headers["ETag"])
        again = raw(
            site, "GET", f"/{path}", headers=wish | {"If-None-Match": coded.headers["ETag"]}
        )
        assert (again.status, again.body) == (304, b"")
        # What is held in another coding is not what would be sent.
        other = raw(
            site, "GET", f"/{path}", headers=wish | {"If-None-Match": plain.headers["ETag"]}
        )
        assert other.status == 200
        head = raw(site, "HEAD", f"/{path}", headers=wish)
        assert head.headers["Content-Length"] == str(len(coded.body))
    assert len(etags) == 4


def test_no_coding_is_acceptable(site: Site) -> None:
    for path in (f"/{DOCUMENT}", "/dump/untocgraph.nq"):
        told = raw(site, "GET", path, headers={"Accept-Encoding": "identity;q=0, *;q=0"})
        assert told.status == 406
        assert json.loads(told.body)["offered"][0] == "identity"
        assert "Accept-Encoding" in told.headers["Vary"]


def test_styles_are_kept_for_good_and_known_by_content(client: httpx.Client) -> None:
    style = client.get("static/style.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["Cache-Control"]
    held = {"If-None-Match": style.headers["ETag"]}
    assert client.get("static/style.css", headers=held).status_code == 304
    assert client.get("static/icon.svg").headers["Content-Type"] == "image/svg+xml"
    assert client.get("static/nothing.css").status_code == 404
    assert client.get("static/..%2Fapp.py").status_code == 404


def test_an_etag_names_one_format_and_one_thing(client: httpx.Client) -> None:
    paths = [
        DOCUMENT,
        DOCUMENT.replace("ttl", "nt"),
        DOCUMENT.replace("7.ttl", "8.ttl"),
        "",
        "sparql",
    ]
    paths += [f"sparql?{urlencode({'query': query})}" for query in (TWO, NUMBERS)]
    etags = {client.get(path).headers["ETag"] for path in paths}
    assert len(etags) == len(paths)
    types = [row.media_type for row in DOCUMENT_ROWS]
    answers = [client.get(DOCUMENT[:-4], headers={"Accept": media_type}) for media_type in types]
    assert len({answer.headers["ETag"] for answer in answers}) == len(types)


@pytest.mark.parametrize(
    "path", [*CACHED, f"id/report/{SLUG}/para/7", "nothing", "sparql?query=x", "health"]
)
def test_head_is_get_without_body(site: Site, path: str) -> None:
    get, head = (raw(site, method, f"/{path}") for method in ("GET", "HEAD"))
    assert head.body == b"" and head.status == get.status
    changing = {"Date"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in get.headers.items() if k not in changing
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "sparql", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", f"id/report/{SLUG}/para/7", "GET, HEAD, OPTIONS"),
        ("POST", "dump/untocgraph.ttl", "GET, HEAD, OPTIONS"),
        ("PATCH", "", "GET, HEAD, OPTIONS"),
    ],
)
def test_wrong_method(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    assert problem(answer)["type"].endswith("problems#method-not-allowed")


def test_any_page_of_the_web_may_ask(client: httpx.Client) -> None:
    preflight = client.options(
        "sparql",
        headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    for path in ("sparql?query=x", "nothing", DOCUMENT):
        answer = client.get(path, headers={"Origin": "https://example.org"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Port": "666",
    "Forwarded": "host=evil.example;proto=https",
    "X-Script-Name": "/evil",
    "Script-Name": "/evil",
    "X-Original-URL": "/evil",
}


@pytest.mark.parametrize(
    "path",
    [
        "",
        f"id/report/{SLUG}/para/7",
        DOCUMENT,
        f"doc/report/{SLUG}/para/7.html",
        "sparql",
        "nothing",
    ],
)
def test_forged_headers_change_no_byte(site: Site, path: str) -> None:
    honest = raw(site, "GET", f"/{path}")
    forged = raw(site, "GET", f"/{path}", headers=FORGED)
    for answer in (honest, forged):
        del answer.headers["Date"]
    assert forged == honest


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/doc//body/unodc", "/sparql/", "/api/", "/doc"]
)
def test_nothing_is_redirected_by_guess(site: Site, path: str) -> None:
    """A redirect that is made from the Host header sends a cache's readers elsewhere."""
    assert raw(site, "GET", path, headers={"Host": "evil.example"}).status == 404


def test_no_address_ends_in_a_slash(site: Site) -> None:
    """Flask would redirect the same address without it, to wherever Host says."""
    rules = [rule.rule for rule in app_on(site.folder).url_map.iter_rules()]
    assert [rule for rule in rules if rule.endswith("/")] == ["/"]


def test_absolute_form_of_a_request(site: Site) -> None:
    """RFC 9112, 3.2.2: a server takes it, whatever host it names."""
    assert raw(site, "GET", f"http://evil.example/id/report/{SLUG}/para/7").status == 303


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        ("id/body/nobody", 404),
        ("doc/body/nobody.ttl", 404),
        ("graph/nothing", 404),
        ("dump/nothing.ttl", 404),
        (f"{DOCUMENT[:-4]}?format=docx", 406),
        ("sparql?query=SELECT", 400),
    ],
)
def test_errors_say_the_same_to_programs_and_people(
    client: httpx.Client, path: str, status: int
) -> None:
    program, person = client.get(path), client.get(path, headers=BROWSER)
    assert (program.status_code, person.status_code) == (status, status)
    told = problem(program)
    assert told["status"] == status
    if "format=" not in path:
        assert person.headers["Content-Type"] == "text/html; charset=utf-8"
        assert told["detail"].replace("'", "&#39;") in person.text
    assert "Traceback" not in person.text
    kinds = client.get("problems").text
    assert f'id="{told["type"].partition("#")[2]}"' in kinds


def test_404_names_what_is_not_known(client: httpx.Client, site: Site) -> None:
    assert f"{site.base}id/body/nobody" in problem(client.get("id/body/nobody"))["detail"]


def test_406_lists_what_is_offered(client: httpx.Client) -> None:
    told = problem(client.get(DOCUMENT[:-4], headers={"Accept": "image/png"}))
    assert told["status"] == 406
    assert told["offered"] == [row.media_type for row in DOCUMENT_ROWS]


# ---- SPARQL ----


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    found = answer.json()["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in found]


def test_every_door_gives_the_same_rows(client: httpx.Client) -> None:
    body = {"Content-Type": "application/sparql-query"}
    doors = (
        client.get("sparql", params={"query": NUMBERS}),
        client.post("sparql", data={"query": NUMBERS}),
        client.post("sparql", content=NUMBERS.encode(), headers=body),
        client.post(
            "sparql",
            content=NUMBERS.encode(),
            headers={"Content-Type": "application/sparql-query; charset=UTF-8"},
        ),
    )
    for door in doors:
        assert rows(door) == [{"n": "1"}, {"n": "2"}, {"n": "3"}]
        assert ("ETag" in door.headers) == (door.request.method == "GET")


@pytest.mark.parametrize("row", offered(Kind.RESULTS), ids=lambda row: row.suffix)
def test_result_formats(client: httpx.Client, row: object) -> None:
    assert isinstance(row, type(REPRESENTATIONS[0]))
    by_accept = client.get("sparql", params={"query": TWO}, headers={"Accept": row.media_type})
    by_name = client.get("sparql", params={"query": TWO, "format": row.suffix})
    posted = client.post("sparql", data={"query": TWO, "format": row.suffix})
    assert by_accept.content == posted.content
    assert by_accept.headers["Content-Type"] == row.content_type
    if row.suffix != "html":
        assert by_name.content == posted.content
    assert "1" in by_accept.text and "2" in by_accept.text


@pytest.mark.parametrize("row", offered(Kind.GRAPH), ids=lambda row: row.suffix)
@pytest.mark.parametrize("form", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE ?s { ?s a ?o }"])
def test_graph_formats(client: httpx.Client, row: object, form: str) -> None:
    assert isinstance(row, type(REPRESENTATIONS[0]))
    query = form + " LIMIT 5"
    answer = client.get("sparql", params={"query": query}, headers={"Accept": row.media_type})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == row.content_type
    if row.suffix != "html":
        assert len(Graph().parse(data=answer.text, format=row.media_type)) > 0


def test_ask(client: httpx.Client) -> None:
    assert client.get("sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True
    page = client.get("sparql", params={"query": "ASK { ?s <x:none> ?o }"}, headers=BROWSER)
    assert ">No<" in page.text


def test_words_survive(client: httpx.Client) -> None:
    query = 'SELECT ("各国 100% +&=;%2F" AS ?x) ("x"@zh AS ?y) ("7"^^<u:t> AS ?z) {}'
    for answer in (
        client.get("sparql", params={"query": query}),
        client.post("sparql", data={"query": query}),
    ):
        found = answer.json()["results"]["bindings"][0]
        assert found["x"]["value"] == "各国 100% +&=;%2F"
        assert found["y"]["xml:lang"] == "zh"
        assert found["z"]["datatype"] == "u:t"


def test_dataset_of_the_request(client: httpx.Client, site: Site) -> None:
    count = "SELECT (COUNT(*) AS ?n) FROM <x:other> { ?s ?p ?o }"
    stated = f"{site.base}graph/{SLUG}/stated"
    sizes = {one.name: one.triples for one in site.release.manifest.graphs}
    for answer in (
        client.get("sparql", params={"query": count, "default-graph-uri": stated}),
        client.post("sparql", data={"query": count, "default-graph-uri": stated}),
        client.post(
            "sparql",
            params={"default-graph-uri": stated},
            content=count,
            headers={"Content-Type": "application/sparql-query"},
        ),
    ):
        assert rows(answer) == [{"n": str(sizes[f"{SLUG}/stated"])}]
    assert rows(client.get("sparql", params={"query": count})) == [{"n": "0"}]
    everything = count.replace("FROM <x:other> ", "")
    assert rows(client.get("sparql", params={"query": everything})) == [
        {"n": str(site.release.manifest.triples)}
    ]


@pytest.mark.parametrize(
    "update",
    ["INSERT DATA { <a:a> <a:b> <a:c> }", "DROP ALL", "LOAD <http://localhost:1/>", "CLEAR ALL"],
)
def test_updates_are_refused(client: httpx.Client, update: str) -> None:
    sent = (
        client.post("sparql", data={"update": update}),
        client.post(
            "sparql", content=update, headers={"Content-Type": "application/sparql-update"}
        ),
        client.get("sparql", params={"update": update}),
        client.get("sparql", params={"query": update}),
        client.post("sparql", content=update, headers={"Content-Type": "application/sparql-query"}),
    )
    for answer in sent:
        assert answer.status_code in (400, 403)
        problem(answer)


@pytest.mark.parametrize(
    "request_",
    [
        {"params": [("query", TWO), ("query", TWO)]},
        {"method": "POST", "data": {}},
        {"method": "POST", "params": {"query": TWO}, "data": {"query": TWO}},
        {"method": "POST", "data": {"qery": TWO}},
        {"params": {"query": ""}},
        {"params": {"query": "SELECT * { SERVICE <http://localhost:1/> { ?s ?p ?o } }"}},
        {"params": {"query": TWO, "default-graph-uri": "no iri"}},
    ],
    ids=str,
)
def test_400(client: httpx.Client, request_: dict[str, object]) -> None:
    method = str(request_.pop("method", "GET"))
    if method == "POST" and not request_["data"]:
        request_["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.request(method, "sparql", **request_)  # type: ignore[arg-type]
    assert answer.status_code == 400, answer.text
    problem(answer)


def test_bytes_that_are_no_utf_8(site: Site) -> None:
    assert raw(site, "GET", "/sparql?query=ASK%7B?s%20?p%20%22%FF%22%7D").status == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert raw(site, "POST", "/sparql", body=b"query=ASK{?s+?p+'%FF'}", headers=form).status == 400
    query = {"Content-Type": "application/sparql-query"}
    assert raw(site, "POST", "/sparql", body=b"\xff", headers=query).status == 400
    unknown = {"Content-Type": "application/sparql-query; charset=klingon"}
    assert raw(site, "POST", "/sparql", body=b"ASK {}", headers=unknown).status == 400


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/json", "multipart/form-data", ""]
)
def test_415(site: Site, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = raw(site, "POST", "/sparql", body=b"ASK {}", headers=headers)
    assert answer.status == 415


def test_a_body_that_is_too_long(site: Site) -> None:
    form = {"Content-Type": "application/sparql-query", "Content-Length": "3000000"}
    answer = raw(site, "POST", "/sparql", body=b"x" * 3_000_000, headers=form)
    assert answer.status == 413
    told = json.loads(answer.body)
    assert told["type"] == f"{site.base}problems#body-too-long"
    assert "200,000 characters" in told["detail"]


def test_syntax_error_has_line_and_column(client: httpx.Client) -> None:
    query = "SELECT ?s\nWHERE { ?s ?p }"
    told = problem(client.get("sparql", params={"query": query}))
    assert told["status"] == 400
    assert (told["line"], told["column"]) == (2, 15)
    page = client.get("sparql", params={"query": query}, headers=BROWSER)
    assert page.status_code == 400
    assert "Line 2, column 15" in page.text
    assert "WHERE { ?s ?p }</textarea>" in page.text  # to be mended


def test_answers_that_differ_each_time_are_not_cached(client: httpx.Client) -> None:
    for query in (
        "SELECT (RAND() AS ?x) {}",
        "SELECT (now() AS ?x) {}",
        "CONSTRUCT { [] <x:p> ?s } { ?s <x:q> ?o }",
    ):
        answer = client.get("sparql", params={"query": query})
        assert "ETag" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_service_description(client: httpx.Client, site: Site) -> None:
    found = Graph().parse(data=client.get("sparql").text, format="turtle")
    sd = "http://www.w3.org/ns/sparql-service-description#"
    service = URIRef(f"{site.base}sparql")
    formats = set(map(str, found.objects(service, URIRef(sd + "resultFormat"))))
    offers = offered(Kind.GRAPH, Kind.DATASET, Kind.RESULTS)
    assert formats == {row.iri for row in offers if row.iri}
    names = set(map(str, found.objects(None, URIRef(sd + "name"))))
    assert names == {
        str(site.iris.graph(*one.name.split("/"))) for one in site.release.manifest.graphs
    }
    assert (service, URIRef(sd + "feature"), URIRef(sd + "UnionDefaultGraph")) in found
    void = "http://rdfs.org/ns/void#"
    for one in site.release.manifest.graphs:
        graph = site.iris.graph(*one.name.split("/"))
        assert found.value(graph, URIRef(void + "triples")) == RdfLiteral(one.triples)


def test_service_description_tells_the_limits(client: httpx.Client, site: Site) -> None:
    found = Graph().parse(data=client.get("sparql").text, format="turtle")
    schema = "https://schema.org/"
    limits = {
        str(iri).rpartition("/")[2]: found.value(iri, URIRef(schema + "maxValue"))
        for iri in found.objects(
            URIRef(f"{site.base}sparql"), URIRef(schema + "additionalProperty")
        )
    }
    told = {
        name: value.toPython() for name, value in limits.items() if isinstance(value, RdfLiteral)
    }
    assert told == {"timeout": 10, "rows": 1_000_000, "size": 64_000_000, "query": 200_000}


def test_service_description_has_queries_that_run(client: httpx.Client, site: Site) -> None:
    found = Graph().parse(data=client.get("sparql").text, format="turtle")
    sh = "http://www.w3.org/ns/shacl#"
    executable = set(found.subjects(RDF.type, URIRef(sh + "SPARQLExecutable")))
    assert len(executable) == len(questions(site.base))
    for one in executable:
        assert {label.language for label in found.objects(one, RDFS.label)} == {"en", "zh"}  # type: ignore[attr-defined]
        query = str(found.value(one, URIRef(sh + "select")))
        assert client.get("sparql", params={"query": query}).status_code == 200


@pytest.mark.parametrize("path", ["sparql", "sparql?maxrows=5"])
@pytest.mark.parametrize("order", ["?o", "DESC(?o)", "DESC(STR(?p)) ?o", "?s ?o"])
def test_everything_can_be_sorted(client: httpx.Client, path: str, order: str) -> None:
    query = f"SELECT * {{ ?s ?p ?o FILTER(ISLITERAL(?o)) }} ORDER BY {order} LIMIT 3000"
    answer = client.post(path, data={"query": query}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (r'SELECT ("a\u0001" AS ?r) {}', "application/sparql-results+xml"),
        (r'CONSTRUCT { <x:s> <x:p> "\uFFFE" } {}', "application/rdf+xml"),
        ("CONSTRUCT { <x:s> <x:1> 1 } {}", "application/rdf+xml"),
    ],
)
def test_what_xml_cannot_hold(client: httpx.Client, query: str, accept: str) -> None:
    answer = client.get("sparql", params={"query": query}, headers={"Accept": accept})
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (406, 406)
    assert problem["type"].endswith("/problems#not-in-xml") and "Ask for" in problem["detail"]


def test_sparqlwrapper(site: Site) -> None:
    client = SPARQLWrapper(f"{site.base}sparql")
    client.setQuery('SELECT ?s { ?s <http://www.w3.org/2000/01/rdf-schema#label> "智利"@zh }')
    client.setReturnFormat(JSON)
    answer: Any = client.queryAndConvert()
    found = answer["results"]["bindings"]
    assert [row["s"]["value"] for row in found] == [f"{site.base}id/state/chl"]


def test_rdflib_as_client(site: Site) -> None:
    remote = Graph(SPARQLStore(f"{site.base}sparql"))
    assert [str(row[0]) for row in remote.query(TWO)] == ["1", "2"]  # type: ignore[index]


# ---- releases ----


def test_health(client: httpx.Client, site: Site) -> None:
    answer = client.get("health")
    told = answer.json()
    assert answer.status_code == 200 and told["status"] == "ok"
    assert told["release"] == site.release.sha256
    assert told["base"] == site.base
    assert told["triples"] == site.release.manifest.triples
    assert told["pool"]["answers"] is True


def wait_until(holds: Callable[[], bool]) -> None:
    """Ask again and again, for a second at most."""
    deadline = time.monotonic() + 1
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_new_release_is_served_within_a_second(client: httpx.Client, site: Site) -> None:
    before = client.get("")
    dataset = Dataset()
    for s, p, o, graph in graphs(site.base).quads((None, None, None, None)):
        dataset.graph(graph).add((s, p, o))
    new = site.iris.body("brand-new")
    reference = dataset.graph(site.iris.graph("reference"))
    reference.add((new, URIRef("http://www.w3.org/2000/01/rdf-schema#label"), URIRef("x:y")))
    assert client.get("id/body/brand-new").status_code == 404
    try:
        publish(dataset, site.folder, base=site.base, progress=silent)
        wait_until(lambda: client.get("id/body/brand-new").status_code == 303)
        assert client.get("", headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
        query = f"ASK {{ <{new}> ?p ?o }}"
        assert client.get("sparql", params={"query": query}).json()["boolean"] is True
    finally:
        publish(graphs(site.base), site.folder, base=site.base, progress=silent)
    wait_until(lambda: client.get("id/body/brand-new").status_code == 410)
    assert client.get("").headers["ETag"] == before.headers["ETag"]


# ---- helpers ----


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "no-store" in answer.headers["Cache-Control"]
    told: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail"} <= told.keys()
    return told
