"""What the pages show, as frozen values: names, facts and the words they were read from.

Nothing here knows Flask or HTML. Each function looks a few things up in a `Snapshot` and gives a
value that a template can print without thinking.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from math import ceil

from pyoxigraph import Literal, NamedNode, Quad

from untocgraph.graph.rdf.order import natural
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.graph.release.incoming_links import Kind
from untocgraph.server.pages.labels import LABEL, TYPE, Name, Value, name, term, types
from untocgraph.server.repository.lookup import RDF, Term
from untocgraph.server.repository.snapshot import Snapshot

DCTERMS = PREFIXES["dcterms"]
OA = PREFIXES["oa"]
PROV = PREFIXES["prov"]
SH = PREFIXES["sh"]

PART_OF = DCTERMS + "isPartOf"
TITLE = DCTERMS + "title"

# Properties of a fact or a span that a page shows in a place of their own.
MACHINERY = {RDF + "subject", RDF + "predicate", RDF + "object"}

PAGE = 100  # statements that point to a thing, on one page; a hub has thousands


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the source that speak for a value."""

    name: Name  # the span
    start: int
    end: int
    exact: str
    language: str
    role: str  # "direct", "inherited", "aggregate"

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, other: "Quote") -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of the report, with its evidence; *about* is what else is said of it."""

    name: Name
    subject: Name
    property: Name
    value: Name | Value
    quotes: tuple[Quote, ...]  # direct ones first, in order of text
    recorded_in: str | None
    about: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Inferred:
    """One thing that we conclude something of, and the facts that it rests on."""

    name: Name  # of the conclusion
    subject: Name
    rests_on: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What we say and the report does not, of one thing or, for the same reason, of several."""

    property: Name
    value: Name | Value
    reasons: tuple[Value, ...]
    of: tuple[Inferred, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One property of a thing with its values."""

    property: Name
    values: tuple[Name | Value, ...]


@dataclass(frozen=True, slots=True)
class English:
    """Our rendering of words of the report; *stale* if the words have changed since."""

    name: Name
    text: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What is said of one thing."""

    name: Name
    types: tuple[Name, ...]
    facts: tuple[Fact, ...]
    english: English | None

    @property
    def kind(self) -> str:
        return self.types[0].iri if self.types else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Words in a text that are evidence, numbered in order of text."""

    number: int
    start: int  # code points from the start of the source
    end: int
    kind: str  # what was read from them, see KINDS


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same marks; *ends* are those whose last character it holds."""

    text: str
    marks: tuple[Mark, ...]  # the shortest first
    ends: tuple[Mark, ...]


# What a value is for the reader of a norm: colours and legend go by it.
KINDS = {
    "addressee": "who",
    "speaker": "who",
    "delegation": "who",
    "modality": "how",
    "embeddedModality": "how",
    "aspect": "how",
    "condition": "if",
    "citesProvision": "law",
    "concernsInstrument": "law",
    "document": "law",
    "decision": "law",
    "resolvesTo": "law",
    "assistedBy": "with",
    "assistanceForm": "with",
    "partner": "with",
    "concernsActor": "with",
    "requestedOutput": "about",
    "affectedGroup": "about",
    "topic": "about",
}


def local(iri: str) -> str:
    """The last part of an IRI: "addressee"."""
    return re.split("[#/]", iri)[-1]


def rank(property: str) -> int:
    order = list(KINDS)
    return order.index(local(property)) if local(property) in KINDS else len(order)


# ---- facts and their words ----


def is_a(snapshot: Snapshot, iri: str, kind: str) -> bool:
    return str(snapshot.iris.ontology[kind]) in snapshot.lookup.values(iri, TYPE)


def is_part(snapshot: Snapshot, iri: str) -> bool:
    """Whether *iri* is a part of a report's text, in which facts are recorded."""
    return any(is_a(snapshot, iri, kind) for kind in ("Section", "NumberedParagraph", "Annex"))


def quote(snapshot: Snapshot, span: str, role: str) -> Quote:
    lookup = snapshot.lookup
    exact = next((term for term in lookup.objects(span, OA + "exact")), None)
    return Quote(
        name=name(snapshot, span),
        start=int(lookup.value(span, OA + "start") or 0),
        end=int(lookup.value(span, OA + "end") or 0),
        exact=exact.value if exact else "",
        language=(exact.language if isinstance(exact, Literal) else None) or "und",
        role=role,
    )


def quotes(snapshot: Snapshot, fact: str) -> tuple[Quote, ...]:
    """The evidence of a fact: direct words first, then by place."""
    found = []
    for role in ("direct", "inherited", "aggregate"):
        spans = snapshot.lookup.values(fact, str(snapshot.iris.ontology[f"{role}Evidence"]))
        found.append(sorted((quote(snapshot, s, role) for s in spans), key=lambda q: q.start))
    return tuple(quote for group in found for quote in group)


def fact(snapshot: Snapshot, iri: str) -> Fact | None:
    """The fact at *iri*, or None if it is no reified statement."""
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    subject, property = (lookup.value(iri, RDF + part) for part in ("subject", "predicate"))
    objects = lookup.objects(iri, RDF + "object")
    if subject is None or property is None or not objects:
        return None
    shown = MACHINERY | {TYPE, str(terms.ordinal), str(terms.recordedIn)}
    shown |= {str(terms[e]) for e in EVIDENCE}
    return Fact(
        name=name(snapshot, iri),
        subject=name(snapshot, subject),
        property=name(snapshot, property),
        value=term(snapshot, objects[0]),
        quotes=quotes(snapshot, iri),
        recorded_in=lookup.value(iri, str(terms.recordedIn)),
        about=statements(
            snapshot, (q for q in lookup.about(iri) if q.predicate.value not in shown)
        ),
    )


EVIDENCE = ("evidence", "directEvidence", "inheritedEvidence", "aggregateEvidence")


def facts(snapshot: Snapshot, iris: Iterable[str]) -> tuple[Fact, ...]:
    """The facts among *iris*, in order of text. A conclusion is no fact."""
    stated = (iri for iri in sorted(iris, key=natural) if is_a(snapshot, iri, "Fact"))
    found = [one for iri in stated if (one := fact(snapshot, iri))]
    return tuple(sorted(found, key=lambda one: one.quotes[0].start if one.quotes else 0))


def facts_about(snapshot: Snapshot, iri: str) -> tuple[Fact, ...]:
    return facts(snapshot, snapshot.lookup.subjects(RDF + "subject", iri))


def conclusions(snapshot: Snapshot, iris: Iterable[str]) -> tuple[Conclusion, ...]:
    """What we conclude of any of *iris*, the same of several together."""
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    found: dict[tuple[Name, Name | Value, tuple[Value, ...]], list[Inferred]] = {}
    for iri in iris:
        for node in sorted(lookup.subjects(RDF + "subject", iri), key=natural):
            one = fact(snapshot, node) if is_a(snapshot, node, "Inference") else None
            if one is None:
                continue
            reasons = (term(snapshot, o) for o in lookup.objects(node, str(terms.reason)))
            why = tuple(reason for reason in reasons if isinstance(reason, Value))
            rests_on = sorted(lookup.values(node, PROV + "wasDerivedFrom"), key=natural)
            inferred = Inferred(
                one.name, one.subject, tuple(name(snapshot, fact) for fact in rests_on)
            )
            found.setdefault((one.property, one.value, why), []).append(inferred)
    return tuple(Conclusion(*what, tuple(of)) for what, of in found.items())


def facts_in(snapshot: Snapshot, place: str) -> tuple[Fact, ...]:
    """What was read from a paragraph or another part of a report."""
    return facts(snapshot, snapshot.lookup.subjects(str(snapshot.iris.ontology.recordedIn), place))


def facts_from(snapshot: Snapshot, span: str) -> tuple[Fact, ...]:
    """What was read from the words of a span."""
    return facts(snapshot, snapshot.lookup.subjects(str(snapshot.iris.ontology.evidence), span))


def groups(snapshot: Snapshot, found: Iterable[Fact]) -> tuple[Group, ...]:
    """*found* by what it is said of, in order of address: norm 1 before norm 2.

    What is said of one thing comes as its reader asks: who, how strongly, if what, citing what.
    """
    by_subject: dict[str, list[Fact]] = {}
    for one in found:
        by_subject.setdefault(one.subject.iri, []).append(one)
    return tuple(
        Group(
            by_subject[iri][0].subject,
            types(snapshot, iri),
            tuple(sorted(by_subject[iri], key=lambda one: rank(one.property.iri))),
            english(snapshot, iri),
        )
        for iri in sorted(by_subject, key=natural)
    )


# ---- statements ----


def but(quads: Iterable[Quad], properties: Collection[str]) -> Iterator[Quad]:
    """*quads* without those of some properties."""
    return (quad for quad in quads if quad.predicate.value not in properties)


def statements(snapshot: Snapshot, quads: Iterable[Quad]) -> tuple[Statement, ...]:
    """*quads* of one thing by property: labels first, our own properties, then all others."""
    by_property: dict[str, list[Term]] = {}
    for quad in quads:
        if isinstance(quad.object, NamedNode | Literal):  # a blank node tells a reader nothing
            by_property.setdefault(quad.predicate.value, []).append(quad.object)
    own = str(snapshot.iris.ontology)

    def order(property: str) -> tuple[object, ...]:
        return property != LABEL, not property.startswith(own), property

    return tuple(
        Statement(name(snapshot, property), tuple(term(snapshot, o) for o in values))
        for property in sorted(by_property, key=order)
        for values in [sorted(by_property[property], key=lambda o: natural(str(o)))]
    )


@dataclass(frozen=True, slots=True)
class Inverse:
    """The things that point to one thing by one property, or a part of them."""

    property: Name
    first: int  # number of the first of *subjects* among all, from 1
    subjects: tuple[Name, ...]
    count: int  # of all
    page: int  # on which they begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverses:
    """One page of the list of what points to a thing."""

    groups: tuple[Inverse, ...]  # of this page
    properties: tuple[Inverse, ...]  # of the whole list, without their subjects
    page: int  # from 1
    pages: int
    count: int  # statements on all pages
    repeated: int  # that are left out: of facts and conclusions
    nameless: int  # that are left out: of nodes without an address

    @property
    def first(self) -> int:
        """Number of the first statement on this page, from 1."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return min(self.page * PAGE, self.count)


def pages_of(statements: int) -> int:
    """How many pages a list fills; one that is empty has one."""
    return max(1, ceil(statements / PAGE))


def inverses(snapshot: Snapshot, iri: str, page: int) -> Inverses:
    """What points to *iri*, PAGE statements a page: by property, and in natural order.

    Facts and conclusions are left out, for they repeat it. The work goes with the page, not with
    the list.
    """
    pointing = snapshot.lookup.pointing(iri)
    count = pointing.count(Kind.OWN)
    start, end = (page - 1) * PAGE, min(page * PAGE, count)
    properties, groups = [], []
    for predicate, at, number in pointing.by_property():
        whole = Inverse(name(snapshot, predicate), 1, (), number, at // PAGE + 1)
        properties.append(whole)
        left, right = max(start, at), min(end, at + number)
        if left < right:
            subjects = tuple(name(snapshot, one.subject) for one in pointing[left:right])
            groups.append(replace(whole, first=left - at + 1, subjects=subjects))
    return Inverses(
        groups=tuple(groups),
        properties=tuple(properties),
        page=page,
        pages=pages_of(count),
        count=count,
        repeated=pointing.count(Kind.REPEATED),
        nameless=pointing.count(Kind.NAMELESS),
    )


# ---- marked text ----


def marks(found: Iterable[Fact], start: int, end: int) -> tuple[Mark, ...]:
    """The spans of *found* that stand in start..end, each once, numbered in order of text.

    Words that serve several facts have the kind of the one that comes first for a reader: an
    addressee is mentioned too.
    """
    kinds: dict[tuple[int, int], str] = {}
    for one in sorted(found, key=lambda each: rank(each.property.iri)):
        kind = KINDS.get(local(one.property.iri), "what")
        for words in one.quotes:
            if start <= words.start and words.end <= end:
                kinds.setdefault((words.start, words.end), kind)
    # A number stands where its words end, so the ends put the numbers in order.
    places = sorted(kinds, key=lambda place: (place[1], -place[0]))
    return tuple(Mark(n, *place, kinds[place]) for n, place in enumerate(places, 1))


def pieces(text: str, start: int, found: tuple[Mark, ...]) -> tuple[Piece, ...]:
    """*text*, which stands at *start* in its source, cut wherever a mark begins or ends."""
    edges = {start, start + len(text)}
    for mark in found:
        edges |= {mark.start, mark.end}
    cuts = sorted(edges)
    result = []
    for left, right in zip(cuts, cuts[1:], strict=False):
        over = [mark for mark in found if mark.start <= left and right <= mark.end]
        over.sort(key=lambda mark: mark.end - mark.start)
        ends = tuple(mark for mark in found if mark.end == right)
        result.append(Piece(text[left - start : right - start], tuple(over), ends))
    return tuple(result)


# ---- unofficial English ----


def english(snapshot: Snapshot, iri: str) -> English | None:
    """The unofficial English of a thing's title, else of the words at which it stands."""
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    node = lookup.value(iri, str(terms.unofficialEnglish))
    text = lookup.value(node, str(terms.englishText)) if node else None
    if node is None or text is None:
        return None
    span = lookup.value(iri, str(terms.standsAt))
    words = lookup.value(iri, TITLE) or (quote(snapshot, span, "direct").exact if span else "")
    rendered = lookup.value(node, str(terms.rendersSha256))
    return English(
        name(snapshot, node), text, hashlib.sha256(words.encode()).hexdigest() != rendered
    )


def english_in(snapshot: Snapshot, part: str) -> tuple[English, ...]:
    """The unofficial English of a part of a report, else of each view in it, in order of text."""
    if own := english(snapshot, part):
        return (own,)
    recorded = snapshot.lookup.subjects(str(snapshot.iris.ontology.recordedIn), part)
    views = (iri for iri in sorted(recorded, key=natural) if is_a(snapshot, iri, "ReportedView"))
    return tuple(one for iri in views if (one := english(snapshot, iri)))


# ---- the parts of a report ----


@dataclass(frozen=True, slots=True)
class Part:
    """A section or paragraph in a table of contents."""

    name: Name
    numeral: str | None
    title: str | None
    text: str | None  # of a paragraph
    english: tuple[English, ...]  # of its own words, else of the views in it
    recommends: bool
    parts: tuple["Part", ...]


def parts(snapshot: Snapshot, whole: str, above: tuple[str, ...] = ()) -> tuple[Part, ...]:
    """What is part of *whole*, and what is part of that, in order of text.

    *above* is what *whole* is part of: nothing is shown as a part of itself.
    """
    terms, above = snapshot.iris.ontology, (*above, whole)
    held = (iri for iri in snapshot.lookup.subjects(PART_OF, whole) if iri not in above)
    found = [iri for iri in held if is_part(snapshot, iri)]
    found.sort(key=lambda iri: stands_at(snapshot, iri) or (0, 0))
    lookup = snapshot.lookup
    return tuple(
        Part(
            name=name(snapshot, iri),
            numeral=lookup.value(iri, str(terms.numeral)) or lookup.value(iri, str(terms.number)),
            title=lookup.value(iri, TITLE),
            text=lookup.value(iri, str(terms.text)),
            english=english_in(snapshot, iri),
            recommends=bool(lookup.subjects(str(terms.expressedBy), iri)),
            parts=parts(snapshot, iri, above),
        )
        for iri in found
    )


def stands_at(snapshot: Snapshot, iri: str) -> tuple[int, int] | None:
    """Where a part stands in its source, in code points."""
    span = snapshot.lookup.value(iri, str(snapshot.iris.ontology.standsAt))
    if span is None:
        return None
    words = quote(snapshot, span, "direct")
    return words.start, words.end


def ancestors(snapshot: Snapshot, iri: str) -> tuple[Name, ...]:
    """What *iri* is part of, the whole first."""
    found: list[str] = []
    whole = snapshot.lookup.value(iri, PART_OF)
    while whole is not None and whole not in found:
        found.append(whole)
        whole = snapshot.lookup.value(whole, PART_OF)
    return tuple(name(snapshot, one) for one in reversed(found))


def neighbour(snapshot: Snapshot, iri: str, step: int) -> Name | None:
    """The paragraph *step* numbers after this one, if the report has it."""
    stem, _, number = iri.rpartition("/")
    other = f"{stem}/{int(number) + step}" if number.isdigit() else ""
    return name(snapshot, other) if other and snapshot.lookup.about(other) else None


def report_of(iri: str, base: str) -> str | None:
    """The report that *iri* stands in, by its address."""
    match = re.match(re.escape(base) + r"id/report/[^/]+", iri)
    return match[0] if match else None


# ---- source text ----


@dataclass(frozen=True, slots=True)
class Context:
    """Words with what stands around them."""

    before: str
    words: str
    after: str


AROUND = 160  # characters shown on each side of a quotation


def context(text: str, start: int, end: int) -> Context:
    """The words at start..end with whole lines, or AROUND characters, on each side."""
    return Context(text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND])


