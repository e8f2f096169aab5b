"""Every fact of a release as a row: for editors to read, and for other tools to compare.

A row is one value: what the report states, with the words; what we conclude, with the reason; or
what was added, with its source: from elsewhere (kind "reference"), or in our unofficial English
(kind "english"), which is no evidence and has none. The form is stable: fields in the order of
`Row`, rows in order of kind, paragraph and IRI. IRIs are relative to the base, so rows of two bases
compare.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from pyoxigraph import Literal, NamedNode, Store

from untocgraph.graph.rdf.order import natural

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS_LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
DCTERMS = "http://purl.org/dc/terms/"
OA = "http://www.w3.org/ns/oa#"
PROV = "http://www.w3.org/ns/prov#"
SH = "http://www.w3.org/ns/shacl#"

ROLES = ("direct", "inherited", "aggregate")

# Kind of a fact by its property, where the property alone tells; else by the class of its subject.
BY_PROPERTY = {
    "addressee": "addressee",
    "modality": "modality",
    "embeddedModality": "modality",
    "aspect": "aspect",
    "condition": "condition",
    "citesProvision": "article",
    "concernsInstrument": "instrument",
    "concernsActor": "actor",
    "topic": "topic",
    "affectedGroup": "person-group",
    "requestedOutput": "output",
    "assistedBy": "assistance",
    "assistanceForm": "assistance",
    "partner": "assistance",
    "mentions": "mention",
    "atSession": "session",
}
BY_CLASS = {
    "Report": "document",
    "SourceText": "document",
    "WorkingGroupMeeting": "meeting",
    "Section": "section",
    "Annex": "section",
    "NumberedParagraph": "paragraph",
    "Recommendation": "recommendation",
    "Norm": "norm",
    "Information": "information",
    "AgendaItem": "agenda-item",
    "Sitting": "sitting",
    "Officer": "officer",
    "Statement": "statement",
    "Attendance": "attendance",
    "Intervention": "intervention",
    "CumulativeIntervention": "intervention",
    "ReportedView": "group-view",
    "DocumentListing": "document-listed",
    "DocumentConsideration": "document-listed",
    "DocumentCitation": "document-listed",
    "DecisionReference": "decision",
    "CrossReference": "cross-reference",
    "Adoption": "adoption",
}
# Nodes that are rows themselves: their place in the text is what is known of them.
PLACED = ("Section", "Annex", "NumberedParagraph", "Norm", "Information")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    start: int  # code points of the published text
    end: int
    words: str
    role: str  # direct, inherited or aggregate


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    kind: str
    paragraph: int | None  # None outside the numbered paragraphs
    subject: str
    predicate: str
    value: str
    label_zh: str
    label_en: str
    status: str  # stated, inferred or added
    reason: str  # why, of what is inferred; whence, of what is added
    evidence: tuple[Words, ...]


FIELDS = tuple(field.name for field in fields(Row))


def facts(store: Store, base: str) -> tuple[Row, ...]:
    """Every fact of a release under *base*."""
    reader = _Reader(store, base)
    rows = (*reader.stated(), *reader.placed(), *reader.inferred(), *reader.added())
    found = (*rows, *reader.english(), *reader.findings())
    return tuple(sorted(found, key=lambda row: (row.kind, natural(row.subject), _order(row))))


def _order(row: Row) -> tuple[object, ...]:
    return row.predicate, row.evidence[0].start if row.evidence else 0, natural(row.value)


class _Reader:
    def __init__(self, store: Store, base: str) -> None:
        self.store = store
        self.base = base

    def term(self, name: str) -> NamedNode:
        return NamedNode(f"{self.base}ontology#{name}")

    def objects(self, subject: NamedNode, property: NamedNode) -> list[NamedNode | Literal]:
        quads = self.store.quads_for_pattern(subject, property, None, None)
        return [quad.object for quad in quads if isinstance(quad.object, (NamedNode, Literal))]

    def one(self, subject: NamedNode, property: NamedNode) -> NamedNode | Literal | None:
        return next(iter(self.objects(subject, property)), None)

    def of_class(self, kind: str) -> Iterator[NamedNode]:
        wanted = self.store.quads_for_pattern(None, NamedNode(RDF + "type"), self.term(kind), None)
        yield from (quad.subject for quad in wanted if isinstance(quad.subject, NamedNode))

    def stated(self) -> Iterator[Row]:
        for fact in self.of_class("Fact"):
            evidence = tuple(
                self.words(span, role)
                for role in ROLES
                for span in self.objects(fact, self.term(f"{role}Evidence"))
            )
            yield self.row(fact, "stated", "", tuple(sorted(evidence, key=lambda w: w.start)))

    def placed(self) -> Iterator[Row]:
        standing = self.term("standsAt")
        for kind in PLACED:
            for node in self.of_class(kind):
                for span in self.objects(node, standing):
                    words = self.words(span, "direct")
                    yield self.made(
                        BY_CLASS[kind], node, standing, Literal(words.words), "stated", "", (words,)
                    )
        expressed = self.term("expressedBy")
        for node in self.of_class("Recommendation"):
            for paragraph in self.objects(node, expressed):
                yield self.made("recommendation", node, expressed, paragraph, "stated", "", ())

    def inferred(self) -> Iterator[Row]:
        for inference in self.of_class("Inference"):
            yield self.row(inference, "inferred", self.text(inference, self.term("reason")), ())

    def added(self) -> Iterator[Row]:
        for addition in self.of_class("Addition"):
            whence = self.source(addition, DCTERMS + "source")
            yield self.row(addition, "added", whence, ())

    def english(self) -> Iterator[Row]:
        rendered = self.term("englishText")
        for node in self.of_class("EnglishRendering"):
            whence = self.source(node, PROV + "wasAttributedTo")
            for words in self.objects(node, rendered):
                yield self.made("english", node, rendered, words, "added", whence, ())

    def source(self, node: NamedNode, property: str) -> str:
        """What a node is from, by the English label of the source."""
        whence = self.one(node, NamedNode(property))
        return self.label(whence, "en") if whence is not None else ""

    def findings(self) -> Iterator[Row]:
        kind = NamedNode(SH + "ValidationResult")
        for quad in self.store.quads_for_pattern(None, NamedNode(RDF + "type"), kind, None):
            result = quad.subject
            assert isinstance(result, NamedNode)
            focus = self.one(result, NamedNode(SH + "focusNode"))
            about = self.one(result, NamedNode(SH + "value")) or focus
            assert isinstance(focus, NamedNode) and about is not None
            messages = {
                m.language: m.value
                for m in self.objects(result, NamedNode(SH + "resultMessage"))
                if isinstance(m, Literal)
            }
            rule = self.one(result, NamedNode(SH + "sourceShape"))
            yield Row(
                kind="finding",
                paragraph=self.paragraph(about if isinstance(about, NamedNode) else focus),
                subject=self.short(focus),
                predicate=self.short(rule) if rule is not None else "",
                value=self.short(about),
                label_zh=messages.get("zh", ""),
                label_en=messages.get("en", ""),
                status="inferred",
                reason=messages.get("en", ""),
                evidence=self.quotation(about),
            )

    def row(self, fact: NamedNode, status: str, reason: str, evidence: tuple[Words, ...]) -> Row:
        subject, predicate, value = (
            self.one(fact, NamedNode(RDF + part)) for part in ("subject", "predicate", "object")
        )
        assert isinstance(subject, NamedNode) and isinstance(predicate, NamedNode)
        assert value is not None
        kind = self.kind(subject, predicate) if status != "added" else "reference"
        return self.made(kind, subject, predicate, value, status, reason, evidence)

    def made(
        self,
        kind: str,
        subject: NamedNode,
        predicate: NamedNode,
        value: NamedNode | Literal,
        status: str,
        reason: str,
        evidence: tuple[Words, ...],
    ) -> Row:
        return Row(
            kind=kind,
            paragraph=self.paragraph(subject),
            subject=self.short(subject),
            predicate=self.short(predicate),
            value=self.short(value),
            label_zh=self.label(value, "zh"),
            label_en=self.label(value, "en"),
            status=status,
            reason=reason,
            evidence=evidence,
        )

    def kind(self, subject: NamedNode, predicate: NamedNode) -> str:
        name = predicate.value.rpartition("#")[2]
        if name in BY_PROPERTY:
            return BY_PROPERTY[name]
        classes = (self.short(each).rpartition("#")[2] for each in self.types(subject))
        return next((BY_CLASS[each] for each in classes if each in BY_CLASS), "other")

    def types(self, subject: NamedNode) -> list[NamedNode | Literal]:
        return sorted(self.objects(subject, NamedNode(RDF + "type")), key=str)

    def paragraph(self, subject: NamedNode) -> int | None:
        """The number of the paragraph that a node stands in, by its address or by its record.

        Words stand in the paragraph that holds them.
        """
        for node in (subject, self.one(subject, self.term("recordedIn")), self.holder(subject)):
            if isinstance(node, NamedNode):
                _, found, rest = node.value.partition("/para/")
                number = rest.partition("/")[0]
                if found and number.isdigit():
                    return int(number)
        return None

    def holder(self, span: NamedNode) -> NamedNode | None:
        """The paragraph that holds some words, of those whose facts rest on them."""
        for quad in self.store.quads_for_pattern(None, self.term("evidence"), span, None):
            assert isinstance(quad.subject, NamedNode)
            for place in self.objects(quad.subject, self.term("recordedIn")):
                assert isinstance(place, NamedNode)
                for whole in self.objects(place, self.term("standsAt")):
                    words, around = self.words(span, "direct"), self.words(whole, "direct")
                    if around.start <= words.start and words.end <= around.end:
                        return place
        return None

    def quotation(self, about: NamedNode | Literal) -> tuple[Words, ...]:
        """The words that a finding is about, if it is about words."""
        if isinstance(about, NamedNode) and self.one(about, NamedNode(OA + "exact")) is not None:
            return (self.words(about, "direct"),)
        return ()

    def words(self, span: NamedNode | Literal, role: str) -> Words:
        assert isinstance(span, NamedNode)
        start, end, exact = (self.one(span, NamedNode(OA + p)) for p in ("start", "end", "exact"))
        assert start is not None and end is not None and exact is not None
        return Words(start=int(start.value), end=int(end.value), words=exact.value, role=role)

    def label(self, value: NamedNode | Literal, language: str) -> str:
        if isinstance(value, Literal):
            return value.value if value.language in (language, None) else ""
        return self.text(value, RDFS_LABEL, language)

    def text(self, subject: NamedNode, property: NamedNode, language: str = "en") -> str:
        values = self.objects(subject, property)
        return next(
            (v.value for v in values if isinstance(v, Literal) and v.language == language), ""
        )

    def short(self, value: NamedNode | Literal) -> str:
        return value.value.removeprefix(self.base)


def as_dict(row: Row) -> dict[str, object]:
    plain = {name: getattr(row, name) for name in FIELDS}
    evidence = [
        {"start": w.start, "end": w.end, "words": w.words, "role": w.role} for w in row.evidence
    ]
    return plain | {"evidence": evidence}


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """One JSON object a line, its keys in the order of `Row`."""
    for row in rows:
        yield json.dumps(as_dict(row), ensure_ascii=False) + "\n"


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """RFC 4180 with a head; evidence as JSON in its cell."""
    yield _csv_line(FIELDS)
    for row in rows:
        cells = as_dict(row)
        cells["evidence"] = json.dumps(cells["evidence"], ensure_ascii=False)
        yield _csv_line("" if cell is None else cell for cell in cells.values())


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
