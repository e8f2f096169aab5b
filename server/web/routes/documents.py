"""Things, their documents, the named graphs, the vocabularies and the dumps.

A thing stands at /id/… and answers 303 to its document at /doc/…, for a State or a recommendation
cannot be sent over a wire. Documents, graphs, ontology, shapes and dumps answer 200.
"""

import json
import re
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request, send_file
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from untocgraph.graph.rdf import jsonld
from untocgraph.graph.release.dumps import QUADS
from untocgraph.graph.release.incoming_links import Kind as Pointing
from untocgraph.graph.release.publish import DumpFile, Release
from untocgraph.server.cache.responses import KEEP
from untocgraph.server.http.codings import CODINGS, choose_coding
from untocgraph.server.http.conditions import RangeNotSatisfiable, Validators, only_range, part
from untocgraph.server.http.negotiation import (
    COMPACTED,
    EXPANDED,
    FRAMED,
    HTML,
    JSON_LD,
    REPRESENTATIONS,
    Choice,
    Kind,
    offered,
)
from untocgraph.server.http.problems import Gone, NoSuchRange, NotFound
from untocgraph.server.metadata.description import describe, framed, write
from untocgraph.server.metadata.releases import media_type
from untocgraph.server.pages import things as pages
from untocgraph.server.pages.facts import is_a, pages_of, source_text
from untocgraph.server.repository.snapshot import Snapshot
from untocgraph.server.web.links import alternates, link, of_data, of_dataset, of_document
from untocgraph.server.web.paths import canonical
from untocgraph.server.web.responses import (
    USUAL,
    answer,
    is_held,
    negotiate,
    sent_path,
    snapshot,
    varies,
)

documents = Blueprint("documents", __name__)

DOCUMENT = offered(Kind.GRAPH, Kind.DATASET)
PROFILES = (COMPACTED, EXPANDED)  # the forms of JSON-LD, the usual one first
SUFFIXES = {row.suffix for row in REPRESENTATIONS}
STORED = tuple(coding for coding in CODINGS if coding.suffix)  # a release has dumps in these
PACKED = {coding.suffix: f"application/{coding.name}" for coding in STORED}  # RFC 6713, 8878


@documents.get("/id/<path:_>")
def thing(_: str) -> Response:
    """A thing: see its document."""
    held = snapshot()
    path = ours()
    iri = held.base + path
    if not held.lookup.knows(iri):
        raise missing(held, iri)
    query = request.query_string.decode("latin-1")
    document = f"{held.base}doc/{path.removeprefix('id/')}"
    location = document + (f"?{query}" if query else "")
    request.environ[KEEP] = True
    headers = [
        ("Location", location),
        ("Link", link(document, "describedby")),
        ("Cache-Control", USUAL),
    ]
    return Response(f"See {location}\n", 303, headers, content_type="text/plain; charset=utf-8")


@documents.get("/doc/<path:_>")
def document(_: str) -> Response:
    """What the graph says of one thing."""
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: held.lookup.knows(iri_of_document(p)))
    iri = iri_of_document(path)
    if not held.lookup.knows(iri):
        raise missing(held, iri)
    words = source_text(held, iri) if is_a(held, iri, "SourceText") else None
    offers = DOCUMENT if words is None else offered(Kind.GRAPH, Kind.DATASET, Kind.TEXT)
    profiles = (*PROFILES, FRAMED)
    choice = negotiate(offers, suffix, profiles)
    number = page_number()
    # Pages for people leave out what repeats other statements, so there may be fewer of them.
    pointing = held.lookup.pointing(iri)
    shown, told = pages_of(pointing.count(Pointing.OWN)), pages_of(len(pointing))
    last = shown if choice.representation is HTML else told
    if number > last:
        raise NotFound(
            f"What points to {iri} has no page {number}: it fills {shown} for people to read, and "
            f"{told} as data."
        )
    if number > shown:
        offers = tuple(row for row in offers if row is not HTML)

    def make() -> bytes | str:
        if choice.representation is HTML:
            return pages.thing(held, iri, path, number, offers)
        if choice.representation.kinds == {Kind.TEXT}:
            return words or ""
        if choice.profile == FRAMED:
            return framed(held, iri)
        return write(describe(held, iri, number), choice, held.base)

    address = held.base + path
    query = page_query(number)
    links = [
        *of_document(held, iri, address + (f"?{query}" if query else "")),
        *alternates(address, offers, profiles, query),
        *(of_dataset(held) if iri == str(held.iris.dataset) else ()),
    ]
    if number < last:
        links.append(link(f"{address}?{page_query(number + 1)}", "next"))
    if number > 1:
        before = page_query(number - 1)
        links.append(link(address + (f"?{before}" if before else ""), "prev"))
    return located(answer(choice, make, key=str(number), links=links), path, choice, query)


