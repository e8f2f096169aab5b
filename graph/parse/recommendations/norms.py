"""A sentence of a recommendation becomes norms: who, how strongly, under which conditions.

A norm opens where a list of actors stands at the start of a clause, or right behind an operator
such as "encourages", and an operator such as "should" follows. Actors elsewhere in the sentence,
who help or merely receive, are never addressees.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.matcher import Found
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.languages.phrases import concepts
from untocgraph.graph.model import Information, Norm, Ref, Role, Span, Stated, Unresolved
from untocgraph.graph.parse.recommendations.citations import ProvisionFound, cited, provisions
from untocgraph.graph.parse.recommendations.subject_matter import about


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a norm opens in its sentence. Offsets count within the sentence."""

    start: int
    addressees: tuple[Stated[Ref], ...]
    operator: Stated[str] | None  # before the addressees
    modality: Stated[str] | None  # behind them


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the sentences of a paragraph are, each kind in order."""

    norms: tuple[Norm, ...]
    information: tuple[Information, ...]
    unresolved: tuple[Unresolved, ...]  # they have an operator but no known actor


def sentences(paragraph: Passage, context: Context) -> Sentences:
    """What each sentence of a paragraph asks for, or tells."""
    found: list[Norm] = []
    information: list[Information] = []
    unresolved: list[Unresolved] = []
    citations = provisions(paragraph, context)
    for sentence in paragraph.sentences(context.pack.sentence_end):
        openings = list(opened(sentence, context))
        if not openings and found and (modality := operator_at(sentence, 0, context)):
            # "Consideration should be given to …": the addressees are those of the norm before.
            heirs = tuple(inherited(addressee) for addressee in found[-1].addressees)
            openings = [Opening(0, heirs, None, modality)]
        if not openings and has_operator(sentence, context):
            what = "this sentence says what should be done, but not by whom in words that are known"
            unresolved.append(
                Unresolved(span=sentence.span, what=f"{what}; add the actor to the language pack.")
            )
        elif not openings:
            information.append(informing(sentence, citations, context))
        # What stands before the first opening (a condition, an occasion) belongs to it.
        starts = [0, *(opening.start for opening in openings[1:]), len(sentence.text)]
        for opening, (start, end) in zip(openings, pairwise(starts), strict=False):
            found.append(norm(sentence.part(start, end), opening, citations, context))
    return Sentences(tuple(found), tuple(information), tuple(unresolved))


def informing(
    sentence: Passage, citations: tuple[ProvisionFound, ...], context: Context
) -> Information:
    """A sentence without an operator: it tells something, and asks for nothing."""
    here = [found for found in citations if found.span in sentence.span]
    told = about(sentence, (), (found.span for found in here), context)
    return Information(
        span=sentence.span,
        citations=tuple(cited(found, sentence, context) for found in here),
        about=replace(told, outputs=(), assistance_forms=()),
    )


def opened(sentence: Passage, context: Context) -> Iterator[Opening]:
    """The norms that a sentence opens with addressees of its own."""
    for group in context.lists(sentence):
        start = group[0].span.start - sentence.start
        end = group[-1].span.end - sentence.start
        before = operator_before(sentence, start, context)
        if before is None and not context.starts_clause(sentence, start):
            continue
        behind = operator_at(sentence, end, context)
        if before is not None or behind is not None:
            first = start if before is None else before.evidence[0].span.start - sentence.start
            yield Opening(first, tuple(addressee(found) for found in group), before, behind)


def addressee(found: Found) -> Stated[Ref]:
    return stated(found.ref, found.span)


def inherited(addressee: Stated[Ref]) -> Stated[Ref]:
    spans = (evidence.span for evidence in addressee.evidence)
    return stated(addressee.value, *spans, role=Role.INHERITED)


def operator_before(sentence: Passage, offset: int, context: Context) -> Stated[str] | None:
    """An operator that ends right at *offset*: "encourages ‸States". It stands at the start of a
    clause, or behind the name of the body that speaks."""
    head = sentence.text[:offset]
    for phrase in context.pack.operators:
        match = re.search(rf"(?P<words>{phrase.pattern})$", head)
        if match is None:
            continue
        speakers = context.names.find(sentence.part(0, match.start()))
        spoken = bool(speakers) and speakers[-1].span.end - sentence.start == match.start()
        if spoken or context.starts_clause(sentence, match.start()):
            words = match["words"].rstrip(context.pack.clause_end)
            start = sentence.start + match.start()
            return stated(phrase.concept, Span(start, start + len(words)))
    return None


def operator_at(sentence: Passage, offset: int, context: Context) -> Stated[str] | None:
    """The operator at *offset*, adverbs apart: "States‸ should, where appropriate, consider"."""
    adverbs = [c.pattern for c in context.pack.conditions if c.adverb]
    gap = f"(?:{'|'.join([*adverbs, *(a.pattern for a in context.pack.aspects)])})?"
    between = context.pack.norm.between.fill().pattern
    rest = sentence.part(offset)
    for modality in context.pack.modalities:
        parts = gap.join(f"({part})" for part in modality.parts)
        if match := re.match(between + parts, rest.text):
            spans = [rest.at(match, group) for group in range(1, len(modality.parts) + 1)]
            return stated(modality.concept, *joined(spans))
    return None


def joined(spans: list[Span]) -> list[Span]:
    """Spans in order, with those that touch made one."""
    whole: list[Span] = []
    for span in spans:
        if whole and whole[-1].end == span.start:
            whole[-1] = Span(whole[-1].start, span.end)
        else:
            whole.append(span)
    return whole


def has_operator(sentence: Passage, context: Context) -> bool:
    if any(phrase.pattern.fill().search(sentence.text) for phrase in context.pack.operators):
        return True
    return any(operator_at(sentence, n, context) for n in range(len(sentence.text)))


def norm(
    part: Passage, opening: Opening, citations: tuple[ProvisionFound, ...], context: Context
) -> Norm:
    """A norm from its part of a sentence."""
    pack = context.pack
    inner = opening.modality
    for again in pack.norm.again.fill().finditer(part.text):
        said = operator_at(part, again.end(), context)
        if inner is not None and said is not None and said.value == inner.value:
            inner = Stated(inner.value, inner.evidence + said.evidence)
    modality = opening.operator or inner
    assert modality is not None
    aspects = concepts(part, pack.aspects)
    helping = helpers(part, "assistedBy", context)
    partners = helpers(part, "partner", context)
    cited_here = [found for found in citations if found.span in part.span]
    speaks = speaker(part, opening, context)
    taken = [
        e.span for a in (*opening.addressees, *helping, *partners, *speaks) for e in a.evidence
    ]
    return Norm(
        span=part.span,
        addressees=opening.addressees,
        session=session(part, opening, context),
        modality=modality,
        embedded=inner if opening.operator else None,
        aspect=aspects[0] if aspects else None,
        conditions=concepts(part, pack.conditions),
        citations=tuple(cited(found, part, context) for found in cited_here),
        assisted_by=helping,
        partners=partners,
        about=about(part, taken, (found.span for found in cited_here), context),
    )


def session(part: Passage, opening: Opening, context: Context) -> Stated[Ref] | None:
    """The session of an addressee, if the norm names one."""
    spans = {e.span for addressee in opening.addressees for e in addressee.evidence}
    bodies = [found for found in context.names.find(part) if found.span in spans]
    found = next(context.names.sessions(bodies, part), None)
    return stated(found.ref, found.span) if found else None


def speaker(part: Passage, opening: Opening, context: Context) -> tuple[Stated[Ref], ...]:
    """The body that speaks: its name ends right where the operator before the addressees starts."""
    if opening.operator is None:
        return ()
    start = opening.operator.evidence[0].span.start
    return tuple(addressee(f) for f in context.names.find(part) if f.span.end == start)


def helpers(part: Passage, property: str, context: Context) -> tuple[Stated[Ref], ...]:
    """Those with whose help or with whom it should be done."""
    found: dict[Ref, Stated[Ref]] = {}
    for rule in context.pack.assistance:
        if rule.property != property:
            continue
        pattern = rule.pattern.fill(actor=f"(?P<actor>{context.names.expression})")
        for match in pattern.finditer(part.text):
            ref = context.names.resolve(match["actor"])
            found.setdefault(ref, stated(ref, part.at(match, "actor")))
    return tuple(sorted(found.values(), key=lambda each: each.evidence))
