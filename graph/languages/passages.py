"""Pieces of a source with their offsets, numbers and dates as texts print them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from untocgraph.graph.model import Evidence, Role, Span, Stated

T = TypeVar("T")

DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a source, cut out with the offset at which they start in it."""

    text: str
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text))

    def at(self, match: re.Match[str], group: int | str = 0) -> Span:
        """Where a match of the passage's text stands in the source."""
        return Span(self.start + match.start(group), self.start + match.end(group))

    def part(self, start: int, end: int | None = None) -> "Passage":
        """A part by offsets within the passage, like a slice."""
        return Passage(self.text[start:end], self.start + start)

    def sentences(self, end: str) -> Iterator["Passage"]:
        """The sentences, which end with the mark *end* or with their line; the mark is included."""
        for match in re.finditer(rf"[^\n{end}]*[^\s{end}][^\n{end}]*{end}?", self.text):
            words = match[0]
            lead = len(words) - len(words.lstrip())
            yield self.part(match.start() + lead, match.start() + len(words.rstrip()))


def stated(value: T, *spans: Span, role: Role = Role.DIRECT) -> Stated[T]:
    """A value with the spans that state it, all in one role."""
    return Stated(value, tuple(Evidence(span, role) for span in spans))


def number(printed: str) -> int:
    """A number in digits or in Chinese numerals up to 99.

    >>> number(" 26 "), number("四"), number("十二"), number("二十")
    (26, 4, 12, 20)

    Raises ValueError if it is neither.
    """
    printed = printed.strip()
    if printed.isascii():
        return int(printed)
    tens, ten, units = printed.rpartition("十")
    try:
        high = DIGITS[tens] if tens else int(bool(ten))
        return 10 * high + (DIGITS[units] if units else 0)
    except KeyError:
        raise ValueError(f"{printed!r} is not a number") from None


def item_number(printed: str) -> str:
    """The number of an agenda item without the spaces of the page.

    >>> item_number(" 2 (a)")
    '2(a)'
    """
    return re.sub(r"\s", "", printed)


def roman(value: int) -> str:
    """A number from 1 to 39 in Roman numerals, as chapters are cited in every language.

    >>> [roman(value) for value in (1, 4, 9, 12)]
    ['I', 'IV', 'IX', 'XII']
    """
    units = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (value // 10) + units[value % 10]
