"""What a SPARQL query says about itself, found without parsing it, and whether it may go on.

The engine offers no parser apart from evaluation, and parsing is itself a hazard in it: some
thousand nested brackets end the process, a chain of joins costs the cube of its length, and
``SERVICE`` goes out to the network with no switch to stop it. So every query is first cut into
tokens here, in one pass, and refused if it could do any of that. Nothing is decided by looking for
words in the text: a keyword may stand in a string, and the engine reads keywords that are glued to
their neighbours (``SERVICEex:y{``).

Where SPARQL's own rule, the longest token wins, and the engine's grammar could read a text
differently, the text is refused: a difference is where a ``SERVICE`` would hide.

Source: SPARQL 1.1 Query Language, 19.8 (grammar); the terminals keep their names from there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import pairwise

from untocgraph.graph.errors import QuerySyntax
from untocgraph.graph.query.rewrite import edits_of
from untocgraph.graph.query.tokens import CLOSERS, OPENERS, Edit, Kind, Token, refusal, tokens


class QueryForm(Enum):
    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"

    @property
    def is_graph(self) -> bool:
        """Whether the answer is triples; else it is rows, or a yes or no."""
        return self in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a query may be, so that parsing and planning it stay below about 0.15 s.

    Found by measuring the engine (pyoxigraph 0.5.13) on families of queries of growing size. All
    queries of the W3C test suites pass.
    """

    characters: int = 200_000
    tokens: int = 4_000  # VALUES and IN lists apart
    data: int = 20_000  # tokens in VALUES and IN lists
    commas: int = 10_000  # between arguments and in IN lists
    nesting: int = 48  # brackets of all kinds inside each other; at 1,024 the engine crashes
    doublings: int = 10  # constructs inside each other that the engine reads or plans twice
    joined: int = 64  # things that the planner puts in order: its time grows with the cube
    operators: int = 400
    clauses: int = 256  # OPTIONAL, FILTER, BIND and their like


