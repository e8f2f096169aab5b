"""Words in the texts of a release: an index in SQLite's FTS5, made with the release.

One table holds all languages. A Chinese text has no spaces, and a word of it may have any length,
so each of its characters is a token, and a word is a phrase of them; other words are stemmed as
English ones are. What is found is a thing, by the best of its texts (BM25).
"""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from untocgraph.graph.errors import GraphError
from untocgraph.graph.iris import Iris
from untocgraph.graph.rdf.prefixes import PREFIXES

LONGEST = 500  # characters of what is searched for
MOST = 32  # words and phrases of it
PATIENCE = 2.0  # seconds that a search may take
STEPS = 10_000  # of SQLite's machine between two looks at the clock
MARKS = "\x02\x03"  # around what is found; texts are freed of them

# Each of these characters is a token of its own.
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_PART = re.compile(
    r"""(?P<without>-?)(?:"(?P<a>[^"]*)"?|“(?P<b>[^”]*)”?|「(?P<c>[^」]*)」?|(?P<d>\S+))"""
)

SCHEMA = """
CREATE TABLE thing (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);
CREATE TABLE text (
  id INTEGER PRIMARY KEY, thing INTEGER NOT NULL REFERENCES thing, property TEXT NOT NULL,
  language TEXT NOT NULL, text TEXT NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(
  body, content='', tokenize='porter unicode61 remove_diacritics 2'
);
"""
# Of one thing the row whose rank is least, which is its best; SQLite gives the other columns of it.
FIND = """
WITH best AS (
  SELECT text.thing AS thing, MIN(found.rank) AS rank, text.id AS id
  FROM (SELECT rowid AS id, rank FROM words WHERE words MATCH :match) AS found
  JOIN text ON text.id = found.id
  GROUP BY text.thing
)
SELECT thing.iri, text.property, text.language, text.text, -best.rank, COUNT(*) OVER ()
FROM best JOIN text ON text.id = best.id JOIN thing ON thing.id = best.thing
ORDER BY best.rank, thing.iri LIMIT :limit OFFSET :offset
"""


class NothingToSearch(GraphError):
    """What is searched for holds no word, or too many."""


