"""Everything that a paragraph names, with each place where it does."""

from collections.abc import Iterable

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import Mention, Officer, Paragraph, Ref, Span


def mentions(
    paragraph: Paragraph, officers: Iterable[Officer], context: Context
) -> tuple[Mention, ...]:
    """States, bodies and their sessions, treaties, instruments and classes of actors by any of
    their names, and persons who hold office."""
    passage = Passage(paragraph.text, paragraph.span.start)
    places: dict[Ref, list[Span]] = {}
    names = context.names.find(passage)
    for found in (*context.names.within(names, passage), *context.names.sessions(names, passage)):
        places.setdefault(found.ref, []).append(found.span)
    for person in {o.person.value: None for o in officers if o.person is not None}:
        start = passage.text.find(person.key)
        while start >= 0:
            span = passage.part(start, start + len(person.key)).span
            places.setdefault(person, []).append(span)
            start = passage.text.find(person.key, start + len(person.key))
    ordered = sorted(places.items(), key=lambda place: place[1][0])
    return tuple(
        Mention(paragraph=paragraph.number.value, thing=stated(thing, *spans))
        for thing, spans in ordered
    )
