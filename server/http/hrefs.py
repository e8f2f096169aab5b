"""Where a page may lead: the only place that decides whether an IRI becomes a link.

A graph, and every answer to a query, may hold any IRI. As a link, ``javascript:…`` is a program of
its author's that runs in the reader's browser, under our address; ``data:…`` is a page of the
author's that looks like ours. So a page links to what is ours and to three schemes, and shows all
else as text.

Source: WHATWG URL, 4.4: a browser takes tabs and line breaks out of an address, ignores what
controls and spaces it begins with, and reads a backslash as a slash.
"""

import re

SAFE = re.compile(r"(https?://|mailto:)[^\s\x00-\x20\\]+", re.ASCII | re.IGNORECASE)
PATH = re.compile(r"(?!/)[^\s\x00-\x20\\]*", re.ASCII)  # "//host" would lead to another host


def leads(iri: str) -> bool:
    """Whether a page or a header may lead to *iri*."""
    return SAFE.fullmatch(iri) is not None


def href(iri: str, base: str = "", root: str = "/") -> str | None:
    """*iri* as a link in a page, None if it may be none; by its path below *root* if it is ours.

    >>> href("https://example.org/kg/id/dataset", "https://example.org/kg/", "/kg/")
    '/kg/id/dataset'
    >>> href("JavaScript:alert(1)") is None
    True
    """
    if base and iri.startswith(base) and PATH.fullmatch(path := iri.removeprefix(base)):
        return root + path
    return iri if leads(iri) else None
