"""Dumps: the same bytes whatever the order and the labels, nothing lost, and fit to be read."""

import itertools
import random
import re

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.term import Node

from tests.graphs import (
    BASE,
    IRIS,
    Statement,
    dataset,
    nquads,
    quads,
    read,
    settled,
    triples,
)
from untocgraph.graph.rdf.nesting import Triple
from untocgraph.graph.rdf.nquads import canonical, ntriples
from untocgraph.graph.rdf.rdfxml import NO_XML, NotInXml, rdfxml
from untocgraph.graph.rdf.turtle import trig, turtle

TURTLE, N_QUADS = pyoxigraph.RdfFormat.TURTLE, pyoxigraph.RdfFormat.N_QUADS


def text(graph: Graph) -> str:
    """The Turtle of *graph* as a release writes it: blank nodes are named first."""
    return turtle([quad.triple for quad in canonical(dataset(graph))], BASE)


@given(triples=triples, seed=st.integers())
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_and_order_and_labels_do_not_matter(
    triples: list[Triple], seed: int
) -> None:
    lines = nquads(triples)
    document = turtle([quad.triple for quad in canonical(dataset(triples))], BASE)

    labels: dict[Node, Node] = {BNode(f"n{i}"): BNode(f"a b{i * seed}") for i in range(5)}
    shuffled = [(labels.get(s, s), p, labels.get(o, o)) for s, p, o in triples]
    random.Random(seed).shuffle(shuffled)
    assert seed == 0 or nquads(shuffled) == lines
    reordered = [quad.triple for quad in canonical(dataset(triples))]
    random.Random(seed).shuffle(reordered)
    assert turtle(reordered, BASE) == document

    assert read(document, TURTLE) == read(lines, N_QUADS)


@given(statements=quads, seed=st.integers())
@settings(max_examples=150, deadline=None)
def test_trig_says_what_the_quads_say(statements: list[Statement], seed: int) -> None:
    ours = settled(statements)
    document = trig(ours, BASE)
    assert read(document, pyoxigraph.RdfFormat.TRIG) == read(nquads(statements), N_QUADS)

    random.Random(seed).shuffle(ours)
    assert trig(ours, BASE) == document


@given(triples=triples, seed=st.integers())
@settings(max_examples=200, deadline=None)
def test_rdf_xml_says_what_the_triples_say_or_is_refused(triples: list[Triple], seed: int) -> None:
    ours = [quad[:3] for quad in settled(triples)]
    if NO_XML.search("".join(str(o) for *_, o in ours if isinstance(o, Literal))):
        with pytest.raises(NotInXml, match=r"the character U\+[0-9A-F]{4} "):
            rdfxml(ours, BASE)
        return
    document = rdfxml(ours, BASE)
    assert read(document, pyoxigraph.RdfFormat.RDF_XML) == read(nquads(triples), N_QUADS)

    random.Random(seed).shuffle(ours)
    assert rdfxml(ours, BASE) == document


@pytest.mark.parametrize("end", ["p/12", "p/", "p#中"])
def test_a_property_that_has_no_name_in_xml_is_refused(end: str) -> None:
    with pytest.raises(NotInXml, match=f"the property <{BASE}{end}>"):
        rdfxml([(URIRef(BASE), URIRef(BASE + end), Literal("x"))], BASE)
    with pytest.raises(NotInXml, match="rdf-syntax-ns#li>"):
        rdfxml([(URIRef(BASE), URIRef(f"{RDF}li"), Literal("x"))], BASE)


@given(triples=triples)
@settings(max_examples=50, deadline=None)
def test_n_triples_are_the_quads_without_their_graph(triples: list[Triple]) -> None:
    document = ntriples(canonical(dataset(triples)))
    assert read(document, pyoxigraph.RdfFormat.N_TRIPLES) == read(nquads(triples), N_QUADS)
    lines = document.split("\n")[:-1]
    assert lines == sorted(lines)


@given(text=st.text())
@settings(deadline=None)
def test_quads_are_written_in_canonical_form(text: str) -> None:
    line = nquads([(URIRef(BASE), RDFS.label, Literal(text))])

    quads = pyoxigraph.parse(line, pyoxigraph.RdfFormat.N_QUADS)
    assert pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS) == line.encode()


def test_rdflib_reads_the_same_graph() -> None:
    graph = sample()
    for iri in IRIS:
        graph.add((iri, RDFS.seeAlso, iri))
    assert isomorphic(Graph().parse(data=text(graph), format="turtle"), graph)


