"""The ontology as a file, and the terms that graphs and queries use: each is a real one.

What must hold of its terms and concepts is written in `ontology/hygiene/`, see `test_hygiene.py`.
"""

import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
from rdflib import ORG, OWL, RDF, RDFS, SH, SKOS, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from tests.sample import IRIS, built
from tests.terms import (
    BASE,
    FOREIGN,
    foreign_terms,
    unknown_terms,
    unknown_terms_in_query,
)
from untocgraph.ontology import ontology_graph

UNTOC = IRIS.ontology
ONTOLOGY = ontology_graph(BASE)


def test_the_version_is_that_of_the_package() -> None:
    ontology = URIRef(f"{BASE}ontology")
    assert str(ONTOLOGY.value(ontology, OWL.versionInfo)) == version("untocgraph")


def test_all_addresses_come_from_the_base() -> None:
    elsewhere = "https://example.org/kg/"
    nodes = {str(node) for triple in ontology_graph(elsewhere) for node in triple}
    assert f"{elsewhere}ontology#Norm" in nodes
    assert not [node for node in nodes if "localhost" in node]


def test_the_ontology_survives_being_written_and_read() -> None:
    again = Graph().parse(data=ONTOLOGY.serialize(format="turtle"), format="turtle")
    assert isomorphic(ONTOLOGY, again)


# Terms in use


def test_every_term_in_the_built_graphs_is_known() -> None:
    for graph in built().graphs():
        assert unknown_terms(graph) == [], graph.identifier


THING = IRIS.report("x")


XSD_SPACE = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("predicate", "value", "misspelt"),
    [
        (DCTERMS.isPartOf + "f", THING, DCTERMS.isPartOf + "f"),
        (UNTOC.adressee, THING, UNTOC.adressee),
        (RDF.type, UNTOC.Recomendation, UNTOC.Recomendation),
        (RDF.type, URIRef("urn:x:Anything"), "urn:x:Anything"),
        (URIRef("urn:x:anything"), THING, "urn:x:anything"),
        (RDF.predicate, URIRef("urn:x:anything"), "urn:x:anything"),
        (SKOS.related, URIRef(str(ORG) + "Organisation"), f"{ORG}Organisation"),
        (SH.targetClass, URIRef("urn:x:Anything"), "urn:x:Anything"),
        (RDFS.label, Literal("1", datatype=XSD_SPACE + "interger"), XSD_SPACE + "interger"),
        (SH.select, Literal("SELECT $this { $this untoc:hasNorms ?n }"), UNTOC.hasNorms),
    ],
)
def test_a_misspelt_term_fails(predicate: URIRef, value: Node, misspelt: str) -> None:
    graph = Graph()
    graph.add((THING, predicate, value))
    assert str(misspelt) in unknown_terms(graph)


def test_terms_in_queries_are_found_behind_prefixes_of_their_own() -> None:
    query = """
        PREFIX u: <ontology#>          # a comment with untoc:nonsense in it
        PREFIX modality: <id/concept/modality/>
        SELECT ?norm { ?norm u:modality modality:should ; u:modalty "untoc:alsoNonsense" ;
                       dcterms:title ?title ; dcterms:titel ?t . FILTER(?t != <x#y>) }
    """
    assert unknown_terms_in_query(query) == [
        f"{BASE}ontology#modalty",
        "http://purl.org/dc/terms/titel",
    ]


def test_every_foreign_term_listed_is_used() -> None:
    # Named anywhere in the package: rows that nothing needs any more go.
    folders = ("graph", "ontology", "server", "shapes")
    texts = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in Path(str(files(f"untocgraph.{folder}"))).rglob("*")
        if path.suffix in {".py", ".toml", ".ttl", ".rq"}
    )
    words = set(re.findall(r"\w+", texts))
    assert [term for term in foreign_terms() if re.split(r"[#/]", term)[-1] not in words] == []


def test_foreign_terms_are_listed_once_and_in_order() -> None:
    rows = FOREIGN.read_text(encoding="utf-8").splitlines()[1:]
    keys = [tuple(row.split("\t")[:2]) for row in rows]
    assert keys == sorted(set(keys))
    assert all(row.count("\t") == 5 for row in rows)


def test_facts_are_kept_of_evidenced_properties_only() -> None:
    stated = built().graph(IRIS.graph("untoc-wgta-2013", "stated"))
    evidenced = set(ONTOLOGY.subjects(RDF.type, UNTOC.EvidencedProperty))
    kept = {stated.value(fact, RDF.predicate) for fact in stated.subjects(RDF.type, UNTOC.Fact)}
    assert kept
    assert kept <= evidenced
