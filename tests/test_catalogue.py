"""The catalogue tells the truth: each number in it is counted again by SPARQL on the release."""

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.metadata import metadata
from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import QuerySolutions
from rdflib import DCTERMS, PROV, RDF, SKOS, VOID, Dataset, Graph, Literal, URIRef

from tests.conftest import BASE
from tests.sample import IRIS, SHORT, built, report, short
from tests.terms import unknown_terms
from untocgraph.graph import pipeline
from untocgraph.graph.build.report import build
from untocgraph.graph.catalogue.dataset import (
    CATALOGUE,
    COUNTS,
    DQV,
    SD,
    SPDX,
    catalogue,
    is_entity,
    pattern,
    texts,
)
from untocgraph.graph.errors import ReleaseRefused
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import Outcome, Violated, add_catalogue, build_release
from untocgraph.graph.query.evaluate import open_store
from untocgraph.graph.validate.shapes import validate_alone

ROOT = Path(__file__).parents[1]
NAME = IRIS.graph(CATALOGUE)

# Where the things of a part are: each query counts what its property says of ?g, ?class or ?p.
COUNT = {
    VOID.triples: "(COUNT(*) AS ?n)",
    VOID.distinctSubjects: "(COUNT(DISTINCT ?s) AS ?n)",
    VOID.entities: "(COUNT(DISTINCT ?entity) AS ?n)",
    VOID.classes: "(COUNT(DISTINCT ?kind) AS ?n)",
    VOID.properties: "(COUNT(DISTINCT ?p) AS ?n)",
}


@pytest.fixture(scope="module")
def described(published: tuple[Path, Outcome]) -> Graph:
    """The catalogue of the release, as its dump has it."""
    text = published[1].release.dump(f"graphs/{CATALOGUE}.ttl").read_text(encoding="utf-8")
    return Graph().parse(data=text, format="turtle", publicID=BASE)


@pytest.fixture(scope="module")
def ask(published: tuple[Path, Outcome]) -> "Asked":
    return Asked(published[1])


class Asked:
    """The published store, asked for one number at a time."""

    def __init__(self, outcome: Outcome) -> None:
        self.store = open_store(outcome.release.store_path)

    def number(self, query: str) -> Decimal:
        rows = self.store.query(query, use_default_graph_as_union=True)
        assert isinstance(rows, QuerySolutions)
        (row,) = rows
        number = row[0]
        assert isinstance(number, pyoxigraph.Literal)
        return Decimal(number.value)

    def count(self, property: URIRef, where: str, regex: str) -> Decimal:
        return self.number(f"""
            SELECT {COUNT[property]} WHERE {{
                {where}
                BIND(IF(ISIRI(?s) && REGEX(STR(?s), '{regex}'), ?s, ?nothing) AS ?entity)
                BIND(IF(?p = <{RDF.type}>, ?o, ?nothing) AS ?kind)
            }}""")


def parts(described: Graph) -> Iterator[tuple[URIRef, str]]:
    """Each counted part with the statements that it is."""
    yield IRIS.dataset, "?s ?p ?o"
    for pair, name in described.subject_objects(SD.name):
        yield URIRef(str(described.value(pair, SD.graph))), f"GRAPH <{name}> {{ ?s ?p ?o }}"
    for part, kind in described.subject_objects(VOID["class"]):
        yield URIRef(str(part)), f"?s a <{kind}> ; ?p ?o"
    for part, property in described.subject_objects(VOID.property):
        yield URIRef(str(part)), f"?s ?p ?o FILTER(?p = <{property}>)"
    for links, target in described.subject_objects(VOID.objectsTarget):
        predicate = described.value(links, VOID.linkPredicate)
        space = described.value(target, VOID.uriSpace)
        where = f"?s ?p ?o FILTER(?p = <{predicate}> && STRSTARTS(STR(?o), '{space}'))"
        yield URIRef(str(links)), where


# ---- numbers ----


def test_every_number_is_what_sparql_counts(described: Graph, ask: Asked) -> None:
    regex = str(described.value(IRIS.dataset, VOID.uriRegexPattern)).replace("\\", "\\\\")
    compared = 0
    for part, where in parts(described):
        for property in COUNTS:
            for said in described.objects(part, property):
                of_class = (part, VOID["class"], None) in described  # all its things are counted
                counted = ask.count(property, where, ".*" if of_class else regex)
                assert Decimal(str(said)) == counted, (part, property)
                compared += 1
    numbers = [s for p in COUNTS for s in described.subjects(p, None)]
    assert compared == len(numbers) > 500


