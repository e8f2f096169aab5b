"""How the values of each datatype are written: the lexical spaces of XSD 1.1.

A literal that is not written so has no value (RDF 1.1 Concepts, 5.1): it is ill-typed. Python reads
other forms than XSD (full-width digits, weeks, ``1_000``) and fewer values (no year before 1, no
integer of 5,000 digits), so no value is made of a literal to find that out.
Source: W3C XML Schema Definition Language (XSD) 1.1 Part 2.
"""

import re
from decimal import Decimal

from rdflib import RDF, XSD, Literal

YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
MONTH = r"(0[1-9]|1[0-2])"
DAY = r"(0[1-9]|[12][0-9]|3[01])"
TIME = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
DAYS_AND_TIME = r"([0-9]+D)?(T(?!$)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
YEARS_AND_MONTHS = r"([0-9]+Y)?([0-9]+M)?"
INTEGER = r"[+-]?[0-9]+"
DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
DOUBLE = rf"{DECIMAL}([eE][+-]?[0-9]+)?|[+-]?INF|NaN"
BASE64 = "[A-Za-z0-9+/] ?"
ON_ONE_LINE = "\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
CHARACTER = f"\t\n\r{ON_ONE_LINE}"  # XML 1.0, 2.2
NAME_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NAME = rf"\-.0-9{NAME_START}\xb7\u0300-\u036f\u203f\u2040"

FORMS = {
    name: re.compile(pattern)
    for name, pattern in {
        "string": f"[{CHARACTER}]*",
        "normalizedString": f"[{ON_ONE_LINE}]*",
        "token": rf"(?! )(?!.* (?: |\Z))[{ON_ONE_LINE}]*",
        "anyURI": f"[{CHARACTER}]*",
        "language": "[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*",
        "Name": f"[:{NAME_START}][:{NAME}]*",
        "NCName": f"[{NAME_START}][{NAME}]*",
        "NMTOKEN": f"[:{NAME}]+",
        "boolean": "true|false|0|1",
        "decimal": DECIMAL,
        "double": DOUBLE,
        "float": DOUBLE,
        "date": f"{YEAR}-{MONTH}-{DAY}{ZONE}?",
        "dateTime": f"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}?",
        "dateTimeStamp": f"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}",
        "time": f"{TIME}{ZONE}?",
        "gYear": f"{YEAR}{ZONE}?",
        "gYearMonth": f"{YEAR}-{MONTH}{ZONE}?",
        "gMonth": f"--{MONTH}{ZONE}?",
        "gMonthDay": f"--{MONTH}-{DAY}{ZONE}?",
        "gDay": f"---{DAY}{ZONE}?",
        "duration": f"-?P(?!$){YEARS_AND_MONTHS}{DAYS_AND_TIME}",
        "dayTimeDuration": f"-?P(?!$){DAYS_AND_TIME}",
        "yearMonthDuration": f"-?P(?!$){YEARS_AND_MONTHS}",
        "hexBinary": "([0-9A-Fa-f]{2})*",
        "base64Binary": (
            f"(({BASE64}){{4}})*"
            rf"(({BASE64}){{3}}[A-Za-z0-9+/]|({BASE64}){{2}}[AEIMQUYcgkosw048] ?="
            rf"|{BASE64}[AQgw] ?= ?=)?"
        ),
    }.items()
}

# The bounds of each integer; None is none.
BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}

# Of XSD, but not for RDF, which has no context to read them in (RDF 1.1 Concepts, 5.1).
UNREAD = {
    *("QName", "NOTATION", "ENTITY", "ENTITIES", "ID", "IDREF", "IDREFS", "NMTOKENS"),
    *("anyType", "anySimpleType", "anyAtomicType"),
}

WITH_DAY = {"date", "dateTime", "dateTimeStamp"}
DATE = re.compile(f"{YEAR}-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})")
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_ill_typed(literal: Literal) -> bool:
    """Whether *literal* is not written as its datatype wants, or has one that XSD does not define.

    Of a datatype that stands elsewhere nothing is known, so nothing is wrong.
    """
    if literal.language:
        return False
    if literal.datatype == RDF.langString:
        return True
    datatype = str(literal.datatype or XSD.string)
    if not datatype.startswith(str(XSD)):
        return False
    name = datatype.removeprefix(str(XSD))
    return name not in UNREAD and not is_form_of(name, str(literal))


def is_form_of(name: str, form: str) -> bool:
    """Whether *form* is in the lexical space of the datatype *name* of XSD."""
    if name in BOUNDS:
        return re.fullmatch(INTEGER, form) is not None and _within(Decimal(form), *BOUNDS[name])
    if name not in FORMS or not FORMS[name].fullmatch(form):
        return False
    if name in WITH_DAY:
        return _is_a_day(form)
    if name == "gMonthDay":
        return int(form[5:7]) <= LENGTHS[int(form[2:4]) - 1]
    return True


def exact(literal: Literal) -> Decimal | None:
    """The value of a well-formed integer or decimal, however long; None for everything else."""
    name = str(literal.datatype or "").removeprefix(str(XSD))
    if (name in BOUNDS or name == "decimal") and is_form_of(name, str(literal)):
        return Decimal(str(literal))
    return None


def _within(value: Decimal, lowest: int | None, highest: int | None) -> bool:
    return (lowest is None or lowest <= value) and (highest is None or value <= highest)


def _is_a_day(form: str) -> bool:
    found = DATE.match(form)
    assert found
    month, day = int(found["month"]), int(found["day"])
    if (month, day) == (2, 29):
        century, year = int(found[0][:-8][-2:] or "0"), int(found[0][:-6][-2:])
        return year % 4 == 0 and (year != 0 or century % 4 == 0)
    return day <= LENGTHS[month - 1]