USUAL = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a query says about itself."""

    form: QueryForm
    prologue: str  # the text before the form: BASE and PREFIX
    default_graphs: tuple[str, ...]  # FROM, each IRI as written: "<g>" or "ex:g"
    named_graphs: tuple[str, ...]  # FROM NAMED
    repeatable: bool  # evaluated again on the same data, it has the same answer
    edits: tuple[Edit, ...] = ()  # with which our own engine is asked (`graph.query.rewrite`)

    @property
    def names_dataset(self) -> bool:
        return bool(self.default_graphs or self.named_graphs)


_PROLOGUE = {"BASE", "PREFIX", "VERSION"}
_UPDATES = {
    "INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH",
}  # fmt: skip
_CLAUSES = {
    "UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "EXISTS", "GRAPH", "SELECT", "VALUES",
    "LATERAL", "AS",
}  # fmt: skip
# The engine first tries these with one argument more, then reads all arguments again.
_READ_TWICE = {"SUBSTR", "REGEX", "REPLACE", "GROUP_CONCAT"}
_VOLATILE = {"RAND", "NOW", "UUID", "STRUUID", "BNODE"}
_OPERATORS = {"||", "&&", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "!", "^", "|", "?"}


def scan(query: str, bounds: Bounds = USUAL) -> Scan:
    """What *query* says about itself, if it may go on to the engine.

    Raises QuerySyntax, with line and column, for a text that is no query: an update, a SERVICE in
    any spelling, a prefix that is not declared, a character that SPARQL does not have, anything
    past *bounds*. A query that passes may still be refused by the engine's parser.
    """
    if len(query) > bounds.characters:
        raise QuerySyntax(
            f"The query has {len(query):,} characters; this server takes {bounds.characters:,}."
        )
    found = tokens(query, at_most=bounds.tokens + bounds.data)
    _refuse_service(query, found)
    first = _first_of_form(query, found)
    _refuse_undeclared(query, found, first)
    default_graphs, named_graphs = _dataset(query, found, first)
    _refuse_too_much(query, found[first:], bounds)
    return Scan(
        form=QueryForm(found[first].keyword),
        prologue=query[: found[first].start],
        default_graphs=default_graphs,
        named_graphs=named_graphs,
        repeatable=_is_repeatable(found[first:]),
        edits=edits_of(found[first:]),
    )


# SERVICE


def _refuse_service(query: str, found: Sequence[Token]) -> None:
    if "service" not in query.lower():
        return
    before = None
    for token in found:
        if token.kind is Kind.IRI and _may_be_less_than(token, before):
            raise refusal(
                query,
                token.start,
                "This < can open an IRI or mean 'less than'. Write a space after it if it means "
                "'less than', else the whole IRI with its scheme.",
            )
        if _may_hold_service(token):
            what = (
                "This server does not fetch from others: SERVICE can stand in a query for a search "
                "of words only, written as the page /search shows."
            )
            if token.kind is not Kind.WORD:
                what += f" If {token.text!r} is a name of yours, rename it or write its IRI in <>."
            raise refusal(query, token.start, what)
        before = token


def _may_hold_service(token: Token) -> bool:
    """Whether the engine may read a keyword SERVICE somewhere in *token*."""
    if token.kind in (Kind.IRI, Kind.STRING, Kind.VARIABLE):
        return False
    text = token.text.lower()
    if token.kind is Kind.NAME:
        # The engine ends a name at its second dot: in ex:a.b.SERVICE it reads a keyword.
        prefix, _, local = text.partition(":")
        return "service" in prefix or "service" in local.partition(".")[2]
    return "service" in text


def _may_be_less_than(iri: Token, before: Token | None) -> bool:
    """Whether *iri* may be a comparison whose reading would change what follows it.

    In ``?a<'b&&?c>' … '`` the engine reads a string where the longest token is an IRI. That
    matters only where a quotation mark or a comment would start inside, and it cannot be if two
    slashes come before: an expression holds none.
    """
    head = re.split(r"['#]", iri.text, maxsplit=1)[0]
    if head == iri.text or "//" in head or before is None:
        return False
    if before.kind is Kind.WORD:
        return before.keyword.endswith(("TRUE", "FALSE"))
    if before.kind is Kind.MARK:
        return before.text in CLOSERS or before.text == "<"
    return True


# The parts of a query


def _first_of_form(query: str, found: Sequence[Token]) -> int:
    """Index of the token that says the form: the first word after the prologue."""
    index = 0
    while index < len(found) and found[index].keyword in _PROLOGUE:
        index += 3 if found[index].keyword == "PREFIX" else 2
    if index >= len(found):
        raise QuerySyntax("The query is empty: write SELECT, ASK, CONSTRUCT or DESCRIBE.")
    token = found[index]
    if token.keyword in QueryForm.__members__:
        return index
    if token.keyword in _UPDATES:
        raise refusal(
            query, token.start, f"{token.keyword} is an update; this server answers queries only."
        )
    start = re.match("SELECT|ASK|CONSTRUCT|DESCRIBE|PREFIX|BASE", token.text.upper())
    if start:
        raise refusal(query, token.start, f"Write a space after {start[0]}.")
    raise refusal(
        query,
        token.start,
        f"A query starts with SELECT, ASK, CONSTRUCT or DESCRIBE, after BASE and PREFIX; "
        f"this one starts with {token.text[:40]!r}.",
    )


def _is_repeatable(found: Sequence[Token]) -> bool:
    """Whether *found*, from the form on, has no function and no template that gives new values."""
    if any(token.keyword in _VOLATILE for token in found):
        return False
    if found[0].keyword != "CONSTRUCT":
        return True
    # A template has no braces inside; in the short form it is the pattern, and follows WHERE.
    end = next((at for at, token in enumerate(found) if token.text == "}"), len(found))
    return not any(token.kind is Kind.BLANK or token.text in ("[", "(") for token in found[:end])


def _refuse_undeclared(query: str, found: Sequence[Token], first: int) -> None:
    """The engine says of a prefix that is not declared mostly that some keyword was expected."""
    declared = {name.text for word, name in pairwise(found[:first]) if word.keyword == "PREFIX"}
    for before, token in pairwise(found[max(0, first - 1) :]):
        if token.kind is not Kind.NAME:
            continue
        prefix = token.text[: token.text.index(":") + 1]
        if prefix in declared:
            continue
        if before.text == "<" and before.end == token.start:
            what = "The IRI is not closed, or holds a character that must be escaped with %."
            raise refusal(query, before.start, what)
        raise refusal(
            query,
            token.start,
            f"The prefix {prefix} is not declared: start the query with PREFIX {prefix} <…> , "
            "or write the IRI in <>.",
        )


def _dataset(
    query: str, found: Sequence[Token], first: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The IRIs after FROM and after FROM NAMED, as written."""
    default: list[str] = []
    named: list[str] = []
    depth = 0
    for index, token in enumerate(found[first:], first):
        depth += (token.text in "({[") - (token.text in ")}]") if token.kind is Kind.MARK else 0
        if token.keyword == "FROM":
            is_named = index + 1 < len(found) and found[index + 1].keyword == "NAMED"
            after = found[index + 1 + is_named : index + 2 + is_named]
            if not after or after[0].kind not in (Kind.IRI, Kind.NAME):
                raise refusal(
                    query, token.start, "The IRI of a graph stands after FROM or FROM NAMED."
                )
            (named if is_named else default).append(after[0].text)
        elif token.text.upper().startswith("FROM") and depth <= 0:  # the engine reads FROMex:g
            if token.kind in (Kind.WORD, Kind.NAME):
                raise refusal(
                    query,
                    token.start,
                    "Write a space after FROM; no prefix may start with it here.",
                )
    return tuple(default), tuple(named)


# Size


class _Inside(Enum):
    """What stands inside a bracket, as far as its cost goes."""

    PATTERN = auto()  # { }, [ ] and << >>: what they hold is joined
    LIST = auto()  # ( ) as a term: each member stands for two triples
    EXPRESSION = auto()  # any other ( )
    DATA = auto()  # of VALUES and IN: cheap
    TEMPLATE = auto()  # of CONSTRUCT: never joined


@dataclass(slots=True)
class _Open:
    mark: str
    inside: _Inside
    doubles: bool = False


