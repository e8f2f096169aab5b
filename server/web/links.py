"""What an answer says of its neighbours in ``Link`` headers, for programs that read no body.

Source: RFC 8288; the relations are those of the IANA registry and of signposting.org. All of them
together stay well below 4 kB, which is what a proxy takes by default.
"""

from collections.abc import Iterator, Sequence

from untocgraph.server.http.hrefs import leads
from untocgraph.server.http.negotiation import (
    JSON_LD,
    JSON_LD_PROFILES,
    Kind,
    Representation,
    offered,
)
from untocgraph.server.pages.labels import TYPE
from untocgraph.server.repository.snapshot import Snapshot

DCTERMS = "http://purl.org/dc/terms/"
ABOUT_PAGE = "https://schema.org/AboutPage"
FEW = 5  # targets of one relation


def link(target: str, relation: str, **attributes: str) -> str:
    """One link, e.g. ``<https://example.org/x.ttl>; rel="alternate"; type="text/turtle"``."""
    named = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{target}>; rel="{relation}"{named}'


def alternates(
    address: str, offers: Sequence[Representation], profiles: Sequence[str] = (), query: str = ""
) -> Iterator[str]:
    """The document at *address* in each format, and in each form of JSON-LD but the usual."""
    for row in offers:
        mark = f"?{query}" if query else ""
        yield link(f"{address}.{row.suffix}{mark}", "alternate", type=row.media_type)
    for name in profiles[1:]:
        yield link(
            f"{address}.{JSON_LD.suffix}?profile={name}{'&' if query else ''}{query}",
            "alternate",
            type=JSON_LD.media_type,
            profile=JSON_LD_PROFILES + name,
        )


def of_document(held: Snapshot, iri: str, address: str) -> Iterator[str]:
    """The links of the document at *address* about the thing *iri*."""
    yield link(iri, "describes")
    yield link(iri, "cite-as")
    yield link(address, "canonical")
    yield link(ABOUT_PAGE, "type")
    yield from of_values(held, iri, TYPE, "type")
    yield from of_values(held, iri, DCTERMS + "isPartOf", "collection")
    yield from license(held)


def of_data(held: Snapshot, address: str) -> Iterator[str]:
    """The links of data that is not about one thing: a graph, a dump."""
    yield link(address, "canonical")
    yield link(address, "cite-as")
    dataset = str(held.iris.dataset)
    if held.lookup.knows(dataset):
        yield link(dataset, "collection")
        yield link(dataset, "describedby")
    yield from license(held)


def license(held: Snapshot) -> Iterator[str]:
    yield from of_values(held, str(held.iris.dataset), DCTERMS + "license", "license")


def of_values(held: Snapshot, iri: str, property: str, relation: str) -> Iterator[str]:
    """A link to each of the first things that *property* gives for *iri*, if it may be one."""
    for value in filter(leads, held.lookup.values(iri, property)[:FEW]):
        yield link(value, relation)


def of_dataset(held: Snapshot) -> Iterator[str]:
    """The dumps of the whole dataset, as its items."""
    types = {row.suffix: row.media_type for row in offered(Kind.GRAPH, Kind.DATASET)}
    for file in held.release.manifest.dumps:
        _, _, suffix = file.name.partition(".")
        if "/" not in file.name and suffix in types:
            yield link(f"{held.base}dump/{file.name}", "item", type=types[suffix])
