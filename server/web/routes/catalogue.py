"""The document about the dataset, and how programs find it."""

from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as Redirect

from untocgraph.graph.catalogue.dataset import CATALOGUE
from untocgraph.server.http.negotiation import HTML
from untocgraph.server.http.problems import BadParameter, NotFound
from untocgraph.server.metadata.description import describe, write
from untocgraph.server.metadata.releases import DATASET
from untocgraph.server.metadata.releases import of_dataset as published
from untocgraph.server.pages.dataset import DatasetPage
from untocgraph.server.pages.things import formats
from untocgraph.server.web.links import alternates, license, of_dataset, of_document
from untocgraph.server.web.responses import answer, negotiate, snapshot
from untocgraph.server.web.routes.documents import (
    DOCUMENT,
    PROFILES,
    located,
    missing,
    ours,
    quads_of,
    split_suffix,
)
from untocgraph.server.web.routes.releases import before, in_document

catalogue = Blueprint("catalogue", __name__)

MANY = 12  # classes and properties that a page shows before one asks for the rest


@catalogue.get("/.well-known/void")
def well_known() -> Redirect:
    """Where the description of the dataset stands (VoID, 7.2; RFC 8615)."""
    return redirect(snapshot().base + DATASET, 302)


@catalogue.get(f"/{DATASET}")
@catalogue.get(f"/{DATASET}.<_>")
def dataset(_: str = "") -> Response:
    """The catalogue, and with it the files of the release that is served.

    Raises NotFound or Gone if the release holds no catalogue.
    """
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: False)
    iri = str(held.iris.dataset)
    if CATALOGUE not in {one.name for one in held.release.manifest.graphs}:
        raise missing(held, iri)
    choice = negotiate(DOCUMENT, suffix, PROFILES)
    older = before(held, held.release)

    def make() -> bytes | str:
        if choice.representation is HTML:
            return render_template(
                "dataset.html",
                dataset=DatasetPage(held),
                many=MANY,
                formats=formats(held, path, DOCUMENT),
            )
        files = in_document(held, path, published(held, older))
        return write((*quads_of(held, CATALOGUE), *files), choice, held.base)

    address = held.base + path
    links = [
        *of_document(held, iri, address),
        *alternates(address, DOCUMENT, PROFILES),
        *of_dataset(held),
    ]
    key = older.sha256 if older else ""
    return located(answer(choice, make, key=key, links=links), path, choice)


@catalogue.get("/lookup")
def lookup() -> Response | Redirect:
    """What is known here of any address, ours or another's (VoID, 4.3: uriLookupEndpoint).

    Raises NotFound if nothing is, BadParameter if it is no address.
    """
    held = snapshot()
    uri = request.args.get("uri", "")
    if not uri:  # the address as the dataset gives it, to which another is to be added
        return redirect(held.iris.dataset, 303)
    try:
        NamedNode(uri)
    except ValueError:
        example = quote(str(held.iris.dataset), safe="")
        raise BadParameter("uri", f"uri is a whole IRI, escaped, like uri={example} .") from None
    if not held.lookup.knows(uri):
        raise NotFound(f"Nothing is known of {uri} : give an address in ?uri=, escaped.")
    if uri.startswith(held.base):
        return redirect(uri, 303)
    choice = negotiate(tuple(row for row in DOCUMENT if row is not HTML))
    return answer(
        choice,
        lambda: write(describe(held, uri), choice, held.base),
        key=uri,
        links=list(license(held)),
    )
