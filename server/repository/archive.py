"""What older releases had: the difference between what never was (404) and what is gone (410)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import NamedNode

from untocgraph.graph.errors import NotPublished
from untocgraph.graph.release.publish import Release, releases
from untocgraph.server.repository.lookup import REPLACED_BY, Lines

LOOKED_AT = 32  # older releases at most, the newest first; each costs an open file


@dataclass(frozen=True, slots=True)
class Last:
    """The release in which something stood last, and what it says has taken its place."""

    release: Release
    replacement: str | None


class Archive:
    """The releases that were published before *release* under the same base.

    They are opened when something unknown is first asked for, and searched by bisection.
    """

    def __init__(self, release: Release) -> None:
        self._release = release

    @cached_property
    def _older(self) -> tuple[tuple[Release, Lines], ...]:
        return tuple(self._opened())

    def _opened(self) -> Iterator[tuple[Release, Lines]]:
        try:
            published = releases(self._release.path.parent.parent)
        except NotPublished:  # a log that cannot be read: then nothing is known of the past
            return
        older = (
            one
            for one in published
            if one.sha256 != self._release.sha256 and one.base == self._release.base
        )
        for _, one in zip(range(LOOKED_AT), older, strict=False):
            try:
                yield one, Lines(one)
            except (NotPublished, OSError, ValueError):  # taken away by hand
                continue

    def last_of(self, iri: str) -> Last | None:
        """The last release that said anything of *iri*."""
        for release, lines in self._older:
            if about := lines.about(iri):
                named = (q.object for q in about if q.predicate.value == REPLACED_BY)
                return Last(
                    release, next((o.value for o in named if isinstance(o, NamedNode)), None)
                )
        return None

    def last_with_graph(self, name: str) -> Last | None:
        """The last release that had the graph {base}graph/*name*."""
        for release, _ in self._older:
            if any(graph.name == name for graph in release.manifest.graphs):
                return Last(release, None)
        return None
