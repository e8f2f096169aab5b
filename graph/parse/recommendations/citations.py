"""What a report cites: provisions of treaties, documents by symbol, decisions and resolutions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.matcher import Found
from untocgraph.graph.languages import series
from untocgraph.graph.languages.pack import Pattern
from untocgraph.graph.languages.passages import Passage, item_number, stated
from untocgraph.graph.model import (
    Citation,
    DecisionReference,
    DocumentReference,
    Evidence,
    Paragraph,
    Provision,
    Ref,
    Role,
    Span,
    Stated,
    Unresolved,
)
from untocgraph.graph.parse.structure import Row


@dataclass(frozen=True, slots=True)
class ProvisionFound:
    """A cited provision: its own words, and the name of its treaty where that stands elsewhere."""

    provision: Provision
    span: Span  # the citation, with the treaty's name where it stands right before
    treaty: Span | None  # the treaty's name, if only an earlier citation has it


def provisions(passage: Passage, context: Context) -> tuple[ProvisionFound, ...]:
    """Every article cited. One without a treaty belongs to the treaty cited before it in the
    passage; with none before, to none, and it is left out."""
    rules = context.pack.citations
    treaties = [found for found in context.names.find(passage) if found.ref.kind == "treaty"]
    cited: list[ProvisionFound] = []
    treaty: Found | None = None
    article = rules.article.fill(**series.expressions(context.pack))
    for match in article.finditer(passage.text):
        span = passage.at(match)
        adjacent = next((t for t in treaties if touches(passage, t.span, span)), None)
        treaty = adjacent or treaty
        if treaty is None:
            continue
        whole = Span(adjacent.span.start, span.end) if adjacent else span
        elsewhere = None if adjacent else treaty.span
        for number in articles(series.inner(passage, match), context):
            provision = Provision(treaty.ref.key, number)
            cited.append(ProvisionFound(provision, whole, elsewhere))
    return tuple(cited)


def touches(passage: Passage, before: Span, after: Span) -> bool:
    """Whether nothing but spaces and closing title marks stands between two spans."""
    if before.end > after.start:
        return False
    return not passage.text[before.end - passage.start : after.start - passage.start].strip(" 》")


def articles(citation: Passage, context: Context) -> Iterator[int]:
    """The numbers of a citation: "24 and 25" are two, "16 to 18" three."""
    yield from (member.value for member in series.numbers(citation, context.pack))


def cited(found: ProvisionFound, part: Passage, context: Context) -> Stated[Citation]:
    """The citation with its role in the norm that *part* holds."""
    evidence: tuple[Evidence, ...] = (Evidence(found.span),)
    if found.treaty is not None:
        evidence += (Evidence(found.treaty, Role.INHERITED),)
    return Stated(Citation(found.provision, role(found.span, part, context) or "object"), evidence)


def role(span: Span, part: Passage, context: Context) -> str | None:
    """The role that the words around a citation give it, None where they give none."""
    words = re.escape(part.text[span.start - part.start : span.end - part.start])
    for notation, pattern in context.pack.citations.roles.items():
        for match in pattern.fill(article=words).finditer(part.text):
            if span in part.at(match):
                return notation
    return None


def outside_norms(found: ProvisionFound, part: Passage, context: Context) -> Stated[Citation]:
    """The citation as a paragraph that is no recommendation makes it: nothing is demanded of the
    article there, so it is not the object where no words give it a role."""
    evidence: tuple[Evidence, ...] = (Evidence(found.span),)
    if found.treaty is not None:
        evidence += (Evidence(found.treaty, Role.INHERITED),)
    return Stated(Citation(found.provision, role(found.span, part, context)), evidence)


# ---- Decisions and resolutions ----------------------------------------------------------------


def decisions(
    paragraph: Paragraph, context: Context
) -> tuple[tuple[DecisionReference, ...], tuple[Unresolved, ...]]:
    """The decisions and resolutions that a paragraph cites, with the body that took them.

    The body is named right before the citation, or else it is the next one named in the sentence
    ("in its resolution 6/1, the Conference …").
    """
    rules = context.pack.citations
    found: list[DecisionReference] = []
    unresolved: list[Unresolved] = []
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(context.pack.sentence_end):
        bodies = [each for each in context.names.find(sentence) if each.ref.kind == "body"]
        for match in rules.decision.fill().finditer(sentence.text):
            span = sentence.at(match)
            body = deciding_body(sentence, span, bodies)
            if body is None:
                what = "the body that took this decision is not named; check the text."
                unresolved.append(Unresolved(span=span, what=what))
                continue
            title = rules.decision_title.fill().search(sentence.text[: match.start()])
            found.append(
                DecisionReference(
                    paragraph=paragraph.number.value,
                    kind="decision" if match["decision"] else "resolution",
                    body=body,
                    number=stated(match["number"], span),
                    title=stated(title["title"], sentence.at(title, "title")) if title else None,
                )
            )
    return tuple(found), tuple(unresolved)


def deciding_body(sentence: Passage, span: Span, bodies: list[Found]) -> Stated[str] | None:
    for body in bodies:
        if touches(sentence, body.span, span):
            return stated(body.ref.key, body.span)
    behind = [body for body in bodies if body.span.start >= span.end]
    return stated(behind[0].ref.key, behind[0].span, role=Role.INHERITED) if behind else None


# ---- Documents --------------------------------------------------------------------------------


def documents(paragraph: Paragraph, context: Context) -> tuple[DocumentReference, ...]:
    """The documents that a paragraph cites; those that the body received carry item and author."""
    pack = context.pack
    found: list[DocumentReference] = []
    passage = Passage(paragraph.text, paragraph.span.start)
    for sentence in passage.sentences(pack.sentence_end):
        symbols: list[Stated[str] | None] = [
            stated(match[0], sentence.at(match))
            for match in pack.citations.symbol.fill().finditer(sentence.text)
        ]
        received = bool(pack.documents.received.fill().search(sentence.text))
        kinds = [
            stated(kind.concept, sentence.at(match))
            for kind in pack.document_kinds
            for match in kind.pattern.fill().finditer(sentence.text)
        ]
        named = kinds if received or len(symbols) == 1 else []  # of several, it is not told which
        if not symbols and received and kinds:
            symbols = [None]  # a document that the body received, printed without a symbol
        for symbol in symbols:
            found.append(
                DocumentReference(
                    kind="consideration" if received else "citation",
                    paragraph=paragraph.number.value,
                    symbol=symbol,
                    title=None,
                    item=for_item(sentence, context) if received else None,
                    prepared_by=author(sentence, context) if received else None,
                    document_kind=named[0] if named else None,
                    submitted_by=submitter(sentence, context) if received else None,
                    span=symbol.evidence[0].span if symbol else kinds[0].evidence[0].span,
                )
            )
    return tuple(found)


def for_item(sentence: Passage, context: Context) -> Stated[str] | None:
    match = context.pack.documents.for_item.fill().search(sentence.text)
    return stated(item_number(match["item"]), sentence.at(match)) if match else None


def author(sentence: Passage, context: Context) -> Stated[Ref] | None:
    actor = f"(?P<actor>{context.names.expression})"
    match = context.pack.documents.author.fill(actor=actor).search(sentence.text)
    if match is None:
        return None
    return stated(context.names.resolve(match["actor"]), sentence.at(match, "actor"))


def submitter(sentence: Passage, context: Context) -> Stated[str] | None:
    """The office of who put forward a paper, or what it holds: "a proposal by the Chair"."""
    return office_in(context.pack.documents.submitter, sentence, context)


def office_in(pattern: Pattern, sentence: Passage, context: Context) -> Stated[str] | None:
    """The office that stands at ``<office>`` of a pattern, with its own words."""
    for rule in context.pack.officer_roles:
        match = pattern.fill(office=f"(?P<office>{rule.pattern})").search(sentence.text)
        if match is not None:
            return stated(rule.concept, sentence.at(match, "office"))
    return None


def titled_kind(title: Passage | None, context: Context) -> Stated[str] | None:
    """The kind of document that a title begins or ends with: "… discussion paper"."""
    if title is None:
        return None
    for kind in context.pack.document_kinds:
        for match in kind.pattern.fill().finditer(title.text):
            if match.start() == 0 or match.end() == len(title.text):
                return stated(kind.concept, title.at(match))
    return None


def titled_author(title: Passage | None, context: Context) -> Stated[Ref] | None:
    """Whose paper it is, where the title begins with that: "Secretariat on …"."""
    if title is None:
        return None
    actor = f"(?P<actor>{context.names.expression})"
    match = context.pack.documents.listed_author.fill(actor=actor).match(title.text)
    if match is None:
        return None
    return stated(context.names.resolve(match["actor"]), title.at(match, "actor"))


def listing(row: Row, context: Context) -> DocumentReference:
    """A row of the table of documents."""
    title = row.cells.get("title")

    def cell(column: str) -> Stated[str] | None:
        words = row.cells.get(column)
        return stated(words.text, words.span) if words else None

    return DocumentReference(
        kind="listing",
        paragraph=None,
        symbol=cell("symbol"),
        title=cell("title"),
        item=cell("item"),
        prepared_by=titled_author(title, context),
        document_kind=titled_kind(title, context),
        submitted_by=None,
        span=row.span,
    )
