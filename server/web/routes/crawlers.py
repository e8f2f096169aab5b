"""What crawlers ask a site: which addresses there are, and which they should leave alone."""

from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Blueprint, Response

from untocgraph.server.http.problems import NotFound
from untocgraph.server.metadata.releases import DATASET
from untocgraph.server.pages.labels import LABELS
from untocgraph.server.repository.lookup import Lookup
from untocgraph.server.repository.snapshot import Snapshot
from untocgraph.server.web.responses import last_modified, program, sent, sent_path, snapshot

crawlers = Blueprint("crawlers", __name__)

PAGES = (
    "",
    "api",
    "findings",
    "search",
    "sparql",
    "ontology",
    "shapes",
    "releases",
    "problems",
    DATASET,
)
AT_MOST = 50_000  # addresses in one sitemap (sitemaps.org)
SAFE = "%!$&'()*+,;=:@-._~/"  # what an address of ours holds; letters beyond ASCII are escaped


@crawlers.get("/robots.txt")
def robots() -> Response:
    """Crawlers are welcome, but for the answers to queries, of which there is no end."""
    held = snapshot()
    lines = (
        "User-agent: *",
        f"Disallow: {held.root}sparql?",
        f"Disallow: {held.root}lookup?",
        f"Disallow: {held.root}search?",
        "",
        f"Sitemap: {held.base}sitemap.xml",
    )
    return plain("text/plain; charset=utf-8", "".join(f"{line}\n" for line in lines))


@crawlers.get("/sitemap.xml")
def sitemap() -> Response:
    """The addresses of all pages; an index of several such files, where there are too many."""
    held = snapshot()
    number = parts(held)
    if number == 1:
        return plain("application/xml", urls(held, 1))
    found = (f"{held.base}sitemap-{part}.xml" for part in range(1, number + 1))
    return plain("application/xml", xml("sitemapindex", "sitemap", found, changed(held)))


@crawlers.get("/sitemap-<int:part>.xml")
def part_of_sitemap(part: int) -> Response:
    """One file of the sitemap, from 1."""
    held = snapshot()
    if not 1 <= part <= parts(held):
        raise NotFound(f"The sitemap has no part {part}.")
    return plain("application/xml", urls(held, part))


def parts(held: Snapshot) -> int:
    return ceil(len(addresses(held)) / AT_MOST)


def urls(held: Snapshot, part: int) -> str:
    found = addresses(held)[(part - 1) * AT_MOST : part * AT_MOST]
    return xml("urlset", "url", found, changed(held))


def addresses(held: Snapshot) -> tuple[str, ...]:
    """The address of every page: those of the site, of the graphs, and of all that has a label.

    Pages of facts and of single words are left out; those of what they belong to lead to them.
    """
    graphs = (f"graph/{one.name}" for one in held.release.manifest.graphs)
    pages = (held.base + path for path in (*PAGES, *graphs))
    documents = (
        f"{held.base}doc/{iri.removeprefix(f'{held.base}id/')}"
        for iri in labelled(held.lookup, f"{held.base}id/")
    )
    return tuple(dict.fromkeys((*pages, *documents)))


@lru_cache(2)
def labelled(lookup: Lookup, namespace: str) -> tuple[str, ...]:
    """The things of *namespace* that have a label."""
    return tuple(
        iri
        for iri in lookup.starting_with(namespace)
        if any(lookup.value(iri, property) for property in LABELS)
    )


def changed(held: Snapshot) -> str:
    return held.release.manifest.built.isoformat()


def xml(root: str, entry: str, found: Iterable[str], when: str) -> str:
    """A sitemap, or an index of sitemaps. Source: sitemaps.org, 0.9."""
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{space}">']
    for each in found:
        place = escape(quote(each, safe=SAFE))
        lines.append(f"<{entry}><loc>{place}</loc><lastmod>{when}</lastmod></{entry}>")
    return "\n".join((*lines, f"</{root}>\n"))


def plain(content_type: str, text: str) -> Response:
    """*text* for programs that negotiate nothing; it is a function of the release."""
    held = snapshot()
    response = Response(content_type=content_type)
    validator = (held.release.sha256, program(), sent_path())
    return sent(response, lambda: text, validator, last_modified(held))
