"""The order of RDF terms as SPARQL 1.1 defines it in section 15.1, made total.

`sort_key` gives a string for each term, and the strings compare by code point as the terms should:

    blank nodes < IRIs < literals < triple terms

and within literals

    numbers of all types: by exact value, with INF and then NaN last
    strings, with and without language: by text, then by language and direction
    booleans: false, true
    dates and times, kind by kind: by the instant; a missing time zone counts as UTC
    durations: by length, as XML Schema compares them
    other literals, among them malformed ones: by datatype, then by lexical form

Wherever ``<`` is defined between two literals, this order agrees with it: it extends the partial
orders of XML Schema 1.1 part 2 (3.2.6 to 3.2.15, E.3) to total ones. Literals that are equal in
value have one key, so that the next sort key decides.
"""

import re
import struct
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from math import isinf, isnan

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

XSD = "http://www.w3.org/2001/XMLSchema#"
STRING = f"{XSD}string"
TAGGED = {
    f"http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}" for name in ("langString", "dirLangString")
}
INTEGERS = (  # xsd:integer and what is derived from it
    "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger",
    "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
    "unsignedByte",
)  # fmt: skip
# Types whose values may have more digits than the engine holds; it then takes them as opaque.
UNBOUNDED = {
    f"{XSD}{name}"
    for name in (
        "decimal", "integer", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
        "negativeInteger", "unsignedLong",
    )
}  # fmt: skip
NUMBER = "3a"  # how the key of a number begins

Term = NamedNode | BlankNode | Literal | Triple

_EXACT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_FLOATING = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")
REMEMBERED = 10_000  # dates of each kind
_LONGEST = 1000  # characters of a date or duration that is read; a longer one is opaque
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
_EXPONENT = 10**9  # more than any number of digits

_YEAR, _MONTH, _DAY = r"(?P<year>-?[0-9]{4,})", r"(?P<month>[0-9]{2})", r"(?P<day>[0-9]{2})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
_CALENDAR = {
    f"{XSD}{name}": re.compile(pattern + _ZONE)
    for name, pattern in {
        "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}",
        "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}",
        "date": f"{_YEAR}-{_MONTH}-{_DAY}",
        "time": _TIME,
        "gYearMonth": f"{_YEAR}-{_MONTH}",
        "gYear": _YEAR,
        "gMonthDay": f"--{_MONTH}-{_DAY}",
        "gMonth": f"--{_MONTH}",
        "gDay": f"---{_DAY}",
    }.items()
}
_DURATIONS = {f"{XSD}{name}" for name in ("duration", "yearMonthDuration", "dayTimeDuration")}
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+)(?:\.(?P<fraction>[0-9]+))?S)?)?"
)
# One duration is less than another if it is so added to each of these; E.3 of XML Schema 1.1.
_REFERENCES = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))


def sort_key(term: Term) -> str:
    """What stands for *term* when terms are sorted; strings of this kind compare by code point."""
    if isinstance(term, NamedNode):
        return f"2{term.value}"
    if isinstance(term, Literal):
        return f"3{_literal(term)}"
    if isinstance(term, BlankNode):
        return f"1{term.value}"
    return "4" + "".join(_closed(sort_key(each)) for each in term)


def _literal(literal: Literal) -> str:
    value = literal.value
    datatype = literal.datatype.value
    if datatype == STRING:
        return f"b{_closed(value)}"
    if datatype in TAGGED:
        return f"b{_closed(value)}{literal.language}{literal.direction or ''}"
    key = _READERS.get(datatype, _opaque)(value)
    return key if key is not None else f"f{_closed(datatype)}{value}"


def _closed(text: str) -> str:
    """*text* with an end that sorts before all that could follow."""
    if "\0" in text:
        text = text.replace("\0", "\0\1")
    return f"{text}\0\0"


def _opaque(value: str) -> None:
    """There is nothing to compare but the form."""


def _boolean(value: str) -> str | None:
    return {"false": "c0", "0": "c0", "true": "c1", "1": "c1"}.get(value)


# Numbers


def _exact(value: str) -> str | None:
    return f"a{number_key(Decimal(value))}" if _EXACT.fullmatch(value) else None


