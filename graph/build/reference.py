"""The reference graph: what others say of the things that reports name.

States, bodies, treaties with their articles, instruments and sessions come from the authority
tables; documents, decisions and persons are added as reports cite them. No node is without a label
in English and Chinese, and none but the sources themselves without a source.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rdflib import FOAF, ORG, PROV, RDF, RDFS, SDO, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from untocgraph.graph.authorities.gazetteer import (
    Article,
    Authorities,
    Body,
    DecisionKind,
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
from untocgraph.graph.iris import Iris, path

__all__ = [
    "Authorities",
    "Symbol",
    "decision_node",
    "document_node",
    "load_authorities",
    "parse_symbol",
    "person_node",
    "reference_graph",
    "session_node",
]

ELI = Namespace("http://data.europa.eu/eli/ontology#")
FRBR = Namespace("http://purl.org/vocab/frbr/core#")
WIKIDATA = Namespace("http://www.wikidata.org/entity/")
UN_DOCUMENTS = Namespace("https://docs.un.org/")

OWN = "untocgraph"  # the key of the source that is this project itself
UNITS = {"WorkingGroup", "Secretariat", "OfficeUnit"}  # kinds of bodies that are parts of one body
ISSUE_MEETING_DOCUMENTS = {"Conference", "WorkingGroup"}
DOCUMENT_VALUED = {"adoptedIn"}  # properties of treaty facts whose value is a document's symbol

HISTORY = {"en": "{name}: official name until {until}", "zh": "{name}：{until}年前的正式名称"}
KINDS: dict[DecisionKind, tuple[str, str]] = {
    "decision": ("Decision", "决定"),
    "resolution": ("Resolution", "决议"),
}

Triple = tuple[URIRef, URIRef, URIRef | Literal]


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


def reference_graph(iris: Iris, authorities: Authorities) -> Graph:
    """Everything the tables hold, with the documents and decisions that they name."""
    graph = Graph()
    _add(graph, _tables(iris, authorities))
    for symbol in sorted(_symbols(authorities)):
        document_node(graph, iris, symbol)
    for body in authorities.bodies.values():
        if body.founded_by:
            kind, founder, number = body.founded_by
            decision_node(graph, iris, founder, number, kind)
    return graph


def document_node(graph: Graph, iris: Iris, symbol: str) -> None:
    """Add a United Nations document by its symbol, with the symbol's parts where it parses."""
    _add(graph, _document(iris, symbol))


def decision_node(graph: Graph, iris: Iris, body: str, number: str, kind: DecisionKind) -> None:
    """Add a decision or resolution of a body, with the session it was taken at where we know it.

    Raises KeyError if no authority table lists *body*.
    """
    _add(graph, _decision(iris, body, number, kind))


def session_node(graph: Graph, iris: Iris, body: str, ordinal: int) -> None:
    """Add a session that a report names, by its number; what a table says of it stands already."""
    names = load_authorities().bodies[body].names
    _add(graph, _numbered_session(iris, body, ordinal, names))
    node = iris.session(body, ordinal)
    if (node, DCTERMS.source, None) not in graph:
        graph.add((node, DCTERMS.source, iris.authority_source(OWN)))


def person_node(graph: Graph, iris: Iris, name: str) -> None:
    """Add a person by the name that reports print."""
    _add(graph, _person(iris, name))


