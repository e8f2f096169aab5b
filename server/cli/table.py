"""The answer of a query as a table for a terminal."""

import json
import re
import unicodedata
from typing import Any

WIDEST = 80  # columns of the terminal that one cell may take


def table(answer: bytes, base: str) -> str:
    """*answer*, SPARQL 1.1 results in JSON, in columns; an ASK as "yes" or "no".

    Addresses under *base* are written relative to it, and a long cell is cut, which "…" shows.
    """
    results: dict[str, Any] = json.loads(answer)
    if "boolean" in results:
        return "yes" if results["boolean"] else "no"
    names = results["head"]["vars"]
    rows = [[cell(row.get(name), base) for name in names] for row in results["results"]["bindings"]]
    widths = [max(map(width, column)) for column in zip(names, *rows, strict=True)]
    rule = ["─" * width for width in widths]
    return "\n".join(
        "  ".join(pad(text, wide) for text, wide in zip(row, widths, strict=True)).rstrip()
        for row in (names, rule, *rows)
    )


def cell(term: dict[str, str] | None, base: str) -> str:
    """A term in one line; nothing for an unbound variable."""
    if term is None:
        return ""
    text = term["value"]
    if term["type"] == "uri":
        text = f"<{text.removeprefix(base)}>"
    elif term["type"] == "bnode":
        text = f"_:{text}"
    # A control character must not reach the terminal, where it could be a command.
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text)
    return cut(text, WIDEST)


def width(text: str) -> int:
    """Columns that *text* takes: a Chinese character takes two, a combining mark none.

    >>> width("UNODC 支持")
    10
    """
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def pad(text: str, wide: int) -> str:
    return text + " " * (wide - width(text))


def cut(text: str, wide: int) -> str:
    """*text*, or as much of it as leaves room for the mark that it was cut."""
    if width(text) <= wide:
        return text
    kept = len(text)
    while width(text[:kept]) >= wide:
        kept -= 1
    return f"{text[:kept]}…"
