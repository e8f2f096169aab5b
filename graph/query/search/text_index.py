"""Words and names in the texts of a release: what is asked, found, marked and explained.

What is asked is cut into words, phrases and names. A word is looked for in what a thing says and in
the names of what it names; a name stands for the thing that it is a name of, so that every name of
it finds the same. What is found is a thing, by all of its texts together (BM25), with the text that
answers best, the places in it, and for what does not stand there a reason.
"""

import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from urllib.parse import quote

from untocgraph.graph.errors import GraphError
from untocgraph.graph.languages.folding import fold
from untocgraph.graph.query.search.expression import Part, Piece, expression, parted, phrase, read
from untocgraph.graph.query.search.index_writer import TOKENS, Name, Names, Text

PATIENCE = 2.0  # seconds that a search may take
STEPS = 10_000  # of SQLite's machine between two looks at the clock
MARKS = "\x02\x03"  # around what is found; a folded text has none

# The weights are those of the columns itself, own, names and named. What is asked for by its name
# stands before what only names it.
FIND = """
SELECT thing.id, thing.iri, COUNT(*) OVER (), -found.rank * thing.weight
  * IIF(thing.id IN (SELECT value FROM json_each(:itself)), 5, 1) AS score
FROM (
  SELECT rowid AS id, rank FROM words WHERE words MATCH :match AND rank MATCH 'bm25(10, 10, 2, 10)'
) AS found JOIN thing ON thing.id = found.id
ORDER BY score DESC, thing.iri LIMIT :limit OFFSET :offset
"""
TEXTS = """
SELECT text.id, text.thing, thing.iri, text.property, text.language, text.text
FROM text JOIN thing ON thing.id = text.thing
WHERE text.thing IN (SELECT value FROM json_each(?)) ORDER BY text.id
"""
LINKS = """
SELECT link.thing, link.named, thing.iri, link.property, link.words
FROM link JOIN thing ON thing.id = link.named
WHERE link.thing IN (SELECT value FROM json_each(?)) ORDER BY link.rowid
"""
NAMES = """
SELECT words, thing, acronym, state FROM name
WHERE {} IN (SELECT value FROM json_each(?)) ORDER BY rowid
"""


