"""Contract 3: one IRI for each thing, minted in one module under one base."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import URIRef

from untocgraph.graph.errors import BadBase
from untocgraph.graph.iris import Iris

BASE = "https://example.org/kg/"
IRIS = Iris(BASE)
SLUG = "a-report"

ONE_OF_EACH = (
    URIRef(IRIS.ontology.Recommendation),
    URIRef(IRIS.shapes.Recommendation),
    IRIS.scheme("modality"),
    IRIS.concept("modality", "should"),
    IRIS.concept("condition", "should"),
    IRIS.treaty("untoc"),
    IRIS.article("untoc", 26),
    IRIS.article("untoc", 2, "paragraph", "6"),
    IRIS.article("untoc", 26, "paragraph", "2", "point", "a"),
    IRIS.state("chl"),
    IRIS.body("chl"),
    IRIS.person("chl"),
    IRIS.instrument("chl"),
    IRIS.document("A/63/539"),
    IRIS.document("A/63/5/39"),
    IRIS.decision("untoc-cop", "2/6"),
    IRIS.decision("untoc-cop", "26"),
    IRIS.resolution("untoc-cop", "2/6"),
    IRIS.report(SLUG),
    IRIS.meeting(SLUG),
    IRIS.section(SLUG, "II"),
    IRIS.section(SLUG, "II.A"),
    IRIS.annex(SLUG),
    IRIS.paragraph(SLUG, 7),
    IRIS.recommendation(SLUG, 7),
    IRIS.within(IRIS.paragraph(SLUG, 7), "norm", 1),
    IRIS.within(IRIS.within(IRIS.paragraph(SLUG, 7), "norm", 1), "condition", 1),
    IRIS.within(IRIS.paragraph(SLUG, 7), "intervention", 1),
    IRIS.within(IRIS.paragraph(SLUG, 7), "attendance", 1),
    IRIS.item(SLUG, "1(b)"),
    IRIS.item(SLUG, "1"),
    IRIS.sitting(SLUG, 1),
    IRIS.source(SLUG, "zh", "0" * 64),
    IRIS.span(IRIS.source(SLUG, "zh", "0" * 64), 12, 45),
    IRIS.graph(SLUG, "stated"),
    IRIS.graph(SLUG, "inferred"),
    IRIS.graph("reference"),
    IRIS.finding(SLUG, "0123"),
    IRIS.release("0" * 64),
    IRIS.dataset,
    IRIS.catalogue,
    IRIS.in_dataset("class", "untoc:Norm"),
    IRIS.linked_dataset("unbis"),
    IRIS.service("sparql"),
    IRIS.agent("untocgraph"),
    IRIS.metric("facts"),
    IRIS.checksum("0" * 64),
)


def test_no_two_things_share_an_iri() -> None:
    assert len(set(ONE_OF_EACH)) == len(ONE_OF_EACH)


def test_all_stand_under_the_base() -> None:
    assert all(iri.startswith(BASE) for iri in ONE_OF_EACH)


def test_patterns_that_others_cite() -> None:
    report = f"{BASE}id/report/a-report"
    assert IRIS.paragraph(SLUG, 7) == URIRef(f"{report}/para/7")
    assert IRIS.item(SLUG, "1(b)") == URIRef(f"{report}/item/1b")
    assert IRIS.document("CTOC/COP/WG.2/2013/3") == URIRef(
        f"{BASE}id/document/CTOC/COP/WG.2/2013/3"
    )
    norm = IRIS.within(IRIS.paragraph(SLUG, 7), "norm", 1)
    assert IRIS.within(norm, "condition", 1) == URIRef(f"{report}/para/7/norm/1/condition/1")
    source = IRIS.source(SLUG, "zh", "abcdef0123456789")
    assert IRIS.span(source, 1203, 1245) == URIRef(
        f"{report}/source/zh/abcdef012345/span/1203-1245"
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_symbol_makes_an_iri_that_decodes_to_it(symbol: str) -> None:
    iri = IRIS.document(symbol)
    assert unquote(iri.removeprefix(f"{BASE}id/document/")) == symbol
    assert set(iri) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/%"
    )


@given(st.text(min_size=1).filter(str.isprintable), st.text(min_size=1).filter(str.isprintable))
def test_two_keys_make_two_iris(one: str, other: str) -> None:
    assert (IRIS.state(one) == IRIS.state(other)) == (one == other)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "localhost:8000/",
        "http://localhost:8000",
        "ftp://example.org/",
        "http:///kg/",
        "https://example.org/kg",
        "https://example.org/kg/?x=/",
        "https://example.org/k g/",
        "https://example.org/kg/#",
        "https://example.org/<kg>/",
    ],
)
def test_a_base_that_is_none_is_refused(base: str) -> None:
    with pytest.raises(BadBase, match="ends in a slash"):
        Iris(base)


@pytest.mark.parametrize("base", ["http://localhost:8000/", "https://a.example/b/c/"])
def test_a_base_may_have_a_port_and_a_path(base: str) -> None:
    assert Iris(base).report("x") == URIRef(f"{base}id/report/x")


@pytest.mark.parametrize(
    ("iri", "slug"),
    [
        (IRIS.report("r"), "r"),
        (IRIS.paragraph("r", 7), "r"),
        (IRIS.graph("r", "stated"), "r"),
        (IRIS.graph("reference"), None),
        (IRIS.state("chl"), None),
        (IRIS.finding("r", "1"), None),
        ("http://elsewhere.example/id/report/r", None),
    ],
)
def test_whose_a_thing_is(iri: str, slug: str | None) -> None:
    assert IRIS.owner(iri) == slug
