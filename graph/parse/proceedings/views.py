"""Views that a report gives to speakers without a name: "several speakers emphasized …".

A voice is a quantifier and its verb. It may go on: with a further verb ("…, and noted …"), in the
next sentence ("They …", "Moreover, …") or behind a semicolon; the quantifier is then inherited.
A verb without any subject is a voice too ("It was noted …"): nobody is made up for it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import Evidence, Paragraph, Ref, ReportedView, Role, Span, Stated
from untocgraph.graph.parse.proceedings.delegations import considered

T = TypeVar("T")

UNQUANTIFIED = "speakers"  # "speakers welcomed": more than one, and no word says how many
NOBODY = "impersonal"  # "it was pointed out": the verb is all there is


@dataclass(frozen=True, slots=True)
class Voice:
    """Where a view begins, and what says whose it is."""

    start: int  # offset in its sentence
    quantifier: Stated[str] | None  # None: those of the view before
    voice: Stated[Ref] | None
    verb: Stated[str] | None  # None: that of the view before


def reported_views(
    paragraphs: tuple[Paragraph, ...], context: Context, skip: frozenset[int]
) -> Iterator[ReportedView]:
    """The views in the paragraphs of one section, but those of the numbers to *skip*."""
    item = considered(paragraphs, context)
    for paragraph in paragraphs:
        if paragraph.number.value in skip:
            continue
        passage = Passage(paragraph.text, paragraph.span.start)
        before: ReportedView | None = None
        for sentence in passage.sentences(context.pack.sentence_end):
            for span, voice in parted(sentence, context):
                view = told(paragraph.number.value, span, voice, before, item)
                if view is not None:
                    yield view
                    before = view


def parted(sentence: Passage, context: Context) -> Iterator[tuple[Span, Voice]]:
    """The voices of a sentence, each with its part: the first from the start, each to the next."""
    found = sorted(voices(sentence, context), key=lambda voice: voice.start)
    starts = [0, *(voice.start for voice in found[1:])]
    ends = [*starts[1:], len(sentence.text)]
    marks = context.pack.clause_end + " "
    for voice, start, end in zip(found, starts, ends, strict=False):
        words = sentence.part(start, end).text.rstrip(marks)
        yield sentence.part(start, start + len(words)).span, voice


def told(
    paragraph: int,
    span: Span,
    voice: Voice,
    before: ReportedView | None,
    item: Stated[str] | None,
) -> ReportedView | None:
    """The view of a voice; one that only goes on needs a view *before* it."""
    if voice.quantifier is not None and voice.verb is not None:
        return ReportedView(
            paragraph=paragraph,
            span=span,
            quantifier=voice.quantifier,
            voice=voice.voice,
            verb=voice.verb,
            item=item,
        )
    if before is None:
        return None
    return replace(
        before,
        span=span,
        quantifier=inherited(before.quantifier),
        voice=inherited(before.voice) if before.voice else None,
        verb=voice.verb or inherited(before.verb),
    )


def inherited(value: Stated[T]) -> Stated[T]:
    return Stated(value.value, tuple(Evidence(e.span, Role.INHERITED) for e in value.evidence))


def voices(sentence: Passage, context: Context) -> Iterator[Voice]:
    """Every voice that begins in a sentence."""
    own = list(subjects(sentence, context))
    yield from own
    yield from next_verbs(sentence, own, context)
    if not own:
        yield from without_subject(sentence, context)
    yield from going_on(sentence, own, context)


def subjects(sentence: Passage, context: Context) -> Iterator[Voice]:
    """Quantified speakers at the start of a clause with a verb of reporting behind them."""
    pack = context.pack
    actors = "|".join(actor.pattern for actor in pack.actors)
    speakers = pack.voices.speakers
    for rule in (*pack.quantifiers, None):
        if rule is None:
            expression = rf"(?P<words>{speakers})"
        elif rule.alone:
            expression = rf"(?P<words>{rule.pattern})"
        else:
            expression = rf"(?P<words>(?:{rule.pattern})(?:{speakers}|(?P<actors>{actors})))"
        pattern = rf"{expression}(?:{pack.voices.before_verb})(?P<verb>{verbs(context)})"
        for match in re.finditer(pattern, sentence.text):
            if not context.starts_clause(sentence, match.start()):
                continue
            actor = match.groupdict().get("actors")
            yield Voice(
                start=match.start(),
                quantifier=stated(
                    rule.concept if rule else UNQUANTIFIED, sentence.at(match, "words")
                ),
                voice=stated(context.names.resolve(actor), sentence.at(match, "actors"))
                if actor
                else None,
                verb=reporting(sentence, match, context),
            )


def next_verbs(sentence: Passage, own: list[Voice], context: Context) -> Iterator[Voice]:
    """Further verbs of the same speakers: "…, and noted …"."""
    pattern = rf"{context.pack.voices.before_next_verb}(?P<verb>{verbs(context)})"
    for match in re.finditer(pattern, sentence.text):
        if match.start() and context.starts_clause(sentence, match.start()):
            verb = reporting(sentence, match, context)
            if all(voice.verb != verb for voice in own):
                yield Voice(match.start(), None, None, verb)


def without_subject(sentence: Passage, context: Context) -> Iterator[Voice]:
    """A verb at the start of a sentence that has no subject: "It was noted that …"."""
    pattern = rf"(?:{context.pack.voices.lead})(?P<verb>{verbs(context)})"
    match = re.match(pattern, sentence.text)
    if match is not None:
        verb = reporting(sentence, match, context)
        yield Voice(0, stated(NOBODY, *(e.span for e in verb.evidence)), None, verb)


def going_on(sentence: Passage, own: list[Voice], context: Context) -> Iterator[Voice]:
    """Words by which the same speakers go on, with a verb of their own or without."""
    rules = context.pack.voices
    own_verb = rf"(?:{rules.before_verb}(?P<verb>{verbs(context)}))?"
    pattern = rf"(?:^|(?<=；))\s*(?P<words>{rules.goes_on}){own_verb}"
    for match in re.finditer(pattern, sentence.text):
        rest = sentence.text[match.end() :]
        if any(match.start() <= voice.start for voice in own) or re.match(
            rf"，?(?:{rules.lead})(?:{verbs(context)})", rest
        ):
            continue  # somebody else speaks, or nobody
        verb = reporting(sentence, match, context) if match["verb"] else None
        yield Voice(match.start("words"), None, None, verb)


def verbs(context: Context) -> str:
    return "|".join(f"(?:{verb.pattern})" for verb in context.pack.reporting_verbs)


def reporting(sentence: Passage, match: re.Match[str], context: Context) -> Stated[str]:
    """The verb of a match as a concept."""
    concept = next(
        verb.concept
        for verb in context.pack.reporting_verbs
        if verb.pattern.fill().fullmatch(match["verb"])
    )
    return stated(concept, sentence.at(match, "verb"))