def source_text(snapshot: Snapshot, source: str) -> str | None:
    """The whole text of a source, as its spans count it."""
    return snapshot.lookup.value(source, str(snapshot.iris.ontology.text))


# ---- findings ----


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a report gets wrong about itself, or leaves open."""

    name: Name
    severity: str  # "violation", "warning", "info"
    about: Name  # the value that is wrong if it is a thing, else what has it
    zh: str | None
    en: str | None
    rule: Name | None
    place: Name | None  # the paragraph
    quotes: tuple[Quote, ...]


def findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Every validation result of the release, the gravest first, then in order of text."""
    found = snapshot.lookup.subjects(TYPE, SH + "ValidationResult")
    return in_order(finding(snapshot, iri) for iri in found)


def findings_about(snapshot: Snapshot, iris: Iterable[str]) -> tuple[Finding, ...]:
    """The findings about any of *iris*."""
    subjects = snapshot.lookup.subjects
    found = (
        finding(snapshot, result)
        for iri in iris
        for result in (*subjects(SH + "value", iri), *subjects(SH + "focusNode", iri))
        if is_about(snapshot, result) == iri
    )
    return in_order(found)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    ranks = ("violation", "warning", "info")

    def order(one: Finding) -> tuple[int, int, str]:
        start = one.quotes[0].start if one.quotes else 0
        return ranks.index(one.severity), start, one.name.iri

    return tuple(sorted(found, key=order))


