"""What we conclude from a report and it does not say: each with its reason and what it rests on."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from rdflib import RDF, Graph, Literal, URIRef

from untocgraph.graph.build.conclusions import Conclusion, fact_of, headed
from untocgraph.graph.build.facts import DCTERMS, PROV
from untocgraph.graph.build.inference_parts import officers_in_person, treated_items
from untocgraph.graph.iris import Iris
from untocgraph.graph.model import Report, Span


def infer(report: Report, stated: Graph, iris: Iris) -> Graph:
    """The inferred graph of a report, from its stated graph; what we could not place included."""
    graph = Graph()
    terms = iris.ontology
    counts: Counter[tuple[URIRef, URIRef]] = Counter()
    for conclusion in (
        *own_symbol(report, stated, iris),
        *opening_items(report, stated, iris),
        *meeting_items(report, stated, iris),
        *room_papers(report, stated, iris),
        *special_norms(report, stated, iris),
        *treated_items(report, stated, iris),
        *officers_in_person(report, stated, iris),
    ):
        subject, property = conclusion.subject, conclusion.property
        graph.add((subject, property, conclusion.object))
        name = property.rsplit("#")[-1].rsplit("/")[-1]
        counts[subject, property] += 1
        node = URIRef(f"{subject}/{name}/inferred/{counts[subject, property]}")
        graph.add((node, RDF.type, terms.Inference))
        graph.add((node, RDF.subject, subject))
        graph.add((node, RDF.predicate, property))
        graph.add((node, RDF.object, conclusion.object))
        graph.add((node, terms.reason, Literal(conclusion.reason_en, lang="en")))
        graph.add((node, terms.reason, Literal(conclusion.reason_zh, lang="zh")))
        for fact in conclusion.rests_on:
            graph.add((node, PROV.wasDerivedFrom, fact))
    for ordinal, item in enumerate(report.unresolved, 1):
        node = iris.within(iris.report(report.source.slug), "unresolved", ordinal)
        source = iris.source(report.source.slug, report.source.language, report.source.sha256)
        graph.add((node, RDF.type, terms.UnresolvedItem))
        graph.add((node, terms.standsAt, iris.span(source, item.span.start, item.span.end)))
        graph.add((node, terms.reason, Literal(item.what, lang="en")))
    return graph


def own_symbol(report: Report, stated: Graph, iris: Iris) -> tuple[Conclusion, ...]:
    """A report without a symbol: its series lists papers 1 to n, and the report follows them."""
    symbols = [d.symbol.value for d in report.documents if d.kind == "listing" and d.symbol]
    numbered = [match for s in symbols if (match := re.fullmatch(r"(.+)/(\d+)", s))]
    series = {match[1] for match in numbered}
    numbers = sorted(int(match[2]) for match in numbered)
    if len(series) != 1 or numbers != list(range(1, len(numbers) + 1)):
        return ()
    symbol = f"{series.pop()}/{len(numbers) + 1}"
    if symbol in report.source.text:
        return ()
    annex = iris.annex(report.source.slug)
    rests_on = tuple(
        fact
        for row in range(1, len([d for d in report.documents if d.kind == "listing"]) + 1)
        for fact in fact_of(stated, iris.within(annex, "document", row), iris.ontology.document)
    )
    return (
        Conclusion(
            subject=iris.report(report.source.slug),
            property=iris.ontology.inferredSymbol,
            object=Literal(symbol),
            reason_en=(
                "The report prints no symbol of its own. The documents before the meeting are "
                f"numbered 1 to {len(numbers)} in one series, and the report of a meeting takes "
                "the next number of its series. Not confirmed by any document."
            ),
            reason_zh=(
                f"报告没有印出自己的文号。会议文件在同一系列中编为1至{len(numbers)}号，"
                "会议报告通常采用该系列的下一个编号。尚无文件证实。"
            ),
            rests_on=rests_on,
        ),
    )


def opening_items(report: Report, stated: Graph, iris: Iris) -> tuple[Conclusion, ...]:
    """A section headed like an agenda item treats it, so who spoke there spoke under that item."""
    slug, terms = report.source.slug, iris.ontology
    items = {item.title.value: item for item in report.agenda}
    numbers = {p.number.value: p.section for p in report.paragraphs}
    titles = {section.key: section.title.value for section in report.sections}
    conclusions = []
    spoken: dict[int, int] = {}
    for intervention in report.interventions:
        paragraph = intervention.paragraph
        spoken[paragraph] = spoken.get(paragraph, 0) + 1
        item = items.get(titles[numbers[paragraph]])
        if intervention.item or intervention.one_of or item is None:
            continue
        node = iris.within(iris.paragraph(slug, paragraph), "intervention", spoken[paragraph])
        section = iris.section(slug, numbers[paragraph])
        heading = iris.item(slug, item.number.value)
        conclusions.append(
            Conclusion(
                subject=node,
                property=terms.underItem,
                object=heading,
                reason_en="The section is headed with the title of this agenda item.",
                reason_zh="该节的标题就是该议程项目的标题。",
                rests_on=(
                    *fact_of(stated, node, terms.speaker),
                    *fact_of(stated, section, DCTERMS.title),
                    *fact_of(stated, heading, DCTERMS.title),
                ),
            )
        )
    return tuple(conclusions)


# ---- What happened at the meeting -------------------------------------------------------------


def meeting_items(report: Report, stated: Graph, iris: Iris) -> Iterator[Conclusion]:
    """What stands in a section headed like an agenda item belongs to that item."""
    slug, terms = report.source.slug, iris.ontology

    def concluded(node: URIRef, property: URIRef, rests_on: URIRef, where: int) -> Conclusion:
        section, number = places[where]
        item = iris.item(slug, number)
        return Conclusion(
            subject=node,
            property=property,
            object=item,
            reason_en="The section is headed with the title of this agenda item.",
            reason_zh="该节的标题就是该议程项目的标题。",
            rests_on=(
                *fact_of(stated, node, rests_on),
                *fact_of(stated, iris.section(slug, section.key), DCTERMS.title),
                *fact_of(stated, item, DCTERMS.title),
            ),
        )

    places = headed(report)
    paragraphs = {iris.paragraph(slug, number): number for number in places}
    kinds = {
        terms.Statement: terms.statementKind,
        terms.ReportedView: terms.reportingVerb,
        terms.Adoption: terms.adoptionDate,
    }
    for kind, main in kinds.items():
        for name in sorted(map(str, stated.subjects(RDF.type, kind))):
            node = URIRef(name)
            where = stated.value(node, terms.recordedIn)
            if where in paragraphs and stated.value(node, terms.underItem) is None:
                yield concluded(node, terms.underItem, main, paragraphs[URIRef(str(where))])
    for sitting in report.proceedings.sittings:
        node = iris.sitting(slug, sitting.number.value)
        taken = {item.value for item in sitting.items}
        for number in sitting.paragraphs:
            if number in places and places[number][1] not in taken:
                taken.add(places[number][1])
                yield concluded(node, terms.considered, terms.sittingNumber, number)


SHARED = 6  # characters in a row: longer than the set words of such titles ("关于…的提案")


def room_papers(report: Report, stated: Graph, iris: Iris) -> Iterator[Conclusion]:
    """A paper received without a symbol is the one listed without an item whose title has its
    words; and its item is that of the section in which it was received."""
    slug, terms, text = report.source.slug, iris.ontology, report.source.text
    listings = [d for d in report.documents if d.kind == "listing"]
    sections = {p.number.value: p.section for p in report.paragraphs}
    views = {p.number.value: p for p in report.paragraphs}
    counted: Counter[int] = Counter()
    for document in report.documents:
        if document.paragraph is None:
            continue
        counted[document.paragraph] += 1
        if document.symbol is not None or document.kind != "consideration":
            continue
        words = sentence_around(text, document.span, views[document.paragraph].span)
        alike = [
            (row, listing)
            for row, listing in enumerate(listings, 1)
            if listing.symbol and listing.title and not listing.item
            if shared(words, listing.title.value) >= SHARED
        ]
        if len(alike) != 1:
            continue
        row, listing = alike[0]
        assert listing.symbol is not None
        received = iris.within(
            iris.paragraph(slug, document.paragraph), "document", counted[document.paragraph]
        )
        listed = iris.within(iris.annex(slug), "document", row)
        grounds = (
            *fact_of(stated, received, terms.documentKind),
            *fact_of(stated, listed, DCTERMS.title),
            *fact_of(stated, listed, terms.document),
        )
        yield Conclusion(
            subject=received,
            property=terms.inferredDocument,
            object=iris.document(listing.symbol.value),
            reason_en=(
                "The paragraph prints no symbol. One paper of the list has no item, and its title "
                "has the words by which the paragraph describes the paper received."
            ),
            reason_zh="该段未印文号。一览表中只有一份未注明项目的文件，其标题含有该段描述所收到文件的文字。",
            rests_on=grounds,
        )
        items = {
            (item.value, sitting.number.value)
            for sitting in report.proceedings.sittings
            for item in sitting.items
            for number in sitting.paragraphs
            if sections[number] == sections[document.paragraph]
        }
        if len({item for item, _ in items}) == 1:
            item, sitting_number = min(items)
            sitting_node = iris.sitting(slug, sitting_number)
            yield Conclusion(
                subject=listed,
                property=terms.inferredItem,
                object=iris.item(slug, item),
                reason_en=(
                    "The list gives no item. The section that received a paper described in the "
                    "words of this title is the one on the consideration of this item."
                ),
                reason_zh="一览表未注明项目。收到以该标题文字描述的文件的，正是审议该项目的一节。",
                rests_on=(*grounds, *fact_of(stated, sitting_node, terms.considered)),
            )


def shared(words: str, title: str) -> int:
    """The length of the longest run of characters that two texts have in common."""
    matcher = SequenceMatcher(None, words, title, autojunk=False)
    return matcher.find_longest_match().size


def sentence_around(text: str, span: Span, paragraph: Span) -> str:
    """The line of the paragraph that holds a span."""
    start = max(text.rfind("\n", 0, span.start) + 1, paragraph.start)
    end = text.find("\n", span.end)
    return text[start : end if end >= 0 else len(text)]


def special_norms(report: Report, stated: Graph, iris: Iris) -> Iterator[Conclusion]:
    """A norm that begins with "in particular" is a case of the norm before it, so a condition that
    leads that norm's sentence holds for it too."""
    slug, terms = report.source.slug, iris.ontology
    norms = {r.paragraph: r.norms for r in report.recommendations}
    for special in report.proceedings.specials:
        before, own = norms[special.paragraph][special.norm - 2 : special.norm]
        paragraph = iris.paragraph(slug, special.paragraph)
        general = iris.within(paragraph, "norm", special.norm - 1)
        kept = {condition.value for condition in own.conditions}
        for ordinal, condition in enumerate(before.conditions, 1):
            leads = all(
                e.span.end <= before.modality.evidence[0].span.start and e.span < a.evidence[0].span
                for e in condition.evidence
                for a in before.addressees
            )
            if not leads or condition.value in kept:
                continue
            yield Conclusion(
                subject=iris.within(paragraph, "norm", special.norm),
                property=terms.condition,
                object=iris.concept("condition", condition.value),
                reason_en=(
                    'The sentence begins with words such as "in particular": it is a case of the '
                    "sentence before it, which this condition leads."
                ),
                reason_zh="该句以“特别是”一类词语开头，是前一句的特定情形，而前一句以该条件领起。",
                rests_on=(iris.within(general, "condition", ordinal),),
            )
