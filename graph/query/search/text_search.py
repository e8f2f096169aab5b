"""Text search in a query: what is found stands in the place of the ``SERVICE`` that asks for it.

    PREFIX search: <{base}search#>
    SELECT ?thing ?score {
      SERVICE <{base}search> { ?thing search:words "技术援助" ; search:score ?score }
      ?thing a … }

That is plain SPARQL 1.1, which every client can write, and it works with any store: before a query
is scanned and evaluated, each such block becomes a VALUES with what was found. No other SERVICE
passes, for what is left is scanned as any query is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from untocgraph.graph.errors import QuerySyntax
from untocgraph.graph.query.scan import USUAL as USUAL_BOUNDS
from untocgraph.graph.query.scan import Bounds, Scan, scan
from untocgraph.graph.query.search.expression import NothingToSearch
from untocgraph.graph.query.search.text_index import Hit, SearchTooSlow, search
from untocgraph.graph.query.tokens import Kind, Token, position, tokens

USUAL = 1000  # things that a block finds unless it says otherwise
MOST = 10_000
TELLS = ("score", "text", "property")  # what a variable may be given beside the thing
HOW = (
    'Write SERVICE <{base}search> {{ ?thing <{base}search#words> "words" }} ; beside words, it '
    "takes score, text and property, each with a variable, and limit with a number up to "
    f"{MOST:,}."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One search in a query."""

    words: str
    limit: int
    variables: tuple[tuple[str, str], ...]  # "?name", and what it is given: "thing" or one of TELLS
    written: str  # as it stands in the query

    def values(self, hits: tuple[Hit, ...]) -> str:
        """The block as data. What follows keeps its line, and its column if nothing was found."""
        names = " ".join(name for name, _ in self.variables)
        rows = " ".join(
            f"({' '.join(cell(hit, what) for _, what in self.variables)})" for hit in hits
        )
        data = f"VALUES ({names}) {{ {rows} }}"
        *lines, last = self.written.split("\n")
        if not lines:
            return data.ljust(len(last))
        return data + "\n" * len(lines) + " " * len(last)


@dataclass(frozen=True, slots=True)
class Separated:
    """A query, cut at its searches."""

    texts: tuple[str, ...]  # one more than blocks
    blocks: tuple[Block, ...]

    @property
    def skeleton(self) -> str:
        """The query as if nothing was found: what is to be scanned."""
        return self._filled(() for _ in self.blocks)

    def filled(self, index: Path | None) -> str:
        """The query with what is found in *index*.

        Raises QuerySyntax for a search that cannot be made.
        """
        return self._filled(found(block, index) for block in self.blocks)

    def _filled(self, hits: Iterable[tuple[Hit, ...]]) -> str:
        pieces = [self.texts[0]]
        for block, those, text in zip(self.blocks, hits, self.texts[1:], strict=True):
            pieces += [block.values(those), text]
        return "".join(pieces)


def found(block: Block, index: Path | None) -> tuple[Hit, ...]:
    if index is None:
        raise QuerySyntax("There are no texts to search in here.")
    try:
        return search(index, block.words, limit=block.limit).found
    except (NothingToSearch, SearchTooSlow) as error:
        raise QuerySyntax(str(error)) from None


def cell(hit: Hit, what: str) -> str:
    match what:
        case "thing":
            return str(NamedNode(hit.text.thing))
        case "score":
            return str(Literal(hit.score))
        case "property":
            return str(NamedNode(hit.text.property))
        case _:
            return str(Literal(hit.text.text, language=hit.text.language or None))


def read_query(query: str, base: str, bounds: Bounds = USUAL_BOUNDS) -> tuple[Separated, Scan]:
    """What is asked, and what it says about itself, if it may go on to the engine.

    Raises QuerySyntax, as `graph.query.scan.scan` does, and for a search that is not written well.
    """
    separated = separate(query, base, bounds)
    return separated, scan(separated.skeleton, bounds)