@documents.get("/graph/<path:_>")
@documents.get("/ontology")
@documents.get("/ontology.<_>")
@documents.get("/shapes")
@documents.get("/shapes.<_>")
def graph(_: str = "") -> Response:
    """A named graph, whole. Ontology and shapes are graphs that have an address of their own."""
    held = snapshot()
    names = {one.name for one in held.release.manifest.graphs}
    path, suffix = split_suffix(ours(), lambda p: p.removeprefix("graph/") in names)
    name = path.removeprefix("graph/")
    if name not in names:
        if last := held.archive.last_with_graph(name):
            raise Gone(held.base + path, str(held.iris.release(last.release.sha256)), None)
        raise NotFound(f"There is no graph {held.base}{path} .")
    choice = negotiate(DOCUMENT, suffix, PROFILES)

    def make() -> bytes | str:
        if choice.representation is HTML:
            return pages.graph(held, path, name, DOCUMENT)
        dump = f"graphs/{name}{choice.address}"
        if dump in {file.name for file in held.release.manifest.dumps}:
            return held.release.dump(dump).read_bytes()
        return write(quads_of(held, name), choice, held.base)

    address = held.base + path
    links = [*of_data(held, address), *alternates(address, DOCUMENT, PROFILES)]
    return located(answer(choice, make, links=links), path, choice)


@documents.get("/context.jsonld")
def context() -> Response:
    """The context of our JSON-LD. It is asked for by programs only, and has this one form."""
    held = snapshot()
    body = {"@context": jsonld.context(held.base)}
    return answer(Choice(JSON_LD, JSON_LD.media_type), lambda: json.dumps(body, indent=2) + "\n")


@documents.get("/dump/<path:_>")
def dump(_: str) -> Response:
    """A file of the release, by its name; without its suffix, in the format that is asked for.

    A file that the release has compressed as well is sent so to clients that can undo it.
    """
    held = snapshot()
    return file_of(held.release, ours().removeprefix("dump/"), f"{held.base}dump/", USUAL)


def file_of(release: Release, name: str, folder: str, cache_control: str) -> Response:
    """A file of *release*, whose files stand at the address *folder*.

    Raises NotFound if it has no such file, Gone if it keeps it no longer, PreconditionFailed, and
    NoSuchRange.
    """
    files = {file.name: file for file in release.manifest.dumps}
    rows = [row for row in REPRESENTATIONS if f"{name}.{row.suffix}" in files]
    if rows:
        choice = negotiate(rows)
        name = f"{name}.{choice.representation.suffix}"
    elif name not in files:
        listed = ", ".join(files)
        raise NotFound(f"There is no dump {name}; this release has {listed}.")
    varies("Accept-Encoding")
    codings = [coding for coding in STORED if f"{name}.{coding.suffix}" in files]
    chosen = choose_coding(request.headers.get("Accept-Encoding"), codings).coding
    if chosen and not release.keeps(f"{name}.{chosen.suffix}"):
        chosen = None
    file = files[f"{name}.{chosen.suffix}" if chosen else name]
    if not release.keeps(file.name):
        whole = f"{folder}{QUADS}"
        raise Gone(folder + name, None, whole if name != QUADS else None)
    response = sent_file(release, file, media_type_of(name))
    if chosen:
        response.headers["Content-Encoding"] = chosen.name
    response.headers["Cache-Control"] = cache_control
    response.headers["Content-Location"] = folder + name
    for one in of_data(snapshot(), folder + name):
        response.headers.add("Link", one)
    return response


