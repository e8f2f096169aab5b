"""The numbered sittings of a meeting: when each was held and which items it took."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.languages import series
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import (
    CrossReference,
    Evidence,
    Paragraph,
    Sitting,
    Stated,
    Unresolved,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """One sitting as one sentence tells of it."""

    number: Stated[int]
    day: Stated[date] | None
    items: tuple[Stated[str], ...]
    paragraph: int


def sittings(
    paragraphs: tuple[Paragraph, ...], pointers: tuple[CrossReference, ...], context: Context
) -> tuple[tuple[Sitting, ...], tuple[Unresolved, ...]]:
    """Every sitting that a number names, in order; a date without one names no sitting."""
    told: dict[int, list[Held]] = defaultdict(list)
    unresolved: list[Unresolved] = []
    for paragraph in paragraphs:
        passage = Passage(paragraph.text, paragraph.span.start)
        for sentence in passage.sentences(context.pack.sentence_end):
            found, left = held(sentence, context)
            unresolved.extend(left)
            items = considered(sentence, pointers, context) if found else ()
            for numbered, day in found:
                one = Held(numbered, day, items, paragraph.number.value)
                told[numbered.value].append(one)
    return tuple(merged(told[key]) for key in sorted(told)), tuple(unresolved)


def held(
    sentence: Passage, context: Context
) -> tuple[list[tuple[Stated[int], Stated[date] | None]], list[Unresolved]]:
    """The sittings that a sentence names, each with its day.

    One day holds for all of them; as many days as sittings are given in the same order. Otherwise
    no day is told.
    """
    pack = context.pack
    found: list[tuple[Stated[int], Stated[date] | None]] = []
    unresolved: list[Unresolved] = []
    for match in pack.sittings.held.fill(**series.expressions(pack)).finditer(sentence.text):
        words = series.inner(sentence, match, "numbers")
        ordinals = series.numbers(words, pack)
        days = series.days(series.inner(sentence, match, "days"), pack)
        if len(days) == 1:
            days *= len(ordinals)
        known: list[Stated[date] | None] = [stated(day.value, day.span) for day in days]
        if len(days) != len(ordinals):
            what = "these sittings cannot be matched with these days; check the text."
            unresolved.append(Unresolved(span=sentence.at(match), what=what))
            known = [None] * len(ordinals)
        found.extend(
            (stated(ordinal.value, words.span), day)
            for ordinal, day in zip(ordinals, known, strict=True)
        )
    return found, unresolved


def considered(
    sentence: Passage, pointers: tuple[CrossReference, ...], context: Context
) -> tuple[Stated[str], ...]:
    """The agenda items that a sentence says the body considered."""
    match = context.pack.meeting.considers.fill().search(sentence.text)
    if match is None:
        return ()
    behind = sentence.part(match.start()).span
    return tuple(
        Stated(target.value.key, target.evidence)
        for pointer in pointers
        if pointer.span in behind
        for target in pointer.targets
        if target.value.kind == "item"
    )


def merged(told: list[Held]) -> Sitting:
    """What several sentences tell of one sitting."""
    (ordinal,) = gathered([one.number for one in told])
    return Sitting(
        number=ordinal,
        dates=gathered([one.day for one in told if one.day is not None]),
        items=gathered([item for one in told for item in one.items]),
        paragraphs=tuple(sorted({one.paragraph for one in told})),
    )


def gathered(values: list[Stated[T]]) -> tuple[Stated[T], ...]:
    """Each value once, with the words of all who state it, in order of text."""
    evidence: dict[T, dict[Evidence, None]] = {}
    for value in values:
        evidence.setdefault(value.value, {}).update(dict.fromkeys(value.evidence))
    return tuple(Stated(value, tuple(found)) for value, found in evidence.items())


def sitting_at(sentence: Passage, context: Context) -> Iterator[Stated[int]]:
    """The sittings at which a sentence says something happened."""
    for ordinal, _ in held(sentence, context)[0]:
        yield ordinal


def days_of(sentence: Passage, context: Context) -> Iterator[Stated[date]]:
    """Every day that a sentence names in full."""
    pack = context.pack
    for match in pack.series.days.fill().finditer(sentence.text):
        for day in series.days(series.inner(sentence, match), pack):
            yield stated(day.value, day.span)
