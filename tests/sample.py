"""The two reports that tests read: the real one, and a short one that the tests made up."""

from functools import cache
from pathlib import Path

from rdflib import Dataset, Graph

from untocgraph.graph.build.report import build
from untocgraph.graph.documents.sources import own_sources, read
from untocgraph.graph.iris import Iris
from untocgraph.graph.model import Report, Stated
from untocgraph.graph.parse.report import parse

HERE = Path(__file__).parent
SHORT = HERE / "reports" / "wgic-2031.zh.txt"
FULL = HERE / "reports" / "wgfa-2032.zh.txt"


@cache
def report() -> Report:
    """The report of 2013, as it comes with the package."""
    return parse(read(own_sources()[0]))


@cache
def short() -> Report:
    return parse(read(SHORT))


@cache
def full() -> Report:
    """A made-up report with every wording of what happens at a meeting."""
    return parse(read(FULL))


def words(value: Stated[object], of: Report) -> list[str]:
    """The words of a value in order of its evidence."""
    return [of.source.text[e.span.start : e.span.end] for e in value.evidence]


IRIS = Iris("http://localhost:8000/")


@cache
def built() -> Dataset:
    """The graph of the real report; tests that change it take a copy."""
    return build((report(),), IRIS)


def stated() -> Graph:
    return built().graph(IRIS.graph(report().source.slug, "stated"))