def sample() -> Graph:
    graph = Graph()
    paragraphs = [URIRef(f"{BASE}id/report/r/para/{number}") for number in (36, 7)]
    norm = URIRef(f"{BASE}id/report/r/para/7/norm/1")
    untoc = f"{BASE}ontology#"
    for paragraph in paragraphs:
        graph.add((paragraph, URIRef(f"{untoc}text"), Literal("应当", lang="zh")))
        graph.add((paragraph, RDF.type, URIRef(f"{untoc}NumberedParagraph")))
    graph.add((norm, RDF.type, URIRef(f"{untoc}Norm")))
    graph.add((norm, URIRef(f"{untoc}addressee"), URIRef(f"{BASE}id/body/unodc")))
    graph.add((norm, URIRef(f"{untoc}addressee"), URIRef(f"{BASE}id/concept/actor-class/states")))
    shape, path, members = URIRef(f"{BASE}shapes#Norm"), BNode(), BNode()
    graph.add((shape, SH.property, path))
    graph.add((path, SH.path, URIRef(f"{untoc}modality")))
    graph.add((path, SH["in"], members))
    Collection(graph, members, [URIRef(f"{BASE}id/concept/modality/should"), Literal("a")])
    graph.add((shape, SH.select, Literal('SELECT $this\nWHERE { $this ?p "x" }')))
    graph.add((BNode(), SKOS.note, Literal("stands alone")))
    return graph


def test_turtle_is_fit_to_be_read() -> None:
    assert (
        text(sample())
        == '''\
@base <https://example.org/kg/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shapes: <shapes#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix untoc: <ontology#> .

<id/report/r/para/7>
    a untoc:NumberedParagraph ;
    untoc:text "应当"@zh .

<id/report/r/para/7/norm/1>
    a untoc:Norm ;
    untoc:addressee <id/body/unodc>,
        <id/concept/actor-class/states> .

<id/report/r/para/36>
    a untoc:NumberedParagraph ;
    untoc:text "应当"@zh .

shapes:Norm
    sh:property [ sh:path untoc:modality ; sh:in ( <id/concept/modality/should> "a" ) ] ;
    sh:select """SELECT $this
WHERE { $this ?p "x" }""" .

[]
    skos:note "stands alone" .
'''
    )


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        (Literal("007", datatype=XSD.integer, normalize=False), '"007"^^xsd:integer'),
        (Literal(7), "7"),
        (Literal(-7), "-7"),
        (Literal("7", datatype=XSD.positiveInteger), '"7"^^xsd:positiveInteger'),
        (Literal("1.50", datatype=XSD.decimal, normalize=False), "1.50"),
        (Literal("1.", datatype=XSD.decimal, normalize=False), '"1."^^xsd:decimal'),
        (Literal(True), "true"),
        (Literal("1", datatype=XSD.boolean, normalize=False), '"1"^^xsd:boolean'),
        (Literal("x", datatype=XSD.string), '"x"'),
        (Literal("x", lang="zh-Hans"), '"x"@zh-hans'),
        (Literal("2013-11-19", datatype=XSD.date), '"2013-11-19"^^xsd:date'),
        (Literal('a\n"b"'), '"""a\n"b\\""""'),
        (Literal("a\r\n\\"), '"""a\\r\n\\\\"""'),
    ],
)
def test_a_literal_keeps_the_form_it_was_written_in(literal: Literal, written: str) -> None:
    document = turtle([(URIRef(f"{BASE}id/x"), RDFS.label, literal)], BASE)
    assert f"    rdfs:label {written} .\n" in document

    (quad,) = pyoxigraph.parse(document, pyoxigraph.RdfFormat.TURTLE)
    assert isinstance(quad.object, pyoxigraph.Literal)
    assert quad.object.value == str(literal)


def test_a_value_of_a_blank_node_keeps_its_form_too() -> None:
    graph = Graph()
    graph.add((BNode(), SH.minCount, Literal("007", datatype=XSD.integer, normalize=False)))
    assert 'sh:minCount "007"^^xsd:integer .\n' in text(graph)
    assert '"007"^^' in nquads(graph)


@pytest.mark.parametrize(
    ("predicate", "object"),
    [
        (RDF.first, Literal("second")),
        (RDF.rest, BNode("cell")),
        (RDF.rest, RDF.List),
        (RDF.type, RDF.List),
        (RDFS.label, Literal("cell")),
    ],
)
@pytest.mark.parametrize("cell", ["head", "tail"])
def test_what_is_no_list_is_not_written_as_one(cell: str, predicate: URIRef, object: Node) -> None:
    graph = Graph()
    graph.add((URIRef(f"{BASE}id/x"), SH["in"], BNode("head")))
    for name, rest in {"head": BNode("tail"), "tail": RDF.nil}.items():
        graph.add((BNode(name), RDF.first, Literal(name)))
        graph.add((BNode(name), RDF.rest, rest))
    assert 'sh:in ( "head" "tail" ) .\n' in text(graph)

    graph.add((BNode(cell), predicate, object))
    assert read(text(graph), TURTLE) == read(nquads(graph), N_QUADS)


