"""The index of a release's words, in SQLite's FTS5: made with the release.

A row of the index is a thing, with its own texts, with the names of all that it names, in every
language, and with which things these are. So a text in Chinese that calls an office by its short
name is found by its acronym and by its full name in French. All is folded
(`graph.languages.folding`); a Chinese character is a token, and a word is a phrase of them; other
words are stemmed as English. `graph.query.search.text_index` reads the index.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from untocgraph.graph.iris import Iris
from untocgraph.graph.languages.folding import Word, fold, words
from untocgraph.graph.rdf.prefixes import PREFIXES

TOKENS = "porter unicode61 remove_diacritics 0"  # how FTS5 reads a text that is folded already
APART = " \ue000 "  # a token that folds away, so nobody asks for it: no phrase goes across it
SHORT = 4  # letters of an acronym that may be another word in small letters (WHO, UN)

SCHEMA = f"""
CREATE TABLE thing (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, weight REAL NOT NULL);
CREATE TABLE text (
  id INTEGER PRIMARY KEY, thing INTEGER NOT NULL REFERENCES thing, property TEXT NOT NULL,
  language TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX text_of ON text (thing);
-- What a thing names, and with which words; none if that is not known.
CREATE TABLE link (
  thing INTEGER NOT NULL REFERENCES thing, named INTEGER NOT NULL REFERENCES thing,
  property TEXT NOT NULL, words TEXT NOT NULL
);
CREATE INDEX link_of ON link (thing);
CREATE TABLE name (
  first TEXT NOT NULL, words TEXT NOT NULL, thing INTEGER NOT NULL REFERENCES thing,
  acronym INTEGER NOT NULL, state INTEGER NOT NULL
);
CREATE INDEX name_by_first ON name (first);
CREATE INDEX name_of ON name (thing);
CREATE VIRTUAL TABLE words USING fts5(itself, own, names, named, content='', tokenize='{TOKENS}');
CREATE VIRTUAL TABLE texts USING fts5(own, content='', tokenize='{TOKENS}');
"""

# How much more people look for things of a class than for others, by the end of its IRI.
WEIGHTS = {
    "Recommendation": 8.0, "NumberedParagraph": 6.0, "Report": 5.0, "Norm": 4.0, "Information": 4.0,
    "ReportedView": 4.0, "Section": 3.0, "AgendaItem": 3.0, "Body": 3.0, "State": 3.0,
    "Treaty": 3.0, "Instrument": 3.0, "Programme": 3.0, "Tool": 3.0, "Document": 2.0,
    "Decision": 2.0, "Person": 2.0, "Concept": 1.5, "EnglishRendering": 0.1, "Dataset": 0.1,
    "NodeShape": 0.3,
}  # fmt: skip
NAMED = frozenset(
    {"Body", "Decision", "Document", "Instrument", "Person", "Programme", "ProtocolSet", "State",
     "Tool", "Treaty"}
)  # fmt: skip
# Of these a thing has the labels that it names, though no text says them: topics, conditions, …
CLASSED = NAMED | {"Concept", "TreatyProvision"}


@dataclass(frozen=True, slots=True)
class Text:
    """Words of the graph about a thing."""

    thing: str  # IRI
    property: str  # IRI
    language: str  # tag, empty if it has none
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """That a thing names another."""

    named: str  # IRI
    property: str  # IRI
    words: str  # with which it does, if these are known


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a text may hold, as it is folded."""

    words: tuple[str, ...]
    thing: int
    acronym: bool  # so short that it counts in capitals only
    state: bool  # of a State, which is no part of another State's name


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text, by the numbers of its first word and of the one behind it."""

    start: int
    end: int
    name: Name


class Names:
    """Finds names in a text, longest first."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._by_first: dict[str, list[Name]] = defaultdict(list)
        for name in names:
            self._by_first[name.words[0]].append(name)
        for those in self._by_first.values():
            those.sort(key=lambda name: (-len(name.words), name.words, name.thing))

    def find(self, said: Sequence[Word], original: str | None = None) -> Iterator[Found]:
        """Every name in the words of *original*, those inside longer ones too, in order.

        Without *original* a short acronym is found in small letters as well.
        """
        plain = tuple(word.text for word in said)
        for start, first in enumerate(plain):
            for name in self._by_first.get(first, ()):
                end = start + len(name.words)
                if plain[start:end] == name.words and not (
                    name.acronym
                    and original is not None
                    and not original[said[start].start : said[start].end].isupper()
                ):
                    yield Found(start, end, name)

    def named(self, text: str) -> frozenset[int]:
        """The things that *text* names. A State inside the name of another is not named."""
        found = list(self.find(list(words(fold(text))), text))
        states = [each for each in found if each.name.state]
        return frozenset(
            each.name.thing
            for each in found
            if not each.name.state or not any(_inside(each, longer) for longer in states)
        )


def _inside(one: Found, other: Found) -> bool:
    return (
        other.start <= one.start
        and one.end <= other.end
        and other.end - other.start > one.end - one.start
        and other.name.thing != one.name.thing
    )


def searched(iris: Iris) -> frozenset[str]:
    """The properties whose values are words for people."""
    names = {
        "rdfs": ("label", "comment"),
        "skos": ("prefLabel", "altLabel", "definition", "scopeNote", "historyNote"),
        "dcterms": ("title", "description"),
        "foaf": ("name",),
        "sh": ("resultMessage",),
    }
    foreign = {PREFIXES[prefix] + name for prefix, those in names.items() for name in those}
    own = (iris.ontology.text, iris.ontology.englishText, iris.ontology.formerName)
    return frozenset(foreign | {str(term) for term in own})


def naming(iris: Iris) -> frozenset[str]:
    """The properties whose values are names. One that is hidden is known, and never shown."""
    foreign = {
        "rdfs": ("label",),
        "skos": ("prefLabel", "altLabel", "hiddenLabel"),
        "foaf": ("name",),
    }
    found = {PREFIXES[prefix] + name for prefix, those in foreign.items() for name in those}
    return frozenset(found | {str(iris.ontology.formerName)})


@dataclass(slots=True)
class Gathered:
    """What the graph says that concerns the index."""

    texts: dict[str, list[Text]] = field(default_factory=lambda: defaultdict(list))
    names: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    kinds: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # ends of IRIs
    links: dict[str, list[Link]] = field(default_factory=lambda: defaultdict(list))


def gather(quads: Iterable[Quad], base: str) -> Gathered:
    """Texts, names and links in *quads*.

    The English of a passage is a text of the passage, and what a recommendation says is the text of
    the paragraph that expresses it, and what its norms name. The whole text of a source is left
    out: its paragraphs are in.
    """
    reader = _Reader(base)
    for quad in quads:
        if isinstance(quad.subject, NamedNode):
            reader.read(quad.subject.value, quad.predicate.value, quad.object)
    return reader.gathered()


class _Reader:
    def __init__(self, base: str) -> None:
        self.iris = Iris(base)
        terms, rdf, oa = self.iris.ontology, PREFIXES["rdf"], PREFIXES["oa"]
        self.searched, self.naming = searched(self.iris), naming(self.iris)
        self.text, self.english = str(terms.text), str(terms.englishText)
        self.type = rdf + "type"
        self.rendered = str(terms.unofficialEnglish)
        self.expressed = str(terms.expressedBy)
        self.parts = {str(terms.hasNorm), str(terms.hasInformation), self.expressed}
        self.subject, self.object = rdf + "subject", rdf + "object"
        self.evidence, self.exact = str(terms.directEvidence), oa + "exact"
        self.reports, self.things = f"{base}id/report/", f"{base}id/"
        self.found = Gathered()
        self.renders: dict[str, str] = {}  # by the IRI of an English rendering, the passage
        self.of: dict[str, str] = {}  # of a fact
        self.value: dict[str, str] = {}  # of a fact
        self.spans: dict[str, list[str]] = defaultdict(list)  # of a fact
        self.quotes: dict[str, str] = {}  # of a span

    def read(self, subject: str, predicate: str, value: object) -> None:
        if isinstance(value, Literal):
            if predicate in self.searched:
                text = Text(subject, predicate, value.language or "", value.value)
                self.found.texts[subject].append(text)
            if predicate in self.naming:
                self.found.names[subject][value.value] = None
            if predicate == self.exact:
                self.quotes[subject] = value.value
        elif not isinstance(value, NamedNode):
            return
        elif predicate == self.type:
            self.found.kinds[subject].add(re.split("[#/]", value.value)[-1])
        elif predicate == self.subject:
            self.of[subject] = value.value
        elif predicate == self.object:
            self.value[subject] = value.value
        elif predicate == self.evidence:
            self.spans[subject].append(value.value)
        elif predicate == self.rendered:
            self.renders[value.value] = subject
        elif subject.startswith(self.reports) and value.value.startswith(self.things):
            self.found.links[subject].append(Link(value.value, predicate, ""))

    def gathered(self) -> Gathered:
        found = self.found
        for source in [one for one, kinds in found.kinds.items() if "SourceText" in kinds]:
            found.texts[source] = [t for t in found.texts[source] if t.property != self.text]
        for rendering, passage in self.renders.items():
            said = [t for t in found.texts[rendering] if t.property == self.english]
            found.texts[passage] += [Text(passage, t.property, t.language, t.text) for t in said]
            found.texts[rendering] = [t for t in found.texts[rendering] if t not in said]
        quoted = self._quoted()
        own = {
            thing: [
                Link(link.named, link.property, quoted.get((thing, link.named), ""))
                for link in links
                if found.kinds.get(link.named, set()) & CLASSED
            ]
            for thing, links in found.links.items()
        }
        for thing, links in found.links.items():
            for part in [link for link in links if link.property in self.parts]:
                own[thing] += own.get(part.named, ())
                if part.property == self.expressed:
                    said = [
                        t
                        for t in found.texts[part.named]
                        if t.property in (self.text, self.english)
                    ]
                    found.texts[thing] += [
                        Text(thing, t.property, t.language, t.text) for t in said
                    ]
        found.links = {thing: list(dict.fromkeys(links)) for thing, links in own.items() if links}
        return found

    def _quoted(self) -> dict[tuple[str, str], str]:
        """The words with which one thing names another, where a fact has them for evidence."""
        found: dict[tuple[str, str], str] = {}
        for fact, spans in self.spans.items():
            if fact in self.of and fact in self.value and spans[0] in self.quotes:
                found.setdefault((self.of[fact], self.value[fact]), self.quotes[spans[0]])
        return found


def write_index(path: Path, quads: Path, base: str) -> None:
    """Write the index of the N-Quads file *quads* to *path*."""
    found = gather(parse(path=str(quads), format=RdfFormat.N_QUADS, lenient=True), base)
    things = {iri: n for n, iri in enumerate(sorted(i for i, t in found.texts.items() if t), 1)}
    named = {iri for iri in things if found.kinds[iri] & NAMED}
    names = Names(
        name for iri in named for name in _names(things[iri], found.names[iri], found.kinds[iri])
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        for iri, number in things.items():
            _write(connection, number, iri, found, things, names)
        for iri in named:
            connection.executemany(
                "INSERT INTO name VALUES (?, ?, ?, ?, ?)",
                (
                    (name.words[0], " ".join(name.words), name.thing, name.acronym, name.state)
                    for name in _names(things[iri], found.names[iri], found.kinds[iri])
                ),
            )
        for table in ("words", "texts"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        connection.commit()


def _names(thing: int, names: Iterable[str], kinds: set[str]) -> Iterator[Name]:
    for text in names:
        said = tuple(word.text for word in words(fold(text)))
        if said:
            acronym = text.isascii() and text.isupper() and len(text) <= SHORT
            yield Name(said, thing, acronym, "State" in kinds)


def _write(
    connection: sqlite3.Connection,
    number: int,
    iri: str,
    found: Gathered,
    things: Mapping[str, int],
    names: Names,
) -> None:
    """The rows of one thing."""
    kinds = found.kinds[iri]
    weight = max((WEIGHTS[kind] for kind in kinds if kind in WEIGHTS), default=1.0)
    connection.execute("INSERT INTO thing VALUES (?, ?, ?)", (number, iri, weight))
    own: dict[str, None] = {}
    for text in found.texts[iri]:
        row = (number, text.property, text.language, text.text)
        cursor = connection.execute(
            "INSERT INTO text (thing, property, language, text) VALUES (?, ?, ?, ?)", row
        )
        folded = fold(text.text).text
        connection.execute(
            "INSERT INTO texts (rowid, own) VALUES (?, ?)", (cursor.lastrowid, folded)
        )
        own[folded] = None
    links = [link for link in found.links.get(iri, ()) if link.named in things]
    connection.executemany(
        "INSERT INTO link VALUES (?, ?, ?, ?)",
        ((number, things[link.named], link.property, link.words) for link in links),
    )
    lent = {fold(name).text: None for link in links for name in found.names[link.named]}
    said = {thing for text in found.texts[iri] for thing in names.named(text.text)}
    said |= {things[link.named] for link in links}
    connection.execute(
        "INSERT INTO words (rowid, itself, own, names, named) VALUES (?, ?, ?, ?, ?)",
        (
            number,
            key(number),
            APART.join(own),
            APART.join(lent),
            " ".join(key(thing) for thing in sorted(said - {number})),
        ),
    )


def key(thing: int) -> str:
    """The token that stands for a thing in the columns `itself` and `named`."""
    return f"x{thing}"
