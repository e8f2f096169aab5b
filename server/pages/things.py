"""What the pages of things show. Each function takes a release and an address, and gives HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from pyoxigraph import BlankNode, Literal, NamedNode

from untocgraph.graph.rdf.order import natural
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.server.http.negotiation import Representation
from untocgraph.server.pages import facts as reading
from untocgraph.server.pages.diagram import diagrams
from untocgraph.server.pages.facts import (
    PAGE,
    Conclusion,
    Context,
    English,
    Fact,
    Finding,
    Group,
    Inverses,
    Mark,
    Part,
    Piece,
    Quote,
    Statement,
)
from untocgraph.server.pages.labels import LABEL, SKOS, TYPE, Name, Value, name, term, types
from untocgraph.server.repository.lookup import RDFS, TERM
from untocgraph.server.repository.snapshot import Snapshot

__all__ = ["PAGE", "formats", "graph", "thing"]

FEW = 3  # up to so many nodes of a kind are shown one by one, more as rows of a table


@dataclass(frozen=True, slots=True)
class Table:
    """Many nodes of one kind: a row each, a column for each property."""

    kind: Name | None
    columns: tuple[Name, ...]
    rows: tuple[tuple[Group, tuple[tuple[Fact, ...], ...]], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A run of a source's text, and the part of the report that stands there."""

    text: str
    part: Part | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that the page of a thing shows; what a thing has not is empty."""

    name: Name
    types: tuple[Name, ...]
    crumbs: tuple[Name, ...]
    previous: Name | None
    next: Name | None
    number: str | None  # of a paragraph
    pieces: tuple[Piece, ...]  # its text, evidence marked
    english: English | None
    marks: tuple[Mark, ...]
    groups: tuple[Group, ...]  # what was read, few of a kind
    tables: tuple[Table, ...]  # what was read, many of a kind
    conclusions: tuple[Conclusion, ...]  # what we add
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    context: Context | None  # of a span
    blocks: tuple[Block, ...]  # of a source
    statements: tuple[Statement, ...]
    inverses: Inverses
    query: str

    def mark(self, quote: Quote) -> Mark | None:
        """The mark of *quote* in the text, if it stands there."""
        return next((mark for mark in self.marks if is_mark_of(mark, quote)), None)

    def anchor(self, fact: Fact, quote: Quote) -> str | None:
        """The id at which a mark finds what was read: that of the first fact it speaks for."""
        mark = self.mark(quote)
        if mark is None:
            return None
        shown = (one for group in self.all_groups for one in group.facts)
        first = next(one for one in shown if any(is_mark_of(mark, q) for q in one.quotes))
        return f"w{mark.number}" if first is fact else None

    @property
    def all_groups(self) -> tuple[Group, ...]:
        return self.groups + tuple(row[0] for table in self.tables for row in table.rows)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of marks in the text, for its legend."""
        order = ("who", "how", "if", "law", "with", "about", "what")
        return tuple(kind for kind in order if kind in {mark.kind for mark in self.marks})


def is_mark_of(mark: Mark, quote: Quote) -> bool:
    return (mark.start, mark.end) == (quote.start, quote.end)


def thing(
    held: Snapshot, iri: str, path: str, number: int, offers: Sequence[Representation]
) -> str:
    """The page of one thing: its words, what was read from them, and all that is said of it."""
    return render_template(
        "thing.html", page=page_of(held, iri, number), formats=formats(held, path, offers)
    )


def page_of(held: Snapshot, iri: str, number: int) -> Page:
    lookup, terms = held.lookup, held.iris.ontology
    # A recommendation is read where it is expressed; a paragraph holds more than is said of it.
    place = lookup.value(iri, str(terms.expressedBy)) or iri
    paragraph = reading.is_a(held, place, "NumberedParagraph")
    is_span = reading.OA + "TextPositionSelector" in lookup.values(iri, TYPE)
    if reading.is_part(held, place):
        facts = reading.facts_in(held, place)
    elif is_span:
        facts = reading.facts_from(held, iri)
    else:
        facts = reading.facts_about(held, iri)
    groups = reading.groups(held, facts)
    read = dict.fromkeys([place, iri, *(group.name.iri for group in groups)])
    concluded = reading.conclusions(held, read)
    tables, few = tabulate(sorted(groups, key=lambda group: group.name.iri == iri))
    # The words of a section are its heading, which its name tells already.
    words = None if reading.is_a(held, place, "Section") else reading.stands_at(held, place)
    span = lookup.value(place, str(terms.standsAt))
    own = reading.quote(held, span, "direct") if span else None
    text = own.exact if own else ""
    quotes = (quote for fact in facts for quote in fact.quotes)
    quoted = dict.fromkeys(quote.name.iri for quote in quotes if own and quote in own)
    marks = reading.marks(facts, *words) if words else ()
    source = lookup.value(iri, str(terms.text)) if reading.is_a(held, iri, "SourceText") else None
    said = {(one.property.iri, value_key(one.value)) for one in facts if one.subject.iri == iri}
    said |= {
        (one.property.iri, value_key(one.value))
        for one in concluded
        if iri in {inferred.subject.iri for inferred in one.of}
    }
    hidden = {LABEL, TYPE, reading.OA + "exact"}
    hidden |= {str(terms[shown]) for shown in ("text", "standsAt", "unofficialEnglish")}
    return Page(
        name=name(held, iri),
        types=types(held, iri),
        crumbs=crumbs(held, iri, place),
        previous=reading.neighbour(held, iri, -1) if paragraph and place == iri else None,
        next=reading.neighbour(held, iri, 1) if paragraph and place == iri else None,
        number=lookup.value(place, str(terms.number)) if paragraph else None,
        pieces=reading.pieces(text, words[0], marks) if words and text else (),
        english=reading.english(held, place),
        marks=marks,
        groups=few,
        tables=tables,
        conclusions=concluded,
        findings=reading.findings_about(held, read | quoted),
        parts=reading.parts(held, iri),
        context=context(held, iri) if is_span else None,
        blocks=blocks(held, iri, source) if source else (),
        statements=tuple(
            kept
            for statement in reading.statements(held, reading.but(lookup.about(iri), hidden))
            if (kept := without(statement, said))
        ),
        inverses=reading.inverses(held, iri, number),
        query=query_of(held, iri, place, span=is_span),
    )


