"""Where a report points to its own parts: chapters, sections, paragraphs, items, the annex."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.languages import series
from untocgraph.graph.languages.passages import Passage, item_number, roman, stated
from untocgraph.graph.model import (
    AgendaItem,
    Annex,
    CrossReference,
    Paragraph,
    Section,
    Span,
    Target,
    Unresolved,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a report that it can point to."""

    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    agenda: tuple[AgendaItem, ...]
    annex: Annex | None

    def __contains__(self, target: object) -> bool:
        match target:
            case Target("section", key):
                return any(section.key == key for section in self.sections)
            case Target("paragraph", key):
                return any(str(paragraph.number.value) == key for paragraph in self.paragraphs)
            case Target("item", key):
                return any(item.number.value == key for item in self.agenda)
            case Target("annex"):
                return self.annex is not None
        return False


def cross_references(
    paragraph: Paragraph, parts: Parts, context: Context
) -> tuple[tuple[CrossReference, ...], tuple[Unresolved, ...]]:
    """Every pointer of a paragraph in order. One that leads nowhere is left unresolved."""
    passage = Passage(paragraph.text, paragraph.span.start)
    found: list[CrossReference] = []
    unresolved: list[Unresolved] = []
    for span, targets in sorted(pointers(passage, paragraph, parts, context)):
        if any(span in other.span for other in found):
            continue
        known = [target for target in targets if target in parts]
        if known != targets or not known:
            what = "this points to a part that the report does not have; check the number."
            unresolved.append(Unresolved(span=span, what=what))
        if known:
            found.append(
                CrossReference(
                    paragraph=paragraph.number.value,
                    span=span,
                    targets=tuple(stated(target, span) for target in known),
                )
            )
    return tuple(found), tuple(unresolved)


def pointers(
    passage: Passage, paragraph: Paragraph, parts: Parts, context: Context
) -> Iterator[tuple[Span, list[Target]]]:
    pack = context.pack
    for rule in pack.pointers:
        for match in rule.pattern.fill(**series.expressions(pack)).finditer(passage.text):
            words = series.inner(passage, match)
            yield words.span, list(targets(rule.target, match, passage, paragraph, parts, context))


def targets(
    kind: str,
    match: re.Match[str],
    passage: Passage,
    paragraph: Paragraph,
    parts: Parts,
    context: Context,
) -> Iterator[Target]:
    """What a pointer leads to; parts that it names and the report lacks are among them."""
    pack = context.pack
    groups = match.groupdict()
    chapter = paragraph.section.partition(".")[0]
    if kind == "section":
        chapters = [chapter]
        if groups.get("chapters"):
            words = series.inner(passage, match, "chapters")
            chapters = [roman(each.value) for each in series.numbers(words, pack)]
        if not groups["letters"]:
            yield from (Target("section", key) for key in chapters)
        else:
            words = series.inner(passage, match, "letters")
            for chapter in chapters[-1:]:
                for letter in series.letters(words, pack):
                    yield Target("section", f"{chapter}.{letter.value}")
    elif kind == "paragraph":
        words = series.inner(passage, match, "numbers")
        yield from (Target("paragraph", str(n.value)) for n in series.numbers(words, pack))
    elif kind == "item":
        words = series.inner(passage, match, "items")
        if "(" in words.text:
            yield Target("item", item_number(words.text))
        else:
            yield from (Target("item", str(n.value)) for n in series.numbers(words, pack))
    elif kind == "annex":
        yield Target("annex", "")
    elif kind == "agenda":
        here = [item for item in parts.agenda if item.paragraph == paragraph.number.value]
        yield from (Target("item", i.number.value) for i in here if i.parent is None)
    elif kind == "recommendations":
        yield from below(paragraph, chapter, parts)


def below(paragraph: Paragraph, chapter: str, parts: Parts) -> Iterator[Target]:
    """What follows in the chapter: its later sections, or its later paragraphs if it has none."""
    sections = [s for s in parts.sections if s.parent == chapter and s.span > paragraph.span]
    if sections:
        yield from (Target("section", section.key) for section in sections)
        return
    for other in parts.paragraphs:
        if other.section == paragraph.section and other.span > paragraph.span:
            yield Target("paragraph", str(other.number.value))
