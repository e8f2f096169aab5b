"""The address of each thing: the only place that makes IRIs.

Everything is minted under one setting, the base. Nothing read from a request ever enters an IRI.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from rdflib import Namespace, URIRef

from untocgraph.graph.errors import BadBase

# RFC 3986 section 3.3: what may stand unescaped in a path segment, slash apart.
SEGMENT = "!$&'()*+,;=:@-._~"


def segment(text: str) -> str:
    """*text* as one path segment: slashes are escaped too."""
    return quote(text, safe=SEGMENT)


def path(text: str) -> str:
    """*text* as a path: slashes are kept, for a symbol cannot be flattened and restored."""
    return quote(text, safe=SEGMENT + "/")


@dataclass(frozen=True, slots=True)
class Iris:
    """Mints every IRI under *base*, an absolute http(s) IRI that ends in a slash.

    Raises BadBase if *base* is anything else.
    """

    base: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[^\s/?#<>\"{}|\\^`]+/(?:[^\s?#<>\"{}|\\^`]*/)?", self.base):
            raise BadBase(self.base)

    # Vocabulary and shapes: hash IRIs, whose document answers 200.

    @property
    def ontology(self) -> Namespace:
        return Namespace(f"{self.base}ontology#")

    @property
    def shapes(self) -> Namespace:
        return Namespace(f"{self.base}shapes#")

    def concept(self, scheme: str, notation: str) -> URIRef:
        return URIRef(f"{self.base}id/concept/{segment(scheme)}/{segment(notation)}")

    def scheme(self, scheme: str) -> URIRef:
        return URIRef(f"{self.base}id/concept/{segment(scheme)}")

    # Things that many reports share.

    def treaty(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/treaty/{segment(key)}")

    def article(self, treaty: str, number: int, *parts: str) -> URIRef:
        """An article, or with *parts* ("paragraph", "2", "point", "a") a provision inside it."""
        tail = "".join(f"/{segment(part)}" for part in parts)
        return URIRef(f"{self.treaty(treaty)}/article/{number}{tail}")

    def state(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/state/{segment(key)}")

    def body(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/body/{segment(key)}")

    def session(self, body: str, ordinal: int) -> URIRef:
        return self.within(self.body(body), "session", ordinal)

    def person(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/person/{segment(key)}")

    def instrument(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/instrument/{segment(key)}")

    def document(self, symbol: str) -> URIRef:
        return URIRef(f"{self.base}id/document/{path(symbol)}")

    def decision(self, body: str, number: str) -> URIRef:
        return URIRef(f"{self.base}id/decision/{segment(body)}/{path(number)}")

    def resolution(self, body: str, number: str) -> URIRef:
        return URIRef(f"{self.base}id/resolution/{segment(body)}/{path(number)}")

    def authority_source(self, key: str) -> URIRef:
        """Where the reference graph has a statement from."""
        return URIRef(f"{self.base}id/source/{segment(key)}")

    # One report and what stands in it.

    def report(self, slug: str) -> URIRef:
        return URIRef(f"{self.base}id/report/{segment(slug)}")

    def owner(self, iri: str) -> str | None:
        """The slug of the report that *iri* is, stands in, or is a graph of; None for all else."""
        reports, graphs = f"{self.base}id/report/", str(self.graph())
        if iri.startswith(reports):
            return iri.removeprefix(reports).partition("/")[0]
        slug, inside, _ = iri.removeprefix(graphs).partition("/")
        return slug if inside and iri.startswith(graphs) else None

    def meeting(self, slug: str) -> URIRef:
        return URIRef(f"{self.report(slug)}/meeting")

    def section(self, slug: str, key: str) -> URIRef:
        return URIRef(f"{self.report(slug)}/section/{segment(key)}")

    def annex(self, slug: str) -> URIRef:
        return URIRef(f"{self.report(slug)}/annex")

    def paragraph(self, slug: str, number: int) -> URIRef:
        return URIRef(f"{self.report(slug)}/para/{number}")

    def recommendation(self, slug: str, number: int) -> URIRef:
        return URIRef(f"{self.paragraph(slug, number)}/recommendation")

    def item(self, slug: str, number: str) -> URIRef:
        """An agenda item by its printed number: "1(b)" stands at …/item/1b."""
        return URIRef(f"{self.report(slug)}/item/{segment(re.sub(r'[^0-9a-z]', '', number))}")

    def sitting(self, slug: str, ordinal: int) -> URIRef:
        return URIRef(f"{self.report(slug)}/sitting/{ordinal}")

    def within(self, parent: URIRef, kind: str, ordinal: int) -> URIRef:
        """The *ordinal*-th node of a *kind* in its *parent*: …/para/7/norm/1."""
        return URIRef(f"{parent}/{segment(kind)}/{ordinal}")

    def source(self, slug: str, language: str, sha256: str) -> URIRef:
        return URIRef(f"{self.report(slug)}/source/{segment(language)}/{sha256[:12]}")

    def span(self, source: URIRef, start: int, end: int) -> URIRef:
        return URIRef(f"{source}/span/{start}-{end}")

    # Graphs, findings, releases.

    def graph(self, *names: str) -> URIRef:
        """graph("reference"), or graph(slug, "stated")."""
        return URIRef(f"{self.base}graph/{'/'.join(segment(name) for name in names)}")

    def finding(self, slug: str, key: str) -> URIRef:
        return URIRef(f"{self.base}id/finding/{segment(slug)}/{segment(key)}")

    def release(self, sha256: str) -> URIRef:
        return URIRef(f"{self.base}release/{sha256}")

    # What the catalogue speaks of.

    @property
    def dataset(self) -> URIRef:
        """All that is published here, whatever the release."""
        return URIRef(f"{self.base}id/dataset")

    @property
    def catalogue(self) -> URIRef:
        return URIRef(f"{self.base}id/catalogue")

    def in_dataset(self, *names: str) -> URIRef:
        """What belongs to the dataset: in_dataset("class", "untoc:Norm"), in_dataset("build")."""
        return URIRef(f"{self.dataset}/{'/'.join(segment(name) for name in names)}")

    def linked_dataset(self, key: str) -> URIRef:
        """A dataset of others that our things are linked to."""
        return URIRef(f"{self.base}id/linked-dataset/{segment(key)}")

    def service(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/service/{segment(key)}")

    def agent(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/agent/{segment(key)}")

    def metric(self, key: str) -> URIRef:
        return URIRef(f"{self.base}id/metric/{segment(key)}")

    def checksum(self, sha256: str) -> URIRef:
        return URIRef(f"{self.base}id/checksum/{sha256}")
