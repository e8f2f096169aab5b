"""The ontology says what every term means, in two languages, and nothing is used that it lacks."""

import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
from rdflib import ORG, OWL, RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from tests.sample import IRIS, built
from tests.terms import (
    BASE,
    FOREIGN,
    foreign_terms,
    own_terms,
    unknown_terms,
    unknown_terms_in_query,
)
from untocgraph.ontology import ontology_graph

UNTOC = IRIS.ontology
ONTOLOGY = ontology_graph(BASE)
SCHEMES = sorted(str(scheme) for scheme in ONTOLOGY.subjects(RDF.type, SKOS.ConceptScheme))
CONCEPTS = sorted(str(concept) for concept in ONTOLOGY.subjects(RDF.type, SKOS.Concept))
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def in_two_languages(node: str, property: URIRef) -> bool:
    """Whether *node* has the property in English and in Chinese, once each, and not mixed up."""
    values = {}
    for value in ONTOLOGY.objects(URIRef(node), property):
        assert isinstance(value, Literal)
        assert value.language not in values, f"{node} has two of {property} in {value.language}"
        values[value.language] = str(value)
    return (
        values.keys() == {"en", "zh"}
        and values["en"][:1].isascii()
        and CHINESE.search(values["zh"]) is not None
        and all(text == text.strip() for text in values.values())
    )


# Own terms


@pytest.mark.parametrize("term", sorted(own_terms()))
def test_every_term_has_a_label_and_a_definition_in_both_languages(term: str) -> None:
    assert in_two_languages(term, RDFS.label)
    assert in_two_languages(term, SKOS.definition)


@pytest.mark.parametrize("term", sorted(own_terms()))
def test_every_term_is_a_class_or_a_property_and_spelt_like_one(term: str) -> None:
    kinds = set(ONTOLOGY.objects(URIRef(term), RDF.type)) - {UNTOC.EvidencedProperty}
    properties = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    assert len(kinds) == 1
    assert kinds < {OWL.Class, *properties}
    assert term.rpartition("#")[2][0].isupper() == (kinds == {OWL.Class})


def test_labels_of_classes_and_of_properties_are_unambiguous() -> None:
    # A class and a property may share a label ("condition"); two classes may not.
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty):
        labels = [
            (str(label), label.language)
            for term in ONTOLOGY.subjects(RDF.type, kind)
            for label in ONTOLOGY.objects(term, RDFS.label)
            if isinstance(label, Literal)
        ]
        assert sorted(labels) == sorted(set(labels))


def test_every_property_says_what_it_is_used_on_or_that_it_is_used_on_anything() -> None:
    anything = {UNTOC[name] for name in ("ordinal", "standsAt", "recordedIn", "unofficialEnglish")}
    includes = URIRef("https://schema.org/domainIncludes")
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty):
        for term in ONTOLOGY.subjects(RDF.type, kind):
            told = set(ONTOLOGY.objects(term, RDFS.domain)) | set(ONTOLOGY.objects(term, includes))
            assert bool(told) != (term in anything), term


def test_the_ontology_takes_nothing_over_from_others() -> None:
    predicates = set(ONTOLOGY.predicates())
    assert not predicates & {
        OWL.imports,
        OWL.equivalentClass,
        OWL.equivalentProperty,
        OWL.sameAs,
        OWL.disjointWith,
    }


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
        if path.suffix in {".py", ".ttl", ".rq"}
    )
    words = set(re.findall(r"\w+", texts))
    assert [term for term in foreign_terms() if re.split(r"[#/]", term)[-1] not in words] == []


def test_foreign_terms_are_listed_once_and_in_order() -> None:
    rows = FOREIGN.read_text(encoding="utf-8").splitlines()[1:]
    keys = [tuple(row.split("\t")[:2]) for row in rows]
    assert keys == sorted(set(keys))
    assert all(row.count("\t") == 5 for row in rows)


# Domains and ranges: a reasoner must not conclude what is wrong


def superclasses(kind: Node) -> set[Node]:
    above = ONTOLOGY.transitive_objects(kind, RDFS.subClassOf)
    return {node for node in above if node is not None}