def test_nothing_is_without_its_partition(described: Graph, ask: Asked) -> None:
    """Of the catalogue's own classes and properties as well."""
    for property, query in (
        (VOID["class"], "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
        (VOID.property, "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
    ):
        assert len(set(described.objects(None, property))) == ask.number(query)
    assert (None, VOID["class"], VOID.Linkset) in described
    assert (None, VOID.property, VOID.propertyPartition) in described


MEASURED = {
    "rules": """SELECT (COUNT(DISTINCT ?s) AS ?n) {
        VALUES ?kind { sh:NodeShape sh:PropertyShape } ?s a ?kind }""",
    "violations": "SELECT (COUNT(*) AS ?n) { ?s sh:resultSeverity sh:Violation }",
    "warnings": "SELECT (COUNT(*) AS ?n) { ?s sh:resultSeverity sh:Warning }",
    "remarks": "SELECT (COUNT(*) AS ?n) { ?s sh:resultSeverity sh:Info }",
    "facts": "SELECT (COUNT(*) AS ?n) { ?s a untoc:Fact }",
    "evidence": """SELECT (SUM(?has) / COUNT(*) AS ?n) {
        ?s a untoc:Fact BIND(IF(EXISTS { ?s untoc:evidence ?o }, 1.0, 0.0) AS ?has) }""",
    "bilingual": """SELECT (SUM(?has) / COUNT(*) AS ?n) {
        { SELECT DISTINCT ?s { ?s rdfs:label ?o } }
        BIND(IF(EXISTS { ?s rdfs:label ?en FILTER(LANG(?en) = "en") }
             && EXISTS { ?s rdfs:label ?zh FILTER(LANG(?zh) = "zh") }, 1.0, 0.0) AS ?has) }""",
}


@pytest.mark.parametrize("key", MEASURED)
def test_the_quality_is_what_sparql_measures(key: str, described: Graph, ask: Asked) -> None:
    prefixes = f"""PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX untoc: <{IRIS.ontology}>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> """
    said = described.value(IRIS.in_dataset("quality", key), DQV.value)
    assert 0 <= ask.number(prefixes + MEASURED[key]) - Decimal(str(said)) < Decimal("0.0001")


def test_every_metric_is_measured() -> None:
    assert MEASURED.keys() == texts()["metrics"].keys()


def test_numbers_hold_for_two_reports(tmp_path: Path) -> None:
    data = build((report(), short()), IRIS)
    found = catalogue(data, IRIS)
    names = {str(name) for _, name in found.subject_objects(SD.name)}
    assert {str(IRIS.graph("wgic-2031", "stated")), str(NAME)} <= names
    for triple in found:
        data.graph(NAME).add(triple)
    total = found.value(IRIS.dataset, VOID.triples)
    assert total == Literal(len(list(data.quads())))


# ---- what it is a function of ----


def test_the_catalogue_is_a_function_of_the_graphs() -> None:
    before = len(list(built().quads()))
    assert set(catalogue(built(), IRIS)) == set(catalogue(built(), IRIS))
    assert len(list(built().quads())) == before


def test_another_base_changes_the_base_and_nothing_else() -> None:
    other = Iris("https://example.org/k.g/")
    here = {" ".join(term.n3() for term in triple) for triple in catalogue(built(), IRIS)}
    there = catalogue(build((report(),), other), other)
    moved = {" ".join(term.n3() for term in triple) for triple in there}
    escaped = other.base.replace(".", "\\\\.")
    moved = {each.replace(escaped, IRIS.base).replace(other.base, IRIS.base) for each in moved}
    # The files of the build are the same ones; the pattern is written with its own escapes.
    assert moved == here


@pytest.mark.parametrize("base", ["http://localhost:8000/", "https://a.b/k+g/(x)/$y/"])
def test_the_pattern_says_what_an_entity_is(base: str) -> None:
    iris = Iris(base)
    inside = [iris.dataset, iris.ontology.Norm, iris.shapes.Norm, iris.document("附件/1")]
    outside = [URIRef(f"{base}ontology"), URIRef(f"{base}graph/x"), URIRef(f"x{base}id/a")]
    for thing in (*inside, *outside):
        assert bool(re.search(pattern(iris), thing)) == is_entity(thing, iris) == (thing in inside)


def test_no_time_and_no_place_of_the_build(described: Graph) -> None:
    dates = {str(value) for value in described.objects() if re.match(r"\d{4}-\d\d", str(value))}
    meeting = {"2013-10-28", "2013-10-30", "2013-10-28/2013-10-30"}
    assert dates == meeting
    assert str(ROOT) not in described.serialize(format="nt")


def test_the_graph_holds_no_blank_node_and_only_known_terms(described: Graph) -> None:
    assert not any(type(term).__name__ == "BNode" for triple in described for term in triple)
    assert unknown_terms(described) == []


def test_what_it_speaks_of_is_under_the_base_and_labelled(described: Graph) -> None:
    sources = set(described.subjects(SPDX.checksum)) & set(
        described.objects(None, PROV.wasDerivedFrom)
    )
    places = set(described.subjects(RDF.type, DCTERMS.Location))
    for subject in set(described.subjects()) - sources - places:
        assert str(subject).startswith(f"{BASE}id/")
        languages = {label.language for label in described.objects(subject, RDFS_LABEL)}  # type: ignore[attr-defined]
        assert languages == {"en", "zh"}, subject


RDFS_LABEL = URIRef("http://www.w3.org/2000/01/rdf-schema#label")


# ---- what is said by hand ----


def words(text: str) -> str:
    return " ".join(text.split())


@cache
def terms_of_use() -> str:
    return words(texts()["terms"]["en"])


def test_the_terms_of_use_are_those_of_the_repository() -> None:
    """What NOTICE says of the data stands in them, and the licence is the one of LICENSE."""
    notice = words((ROOT / "NOTICE").read_text(encoding="utf-8"))
    for sentence in re.findall(r"[A-Z][^.;]*[.;]", notice.partition("United Nations. ")[2]):
        said = sentence.replace("in graph/sources/ ", "").rstrip(".;")
        assert said in terms_of_use(), said
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines()[0]
    assert licence == "MIT License" and licence in terms_of_use()
    assert metadata("untocgraph")["License-Expression"] == "MIT"
    assert texts()["terms"]["licence"].endswith("/mit")


def test_the_licence_of_a_graph_is_what_the_graph_says(described: Graph) -> None:
    mit = URIRef(texts()["terms"]["licence"])
    licences = {
        str(part).removeprefix(str(IRIS.in_dataset("graph", ""))): licence
        for part in described.subjects(RDF.type, SD.Graph)
        for licence in described.objects(part, DCTERMS.license)
    }
    assert licences["ontology"] == licences["shapes"] == mit
    assert licences["untoc-wgta-2013/stated"] == IRIS.in_dataset("terms")


# ---- what it was made from ----


def test_the_build_is_traced_to_its_inputs(described: Graph) -> None:
    used = set(described.objects(IRIS.in_dataset("build"), PROV.used))
    text = report().source
    assert IRIS.source(text.slug, text.language, text.sha256) in used
    pack = ROOT / "graph" / "languages" / "zh.toml"
    assert checksum(described, IRIS.in_dataset("build", "zh.toml")) == sha256(pack)
    tables = [
        file
        for file in (ROOT / "graph" / "authorities").iterdir()
        if file.suffix in (".toml", ".json")
    ]
    assert len(tables) == 6
    for file in tables:
        assert checksum(described, IRIS.in_dataset("build", file.name)) == sha256(file)
    source = IRIS.source(text.slug, text.language, text.sha256)
    assert checksum(described, source) == text.sha256


def checksum(described: Graph, node: URIRef) -> str:
    return str(described.value(described.value(node, SPDX.checksum), SPDX.checksumValue))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- the gate ----


def test_the_catalogue_breaks_no_shape(described: Graph) -> None:
    assert validate_alone(described, CATALOGUE, IRIS) == ()


def test_a_catalogue_without_a_title_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untitled(data: Dataset, iris: Iris) -> Graph:
        made = catalogue(data, iris)
        made.remove((iris.dataset, DCTERMS.title, None))
        return made

    monkeypatch.setattr(pipeline, "catalogue", untitled)
    with pytest.raises(Violated) as caught:
        build_release([SHORT], tmp_path / "var", base=BASE)
    assert [each.shape for each in caught.value.violations] == [IRIS.shapes.DatasetTitle]
    assert not (tmp_path / "var").exists()


def test_a_link_to_a_dataset_that_nobody_named_is_refused() -> None:
    data = Dataset()
    data.graph(IRIS.graph("reference")).add(
        (IRIS.body("unodc"), SKOS.exactMatch, URIRef("https://elsewhere.example/1"))
    )
    with pytest.raises(ReleaseRefused, match="catalogue.toml"):
        add_catalogue(data, IRIS)
