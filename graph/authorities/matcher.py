"""Names in a text, longest first, so that no name is found inside another.

A name is a row of the authority tables, a phrase of the language pack for a class of actors
("States parties"), or one that means something only inside this report ("the Working Group").
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from untocgraph.graph.authorities.gazetteer import Authorities, Body, Instrument
from untocgraph.graph.languages.pack import LanguagePack
from untocgraph.graph.languages.passages import Passage, number
from untocgraph.graph.model import Ref, Span


@dataclass(frozen=True, slots=True)
class Circle:
    """The body that reports and what belongs to it: what its short names stand for."""

    reporting: Body
    parent: Body | None
    secretariat: Body | None
    treaty: str | None
    protocols: str | None  # key of the instrument that all protocols to the treaty make up
    programmes: tuple[Instrument, ...]  # programmes and mechanisms that serve the treaty


@dataclass(frozen=True, slots=True)
class Found:
    ref: Ref
    span: Span


class Names:
    """Finds names in passages. *circle* is None while the report's own body is not known yet."""

    def __init__(
        self, pack: LanguagePack, authorities: Authorities, circle: Circle | None = None
    ) -> None:
        table: dict[str, Ref] = {}
        for ref, name in listed(authorities, pack.language):
            table.setdefault(name, ref)
        if circle is not None:
            for ref, names in contextual(pack, circle):
                table.update((squeeze(name), ref) for name in names)
        self.table = table
        self.actors = pack.actors
        self.session = pack.context.session.fill()
        spelt = "|".join(spelling(name) for name in sorted(table, key=len, reverse=True))
        phrases = "|".join(actor.pattern for actor in pack.actors)
        # An expression for one name, to be put into the patterns of the pack.
        self.expression = f"(?:{spelt}|{phrases})"
        self.pattern = re.compile(self.expression)

    def find(self, passage: Passage) -> tuple[Found, ...]:
        """All names in order; none overlaps another."""
        return tuple(
            Found(self.resolve(match[0]), passage.at(match))
            for match in self.pattern.finditer(passage.text)
        )

    def within(self, names: Iterable[Found], passage: Passage) -> Iterator[Found]:
        """Names of a passage, and those inside a phrase for a class of actors: "States that need
        assistance in implementing the Convention"."""
        for found in names:
            yield found
            if found.ref.kind == "actor-class":
                start, end = found.span.start - passage.start, found.span.end - passage.start
                yield from self.find(passage.part(start + 1, end))

    def sessions(self, names: Iterable[Found], passage: Passage) -> Iterator[Found]:
        """The sessions that a passage names: "the Conference at its seventh session"."""
        for body in names:
            behind = passage.part(body.span.end - passage.start)
            match = self.session.match(behind.text)
            if body.ref.kind == "body" and match is not None:
                key = f"{body.ref.key}/{number(match['session'])}"
                whole = Span(body.span.start, behind.at(match).end)
                yield Found(Ref("session", key), whole)

    def resolve(self, words: str) -> Ref:
        """What words that `expression` has matched stand for."""
        if ref := self.table.get(squeeze(words)):
            return ref
        concept = next(a.concept for a in self.actors if a.pattern.fill().fullmatch(words))
        return Ref("actor-class", concept)


@cache
def listed(authorities: Authorities, language: str) -> tuple[tuple[Ref, str], ...]:
    """Every name of the tables in *language*, and the acronyms that English texts made common."""
    return tuple(
        (Ref(entry.thing, entry.key), squeeze(entry.name.text))
        for entry in (*authorities.gazetteer(language), *authorities.gazetteer("en"))
        if entry.name.language == language or entry.name.kind == "acronym"
        if entry.name.kind != "contextual"
    )


def contextual(pack: LanguagePack, circle: Circle) -> Iterable[tuple[Ref, tuple[str, ...]]]:
    """The names that mean something only in this report."""
    yield Ref("body", circle.reporting.key), pack.context.reporting_body
    if circle.parent is not None:
        yield Ref("body", circle.parent.key), pack.context.parent_body
    if circle.secretariat is not None:
        yield Ref("body", circle.secretariat.key), pack.context.secretariat
    if circle.treaty is not None:
        yield Ref("treaty", circle.treaty), pack.context.treaty
    if circle.protocols is not None:
        yield Ref("instrument", circle.protocols), pack.context.protocols
    for each in circle.programmes:
        short = (n for n in each.names if n.kind == "contextual" and n.language == pack.language)
        yield Ref("instrument", each.key), tuple(name.text for name in short)


def squeeze(name: str) -> str:
    """A name without the spaces that page layout puts into Chinese words."""
    return name if name.isascii() else re.sub(r"\s+", "", name)


def spelling(name: str) -> str:
    """An expression for a name: spaces may break a Chinese one, a Latin one stands alone."""
    if name.isascii():
        return rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])"
    return " ?".join(re.escape(character) for character in name)


def circle_of(body: Body, authorities: Authorities) -> Circle:
    """What belongs to a body: its parent, its secretariat, its treaty."""
    parent = authorities.bodies.get(body.parent) if body.parent else None
    family = {body.key} | ({parent.key} if parent else set())
    secretariat = next(
        (b for b in authorities.bodies.values() if b.kind == "Secretariat" and b.parent in family),
        None,
    )
    # A group on a protocol serves that, but "the Convention" is the treaty of its Conference.
    treaty = (parent.treaty if parent else None) or body.treaty
    protocols = next(
        (i.key for i in authorities.instruments.values() if treaty and i.supplements == treaty),
        None,
    )
    programmes = tuple(
        i for i in authorities.instruments.values() if treaty and i.serves_treaty == treaty
    )
    return Circle(body, parent, secretariat, treaty, protocols, programmes)
