"""What the body adopted, and what the decisions that a report cites did."""

from collections.abc import Iterator

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import (
    Adopted,
    Adoption,
    CrossReference,
    DecisionEffect,
    DecisionReference,
    Evidence,
    Paragraph,
    Recommendation,
    Role,
    Stated,
    Target,
)
from untocgraph.graph.parse.proceedings.sittings import days_of, sitting_at


def adopted(
    paragraphs: tuple[Paragraph, ...],
    recommendations: tuple[Recommendation, ...],
    pointers: tuple[CrossReference, ...],
    context: Context,
) -> tuple[Adopted, ...]:
    """Which recommendations were adopted under which item, by the sentences that record it.

    Such a sentence points to an item, says "adopted … are contained in", and points to sections or
    paragraphs; every recommendation in those is meant.
    """
    sections = {paragraph.number.value: paragraph.section for paragraph in paragraphs}
    found: list[Adopted] = []
    for paragraph in paragraphs:
        here = [each for each in pointers if each.paragraph == paragraph.number.value]
        passage = Passage(paragraph.text, paragraph.span.start)
        for sentence in passage.sentences(context.pack.sentence_end):
            match = context.pack.adoption.recommendations.fill().search(sentence.text)
            if match is None:
                continue
            act = sentence.at(match, "act")
            called = sentence.part(match.start("act"), match.end("act"))
            kinds = [
                (outcome.concept, Evidence(called.at(words)))
                for outcome in context.pack.outcomes
                for words in outcome.pattern.fill().finditer(called.text)
            ]
            within = [each for each in here if each.span in sentence.span]
            items = [
                Stated(target.value.key, (Evidence(pointer.span, Role.INHERITED),))
                for pointer in within
                if pointer.span < act
                for target in pointer.targets
                if target.value.kind == "item"
            ]
            for pointer in within:
                if pointer.span < act:
                    continue
                for recommendation in recommendations:
                    number = recommendation.paragraph
                    if any(holds(t.value, number, sections[number]) for t in pointer.targets):
                        where = Evidence(pointer.span, Role.INHERITED)
                        found.extend(
                            Adopted(
                                recommendation=number,
                                item=Stated(item.value, (*item.evidence, where)),
                                recorded=Stated(
                                    paragraph.number.value,
                                    (Evidence(act, Role.INHERITED), where),
                                ),
                                kinds=tuple(
                                    Stated(concept, (words, where)) for concept, words in kinds
                                ),
                            )
                            for item in items
                        )
    return tuple(sorted(found, key=lambda each: each.recommendation))


def holds(target: Target, number: int, section: str) -> bool:
    """Whether a part of the report holds the paragraph of this number, in this section."""
    if target.kind == "paragraph":
        return target.key == str(number)
    return target.kind == "section" and f"{section}.".startswith(f"{target.key}.")


def adoptions(
    paragraph: Paragraph, pointers: tuple[CrossReference, ...], context: Context
) -> Iterator[Adoption]:
    """The sentences in which the body that reports adopts a report."""
    pack = context.pack
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(pack.sentence_end):
        match = pack.adoption.report.fill().search(sentence.text)
        if match is None:
            continue
        before = context.names.find(sentence.part(0, match.start()))
        if not before or before[-1].ref.key != context.circle.reporting.key:
            continue
        symbols = pack.citations.symbol.fill().finditer(sentence.text)
        act = sentence.part(match.start(), match.end())
        amended = [
            stated(kind.concept, act.at(words))
            for kind in pack.amendments
            for words in kind.pattern.fill().finditer(act.text)
        ]
        yield Adoption(
            paragraph=paragraph.number.value,
            span=sentence.span,
            date=next(days_of(sentence, context), None),
            sittings=tuple(sitting_at(sentence, context)),
            draft=next((stated(symbol[0], sentence.at(symbol)) for symbol in symbols), None),
            chapters=tuple(
                Stated(target.value.key, target.evidence)
                for pointer in pointers
                if pointer.span in sentence.span
                for target in pointer.targets
                if target.value.kind == "section"
            ),
            amendment=amended[0] if amended else None,
        )


def effects(
    paragraph: Paragraph, cited: tuple[DecisionReference, ...], context: Context
) -> Iterator[DecisionEffect]:
    """What each decision did, by the words between its citation and the next or the end of its
    sentence."""
    actor = context.names.expression
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(context.pack.sentence_end):
        here = [
            (ordinal, decision.number.evidence[0].span)
            for ordinal, decision in enumerate(cited, 1)
            if decision.number.evidence[0].span in sentence.span
        ]
        ends = [*(span.start for _, span in here[1:]), sentence.span.end]
        for (ordinal, span), end in zip(here, ends, strict=False):
            if span.end == end:
                continue
            behind = sentence.part(span.end - sentence.start, end - sentence.start)
            for effect in context.pack.decision_effects:
                match = effect.pattern.fill(actor=actor).search(behind.text)
                if match is not None:
                    yield DecisionEffect(
                        paragraph=paragraph.number.value,
                        ordinal=ordinal,
                        effect=stated(effect.concept, behind.at(match, "words")),
                    )
