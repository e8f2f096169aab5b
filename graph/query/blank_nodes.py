"""BNODE("a") is another node in each row, and the same within one (SPARQL 1.1, 17.4.2.9).

The engine makes the label of the node from the text alone, so all rows share it, and a text that is
no label gives none. Here each row gets a value of its own, in a variable that nobody sees, and the
node is made from both:

    BIND(BNODE("a") AS ?n)  →  BIND(STRUUID() AS ?row0) BIND(<node>(?row0, "a") AS ?n)

The BINDs that follow one another share the row, and so do the expressions of SELECT where the last
of these ends the pattern. Between others there may be more rows than before. Where solutions are
grouped, the group has the value of one of its rows. BNODE in a FILTER, in HAVING, GROUP BY or ORDER
BY, where a new node can be of no use, is left to the engine; and VALUES at the end of a query come
too late for the expressions of its SELECT, whose nodes they share.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from pyoxigraph import BlankNode, Literal

from untocgraph.graph.query.sort_key import STRING, Term
from untocgraph.graph.query.tokens import Edit, Kind, Token, after_bracket

NODE = "<x-untocgraph:node>"
ALL = "*…"  # stands for the variables that the query as it was asked would give for its *

_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_GROUPED = {"GROUP", "HAVING"}


def node(row: Term, text: Term) -> Term | None:
    """The node of *text* in the row that *row* stands for."""
    if not (isinstance(row, Literal) and isinstance(text, Literal)):
        return None
    if text.datatype.value != STRING:
        return None
    digest = hashlib.blake2b(f"{row.value}\0{text.value}".encode(), digest_size=16)
    return BlankNode(f"b{digest.hexdigest()}")


@dataclass(slots=True)
class _Group:
    """A pair of braces that is open."""

    opening: Token
    selects: "_Select | None"  # whose pattern it is
    row: str = ""  # the variable of the row as it is now; empty if it has none
    first: Token | None = None  # of what it holds


@dataclass(slots=True)
class _Select:
    """A SELECT and what stands before its pattern."""

    nodes: list[tuple[int, bool]]  # each BNODE, and whether an aggregate is around it
    is_grouped: bool


def node_edits(found: Sequence[Token]) -> list[Edit]:
    """What makes BNODE right in the query of these tokens, from its form on."""
    if not any(_makes_node(found, at) for at in range(len(found))):
        return []
    return list(_Nodes(found).edits())


def _makes_node(found: Sequence[Token], at: int) -> bool:
    """Whether a BNODE with an argument is at *at*."""
    if found[at].keyword != "BNODE" or at + 1 == len(found) or found[at + 1].text != "(":
        return False
    depth = 0
    inside = found[at + 2 : after_bracket(found, at + 1) - 1]
    for token in inside:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            return False  # it is no query
    return bool(inside)


class _Nodes:
    def __init__(self, found: Sequence[Token]) -> None:
        self._found = found
        used = {token.text[1:] for token in found if token.kind is Kind.VARIABLE}
        self._fresh = (f"?row{n}" for n in count() if f"row{n}" not in used)

    def edits(self) -> Iterator[Edit]:
        groups: list[_Group] = []
        select: _Select | None = None
        at = 0
        while at < len(self._found):
            token = self._found[at]
            if token.text == "{":
                self._hold(groups, token)
                groups.append(_Group(token, select))
                select = None
            elif token.text == "}" and groups:
                group = groups.pop()
                yield from self._close(group, token, at)
                self._hold(groups, token)
            elif token.keyword == "SELECT":
                if not groups:
                    yield from self._star(at)
                self._hold(groups, token)
                end = self._pattern(at)
                select = self._select(at, end)
                at = end
                continue
            elif token.keyword == "BIND" and groups:
                group = groups[-1]
                group.first = group.first or token
                end = after_bracket(self._found, at + 1)
                made = list(self._within(at + 1, end))
                if made and not group.row:
                    group.row = next(self._fresh)
                    yield Edit(token.start, token.start, f"BIND(STRUUID() AS {group.row}) ")
                for each, _ in made:
                    yield from self._edited(each, group.row)
                at = end
                continue
            elif token.text != ".":
                self._hold(groups, token)
            at += 1

    def _hold(self, groups: list[_Group], token: Token) -> None:
        """The innermost group holds *token*, after which there may be more rows."""
        if groups:
            groups[-1].first = groups[-1].first or token
            groups[-1].row = ""

    def _pattern(self, at: int) -> int:
        """Where the pattern of the SELECT at *at* opens."""
        while at < len(self._found) and self._found[at].text != "{":
            at = after_bracket(self._found, at) if self._found[at].text == "(" else at + 1
        return at

    def _select(self, at: int, end: int) -> _Select:
        words = {token.keyword for token in self._found[at:end]}
        return _Select(list(self._within(at, end)), bool(words & _AGGREGATES))

    def _close(self, group: _Group, closing: Token, at: int) -> Iterator[Edit]:
        """The end of a pattern: the SELECT before it needs a row."""
        select = group.selects
        if select is None or not select.nodes:
            return
        if not group.row:
            group.row = next(self._fresh)
            fresh = f" BIND(STRUUID() AS {group.row}) "
            if group.first and group.first.keyword == "SELECT":  # a BIND cannot follow it
                yield Edit(group.opening.end, group.opening.end, " {")
                fresh = f"}} {fresh}"
            yield Edit(closing.start, closing.start, fresh)
        after = self._found[at + 1].keyword if at + 1 < len(self._found) else ""
        is_grouped = select.is_grouped or after in _GROUPED
        for each, is_aggregated in select.nodes:
            of_group = f'COALESCE(MIN({group.row}), "")'
            yield from self._edited(
                each, of_group if is_grouped and not is_aggregated else group.row
            )

    def _within(self, start: int, end: int) -> Iterator[tuple[int, bool]]:
        """Each BNODE of an expression, but for patterns in it, and whether it is aggregated."""
        at = start
        aggregated_to = start
        while at < end:
            if self._found[at].text == "{":
                at = after_bracket(self._found, at)
                continue
            if self._found[at].keyword in _AGGREGATES:
                aggregated_to = max(aggregated_to, after_bracket(self._found, at + 1))
            if _makes_node(self._found, at):
                yield at, at < aggregated_to
            at += 1

    def _edited(self, at: int, row: str) -> Iterator[Edit]:
        word, bracket = self._found[at : at + 2]
        yield Edit(word.start, word.end, NODE)
        yield Edit(bracket.end, bracket.end, f"{row}, ")

    def _star(self, at: int) -> Iterator[Edit]:
        """The * of the SELECT at *at*, which would show what nobody is to see."""
        is_qualified = self._found[at + 1].keyword in ("DISTINCT", "REDUCED")
        star = self._found[at + 1 + is_qualified]
        if star.text == "*":
            yield Edit(star.start, star.end, ALL)
