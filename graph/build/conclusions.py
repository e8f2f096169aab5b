"""What a conclusion is, and what several of them rest on."""

from dataclasses import dataclass

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from untocgraph.graph.model import Report, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """A triple, why we hold it true, and the facts it rests on."""

    subject: URIRef
    property: URIRef
    object: Node
    reason_en: str
    reason_zh: str
    rests_on: tuple[URIRef, ...]


def fact_of(stated: Graph, subject: Node, property: URIRef) -> tuple[URIRef, ...]:
    """The facts that state a property of a node."""
    facts = set(stated.subjects(RDF.subject, subject)) & set(
        stated.subjects(RDF.predicate, property)
    )
    return tuple(sorted(fact for fact in facts if isinstance(fact, URIRef)))


def headed(report: Report) -> dict[int, tuple[Section, str]]:
    """Paragraphs whose section is headed with the title of an agenda item: section and item."""
    items = {item.title.value: item.number.value for item in report.agenda}
    sections = {section.key: section for section in report.sections}
    return {
        paragraph.number.value: (section, items[section.title.value])
        for paragraph in report.paragraphs
        if (section := sections[paragraph.section]).title.value in items
    }
