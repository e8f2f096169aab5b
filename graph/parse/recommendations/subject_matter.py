"""What a norm is about: instruments, groups of persons, other actors, outputs, topics.

The words stand in the norm itself; nothing is taken from the heading above it. Which part a thing
plays is read from the words around it, by the tables of roles in the language pack.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.matcher import Found
from untocgraph.graph.languages.pack import RoleRule
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.languages.phrases import (
    Sighting,
    apart,
    concepts,
    in_order,
    merged,
    overlap,
    part_played,
    sightings,
)
from untocgraph.graph.model import About, Evidence, InRole, Ref, Span, Stated

T = TypeVar("T")

# What a thing is that no words give another part, as with articles: the norm is about it.
INSTRUMENT = "object"
ACTOR = "subject"


def about(part: Passage, taken: Iterable[Span], cited: Iterable[Span], context: Context) -> About:
    """What the norm in *part* is about.

    *taken* are the words that name its addressees, helpers and partners and whoever speaks;
    *cited* are its citations of articles, whose treaty is cited for that article only.
    """
    pack = context.pack
    names = context.names.find(part)
    known, citations = tuple(taken), tuple(cited)
    instruments = [
        found
        for found in context.names.within(names, part)
        if found.ref.kind in ("instrument", "treaty")
        and not any(found.span in citation for citation in citations)
    ]
    actors = [
        found
        for found in names
        if found.ref.kind in ("state", "body", "actor-class")
        and not any(overlap(found.span, span) for span in known)
    ]
    return About(
        instruments=roles(named(instruments), part, pack.instrument_roles, INSTRUMENT),
        actors=roles(named(actors), part, pack.actor_roles, ACTOR),
        groups=roles(groups(part, names, context), part, pack.group_roles, None),
        outputs=concepts(part, pack.outputs),
        assistance_forms=concepts(part, pack.assistance_forms),
        # One topic may lie inside another: "international judicial cooperation".
        topics=merged(
            in_order(outside(proper(names, part, context), sightings(part, pack.topics)))
        ),
    )


def named(found: Iterable[Found]) -> Iterator[tuple[Ref, Span]]:
    for each in found:
        yield each.ref, each.span


def groups(part: Passage, names: tuple[Found, ...], context: Context) -> Iterator[tuple[str, Span]]:
    """Groups of persons; the witnesses in the name of a model law are none."""
    titles = [found.span for found in names if found.ref.kind != "actor-class"]
    for sighting in apart(outside(titles, sightings(part, context.pack.groups))):
        yield sighting.concept, sighting.whole


def proper(names: tuple[Found, ...], part: Passage, context: Context) -> list[Span]:
    """Names whose words tell who or which text it is, and not what the norm is about: the laws in
    the title of a portal are no topic, the plan in "a work plan" is."""
    marks = context.pack.title_marks
    return [
        found.span
        for found in names
        if found.ref.kind in ("state", "body", "treaty")
        or part.text[: found.span.start - part.start].endswith(tuple(marks))
    ]


def outside(names: list[Span], found: Iterable[Sighting]) -> Iterator[Sighting]:
    for each in found:
        if not any(each.whole in name for name in names):
            yield each


def roles(
    found: Iterable[tuple[T, Span]],
    part: Passage,
    rules: tuple[RoleRule, ...],
    otherwise: str | None,
) -> tuple[Stated[InRole[T]], ...]:
    """Each thing once for each part that it plays, with all its words; the first rule that fits."""
    evidence: dict[InRole[T], tuple[Evidence, ...]] = {}
    for value, span in found:
        fitting = (rule.role for rule in rules if part_played(span, part, rule.pattern))
        each = InRole(value, next(fitting, otherwise))
        evidence[each] = evidence.get(each, ()) + stated(each, span).evidence
    return tuple(Stated(value, spans) for value, spans in evidence.items())