@dataclass(slots=True)
class _Size:
    """Adds up, token by token, what `Bounds` limits; the names are the same, and none falls."""

    tokens: int = 0
    data: int = 0
    commas: int = 0
    nesting: int = 0
    doublings: int = 0
    joined: int = 0
    operators: int = 0
    clauses: int = 0
    before: Token | None = None
    stack: list[_Open] = field(default_factory=list)
    hidden: int = 0  # brackets left open inside what was read as an IRI, and may be none
    doubling: int = 0  # constructs of the kind that are open
    awaits_data: bool = False  # between VALUES and its {

    def add(self, token: Token) -> None:
        inside = self.stack[-1].inside if self.stack else None
        if inside is _Inside.DATA:
            self.data += 1
        else:
            self.tokens += 1
        starts_member = token.kind is not Kind.MARK or token.text in OPENERS
        if inside is _Inside.LIST and starts_member and not self._after_path_mark:
            self.joined += 2
        if token.kind is Kind.MARK:
            self._add_mark(token.text, inside)
        elif token.kind is Kind.IRI:
            opened = token.text.count("(") + token.text.count("[")
            closed = token.text.count(")") + token.text.count("]")
            self.nesting = max(self.nesting, len(self.stack) + self.hidden + opened)
            self.hidden += max(0, opened - closed)
        elif token.keyword in _CLAUSES:
            self.clauses += 1
            self.awaits_data |= token.keyword == "VALUES"
            if token.keyword == "SELECT" and self.stack and not self.stack[-1].doubles:
                self.stack[-1].doubles = True  # the planner doubles its work for some
                self._double(1)
        self.before = token

    def _add_mark(self, mark: str, inside: _Inside | None) -> None:
        if mark in OPENERS:
            opened = _Open(mark, self._what_opens(mark, inside), self._keyword in _READ_TWICE)
            self.stack.append(opened)
            self.nesting = max(self.nesting, len(self.stack) + self.hidden)
            self._double(opened.doubles)
            self.joined += opened.inside is _Inside.PATTERN
        elif mark in CLOSERS and self.stack and self.stack[-1].mark == CLOSERS[mark]:
            self.doubling -= self.stack.pop().doubles
        elif mark == "," and inside in (_Inside.EXPRESSION, _Inside.LIST, _Inside.DATA):
            self.commas += 1
        elif mark == "/" or (mark in ".;," and inside is _Inside.PATTERN):
            self.joined += 1
        elif mark in _OPERATORS:
            self.operators += 1

    def _double(self, more: int) -> None:
        self.doubling += more
        self.doublings = max(self.doublings, self.doubling)

    def _what_opens(self, mark: str, inside: _Inside | None) -> _Inside:
        if inside in (_Inside.DATA, _Inside.TEMPLATE):
            return inside
        if mark != "(":
            if mark == "{" and self.awaits_data:
                self.awaits_data = False
                return _Inside.DATA
            return _Inside.TEMPLATE if self._keyword == "CONSTRUCT" else _Inside.PATTERN
        if self._keyword == "IN":
            return _Inside.DATA
        after_a_term = self._keyword in ("", "A", "TRUE", "FALSE") and not self.awaits_data
        if after_a_term and inside in (_Inside.PATTERN, _Inside.LIST):
            return _Inside.LIST
        return _Inside.EXPRESSION

    @property
    def _keyword(self) -> str:
        return self.before.keyword if self.before else ""

    @property
    def _after_path_mark(self) -> bool:
        """In parentheses, what stands after these is a step of a path or an argument, no member."""
        return self.before is not None and self.before.text in ("/", "|", "^", "!", ",")


# Each field of Bounds that a token can pass, and what to do then.
_TOO_MUCH = {
    "tokens": "The query has more than {:,} words and signs; shorten it, or split it in two.",
    "data": "VALUES and IN hold more than {:,} words and signs; ask in several queries.",
    "commas": "The query has more than {:,} commas between arguments; ask in several queries.",
    "nesting": "Brackets stand more than {:,} deep in each other; write the query flatter.",
    "doublings": "Subqueries, SUBSTR, REGEX, REPLACE and GROUP_CONCAT stand more than {:,} deep in "
    "each other; write the query flatter.",
    "joined": "The query joins more than {:,} triple patterns, groups and path steps; split it in "
    "two.",
    "operators": "The query has more than {:,} operators; use IN or VALUES, or split it in two.",
    "clauses": "The query has more than {:,} clauses like OPTIONAL, FILTER and BIND; split it in "
    "two.",
}


def _refuse_too_much(query: str, found: Sequence[Token], bounds: Bounds) -> None:
    size = _Size()
    for token in found:
        size.add(token)
    if _passed(size, bounds):  # where, is found out for those alone who are to be told
        size = _Size()
        for token in found:
            size.add(token)
            for name in _passed(size, bounds):
                what = _TOO_MUCH[name].format(getattr(bounds, name))
                raise refusal(query, token.start, what)


def _passed(size: _Size, bounds: Bounds) -> list[str]:
    return [name for name in _TOO_MUCH if getattr(size, name) > getattr(bounds, name)]
