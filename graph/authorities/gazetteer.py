"""The authority tables: States, bodies, treaties and instruments, with the names texts give them.

The tables in ``authorities/`` are data for the whole genre, never fitted to one report. They are
read once into frozen values. Nothing here knows RDF: the parser looks names up in them, and
``reference.py`` turns them into the reference graph.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

NameKind = Literal["official", "short", "former", "variant", "misprint", "acronym", "contextual"]
NAME_KINDS: tuple[NameKind, ...] = get_args(NameKind)
ThingKind = Literal["state", "body", "treaty", "instrument"]
DecisionKind = Literal["decision", "resolution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name of one thing in one language, as texts print it."""

    language: str  # ISO 639-1
    text: str  # without title marks such as 《 》
    kind: NameKind  # "contextual": means this thing only in a text of its own circle;
    # "misprint": a slip that texts are known to make, so that what they mean is read all the same
    until: int | None = None  # last year in which a former name was official, where known


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    key: str  # ISO 3166-1 alpha-3 in lower case
    iso2: str
    iso3: str
    m49: str  # three digits, zeros kept
    wikidata: str | None  # e.g. "Q142"
    names: tuple[Name, ...]
    source: str  # key of a Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    key: str
    kind: str  # local name of its class in the ontology, e.g. "WorkingGroup"
    names: tuple[Name, ...]
    parent: str | None  # key of the body it is a part of
    linked_to: str | None  # key of a body it works with closely and must not be taken for
    treaty: str | None  # key of the treaty it serves
    symbol: str | None  # what the symbols of its documents begin with
    wikidata: str | None
    established_under: tuple[str, int] | None  # treaty and article, e.g. ("untoc", 32)
    founded_by: tuple[DecisionKind, str, str] | None  # ("decision", "untoc-cop", "2/6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article in outline. A provision is written as citations write it: "2", "2(a)", "(j)"."""

    number: int
    heading: str  # English; no authentic Chinese heading is known here
    paragraphs: int  # how many are numbered; 0 if none is
    provisions: tuple[str, ...]  # empty where the outline was not read against the treaty's text


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyFact:
    property: str  # local name of a property of the ontology
    value: str | date
    source: str  # key of a Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What one provision is about, in our own words."""

    article: int
    provision: str
    text: Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True, kw_only=True)
