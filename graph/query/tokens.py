"""A SPARQL query as tokens, cut in one pass whose time is linear in its length.

Source: SPARQL 1.1 Query Language, 19.8 (grammar); the terminals keep their names from there.
"""

import re
import sys
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from untocgraph.graph.errors import QuerySyntax


class Kind(Enum):
    IRI = "iri"
    STRING = "string"
    TAG = "tag"  # @en
    VARIABLE = "variable"
    BLANK = "blank"  # _:b
    NAME = "name"  # ex:local
    NUMBER = "number"  # without its sign
    WORD = "word"
    MARK = "mark"  # brackets, operators, punctuation


class Token(NamedTuple):
    kind: Kind
    text: str
    start: int  # offset of its first character in the query
    keyword: str = ""  # in capitals, if it is a word

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class Edit(NamedTuple):
    """Text that stands in the place of what is from offset *start* to *end* of a query."""

    start: int
    end: int
    text: str


def edited(query: str, edits: Sequence[Edit]) -> str:
    """*query* with *edits*, which are in order and do not overlap."""
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (query[at : edit.start], edit.text)
        at = edit.end
    return "".join((*pieces, query[at:]))


_BASE = (  # PN_CHARS_BASE
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_VAR = f"{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040"  # in a variable
_CHARS = rf"{_VAR}\-"  # PN_CHARS
_ESCAPE = (  # of a character that exists: a surrogate is none
    r"\\(?:[tbnrf\"'\\]|u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}"
    r"|U(?!0000[Dd][89A-Fa-f])(?:000[0-9A-Fa-f]|0010)[0-9A-Fa-f]{4})"
)
_IRI = r"<[^\x00-\x20<>\"{}|^`]*+>"
# Every repetition is possessive (*+): what was read is never read again, so time is linear.
_TOKEN = re.compile(
    rf"""
      (?P<gap>    (?:[ \t\r\n]++|\#[^\r\n]*+)++ )
    | (?P<iri>    {_IRI} )
    | (?P<string> '''(?:'{{0,2}}(?:[^'\\]|{_ESCAPE}))*+'''
                | \"\"\"(?:\"{{0,2}}(?:[^\"\\]|{_ESCAPE}))*+\"\"\"
                | '(?:[^'\\\r\n]|{_ESCAPE})*+' | \"(?:[^\"\\\r\n]|{_ESCAPE})*+\" )
    | (?P<tag>    @[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)? )
    | (?P<variable> [?$][{_BASE}_0-9][{_VAR}]*+ )
    | (?P<blank>  _:[{_BASE}_0-9](?:\.*+[{_CHARS}])*+ )
    | (?P<name>   (?:[{_BASE}][{_CHARS}.]{{0,255}}+)?:
                  (?:(?:[{_BASE}_:0-9]|%|\\.)(?:\.*+(?:[{_CHARS}:]|%|\\.))*+)? )
    | (?P<number> (?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)[eE][+-]?[0-9]++
                | [0-9]*+\.[0-9]++ | [0-9]++ )
    | (?P<word>   [A-Za-z][A-Za-z0-9_]*+ )
    | (?P<mark>   <(?={_IRI}) | << | >> | \{{\| | \|\}} | \|\| | && | \^\^ | <= | >= | !=
                | [(){{}}\[\].;,+\-*/<>=!^|?~] )
    | (?P<other>  [\s\S] )
    """,
    re.VERBOSE,
)
_KINDS: dict[str | None, Kind] = {kind.value: kind for kind in Kind}

OPENERS = {"(", "[", "{", "{|", "<<"}
CLOSERS = {")": "(", "]": "[", "}": "{", "|}": "{|", ">>": "<<"}


def tokens(query: str, *, at_most: int = sys.maxsize) -> list[Token]:
    """All tokens of *query*. White space and comments are none.

    Raises QuerySyntax at the first character that starts no token, and past *at_most* tokens.
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(query):
        what, text, start = match.lastgroup, match[0], match.start()
        if what == "gap":
            continue
        if what == "other":
            raise _unreadable(query, start)
        if len(found) == at_most:
            raise refusal(query, start, f"The query has more than {at_most:,} words and signs.")
        kind = _KINDS[what]
        found.append(Token(kind, text, start, text.upper() if kind is Kind.WORD else ""))
    return found


def position(query: str, offset: int) -> tuple[int, int]:
    """Line and column of a character of *query*; both count from 1, columns in code points."""
    line_start = query.rfind("\n", 0, offset) + 1
    return query.count("\n", 0, offset) + 1, offset - line_start + 1


def refusal(query: str, offset: int, what: str) -> QuerySyntax:
    return QuerySyntax(what, *position(query, offset))


def _unreadable(query: str, offset: int) -> QuerySyntax:
    char = query[offset]
    if char in "\"'":
        what = "A string starts here that is not closed, or that holds an escape SPARQL has not."
    elif char == "\\":
        what = "A backslash can stand only in a string, an IRI, or the second part of a name."
    else:
        what = f"The character {char!r} (U+{ord(char):04X}) cannot stand here."
    return refusal(query, offset, what)


def after_bracket(found: Sequence[Token], opening: int) -> int:
    """Index after the bracket that closes the one at *opening*; the end, if none does."""
    depth = 0
    for at in range(opening, len(found)):
        if found[at].kind is Kind.MARK:
            depth += (found[at].text in OPENERS) - (found[at].text in CLOSERS)
            if depth <= 0:
                return at + 1
    return len(found)
