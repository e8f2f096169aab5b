"""Who came, who spoke and under which item: lists and set phrases of a report."""

import re
from dataclasses import dataclass

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.matcher import Found
from untocgraph.graph.languages.passages import Passage, item_number, number, stated
from untocgraph.graph.model import (
    AgendaItem,
    Attendance,
    Evidence,
    Intervention,
    Paragraph,
    Ref,
    Role,
    Span,
    Stated,
    Unresolved,
)
from untocgraph.graph.parse.structure import ListPoint


@dataclass(frozen=True, slots=True)
class Roll:
    """Delegations that one sentence names in one capacity."""

    delegations: tuple[Stated[Ref], ...]
    capacity: Stated[str]
    sentence: Passage


def agenda(points: tuple[ListPoint, ...]) -> tuple[AgendaItem, ...]:
    return tuple(
        AgendaItem(
            number=point.number,
            title=stated(point.text.text, point.text.span),
            parent=point.parent,
            paragraph=point.paragraph,
            span=point.span,
        )
        for point in points
    )


def roll(sentence: Passage, verb: re.Pattern[str], context: Context) -> Roll | None:
    """The delegations of a sentence with the *verb*: those behind a colon, or its subject."""
    match = verb.search(sentence.text)
    if match is None:
        return None
    lead, colon, names = sentence.text.partition("：")
    lead = lead if colon else sentence.text[: match.start()]
    capacity = status(Passage(lead, sentence.start), context)
    if capacity is None:
        return None
    where = sentence.part(len(lead) + len(colon)) if colon else Passage(lead, sentence.start)
    found = [each for each in context.names.find(where) if is_delegation(each, context)]
    if not found:
        return None
    return Roll(tuple(stated(each.ref, each.span) for each in found), capacity, sentence)


def is_delegation(found: Found, context: Context) -> bool:
    """States and regional organizations sit behind a name plate; other bodies do not."""
    ref = found.ref
    bodies = context.authorities.bodies
    return ref.kind == "state" or (
        ref.kind == "body" and bodies[ref.key].kind == "RegionalOrganization"
    )


def status(lead: Passage, context: Context) -> Stated[str] | None:
    """In which capacity the lead phrase says they were there."""
    for rule in context.pack.statuses:
        spans: list[Span] = []
        for part in rule.parts:
            match = part.fill().search(lead.text)
            if match is None:
                break
            spans.append(lead.at(match))
        else:
            return stated(rule.concept, *spans, role=Role.INHERITED)
    return None


def unknown_names(sentence: Passage, context: Context) -> tuple[Unresolved, ...]:
    """What a list behind a colon holds besides names that are known and joiners."""
    _, colon, names = sentence.text.partition("：")
    if not colon:
        return ()
    where = sentence.part(len(sentence.text) - len(names))
    edges = [
        where.start,
        *(e for f in context.names.find(where) for e in (f.span.start, f.span.end)),
    ]
    edges.append(where.span.end)
    marks = "".join(context.pack.joiners) + context.pack.clause_end + " "
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        words = where.text[start - where.start : end - where.start]
        kept = words.strip(marks)
        if kept:
            first = start + words.index(kept)
            found.append(
                Unresolved(
                    span=Span(first, first + len(kept)),
                    what=f"the name {kept!r} is in no table; add it to graph/authorities/.",
                )
            )
    return tuple(found)


def attendance(
    paragraph: Paragraph, context: Context
) -> tuple[tuple[Attendance, ...], tuple[Unresolved, ...]]:
    found: list[Attendance] = []
    unresolved: list[Unresolved] = []
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(context.pack.sentence_end):
        if present := roll(sentence, context.pack.meeting.attended.fill(), context):
            unresolved.extend(unknown_names(sentence, context))
            found.extend(
                Attendance(
                    paragraph=paragraph.number.value,
                    delegation=delegation,
                    status=present.capacity,
                )
                for delegation in present.delegations
            )
    return tuple(found), tuple(unresolved)


def interventions(
    paragraphs: tuple[Paragraph, ...], context: Context
) -> tuple[tuple[Intervention, ...], tuple[Unresolved, ...]]:
    """Who spoke in the paragraphs of one section, and under which item.

    The item is the one that the section says the body considered. A phrase such as "under items 2
    to 6" makes its list, and what follows in the section, a sum over those items.
    """
    rules = context.pack.meeting
    found: list[Intervention] = []
    unresolved: list[Unresolved] = []
    item = considered(paragraphs, context)
    items: tuple[Stated[str], ...] = ()
    for paragraph in paragraphs:
        passage = Passage(paragraph.text, paragraph.span.start)
        for sentence in passage.sentences(context.pack.sentence_end):
            if scope := rules.items_range.fill().search(sentence.text):
                evidence = (Evidence(sentence.at(scope), Role.AGGREGATE),)
                bounds = number(scope["first"]), number(scope["last"]) + 1
                items = tuple(Stated(str(each), evidence) for each in range(*bounds))
            spoken = roll(sentence, rules.spoke.fill(), context)
            if spoken is None:
                continue
            unresolved.extend(unknown_names(sentence, context))
            found.extend(
                Intervention(
                    paragraph=paragraph.number.value,
                    speaker=speaker,
                    capacity=spoken.capacity,
                    item=None if items else item,
                    one_of=items,
                )
                for speaker in spoken.delegations
            )
    return tuple(found), tuple(unresolved)


def considered(paragraphs: tuple[Paragraph, ...], context: Context) -> Stated[str] | None:
    """The agenda item that a section says the body considered."""
    for paragraph in paragraphs:
        match = context.pack.meeting.considers.fill().search(paragraph.text)
        if match:
            passage = Passage(paragraph.text, paragraph.span.start)
            words = passage.at(match, "words")
            return stated(item_number(match["item"]), words, role=Role.INHERITED)
    return None