def test_a_change_elsewhere_does_not_move_nested_nodes() -> None:
    """RDFC-1.0 may rename every blank node when one triple comes; readers of a diff should not
    see that."""
    graph = Graph()
    for number in range(30):
        shape, path = URIRef(f"{BASE}shapes#S{number}"), BNode()
        graph.add((shape, SH.property, path))
        graph.add((shape, SH.property, BNode()))
        graph.add((path, SH.path, URIRef(f"{BASE}ontology#p{number}")))
    before = text(graph)
    graph.add((BNode(), RDFS.label, Literal("new")))

    assert text(graph).replace('\n[]\n    rdfs:label "new" .\n', "") == re.sub(
        "(@prefix sh:)", r"@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\1", before
    )


def test_trig_and_rdf_xml_are_fit_to_be_read() -> None:
    graph, norm = Graph(), URIRef(f"{BASE}id/norm/1")
    graph.add((norm, RDF.type, URIRef(f"{BASE}ontology#Norm")))
    graph.add((norm, RDFS.label, Literal("<规范> & \n\t1\r", lang="zh")))
    cells, node = BNode("cells"), BNode("node")
    graph.add((norm, SH["in"], cells))
    Collection(graph, cells, [norm, Literal(7)])
    graph.add((norm, SH.node, node))
    graph.add((node, SH.path, RDF.type))
    quads = canonical(dataset(graph))

    assert (
        trig([quad[1:] for quad in quads], BASE)
        == '''\
@base <https://example.org/kg/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix untoc: <ontology#> .

<graph/reference> {
    <id/norm/1>
        a untoc:Norm ;
        rdfs:label """<规范> &\x20
\t1\\r"""@zh ;
        sh:in ( <id/norm/1> 7 ) ;
        sh:node [ sh:path rdf:type ] .
}
'''.replace("\n\t1", "\n\\t1")
    )
    assert (
        rdfxml([quad.triple for quad in quads], BASE)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF
    xml:base="https://example.org/kg/"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
    xmlns:sh="http://www.w3.org/ns/shacl#"
    xmlns:untoc="https://example.org/kg/ontology#">

  <untoc:Norm rdf:about="id/norm/1">
    <rdfs:label xml:lang="zh">&lt;规范&gt; &amp;\x20
\t1&#13;</rdfs:label>
    <sh:in rdf:parseType="Resource">
      <rdf:first rdf:resource="id/norm/1"/>
      <rdf:rest rdf:parseType="Resource">
      <rdf:first rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">7</rdf:first>
      <rdf:rest rdf:resource="http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"/>
      </rdf:rest>
    </sh:in>
    <sh:node rdf:parseType="Resource">
      <sh:path rdf:resource="http://www.w3.org/1999/02/22-rdf-syntax-ns#type"/>
    </sh:node>
  </untoc:Norm>

</rdf:RDF>
"""
    )


def test_only_the_base_line_tells_two_bases_apart() -> None:
    moved = Graph()
    for triple in sample():
        moved.add(
            tuple(  # type: ignore[arg-type]
                URIRef(term.replace(BASE, "http://localhost:8000/"))
                if isinstance(term, URIRef)
                else term
                for term in triple
            )
        )
    quads = canonical(dataset(moved))
    ours, theirs = text(sample()), turtle([q.triple for q in quads], "http://localhost:8000/")

    assert ours.splitlines()[1:] == theirs.splitlines()[1:]


def test_a_long_chain_of_list_cells_is_no_deep_recursion() -> None:
    graph, head = Graph(), BNode()
    graph.add((URIRef(f"{BASE}id/x"), SH["in"], head))
    Collection(graph, head, [Literal(number) for number in range(1500)])
    assert "\n        1499\n    ) .\n" in text(graph)


@pytest.mark.parametrize("size", range(6))
def test_quotation_marks_in_long_strings_come_back(size: int) -> None:
    """Every string of *size* characters of those that end, escape or break a long string."""
    subject, predicate = URIRef(f"{BASE}id/x"), RDFS.label
    for characters in itertools.product('"\\\na', repeat=size):
        value = "".join(characters)
        written = turtle([(subject, predicate, Literal(value))], BASE)
        (quad,) = pyoxigraph.parse(written, format=TURTLE)
        assert isinstance(quad.object, pyoxigraph.Literal)
        assert quad.object.value == value