WIDER: dict[Node, Node] = {XSD.positiveInteger: XSD.integer}  # datatypes that lie in another


def kinds_of(node: Node, everything: Graph) -> set[Node]:
    if isinstance(node, Literal):
        kind = RDF.langString if node.language else node.datatype or XSD.string
        return {kind, WIDER.get(kind, kind)}
    direct = set(everything.objects(node, RDF.type))
    return {above for kind in direct for above in superclasses(kind)}


def test_domains_and_ranges_hold_for_everything_in_the_graph() -> None:
    everything = Graph()
    for subject, predicate, value, _ in built().quads():
        everything.add((subject, predicate, value))
    wrong = set()
    for term in map(URIRef, own_terms()):
        domains = set(ONTOLOGY.objects(term, RDFS.domain))
        ranges = set(ONTOLOGY.objects(term, RDFS.range))
        for subject, value in everything.subject_objects(term):
            if not domains <= kinds_of(subject, everything):
                wrong.add((subject, term, "domain"))
            if not ranges <= kinds_of(value, everything):
                wrong.add((value, term, "range"))
    assert not wrong


def test_facts_are_kept_of_evidenced_properties_only() -> None:
    stated = built().graph(IRIS.graph("untoc-wgta-2013", "stated"))
    evidenced = set(ONTOLOGY.subjects(RDF.type, UNTOC.EvidencedProperty))
    kept = {stated.value(fact, RDF.predicate) for fact in stated.subjects(RDF.type, UNTOC.Fact)}
    assert kept
    assert kept <= evidenced


# Schemes


def test_no_blank_nodes() -> None:
    assert not [node for triple in ONTOLOGY for node in triple if isinstance(node, BNode)]


@pytest.mark.parametrize("node", [*SCHEMES, *CONCEPTS])
def test_schemes_and_concepts_are_named_and_defined(node: str) -> None:
    for property in (SKOS.prefLabel, RDFS.label, SKOS.definition):
        assert in_two_languages(node, property)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_concept_stands_in_one_scheme_under_its_notation(concept: str) -> None:
    scheme, _, last = concept.rpartition("/")
    assert [str(s) for s in ONTOLOGY.objects(URIRef(concept), SKOS.inScheme)] == [scheme]
    assert [str(n) for n in ONTOLOGY.objects(URIRef(concept), SKOS.notation)] == [last]


@pytest.mark.parametrize("concept", CONCEPTS)
def test_broader_leads_to_a_top_concept_of_the_same_scheme(concept: str) -> None:
    node = URIRef(concept)
    for broader in ONTOLOGY.objects(node, SKOS.broader):
        above = set(ONTOLOGY.transitive_objects(broader, SKOS.broader))
        assert node not in above, "a cycle"
        assert all(str(b).startswith(concept.rpartition("/")[0] + "/") for b in above)
        assert all((b, RDF.type, SKOS.Concept) in ONTOLOGY for b in above)
    is_top = (node, SKOS.topConceptOf, None) in ONTOLOGY
    assert is_top != ((node, SKOS.broader, None) in ONTOLOGY)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_concepts_of_a_scheme_are_of_one_class_and_labels_tell_them_apart(scheme: str) -> None:
    members = sorted(ONTOLOGY.subjects(SKOS.inScheme, URIRef(scheme)), key=str)
    kinds = {frozenset(ONTOLOGY.objects(m, RDF.type)) - {SKOS.Concept} for m in members}
    assert len(kinds) == 1
    (kind,) = next(iter(kinds))
    assert SKOS.Concept in superclasses(kind)
    english = [str(o) for m in members for o in ONTOLOGY.objects(m, SKOS.prefLabel)]
    assert sorted(english) == sorted(set(english))


def test_every_concept_that_the_graphs_name_exists() -> None:
    used = {
        str(node)
        for quad in built().quads()
        for node in quad[:3]
        if str(node).startswith(f"{BASE}id/concept/")
    }
    assert used
    assert used <= {*CONCEPTS, *SCHEMES}