class SearchTooSlow(GraphError):
    def __init__(self) -> None:
        super().__init__(
            f"The search took more than {PATIENCE:g} seconds. Search for rarer or for fewer words."
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a thing was found by words that do not stand in the text that is shown of it."""

    asked: str  # as it was written
    words: str  # what stands for it: another name, or another text of the thing
    thing: str  # IRI of what has that name, or of what was found itself
    property: str  # IRI: by which the thing names that, or has the text


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing, with the text of it that fits best."""

    text: Text
    score: float  # the more, the better; to be compared within one search only
    marks: tuple[tuple[int, int], ...] = ()  # start and end of what fits in the text
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    total: int  # things that fit
    found: tuple[Hit, ...]  # some of them, the best first


def is_sound(path: Path) -> bool:
    """Whether there is a whole index at *path*."""
    try:
        with closing(opened(path)) as connection:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    except (OSError, sqlite3.DatabaseError):
        return False


def opened(path: Path) -> sqlite3.Connection:
    """Raises OSError if there is no index at *path*."""
    try:
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    except sqlite3.OperationalError as error:
        raise FileNotFoundError(f"{path}: {error}") from None


def search(path: Path, asked: str, *, limit: int, offset: int = 0, marked: bool = False) -> Hits:
    """The things that fit all words, phrases and names of *asked*, in any order.

    A phrase stands in quotation marks, a word that must not stand there has a "-" before it. With
    *marked*, hits have their marks and reasons.

    Raises NothingToSearch, SearchTooSlow, and OSError if there is no index at *path*.
    """
    parts = parted(asked)
    with closing(opened(path)) as connection:
        deadline = time.monotonic() + PATIENCE
        connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
        try:
            pieces = read(parts, known_names(connection, parts))
            itself = [thing for piece in pieces for thing in piece.things]
            wanted: dict[str, str | int] = {"match": expression(pieces), "itself": dumps(itself)}
            wanted |= {"limit": limit, "offset": offset}
            rows = connection.execute(FIND, wanted).fetchall()
            if not rows and offset:  # past the end nothing says how many there are
                first = wanted | {"limit": 1, "offset": 0}
                rows = connection.execute(FIND, first).fetchall()
                return Hits(rows[0][2] if rows else 0, ())
            shower = _Shower(connection, [row[0] for row in rows], pieces)
            shown = shower.marked(rows) if marked else shower.plain(rows)
            return Hits(rows[0][2] if rows else 0, tuple(shown))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise SearchTooSlow from None
            raise


def known_names(connection: sqlite3.Connection, parts: Sequence[Part]) -> Names:
    """The names in the index that may stand in *parts*. Acronyms count in small letters, too."""
    firsts = sorted({word.text for part in parts for word in part.words})
    rows = connection.execute(NAMES.format("first"), (dumps(firsts),))
    return Names(
        Name(tuple(said.split()), thing, bool(acronym), bool(state))
        for said, thing, acronym, state in rows
    )


# ---- what is shown of what is found ----

Row = tuple[int, str, int, float]  # of FIND
Place = tuple[int, int]  # start and end in a text, in code points


@dataclass(frozen=True, slots=True)
class _Linked:
    """What a thing names."""

    number: int
    iri: str
    property: str
    words: str


@dataclass(frozen=True, slots=True)
class _Sought:
    """A piece of what was asked, and the texts of the index that hold it."""

    piece: Piece
    names: str  # all names of what it names, in the language of FTS5; empty if it is no name
    asked: frozenset[int]  # the texts that hold it as it was asked
    named: frozenset[int]  # those that hold a name of the same thing


class _Shower:
    """Chooses, marks and explains a text of each thing that was found."""

    def __init__(
        self, connection: sqlite3.Connection, found: Sequence[int], pieces: Iterable[Piece]
    ) -> None:
        self.connection = connection
        self.texts = self._texts(found)
        wanted = [leaf for piece in pieces if not piece.without for leaf in piece.leaves]
        self.sought = [self._sought(piece) for piece in wanted]

    def _texts(self, things: Collection[int]) -> dict[int, list[tuple[int, Text]]]:
        texts: dict[int, list[tuple[int, Text]]] = {}
        for number, thing, *columns in self.connection.execute(TEXTS, (dumps(sorted(things)),)):
            texts.setdefault(thing, []).append((number, Text(*columns)))
        return texts

    def _sought(self, piece: Piece) -> _Sought:
        rows = self.connection.execute(NAMES.format("thing"), (dumps(piece.things),))
        names = " OR ".join(phrase(said.split()) for said, *_ in rows)
        return _Sought(piece, names, self._holding(piece.phrase), self._holding(names))

    def _holding(self, match: str) -> frozenset[int]:
        if not match:
            return frozenset()
        rows = self.connection.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (match,))
        return frozenset(number for (number,) in rows)

    def plain(self, rows: Sequence[Row]) -> Iterator[Hit]:
        for thing, _, _, score in rows:
            yield Hit(self._best(thing)[1], round(score, 6))

    def marked(self, rows: Sequence[Row]) -> Iterator[Hit]:
        """The hits with their marks and reasons."""
        chosen = [self._best(row[0]) for row in rows]
        texts = [text.text for _, text in chosen]
        as_asked = [highlights(texts, each.piece.phrase) for each in self.sought]
        by_name = [
            highlights(texts, each.names) if each.names else ((),) * len(texts)
            for each in self.sought
        ]
        links = self._links([row[0] for row in rows])
        named = self._texts({link.number for those in links.values() for link in those})
        for n, (row, (_, text)) in enumerate(zip(rows, chosen, strict=True)):
            marks: list[Place] = []
            reasons: list[Reason] = []
            for each, asked, other in zip(self.sought, as_asked, by_name, strict=True):
                marks += [*asked[n], *other[n]]
                if asked[n]:
                    continue
                if other[n]:
                    start, end = other[n][0]
                    whose = self._whose(each.piece)
                    found: tuple[Reason, ...] = (
                        Reason(each.piece.asked, text.text[start:end], whose, text.property),
                    )
                else:
                    found = tuple(self._elsewhere(each, row[0], text, links, named))[:1]
                    marks += [p for one in found if one.words for p in _literal(text, one.words)]
                reasons += found
            yield Hit(text, round(row[3], 6), _joined(marks), tuple(reasons))

    def _best(self, thing: int) -> tuple[int, Text]:
        """The text with most of what was asked or of its other names; the first of the best."""

        def fitness(candidate: tuple[int, Text]) -> tuple[int, int, bool]:
            number, text = candidate
            asked = [number in each.asked for each in self.sought]
            either = [number in each.named or number in each.asked for each in self.sought]
            return sum(either), sum(asked), text.property.endswith("#text")

        return max(self.texts[thing], key=fitness)

    def _links(self, things: Sequence[int]) -> dict[int, list[_Linked]]:
        links: dict[int, list[_Linked]] = {}
        for thing, *columns in self.connection.execute(LINKS, (dumps(things),)):
            links.setdefault(thing, []).append(_Linked(*columns))
        return links

    def _elsewhere(
        self,
        each: _Sought,
        thing: int,
        shown: Text,
        links: dict[int, list[_Linked]],
        named: dict[int, list[tuple[int, Text]]],
    ) -> Iterator[Reason]:
        """Why the thing fits a piece that the text which is *shown* does not hold, best first."""
        asked, own = each.piece.asked, links.get(thing, ())
        for link in own:
            if link.number in each.piece.things:
                labels = sorted(
                    (text for _, text in named.get(link.number, ())),
                    key=lambda text: text.language != shown.language,
                )
                words = link.words or (labels[0].text if labels else "")
                yield Reason(asked, words, link.iri, link.property)
        for holding in (each.asked, each.named):
            for number, text in self.texts[thing]:
                if number in holding:
                    yield Reason(asked, text.text, text.thing, text.property)
        for link in own:
            for number, text in named.get(link.number, ()):
                if number in each.asked:
                    yield Reason(asked, text.text, link.iri, link.property)

    def _whose(self, piece: Piece) -> str:
        query = "SELECT iri FROM thing WHERE id = ?"
        (iri,) = self.connection.execute(query, piece.things[:1]).fetchone()
        return str(iri)


