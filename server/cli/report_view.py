"""What the reader found in a source, for people and for programs."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from untocgraph.graph.export.coverage import Kind, Place, coverage
from untocgraph.graph.model import Intervention, Norm, Report, Source, Span, Unresolved


def as_text(report: Report) -> str:
    """One screen or two: the outline, each norm, counts, and all that is unresolved."""
    return "\n".join(
        (
            f"{report.title.value}",
            *front(report),
            *outline(report),
            *recommendations(report),
            *counts(report),
            f"{number(len(report.unresolved), 'unresolved item')}",
            *(f"  {where(report.source, each)}" for each in report.unresolved),
        )
    )


def front(report: Report) -> Iterator[str]:
    meeting = report.meeting
    yield (
        f"  {meeting.body.value}, {meeting.start.value} to {meeting.end.value}, "
        f"{meeting.place.value}"
    )
    if report.issued:
        yield f"  issued {report.issued.value}"


def outline(report: Report) -> Iterator[str]:
    yield (
        f"{number(len(report.sections), 'section')}, {number(len(report.paragraphs), 'paragraph')}"
    )
    held = {
        key: [paragraph.number.value for paragraph in group]
        for key, group in groupby(report.paragraphs, key=lambda paragraph: paragraph.section)
    }
    for section in report.sections:
        yield f"  {section.key:6} {paragraphs(held.get(section.key, [])):6} {section.title.value}"


def paragraphs(numbers: list[int]) -> str:
    """The paragraphs of a section, which follow each other.

    >>> paragraphs([7, 8, 9])
    '7-9'
    """
    return "-".join(str(number) for number in dict.fromkeys((*numbers[:1], *numbers[-1:])))


def recommendations(report: Report) -> Iterator[str]:
    norms = [(each.paragraph, norm) for each in report.recommendations for norm in each.norms]
    yield (f"{number(len(report.recommendations), 'recommendation')}, {number(len(norms), 'norm')}")
    for paragraph, norm in norms:
        yield f"  {paragraph:<6} {sentence(norm)}"


def sentence(norm: Norm) -> str:
    """A norm in the notations of the schemes: "states should [article 26] if extrabudgetary…"."""
    operators = (norm.modality, norm.embedded, norm.aspect)
    parts = [
        ", ".join(addressee.value.key for addressee in norm.addressees),
        " ".join(operator.value for operator in operators if operator),
    ]
    if norm.citations:
        articles = (str(citation.value.provision.article) for citation in norm.citations)
        parts.append(f"[article {', '.join(articles)}]")
    for word, actors in (("helped by", norm.assisted_by), ("with", norm.partners)):
        if actors:
            parts.append(f"{word} {', '.join(actor.value.key for actor in actors)}")
    if norm.conditions:
        parts.append(f"if {', '.join(condition.value for condition in norm.conditions)}")
    return " ".join(parts)


def counts(report: Report) -> Iterator[str]:
    yield number(len(report.agenda), "agenda item")
    yield number(len(report.attendance), "delegation")
    for status, count in Counter(each.status.value for each in report.attendance).items():
        yield f"  {count:<6} {status}"
    yield number(len(statements(report)), "statement")
    summed = len(report.interventions) - len(statements(report))
    yield f"  {summed:<6} more in lists that sum up who spoke"
    yield number(len(report.documents), "reference") + " to documents"
    yield number(len(report.decisions), "reference") + " to decisions"


def statements(report: Report) -> tuple[Intervention, ...]:
    """Who took the floor, without the entries of lists that sum up who did."""
    return tuple(each for each in report.interventions if not each.one_of)


def number(count: int, noun: str) -> str:
    """A count with its noun.

    >>> number(1, "norm"), number(1200, "triple")
    ('1 norm', '1,200 triples')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def where(source: Source, unresolved: Unresolved) -> str:
    """An unresolved item with its place in the file, as editors jump to it."""
    span = unresolved.span
    line = source.text.count("\n", 0, span.start) + 1
    words = " ".join(source.text[span.start : span.end].split())
    quoted = words if len(words) <= 40 else f"{words[:40]}…"
    return f"{source.path}:{line}: “{quoted}”: {unresolved.what}"


def as_json(report: Report) -> str:
    """Everything in the report, field by field as in `graph.model`; spans come with their words."""
    return json.dumps(plain(report, report.source.text), ensure_ascii=False, indent=2)


def plain(value: Any, text: str) -> Any:
    """*value* in the types of JSON."""
    match value:
        case Source():  # its text is what was put in
            return {name: plain(getattr(value, name), text) for name in SOURCE_FIELDS}
        case Span():
            words = text[value.start : value.end]
            return {"start": value.start, "end": value.end, "words": words}
        case tuple():
            return [plain(each, text) for each in value]
        case date() | Path():
            return str(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name), text) for each in fields(value)}
    return value


SOURCE_FIELDS = ("path", "slug", "language", "sha256")


# ---- Coverage ---------------------------------------------------------------------------------

LISTED = (Kind.RECOMMENDATION, Kind.LIST, Kind.ROW)  # in JSON, the runs of all kinds are


def coverage_as_text(report: Report) -> str:
    """Sums by kind, each part of the report, and what is uncovered in recommendations and lists."""
    found = coverage(report)
    return "\n".join(
        (
            f"{report.title.value}",
            *sums(found),
            *(line for place in found for line in covered(place, report.source)),
        )
    )


def sums(found: tuple[Place, ...]) -> Iterator[str]:
    yield f"{share(found)} of the characters are evidence of a fact"
    for kind in Kind:
        here = tuple(place for place in found if place.kind == kind)
        if here:
            runs = [run for place in here for run in place.runs]
            bare = sum(run.reason is None for run in runs)
            yield (
                f"  {share(here):18} {number(len(here), kind.value)}: "
                f"{number(len(runs), 'uncovered run')}, {bare} without a reason"
            )


def share(places: tuple[Place, ...]) -> str:
    """Covered characters of all: "30/40, 75 %"."""
    covered = sum(place.covered for place in places)
    characters = sum(place.characters for place in places)
    return f"{covered}/{characters}, {round(100 * covered / max(characters, 1))} %"


def covered(place: Place, source: Source) -> Iterator[str]:
    yield f"{place.kind.value} {place.name}: {share((place,))}"
    if place.kind in LISTED:
        for run in place.runs:
            words = " ".join(source.text[run.span.start : run.span.end].split())
            yield f"  “{words}”: {run.reason.value if run.reason else 'no reason'}"


def coverage_as_json(report: Report) -> str:
    """Each part of the report, field by field as in `graph.export.coverage`."""
    return json.dumps(plain(coverage(report), report.source.text), ensure_ascii=False, indent=2)
