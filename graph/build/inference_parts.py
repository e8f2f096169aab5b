"""What we conclude of the parts of a report and of its officers: items treated, persons meant."""

from collections.abc import Iterator

from rdflib import RDF, Graph, URIRef

from untocgraph.graph.build.conclusions import Conclusion, fact_of, headed
from untocgraph.graph.build.facts import DCTERMS
from untocgraph.graph.iris import Iris
from untocgraph.graph.model import Report, Stated


def treated_items(report: Report, stated: Graph, iris: Iris) -> Iterator[Conclusion]:
    """Which agenda item a section is about: the one whose consideration it tells of, whose
    recommendations it holds, or whose title it has. Each pair once, by the first that tells."""
    slug, terms = report.source.slug, iris.ontology
    sections = {p.number.value: p.section for p in report.paragraphs}
    grounds: dict[tuple[str, str], tuple[str, str, tuple[URIRef, ...]]] = {}
    for sitting in report.proceedings.sittings:
        node = iris.sitting(slug, sitting.number.value)
        for ordinal, item in enumerate(sitting.items, 1):
            for number in told_in(report, item):
                grounds.setdefault(
                    (sections[number], item.value),
                    (
                        "The section tells of the sitting that considered this agenda item.",
                        "该节述及审议该议程项目的会议。",
                        (iris.within(node, "considered", ordinal),),
                    ),
                )
    for adopted in report.proceedings.adopted:
        recommendation = iris.recommendation(slug, adopted.recommendation)
        key = sections[adopted.recommendation], adopted.item.value
        reason = (
            "The section holds what was adopted under this agenda item.",
            "该节载有在该议程项目下通过的内容。",
        )
        rests_on = fact_of(stated, recommendation, terms.adoptedUnder)
        if key in grounds and grounds[key][:2] != reason:
            continue
        before = grounds[key][2] if key in grounds else ()
        grounds[key] = (*reason, (*before, *rests_on))
    for section, item_number in dict.fromkeys(headed(report).values()):
        titled = iris.item(slug, item_number)
        grounds.setdefault(
            (section.key, item_number),
            (
                "The section is headed with the title of this agenda item.",
                "该节的标题就是该议程项目的标题。",
                (
                    *fact_of(stated, iris.section(slug, section.key), DCTERMS.title),
                    *fact_of(stated, titled, DCTERMS.title),
                ),
            ),
        )
    for (of, about), (reason_en, reason_zh, facts) in grounds.items():
        yield Conclusion(
            subject=iris.section(slug, of),
            property=terms.treatsItem,
            object=iris.item(slug, about),
            reason_en=reason_en,
            reason_zh=reason_zh,
            rests_on=facts,
        )


def told_in(report: Report, value: Stated[str]) -> Iterator[int]:
    """The paragraphs that hold the words of a value."""
    for paragraph in report.paragraphs:
        if any(evidence.span in paragraph.span for evidence in value.evidence):
            yield paragraph.number.value


def officers_in_person(report: Report, stated: Graph, iris: Iris) -> Iterator[Conclusion]:
    """Who made a statement that is told by the office alone, where the report names one holder of
    that office and no more: "the Chair" is then the Chair of whom it gives the name."""
    terms = iris.ontology
    held: dict[URIRef, dict[URIRef, URIRef]] = {}  # office, person, the officer that tells it
    for officer in sorted(map(str, stated.subjects(RDF.type, terms.Officer))):
        node = URIRef(officer)
        person, role = stated.value(node, terms.person), stated.value(node, terms.role)
        if isinstance(person, URIRef) and isinstance(role, URIRef):
            held.setdefault(role, {}).setdefault(person, node)
    for statement in sorted(map(str, stated.subjects(RDF.type, terms.Statement))):
        node = URIRef(statement)
        holders = held.get(URIRef(str(stated.value(node, terms.role))), {})
        if len(holders) != 1 or (node, terms.person, None) in stated:
            continue
        ((person, officer_node),) = holders.items()
        yield Conclusion(
            subject=node,
            property=terms.person,
            object=person,
            reason_en="The report names one holder of this office, and no other.",
            reason_zh="报告只写明一人担任该职务。",
            rests_on=(
                *fact_of(stated, node, terms.role),
                *fact_of(stated, officer_node, terms.person),
                *fact_of(stated, officer_node, terms.role),
            ),
        )
