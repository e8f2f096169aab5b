"""What we conclude from a report and it does not say: each with its reason and what it rests on."""

import re
from dataclasses import dataclass

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.term import Node

from untocgraph.graph.iris import Iris
from untocgraph.graph.model import Report
from untocgraph.graph.statements import DCTERMS, PROV


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """A triple, why we hold it true, and the facts it rests on."""

    subject: URIRef
    property: URIRef
    object: Node
    reason_en: str
    reason_zh: str
    rests_on: tuple[URIRef, ...]


def infer(report: Report, stated: Graph, iris: Iris) -> Graph:
    """The inferred graph of a report, from its stated graph; what we could not place included."""
    graph = Graph()
    terms = iris.ontology
    for conclusion in (*own_symbol(report, stated, iris), *opening_items(report, stated, iris)):
        subject, property = conclusion.subject, conclusion.property
        graph.add((subject, property, conclusion.object))
        name = property.rsplit("#")[-1].rsplit("/")[-1]
        node = URIRef(f"{subject}/{name}/inferred/1")
        graph.add((node, RDF.type, terms.Inference))
        graph.add((node, RDF.subject, subject))
        graph.add((node, RDF.predicate, property))
        graph.add((node, RDF.object, conclusion.object))
        graph.add((node, terms.reason, Literal(conclusion.reason_en, lang="en")))
        graph.add((node, terms.reason, Literal(conclusion.reason_zh, lang="zh")))
        for fact in conclusion.rests_on:
            graph.add((node, PROV.wasDerivedFrom, fact))
    for ordinal, item in enumerate(report.unresolved, 1):
        node = iris.within(iris.report(report.source.slug), "unresolved", ordinal)
        source = iris.source(report.source.slug, report.source.language, report.source.sha256)
        graph.add((node, RDF.type, terms.UnresolvedItem))
        graph.add((node, terms.standsAt, iris.span(source, item.span.start, item.span.end)))
        graph.add((node, terms.reason, Literal(item.what, lang="en")))
    return graph


def fact_of(stated: Graph, subject: Node, property: URIRef) -> tuple[URIRef, ...]:
    """The facts that state a property of a node."""
    facts = set(stated.subjects(RDF.subject, subject)) & set(
        stated.subjects(RDF.predicate, property)
    )
    return tuple(sorted(fact for fact in facts if isinstance(fact, URIRef)))


def own_symbol(report: Report, stated: Graph, iris: Iris) -> tuple[Conclusion, ...]:
    """A report without a symbol: its series lists papers 1 to n, and the report follows them."""
    symbols = [d.symbol.value for d in report.documents if d.kind == "listing" and d.symbol]
    numbered = [match for s in symbols if (match := re.fullmatch(r"(.+)/(\d+)", s))]
    series = {match[1] for match in numbered}
    numbers = sorted(int(match[2]) for match in numbered)
    if len(series) != 1 or numbers != list(range(1, len(numbers) + 1)):
        return ()
    symbol = f"{series.pop()}/{len(numbers) + 1}"
    if symbol in report.source.text:
        return ()
    annex = iris.annex(report.source.slug)
    rests_on = tuple(
        fact
        for row in range(1, len([d for d in report.documents if d.kind == "listing"]) + 1)
        for fact in fact_of(stated, iris.within(annex, "document", row), iris.ontology.document)
    )
    return (
        Conclusion(
            subject=iris.report(report.source.slug),
            property=iris.ontology.inferredSymbol,
            object=Literal(symbol),
            reason_en=(
                "The report prints no symbol of its own. The documents before the meeting are "
                f"numbered 1 to {len(numbers)} in one series, and the report of a meeting takes "
                "the next number of its series. Not confirmed by any document."
            ),
            reason_zh=(
                f"报告没有印出自己的文号。会议文件在同一系列中编为1至{len(numbers)}号，"
                "会议报告通常采用该系列的下一个编号。尚无文件证实。"
            ),
            rests_on=rests_on,
        ),
    )


def opening_items(report: Report, stated: Graph, iris: Iris) -> tuple[Conclusion, ...]:
    """A section headed like an agenda item treats it, so who spoke there spoke under that item."""
    slug, terms = report.source.slug, iris.ontology
    items = {item.title.value: item for item in report.agenda}
    numbers = {p.number.value: p.section for p in report.paragraphs}
    titles = {section.key: section.title.value for section in report.sections}
    conclusions = []
    spoken: dict[int, int] = {}
    for intervention in report.interventions:
        paragraph = intervention.paragraph
        spoken[paragraph] = spoken.get(paragraph, 0) + 1
        item = items.get(titles[numbers[paragraph]])
        if intervention.item or intervention.one_of or item is None:
            continue
        node = iris.within(iris.paragraph(slug, paragraph), "intervention", spoken[paragraph])
        section = iris.section(slug, numbers[paragraph])
        heading = iris.item(slug, item.number.value)
        conclusions.append(
            Conclusion(
                subject=node,
                property=terms.underItem,
                object=heading,
                reason_en="The section is headed with the title of this agenda item.",
                reason_zh="该节的标题就是该议程项目的标题。",
                rests_on=(
                    *fact_of(stated, node, terms.speaker),
                    *fact_of(stated, section, DCTERMS.title),
                    *fact_of(stated, heading, DCTERMS.title),
                ),
            )
        )
    return tuple(conclusions)
