"""Numbers, letters and days that share their words: "chapters I to III", "28 and 29 October".

Each member is given the words from where the series starts to its own end, because it shares them:
"28 日和 29 日" has its month only once.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from untocgraph.graph.languages.pack import LanguagePack
from untocgraph.graph.languages.passages import Passage, number
from untocgraph.graph.model import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    value: T
    span: Span  # from the start of the series to the end of the member


def numbers(words: Passage, pack: LanguagePack) -> tuple[Member[int], ...]:
    """The numbers of "第一至三章和第五章": 1, 2, 3, 5."""

    def between(first: int, last: int) -> Iterator[int]:
        yield from range(first + 1, last)

    found = [(number(m[0]), m) for m in pack.series.number.fill().finditer(words.text)]
    return tuple(_filled(words, found, between, pack))


def letters(words: Passage, pack: LanguagePack) -> tuple[Member[str], ...]:
    """The letters of "A 至 C 节": A, B, C."""

    def between(first: str, last: str) -> Iterator[str]:
        yield from map(chr, range(ord(first) + 1, ord(last)))

    found = [(m[0], m) for m in pack.series.letter.fill().finditer(words.text)]
    return tuple(_filled(words, found, between, pack))


def days(words: Passage, pack: LanguagePack) -> tuple[Member[date], ...]:
    """The days of "2013 年 10 月 28 日和 29 日". Empty if one of them is in no calendar."""

    def between(first: date, last: date) -> Iterator[date]:
        yield from (first + timedelta(n) for n in range(1, (last - first).days))

    found: list[tuple[date, re.Match[str]]] = []
    year = month = 0
    for match in pack.series.day.fill().finditer(words.text):
        year = int(match["year"] or year)
        month = int(match["month"] or month)
        try:
            found.append((date(year, month, int(match["day"])), match))
        except ValueError:
            return ()
    return tuple(_filled(words, found, between, pack))


def _filled(
    words: Passage,
    found: list[tuple[T, re.Match[str]]],
    between: Callable[[T, T], Iterator[T]],
    pack: LanguagePack,
) -> Iterator[Member[T]]:
    """The members printed, and those that a "to" between two of them leaves out."""
    before: tuple[T, re.Match[str]] | None = None
    for value, match in found:
        span = Span(words.start, words.start + len(words.text[: match.end()].rstrip()))
        if before is not None:
            joiner = words.text[before[1].end() : match.start()]
            if pack.series.through.fill().search(joiner):
                yield from (Member(each, span) for each in between(before[0], value))
        yield Member(value, span)
        before = value, match


def expressions(pack: LanguagePack) -> dict[str, str]:
    """The expressions of series, for patterns that hold one."""
    series = pack.series
    return {
        "number-series": series.numbers.fill().pattern,
        "letter-series": series.letters.fill().pattern,
        "day-series": series.days.fill().pattern,
    }


def inner(passage: Passage, match: re.Match[str], group: str | int = 0) -> Passage:
    """The words of a group of a match, without the spaces around them."""
    words = match[group]
    start = match.start(group) + len(words) - len(words.lstrip())
    return passage.part(start, start + len(words.strip()))
