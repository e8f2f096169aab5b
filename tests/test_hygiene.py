"""The rules in `ontology/hygiene/`: our ontology keeps them, and each finds what breaks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pyoxigraph
import pytest

from tests.sample import IRIS, full, report, short
from untocgraph.graph.build.report import build
from untocgraph.graph.parse.report import parse
from untocgraph.graph.query.scan import scan
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.ontology.competency import Question, hygiene

RULES = hygiene(IRIS.base)

HEAD = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())
HEAD += "@prefix untoc: <ontology#> .\n"

# What breaks each rule, and whom the rule then names. All that is said of a term stands in NAMED,
# so that a fault is one thing wrong.
NAMED = """
    rdfs:isDefinedBy <ontology> ;
    rdfs:label "new"@en , "新术语"@zh ;
    skos:definition "A new term."@en , "新术语。"@zh ."""
CONCEPT = """a skos:Concept , untoc:Modality ;
    rdfs:label "new"@en , "新概念"@zh ; skos:prefLabel "new"@en , "新概念"@zh ;
    skos:definition "A new concept."@en , "新概念。"@zh ."""
MODALITY = "id/concept/modality/new"
PLACED = f"""<{MODALITY}> skos:inScheme <id/concept/modality> ; skos:notation "new" ;
    skos:topConceptOf <id/concept/modality> ; {CONCEPT}"""
FAULTS: dict[str, list[tuple[str, str]]] = {
    "ambiguous-labels": [
        (
            'untoc:Zone a owl:Class ; rdfs:isDefinedBy <ontology> ; rdfs:label "norm"@en .',
            "ontology#Zone",
        ),
        (f'{PLACED} <{MODALITY}> skos:prefLabel "should"@en .', "id/concept/modality/should"),
    ],
    "blank-nodes": [("untoc:Norm rdfs:seeAlso [] .", "ontology#Norm")],
    "concept-places": [
        (f"<{MODALITY}> skos:inScheme <id/concept/modality> ; {CONCEPT}", MODALITY),
        (f"{PLACED} <{MODALITY}> skos:broader <id/concept/modality/should> .", MODALITY),
        (
            f"<{MODALITY}> skos:inScheme <id/concept/modality> ; {CONCEPT}"
            f"<{MODALITY}> skos:broader <id/concept/output/event> .",
            MODALITY,
        ),
    ],
    "concept-schemes": [
        (f"<{MODALITY}> {CONCEPT}", MODALITY),
        (
            f'<{MODALITY}> skos:inScheme <id/concept/modality> ; skos:notation "old" ; {CONCEPT}',
            MODALITY,
        ),
        (f"{PLACED} <{MODALITY}> skos:inScheme <id/concept/output> .", MODALITY),
    ],
    "cycles": [
        ("untoc:Treaty rdfs:subClassOf untoc:Convention .", "ontology#Treaty"),
        ("untoc:evidence rdfs:subPropertyOf untoc:directEvidence .", "ontology#evidence"),
        (
            "<id/concept/output/event> skos:broader <id/concept/output/workshop> .",
            "id/concept/output/event",
        ),
    ],
    "defined-by": [
        ("untoc:Stray a owl:Class .", "ontology#Stray"),
        ("skos:Concept rdfs:isDefinedBy <ontology> .", PREFIXES["skos"] + "Concept"),
    ],
    "definitions": [
        (
            'untoc:New a owl:Class ; rdfs:isDefinedBy <ontology> ; rdfs:label "new"@en , "新"@zh .',
            "ontology#New",
        ),
        ('untoc:Norm skos:definition "Another."@en .', "ontology#Norm"),
        (f"<{MODALITY}> a skos:Concept .", MODALITY),
    ],
    "domains": [
        (f"untoc:new a owl:DatatypeProperty ; rdfs:range xsd:string ; {NAMED}", "ontology#new"),
        (
            f"untoc:new a owl:DatatypeProperty ; schema:domainIncludes rdfs:Resource ; {NAMED}",
            "ontology#new",
        ),
    ],
    "foreign-axioms": [("untoc:Norm owl:equivalentClass schema:Event .", "ontology#Norm")],
    "kinds": [
        ("untoc:Norm a owl:ObjectProperty .", "ontology#Norm"),
        (f"untoc:new a rdf:Property ; {NAMED}", "ontology#new"),
    ],
    "labels": [
        (
            'untoc:New a owl:Class ; rdfs:isDefinedBy <ontology> ; rdfs:label "new"@en .',
            "ontology#New",
        ),
        ('untoc:Norm rdfs:label "rule"@en .', "ontology#Norm"),
        ("<id/concept/new> a skos:ConceptScheme .", "id/concept/new"),
    ],
    "orphan-classes": [(f"untoc:New a owl:Class ; {NAMED}", "ontology#New")],
    "ranges": [
        (f"untoc:new a owl:ObjectProperty ; rdfs:domain untoc:Norm ; {NAMED}", "ontology#new")
    ],
    "scheme-classes": [
        ("<id/concept/new> a skos:ConceptScheme .", "id/concept/new"),
        (f"{PLACED} <{MODALITY}> a untoc:Output .", MODALITY),
        (
            "<id/concept/modality/new> a skos:Concept ; skos:inScheme <id/concept/modality> .",
            MODALITY,
        ),
    ],
    "spelling": [
        (f"untoc:new a owl:Class ; {NAMED}", "ontology#new"),
        (f"untoc:New a owl:ObjectProperty ; {NAMED}", "ontology#New"),
    ],
    "undeclared-concepts": [
        ("<x> untoc:modality <id/concept/modality/shuold> .", "id/concept/modality/shuold"),
    ],
    "undeclared-terms": [
        ("<x> a untoc:Nrom .", "ontology#Nrom"),
        ("<x> untoc:adressee <y> .", "ontology#adressee"),
        ("<x> rdf:predicate untoc:adressee .", "ontology#adressee"),
        ('untoc:nowhere rdfs:label "nowhere"@en .', "ontology#nowhere"),
    ],
    "unused-terms": [
        (f"untoc:New a owl:Class ; rdfs:subClassOf untoc:Norm ; {NAMED}", "ontology#New"),
        (f"untoc:new a owl:ObjectProperty ; rdfs:domain untoc:Norm ; {NAMED}", "ontology#new"),
    ],
    "uses-outside-domain": [
        ("<x> a untoc:Report ; untoc:addressee <id/body/unodc> .", "x"),
        ("<x> a untoc:Report ; untoc:role <id/concept/officer-role/chair> .", "x"),
    ],
    "uses-outside-range": [
        ("<x> a untoc:Norm ; untoc:addressee <y> . <y> a untoc:Report .", "y"),
        ("<x> a untoc:NumberedParagraph ; untoc:mentions <y> . <y> a untoc:Report .", "y"),
        ('<x> untoc:sha256 "12"^^xsd:date .', "12"),
        ("<x> untoc:number 0.5 .", "0.5"),
    ],
    "wording": [
        ('untoc:Norm skos:scopeNote "规范"@en .', "ontology#Norm"),
        ('untoc:Norm skos:scopeNote "norm"@zh .', "ontology#Norm"),
        ('untoc:Norm skos:scopeNote "norme"@fr .', "ontology#Norm"),
        ('untoc:Norm skos:scopeNote " A space."@en .', "ontology#Norm"),
    ],
}


@cache
def store() -> pyoxigraph.Store:
    """All reports that tests read; one of them has a name in no table, which is unresolved."""
    unknown = replace(
        short().source, text=short().source.text.replace("智利", "亚特兰蒂斯"), slug="unresolved"
    )
    found = parse(unknown)
    assert found.unresolved
    store = pyoxigraph.Store()
    dataset = build((report(), short(), full(), found), IRIS)
    text = "".join(quad.line for quad in canonical(dataset))
    store.load(text, format=pyoxigraph.RdfFormat.N_QUADS)
    return store


def offenders(rule: Question) -> set[str]:
    """What a rule finds: IRIs relative to the base, literals by their words."""
    results = store().query(rule.query, use_default_graph_as_union=True)
    assert isinstance(results, pyoxigraph.QuerySolutions)
    values = (getattr(row["offender"], "value", str(row["offender"])) for row in results)
    return {value.removeprefix(IRIS.base) for value in values}


@contextmanager
def broken(turtle: str) -> Iterator[None]:
    """The graph of the ontology with a fault in it, until the block ends."""
    graph = pyoxigraph.NamedNode(str(IRIS.graph("ontology")))
    added = [
        quad
        for triple in pyoxigraph.parse(
            HEAD + turtle, format=pyoxigraph.RdfFormat.TURTLE, base_iri=IRIS.base
        )
        if (quad := pyoxigraph.Quad(triple.subject, triple.predicate, triple.object, graph))
        not in store()
    ]
    store().extend(added)
    try:
        yield
    finally:
        for quad in added:
            store().remove(quad)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_ontology_keeps_the_rule(rule: Question) -> None:
    assert offenders(rule) == set()


@pytest.mark.parametrize(
    ("name", "turtle", "offender"),
    [(name, *fault) for name, faults in FAULTS.items() for fault in faults],
)
def test_the_rule_finds_what_breaks_it(name: str, turtle: str, offender: str) -> None:
    (rule,) = (rule for rule in RULES if rule.name == name)
    with broken(turtle):
        assert offender in offenders(rule)
    assert offenders(rule) == set()


def test_every_rule_has_a_fault() -> None:
    assert FAULTS.keys() == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_endpoint_takes_the_rule(rule: Question) -> None:
    scan(rule.query)
    assert rule.expected == ()
