"""A language pack with one entry changed: what the mutation tests try, one after the other.

An entry is a row of a table, a name or a mark, or a pattern; inside a pattern it is each
alternative, each look around, each member of a class of characters, and each part that may be
missing, may come again or may be of any length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from untocgraph.graph.languages.pack import LanguagePack, Pattern

NEVER = "(?!)"  # matches nowhere, and keeps the groups of what follows
NOWHERE = "\ue000"  # a character that no text holds
MARKS = "sentence_end clause_end title_marks".split()  # here each character is an entry


@dataclass(frozen=True, slots=True)
class Mutant:
    table: str
    name: str  # the table, where in it, and what stands there now
    pack: LanguagePack


def mutants(pack: LanguagePack) -> Iterator[Mutant]:
    for field in fields(pack):
        table, value = field.name, getattr(pack, field.name)
        for where, other in marks(value) if table in MARKS else changed(value):
            entries: dict[str, Any] = {table: other}
            yield Mutant(table, f"{table}{where}", replace(pack, **entries))


def marks(value: str) -> Iterator[tuple[str, str]]:
    for mark in value:
        yield f" without {mark}", value.replace(mark, NOWHERE)


def changed(value: Any) -> Iterator[tuple[str, Any]]:
    """A value of the pack with one thing in it changed, each with a name for the change."""
    if isinstance(value, Pattern):
        for pattern in shrunk(value):
            yield f" {pattern}", Pattern(pattern)
    elif isinstance(value, bool):
        if value:  # false is what a row says that does not speak of it
            yield " false", False
    elif isinstance(value, str):
        yield f" without {value}", NOWHERE
    elif isinstance(value, tuple):
        for n, each in enumerate(value):
            if not isinstance(each, Pattern) and isinstance(each, str):
                yield f"[{n}] left out", (*value[:n], *value[n + 1 :])
            for where, other in changed(each):
                yield f"[{n}]{where}", (*value[:n], other, *value[n + 1 :])
    elif isinstance(value, dict):
        for key, each in value.items():
            yield f".{key} left out", {k: v for k, v in value.items() if k != key}
            for where, other in changed(each):
                yield f".{key}{where}", {**value, key: other}
    else:
        assert is_dataclass(value) and not isinstance(value, type)
        for field in fields(value):
            for where, other in changed(getattr(value, field.name)):
                one: dict[str, Any] = {field.name: other}
                yield f".{field.name}{where}", replace(value, **one)


# ---- Patterns -----------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""
      \\. | <[\w-]+>                                # an escape, a placeholder
    | (?P<open>\((?:\?(?:P<\w+>|[:=!]|<[=!]))?)
    | (?P<close>\))
    | (?P<bar>\|)
    | \[(?P<none>\^?)(?P<members>(?:\\.|[^\]\\])+)\]
    | (?P<times>(?:[*+?]|\{(?P<least>\d+),\d*\})\??)
    | .
    """,
    re.VERBOSE,
)
MEMBER = re.compile(r"(?:\\.|.)(?:-(?:\\.|[^-]))?", re.DOTALL)
LEAST = {"*": "{0}", "+": "{1}", "?": "{0}"}


def shrunk(pattern: str) -> Iterator[str]:
    """A pattern that fits less (or, behind a negative look around, more), in each way."""
    yield f"{NEVER}(?:{pattern})"
    for start, end, new in sorted(edits(pattern)):
        yield pattern[:start] + new + pattern[end:]


def edits(pattern: str) -> Iterator[tuple[int, int, str]]:
    """What to write from where to where."""
    opened: list[tuple[str, list[int]]] = [("", [0])]  # how a group opens, where alternatives start
    for token in TOKEN.finditer(pattern):
        start, end = token.span()
        if token["open"]:
            opened.append((token["open"], [end]))
        elif token["bar"]:
            opened[-1][1].append(end)
        elif token["close"]:
            yield from alternatives(*opened.pop())
        elif token["times"]:
            least = f"{{{token['least']}}}" if token["least"] else LEAST[token["times"][0]]
            yield start, end, least
            if token["times"] == "?":
                yield start, end, ""  # no longer optional
        elif token["members"] and not token["none"]:
            yield from fewer(token)
    yield from alternatives(*opened.pop())
    assert not opened, pattern


def alternatives(opening: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    if len(starts) > 1 or opening[2:] in ("=", "!", "<=", "<!"):
        yield from ((start, start, NEVER) for start in starts)


def fewer(token: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    members = [each.span() for each in MEMBER.finditer(token["members"])]
    if len(members) > 1:
        for start, end in members:
            yield token.start("members") + start, token.start("members") + end, ""
