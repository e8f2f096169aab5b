"""The orders in which people expect things: numbers by value, types first, IRIs before literals."""

import re
from functools import lru_cache
from typing import Any

from rdflib import Literal, URIRef
from rdflib.term import Node

DIGITS = re.compile(r"([0-9]+)")

# Properties that say what a thing is come first, in this order; the rest follow by name.
LEADING = (
    "a",
    "rdfs:label",
    "skos:prefLabel",
    "rdf:subject",
    "rdf:predicate",
    "rdf:object",
    "sh:path",
)
REPEATING = ("untoc:about", "about")  # in Turtle, in JSON-LD


@lru_cache(maxsize=200_000)  # each format sorts the same addresses
def natural(text: str) -> tuple[Any, ...]:
    """A key that sorts *text* as people do: by path segments, and numbers by their value.

    >>> sorted(["para/36", "para/7/norm/1", "para/7"], key=natural)
    ['para/7', 'para/7/norm/1', 'para/36']
    """
    return tuple(_segment(part) for part in text.split("/")), text


@lru_cache(maxsize=10_000)  # a few segments stand in most addresses
def _segment(text: str) -> tuple[Any, ...]:
    parts: list[Any] = DIGITS.split(text)  # words at even places, digits at odd ones
    for place in range(1, len(parts), 2):
        digits = parts[place].lstrip("0")
        parts[place] = len(digits), digits  # no int(): it refuses thousands of digits
    return tuple(parts)


@lru_cache(maxsize=1_000)
def rank(name: str) -> tuple[Any, ...]:
    """A key that sorts the names of properties: those of LEADING first, the rest by name, and last
    what only repeats values of others, so that a tree has these where it is said what they are."""
    if name in REPEATING:
        return len(LEADING) + 1, natural(name)
    return LEADING.index(name) if name in LEADING else len(LEADING), natural(name)


def order(object: Node) -> tuple[Any, ...]:
    """IRIs, then literals by language, then blank nodes, which their text alone puts in order."""
    if isinstance(object, Literal):
        return 1, (object.language or "").lower(), natural(object), object.datatype or ""
    return (0, natural(str(object))) if isinstance(object, URIRef) else (2,)
