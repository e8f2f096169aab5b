"""The reference graph: what others say of the things that reports name.

States, bodies, treaties with their articles, instruments and sessions come from the authority
tables; documents, decisions and persons are added as reports cite them. No node is without a label
in English and Chinese and a source. The functions are pure: values in, triples out.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal as OneOf

from rdflib import FOAF, ORG, PROV, RDF, RDFS, SDO, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from untocgraph.graph.gazetteer import (
    Article,
    Authorities,
    Body,
    Instrument,
    Name,
    Session,
    Source,
    State,
    Treaty,
    label,
    load_authorities,
    provision_path,
)
from untocgraph.graph.iris import Iris

__all__ = [
    "Authorities",
    "Cited",
    "Decision",
    "Symbol",
    "decision_node",
    "document_node",
    "load_authorities",
    "parse_symbol",
    "person_node",
    "reference_graph",
]

ELI = Namespace("http://data.europa.eu/eli/ontology#")
FRBR = Namespace("http://purl.org/vocab/frbr/core#")
WIKIDATA = Namespace("http://www.wikidata.org/entity/")
UN_DOCUMENTS = Namespace("https://docs.un.org/")

OWN = "untocgraph"  # the key of the source that is this project itself
UNITS = {"WorkingGroup", "Secretariat", "OfficeUnit"}  # kinds of bodies that are parts of one body
ISSUE_MEETING_DOCUMENTS = {"Conference", "WorkingGroup"}
DOCUMENT_VALUED = {"adoptedIn"}  # properties of treaty facts whose value is a document's symbol

Triple = tuple[URIRef, URIRef, URIRef | Literal]
DecisionKind = OneOf["decision", "resolution"]


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """A decision or resolution by its number, e.g. ("decision", "untoc-cop", "2/6")."""

    kind: DecisionKind
    body: str  # key of the body that took it
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What reports cite and no authority table lists."""

    documents: frozenset[str] = frozenset()  # symbols
    decisions: frozenset[Decision] = frozenset()
    persons: frozenset[str] = frozenset()  # names as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A document symbol taken apart."""

    body: str  # e.g. "CTOC/COP/WG.2"
    year: int | None  # exactly one of year and session is known
    session: int | None
    series: str | None  # "RES", "L", "CRP", "INF"
    number: int
    modifiers: tuple[str, ...]  # "Rev.1", "Add.2", "Corr.1"


SYMBOL = re.compile(
    r"(?P<body>[A-Z]+(?:/(?!RES/|DEC/)[A-Z]+(?:\.\d+)?)*)"
    r"(?:/(?P<kind>RES|DEC))?"
    r"/(?:(?P<year>(?:19|20)\d\d)|(?P<session>\d{1,3}))"
    r"/(?:(?P<series>[A-Z]+)[/.])?(?P<number>\d+)"
    r"(?P<modifiers>(?:/(?:Rev|Add|Corr)\.\d+)*)"
)


def parse_symbol(text: str) -> Symbol | None:
    """The parts of a document symbol, None where it does not follow the usual pattern.

    >>> parse_symbol("CTOC/COP/WG.2/2013/INF/1/Rev.1").modifiers
    ('Rev.1',)
    >>> parse_symbol("A/RES/55/25").session
    55
    >>> parse_symbol("S/PV.7000") is None
    True

    Source: https://research.un.org/en/docs/symbols
    """
    found = SYMBOL.fullmatch(text)
    if found is None:
        return None
    return Symbol(
        body=found["body"],
        year=int(found["year"]) if found["year"] else None,
        session=int(found["session"]) if found["session"] else None,
        series=found["kind"] or found["series"],
        number=int(found["number"]),
        modifiers=tuple(found["modifiers"].split("/")[1:]),
    )


def reference_graph(iris: Iris, authorities: Authorities, cited: Cited | None = None) -> Graph:
    """Everything the tables hold, and what *cited* adds to them."""
    graph = Graph()
    for triple in _triples(iris, authorities, cited or Cited()):
        graph.add(triple)
    return graph


def document_node(iris: Iris, authorities: Authorities, symbol: str) -> Iterator[Triple]:
    """A United Nations document by its symbol, with the parts of the symbol where it parses."""
    node, own = iris.document(symbol), iris.ontology
    parts = parse_symbol(symbol)
    body = _body_of(authorities, parts.body) if parts else None
    yield node, RDF.type, own.Document
    if body and body.kind in ISSUE_MEETING_DOCUMENTS:
        yield node, RDF.type, own.MeetingDocument
    yield from _labels(node, en=symbol, zh=symbol)
    yield node, SKOS.notation, Literal(symbol)
    yield node, RDFS.seeAlso, UN_DOCUMENTS[iris.document(symbol).removeprefix(iris.document(""))]
    yield node, DCTERMS.source, iris.authority_source(OWN)
    if parts:
        yield from _symbol(node, own, parts)
    if body:
        yield node, own.documentOf, iris.body(body.key)


def decision_node(
    iris: Iris, authorities: Authorities, body: str, number: str, kind: DecisionKind
) -> Iterator[Triple]:
    """A decision or resolution of a body, with the session it was taken at where that is known.

    Raises KeyError if no authority table lists *body*.
    """
    node, own = decision_iri(iris, Decision(kind, body, number)), iris.ontology
    by = authorities.bodies[body]
    word = {"decision": ("Decision", "决定"), "resolution": ("Resolution", "决议")}[kind]
    yield node, RDF.type, own.Decision
    if kind == "resolution":
        yield node, RDF.type, own.Resolution
    yield from _labels(
        node,
        en=f"{word[0]} {number} of the {label(by.names, 'en')}",
        zh=f"{label(by.names, 'zh')}第{number}号{word[1]}",
    )
    yield node, SKOS.notation, Literal(number)
    yield node, own.decidedBy, iris.body(body)
    yield node, DCTERMS.source, iris.authority_source(OWN)
    for session in authorities.sessions:
        if session.body == body and number.startswith(f"{session.ordinal}/"):
            yield node, own.decidedAt, session_iri(iris, session)
            if session.report:
                yield node, own.reportedIn, iris.document(session.report)
                yield node, DCTERMS.source, iris.authority_source(session.source)


def person_node(iris: Iris, name: str) -> Iterator[Triple]:
    """A person by the name that reports print."""
    node = iris.person(person_key(name))
    yield node, RDF.type, FOAF.Person
    yield from _labels(node, en=name, zh=name)
    yield node, FOAF.name, Literal(name)
    yield node, DCTERMS.source, iris.authority_source(OWN)


