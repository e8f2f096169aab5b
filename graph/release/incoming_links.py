"""What points to a thing: its number and any part of it, found at once however much there is.

A store has an index for who points to a thing, but not in the order in which a page shows it, so
the first hundred of a hub could only be had by sorting all. The index of a release is that order,
made once: for each statement whose object is an IRI, the place of its line in the canonical
N-Quads, eight bytes each. They are sorted by object; then what repeats nothing comes first, by
property, and by subject in natural order. So the statements of a thing, of one of its properties,
or those that are left out of a page stand together, and are found by bisection over their lines.
"""

import mmap
import os
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import groupby
from pathlib import Path

from rdflib import RDF

from untocgraph.graph.iris import Iris
from untocgraph.graph.rdf.order import natural

WIDTH = 8  # bytes of an entry: the place of a line, and in the two highest bits its Kind
HIGH = 62
PLACE = (1 << HIGH) - 1
REIFIED = {f"<{RDF[part]}>".encode() for part in ("subject", "predicate", "object")}


class Kind(IntEnum):
    """What sort of statement points to a thing, in the order of the index."""

    OWN = 0  # says something of its own
    REPEATED = 1  # is part of a fact or of a conclusion, which repeats a statement
    NAMELESS = 2  # is said of a node without an address, which no page can name


@dataclass(frozen=True, slots=True)
class Pointer:
    """One statement, which points to a thing."""

    subject: str  # IRI, or "_:…"
    predicate: str
    line: bytes  # canonical N-Quads

    @classmethod
    def of(cls, line: bytes) -> "Pointer":
        subject, predicate, _ = line.split(b" ", 2)
        return cls(_iri(subject), _iri(predicate), line)


def write_pointers(path: Path, quads: Path, base: str) -> None:
    """Write the index of the canonical N-Quads file *quads*, which are under *base*, to *path*."""
    fact = f"<{Iris(base).ontology.Fact}>".encode()
    by_object: dict[bytes, list[tuple[int, bytes, bytes, int]]] = defaultdict(list)
    names: dict[bytes, bytes] = {}  # of properties, each once
    for subject, lines in groupby(_lines(quads), key=lambda line: line[1][0]):
        said = list(lines)
        is_fact = any(_is_type(terms[1]) and terms[2] == fact for _, terms in said)
        for place, (_, predicate, object, *_) in said:
            if object.startswith(b"<"):
                kind = _kind(subject, predicate, is_fact)
                name = names.setdefault(predicate, predicate)
                by_object[object].append((kind, name, subject, place))
    entries = array("Q")
    for object in sorted(by_object):
        found = by_object.pop(object)
        if len(found) > 1:
            found.sort(key=lambda each: (each[0], each[1], natural(_iri(each[2]))))
        entries.extend(kind << HIGH | place for kind, _, _, place in found)
    with path.open("wb") as stream:
        entries.tofile(stream)


def is_sound(path: Path, quads: Path) -> bool:
    """Whether the index at *path* has as many entries as *quads* has statements for it."""
    wanted = sum(terms[2].startswith(b"<") for _, terms in _lines(quads))
    return path.is_file() and path.stat().st_size == WIDTH * wanted


def _lines(quads: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The place of each line, and its subject, predicate, object and the rest.

    The object of a statement is the third word if it is an IRI, which holds no space.
    """
    place = 0
    with quads.open("rb") as stream:
        for line in stream:
            yield place, line.split(b" ", 3)
            place += len(line)


def _is_type(predicate: bytes) -> bool:
    return predicate == f"<{RDF.type}>".encode()


def _kind(subject: bytes, predicate: bytes, is_fact: bool) -> Kind:
    if subject.startswith(b"_:"):
        return Kind.NAMELESS
    return Kind.REPEATED if is_fact or predicate in REIFIED else Kind.OWN


def _iri(term: bytes) -> str:
    return term.decode().removeprefix("<").removesuffix(">")


class Pointers:
    """The index of a release, opened; *lines* are its canonical N-Quads."""

    def __init__(self, path: Path, lines: mmap.mmap) -> None:
        """Raises OSError if there is no index at *path*."""
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            whole = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        self._entries = memoryview(whole).cast("Q")
        self._lines = lines

    def to(self, iri: str) -> "PointersTo":
        """What points to *iri*."""
        term = f"<{iri}>".encode()
        start = self.first((term,))
        return PointersTo(self, start, self.first((term + b"\0",)), term)

    def first(self, key: tuple[object, ...], start: int = 0, end: int | None = None) -> int:
        """The first entry in start..end that does not stand before *key*.

        *key* is the beginning of an entry's object, kind, and predicate.
        """
        size = len(key)
        stop = len(self._entries) if end is None else end
        return bisect_left(
            range(stop), key, lo=min(start, stop), key=lambda at: self._key(at)[:size]
        )

    def _key(self, at: int) -> tuple[bytes, int, bytes]:
        _, predicate, object, _ = self.line(at).split(b" ", 3)
        return object, self._entries[at] >> HIGH, predicate

    def line(self, at: int) -> bytes:
        place = self._entries[at] & PLACE
        return self._lines[place : self._lines.find(b"\n", place) + 1]


@dataclass(frozen=True)
class PointersTo:
    """The statements that point to one thing, in the order in which they are shown."""

    index: Pointers
    start: int
    end: int
    term: bytes

    def __len__(self) -> int:
        return self.end - self.start

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        """Where each Kind ends."""
        return tuple(self.index.first((self.term, kind + 1), self.start, self.end) for kind in Kind)

    def count(self, kind: Kind) -> int:
        return self._ends[kind] - (self._ends[kind - 1] if kind else self.start)

    def with_property(self, predicate: str) -> tuple[slice, ...]:
        """Where those with *predicate* stand, of each Kind."""
        term = f"<{predicate}>".encode()

        def place(kind: Kind, name: bytes) -> int:
            return self.index.first((self.term, kind, name), self.start, self.end) - self.start

        return tuple(slice(place(kind, term), place(kind, term + b"\0")) for kind in Kind)

    def __getitem__(self, part: slice) -> tuple[Pointer, ...]:
        places = range(self.start, self.end)[part]
        return tuple(Pointer.of(self.index.line(at)) for at in places)

    def by_property(self) -> Iterator[tuple[str, int, int]]:
        """Each property of the statements of Kind.OWN, which of them is the first, and how many.

        Time goes with the number of properties, not with that of statements.
        """
        at, end = self.start, self._ends[Kind.OWN]
        while at < end:
            predicate = self.index.line(at).split(b" ", 2)[1]
            beyond = self.index.first((self.term, Kind.OWN, predicate + b"\0"), at, end)
            yield _iri(predicate), at - self.start, beyond - at
            at = beyond
