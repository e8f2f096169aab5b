"""Things, their documents, the named graphs, the vocabularies and the dumps.

A thing stands at /id/… and answers 303 to its document at /doc/…, for a State or a recommendation
cannot be sent over a wire. Documents, graphs, ontology, shapes and dumps answer 200.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request, send_file
from pyoxigraph import RdfFormat

from untocgraph.graph.errors import NotPublished
from untocgraph.graph.release import open as open_release
from untocgraph.server import pages
from untocgraph.server.describe import describe, rewrite, write
from untocgraph.server.front import canonical
from untocgraph.server.negotiate import (
    HTML,
    REPRESENTATIONS,
    Choice,
    Kind,
    Representation,
    offered,
)
from untocgraph.server.problems import NotFound
from untocgraph.server.reading import is_a, source_text
from untocgraph.server.respond import answer, negotiate, sent_path, snapshot

documents = Blueprint("documents", __name__)

GRAPH = offered(Kind.GRAPH)
PACKED = {"gz": "application/gzip", "zst": "application/zstd"}
SUFFIXES = {row.suffix for row in REPRESENTATIONS}


@documents.get("/id/<path:_>")
def thing(_: str) -> Response:
    """A thing: see its document."""
    held = snapshot()
    path = ours()
    if not held.lookup.knows(held.base + path):
        raise NotFound(f"Nothing is known of {held.base}{path} .")
    query = request.query_string.decode("latin-1")
    location = f"{held.base}doc/{path.removeprefix('id/')}" + (f"?{query}" if query else "")
    headers = {"Location": location, "Cache-Control": "public, no-cache"}
    return Response(f"See {location}\n", 303, headers, content_type="text/plain; charset=utf-8")


@documents.get("/doc/<path:_>")
def document(_: str) -> Response:
    """What the graph says of one thing."""
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: held.lookup.knows(iri_of_document(p)))
    iri = iri_of_document(path)
    if not held.lookup.knows(iri):
        raise NotFound(f"Nothing is known of {iri} .")
    words = source_text(held, iri) if is_a(held, iri, "SourceText") else None
    offers = GRAPH if words is None else offered(Kind.GRAPH, Kind.TEXT)
    choice = negotiate(offers, suffix)
    number = page_number()

    def make() -> bytes | str:
        if choice.representation is HTML:
            return pages.thing(held, iri, path, number, offers)
        if choice.representation.kinds == {Kind.TEXT}:
            return words or ""
        return write(describe(held, iri, number), serialiser(choice), held.base)

    links = [f'<{iri}>; rel="describes"', *alternates(path, offers)]
    more = held.lookup.pointing(iri, number * pages.PAGE, 1)
    links += [f'<{held.base}{path}?page={number + 1}>; rel="next"'] if more else []
    links += [f'<{held.base}{path}?page={number - 1}>; rel="prev"'] if number > 1 else []
    return located(answer(choice, make, key=str(number), links=links), path, choice)


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
        raise NotFound(f"There is no graph {held.base}{path} .")
    choice = negotiate(GRAPH, suffix)

    def make() -> bytes | str:
        if choice.representation is HTML:
            return pages.graph(held, path, name, GRAPH)
        dump = held.release.dump(f"graphs/{name}.ttl").read_bytes()
        return rewrite(dump, serialiser(choice), held.base)

    return located(answer(choice, make, links=alternates(path, GRAPH)), path, choice)


@documents.get("/dump/<path:_>")
def dump(_: str) -> Response:
    """A file of the release, by its name; without its suffix, in the format that is asked for."""
    held = snapshot()
    name = ours().removeprefix("dump/")
    files = {file.name: file for file in held.release.manifest.dumps}
    rows = [row for row in REPRESENTATIONS if f"{name}.{row.suffix}" in files]
    if rows:
        choice = negotiate(rows)
        name = f"{name}.{choice.representation.suffix}"
    elif name not in files:
        listed = ", ".join(files)
        raise NotFound(f"There is no dump {name}; this release has {listed}.")
    response = send_file(
        held.release.dump(name),
        mimetype=media_type_of(name),
        conditional=True,
        etag=files[name].sha256,
        last_modified=held.release.manifest.built,
    )
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Content-Location"] = f"{held.base}dump/{name}"
    return response


@documents.get("/release/<_>")
def release(_: str) -> Response:
    """One release: what it holds, and where it came from."""
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: False)
    sha256 = path.removeprefix("release/")
    try:
        found = open_release(current_app.config["SETTINGS"].folder, sha256)
    except NotPublished as error:
        raise NotFound(str(error)) from error
    choice = negotiate(offered(Kind.MANIFEST), suffix)

    def make() -> bytes | str:
        if choice.representation is HTML:
            return pages.release(held, path, found, offered(Kind.MANIFEST))
        return (found.path / "manifest.json").read_bytes()

    links = alternates(path, offered(Kind.MANIFEST))
    return located(answer(choice, make, links=links), path, choice)


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


def media_type_of(name: str) -> str:
    """The type of a dump by its suffix, e.g. "untocgraph.nq" or "untocgraph.nq.gz"."""
    suffix = name.rpartition(".")[2]
    types = {row.suffix: row.media_type for row in reversed(REPRESENTATIONS)}
    return PACKED.get(suffix) or types.get(suffix, "application/octet-stream")


def page_number() -> int:
    """Which part of the statements that point to a hub, from 1. Raises NotFound."""
    text = request.args.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise NotFound(f"There is no page {text!r}: pages are numbered from 1.")
    return int(text)


def serialiser(choice: Choice) -> RdfFormat:
    form = choice.representation.serialiser
    assert isinstance(form, RdfFormat), choice
    return form


def alternates(path: str, offers: Sequence[Representation]) -> list[str]:
    """The same document in each format, as Link headers."""
    base = snapshot().base
    return [
        f'<{base}{path}.{row.suffix}>; rel="alternate"; type="{row.media_type}"' for row in offers
    ]


def located(response: Response, path: str, choice: Choice) -> Response:
    """*response* with the address at which this format, and no other, is to be had."""
    address = f"{snapshot().base}{path}.{choice.representation.suffix}"
    query = "?" + urlencode({"page": request.args["page"]}) if "page" in request.args else ""
    response.headers["Content-Location"] = address + query
    return response
