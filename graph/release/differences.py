"""What two releases say otherwise: the statements that are gone, and those that are new.

The canonical N-Quads of a release are sorted, so two of them are merged line by line: time grows
with their length, and memory does not.

A blank node has no name to compare by, and its canonical label may change when something else in
the graph does. So statements about blank nodes are compared in groups: all that hang together by
blank nodes are one group, and a group that is the same but for its labels is no change. A group
that differs is told whole, with the labels of the release that it stands in. These statements are
held in memory; only the ontology and the shapes have any.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyoxigraph
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Quad, RdfFormat

from untocgraph.graph.release.dumps import QUADS
from untocgraph.graph.release.publish import Release

# A line of canonical N-Quads with a blank node as its subject, object or graph.
BLANK = re.compile(rb'_:|\S+ \S+ _:|.* _:[^\s"<>]+ \.\n\Z')


@dataclass(frozen=True, slots=True)
class Change:
    """One statement that only one of two releases has."""

    is_new: bool
    line: str  # canonical N-Quads, with its line feed

    def __str__(self) -> str:
        """As a row of RDF Patch: A adds a statement, D deletes it."""
        return f"{'A' if self.is_new else 'D'} {self.line}"


def diff(old: Release, new: Release) -> Iterator[Change]:
    """The changes from *old* to *new*, sorted by their lines. Thinned releases will do.

    Raises NotPublished if a release does not hold its N-Quads, before the first change.
    """
    return changes(old.dump(QUADS), new.dump(QUADS))


def changes(old: Path, new: Path) -> Iterator[Change]:
    """The changes between two files of canonical N-Quads, sorted by their lines."""
    gone, come = _changed_groups(list(_lines(old, blank=True)), list(_lines(new, blank=True)))
    merged = heapq.merge(
        ((line, False) for line in _lines(old, blank=False)),
        ((line, True) for line in _lines(new, blank=False)),
        ((line, False) for line in gone),
        ((line, True) for line in come),
    )
    for line, sides in groupby(merged, key=lambda entry: entry[0]):
        found = [is_new for _, is_new in sides]
        # What both have is no change. Of blank nodes the labels say nothing, so theirs are told.
        if len(found) == 1 or BLANK.match(line):
            yield from (Change(is_new, line.decode()) for is_new in found)


def _lines(path: Path, *, blank: bool) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from (line for line in stream if bool(BLANK.match(line)) == blank)


def _changed_groups(old: list[bytes], new: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The lines of *old* in groups that *new* has not, and the other way round; each sorted."""
    before, after = _by_meaning(old), _by_meaning(new)
    return _surplus(before, after), _surplus(after, before)


Groups = dict[tuple[str, ...], list[list[bytes]]]


def _surplus(groups: Groups, others: Groups) -> list[bytes]:
    lines: list[bytes] = []
    for meaning, alike in groups.items():
        for group in alike[len(others.get(meaning, ())) :]:
            lines += group
    return sorted(lines)


def _by_meaning(lines: Iterable[bytes]) -> Groups:
    """*lines* in groups that hang together by blank nodes, by what they say labels apart."""
    groups: dict[BlankNode, list[tuple[bytes, Quad]]] = {}  # a group stands under all its nodes
    for line in lines:
        (quad,) = pyoxigraph.parse(line, RdfFormat.N_QUADS)
        terms = quad.subject, quad.object, quad.graph_name
        nodes = [term for term in terms if isinstance(term, BlankNode)]
        met = {id(groups[node]): groups[node] for node in nodes if node in groups}
        group = [entry for one in met.values() for entry in one] + [(line, quad)]
        for _, member in group:
            for term in (member.subject, member.object, member.graph_name):
                if isinstance(term, BlankNode):
                    groups[term] = group
    meanings: Groups = defaultdict(list)
    for group in {id(group): group for group in groups.values()}.values():
        dataset = pyoxigraph.Dataset(quad for _, quad in group)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        meanings[tuple(sorted(map(str, dataset)))].append([line for line, _ in group])
    return meanings
