"""A source and a language pack become a report."""

import re
from datetime import date, datetime

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.gazetteer import Authorities, load_authorities
from untocgraph.graph.authorities.matcher import Names, circle_of
from untocgraph.graph.errors import SourceError
from untocgraph.graph.languages.pack import LanguagePack, language_pack
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import (
    Attendance,
    DecisionReference,
    DocumentReference,
    Intervention,
    Meeting,
    ParagraphCitation,
    Recommendation,
    Report,
    Source,
    Span,
    Stated,
    Unresolved,
)
from untocgraph.graph.parse.proceedings.delegations import agenda, attendance, interventions
from untocgraph.graph.parse.proceedings.meeting import proceedings
from untocgraph.graph.parse.recommendations.citations import (
    decisions,
    documents,
    listing,
    outside_norms,
    provisions,
)
from untocgraph.graph.parse.recommendations.norms import sentences
from untocgraph.graph.parse.structure import Layout, layout


def parse(source: Source, pack: LanguagePack | None = None) -> Report:
    """Read a report.

    *pack* is the pack of the source's language unless another is given.

    Raises SourceError if the text is no report of a body that the tables know.
    """
    pack = pack or language_pack(source.language)
    authorities = load_authorities()
    found = layout(source, pack)
    title, meeting = front_title(source, found.front, pack, authorities)
    circle = circle_of(authorities.bodies[meeting.body.value], authorities)
    context = Context(pack, authorities, circle, Names(pack, authorities, circle))
    unresolved = list(found.unresolved)

    recommendations, puzzling = read_recommendations(found, context)
    unresolved.extend(puzzling)
    attended: list[Attendance] = []
    spoken: list[Intervention] = []
    cited: list[DocumentReference] = []
    decided: list[DecisionReference] = []
    for section in found.sections:
        here = tuple(p for p in found.paragraphs if p.section == section.key)
        values, left = interventions(here, context)
        spoken.extend(values)
        unresolved.extend(left)
    for paragraph in found.paragraphs:
        present, left = attendance(paragraph, context)
        attended.extend(present)
        unresolved.extend(left)
        taken, left = decisions(paragraph, context)
        decided.extend(taken)
        unresolved.extend(left)
        cited.extend(documents(paragraph, context))
    recommending = {each.paragraph for each in recommendations}
    items = agenda(found.points)
    happened, left = proceedings(found, items, recommendations, tuple(decided), context)
    unresolved.extend(left)
    return Report(
        source=source,
        treaty=circle.treaty,
        title=title,
        issued=front_date(found.front, pack),
        distribution=front_distribution(found.front, pack),
        language=front_language(source, found.front, pack),
        original_language=front_original(found.front, pack),
        meeting=meeting,
        sections=found.sections,
        paragraphs=found.paragraphs,
        agenda=items,
        recommendations=recommendations,
        attendance=tuple(attended),
        interventions=tuple(spoken),
        annex=found.annex,
        documents=(*cited, *(listing(row, context) for row in found.rows)),
        decisions=tuple(decided),
        citations=tuple(
            ParagraphCitation(
                paragraph=p.number.value,
                citation=outside_norms(each, Passage(p.text, p.span.start), context),
            )
            for p in found.paragraphs
            if p.number.value not in recommending
            for each in provisions(Passage(p.text, p.span.start), context)
        ),
        proceedings=happened,
        unresolved=tuple(sorted(unresolved, key=lambda each: each.span)),
    )


def read_recommendations(
    found: Layout, context: Context
) -> tuple[tuple[Recommendation, ...], list[Unresolved]]:
    """The paragraphs of the chapters of recommendations that hold a norm."""
    pack = context.pack
    chapters = {
        section.key
        for section in found.sections
        if section.parent is None
        and pack.chapters.recommendations.fill().fullmatch(section.title.value)
    }
    recommendations: list[Recommendation] = []
    unresolved: list[Unresolved] = []
    for paragraph in found.paragraphs:
        if paragraph.section.partition(".")[0] not in chapters:
            continue
        if pack.norm.announcement.fill().search(paragraph.text):
            continue
        said = sentences(Passage(paragraph.text, paragraph.span.start), context)
        unresolved.extend(said.unresolved)
        if said.norms:
            number = paragraph.number.value
            recommendations.append(
                Recommendation(paragraph=number, norms=said.norms, information=said.information)
            )
        elif not said.unresolved:
            what = "this paragraph stands among the recommendations, but recommends nothing; "
            what += "add its wording to the language pack."
            unresolved.append(Unresolved(span=paragraph.span, what=what))
    return tuple(recommendations), unresolved


# ---- Front matter -----------------------------------------------------------------------------


def front_title(
    source: Source, front: Passage, pack: LanguagePack, authorities: Authorities
) -> tuple[Stated[str], Meeting]:
    """The title, and the meeting that it tells of.

    Raises SourceError if there is no title or its body is in no table.
    """
    match = pack.front.title.fill().search(front.text)
    if match is None:
        raise SourceError(
            source.path,
            1,
            "no title of a report of a meeting stands before the first chapter; check the text, "
            "or add its wording to [front] of the language pack.",
        )
    start = front.text.rfind("\n", 0, match.start()) + 1
    end = front.text.find("\n", match.start())
    line = front.part(start, None if end < 0 else end)
    named = front.part(match.start("body"), match.end("body"))
    bodies = [f for f in Names(pack, authorities).find(named) if f.ref.kind == "body"]
    if not bodies:
        number = front.text.count("\n", 0, start) + 1
        what = f"the body {named.text!r} is in no table; add it to graph/authorities/bodies.toml."
        raise SourceError(source.path, number, what)
    year, month = int(match["year"]), int(match["month"])
    first, last = front.at(match, "start"), front.at(match, "end")
    return stated(line.text, line.span), Meeting(
        body=stated(bodies[-1].ref.key, bodies[-1].span),
        start=stated(date(year, month, int(match["day"])), first),
        end=stated(date(year, month, int(match["last"])), Span(first.start, last.end)),
        place=stated(match["place"], front.at(match, "place")),
    )


def front_date(front: Passage, pack: LanguagePack) -> Stated[date] | None:
    """When the document was issued, as its masthead says."""
    for match in pack.front.issued.fill().finditer(front.text):
        try:
            day = datetime.strptime(" ".join(match.group("day", "month", "year")), "%d %B %Y")
        except ValueError:
            continue  # no month of this name
        return stated(day.date(), front.at(match))
    return None


def front_distribution(front: Passage, pack: LanguagePack) -> Stated[str] | None:
    """To whom the document is given, as its masthead says."""
    for concept, pattern in pack.front.distribution.items():
        if match := pattern.fill().search(front.text):
            return stated(concept, front.at(match))
    return None


def front_language(source: Source, front: Passage, pack: LanguagePack) -> Stated[str] | None:
    """The language that the masthead names, on a line of its own."""
    printed = pack.front.languages.get(source.language)
    match = re.search(rf"^{printed}$", front.text, re.MULTILINE) if printed else None
    return stated(source.language, front.at(match)) if match else None


def front_original(front: Passage, pack: LanguagePack) -> Stated[str] | None:
    match = pack.front.original.fill().search(front.text)
    if match is None:
        return None
    names = {printed: code for code, printed in pack.front.languages.items()}
    code = names.get(match["language"])
    return stated(code, front.at(match, "language")) if code else None
