"""How a page names things: by their labels in Chinese and English, else by a short address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from pyoxigraph import Literal, NamedNode

from untocgraph.graph.rdf.prefixes import OWN_PREFIXES, PREFIXES
from untocgraph.server.repository.lookup import RDF, RDFS, Term
from untocgraph.server.repository.snapshot import Snapshot

SKOS = PREFIXES["skos"]

TYPE = RDF + "type"
LABEL = RDFS + "label"
LABELS = (LABEL, SKOS + "prefLabel")

# Terms of other vocabularies in Chinese and English: the graph says nothing of them, for they are
# not ours to label, and a reader of a page should not have to know them.
FOREIGN = {
    "dcterms:creator": ("创建者", "created by"),
    "dcterms:description": ("说明", "description"),
    "dcterms:isPartOf": ("属于", "part of"),
    "dcterms:issued": ("印发日期", "issued"),
    "dcterms:language": ("语文", "language"),
    "dcterms:license": ("许可", "licence"),
    "dcterms:source": ("来源", "source"),
    "dcterms:title": ("标题", "title"),
    "eli:is_part_of": ("属于", "part of"),
    "eli:number": ("编号", "number"),
    "frbr:realizationOf": ("所体现的作品", "text of"),
    "frbr:supplementOf": ("补充", "supplement to"),
    "oa:TextPositionSelector": ("文本位置", "place in a text"),
    "oa:TextQuoteSelector": ("引文", "quotation"),
    "oa:end": ("终点", "ends before character"),
    "oa:exact": ("原文", "exact words"),
    "oa:start": ("起点", "starts at character"),
    "org:Organization": ("组织", "organization"),
    "org:linkedTo": ("关联组织", "linked to"),
    "org:memberOf": ("所属组织", "member of"),
    "org:subOrganizationOf": ("上级组织", "part of the organization"),
    "org:unitOf": ("所属机构", "unit of"),
    "owl:AnnotationProperty": ("标注属性", "annotation property"),
    "owl:Class": ("类", "class"),
    "owl:DatatypeProperty": ("数据属性", "property with a literal"),
    "owl:ObjectProperty": ("对象属性", "property with a thing"),
    "owl:Ontology": ("本体", "ontology"),
    "owl:versionInfo": ("版本", "version"),
    "prov:wasAttributedTo": ("归于", "attributed to"),
    "prov:wasDerivedFrom": ("依据", "derived from"),
    "rdf:object": ("客体", "object"),
    "rdf:predicate": ("谓词", "property"),
    "rdf:subject": ("主体", "subject"),
    "rdf:type": ("类型", "type"),
    "rdfs:comment": ("注释", "comment"),
    "rdfs:domain": ("定义域", "used on"),
    "rdfs:isDefinedBy": ("定义于", "defined by"),
    "rdfs:label": ("名称", "label"),
    "rdfs:range": ("值域", "takes"),
    "rdfs:seeAlso": ("另见", "see also"),
    "rdfs:subClassOf": ("上位类", "kind of"),
    "rdfs:subPropertyOf": ("上位属性", "kind of"),
    "schema:domainIncludes": ("用于", "used on"),
    "schema:endDate": ("结束日期", "ends on"),
    "schema:rangeIncludes": ("取值", "takes"),
    "schema:startDate": ("开始日期", "starts on"),
    "sh:NodeShape": ("节点规则", "shape of a thing"),
    "sh:PropertyShape": ("属性规则", "shape of a property"),
    "sh:ValidationReport": ("校验报告", "validation report"),
    "sh:ValidationResult": ("校验结果", "validation result"),
    "sh:conforms": ("符合规则", "conforms"),
    "sh:focusNode": ("对象", "about"),
    "sh:result": ("结果", "result"),
    "sh:resultMessage": ("说明", "message"),
    "sh:resultPath": ("属性", "property"),
    "sh:resultSeverity": ("严重程度", "severity"),
    "sh:severity": ("严重程度", "severity"),
    "sh:sourceConstraintComponent": ("约束类型", "kind of constraint"),
    "sh:sourceShape": ("规则", "rule"),
    "sh:value": ("值", "value"),
    "skos:Concept": ("概念", "concept"),
    "skos:ConceptScheme": ("概念体系", "scheme of concepts"),
    "skos:altLabel": ("其他名称", "other names"),
    "skos:broader": ("上位概念", "broader"),
    "skos:definition": ("定义", "definition"),
    "skos:exactMatch": ("等同于", "the same elsewhere"),
    "skos:hasTopConcept": ("顶层概念", "top concept"),
    "skos:hiddenLabel": ("已知误写", "known misprints"),
    "skos:historyNote": ("沿革", "history"),
    "skos:inScheme": ("所属体系", "in the scheme"),
    "skos:notation": ("代号", "notation"),
    "skos:prefLabel": ("名称", "preferred label"),
    "skos:scopeNote": ("范围说明", "scope"),
    "skos:topConceptOf": ("顶层概念属于", "top concept of"),
}

SHOWN = 24  # characters of a quotation that name its span


@dataclass(frozen=True, slots=True)
class Name:
    """A thing as a page names it: by its labels, else by the end of its address."""

    iri: str
    href: str | None  # None if a page must not lead there
    zh: str | None
    en: str | None
    short: str  # "untoc:addressee", "para/7/norm/1"

    @property
    def title(self) -> str:
        return self.en or self.zh or self.short


@dataclass(frozen=True, slots=True)
class Value:
    """A literal."""

    text: str
    language: str | None
    datatype: str


def short(iri: str, base: str) -> str:
    """*iri* with one of our prefixes, or without the base.

    >>> short("http://localhost:8000/ontology#addressee", "http://localhost:8000/")
    'untoc:addressee'
    """
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = prefixes(base).get(iri[:cut])
    if prefix and cut < len(iri):
        return f"{prefix}:{iri[cut:]}"
    return iri.removeprefix(base).removeprefix("id/") if iri.startswith(base) else iri


@cache
def prefixes(base: str) -> Mapping[str, str]:
    """From namespace to prefix."""
    own = {base + path: prefix for prefix, path in OWN_PREFIXES.items()}
    return own | {namespace: prefix for prefix, namespace in PREFIXES.items()}


def name(snapshot: Snapshot, iri: str) -> Name:
    """*iri* by its labels; a span by its first words, a foreign term by our name for it."""
    brief = short(iri, snapshot.base)
    zh, en = FOREIGN.get(brief) or (
        first(snapshot.lookup.text(iri, property, language) for property in LABELS)
        for language in ("zh", "en")
    )
    if zh is None and (words := snapshot.lookup.value(iri, PREFIXES["oa"] + "exact")):
        zh = f"「{words if len(words) <= SHOWN else words[: SHOWN - 2] + '……'}」"
    return Name(iri, snapshot.href(iri), zh, en, brief)


def first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def term(snapshot: Snapshot, value: Term) -> Name | Value:
    if isinstance(value, NamedNode):
        return name(snapshot, value.value)
    if isinstance(value, Literal):
        return Value(value.value, value.language, value.datatype.value)
    return Value(f"_:{value.value}", None, "")


def types(snapshot: Snapshot, iri: str) -> tuple[Name, ...]:
    """The classes of a thing, our own first."""
    found = [name(snapshot, value) for value in snapshot.lookup.values(iri, TYPE)]
    return tuple(sorted(found, key=lambda kind: not kind.iri.startswith(snapshot.base)))
