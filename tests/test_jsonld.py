"""Our JSON-LD says what the triples say, to every processor, and reads as plain JSON."""

import json
import random
from collections.abc import Iterable
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from pyld import jsonld as pyld
from rdflib import RDF, RDFS, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic

from tests import sample
from tests.graphs import BASE, GRAPH, Statement, nquads, quads, read, settled, triples
from untocgraph.graph.rdf import jsonld
from untocgraph.graph.rdf.nesting import Triple
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.ontology import ontology_graph

JSON_LD, N_QUADS = pyoxigraph.RdfFormat.JSON_LD, pyoxigraph.RdfFormat.N_QUADS
ADDRESSEE, TEXT = URIRef(f"{BASE}ontology#addressee"), URIRef(f"{BASE}ontology#text")
THING, OTHER = URIRef(f"{BASE}id/x"), URIRef(f"{BASE}id/y")


def by_pyld(document: bytes) -> pyoxigraph.Dataset:
    """What PyLD, the reference implementation, makes of *document*: expanded, then as quads."""

    def load(url: str, options: object) -> dict[str, Any]:
        assert url == jsonld.context_iri(BASE)
        body = {"@context": jsonld.context(BASE)}
        return {"document": body, "documentUrl": url, "contextUrl": None, "contentType": None}

    wide = pyld.expand(json.loads(document), {"documentLoader": load})
    return read(pyld.to_rdf(wide, {"format": "application/n-quads"}), N_QUADS)


def meant(statements: Iterable[Triple | Statement]) -> pyoxigraph.Dataset:
    return read(nquads(statements), N_QUADS)


@given(statements=quads)
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_or_added(statements: list[Statement]) -> None:
    ours = settled(statements)
    inline, wide = jsonld.compact(ours, BASE, inline=True), jsonld.expanded(ours)
    for document in (inline, wide):
        assert read(document, JSON_LD) == meant(ours)
    random.shuffle(ours)
    assert jsonld.compact(ours, BASE, inline=True) == inline
    assert jsonld.expanded(ours) == wide


def without_doubles(statements: list[Statement]) -> list[Statement]:
    """PyLD rewrites the value of an xsd:double even where it is a string, which it should not."""
    return [s for s in statements if getattr(s[2], "datatype", None) != XSD.double]


@given(statements=quads.map(without_doubles))
@settings(max_examples=100, deadline=None)
def test_the_reference_implementation_agrees(statements: list[Statement]) -> None:
    ours = settled(statements)
    for document in (jsonld.compact(ours, BASE), jsonld.expanded(ours)):
        assert by_pyld(document) == meant(ours)


@given(statements=triples)
@settings(max_examples=100, deadline=None)
def test_a_tree_says_all_that_its_root_leads_to(statements: list[Triple]) -> None:
    told: list[Triple] = [quad[:3] for quad in settled(statements)]
    told += [(THING, ADDRESSEE, subject) for subject in {triple[0] for triple in told}]

    assert read(jsonld.compact(told, BASE, inline=True), JSON_LD) == meant(told)
    assert read(jsonld.frame(told, THING, BASE, inline=True), JSON_LD) == meant(told)


def one(*objects: Any, predicate: URIRef = ADDRESSEE) -> dict[str, Any]:
    """The one node of a document that says *objects* of THING."""
    document = jsonld.compact([(THING, predicate, object) for object in objects], BASE)
    (node,) = json.loads(document)["@graph"]
    assert node.pop("id") == str(THING)
    return dict(node)


def test_it_reads_as_plain_json() -> None:
    number = URIRef(f"{BASE}ontology#number")
    zh, en = Literal("应当", lang="zh"), Literal("should", lang="en")
    seven = Literal("7", datatype=XSD.byte)
    padded = Literal("007", datatype=XSD.integer, normalize=False)

    assert one(OTHER) == {"addressee": str(OTHER)}
    assert one(OTHER, THING) == {"addressee": [str(THING), str(OTHER)]}
    assert one(zh, en, predicate=TEXT) == {"text": {"en": "should", "zh": "应当"}}
    assert one(Literal(7), predicate=number) == {"number": 7}
    assert one(seven, predicate=number) == {"number": {"@value": "7", "@type": "xsd:byte"}}
    assert one(padded, predicate=number) == {"number": "007"}
    assert one(ADDRESSEE, predicate=RDF.predicate) == {"rdf:predicate": "addressee"}
    assert one(URIRef(f"{BASE}ontology#Norm"), predicate=RDF.type) == {"type": "Norm"}
    assert one(Literal("x"), predicate=TEXT) == {str(TEXT): "x"}, "no language: no language map"