def sent_file(release: Release, file: DumpFile, media_type: str) -> Response:
    """*file*, or the part of it that is asked for, or 304 without it."""
    response = Response(status=304)
    response.set_etag(file.sha256)
    response.last_modified = release.manifest.built
    current = Validators.of(response.headers)
    if is_held(current):
        return response
    path = release.dump(file.name)
    size = path.stat().st_size
    try:
        wanted = part(request.environ, current, size)
    except RangeNotSatisfiable:
        raise NoSuchRange(size) from None
    whole = send_file(
        path, media_type, etag=file.sha256, last_modified=current.modified, conditional=False
    )
    whole.accept_ranges = "bytes"
    if wanted is not None:
        environ = only_range(request.environ, wanted)
        whole.make_conditional(environ, accept_ranges=True, complete_length=size)
    return whole


# ---- addresses ----


def ours() -> str:
    """The path below the base as our IRIs are written, without a slash in front.

    Raises NotFound if no IRI of ours can be written so.
    """
    path = canonical(sent_path())
    if path is None:
        raise NotFound("This address is not UTF-8: escape each byte of a character with a %.")
    return path.removeprefix("/")


def iri_of_document(path: str) -> str:
    """The thing that doc/… is about."""
    return f"{snapshot().base}id/{path.removeprefix('doc/')}"


def split_suffix(path: str, is_known: Callable[[str], bool]) -> tuple[str, str | None]:
    """*path* without the suffix of a format, and that suffix.

    What is known by its whole name keeps it: a document's symbol may end in anything.
    """
    stem, dot, suffix = path.rpartition(".")
    if not dot or suffix not in SUFFIXES or is_known(path):
        return path, None
    return stem, suffix


def missing(held: Snapshot, iri: str) -> Gone | NotFound:
    """Why nothing is said of *iri*: it never was, or it is no longer."""
    replacement = held.lookup.replacement(iri)
    last = held.archive.last_of(iri)
    if last is None and replacement is None:
        return NotFound(f"Nothing is known of {iri} .")
    release = str(held.iris.release(last.release.sha256)) if last else None
    return Gone(iri, release, replacement or (last.replacement if last else None))


def quads_of(held: Snapshot, name: str) -> Iterator[Quad]:
    """What the graph *name* holds, each statement with its graph."""
    graph = NamedNode(str(held.iris.graph(*name.split("/"))))
    turtle = held.release.dump(f"graphs/{name}.ttl")
    for quad in parse(path=str(turtle), format=RdfFormat.TURTLE, base_iri=held.base):
        yield Quad(quad.subject, quad.predicate, quad.object, graph)


def media_type_of(name: str) -> str:
    """The type of a dump by its suffix, e.g. "untocgraph.nq" or "untocgraph.nq.gz"."""
    return PACKED.get(name.rpartition(".")[2]) or media_type(name)


def page_query(number: int) -> str:
    return f"page={number}" if number > 1 else ""


def page_number() -> int:
    """Which part of the statements that point to a hub, from 1. Raises NotFound."""
    text = request.args.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise NotFound(f"There is no page {text!r}: pages are numbered from 1.")
    return int(text)


def located(response: Response, path: str, choice: Choice, query: str = "") -> Response:
    """*response* with the address at which this format, and no other, is to be had."""
    address = f"{snapshot().base}{path}{choice.address}"
    mark = "&" if choice.profile else "?"
    response.headers["Content-Location"] = address + (f"{mark}{query}" if query else "")
    return response
