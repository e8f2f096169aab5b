"""What a release says of one thing, found fast and without a query.

Pages and documents need simple lookups only, and a lookup cannot run away: so these are answered
in the serving process, while every query of a user goes to the pool. What a thing says is read
from the canonical N-Quads by bisection, for they are sorted, and cost no memory. What points to a
thing is found in the same way by the index of `graph/release/incoming_links.py`; by one property,
where all of it is wanted, it is asked of the store.
"""

import mmap
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat

from untocgraph.graph.rdf.order import natural
from untocgraph.graph.release.dumps import QUADS
from untocgraph.graph.release.incoming_links import Kind, Pointers, PointersTo
from untocgraph.graph.release.publish import Release

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
REPLACED_BY = "http://purl.org/dc/terms/isReplacedBy"
REPLACES = "http://purl.org/dc/terms/replaces"
REMEMBERED = 4096  # things whose statements are kept in memory; a page asks for some labels often

Term = NamedNode | Literal | BlankNode
TERM = (NamedNode, Literal, BlankNode)  # to ask whether something is one


class Lines:
    """The canonical N-Quads of a release, searched by how a line begins."""

    def __init__(self, release: Release) -> None:
        """Raises NotPublished or OSError if the file is gone, ValueError if it is empty."""
        with release.dump(QUADS).open("rb") as stream:
            self.lines = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    def about(self, iri: str) -> tuple[Quad, ...]:
        """Every statement whose subject is *iri*, or a blank node "_:…", in canonical order."""
        subject = iri if iri.startswith("_:") else f"<{iri}>"
        lines = b"".join(self.starting(f"{subject} ".encode()))
        return tuple(pyoxigraph.parse(lines, format=RdfFormat.N_QUADS, lenient=True))

    def starting(self, start: bytes) -> Iterator[bytes]:
        """The lines that begin with *start*: they stand together."""
        lines = self.lines
        low, high = 0, len(lines)  # the first such line begins in low..high, both line starts
        while low < high:
            middle = (low + high) // 2
            line = lines.rfind(b"\n", low, middle) + 1 or low
            if lines[line : line + len(start)] < start:
                low = lines.find(b"\n", middle) + 1
            else:
                high = line
        while lines[low : low + len(start)] == start:
            end = lines.find(b"\n", low) + 1
            yield lines[low:end]
            low = end


class Lookup:
    """One release, opened to be read; safe to share between threads."""

    def __init__(self, release: Release) -> None:
        self._lines = Lines(release)
        self._pointers = Pointers(release.pointers_path, self._lines.lines)
        self._store = pyoxigraph.Store.read_only(str(release.store_path))
        self.about = lru_cache(REMEMBERED)(self._lines.about)

    def pointing(self, iri: str) -> PointersTo:
        """The statements whose object is *iri*, in the order in which they are shown."""
        return self._pointers.to(iri)

    def count(self, predicate: str, iri: str) -> int:
        """Of how many things *predicate* says *iri*."""
        return sum(part.stop - part.start for part in self.pointing(iri).with_property(predicate))

    def first_subjects(self, predicate: str, iri: str, limit: int) -> tuple[str, ...]:
        """The first *limit* things of which *predicate* says *iri*, in natural order.

        Those without an IRI are left out.
        """
        pointing = self.pointing(iri)
        places = pointing.with_property(predicate)[: Kind.NAMELESS]
        found = (
            pointer.subject
            for place in places
            for pointer in pointing[place.start : min(place.stop, place.start + limit)]
        )
        return tuple(sorted(found, key=natural)[:limit])

    def subjects(self, predicate: str, iri: str) -> tuple[str, ...]:
        """The things of which *predicate* says *iri*; those without an IRI are left out."""
        found = self._store.quads_for_pattern(None, NamedNode(predicate), NamedNode(iri), None)
        return tuple(q.subject.value for q in found if isinstance(q.subject, NamedNode))

    def saying(self, predicate: str, limit: int) -> tuple[Quad, ...]:
        """The first *limit* statements with *predicate*, in the order of the store."""
        found = self._store.quads_for_pattern(None, NamedNode(predicate), None, None)
        return tuple(islice(found, limit))

    def starting_with(self, namespace: str) -> tuple[str, ...]:
        """The things whose IRI begins with *namespace*, each once."""
        lines = self._lines.starting(f"<{namespace}".encode())
        return tuple(dict.fromkeys(line[1 : line.index(b">")].decode() for line in lines))

    def knows(self, iri: str) -> bool:
        """Whether the release says anything of *iri*, but what has taken its place."""
        pointing = self._store.quads_for_pattern(None, None, NamedNode(iri), None)
        return any(quad.predicate.value != REPLACED_BY for quad in self.about(iri)) or any(
            quad.predicate.value != REPLACES for quad in pointing
        )

    def replacement(self, iri: str) -> str | None:
        """What has taken the place of *iri*, if the graph says so."""
        return next(iter((*self.values(iri, REPLACED_BY), *self.subjects(REPLACES, iri))), None)

    def objects(self, iri: str, predicate: str) -> tuple[Term, ...]:
        """What *predicate* says of *iri*, in canonical order."""
        wanted = str(predicate)  # an IRI of rdflib is equal to no plain text
        return tuple(
            quad.object
            for quad in self.about(iri)
            if quad.predicate.value == wanted and isinstance(quad.object, TERM)
        )

    def value(self, iri: str, predicate: str) -> str | None:
        """The first thing that *predicate* says of *iri*, as text or IRI."""
        return next((term.value for term in self.objects(iri, predicate)), None)

    def values(self, iri: str, predicate: str) -> tuple[str, ...]:
        """All IRIs and texts that *predicate* gives for *iri*."""
        return tuple(term.value for term in self.objects(iri, predicate))

    def text(self, iri: str, predicate: str, language: str) -> str | None:
        """What *predicate* says of *iri* in *language*, e.g. its rdfs:label in "zh"."""
        for term in self.objects(iri, predicate):
            if isinstance(term, Literal) and term.language == language:
                return term.value
        return None