def test_lists_and_blank_nodes_stand_inside() -> None:
    graph, node, head = Graph(), BNode(), BNode()
    graph.add((THING, ADDRESSEE, node))
    graph.add((node, RDFS.label, Literal("inside", lang="en")))
    graph.add((THING, RDFS.seeAlso, head))
    Collection(graph, head, [OTHER, Literal("a")])
    document = json.loads(jsonld.compact(list(graph), BASE))

    assert document["@graph"] == [
        {
            "id": str(THING),
            "rdfs:seeAlso": {"@list": [str(OTHER), {"@value": "a"}]},
            "addressee": {"rdfs:label": {"en": "inside"}},
        }
    ]


@pytest.mark.parametrize("iri", ["untoc:x", "text:x", "rdf:type"])
def test_an_address_that_looks_like_a_prefixed_name_is_no_such_name(iri: str) -> None:
    for triple in (
        (THING, ADDRESSEE, URIRef(iri)),
        (URIRef(iri), ADDRESSEE, THING),
        (THING, ADDRESSEE, Literal("x", datatype=URIRef(iri))),
    ):
        statements: list[Statement] = [(*triple, GRAPH)]
        for document in (jsonld.compact(statements, BASE), jsonld.expanded(statements)):
            assert by_pyld(document) == meant(statements)
    assert isinstance(json.loads(jsonld.frame([triple], THING, BASE)), list)


def test_rdflib_reads_it() -> None:
    """And what it makes of addresses with ".." in them is its own affair."""
    document = jsonld.compact(
        [quad[1:] for quad in canonical(sample.built())], sample.IRIS.base, inline=True
    )
    found = Dataset()
    found.parse(data=document, format="json-ld")
    for name in ("stated", "inferred"):
        iri = sample.IRIS.graph(sample.report().source.slug, name)
        assert set(found.graph(iri)) == set(sample.built().graph(iri))
    shapes = sample.IRIS.graph("shapes")
    assert isomorphic(found.graph(shapes), sample.built().graph(shapes))


def test_every_property_of_the_ontology_is_a_bare_name() -> None:
    rules = jsonld.context(BASE)
    own = f"{BASE}ontology#"
    declared = set(ontology_graph(BASE).subjects(RDF.type, None))
    names = {str(iri).removeprefix(own) for iri in declared if str(iri).startswith(own)}
    assert names
    assert not {name for name in names if isinstance(rules.get(name), str)} | names & {"id", "type"}
    assert rules["addressee"] == {"@id": f"{own}addressee", "@type": "@id"}
    assert rules["text"] == {"@id": f"{own}text", "@container": "@language"}
    assert rules["number"] == {"@id": f"{own}number", "@type": "xsd:integer"}
    assert "numeral" not in rules, "a plain string needs no rule"


def test_a_recommendation_is_one_readable_tree() -> None:
    built = sample.built()
    union = [quad[:3] for quad in built.quads((None, None, None, None))]
    graph = Graph()
    for triple in union:
        graph.add(triple)
    slug, base = sample.report().source.slug, sample.IRIS.base
    root = sample.IRIS.recommendation(slug, 7)
    shown = jsonld.tree(
        root, base, lambda s: graph.triples((s, None, None)), lambda p, o: graph.subjects(p, o)
    )
    tree = json.loads(jsonld.frame(shown, root, base))

    assert tree["id"] == str(root)
    assert tree["expressedBy"]["number"] == 7
    assert tree["expressedBy"]["text"]["zh"].startswith("除《公约》第 24 和 25 条外")
    norm = tree["hasNorm"]
    assert norm["modality"]["rdfs:label"]["en"] == "should"
    assert [cited["eli:number"] for cited in norm["citesProvision"]] == ["24", "25", "26"]
    words = {
        fact["directEvidence"]["oa:exact"]["zh"]
        for fact in norm["facts"]
        if fact["rdf:predicate"] == "modality"
    }
    assert words == {"应"}
    for again in (sorted(shown), sorted(shown, reverse=True)):
        assert json.loads(jsonld.frame(again, root, base)) == tree  # in whatever order they come
    assert set(shown) <= set(graph)
    assert len(json.dumps(tree)) < 60_000