def person_key(name: str) -> str:
    """The key of a person: lower case, no diacritics, hyphens for all that is no letter.

    >>> person_key("José  O'Neill")
    'jose-o-neill'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"\W+", "-", plain.casefold()).strip("-")


def split_provision(provision: str) -> tuple[str, str]:
    """What a provision is part of inside its article, and its own number or letter.

    >>> split_provision("1(a)(i)"), split_provision("1"), split_provision("(j)")
    (('1(a)', 'i'), ('', '1'), ('', 'j'))
    """
    if provision.endswith(")"):
        parent, _, last = provision[:-1].rpartition("(")
        return parent, last
    return "", provision


def provision_iri(iris: Iris, treaty: str, article: int, provision: str = "") -> URIRef:
    """The IRI of an article, or of a provision in it, written like "2", "2(a)" or "(j)"."""
    return iris.article(treaty, article, *provision_path(provision))


def _add(graph: Graph, triples: Iterable[Triple]) -> None:
    for triple in triples:
        graph.add(triple)


def _tables(iris: Iris, authorities: Authorities) -> Iterator[Triple]:
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
        yield from _session(iris, session, authorities.bodies[session.body])


def _symbols(authorities: Authorities) -> frozenset[str]:
    """The symbols that the tables themselves name."""
    facts = (fact for treaty in authorities.treaties.values() for fact in treaty.facts)
    return frozenset(
        [str(fact.value) for fact in facts if fact.property in DOCUMENT_VALUED]
        + [source.symbol for source in authorities.sources.values() if source.symbol]
        + [session.report for session in authorities.sessions if session.report]
        + [thing.symbol for thing in authorities.instruments.values() if thing.symbol]
    )


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
    yield from _wikidata(node, state.wikidata)


def _body(iris: Iris, body: Body) -> Iterator[Triple]:
    node, own = iris.body(body.key), iris.ontology
    yield node, RDF.type, own.Body
    yield node, RDF.type, own[body.kind]
    yield node, RDF.type, ORG.Organization
    yield from _names(iris, node, body.names)
    yield node, DCTERMS.source, iris.authority_source(OWN)
    yield from _wikidata(node, body.wikidata)
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
        kind, founder, number = body.founded_by
        yield node, own.foundedBy, _decision_iri(iris, founder, number, kind)


def _treaty(iris: Iris, treaty: Treaty) -> Iterator[Triple]:
    node, own = iris.treaty(treaty.key), iris.ontology
    yield node, RDF.type, own.Treaty
    yield node, RDF.type, own[treaty.kind]
    yield from _names(iris, node, treaty.names)
    yield node, DCTERMS.source, iris.authority_source(treaty.source)
    if treaty.supplements:
        yield node, FRBR.supplementOf, iris.treaty(treaty.supplements)
    for fact in treaty.facts:
        value: URIRef | Literal = Literal(fact.value)
        if fact.property in DOCUMENT_VALUED:
            value = iris.document(str(fact.value))
        yield from _addition(iris, (node, own[fact.property], value), fact.source, 1)
    for article in treaty.articles:
        yield from _article(iris, treaty, article)
    for gist in treaty.gists:
        provision = provision_iri(iris, treaty.key, gist.article, gist.provision)
        for number, (language, text) in enumerate(gist.text.items(), start=1):
            words = (provision, DCTERMS.description, Literal(text, lang=language))
            yield from _addition(iris, words, treaty.source, number)


def _article(iris: Iris, treaty: Treaty, article: Article) -> Iterator[Triple]:
    node = provision_iri(iris, treaty.key, article.number)
    yield from _provision(iris, treaty, article, "")
    yield node, ELI.is_part_of, iris.treaty(treaty.key)
    yield node, ELI.number, Literal(str(article.number))
    yield node, DCTERMS.title, Literal(article.heading, lang="en")
    for provision in article.provisions:
        # "1(a)(i)" is part of "1(a)", which is part of "1", which is part of the article
        parent, last = split_provision(provision)
        inner = provision_iri(iris, treaty.key, article.number, provision)
        yield from _provision(iris, treaty, article, provision)
        yield inner, ELI.is_part_of, provision_iri(iris, treaty.key, article.number, parent)
        yield inner, ELI.number, Literal(last)


def _provision(iris: Iris, treaty: Treaty, article: Article, provision: str) -> Iterator[Triple]:
    node = provision_iri(iris, treaty.key, article.number, provision)
    yield node, RDF.type, iris.ontology.TreatyProvision
    yield node, DCTERMS.source, iris.authority_source(treaty.source)
    yield from _labels(
        node,
        en=f"{_english(article.number, provision)} of the {label(treaty.names, 'en')}",
        zh=f"《{label(treaty.names, 'zh')}》{_chinese(article.number, provision)}",
    )


def _english(article: int, provision: str) -> str:
    """How English texts cite a provision: "Article 26, paragraph 1 (a) (i),"."""
    paragraph, *points = _steps(provision)
    steps = [f"paragraph {paragraph}"] if paragraph else []
    inside = " ".join(steps + [f"({point})" for point in points])
    if not inside:
        return f"Article {article}"
    return f"Article {article}, {inside}," if paragraph else f"Article {article} {inside}"


def _chinese(article: int, provision: str) -> str:
    """How Chinese texts cite a provision: 第26条第1款(a)项(i)目."""
    paragraph, *points = _steps(provision)
    named = zip(points, ("项", "目"), strict=False)
    inside = f"第{paragraph}款" if paragraph else ""
    return f"第{article}条{inside}" + "".join(f"({point}){name}" for point, name in named)


def _steps(provision: str) -> list[str]:
    """Paragraph, point and sub-point of a provision; the paragraph is empty where there is none."""
    return re.findall(r"^\d*|[a-z]+", provision)


def _instrument(iris: Iris, instrument: Instrument) -> Iterator[Triple]:
    node, own = iris.instrument(instrument.key), iris.ontology
    kinds = {"instrument": own.Instrument, "tool": own.Tool, "protocols": own.ProtocolSet}
    kinds["programme"] = own.Programme
    yield node, RDF.type, kinds[instrument.kind]
    yield from _names(iris, node, instrument.names)
    yield node, DCTERMS.source, iris.authority_source(OWN)
    if instrument.developer:
        yield node, own.developedBy, iris.body(instrument.developer)
    if instrument.symbol:
        yield node, own.textIn, iris.document(instrument.symbol)
    if instrument.serves_treaty:
        yield node, own.servesTreaty, iris.treaty(instrument.serves_treaty)
    if instrument.supplements:
        yield node, FRBR.supplementOf, iris.treaty(instrument.supplements)


def _session(iris: Iris, session: Session, body: Body) -> Iterator[Triple]:
    node, own = iris.session(session.body, session.ordinal), iris.ontology
    yield from _numbered_session(iris, session.body, session.ordinal, body.names)
    yield node, SDO.startDate, Literal(session.start)
    yield node, SDO.endDate, Literal(session.end)
    yield node, DCTERMS.source, iris.authority_source(session.source)
    if session.report:
        yield node, own.reportedIn, iris.document(session.report)


def _numbered_session(
    iris: Iris, body: str, ordinal: int, names: tuple[Name, ...]
) -> Iterator[Triple]:
    node, own = iris.session(body, ordinal), iris.ontology
    yield node, RDF.type, own.Session
    yield from _labels(
        node,
        en=f"Session {ordinal} of the {label(names, 'en')}",
        zh=f"{label(names, 'zh')}第{ordinal}届会议",
    )
    yield node, own.ordinal, Literal(ordinal)
    yield node, own.heldBy, iris.body(body)


def _document(iris: Iris, symbol: str) -> Iterator[Triple]:
    node, own = iris.document(symbol), iris.ontology
    parts = parse_symbol(symbol)
    body = _body_of(parts.body) if parts else None
    yield node, RDF.type, own.Document
    if body and body.kind in ISSUE_MEETING_DOCUMENTS:
        yield node, RDF.type, own.MeetingDocument
    yield from _labels(node, en=symbol, zh=f"{symbol}号文件")
    yield node, SKOS.notation, Literal(symbol)
    yield node, RDFS.seeAlso, UN_DOCUMENTS[path(symbol)]
    yield node, DCTERMS.source, iris.authority_source(OWN)
    if body:
        yield node, own.documentOf, iris.body(body.key)
    if parts is None:
        return
    yield node, own.symbolBody, Literal(parts.body)
    yield node, own.symbolNumber, Literal(parts.number)
    if parts.year:
        yield node, own.symbolYear, Literal(str(parts.year), datatype=XSD.gYear)
    if parts.session:
        yield node, own.symbolSession, Literal(parts.session)
    if parts.series:
        yield node, own.symbolSeries, Literal(parts.series)
    for modifier in parts.modifiers:
        yield node, own.symbolModifier, Literal(modifier)


def _body_of(prefix: str) -> Body | None:
    """The body whose documents have symbols that begin like this."""
    bodies = load_authorities().bodies.values()
    return next((body for body in bodies if body.symbol == prefix), None)


def _decision(iris: Iris, body: str, number: str, kind: DecisionKind) -> Iterator[Triple]:
    node, own = _decision_iri(iris, body, number, kind), iris.ontology
    authorities = load_authorities()
    by = authorities.bodies[body]
    english, chinese = KINDS[kind]
    yield node, RDF.type, own.Decision
    if kind == "resolution":
        yield node, RDF.type, own.Resolution
    yield from _labels(
        node,
        en=f"{english} {number} of the {label(by.names, 'en')}",
        zh=f"{label(by.names, 'zh')}第{number}号{chinese}",
    )
    yield node, SKOS.notation, Literal(number)
    yield node, own.decidedBy, iris.body(body)
    yield node, DCTERMS.source, iris.authority_source(OWN)
    for session in authorities.sessions:
        if session.body == body and number.startswith(f"{session.ordinal}/"):
            yield node, own.decidedAt, iris.session(session.body, session.ordinal)
            if session.report:
                yield node, own.reportedIn, iris.document(session.report)
                yield node, DCTERMS.source, iris.authority_source(session.source)


def _decision_iri(iris: Iris, body: str, number: str, kind: DecisionKind) -> URIRef:
    return (iris.resolution if kind == "resolution" else iris.decision)(body, number)


def _person(iris: Iris, name: str) -> Iterator[Triple]:
    node = iris.person(person_key(name))
    yield node, RDF.type, FOAF.Person
    yield from _labels(node, en=name, zh=name)
    yield node, FOAF.name, Literal(name)
    yield node, DCTERMS.source, iris.authority_source(OWN)


def _addition(
    iris: Iris, fact: tuple[URIRef, URIRef, URIRef | Literal], source: str, ordinal: int
) -> Iterator[Triple]:
    """A triple with a node that says where it is from: the pattern of facts and inferences."""
    subject, predicate, value = fact
    name = re.split(r"[#/]", predicate)[-1]
    node = iris.within(URIRef(f"{subject}/{name}"), "added", ordinal)
    yield fact
    yield node, RDF.type, iris.ontology.Addition
    yield node, RDF.subject, subject
    yield node, RDF.predicate, predicate
    yield node, RDF.object, value
    yield node, DCTERMS.source, iris.authority_source(source)


def _labels(node: URIRef, *, en: str, zh: str) -> Iterator[Triple]:
    yield node, RDFS.label, Literal(en, lang="en")
    yield node, RDFS.label, Literal(zh, lang="zh")


def _names(iris: Iris, node: URIRef, names: tuple[Name, ...]) -> Iterator[Triple]:
    """One label for each language; other names beside it. Contextual names are no names of it.

    A misprint is known but never shown, which is what SKOS has hidden labels for (SKOS, 5.1).
    """
    for name in names:
        words = Literal(name.text, lang=name.language)
        if name.kind == "contextual":
            continue
        if name.text == label(names, name.language):
            yield node, RDFS.label, words
        elif name.kind == "misprint":
            yield node, SKOS.hiddenLabel, words
        else:
            yield node, SKOS.altLabel, words
        if name.kind == "former":
            yield node, iris.ontology.formerName, words
        if name.until and name.language in HISTORY:
            history = HISTORY[name.language].format(name=name.text, until=name.until)
            yield node, SKOS.historyNote, Literal(history, lang=name.language)


def _wikidata(node: URIRef, item: str | None) -> Iterator[Triple]:
    if item:
        yield node, SKOS.exactMatch, WIKIDATA[item]
