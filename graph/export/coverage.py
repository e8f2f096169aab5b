"""How much of a report's words its facts account for, and which words none of them does.

A fact covers the words that are its evidence: names, citations, triggers, numbers, members of a
list. What repeats a part of the report whole covers nothing: the text of a paragraph, the sentence
of a norm or a view, a title. Letters and digits count; spaces and punctuation do not.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum

from untocgraph.graph.languages.pack import LanguagePack, language_pack
from untocgraph.graph.model import Norm, Report, Source, Span, Special, Stated

LONGEST = 8  # characters of an uncovered run that is not worth a line


class Kind(StrEnum):
    """The parts of a report that are accounted for one by one."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    RECOMMENDATION = "recommendation"
    LIST = "list"  # a paragraph that lists delegations, or one item of the agenda
    ROW = "table row"


class Reason(StrEnum):
    """Why words need no fact of their own: general rules about where they stand."""

    TITLE = "a title, kept word for word"
    ACT = "the act that is asked for: kept in the words of the norm"
    OCCASION = "a purpose or an occasion, before the addressee: kept in the words of the norm"
    INFORMS = "a sentence that informs and asks for nothing"
    VIEW = "reported words of a view"
    ROLL = "set phrase around a list of delegations"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that no fact covers."""

    span: Span
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    kind: Kind
    name: str  # number of the paragraph or item, key of the section, symbol of the document
    span: Span
    characters: int
    covered: int
    runs: tuple[Run, ...]


def coverage(report: Report, pack: LanguagePack | None = None) -> tuple[Place, ...]:
    """The parts of *report* in order of text. *pack* is that of its language unless another is
    given."""
    pack = pack or language_pack(report.source.language)
    text = report.source.text
    free = uncovered(report)
    reasons = tuple(reasoned(report))
    found = []
    for kind, name, span, parts in places(report):
        counted = [n for n in range(span.start, span.end) if text[n].isalnum() and within(n, parts)]
        runs = []
        for part in parts:
            for run in runs_in(part, text, free, pack.sentence_end):
                reason = next((r for r, where in reasons if run in where), None)
                runs.append(Run(run, reason))
        found.append(
            Place(
                kind=kind,
                name=name,
                span=span,
                characters=len(counted),
                covered=sum(not free[n] for n in counted),
                runs=tuple(runs),
            )
        )
    return tuple(found)


def within(offset: int, parts: Iterable[Span]) -> bool:
    return any(part.start <= offset < part.end for part in parts)


def places(report: Report) -> Iterator[tuple[Kind, str, Span, tuple[Span, ...]]]:
    """Each part of the report with its words: those of a paragraph end where its list starts."""
    asking = {each.paragraph for each in report.recommendations}
    listing = listing_delegations(report)
    found: list[tuple[Kind, str, Span, tuple[Span, ...]]] = []
    for section in report.sections:
        found.append((Kind.HEADING, section.key, section.span, (section.span,)))
    for paragraph in report.paragraphs:
        number = paragraph.number.value
        items = [item.span for item in report.agenda if item.paragraph == number]
        kind = Kind.RECOMMENDATION if number in asking else Kind.PARAGRAPH
        kind = Kind.LIST if number in listing else kind
        found.append((kind, str(number), paragraph.span, tuple(without(paragraph.span, items))))
    for item in report.agenda:
        found.append((Kind.LIST, f"item {item.number.value}", item.span, (item.span,)))
    if report.annex is not None:
        rows = {each.span: each for each in report.documents if each.kind == "listing"}
        words = report.source.text[report.annex.span.start : report.annex.span.end]
        for match in re.finditer(r"[^\n]*\S[^\n]*", words):
            line = Span(*(report.annex.span.start + edge for edge in match.span()))
            row = next((row for span, row in rows.items() if span in line), None)
            name = row.symbol.value if row and row.symbol else "annex"
            found.append((Kind.ROW if row else Kind.HEADING, name, line, (line,)))
    yield from sorted(found, key=lambda each: (each[2].start, -each[2].end))


def listing_delegations(report: Report) -> set[int]:
    """The paragraphs that list who came or who spoke."""
    came = {each.paragraph for each in report.attendance}
    return came | {each.paragraph for each in report.interventions}


def without(whole: Span, parts: Iterable[Span]) -> Iterator[Span]:
    """What is left of a span."""
    start = whole.start
    for part in sorted(parts):
        if start < part.start:
            yield Span(start, part.start)
        start = max(start, part.end)
    if start < whole.end:
        yield Span(start, whole.end)


def uncovered(report: Report) -> list[bool]:
    """For each character of the source, whether it is evidence of no fact."""
    free = [True] * len(report.source.text)
    repeated = {p.span for p in report.paragraphs} | {s.span for s in report.sections}
    repeated |= {norm.span for each in report.recommendations for norm in each.norms}
    repeated |= {view.span for view in report.proceedings.views}
    for span in evidence(report):
        if span not in repeated:
            free[span.start : span.end] = [False] * (span.end - span.start)
    return free


def evidence(value: object) -> Iterator[Span]:
    """The words of every fact in *value*, titles apart."""
    if isinstance(value, Stated):
        yield from (each.span for each in value.evidence)
    elif isinstance(value, tuple):
        for each in value:
            yield from evidence(each)
    elif isinstance(value, Special):
        yield value.span
    elif is_dataclass(value) and not isinstance(value, (Source, Span, type)):
        for field in fields(value):
            if field.name != "title":
                yield from evidence(getattr(value, field.name))


def reasoned(report: Report) -> Iterator[tuple[Reason, Span]]:
    """Where in the report which reason holds. The first that holds for a run is its reason."""
    titles: list[Stated[str] | None] = [each.title for each in report.sections]
    titles += [each.title for each in report.agenda]
    titles += [each.title for each in report.documents]
    titles += [each.title for each in report.decisions]
    titles.append(report.annex.title if report.annex else None)
    for title in titles:
        if title is not None:
            yield from ((Reason.TITLE, evidence.span) for evidence in title.evidence)
    for recommendation in report.recommendations:
        for norm in recommendation.norms:
            yield from around_the_demand(norm)
        yield from ((Reason.INFORMS, each.span) for each in recommendation.information)
    yield from ((Reason.VIEW, view.span) for view in report.proceedings.views)
    listing = listing_delegations(report)
    for paragraph in report.paragraphs:
        if paragraph.number.value in listing:
            yield Reason.ROLL, paragraph.span


def around_the_demand(norm: Norm) -> Iterator[tuple[Reason, Span]]:
    """What stands before and behind those words of a norm that say who shall and how strongly.

    Words between these are of neither: whatever stands there should have been read.
    """
    operators = [norm.modality, *([norm.embedded] if norm.embedded else [])]
    named = [each.span for one in norm.addressees for each in one.evidence]
    demand = [one.evidence[0].span for one in operators]  # one may be said again, further on
    demand += [span for span in named if span in norm.span]
    first, last = min(span.start for span in demand), max(span.end for span in demand)
    if norm.span.start < first:
        yield Reason.OCCASION, Span(norm.span.start, first)
    if last < norm.span.end:
        yield Reason.ACT, Span(last, norm.span.end)


def runs_in(part: Span, text: str, free: list[bool], sentence_end: str) -> Iterator[Span]:
    """Uncovered runs of more than `LONGEST` characters, within a sentence, edges trimmed."""
    start = None
    for n in range(part.start, part.end + 1):
        ends = n == part.end or not free[n] or text[n] in sentence_end + "\n\t"
        if not ends and start is None and text[n].isalnum():
            start = n
        elif ends and start is not None:
            end = n
            while not text[end - 1].isalnum():
                end -= 1
            if end - start > LONGEST:
                yield Span(start, end)
            start = None
