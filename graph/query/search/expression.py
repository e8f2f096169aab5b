"""What is asked of a search: words, phrases and names, and how FTS5 is asked for them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from untocgraph.graph.errors import GraphError
from untocgraph.graph.languages.folding import Word, fold, words
from untocgraph.graph.query.search.index_writer import Names, key

LONGEST = 500  # characters of what is searched for
MOST = 32  # words, phrases and names of it
# Before a name these belong to it: a text in another language has none.
ARTICLES = frozenset({"the", "le", "la", "les", "el", "los", "las"})

_PART = re.compile(
    r"""(?P<without>-?)(?:"(?P<a>[^"]*)"?|“(?P<b>[^”]*)”?|「(?P<c>[^」]*)」?|(?P<d>\S+))"""
)


class NothingToSearch(GraphError):
    """What is searched for holds no word, or too many."""


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between spaces or in quotation marks."""

    text: str
    words: tuple[Word, ...]
    quoted: bool
    without: bool


Named = tuple[int, bool]  # a thing, and whether every text that holds its name is known to name it


@dataclass(frozen=True)
class Piece:
    """A word, a phrase or a name that a thing has to fit, or must not."""

    asked: str
    words: tuple[str, ...]  # folded
    without: bool = False
    things: tuple[int, ...] = ()  # of which it is a name
    whole: bool = False  # whether each text that holds the name is known to name the thing
    inside: tuple["Piece", ...] = ()  # names in it and what is around them, which do as well

    @cached_property
    def phrase(self) -> str:
        return phrase(self.words)

    @property
    def match(self) -> str:
        """In the language of FTS5, each word quoted, so that none is a sign of it."""
        if self.things:
            named = " OR ".join(f'{{itself named}} : "{key(thing)}"' for thing in self.things)
            return f"({named})" if self.whole else f"({named} OR own : {self.phrase})"
        said = f"{{own names}} : {self.phrase}"
        if self.inside:
            return f"({said} OR ({' AND '.join(piece.match for piece in self.inside)}))"
        return f"({said})"

    @property
    def leaves(self) -> Iterator["Piece"]:
        """What may be marked in a text."""
        yield self
        yield from self.inside


def phrase(said: Sequence[str]) -> str:
    return '"' + " ".join(said) + '"'


def parted(asked: str) -> tuple[Part, ...]:
    """Raises NothingToSearch."""
    if len(asked) > LONGEST:
        raise NothingToSearch(
            f"A search takes {LONGEST:,} characters; this one has {len(asked):,}."
        )
    found = []
    for match in _PART.finditer(asked):
        group = next(group for group in "abcd" if match[group] is not None)
        if said := tuple(words(fold(match[group]))):
            found.append(Part(match[group], said, group != "d", bool(match["without"])))
    if all(part.without for part in found):
        raise NothingToSearch(
            'Write at least one word to search for: 技术援助, extrabudgetary, "joint training".'
        )
    return tuple(found)


def read(parts: Sequence[Part], names: Names) -> tuple[Piece, ...]:
    """The words, phrases and names in *parts*. A name may go on from one word to the next.

    Raises NothingToSearch if there are too many.
    """
    pieces: list[Piece] = []
    at = 0
    while at < len(parts):
        end = at + 1
        if not parts[at].quoted and not parts[at].without:
            while end < len(parts) and not (parts[end].quoted or parts[end].without):
                end += 1
        pieces += _read_run(parts[at:end], names)
        at = end
    if sum(1 for piece in pieces for _ in piece.leaves) > MOST:
        raise NothingToSearch(f"A search takes {MOST} words and phrases; this one has more.")
    return tuple(dict.fromkeys(pieces))  # what is asked twice is asked once


def _read_run(run: Sequence[Part], names: Names) -> Iterator[Piece]:
    """The pieces of words that follow each other, or of one phrase."""
    said = [word for part in run for word in part.words]
    part_of = [number for number, part in enumerate(run) for _ in part.words]
    cuts = _cut(said, part_of, names)
    for number, part in enumerate(run):
        first = part_of.index(number)
        last = first + len(part.words)
        own = [cut for cut in cuts if first <= cut.start < last]
        if part.quoted or part.without:  # said to be one thing
            yield _piece(run, part_of, Cut(first, last, own[0].things if len(own) == 1 else ()))
            continue
        inside = tuple(_piece(run, part_of, cut) for cut in own)
        if len(inside) > 1 and own[0].start == first and own[-1].end == last:
            yield replace(_piece(run, part_of, Cut(first, last, ())), inside=inside)
        else:
            yield from inside


@dataclass(frozen=True, slots=True)
class Cut:
    """Words that belong together, by the numbers of the first and of the one behind the last."""

    start: int
    end: int
    things: tuple[Named, ...]  # of which they are a name


def _cut(said: Sequence[Word], part_of: Sequence[int], names: Names) -> list[Cut]:
    """*said* cut into its longest names, and the rest into what stands in one part."""
    longest: dict[int, tuple[int, dict[Named, None]]] = {}
    for found in names.find(said):  # the longest comes first
        end, things = longest.setdefault(found.start, (found.end, {}))
        if end == found.end:
            things[found.name.thing, found.name.state and not found.name.acronym] = None
    edges = sorted({*longest, *map(part_of.index, part_of), len(said)})
    cuts: list[Cut] = []
    at = 0
    while at < len(said):
        if at in longest:
            if cuts and not cuts[-1].things and cuts[-1].start == at - 1:
                if said[at - 1].text in ARTICLES:
                    cuts.pop()
            end, things = longest[at]
            cuts.append(Cut(at, end, tuple(things)))
        else:
            end = next(edge for edge in edges if edge > at)
            cuts.append(Cut(at, end, ()))
        at = end
    return cuts


def _piece(run: Sequence[Part], part_of: Sequence[int], cut: Cut) -> Piece:
    said = [word for part in run for word in part.words][cut.start : cut.end]
    first, last = run[part_of[cut.start]], run[part_of[cut.end - 1]]
    between = [part.text for part in run[part_of[cut.start] + 1 : part_of[cut.end - 1]]]
    if first is last:
        written = first.text[said[0].start : said[-1].end]
    else:
        written = " ".join([first.text[said[0].start :], *between, last.text[: said[-1].end]])
    return Piece(
        written,
        tuple(word.text for word in said),
        first.without,
        tuple(thing for thing, _ in cut.things),
        bool(cut.things) and all(certain for _, certain in cut.things),
    )


def expression(pieces: Sequence[Piece]) -> str:
    """What *pieces* mean in the language of FTS5."""
    wanted = " AND ".join(piece.match for piece in pieces if not piece.without)
    unwanted = " OR ".join(piece.match for piece in pieces if piece.without)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted
