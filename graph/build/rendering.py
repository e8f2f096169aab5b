"""Our unofficial English of a report: kept apart, never evidence, stale in plain sight."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from rdflib import RDF, RDFS, Graph, Literal, URIRef

from untocgraph.graph.build.facts import PROV
from untocgraph.graph.build.labels import named
from untocgraph.graph.iris import Iris

AUTHOR = "untocgraph-english"  # key in authorities/sources.toml


@dataclass(frozen=True, slots=True)
class Rendering:
    """English for the words of one thing: its title, else the words at which it stands."""

    of: str  # path below the IRI of the report; "." is the report
    sha256: str  # of the words that were rendered, as UTF-8
    text: str


def renderings(slug: str) -> tuple[Rendering, ...]:
    """The English that comes with the package for a report; none for most."""
    file = files("untocgraph.graph").joinpath("renderings", f"{slug}.en.toml")
    if not file.is_file():
        return ()
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["rendering"]
    return tuple(Rendering(**row) for row in rows)


def add_english(reference: Graph, labels: Graph, stated: Graph, iris: Iris, slug: str) -> None:
    """Add the renderings of what the report states to the reference graph; *labels* names it.

    One whose Chinese has changed is added too: it names the hash of what it renders, and
    shapes/findings/english.ttl finds the difference. One of a thing that is gone is left out.
    """
    report = iris.report(slug)
    terms = iris.ontology
    for rendering in renderings(slug):
        thing = report if rendering.of == "." else URIRef(f"{report}/{rendering.of}")
        if (thing, RDF.type, None) not in stated:
            continue
        node = URIRef(f"{thing}/english")
        reference.add((thing, terms.unofficialEnglish, node))
        reference.add((node, RDF.type, terms.EnglishRendering))
        reference.add((node, terms.englishText, Literal(rendering.text, lang="en")))
        reference.add((node, terms.rendersSha256, Literal(rendering.sha256)))
        reference.add((node, PROV.wasAttributedTo, iris.authority_source(AUTHOR)))
        zh, en = named(labels, thing)
        reference.add((node, RDFS.label, Literal(f"非正式英文：{zh}", lang="zh")))
        reference.add((node, RDFS.label, Literal(f"Unofficial English: {en}", lang="en")))
