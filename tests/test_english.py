"""The unofficial English renders what the report says today, and says so of itself."""

import hashlib

import pytest
from rdflib import RDF, Graph, Literal, URIRef

from tests.sample import IRIS, built, report, stated
from untocgraph.graph.english import add_english, renderings
from untocgraph.graph.statements import DCTERMS

U = IRIS.ontology
SLUG = "untoc-wgta-2013"


def chinese(of: str) -> str:
    """The Chinese words of a rendered thing: the text of a paragraph, else a title."""
    thing = IRIS.report(SLUG) if of == "." else URIRef(f"{IRIS.report(SLUG)}/{of}")
    words = stated().value(thing, U.text) or stated().value(thing, DCTERMS.title)
    return str(words)


@pytest.mark.parametrize("rendering", renderings(SLUG), ids=lambda each: each.of)
def test_none_is_stale(rendering: object) -> None:
    assert hashlib.sha256(chinese(rendering.of).encode()).hexdigest() == rendering.sha256  # type: ignore[attr-defined]


def test_what_must_be_rendered_is() -> None:
    wanted = {"."}
    wanted |= {f"para/{each.paragraph}" for each in report().recommendations}
    wanted |= {f"section/{each.key}" for each in report().sections} | {"annex"}
    wanted |= {
        f"item/{each.number.value.replace('(', '').replace(')', '')}" for each in report().agenda
    }
    wanted |= {f"annex/document/{n}" for n in range(1, 7)}
    assert wanted <= {each.of for each in renderings(SLUG)}


def test_english_stands_in_the_reference_graph_only() -> None:
    reference = built().graph(IRIS.graph("reference"))
    nodes = set(reference.subjects(RDF.type, U.EnglishRendering))
    assert len(nodes) == len(renderings(SLUG))
    assert not any(o.language == "en" for o in stated().objects() if isinstance(o, Literal))


def test_english_of_a_thing_that_is_gone_is_left_out() -> None:
    kept = Graph()
    add_english(kept, Graph(), IRIS, SLUG)
    assert len(kept) == 0


def test_a_report_without_english() -> None:
    assert renderings("wgic-2031") == ()
