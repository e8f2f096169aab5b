"""ORDER BY, MIN and MAX that hold for terms of all kinds, mixed as they may be.

The engine compares numbers by value with each other, and with other literals by their letters:
727 < 1558 < "2008-10-08" < 727. That is no order, so a sort of such terms ends the process, and a
MIN depends on which term came first. Here these places of a query are rewritten to keys that the
engine compares among their like only:

    ORDER BY DESC(LCASE(?a))  →  ORDER BY DESC(<sort-key>(LCASE(?a)))
    MAX(?a)                   →  <max>(?a)

where <sort-key> is `graph.query.sort_key.sort_key`. A variable mostly holds numbers or short
texts, so it gets keys of which numbers need none in Python (`_keys`). What gives integers alone
stays as it is.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode

from untocgraph.graph.query.sort_key import NUMBER, UNBOUNDED, XSD, Term, sort_key
from untocgraph.graph.query.tokens import Edit, Kind, Token, after_bracket

OURS = "x-untocgraph:"  # the scheme of the functions, which no server resolves
KEY, KIND, EXACT, MIN, MAX = (
    f"<{OURS}{name}>" for name in ("sort-key", "among-doubles", "exactly", "min", "max")
)
DOUBLE = NamedNode(f"{XSD}double")
MANY = 16  # conditions; where there are more, each gets one key only, which is shorter to write
# Their values are integers, or there is none: a COUNT is sorted as it always was.
_INTEGERS = {"COUNT", "STRLEN", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES"}
_WORDS = ("ORDER", "MIN", "MAX")
_AGGREGATES = {"MIN": MIN, "MAX": MAX}
_GLUED = re.compile(r"^(ORDER(?!$))?(BY)?")  # the engine reads ORDERBYSTR(?a), too


def key_of(term: Term) -> str:
    """Its sort key; but where memory ends, the process does, as when the engine itself has none.

    The engine takes an error for a term without a key, and would go on with a wrong order.
    """
    try:
        return sort_key(term)
    except MemoryError:
        os.write(2, b"MemoryError\n")
        os.abort()


@dataclass(slots=True)
class Extreme:
    """The aggregate MIN or MAX."""

    beats: Callable[[str, str], bool]
    key: str = ""  # no term has it
    term: Term | None = None

    def accumulate(self, term: Term) -> None:
        key = key_of(term)
        if not self.key or self.beats(key, self.key):
            self.key, self.term = key, term

    def finish(self) -> Term | None:
        return self.term


def order_edits(found: Sequence[Token]) -> list[Edit]:
    """What makes ORDER BY, MIN and MAX right in the query of these tokens."""
    if not any(token.keyword.startswith(_WORDS) for token in found):
        return []
    found = list(_unglued(found))
    return [*_extremes(found), *_orders(found)]


def _unglued(found: Sequence[Token]) -> Iterator[Token]:
    """The tokens with ORDER and BY apart from what follows."""
    for token in found:
        if not token.keyword.startswith(("ORDER", "BY")):
            yield token
            continue
        at = token.start
        for word in filter(None, _GLUED.split(token.keyword)):
            yield Token(Kind.WORD, word, at, word)
            at += len(word)


# MIN and MAX


def _extremes(found: Sequence[Token]) -> list[Edit]:
    edits = []
    for index, token in enumerate(found[:-2]):
        if token.keyword not in _AGGREGATES or found[index + 1].text != "(":
            continue
        first = found[index + 2]
        if _is_integer(found[index + 2 : after_bracket(found, index + 1) - 1]):
            continue
        edits.append(Edit(token.start, token.end, _AGGREGATES[token.keyword]))
        if first.keyword == "DISTINCT":  # of no effect, and not to be had with such a function
            edits.append(Edit(first.start, first.end, " "))
    return edits


# ORDER BY


@dataclass(frozen=True, slots=True)
class _Condition:
    """One sort key."""

    whole: Sequence[Token]
    expression: Sequence[Token]
    direction: str = ""  # ASC or DESC, if it is written


def _orders(found: Sequence[Token]) -> list[Edit]:
    conditions = [
        condition
        for at in range(2, len(found))
        if found[at - 2].keyword == "ORDER" and found[at - 1].keyword == "BY"
        for condition in _conditions(found, at)
        if not _is_integer(condition.expression)
    ]
    few = len(conditions) <= MANY
    return [edit for condition in conditions for edit in _edits(condition, few)]


def _conditions(found: Sequence[Token], at: int) -> Iterator[_Condition]:
    while at < len(found):
        first = found[at]
        if first.kind is Kind.VARIABLE:
            condition = _Condition(found[at : at + 1], found[at : at + 1])
        elif first.text == "(":
            end = after_bracket(found, at)
            condition = _Condition(found[at:end], found[at + 1 : end - 1])
        elif at + 1 == len(found):
            return
        elif first.keyword in ("ASC", "DESC") and found[at + 1].text == "(":
            end = after_bracket(found, at + 1)
            condition = _Condition(found[at:end], found[at + 2 : end - 1], first.keyword)
        elif first.keyword != "VALUES" and found[at + 1].text == "(":
            end = after_bracket(found, at + 1)
            condition = _Condition(found[at:end], found[at:end])
        elif first.keyword in ("EXISTS", "NOT"):  # true or false
            at = after_bracket(found, at + 1 + (first.keyword == "NOT"))
            continue
        else:
            return
        if not condition.expression:
            return  # it is no query
        yield condition
        at += len(condition.whole)


def _edits(condition: _Condition, few: bool) -> Iterator[Edit]:
    first, *_, last = (*condition.expression, condition.expression[-1])
    if few and first is last and first.kind is Kind.VARIABLE:
        keys = " ".join(f"{condition.direction}({key})" for key in _keys(first.text))
        yield Edit(condition.whole[0].start, condition.whole[-1].end, f" {keys} ")
    else:
        opening = f"{KEY}(" if condition.direction else f" {KEY}("
        yield Edit(first.start, first.start, opening)
        yield Edit(last.end, last.end, ")")


def _keys(variable: str) -> tuple[str, str]:
    """What sorts the values of *variable* as `sort_key` does, and numbers without Python.

    The text is short, because the engine takes some 10 µs for each term of it.
    """
    double, decimal = (f"<{XSD}{name}>" for name in ("double", "decimal"))
    return (
        f"IF(ISNUMERIC({variable}), {double}({variable}), {KIND}({variable}))",
        f"IF(ISNUMERIC({variable}), {decimal}({variable}), {EXACT}({variable}))",  # of equals
    )


def among_doubles(term: Term) -> Term:
    """What the engine sorts as `sort_key` does, by itself and among numbers that are doubles.

    It compares nodes with nodes; a literal that is no number it compares with numbers by their
    letters, and no number begins with ~. A node is renamed so that it is none of the store, which
    has to be looked up there at each comparison.
    """
    if isinstance(term, BlankNode):
        return term
    if isinstance(term, NamedNode):
        return NamedNode(f"x{term.value}")
    text = key_of(term)
    if text.startswith(NUMBER):  # of more digits than the engine holds
        assert isinstance(term, Literal)
        return Literal(term.value, datatype=DOUBLE)
    return Literal(f"~{text}")


def key(term: Term) -> Term:
    """What sorts any terms, numbers among them."""
    return Literal(key_of(term))


def exactly(term: Term) -> Term | None:
    """What sorts numbers that `among_doubles` takes for equal, among such as are decimals."""
    if not isinstance(term, Literal) or term.datatype.value not in UNBOUNDED:
        return None
    text = key_of(term)
    if not text.startswith(NUMBER):
        return None
    return Literal(f"{'!' if term.value.startswith('-') else '~'}{text}")


# Both


def _is_integer(expression: Sequence[Token]) -> bool:
    """Whether *expression* is a call of one of _INTEGERS and nothing else."""
    return (
        len(expression) > 2
        and expression[0].keyword in _INTEGERS
        and expression[1].text == "("
        and after_bracket(expression, 1) == len(expression)
    )
