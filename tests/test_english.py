"""The unofficial English renders what the report says today, and says so of itself."""

import hashlib
from dataclasses import replace
from itertools import chain

from rdflib import RDF, Dataset, Graph, Literal

from tests.sample import IRIS, built, report, stated
from untocgraph.graph.build.facts import DCTERMS
from untocgraph.graph.build.rendering import add_english, renderings
from untocgraph.graph.build.report import build
from untocgraph.graph.parse.report import parse
from untocgraph.graph.validate.shapes import hold
from untocgraph.shapes import read_shapes, shape_files

U = IRIS.ontology
SLUG = "untoc-wgta-2013"

# What is rendered, words that stand in it, and what an editor makes of them.
CHANGES = {
    ".": ("30日在维也纳举行", "31日在维也纳举行"),
    "section/II.A": ("\nA. 在识别和保护", "\nA. 在查明和保护"),
    "item/6": ("6. 通过报告。", "6. 通过文件。"),
    "para/2/decision/1": ("确保有效实施《联合国", "确保切实实施《联合国"),
    "para/9": ("为录制儿童等", "为录下儿童等"),
    "para/54/view/1": ("以协助和保护受害人", "以帮助和保护受害人"),
    "annex/document/5": ("清单的答复概述", "清单的回复概述"),
}


def stale(data: Dataset) -> set[str]:
    """What validation says has an English that renders other words than it has now."""
    files = shape_files()
    shapes = read_shapes((files["prefixes"], files["findings/english"]), IRIS.base)
    return {below(each.value or each.focus) for each in hold(data, shapes)}


def below(thing: object) -> str:
    """The path of a thing below the IRI of the report."""
    return str(thing).removeprefix(str(IRIS.report(SLUG))).removeprefix("/") or "."


def test_whatever_a_reader_meets_has_english() -> None:
    """Every heading, agenda item and title, every view, every recommendation where it stands."""
    graph = stated()
    wanted = set(
        chain(
            graph.subjects(DCTERMS.title),
            graph.subjects(RDF.type, U.ReportedView),
            graph.objects(None, U.expressedBy),
        )
    )
    kinds = {kind for thing in wanted for kind in graph.objects(thing, RDF.type)}
    assert {
        U.Report,
        U.Section,
        U.Annex,
        U.AgendaItem,
        U.DocumentListing,
        U.ReportedView,
        U.NumberedParagraph,
    } <= kinds
    assert sorted(map(below, wanted)) == sorted(each.of for each in renderings(SLUG))


def test_english_says_more_than_nothing_and_no_chinese() -> None:
    for each in renderings(SLUG):
        assert each.text.strip() and each.text.isprintable(), each.of
        assert not any("\u4e00" <= character <= "\u9fff" for character in each.text), each.of


def test_none_is_stale() -> None:
    assert stale(built()) == set()


def test_a_changed_word_makes_its_english_stale_and_no_other() -> None:
    source = report().source
    text = source.text
    for before, after in CHANGES.values():
        assert before in text
        text = text.replace(before, after, 1)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    changed = parse(replace(source, text=text, sha256=sha256))
    assert stale(build((changed,), IRIS)) == set(CHANGES)


def test_english_stands_in_the_reference_graph_only() -> None:
    reference = built().graph(IRIS.graph("reference"))
    nodes = set(reference.subjects(RDF.type, U.EnglishRendering))
    assert len(nodes) == len(renderings(SLUG))
    assert not any(o.language == "en" for o in stated().objects() if isinstance(o, Literal))


def test_english_of_a_thing_that_is_gone_is_left_out() -> None:
    kept = Graph()
    add_english(kept, Graph(), Graph(), IRIS, SLUG)
    assert len(kept) == 0


def test_a_report_without_english() -> None:
    assert renderings("wgic-2031") == ()
