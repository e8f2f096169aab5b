"""What happened at the meeting, gathered from the readers of its parts."""

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.languages.passages import Passage
from untocgraph.graph.model import (
    AgendaItem,
    CrossReference,
    DecisionReference,
    Officer,
    Proceedings,
    Recommendation,
    Special,
    Statement,
    Unresolved,
)
from untocgraph.graph.parse.proceedings.adoptions import adopted, adoptions, effects
from untocgraph.graph.parse.proceedings.cross_references import Parts, cross_references
from untocgraph.graph.parse.proceedings.delegations import considered
from untocgraph.graph.parse.proceedings.mentions import mentions
from untocgraph.graph.parse.proceedings.officers import officers, statements
from untocgraph.graph.parse.proceedings.sittings import sittings
from untocgraph.graph.parse.proceedings.views import reported_views
from untocgraph.graph.parse.structure import Layout


def proceedings(
    found: Layout,
    agenda: tuple[AgendaItem, ...],
    recommendations: tuple[Recommendation, ...],
    decisions: tuple[DecisionReference, ...],
    context: Context,
) -> tuple[Proceedings, tuple[Unresolved, ...]]:
    """Everything of the meeting but the lists of delegations."""
    recommending = frozenset(each.paragraph for each in recommendations)
    parts = Parts(found.sections, found.paragraphs, agenda, found.annex)
    unresolved: list[Unresolved] = []
    pointers: list[CrossReference] = []
    serving: list[Officer] = []
    said: list[Statement] = []
    for section in found.sections:
        here = tuple(p for p in found.paragraphs if p.section == section.key)
        item = considered(here, context)
        for paragraph in here:
            pointing, left = cross_references(paragraph, parts, context)
            pointers.extend(pointing)
            unresolved.extend(left)
            if paragraph.number.value in recommending:
                continue
            introduced, left = officers(paragraph, pointing, context)
            serving.extend(introduced)
            unresolved.extend(left)
            said.extend(statements(paragraph, pointing, item, context))
    held, left_open = sittings(found.paragraphs, tuple(pointers), context)
    unresolved.extend(left_open)
    return Proceedings(
        sittings=held,
        cross_references=tuple(pointers),
        adopted=adopted(found.paragraphs, recommendations, tuple(pointers), context),
        adoptions=tuple(
            adoption
            for paragraph in found.paragraphs
            for adoption in adoptions(
                paragraph,
                tuple(p for p in pointers if p.paragraph == paragraph.number.value),
                context,
            )
        ),
        effects=tuple(
            effect
            for paragraph in found.paragraphs
            for effect in effects(
                paragraph,
                tuple(d for d in decisions if d.paragraph == paragraph.number.value),
                context,
            )
        ),
        officers=tuple(serving),
        statements=tuple(said),
        views=tuple(
            view
            for section in found.sections
            for view in reported_views(
                tuple(p for p in found.paragraphs if p.section == section.key),
                context,
                recommending,
            )
        ),
        mentions=tuple(
            mention
            for paragraph in found.paragraphs
            for mention in mentions(paragraph, serving, context)
        ),
        specials=specials(found, recommendations, context),
    ), tuple(unresolved)


def specials(
    found: Layout, recommendations: tuple[Recommendation, ...], context: Context
) -> tuple[Special, ...]:
    """Norms whose sentence begins with words such as "in particular"."""
    texts = {p.number.value: Passage(p.text, p.span.start) for p in found.paragraphs}
    special = context.pack.norm_relations.special.fill()
    return tuple(
        Special(
            paragraph=recommendation.paragraph,
            norm=ordinal,
            span=sentence.at(match),
        )
        for recommendation in recommendations
        for ordinal, norm in enumerate(recommendation.norms, 1)
        for sentence in texts[recommendation.paragraph].sentences(context.pack.sentence_end)
        if ordinal > 1 and norm.span in sentence.span
        if (match := special.match(sentence.text))
    )
