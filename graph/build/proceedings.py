"""Writes what happened at the meeting into the stated graph of its report."""

from typing import Protocol

from rdflib import URIRef

from untocgraph.graph.build.facts import SCHEMA, Statements
from untocgraph.graph.iris import Iris
from untocgraph.graph.model import (
    Adoption,
    CrossReference,
    Officer,
    Proceedings,
    Ref,
    ReportedView,
    Sitting,
    Span,
    Stated,
    Statement,
    Target,
)


class Writer(Protocol):
    """What the writer of a report offers to the writers of its parts."""

    iris: Iris
    slug: str
    out: Statements
    meeting: URIRef

    def paragraph(self, number: int) -> URIRef: ...

    def listed(self, paragraph: int, kind: str, name: str) -> URIRef: ...

    def thing(self, ref: Ref) -> URIRef: ...

    def concept_fact(
        self, subject: URIRef, property: str, scheme: str, value: Stated[str] | None
    ) -> None: ...

    def thing_fact(self, subject: URIRef, property: str, value: Stated[Ref] | None) -> None: ...

    def item_fact(self, subject: URIRef, property: str, value: Stated[str] | None) -> None: ...


def record(happened: Proceedings, to: Writer) -> None:
    for sitting in happened.sittings:
        write_sitting(sitting, to)
    for reference in happened.cross_references:
        write_cross_reference(reference, to)
    for adopted in happened.adopted:
        recommendation = to.iris.recommendation(to.slug, adopted.recommendation)
        to.item_fact(recommendation, "adoptedUnder", adopted.item)
        paragraph = to.paragraph(adopted.recorded.value)
        to.out.fact(recommendation, to.out.terms.adoptionRecordedIn, adopted.recorded, paragraph)
        for kind in adopted.kinds:
            to.concept_fact(recommendation, "adoptedAs", "outcome", kind)
    for adoption in happened.adoptions:
        write_adoption(adoption, to)
    for effect in happened.effects:
        decision = to.iris.within(to.paragraph(effect.paragraph), "decision", effect.ordinal)
        to.concept_fact(decision, "effect", "decision-effect", effect.effect)
    for officer in happened.officers:
        write_officer(officer, to)
    for statement in happened.statements:
        write_statement(statement, to)
    for view in happened.views:
        write_view(view, to)
    for mention in happened.mentions:
        to.thing_fact(to.paragraph(mention.paragraph), "mentions", mention.thing)


def part(
    paragraph: int, kind: str, name: str, span: Span, to: Writer, *, at_meeting: bool = True
) -> URIRef:
    """The next node of a *kind* in a paragraph, with the words that it stands at."""
    node = to.listed(paragraph, kind, name)
    meeting = to.meeting if at_meeting else None
    return to.out.node(node, kind, standsAt=span, meeting=meeting)


def write_sitting(sitting: Sitting, to: Writer) -> None:
    out = to.out
    number = sitting.number
    node = to.iris.sitting(to.slug, number.value)
    out.node(node, "Sitting", ordinal=number.value, meeting=to.meeting)
    out.fact(node, out.terms.sittingNumber, number)
    for paragraph in sitting.paragraphs:
        out.node(node, "Sitting", recordedIn=to.paragraph(paragraph))
    for day in sitting.dates:
        out.fact(node, SCHEMA.startDate, day)
    for item in sitting.items:
        to.item_fact(node, "considered", item)


def write_cross_reference(reference: CrossReference, to: Writer) -> None:
    node = part(
        reference.paragraph,
        "CrossReference",
        "cross-reference",
        reference.span,
        to,
        at_meeting=False,
    )
    for target in reference.targets:
        to.out.fact(node, to.out.terms.resolvesTo, target, place(target.value, to))


def place(target: Target, to: Writer) -> URIRef:
    match target.kind:
        case "section":
            return to.iris.section(to.slug, target.key)
        case "paragraph":
            return to.paragraph(int(target.key))
        case "item":
            return to.iris.item(to.slug, target.key)
        case "annex":
            return to.iris.annex(to.slug)


def write_adoption(adoption: Adoption, to: Writer) -> None:
    out, terms = to.out, to.out.terms
    node = part(adoption.paragraph, "Adoption", "adoption", adoption.span, to)
    out.fact(node, terms.adoptionDate, adoption.date)
    for sitting in adoption.sittings:
        out.fact(node, terms.atSitting, sitting, to.iris.sitting(to.slug, sitting.value))
    if adoption.draft is not None:
        draft = to.iris.document(adoption.draft.value)
        out.fact(node, terms.adoptedDraft, adoption.draft, draft)
    for chapter in adoption.chapters:
        section = to.iris.section(to.slug, chapter.value)
        out.fact(node, terms.adoptedChapter, chapter, section)
    to.concept_fact(node, "amendment", "amendment", adoption.amendment)


def write_officer(officer: Officer, to: Writer) -> None:
    node = part(officer.paragraph, "Officer", "officer", officer.span, to)
    to.concept_fact(node, "role", "officer-role", officer.role)
    to.thing_fact(node, "person", officer.person)
    to.thing_fact(node, "onBehalfOf", officer.on_behalf_of)
    to.item_fact(node, "underItem", officer.item)


def write_statement(statement: Statement, to: Writer) -> None:
    node = part(statement.paragraph, "Statement", "statement", statement.span, to)
    to.concept_fact(node, "statementKind", "statement-kind", statement.kind)
    to.concept_fact(node, "role", "officer-role", statement.role)
    for person in statement.persons:
        to.thing_fact(node, "person", person)
    to.concept_fact(node, "presidedBy", "officer-role", statement.presided_by)
    to.thing_fact(node, "onBehalfOf", statement.on_behalf_of)
    to.item_fact(node, "underItem", statement.item)


def write_view(view: ReportedView, to: Writer) -> None:
    node = part(view.paragraph, "ReportedView", "view", view.span, to)
    to.concept_fact(node, "quantifier", "quantifier", view.quantifier)
    to.thing_fact(node, "voiceOf", view.voice)
    to.concept_fact(node, "reportingVerb", "reporting-verb", view.verb)
    to.item_fact(node, "underItem", view.item)