def person_key(name: str) -> str:
    """The key of a person: lower case, no diacritics, hyphens for all that is no letter.

    >>> person_key("José  O'Neill")
    'jose-o-neill'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"\W+", "-", plain.casefold()).strip("-")


def decision_iri(iris: Iris, decision: Decision) -> URIRef:
    mint = iris.resolution if decision.kind == "resolution" else iris.decision
    return mint(decision.body, decision.number)


def session_iri(iris: Iris, session: Session) -> URIRef:
    return iris.within(iris.body(session.body), "session", session.ordinal)


def provision_iri(iris: Iris, treaty: str, article: int, provision: str = "") -> URIRef:
    """The IRI of an article, or of a provision in it, written like "2", "2(a)" or "(j)"."""
    return iris.article(treaty, article, *provision_path(provision))


def _triples(iris: Iris, authorities: Authorities, cited: Cited) -> Iterator[Triple]:
    for source in authorities.sources.values():
        yield from _source(iris, source)
    for state in authorities.states.values():
        yield from _state(iris, state)
    for body in authorities.bodies.values():
        yield from _body(iris, body)
    for treaty in authorities.treaties.values():
        yield from _treaty(iris, treaty)
    for instrument in authorities.instruments.values():
        yield from _instrument(iris, instrument)
    for session in authorities.sessions:
        yield from _session(iris, authorities, session)
    for symbol in sorted(cited.documents | _symbols(authorities)):
        yield from document_node(iris, authorities, symbol)
    for decision in sorted(cited.decisions | _founding_decisions(authorities)):
        yield from decision_node(
            iris, authorities, decision.body, decision.number, decision.kind
        )
    for name in sorted(cited.persons):
        yield from person_node(iris, name)


def _symbols(authorities: Authorities) -> frozenset[str]:
    """The symbols that the tables themselves name."""
    facts = (fact for treaty in authorities.treaties.values() for fact in treaty.facts)
    return frozenset(
        [str(fact.value) for fact in facts if fact.property in DOCUMENT_VALUED]
        + [source.symbol for source in authorities.sources.values() if source.symbol]
        + [session.report for session in authorities.sessions if session.report]
        + [thing.symbol for thing in authorities.instruments.values() if thing.symbol]
    )


def _founding_decisions(authorities: Authorities) -> frozenset[Decision]:
    return frozenset(body.founded_by for body in authorities.bodies.values() if body.founded_by)


def _source(iris: Iris, source: Source) -> Iterator[Triple]:
    node, own = iris.authority_source(source.key), iris.ontology
    yield node, RDF.type, own.ReferenceSource
    yield from _labels(node, en=source.title["en"], zh=source.title["zh"])
    yield node, own.reliability, iris.concept("reliability", source.reliability)
    if source.symbol:
        yield node, PROV.wasDerivedFrom, iris.document(source.symbol)


def _state(iris: Iris, state: State) -> Iterator[Triple]:
    node, own = iris.state(state.key), iris.ontology
    yield node, RDF.type, own.State
    yield node, RDF.type, ORG.Organization
    yield from _names(iris, node, state.names)
    yield node, own.iso3166alpha2, Literal(state.iso2)
    yield node, own.iso3166alpha3, Literal(state.iso3)
    yield node, own.m49, Literal(state.m49)
    yield node, DCTERMS.source, iris.authority_source(state.source)
    yield from _wikidata(iris, node, state.wikidata)


def _body(iris: Iris, body: Body) -> Iterator[Triple]:
    node, own = iris.body(body.key), iris.ontology
    yield node, RDF.type, own.Body
    yield node, RDF.type, own[body.kind]
    yield node, RDF.type, ORG.Organization
    yield from _names(iris, node, body.names)
    yield node, DCTERMS.source, iris.authority_source(OWN)
    yield from _wikidata(iris, node, body.wikidata)
    if body.parent and body.kind == "Institute":
        yield node, ORG.memberOf, iris.body(body.parent)
    elif body.parent:
        yield node, ORG.subOrganizationOf, iris.body(body.parent)
        if body.kind in UNITS:
            yield node, ORG.unitOf, iris.body(body.parent)
    if body.linked_to:
        yield node, ORG.linkedTo, iris.body(body.linked_to)
    if body.treaty:
        yield node, own.servesTreaty, iris.treaty(body.treaty)
    if body.established_under:
        yield node, own.establishedUnder, provision_iri(iris, *body.established_under)
    if body.founded_by:
        yield node, own.foundedBy, decision_iri(iris, body.founded_by)


def _treaty(iris: Iris, treaty: Treaty) -> Iterator[Triple]:
    node, own = iris.treaty(treaty.key), iris.ontology
    yield node, RDF.type, own.Treaty
    yield node, RDF.type, own[treaty.kind]
    yield from _names(iris, node, treaty.names)
    yield node, DCTERMS.source, iris.authority_source(treaty.source)
    if treaty.supplements:
        yield node, FRBR.supplementOf, iris.treaty(treaty.supplements)
    for number, fact in enumerate(treaty.facts, start=1):
        value = (
            iris.document(str(fact.value))
            if fact.property in DOCUMENT_VALUED
            else _literal(fact.value)
        )
        yield from _addition(iris, node, own[fact.property], value, fact.source, number)
    for article in treaty.articles:
        yield from _article(iris, treaty, article)
    for gist in treaty.gists:
        provision = provision_iri(iris, treaty.key, gist.article, gist.provision)
        for number, (language, text) in enumerate(gist.text.items(), start=1):
            words = Literal(text, lang=language)
            yield from _addition(
                iris, provision, DCTERMS.description, words, treaty.source, number
            )


def _article(iris: Iris, treaty: Treaty, article: Article) -> Iterator[Triple]:
    node = provision_iri(iris, treaty.key, article.number)
    yield from _provision(iris, treaty, article, "")
    yield node, ELI.is_part_of, iris.treaty(treaty.key)
    yield node, ELI.number, Literal(str(article.number))
    yield node, DCTERMS.title, Literal(article.heading, lang="en")
    for provision in article.provisions:
        # "1(a)(i)" is part of "1(a)", which is part of "1", which is part of the article
        parent, last = re.fullmatch(r"(.*?)\(?(\w+)\)?", provision, re.DOTALL).groups()
        inner = provision_iri(iris, treaty.key, article.number, provision)
        yield from _provision(iris, treaty, article, provision)
        yield inner, ELI.is_part_of, provision_iri(iris, treaty.key, article.number, parent)
        yield inner, ELI.number, Literal(last)
