"""`untocgraph facts`: one row for each value, in a form that other tools can compare."""

import csv
import io
import json
from collections import Counter
from functools import cache

import pytest
from rdflib import RDF

from tests.sample import IRIS, report, stated
from tests.test_questions import store
from untocgraph.graph.build.rendering import renderings
from untocgraph.graph.export.facts import FIELDS, Row, csv_lines, facts, json_lines

SLUG = "untoc-wgta-2013"


@cache
def rows() -> tuple[Row, ...]:
    return facts(store(), IRIS.base)


def of_kind(kind: str) -> list[Row]:
    return [row for row in rows() if row.kind == kind]


def test_every_fact_of_the_stated_graph_is_a_row() -> None:
    count = len(set(stated().subjects(RDF.type, IRIS.ontology.Fact)))
    with_words = [row for row in rows() if row.status == "stated" and row.evidence]
    placed = [row for row in with_words if row.predicate == "ontology#standsAt"]
    assert len(with_words) - len(placed) == count


def test_every_row_has_a_kind_of_its_own() -> None:
    assert of_kind("other") == []


@pytest.mark.parametrize(
    ("kind", "count"),
    [("attendance", 132), ("recommendation", 124), ("norm", 34), ("article", 5), ("addressee", 38)],
)
def test_counts(kind: str, count: int) -> None:
    assert len(of_kind(kind)) == count


def test_a_row() -> None:
    (row,) = [row for row in of_kind("condition") if row.paragraph == 33 and "upon" in row.value]
    assert row.subject == "id/report/untoc-wgta-2013/para/33/norm/1"
    assert row.predicate == "ontology#condition"
    assert row.value == "id/concept/condition/upon-request"
    assert (row.label_en, row.status, row.reason) == ("upon request", "stated", "")
    (words,) = row.evidence
    assert (words.words, words.role) == ("根据请求", "direct")
    assert report().source.text[words.start : words.end] == "根据请求"


def test_english_is_added_and_says_whose_it_is() -> None:
    found = of_kind("english")
    path = f"id/report/{SLUG}"
    assert {(row.subject, row.value) for row in found} == {
        (f"{path}/english" if each.of == "." else f"{path}/{each.of}/english", each.text)
        for each in renderings(SLUG)
    }
    (view,) = [row for row in found if row.subject.endswith("para/4/view/1/english")]
    assert (view.paragraph, view.predicate) == (4, "ontology#englishText")
    assert (view.label_en, view.label_zh) == (view.value, "")
    for row in found:
        assert (row.status, row.evidence) == ("added", ())
        assert row.reason.startswith("Unofficial English of the untocgraph project")


def test_words_are_those_of_the_text() -> None:
    text = report().source.text
    for row in rows():
        for words in row.evidence:
            assert text[words.start : words.end] == words.words


def test_what_is_inferred_has_a_reason_and_what_is_added_a_source() -> None:
    assert Counter(row.status for row in rows()).keys() == {"stated", "inferred", "added"}
    assert all(row.reason for row in rows() if row.status != "stated")
    assert not any(row.reason for row in rows() if row.status == "stated")


def test_paragraphs() -> None:
    assert {row.paragraph for row in of_kind("paragraph")} == set(range(1, 91))
    assert {row.paragraph for row in of_kind("document")} == {None}


def test_the_order_is_fixed() -> None:
    assert [json.loads(line) for line in json_lines(rows())] == [
        json.loads(line) for line in json_lines(facts(store(), IRIS.base))
    ]
    assert [row.kind for row in rows()] == sorted(row.kind for row in rows())


def test_json_and_csv_say_the_same() -> None:
    as_json = [json.loads(line) for line in json_lines(rows())]
    table = list(csv.DictReader(io.StringIO("".join(csv_lines(rows())), newline="")))
    assert [tuple(row) for row in as_json] == [FIELDS] * len(rows())
    for one, other in zip(as_json, table, strict=True):
        assert json.loads(other.pop("evidence")) == one.pop("evidence")
        assert {key: "" if value is None else str(value) for key, value in one.items()} == other


def test_rows_are_relative_to_the_base() -> None:
    assert not any(IRIS.base in line for line in json_lines(rows()))