class Treaty:
    key: str
    kind: str  # "Convention" or "Protocol"
    names: tuple[Name, ...]
    supplements: str | None  # key of the treaty that a protocol supplements
    source: str  # key of a Source
    articles: tuple[Article, ...]
    facts: tuple[TreatyFact, ...]
    gists: tuple[Gist, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    key: str
    kind: Literal["instrument", "tool", "protocols", "programme"]
    names: tuple[Name, ...]
    developer: str | None  # key of a Body
    symbol: str | None  # the document that carries its text
    supplements: str | None  # key of the treaty whose protocols these are, together
    serves_treaty: str | None  # key of the treaty that a programme serves


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of a conference; its decisions are numbered session/number."""

    body: str
    ordinal: int
    start: date
    end: date
    report: str | None  # symbol of the document that carries its decisions
    source: str  # key of a Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact of these tables is from."""

    key: str
    reliability: Literal["read", "secondary", "own"]
    title: Mapping[str, str]  # by language
    symbol: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name that a text may print, and the thing it stands for."""

    thing: ThingKind
    key: str
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Authorities:
    """Every table, keyed by the last segment of the thing's IRI. Equal to itself only: what is
    made of it can be cached."""

    states: Mapping[str, State]
    bodies: Mapping[str, Body]
    treaties: Mapping[str, Treaty]
    instruments: Mapping[str, Instrument]
    sessions: tuple[Session, ...]
    sources: Mapping[str, Source]

    def gazetteer(self, language: str) -> tuple[Entry, ...]:
        """All names in *language*, longest first, so that no name hides a longer one.

        Names of one length come in order of text and key: the order is the same in every run.
        """
        found = (entry for entry in self._entries() if entry.name.language == language)
        return tuple(sorted(found, key=lambda e: (-len(e.name.text), e.name.text, e.key)))

    def _entries(self) -> Iterator[Entry]:
        tables: tuple[tuple[ThingKind, Mapping[str, State | Body | Treaty | Instrument]], ...] = (
            ("state", dict(self.states)),
            ("body", dict(self.bodies)),
            ("treaty", dict(self.treaties)),
            ("instrument", dict(self.instruments)),
        )
        for thing, table in tables:
            for key, value in table.items():
                for name in value.names:
                    yield Entry(thing=thing, key=key, name=name)


def label(names: tuple[Name, ...], language: str) -> str | None:
    """The first official name in *language*, None if there is none."""
    return next(
        (name.text for name in names if name.language == language and name.kind == "official"), None
    )


@cache
def load_authorities() -> Authorities:
    """The tables that ship with this package, read once."""
    states = json.loads(_text("states.json"))["states"]
    return Authorities(
        states={row["key"]: _state(row) for row in states},
        bodies={row["key"]: _body(row) for row in _table("bodies", "body")},
        treaties={row["key"]: _treaty(row) for row in _table("treaties", "treaty")},
        instruments={row["key"]: _instrument(row) for row in _table("instruments", "instrument")},
        sessions=tuple(_session(row) for row in _table("sessions", "session")),
        sources={row["key"]: _source(row) for row in _table("sources", "source")},
    )


def provision_path(provision: str) -> tuple[str, ...]:
    """What follows the article in the IRI of a provision inside it.

    >>> provision_path("1(a)(i)")
    ('paragraph', '1', 'point', 'a', 'subpoint', 'i')
    >>> provision_path("(j)")
    ('point', 'j')
    """
    paragraph, *points = re.findall(r"^\d*|[a-z]+", provision)
    head = ("paragraph", paragraph) if paragraph else ()
    steps = zip(("point", "subpoint"), points, strict=False)
    return head + tuple(part for step in steps for part in step)


def _text(name: str) -> str:
    return (files("untocgraph.graph") / "authorities" / name).read_text(encoding="utf-8")


def _table(name: str, row: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(_text(f"{name}.toml"))[row]
    return rows


def _names(row: dict[str, Any]) -> tuple[Name, ...]:
    """The nested tables names.LANGUAGE.KIND as flat names, in the order of the file."""
    return tuple(
        Name(language=language, text=text, kind=kind)
        for language, kinds in row["names"].items()
        for kind, texts in kinds.items()
        for text in texts
    )


def _state(row: dict[str, Any]) -> State:
    official = tuple(
        Name(language=language, text=text, kind="official")
        for language, text in row["names"].items()
    )
    others = tuple(
        Name(
            language=name["language"],
            text=name["name"],
            kind=name["kind"],
            until=name.get("until"),
        )
        for name in row["variants"]
    )
    return State(
        key=row["key"],
        iso2=row["iso2"],
        iso3=row["iso3"],
        m49=row["m49"],
        wikidata=row.get("wikidata"),
        names=official + others,
        source=row["source"],
    )


def _body(row: dict[str, Any]) -> Body:
    under, founder = row.get("established_under"), row.get("founded_by")
    return Body(
        key=row["key"],
        kind=row["class"],
        names=_names(row),
        parent=row.get("parent"),
        linked_to=row.get("linked_to"),
        treaty=row.get("treaty"),
        symbol=row.get("symbol"),
        wikidata=row.get("wikidata"),
        established_under=(under["treaty"], under["article"]) if under else None,
        founded_by=(founder["kind"], founder["body"], founder["number"]) if founder else None,
    )


def _treaty(row: dict[str, Any]) -> Treaty:
    return Treaty(
        key=row["key"],
        kind=row["class"],
        names=_names(row),
        supplements=row.get("supplements"),
        source=row["source"],
        articles=tuple(
            Article(
                number=article["number"],
                heading=article["heading"],
                paragraphs=article["paragraphs"],
                provisions=tuple(article.get("provisions", ())),
            )
            for article in row.get("articles", ())
        ),
        facts=tuple(TreatyFact(**fact) for fact in row.get("facts", ())),
        gists=tuple(
            Gist(article=gist["article"], provision=gist["provision"], text=gist["text"])
            for gist in row.get("gists", ())
        ),
    )


def _instrument(row: dict[str, Any]) -> Instrument:
    return Instrument(
        key=row["key"],
        kind=row["kind"],
        names=_names(row),
        developer=row.get("developer"),
        symbol=row.get("symbol"),
        supplements=row.get("supplements"),
        serves_treaty=row.get("serves"),
    )


def _session(row: dict[str, Any]) -> Session:
    return Session(**{"report": None, **row})


def _source(row: dict[str, Any]) -> Source:
    return Source(**{"symbol": None, **row})