def is_about(snapshot: Snapshot, result: str) -> str:
    """What a validation result is about: a rule on a whole report names as value what is wrong."""
    for value in snapshot.lookup.objects(result, SH + "value"):
        if isinstance(value, NamedNode) and snapshot.lookup.about(value.value):
            return value.value
    return snapshot.lookup.value(result, SH + "focusNode") or result


def place_of(snapshot: Snapshot, about: str) -> str | None:
    """Where the report tells of a thing; for words, the paragraph that holds them."""
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    if place := lookup.value(about, str(terms.recordedIn)):
        return place
    words = quote(snapshot, about, "direct")
    # A fact may rest on words of other paragraphs than its own.
    for fact in lookup.subjects(str(terms.evidence), about):
        for place in lookup.values(fact, str(terms.recordedIn)):
            span = lookup.value(place, str(terms.standsAt))
            if span and words in quote(snapshot, span, "direct"):
                return place
    return None


def finding(snapshot: Snapshot, iri: str) -> Finding:
    lookup, terms = snapshot.lookup, snapshot.iris.ontology
    about = is_about(snapshot, iri)
    path = lookup.value(iri, SH + "resultPath")
    rule = lookup.value(iri, SH + "sourceShape")
    words = {
        quote.name.iri: quote
        for one in facts_about(snapshot, about)
        if path is None or one.property.iri == path
        for quote in one.quotes
        if quote.role == "direct"
    }
    span = about if lookup.value(about, OA + "exact") else lookup.value(about, str(terms.standsAt))
    if not words and span:
        words = {span: quote(snapshot, span, "direct")}
    place = place_of(snapshot, about)
    severity = lookup.value(iri, SH + "resultSeverity") or SH + "Info"
    return Finding(
        name=name(snapshot, iri),
        severity=severity.removeprefix(SH).lower(),
        about=name(snapshot, about),
        zh=lookup.text(iri, SH + "resultMessage", "zh"),
        en=lookup.text(iri, SH + "resultMessage", "en"),
        rule=name(snapshot, rule) if rule else None,
        place=name(snapshot, place) if place else None,
        quotes=tuple(sorted(words.values(), key=lambda one: one.start)),
    )
