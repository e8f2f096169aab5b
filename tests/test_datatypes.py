"""Which forms XSD 1.1 has for each datatype, and how values compare."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, XSD, BNode, Literal, URIRef

from untocgraph.graph.rdf.datatypes import BOUNDS, FORMS, is_form_of, is_ill_typed
from untocgraph.graph.rdf.terms import Verbatim
from untocgraph.graph.validate.constraints import is_less

# datatype: (what is of it, what is not), each form apart from its neighbours by a bar.
WRITTEN: dict[str, tuple[str, str]] = {
    "string": ("|a\nb|x y", "\0|\x1b[31m|\ufffe"),
    "normalizedString": ("|  a  b", "a\nb|\t"),
    "token": ("|a b", " a|a |a  b|a\nb"),
    "anyURI": ("|a b|http://x/", "\0"),
    "language": ("zh|en-GB|x-1", "|english-abcdefghi|e n|zh_CN|1"),
    "Name": ("a|:a|_1|名", "|1|-a|a b"),
    "NCName": ("a|_1|名", "|a:b|1"),
    "NMTOKEN": ("1|a:b|-", "|a b"),
    "boolean": ("true|false|0|1", "|TRUE|yes|True| true|01"),
    "decimal": ("1|+1.|.5|-0.0", "|.|1e5|1,5|INF|１| 1|1_000"),
    "double": ("1|1e5|-.5E-3|INF|-INF|+INF|NaN", "|inf|nan|Infinity|0x1|1e|e5|1e5.0| 1"),
    "float": ("1|INF", "infinity|1f"),
    "date": (
        "2013-10-28|2000-02-29|0000-02-29|-0044-03-15|-0004-02-29|12013-10-28|2013-10-28Z"
        "|2013-10-28+14:00|2013-10-28-00:30",
        "|20131028|2013-W44-1|2013-301|13-10-28|2013-02-29|1900-02-29|2013-02-30|2013-04-31"
        "|2013-00-01|2013-13-01|2013-10-00|2013-10-32|02013-10-28|2013-10-28+14:01|2013-10-28z"
        "|２０１３-10-28| 2013-10-28|2013-10-28\n|2013-10-28T00:00:00|+2013-10-28",
    ),
    "dateTime": (
        "2013-10-28T09:00:00|2013-10-30T24:00:00|2013-10-30T24:00:00.0Z|-0001-01-01T00:00:00.5",
        "2013-10-28|2013-10-28 09:00:00|2013-10-28T09:00|2013-10-28T24:00:01|2013-10-28T25:00:00"
        "|2013-10-28T09:60:00|2013-10-28T09:00:60|2013-02-30T00:00:00|2013-10-28T09:00:00.",
    ),
    "dateTimeStamp": ("2013-10-28T09:00:00Z", "2013-10-28T09:00:00"),
    "time": ("09:00:00|24:00:00|23:59:59.999Z", "9:00:00|24:00:01|090000|09:00"),
    "gYear": ("2013|-0044|0000|12013", "13|02013|2013-01"),
    "gYearMonth": ("2013-10", "2013-13|2013"),
    "gMonth": ("--10|--10Z", "10|--13|--10--"),
    "gMonthDay": ("--02-29|--12-31", "--02-30|--04-31|02-29"),
    "gDay": ("---31", "31|---32"),
    "duration": ("P1Y|PT1.5S|-P1DT1H|P1Y2M3DT4H5M6S", "|P|PT|P1H|1D|P1DT|P-1D|PT1.S|P1M1Y"),
    "dayTimeDuration": ("P1D|PT1H", "P1Y|P|P1DT"),
    "yearMonthDuration": ("P1Y|-P2M", "P1D|P"),
    "hexBinary": ("|0aF9", "0|0g|0x0a"),
    "base64Binary": ("|YQ==|Y Q = =|YWJj", "YQ=|YQ|Y|YR==|YW\nJj"),
    "integer": ("1|-1|+007|0", "|1.0|１|٣|1e3|1_000| 1|--1|0x1"),
    "nonNegativeInteger": ("0|-0|1", "-1"),
    "positiveInteger": ("1", "0|-1"),
    "nonPositiveInteger": ("0|-1", "1"),
    "negativeInteger": ("-1", "0"),
    "long": ("9223372036854775807", "9223372036854775808"),
    "int": ("2147483647|-2147483648", "2147483648|-2147483649"),
    "short": ("32767", "32768"),
    "byte": ("127|-128", "128|-129"),
    "unsignedLong": ("18446744073709551615|+0", "18446744073709551616|-1"),
    "unsignedInt": ("4294967295", "4294967296"),
    "unsignedShort": ("65535", "65536"),
    "unsignedByte": ("255", "256"),
}
MANY_DIGITS = "9" * 6000  # Python makes no integer of more than 4,300


@pytest.mark.parametrize("name", sorted({*FORMS, *BOUNDS}))
def test_the_forms_of_each_datatype(name: str) -> None:
    right, wrong = WRITTEN[name]
    for form in right.split("|"):
        assert is_form_of(name, form), form
    for form in wrong.split("|"):
        assert not is_form_of(name, form), form


@given(st.dates())
def test_every_day_of_the_calendar_and_no_other(day: date) -> None:
    form = day.isoformat()
    assert is_form_of("date", form)
    beyond = f"{form[:8]}{day.day + 3:02}"
    try:
        date.fromisoformat(beyond)
    except ValueError:
        assert not is_form_of("date", beyond)
    else:
        assert is_form_of("date", beyond)


def test_what_is_ill_typed_and_what_is_not_ours_to_say() -> None:
    assert not is_ill_typed(Literal("a", lang="en"))
    assert is_ill_typed(Verbatim("a", None, RDF.langString))
    assert is_ill_typed(Verbatim("1", None, URIRef(f"{XSD}interger")))
    assert not is_ill_typed(Verbatim("a", None, XSD.QName))
    assert not is_ill_typed(Verbatim("a", None, URIRef("http://example.org/ours")))
    assert is_ill_typed(Verbatim("\0"))


def literal(form: str, name: str) -> Literal:
    return Verbatim(form, None, XSD[name])


@pytest.mark.parametrize(
    ("one", "other", "less"),
    [
        (literal("1", "integer"), literal("2", "integer"), True),
        (literal("10", "integer"), literal("9", "integer"), False),
        (literal("1", "integer"), literal("1.5", "decimal"), True),
        (literal("1", "integer"), literal("1.5", "double"), True),
        (literal(MANY_DIGITS, "integer"), literal(f"{MANY_DIGITS}0", "integer"), True),
        (literal("-0044-03-15", "date"), literal("0000-01-01", "date"), True),
        (literal("2013-10-30", "date"), literal("2013-10-28", "date"), False),
        (literal("20131028", "date"), literal("2013-10-30", "date"), False),
        (literal("１", "integer"), literal("4", "integer"), False),
        (literal("1", "integer"), literal("2013-10-30", "date"), False),
        (BNode("b"), literal("2013-10-30", "date"), False),
        (URIRef("http://x/1"), URIRef("http://x/2"), False),
        (Literal("a"), Literal("b"), True),
    ],
)
def test_values_compare_as_in_sparql_or_not_at_all(
    one: Literal, other: Literal, less: bool
) -> None:
    assert is_less(one, other) is less
    assert not is_less(one, one) and not (less and is_less(other, one))
