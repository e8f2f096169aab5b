"""Answers in XML: every reader finds in them the values that were there, or they are refused."""

import re
import xml.etree.ElementTree as ET

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from untocgraph.graph.errors import QueryNotInXml
from untocgraph.graph.query.evaluate import AnswerLimits, Local, Request, evaluate
from untocgraph.graph.rdf.xml_characters import ROWS, Characters, has_name

BASE = "http://localhost:8000/"
RESULTS, GRAPH = "application/sparql-results+xml", "application/rdf+xml"
IN_XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
TEXTS = st.text(
    st.one_of(
        st.sampled_from("\r\n\t ]>&<'\"\x00\x01\x0b\x1f\x7f\x85\u2028\ufffd\ufffe\uffff\uffc0"),
        st.characters(exclude_categories=["Cs"]),
    )
)


def answer(query: str, media_type: str, store: Store | None = None) -> bytes:
    pieces: list[bytes] = []
    request = Request(query=query, base=BASE, media_type=media_type)
    evaluate(Local(store or Store()), request, pieces.append, AnswerLimits())
    return b"".join(pieces)


def holding(text: str) -> Store:
    store = Store()
    for value in (
        Literal(text),
        Literal(text, language="en"),
        Literal(text, datatype=NamedNode("http://e/t&'")),
    ):
        store.add(Quad(NamedNode("http://e/s?a&b='c'"), NamedNode("http://e/p"), value))
    return store


@given(TEXTS)
@settings(max_examples=300)
def test_values_come_through_or_are_refused(text: str) -> None:
    store = holding(text)
    if not IN_XML.fullmatch(text):
        for query, media_type in ((SELECT, RESULTS), (CONSTRUCT, GRAPH), (DESCRIBE, GRAPH)):
            with pytest.raises(QueryNotInXml, match=r"U\+[0-9A-F]{4}"):
                answer(query, media_type, store)
        return
    rows = ET.fromstring(answer(SELECT, RESULTS, store))
    literals = [e.text or "" for e in rows.iter() if e.tag.endswith("}literal")]
    assert literals == [text] * 3
    assert {e.text for e in rows.iter() if e.tag.endswith("}uri")} == {"http://e/s?a&b='c'"}
    for query in (CONSTRUCT, DESCRIBE):
        read = rdflib.Graph().parse(data=answer(query, GRAPH, store), format="xml")
        found = {(str(o), getattr(o, "language", None)) for o in read.objects()}
        assert found == {(text, None), (text, "en")}


SELECT = "SELECT ?s ?o { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
DESCRIBE = "DESCRIBE <http://e/s?a&b='c'>"


@given(TEXTS, st.lists(st.integers(1, 5)))
def test_pieces_break_anywhere(text: str, sizes: list[int]) -> None:
    whole = text.encode()

    def checked(pieces: list[bytes]) -> bytes | None:
        characters = Characters(ROWS)
        try:
            return b"".join(map(characters.escaped, pieces))
        except QueryNotInXml:
            return None

    pieces, at = [], 0
    for size in (*sizes, len(whole)):
        pieces.append(whole[at : at + size])
        at += size
    assert checked(pieces) == checked([whole])
    assert (checked([whole]) is None) == (not IN_XML.fullmatch(text))


@pytest.mark.parametrize(
    "media_type",
    [
        "application/sparql-results+json", "text/csv", "text/tab-separated-values",
        "text/turtle", "application/n-triples", "application/trig",
    ],
)  # fmt: skip
def test_other_formats_hold_every_character(media_type: str) -> None:
    graph = media_type in ("text/turtle", "application/n-triples", "application/trig")
    assert answer(CONSTRUCT if graph else SELECT, media_type, holding("a\x01\r\ufffe"))


def test_long_answer_is_checked_to_its_end() -> None:
    store = holding("fine " * 100_000 + "\r")
    assert answer(SELECT, RESULTS, store).count(b"&#13;") == 3
    with pytest.raises(QueryNotInXml):
        answer(SELECT, RESULTS, holding("fine " * 100_000 + "\uffff"))


NAMED = ["http://e/p", "http://e/a:b", "http://e/-a", "urn:x:y", "http://e/会议", "http://e/a%20b"]
NAMELESS = ["http://e/", "http://e/1", "http://e/a?x=1", "http://e/a,", "urn:x:1", "http://e/×"]
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize("iri", [*NAMED, *NAMELESS, f"{RDF}li", f"{RDF}Description", f"{RDF}_1"])
def test_properties_need_a_name(iri: str) -> None:
    query = f"CONSTRUCT {{ <x:s> <{iri}> 'v' }} {{}}"
    if iri in NAMED or iri == f"{RDF}_1":
        read = rdflib.Graph().parse(data=answer(query, GRAPH), format="xml")
        assert set(read.predicates()) == {rdflib.URIRef(iri)}
    else:
        with pytest.raises(QueryNotInXml) as raised:
            answer(query, GRAPH)
        assert iri in str(raised.value) and "Turtle" in str(raised.value)


@pytest.mark.parametrize("iri", [*NAMED, *NAMELESS])
def test_classes_that_name_elements_need_one_too(iri: str) -> None:
    query = f"CONSTRUCT {{ <x:s> a <{iri}> ; <x:p> 1 }} {{}}"
    if iri in NAMED:
        read = rdflib.Graph().parse(data=answer(query, GRAPH), format="xml")
        assert set(read.objects(None, rdflib.RDF.type)) == {rdflib.URIRef(iri)}
    else:
        with pytest.raises(QueryNotInXml):
            answer(query, GRAPH)


def test_labels_of_blank_nodes_are_names() -> None:
    """_:1x is a label in Turtle, and no name in XML."""
    store = Store()
    store.load(b"_:1x <x:p> _:b .\n_:b <x:p> _:1x .", format=RdfFormat.N_TRIPLES)
    read = rdflib.Graph().parse(data=answer(CONSTRUCT, GRAPH, store), format="xml")
    assert len(read) == len(set(read.subjects())) == 2
    labels = re.findall(rb'rdf:nodeID="([^"]*)"', answer(CONSTRUCT, GRAPH, store))
    assert len(labels) == 4 and all(re.fullmatch(rb"[A-Za-z_][\w.-]*", each) for each in labels)


def test_what_a_reader_says_is_what_counts() -> None:
    assert has_name(NamedNode("x:p"), Literal(""))
    assert not has_name(NamedNode("x:1"), Literal(""))