class SearchTooSlow(GraphError):
    def __init__(self) -> None:
        super().__init__(
            f"The search took more than {PATIENCE:g} seconds. Search for rarer or for fewer words."
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Words of the graph about a thing."""

    thing: str  # IRI
    property: str  # IRI
    language: str  # tag, empty if it has none
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing, with the text of it that fits best."""

    text: Text
    score: float  # the more, the better; to be compared within one search only


@dataclass(frozen=True, slots=True)
class Hits:
    total: int  # things that fit
    found: tuple[Hit, ...]  # some of them, the best first


# ---- making ----


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


def texts(quads: Iterable[Quad], base: str) -> Iterator[Text]:
    """The texts in *quads*, those of one subject together, in their order.

    The English of a passage is a text of the passage. The whole text of a source is left out: its
    paragraphs are in.
    """
    iris = Iris(base)
    terms = iris.ontology
    properties = searched(iris)
    found: list[Text] = []
    whole: set[str] = set()  # sources
    renders: dict[str, str] = {}  # by the IRI of an English rendering, the passage
    for quad in quads:
        if not isinstance(quad.subject, NamedNode):
            continue
        subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object
        if isinstance(value, Literal) and predicate in properties:
            found.append(Text(subject, predicate, value.language or "", value.value))
        elif isinstance(value, NamedNode):
            if value.value == str(terms.SourceText):
                whole.add(subject)
            if predicate == str(terms.unofficialEnglish):
                renders[value.value] = subject
    for text in found:
        if text.thing in whole and text.property == str(terms.text):
            continue
        thing = renders.get(text.thing) if text.property == str(terms.englishText) else None
        yield Text(thing or text.thing, text.property, text.language, text.text)


def write_index(path: Path, quads: Path, base: str) -> None:
    """Write the index of the N-Quads file *quads* to *path*."""
    told = texts(parse(path=str(quads), format=RdfFormat.N_QUADS, lenient=True), base)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        things: dict[str, int] = {}
        for number, text in enumerate(told, 1):
            thing = things.setdefault(text.thing, len(things) + 1)
            row = (number, thing, text.property, text.language, text.text)
            connection.execute("INSERT INTO text VALUES (?, ?, ?, ?, ?)", row)
            connection.execute(
                "INSERT INTO words (rowid, body) VALUES (?, ?)", (number, spaced(text.text))
            )
        connection.executemany(
            "INSERT INTO thing VALUES (?, ?)", ((n, iri) for iri, n in things.items())
        )
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        connection.commit()


def is_sound(path: Path) -> bool:
    """Whether there is a whole index at *path*."""
    try:
        with closing(opened(path)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except (OSError, sqlite3.DatabaseError):
        return False


# ---- finding ----


def search(path: Path, words: str, *, limit: int, offset: int = 0) -> Hits:
    """The things with *words* in one of their texts: all of them, in any order.

    A phrase stands in quotation marks, a word that must not stand there has a "-" before it.

    Raises NothingToSearch, SearchTooSlow, and OSError if there is no index at *path*.
    """
    wanted = {"match": expression(words), "limit": limit, "offset": offset}
    with closing(opened(path)) as connection:
        deadline = time.monotonic() + PATIENCE
        connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
        try:
            rows = connection.execute(FIND, wanted).fetchall()
            if not rows and offset:  # past the end nothing says how many there are
                return Hits(search(path, words, limit=1).total, ())
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise SearchTooSlow from None
            raise
    return Hits(
        rows[0][-1] if rows else 0,
        tuple(Hit(Text(*row[:4]), round(row[4], 6)) for row in rows),
    )


def opened(path: Path) -> sqlite3.Connection:
    """Raises OSError if there is no index at *path*."""
    try:
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    except sqlite3.OperationalError as error:
        raise FileNotFoundError(f"{path}: {error}") from None


def expression(words: str) -> str:
    """What *words* mean in the language of FTS5; each is quoted, so that none is a sign of it.

    >>> expression('technical "joint training" -UNODC支持')
    '("technical" AND "joint training") NOT ("UNODC 支 持")'

    Raises NothingToSearch.
    """
    if len(words) > LONGEST:
        raise NothingToSearch(
            f"A search takes {LONGEST:,} characters; this one has {len(words):,}."
        )
    wanted: list[str] = []
    unwanted: list[str] = []
    for part in _PART.finditer(words):
        text = next(text for text in part.group("a", "b", "c", "d") if text is not None)
        if any(character.isalnum() for character in text):
            phrase = '"' + " ".join(spaced(text).replace('"', " ").split()) + '"'
            (unwanted if part["without"] else wanted).append(phrase)
    if len(wanted) + len(unwanted) > MOST:
        raise NothingToSearch(f"A search takes {MOST} words and phrases; this one has more.")
    if not wanted:
        raise NothingToSearch(
            'Write at least one word to search for: 技术援助, extrabudgetary, "joint training".'
        )
    found = f"({' AND '.join(wanted)})"
    return f"{found} NOT ({' OR '.join(unwanted)})" if unwanted else found


def spaced(text: str) -> str:
    """*text* with each Chinese character between spaces, and without what could spoil an index.

    >>> spaced("向UNODC提供支持").split()
    ['向', 'UNODC', '提', '供', '支', '持']
    """
    return _CJK.sub(r" \g<0> ", re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", text))


def highlights(texts: Sequence[str], words: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Where *words* stand in each of *texts*: start and end, in code points.

    Found by the index's own rules, so that "recommending" is marked for "recommendation".
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE words USING fts5("
            "body, tokenize='porter unicode61 remove_diacritics 2')"
        )
        connection.executemany(
            "INSERT INTO words (rowid, body) VALUES (?, ?)",
            ((number, spaced(text)) for number, text in enumerate(texts)),
        )
        marked = dict(
            connection.execute(
                "SELECT rowid, highlight(words, 0, ?, ?) FROM words WHERE words MATCH ?",
                (*MARKS, expression(words)),
            ).fetchall()
        )
    return tuple(places(text, marked.get(number, "")) for number, text in enumerate(texts))


def places(text: str, marked: str) -> tuple[tuple[int, int], ...]:
    """Where the marks in *marked*, which is *text* with more spaces, stand in *text*."""
    found: list[tuple[int, int]] = []
    at = start = 0
    for character in marked:
        if character == MARKS[0]:
            start = -1
        elif character == MARKS[1]:
            if found and found[-1][1] == start:  # characters of one word
                start = found.pop()[0]
            found.append((start, at))
        elif at < len(text) and (character == text[at] or (text[at] < " " and character == " ")):
            start = at if start == -1 else start
            at += 1
    return tuple(found)
