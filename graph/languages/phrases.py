"""Words of a passage that stand for concepts, as the tables of a language pack list them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from untocgraph.graph.languages.pack import Pattern, Phrase
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import Evidence, Span, Stated


@dataclass(frozen=True, slots=True)
class Sighting:
    """A concept and the words that stand for it: more than one span where others come between."""

    concept: str
    spans: tuple[Span, ...]

    @property
    def whole(self) -> Span:
        return Span(self.spans[0].start, self.spans[-1].end)


def sightings(part: Passage, phrases: Iterable[Phrase]) -> Iterator[Sighting]:
    """Wherever a phrase stands. In a pattern with groups they are the words, the rest is what has
    to stand around them."""
    for phrase in phrases:
        for match in phrase.pattern.fill().finditer(part.text):
            groups = [n for n in range(1, match.re.groups + 1) if match[n]] or [0]
            yield Sighting(phrase.concept, tuple(part.at(match, n) for n in groups))


def apart(found: Iterable[Sighting]) -> list[Sighting]:
    """The sightings in order of text; of two that overlap, the longer."""
    kept: list[Sighting] = []
    for each in sorted(found, key=lambda one: one.whole.start - one.whole.end):
        if all(not overlap(each.whole, other.whole) for other in kept):
            kept.append(each)
    return in_order(kept)


def in_order(found: Iterable[Sighting]) -> list[Sighting]:
    return sorted(found, key=lambda one: (one.spans, one.concept))


def overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def concepts(part: Passage, phrases: Iterable[Phrase]) -> tuple[Stated[str], ...]:
    """The concepts that phrases stand for, none inside another's words."""
    return merged(apart(sightings(part, phrases)))


def merged(found: Iterable[Sighting]) -> tuple[Stated[str], ...]:
    """One value for each concept, with all its words."""
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for each in found:
        words = stated(each.concept, *each.spans).evidence
        known = evidence.get(each.concept, ())
        evidence[each.concept] = known + tuple(word for word in words if word not in known)
    return tuple(Stated(value, spans) for value, spans in evidence.items())


# Stands for the words whose part is asked for: a character that no text holds.
MARK = "\ue000"


def part_played(span: Span, part: Passage, pattern: Pattern) -> bool:
    """Whether *pattern* fits with ``<it>`` right at *span*, not at the same words elsewhere."""
    start, end = span.start - part.start, span.end - part.start
    marked = part.text[:start] + MARK + part.text[end:]
    return re.search(pattern.fill(it=MARK), marked) is not None
