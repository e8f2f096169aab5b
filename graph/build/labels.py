"""Labels in Chinese and English for every node of a report that a person may meet.

They are ours, not the report's, so they stand in a graph of their own beside the stated one.
"""

from collections.abc import Iterator

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from untocgraph.graph.iris import Iris
from untocgraph.graph.model import Report

Labels = tuple[str, str]  # Chinese, English


def labels_graph(reference: Graph, report: Report, stated: Graph, iris: Iris) -> Graph:
    """The labels of a report's nodes; the reference graph knows those of what they name."""
    graph = Graph()
    for node, (zh, en) in labels(reference, report, stated, iris):
        graph.add((node, RDFS.label, Literal(zh, lang="zh")))
        graph.add((node, RDFS.label, Literal(en, lang="en")))
    return graph


def labels(
    reference: Graph, report: Report, stated: Graph, iris: Iris
) -> Iterator[tuple[URIRef, Labels]]:
    slug, terms = report.source.slug, iris.ontology
    body = named(reference, iris.body(report.meeting.body.value))
    year = report.meeting.start.value.year
    report_labels = (f"{body[0]}报告（{year}年）", f"Report of the {body[1]} ({year})")
    yield iris.report(slug), report_labels
    yield iris.meeting(slug), (f"{body[0]}会议（{year}年）", f"Meeting of the {body[1]} ({year})")
    source = iris.source(slug, report.source.language, report.source.sha256)
    yield source, (f"原文：{report_labels[0]}", f"Text: {report_labels[1]}")
    for section in report.sections:
        title = section.title.value
        name = "Chapter" if section.parent is None else "Section"
        numeral = f"{section.numeral.value}. {title}"
        yield iris.section(slug, section.key), (numeral, f"{name} {section.key}")
    if report.annex is not None:
        yield iris.annex(slug), (f"附件：{report.annex.title.value}", "Annex")
    for item in report.agenda:
        number = item.number.value
        zh = f"议程项目{number}：{item.title.value}"
        yield iris.item(slug, number), (zh, f"Agenda item {number}")
    for each in report.paragraphs:
        zh, en = f"第{each.number.value}段", f"Paragraph {each.number.value}"
        yield iris.paragraph(slug, each.number.value), (zh, en)
    for recommendation in report.recommendations:
        paragraph = iris.paragraph(slug, recommendation.paragraph)
        zh, en = f"第{recommendation.paragraph}段", f"paragraph {recommendation.paragraph}"
        node = iris.recommendation(slug, recommendation.paragraph)
        yield node, (f"建议（{zh}）", f"Recommendation in {en}")
        for n in range(1, len(recommendation.norms) + 1):
            yield iris.within(paragraph, "norm", n), (f"规范{n}（{zh}）", f"Norm {n} of {en}")
        for n in range(1, len(recommendation.information) + 1):
            told = iris.within(paragraph, "information", n)
            yield told, (f"说明{n}（{zh}）", f"Information {n} in {en}")
    for n in range(1, len(report.unresolved) + 1):
        node = iris.within(iris.report(slug), "unresolved", n)
        yield node, (f"未归类内容{n}", f"Unresolved item {n}")
    kinds: dict[URIRef, tuple[URIRef, Labels]] = {
        terms.Attendance: (terms.delegation, ("出席：{}", "Attendance of {}")),
        terms.Intervention: (terms.speaker, ("发言：{}", "Statement by {}")),
        terms.CumulativeIntervention: (
            terms.speaker,
            ("发言名单：{}", "In the list of speakers: {}"),
        ),
        terms.DocumentListing: (terms.document, ("所列文件：{}", "Document listed: {}")),
        terms.DocumentConsideration: (terms.document, ("收到的文件：{}", "Document received: {}")),
        terms.DocumentCitation: (terms.document, ("引用的文件：{}", "Document cited: {}")),
        terms.DecisionReference: (terms.decision, ("引用：{}", "Reference to {}")),
    }
    for kind, (property, (zh, en)) in kinds.items():
        for name in sorted(map(str, stated.subjects(RDF.type, kind))):
            node = URIRef(name)
            thing = stated.value(node, property)
            whom = named(reference, thing) if thing is not None else ("无文号", "no symbol")
            where = named_place(stated.value(node, terms.recordedIn))
            label = zh.format(whom[0]) + f"（{where[0]}）", en.format(whom[1]) + f" ({where[1]})"
            yield node, label
    yield from meeting_labels(reference, report, stated, iris)


def meeting_labels(
    reference: Graph, report: Report, stated: Graph, iris: Iris
) -> Iterator[tuple[URIRef, Labels]]:
    """Labels of what happened at the meeting."""
    terms = iris.ontology
    for sitting in report.proceedings.sittings:
        number = sitting.number.value
        yield iris.sitting(report.source.slug, number), (f"第{number}次会议", f"Sitting {number}")
    kinds = {
        terms.CrossReference: ("内部参引", "Cross reference"),
        terms.Adoption: ("通过报告", "Adoption of the report"),
        terms.Officer: ("会议职务", "Officer"),
        terms.Statement: ("会务发言", "Statement"),
        terms.ReportedView: ("转述意见", "View"),
    }
    for kind, (zh, en) in kinds.items():
        for name in sorted(map(str, stated.subjects(RDF.type, kind))):
            node = URIRef(name)
            ordinal = str(stated.value(node, terms.ordinal))
            persons = stated.objects(node, terms.person)
            who: list[Node] = sorted(persons, key=str) or list(
                stated.objects(node, terms.onBehalfOf)
            )
            names = [named(reference, each) for each in who]
            whom = "、".join(name for name, _ in names), ", ".join(name for _, name in names)
            where = named_place(stated.value(node, terms.recordedIn))
            yield (
                node,
                (
                    f"{zh}{ordinal}{whom[0] and '：' + whom[0]}（{where[0]}）",
                    f"{en} {ordinal}{whom[1] and ': ' + whom[1]} ({where[1]})",
                ),
            )


def named(reference: Graph, thing: Node) -> Labels:
    """The labels of a thing in the reference graph."""
    found = {str(o.language): str(o) for o in reference.objects(thing, RDFS.label)}  # type: ignore[attr-defined]
    return found["zh"], found["en"]


def named_place(place: Node | None) -> Labels:
    number = str(place).rpartition("/")[2]
    return (f"第{number}段", f"paragraph {number}") if number.isdigit() else ("附件", "annex")