def value_key(value: Name | Value) -> str:
    return value.iri if isinstance(value, Name) else value.text


def without(statement: Statement, said: set[tuple[str, str]]) -> Statement | None:
    """*statement* without the values that are shown as facts already."""
    left = tuple(
        value
        for value in statement.values
        if (statement.property.iri, value_key(value)) not in said
    )
    return Statement(statement.property, left) if left else None


def tabulate(groups: Sequence[Group]) -> tuple[tuple[Table, ...], tuple[Group, ...]]:
    """The kinds that have more than FEW nodes as tables, and the nodes of all other kinds."""
    by_kind: dict[str, list[Group]] = {}
    for group in groups:
        by_kind.setdefault(group.kind, []).append(group)
    many = [kind for kind, found in by_kind.items() if len(found) > FEW]
    tables = []
    for kind in many:
        columns: dict[str, Name] = {}
        for group in by_kind[kind]:
            columns.update({fact.property.iri: fact.property for fact in group.facts})
        rows = tuple(
            (group, tuple(tuple(f for f in group.facts if f.property.iri == c) for c in columns))
            for group in by_kind[kind]
        )
        types = by_kind[kind][0].types
        tables.append(Table(types[0] if types else None, tuple(columns.values()), rows))
    return tuple(tables), tuple(group for group in groups if group.kind not in many)


def crumbs(held: Snapshot, iri: str, place: str) -> tuple[Name, ...]:
    """The way from the report to a thing, by what it is part of or recorded in."""
    lookup = held.lookup
    found = list(reading.ancestors(held, place))
    if not found:
        recorded = lookup.value(iri, str(held.iris.ontology.recordedIn))
        stem = iri.rpartition("/norm/")[0] or recorded
        if stem and lookup.about(stem):
            found = [*reading.ancestors(held, stem), name(held, stem)]
    if not found:
        report = reading.report_of(iri, held.base)
        found = [name(held, report)] if report and report != iri else []
    if place != iri:
        found.append(name(held, place))
    return tuple(found)


def context(held: Snapshot, span: str) -> Context | None:
    """The words of a span with what stands around them, if the release has the source's text."""
    words = reading.quote(held, span, "direct")
    text = reading.source_text(held, span.rpartition("/span/")[0])
    if text is None:
        return Context("", words.exact, "")
    return reading.context(text, words.start, words.end)


def blocks(held: Snapshot, source: str, text: str) -> tuple[Block, ...]:
    """*text* cut where a part of the report begins or ends."""
    report = held.lookup.value(source, PREFIXES["frbr"] + "realizationOf")
    found: list[Block] = []
    end = 0
    for part in flat(reading.parts(held, report)) if report else ():
        place = reading.stands_at(held, part.name.iri)
        if place is None or place[0] < end:
            continue
        found += [Block(text[end : place[0]], None), Block(text[slice(*place)], part)]
        end = place[1]
    return tuple(block for block in (*found, Block(text[end:], None)) if block.text)


def flat(parts: Sequence[Part]) -> list[Part]:
    """*parts* and theirs, in order of text."""
    return [one for part in parts for one in (part, *flat(part.parts))]


