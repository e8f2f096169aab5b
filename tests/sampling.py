"""Things of a release, by kind: those of one kind look alike to whoever follows links."""

import re
from collections import defaultdict

import pyoxigraph
from pyoxigraph import NamedNode
from rdflib import RDF

from untocgraph.graph.release.publish import Release

Kind = tuple[frozenset[str], ...]
PLAIN = re.compile(r"[A-Za-z0-9/-]+")  # what every address may hold
SUFFIX = re.compile(r"\.\w+$")


def kinds(release: Release) -> dict[Kind, list[str]]:
    """The things below the base by kind: what is unusual in their address, their classes, and the
    properties that lead from and to them."""
    classes: dict[str, set[str]] = defaultdict(set)
    leading_from: dict[str, set[str]] = defaultdict(set)
    leading_to: dict[str, set[str]] = defaultdict(set)
    for quad in pyoxigraph.parse(path=release.dump("untocgraph.nq")):
        if isinstance(quad.subject, NamedNode):
            leading_from[quad.subject.value].add(quad.predicate.value)
            if quad.predicate.value == str(RDF.type):
                classes[quad.subject.value].add(str(quad.object))
        if isinstance(quad.object, NamedNode):
            leading_to[quad.object.value].add(quad.predicate.value)
    found: dict[Kind, list[str]] = defaultdict(list)
    for iri in sorted(leading_from):
        if iri.startswith(release.base):
            name = iri.removeprefix(release.base)
            unusual = {*PLAIN.sub("", name), *SUFFIX.findall(name)}
            features = (unusual, classes[iri], leading_from[iri], leading_to[iri])
            found[tuple(map(frozenset, features))].append(iri)
    return found