def _double(value: str) -> str | None:
    return _floating(float(value)) if _FLOATING.fullmatch(value) else None


def _single(value: str) -> str | None:
    if not _FLOATING.fullmatch(value):
        return None
    number = float(value)
    try:
        (number,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        number = float("inf") if number > 0 else float("-inf")
    return _floating(number)


def _floating(number: float) -> str:
    if isnan(number):
        return "a5"
    if isinf(number):
        return "a4" if number > 0 else "a0"
    return f"a{number_key(Decimal(number))}"


def number_key(number: Decimal) -> str:
    """A string that sorts as the exact value of *number*, which is finite."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "2"
    size = len(text) + int(exponent)  # digits before the point
    key = f"{size + _EXPONENT:010}{text.rstrip('0')}"
    return f"1{key.translate(_COMPLEMENT)}~" if sign else f"3{key}"


def _seconds(whole: int, fraction: str | None, sign: int = 1) -> str:
    """Seconds as a number that sorts, *fraction* being their decimal digits."""
    fraction = fraction or ""
    scaled = sign * (whole * 10 ** len(fraction) + int(fraction or 0))
    digits = tuple(map(int, str(abs(scaled))))
    return number_key(Decimal((int(scaled < 0), digits, -len(fraction))))


# Dates, times and durations


def _calendar(datatype: str) -> Callable[[str], str | None]:
    pattern = _CALENDAR[datatype]
    kind = datatype.replace("dateTimeStamp", "dateTime").removeprefix(XSD)

    @lru_cache(REMEMBERED)  # in one result the same dates come again and again
    def key(value: str) -> str | None:
        found = pattern.fullmatch(value, 0, _LONGEST)
        if found is None:
            return None
        part = {"year": "1972", "month": "12", "hour": "0", "minute": "0", "second": "0"}
        part |= {name: text for name, text in found.groupdict().items() if text}
        year, month = int(part["year"]), int(part["month"])
        if not 1 <= month <= 12:
            return None
        day = int(part.get("day", 31 if kind in ("time", "gMonth") else 1))
        minutes = int(part["hour"]) * 60 + int(part["minute"]) - _offset(part.get("zone"))
        whole = (_days(year, month) + day - 1) * 86400 + minutes * 60 + int(part["second"])
        return f"d{kind} {_seconds(whole, part.get('fraction'))}\0{int('zone' in part)}"

    return key


def _offset(zone: str | None) -> int:
    """Minutes."""
    if zone in (None, "Z"):
        return 0
    assert zone is not None
    minutes = int(zone[1:3]) * 60 + int(zone[4:])
    return -minutes if zone[0] == "-" else minutes


def _days(year: int, month: int) -> int:
    """Days from the beginning of March of the year 0 to the first of *month*, which may pass 12.

    The proleptic Gregorian calendar of XML Schema, for years of any size.
    """
    months = year * 12 + month - 3
    year, month = divmod(months, 12)  # a year that begins with March ends with its leap day
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5


def _duration(value: str) -> str | None:
    found = _DURATION.fullmatch(value, 0, _LONGEST)
    if found is None:
        return None
    part = {name: int(text or 0) for name, text in found.groupdict().items() if name != "sign"}
    sign = -1 if found["sign"] else 1
    months = sign * (part["years"] * 12 + part["months"])
    clock = (part["hours"] * 60 + part["minutes"]) * 60 + part["seconds"]
    time = part["days"] * 86400 + clock
    keys = [
        _seconds(
            sign * (_days(y, m + months) - _days(y, m)) * 86400 + time, found["fraction"], sign
        )
        for y, m in _REFERENCES
    ]
    return f"e{chr(0).join(keys)}"


_READERS: dict[str, Callable[[str], str | None]] = {
    **{f"{XSD}{name}": _exact for name in ("decimal", *INTEGERS)},
    f"{XSD}double": _double,
    f"{XSD}float": _single,
    f"{XSD}boolean": _boolean,
    **{datatype: _calendar(datatype) for datatype in _CALENDAR},
    **dict.fromkeys(_DURATIONS, _duration),
}
