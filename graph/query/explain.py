"""Why the engine could not read a query, at which word, in a sentence.

The engine's own message helps nobody. It lists character classes, and its position is off by the
length of the longest keyword that it tried, which hides what was tried later but is shorter. So
the query is read once more with wide gaps between its words: then no keyword reaches into the next
word, and the place is exact to the word.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

import pyoxigraph

from untocgraph.graph.errors import QuerySyntax
from untocgraph.graph.query.tokens import CLOSERS, OPENERS, Kind, Token, position, tokens

GAP = " " * 24  # longer than any keyword; the longest is ENCODE_FOR_URI
NEAR = 40  # characters of the query that a message repeats

_REPORT = re.compile(r"error at \d+:(\d+): expected (?:one of )?(.*)", re.DOTALL)
_EXPECTED = re.compile(
    r"""
      "(?P<mark>(?:[^"\\]|\\.)+)"
    | \[(?:'(?:\\.[^']*|[^\\])'|[^\]'])*\]     # a character class, or [_]: anything at all
    | (?P<keyword>[A-Za-z_]+)(?=,|$)
    | (?P<sentence>[A-Z][^,]*(?:,\ [a-z][^,]*)*)
    """,
    re.VERBOSE,
)


def explain(query: str, base: str, error: SyntaxError) -> QuerySyntax:
    """What to tell whoever wrote *query*, which the engine refused with *error*."""
    found = tokens(query)
    text, starts = _spread(found)
    report = _REPORT.fullmatch(_engine_says(text, base))
    if report is None:  # another version of the engine: its words are all we have
        return QuerySyntax(f"The query cannot be read: {error}.")
    offset = int(report[1]) - 1
    expected = list(_EXPECTED.finditer(report[2]))
    for item in expected:
        if sentence := item["sentence"]:
            # It was found wrong once it was read to its end.
            place = found[bisect_left(starts, offset) - 1]
            return QuerySyntax(_reworded(sentence, place), *position(query, place.start))
    offset = max((offset - len(item["keyword"] or "") for item in expected), default=offset)
    if offset >= len(text) - len(GAP):
        return _ends_early(query, found)
    place = found[bisect_right(starts, offset) - 1]
    what = f"{place.text[:NEAR]!r} cannot stand here."
    marks = [item["mark"].replace("\\", "") for item in expected if item["mark"]]
    if len(marks) == len(expected) == 1:
        what += f" The engine expected {marks[0]} ."
    return QuerySyntax(what, *position(query, place.start))


def _engine_says(query: str, base: str) -> str:
    try:
        pyoxigraph.Store().query(query, base_iri=base)
    except (SyntaxError, RuntimeError) as error:
        return str(error)
    return ""


def _spread(found: Sequence[Token]) -> tuple[str, list[int]]:
    """The query with a wide gap wherever one may stand, and where each token now starts."""
    parts: list[str] = []
    starts = []
    length = 0
    for before, token in pairwise((None, *found)):
        assert token is not None
        gap = "" if before and _belong_together(before, token) else GAP
        starts.append(length + len(gap))
        parts += (gap, token.text)
        length += len(gap) + len(token.text)
    return "".join((*parts, GAP)), starts


def _belong_together(before: Token, token: Token) -> bool:
    """Whether the engine wants these two without a gap, if they stand so: "x"@en, BNODE(, <<(."""
    return before.end == token.start and (
        token.kind is Kind.TAG
        or (before.kind is Kind.WORD and token.text == "(")
        or (before.text, token.text) in (("<<", "("), (")", ">>"))
    )


def _reworded(sentence: str, place: Token) -> str:
    if sentence == "IRI parsing failed":
        return f"{place.text[:NEAR]!r} is not an IRI: a character in it must be escaped with %."
    return sentence.rstrip(".") + "."


def _ends_early(query: str, found: Sequence[Token]) -> QuerySyntax:
    stack: list[Token] = []
    for token in found:
        if token.kind is Kind.MARK and token.text in OPENERS:
            stack.append(token)
        elif token.kind is Kind.MARK and stack and CLOSERS.get(token.text) == stack[-1].text:
            stack.pop()
    what = "The query ends before it is complete."
    if stack:
        line, column = position(query, stack[-1].start)
        what += f" The {stack[-1].text} at line {line}, column {column} is not closed."
    return QuerySyntax(what, *position(query, found[-1].end))