def query_of(held: Snapshot, iri: str, place: str, *, span: bool) -> str:
    """A query that gives what the page shows, to be taken further."""
    prefixes = {
        "oa": PREFIXES["oa"],
        "rdf": PREFIXES["rdf"],
        "untoc": str(held.iris.ontology),
    }
    if not span and not reading.is_part(held, place):
        return f"SELECT ?property ?value\nWHERE {{ <{iri}> ?property ?value }}\n"
    about = f"untoc:evidence <{iri}>" if span else f"untoc:recordedIn <{place}>"
    head = "".join(f"PREFIX {prefix}: <{prefixes[prefix]}>\n" for prefix in prefixes)
    return head + (
        "SELECT ?about ?property ?value ?words\n"
        "WHERE {\n"
        f"  ?fact {about} ;\n"
        "    rdf:subject ?about ; rdf:predicate ?property ; rdf:object ?value ;\n"
        "    untoc:evidence ?span .\n"
        "  ?span oa:start ?start ; oa:exact ?words .\n"
        "}\n"
        "ORDER BY ?start\n"
    )


def formats(
    held: Snapshot, path: str, offers: Sequence[Representation]
) -> tuple[dict[str, Any], ...]:
    """The other formats of a page, as links."""
    return tuple(
        {"name": row.name, "href": f"{held.root}{path}.{row.suffix}", "type": row.media_type}
        for row in offers
        if row.suffix != "html"
    )


# ---- graphs, vocabularies ----


@dataclass(frozen=True, slots=True)
class TermEntry:
    """One term of the ontology, or one shape."""

    name: Name
    anchor: str
    kind: Name
    definitions: tuple[Value, ...]
    statements: tuple[Statement, ...]
    examples: tuple[tuple[Name | Value, ...], ...]  # of a class its things, of a property two ends


EXAMPLES = 3  # of a term, on the page of its vocabulary


def graph(held: Snapshot, path: str, title: str, offers: Sequence[Representation]) -> str:
    """The page of a named graph: its size, its formats, and for a vocabulary its terms."""
    iri = str(held.iris.graph(*title.split("/")))
    return render_template(
        "graph.html",
        graph=iri,
        title=title,
        triples=next(one.triples for one in held.release.manifest.graphs if one.name == title),
        kinds=terms_of(held, f"{held.base}{title}#"),
        diagrams=diagrams(held) if title == "ontology" else (),
        query="SELECT ?subject ?property ?value\n"
        f"WHERE {{ GRAPH <{iri}> {{ ?subject ?property ?value }} }}\n"
        "LIMIT 100\n",
        formats=formats(held, path, offers),
    )


def terms_of(held: Snapshot, namespace: str) -> tuple[tuple[Name, tuple[TermEntry, ...]], ...]:
    """The terms of a vocabulary by their class, each with its definition and what else is said."""
    by_kind: dict[str, list[TermEntry]] = {}
    definition = {SKOS + "definition", RDFS + "comment", reading.SH + "message"}
    for iri in held.lookup.starting_with(namespace):
        kinds = held.lookup.values(iri, TYPE)
        quads = held.lookup.about(iri)
        shown = definition | {TYPE, LABEL}
        # A property has several classes; rdf:Property and owl:Class say most to a reader.
        kind = next((k for k in VOCABULARY_KINDS if k in kinds), kinds[0] if kinds else iri)
        nested = (  # the message of a rule in SPARQL stands in a node of its own
            inner
            for quad in quads
            if isinstance(quad.object, BlankNode)
            for inner in held.lookup.about(str(quad.object))
        )
        values = (
            term(held, quad.object)
            for quad in (*quads, *nested)
            if quad.predicate.value in definition and isinstance(quad.object, TERM)
        )
        by_kind.setdefault(kind, []).append(
            TermEntry(
                name=name(held, iri),
                anchor=iri.removeprefix(namespace),
                kind=name(held, kind),
                definitions=tuple(
                    sorted(
                        (v for v in values if isinstance(v, Value)),
                        key=lambda v: v.language or "",
                    )
                ),
                statements=reading.statements(held, reading.but(quads, shown)),
                examples=examples_of(held, iri),
            )
        )
    return tuple(
        (name(held, kind), tuple(sorted(by_kind[kind], key=lambda t: natural(t.anchor))))
        for kind in sorted(by_kind)
    )


def examples_of(held: Snapshot, iri: str) -> tuple[tuple[Name | Value, ...], ...]:
    """Things of a class, or what a property says of what, in the graph that is served."""
    things = held.lookup.first_subjects(TYPE, iri, EXAMPLES)
    if things:
        return tuple((name(held, thing),) for thing in things)
    said = sorted(held.lookup.saying(iri, EXAMPLES), key=str)
    return tuple(
        (name(held, quad.subject.value), term(held, quad.object))
        for quad in said
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal)
    )


VOCABULARY_KINDS = (
    PREFIXES["owl"] + "Class",
    PREFIXES["rdfs"] + "Class",
    PREFIXES["owl"] + "ObjectProperty",
    PREFIXES["owl"] + "DatatypeProperty",
    PREFIXES["rdf"] + "Property",
    PREFIXES["sh"] + "NodeShape",
    PREFIXES["sh"] + "PropertyShape",
)