def separate(query: str, base: str, bounds: Bounds) -> Separated:
    if len(query) > bounds.characters:
        return Separated((query,), ())  # refused for that
    if "service" not in query.lower() or "search" not in query.lower():
        return Separated((query,), ())
    reader = Reader(query, base, tokens(query, at_most=bounds.tokens + bounds.data))
    texts, blocks, at = [], [], 0
    while (start := reader.next_service()) is not None:
        block = reader.block(start)
        texts.append(query[at : start.start])
        blocks.append(block)
        at = start.start + len(block.written)
    return Separated((*texts, query[at:]), tuple(blocks))


class Reader:
    """Reads searches from the tokens of a query, one after the other."""

    def __init__(self, query: str, base: str, found: list[Token]) -> None:
        self._query = query
        self._base = base
        self._tokens = found
        self._at = 0
        self._prefixes = prefixes(found, base)

    def next_service(self) -> Token | None:
        """The SERVICE of the next search, which is read up to its brace; None if there is none."""
        while self._at < len(self._tokens):
            first = self._take()
            if first.keyword != "SERVICE":
                continue
            at = self._at + (self._peek().keyword == "SILENT")
            if at < len(self._tokens) and self._iri(self._tokens[at]) == f"{self._base}search":
                self._at = at + 1
                return first
        return None

    def block(self, start: Token) -> Block:
        self._expect("{")
        thing = self._take()
        if thing.kind is not Kind.VARIABLE:
            raise self._refused(thing)
        words: str | None = None
        limit = USUAL
        variables = [(thing.text, "thing")]
        while True:
            property = self._take()
            what = (self._iri(property) or "").removeprefix(f"{self._base}search#")
            value = self._take()
            if what == "words" and value.kind is Kind.STRING and words is None:
                words = string(value.text)
            elif what == "limit" and value.kind is Kind.NUMBER and value.text.isdecimal():
                limit = min(int(value.text), MOST)
            elif what in TELLS and value.kind is Kind.VARIABLE:
                variables.append((value.text, what))
            else:
                raise self._refused(value if what in ("words", "limit", *TELLS) else property)
            while self._peek().text in (";", "."):
                self._take()
            if self._peek().text == "}":
                break
        end = self._expect("}")
        named = [name.lstrip("?$") for name, _ in variables]
        if words is None or len(set(named)) < len(named):
            raise self._refused(end)
        return Block(
            words=words,
            limit=limit,
            variables=tuple(variables),
            written=self._query[start.start : end.end],
        )

    def _peek(self) -> Token:
        end = Token(Kind.MARK, "", len(self._query))
        return self._tokens[self._at] if self._at < len(self._tokens) else end

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, mark: str) -> Token:
        token = self._take()
        if token.text != mark:
            raise self._refused(token)
        return token

    def _iri(self, token: Token) -> str | None:
        if token.kind is Kind.IRI:
            return resolved(token, self._base)
        if token.kind is Kind.NAME:
            prefix, _, local = token.text.partition(":")
            return self._prefixes[prefix] + local if prefix in self._prefixes else None
        return None

    def _refused(self, token: Token) -> QuerySyntax:
        line, column = position(self._query, token.start)
        what = (
            f"{token.text!r} cannot stand here in a search."
            if token.text
            else "A search ends here."
        )
        return QuerySyntax(f"{what} {HOW.format(base=self._base)}", line, column)


def prefixes(found: list[Token], base: str) -> dict[str, str]:
    """What each prefix stands for."""
    return {
        name.text[:-1]: resolved(iri, base)
        for word, name, iri in zip(found, found[1:], found[2:], strict=False)
        if word.keyword == "PREFIX" and name.kind is Kind.NAME and iri.kind is Kind.IRI
    }


def resolved(iri: Token, base: str) -> str:
    """An IRI as it is meant. An empty fragment stays, which `urljoin` takes away."""
    written = iri.text[1:-1]
    return urljoin(base, written) + "#" * (written.endswith("#"))


def string(written: str) -> str:
    """The value of a string as SPARQL writes it, which is as Turtle does."""
    (triple,) = parse(f"<x:> <x:> {written} .", format=RdfFormat.TURTLE)
    assert isinstance(triple.object, Literal)
    return triple.object.value
