"""Who serves a meeting, and what officers and the secretariat say at it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.matcher import Found
from untocgraph.graph.languages import series
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import (
    CrossReference,
    Officer,
    Paragraph,
    Ref,
    Span,
    Stated,
    Statement,
    Unresolved,
)
from untocgraph.graph.parse.proceedings.delegations import is_delegation
from untocgraph.graph.parse.recommendations.citations import office_in


@dataclass(frozen=True, slots=True)
class Named:
    """A person with the State in brackets behind the name."""

    person: Stated[Ref]
    state: Stated[Ref] | None
    span: Span


def officers(
    paragraph: Paragraph, pointers: tuple[CrossReference, ...], context: Context
) -> tuple[tuple[Officer, ...], tuple[Unresolved, ...]]:
    """The officers that a paragraph introduces: by name, or heads of units by their unit."""
    number = paragraph.number.value
    found: list[Officer] = []
    unresolved: list[Unresolved] = []
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(context.pack.sentence_end):
        item = own_item(sentence, pointers)
        for role, persons in appointed(sentence, context):
            for named in persons:
                if isinstance(named, Unresolved):
                    unresolved.append(named)
                    continue
                found.append(
                    Officer(
                        paragraph=number,
                        span=named.span,
                        role=role,
                        person=named.person,
                        on_behalf_of=named.state,
                        item=item,
                    )
                )
        for head in heads(sentence, context):
            unit = head.unit
            assert unit is not None
            found.append(
                Officer(
                    paragraph=number,
                    span=head.span,
                    role=head.role,
                    person=None,
                    on_behalf_of=stated(unit.ref, unit.span),
                    item=item,
                )
            )
    return tuple(found), tuple(unresolved)


def appointed(
    sentence: Passage, context: Context
) -> Iterator[tuple[Stated[str], tuple[Named | Unresolved, ...]]]:
    pack = context.pack
    row = persons_expression(context)
    taken: list[Span] = []
    for rule in pack.appointments:
        for match in rule.pattern.fill(**{"person-series": row}).finditer(sentence.text):
            span = sentence.at(match, "role")
            people = sentence.part(match.start("persons"), match.end("persons"))
            # "副主席" holds "主席": the more special rule comes first and takes the persons.
            if people.span in taken:
                continue
            taken.append(people.span)
            yield stated(rule.role, span), tuple(persons(people, context))


def persons_expression(context: Context) -> str:
    """Persons in a row, each with a State or without."""
    one = person_expression(context, names=False)
    joiners = "|".join(context.pack.joiners)
    return rf"{one}(?:\s*(?:{joiners})\s*{one})*"


def person_expression(context: Context, *, names: bool) -> str:
    rules = context.pack.officers
    name, state = rules.person.fill().pattern, rules.state.fill().pattern
    if not names:  # a group may have its name only once in an expression
        state = state.replace("(?P<state>", "(?:")
        return rf"(?:{name})(?:{state})?"
    return rf"(?P<name>{name})(?:{state})?"


def persons(people: Passage, context: Context) -> Iterator[Named | Unresolved]:
    for match in re.finditer(person_expression(context, names=True), people.text):
        where = people.at(match, "name")
        state: Stated[Ref] | None = None
        if match["state"]:
            bracket = series.inner(people, match, "state")
            states = [each for each in context.names.find(bracket) if each.span == bracket.span]
            if not states:
                what = f"the State {bracket.text!r} is in no table; add it to graph/authorities/."
                yield Unresolved(span=bracket.span, what=what)
            else:
                state = stated(states[0].ref, bracket.span)
        yield Named(stated(Ref("person", match["name"]), where), state, people.at(match))


def own_item(sentence: Passage, pointers: tuple[CrossReference, ...]) -> Stated[str] | None:
    """The one agenda item that a sentence names itself."""
    items = [
        Stated(target.value.key, target.evidence)
        for pointer in pointers
        if pointer.span in sentence.span
        for target in pointer.targets
        if target.value.kind == "item"
    ]
    return items[0] if len({item.value for item in items}) == 1 else None


# ---- What they say ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Office:
    """An officer by the name of the office, and the unit that the officer heads."""

    role: Stated[str]
    unit: Found | None
    span: Span


def heads(sentence: Passage, context: Context) -> Iterator[Office]:
    """Offices right behind the name of a unit: "the chief of the … branch"."""
    for office in offices(sentence, context):
        if office.unit is not None:
            yield office


def offices(sentence: Passage, context: Context) -> Iterator[Office]:
    units = [
        found
        for found in context.names.find(sentence)
        if found.ref.kind == "body" and not is_delegation(found, context)
    ]
    taken: list[Span] = []
    for rule in context.pack.officer_roles:
        for match in rule.pattern.fill().finditer(sentence.text):
            span = sentence.at(match)
            if any(span in other for other in taken):
                continue
            taken.append(span)
            unit = next((u for u in units if u.span.end == span.start), None)
            whole = Span(unit.span.start, span.end) if unit else span
            yield Office(stated(rule.concept, span), unit, whole)


def statements(
    paragraph: Paragraph,
    pointers: tuple[CrossReference, ...],
    item: Stated[str] | None,
    context: Context,
) -> Iterator[Statement]:
    """What officers and bodies say; *item* is the one that the section says was considered."""
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(context.pack.sentence_end):
        found = list(offices(sentence, context))
        bodies = [
            each
            for each in context.names.find(sentence)
            if each.ref.kind == "body" and not is_delegation(each, context)
        ]
        for kind in context.pack.statement_kinds:
            for match in kind.pattern.fill().finditer(sentence.text):
                verb = sentence.at(match)
                office = next((o for o in found if speaks(sentence, o.span, verb, context)), None)
                body = next((b for b in bodies if b.span.end == verb.start), None)
                if office is None and body is None:
                    continue
                start = office.span.start if office else body.span.start if body else verb.start
                whose = office.unit if office else body
                yield Statement(
                    paragraph=paragraph.number.value,
                    span=Span(start, verb.end),
                    kind=stated(kind.concept, verb),
                    role=office.role if office else None,
                    persons=holders(sentence, office, context) if office else (),
                    presided_by=office_in(context.pack.officers.presiding, sentence, context),
                    on_behalf_of=stated(whose.ref, whose.span) if whose else None,
                    item=own_item(sentence, pointers) or item,
                )


def holders(sentence: Passage, office: Office, context: Context) -> tuple[Stated[Ref], ...]:
    """The persons that the sentence names as holders of an office."""
    where = office.role.evidence[0].span
    return tuple(
        each.person
        for role, people in appointed(sentence, context)
        if role.evidence[0].span == where
        for each in people
        if isinstance(each, Named)
    )


def speaks(sentence: Passage, office: Span, verb: Span, context: Context) -> bool:
    """Whether nothing but the names of its holders stands between an office and a verb."""
    if office.end > verb.start:
        return False
    between = sentence.text[office.end - sentence.start : verb.start - sentence.start]
    return re.fullmatch(rf"\s*(?:{persons_expression(context)})?\s*", between) is not None