def _literal(text: Text, words: str) -> Iterator[Place]:
    """Where *words* first stand in *text*, if they do."""
    start = text.text.find(words)
    if start >= 0:
        yield start, start + len(words)


def highlights(texts: Sequence[str], match: str) -> tuple[tuple[Place, ...], ...]:
    """Where what *match* asks stands in each of *texts*: start and end, in code points.

    Found by the index's own rules, so that "recommending" is marked for "recommendation".
    """
    folded = [fold(text) for text in texts]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE VIRTUAL TABLE texts USING fts5(own, tokenize='{TOKENS}')")
        connection.executemany(
            "INSERT INTO texts (rowid, own) VALUES (?, ?)",
            ((number, one.text) for number, one in enumerate(folded)),
        )
        marked = dict(
            connection.execute(
                "SELECT rowid, highlight(texts, 0, ?, ?) FROM texts WHERE texts MATCH ?",
                (*MARKS, match),
            ).fetchall()
        )
    return tuple(
        _joined(one.original(*place) for place in places(marked.get(number, "")))
        for number, one in enumerate(folded)
    )


def places(marked: str) -> Iterator[Place]:
    """Where the marks in *marked* stand, without counting them.

    >>> list(places("a \\x02b\\x03 \\x02c d\\x03"))
    [(2, 3), (4, 7)]
    """
    at = start = 0
    for character in marked:
        if character == MARKS[0]:
            start = at
        elif character == MARKS[1]:
            yield start, at
        else:
            at += 1


def _joined(found: Iterable[Place]) -> tuple[Place, ...]:
    """Places in order; those that touch or overlap are one, as the characters of a word are."""
    joined: list[Place] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return tuple(joined)
