"""Each shape against its examples: a valid one, and one for each fault that it must find."""

import re
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from rdflib import OWL, RDF, RDFS, SH, SKOS, Dataset, Graph, Literal, URIRef

from untocgraph.graph.validate.shapes import hold
from untocgraph.ontology import ontology_graph
from untocgraph.shapes import read_shapes, shape_files, shapes_graph

SHAPES = Path(__file__).parents[1] / "shapes"
EXAMPLES = sorted(path for path in (SHAPES / "examples").rglob("*.*") if path.is_file())
MODULES = [name for name in shape_files() if name != "prefixes"]

BASE = "http://localhost:8000/"

Expectation = tuple[str, str, str]  # focus, rule, component; each without its namespace


@cache
def shapes_of(module: str) -> Graph:
    files = shape_files()
    return read_shapes((files["prefixes"], files[module]), BASE)


@cache
def ontology() -> Graph:
    return ontology_graph(BASE)


@cache
def outline() -> Graph:
    """Of the ontology what rules ask for: what is a class, a property or a concept of which kind.

    A quarter of it, for hundreds of examples. Concepts come without skos:Concept, so that the shape
    of concepts does not ask them for what is left out; test_validate.py holds the whole against it.
    """
    asked = {RDF.type, RDFS.subClassOf, SKOS.prefLabel}
    left_out = {SKOS.Concept, SKOS.ConceptScheme}
    graph = Graph()
    for triple in ontology():
        if triple[1] in asked and triple[2] not in left_out:
            graph.add(triple)
    return graph


def module_of(example: Path) -> str:
    """Examples of findings/items.ttl are in examples/findings-items."""
    return re.sub("^findings-", "findings/", example.parent.name)


def expectations(example: Path) -> set[Expectation]:
    """What an example names on top as its faults."""
    lines = re.findall(r"^# expect: (\S+) (\S+) (\S+)$", example.read_text(encoding="utf-8"), re.M)
    return {(focus, rule, component) for focus, rule, component in lines}


def read(example: Path) -> Dataset:
    data = Dataset()
    if example.suffix == ".trig":
        data.parse(example, publicID=BASE)
    else:
        data.default_graph.parse(example, publicID=BASE)
    beside = data.graph(URIRef(f"{BASE}graph/ontology"))
    for triple in outline():
        beside.add(triple)
    return data


def reporting(shapes: Graph) -> set[URIRef]:
    """The shapes that results name: not those that stand nameless inside another."""
    kinds = SH.NodeShape, SH.PropertyShape
    found = {shape for kind in kinds for shape in shapes.subjects(RDF.type, kind)}
    assert all(isinstance(shape, URIRef) for shape in found), "a shape without an IRI"
    return {shape for shape in found if isinstance(shape, URIRef)}


def constraints(shapes: Graph) -> set[tuple[str, str]]:
    """Every rule and component that can find a fault."""
    return {
        (local(shape), local(CONSTRAINT_PARAMETERS_MAP[parameter].shacl_constraint_component))
        for shape in reporting(shapes)
        for parameter in shapes.predicates(shape)
        if parameter in CONSTRAINT_PARAMETERS_MAP and parameter != SH.property
    }


def local(iri: object) -> str:
    return str(iri).removeprefix(BASE).rpartition("#")[2]


def rules(shapes: Graph, shape: URIRef) -> list[str]:
    """The queries of a shape."""
    return [
        str(query)
        for constraint in shapes.objects(shape, SH.sparql)
        for query in shapes.objects(constraint, SH.select)
    ]


def messages(shapes: Graph, shape: URIRef) -> list[Literal]:
    holders = (shape, *shapes.objects(shape, SH.sparql))
    found = [text for holder in holders for text in shapes.objects(holder, SH.message)]
    return [text for text in found if isinstance(text, Literal)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_example(example: Path) -> None:
    found = {
        (local(each.focus), local(each.shape), local(each.component))
        for each in hold(read(example), shapes_of(module_of(example)))
    }

    assert bool(expectations(example)) == example.name.startswith("invalid")
    assert found == expectations(example)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "graphs"])
def test_plain_pyshacl_agrees(module: str) -> None:
    """The rules need nothing of ours: with rdflib's own SPARQL they find the same faults.

    Only rules about named graphs need a dataset, which plain pyshacl has not.
    """
    shapes = shapes_of(module)
    if not any(rules(shapes, shape) for shape in reporting(shapes)):
        return
    for example in (path for path in EXAMPLES if module_of(path) == module):
        data = Graph().parse(example, publicID=BASE) + outline()
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
        assert isinstance(report, Graph)
        found = {
            (local(report.value(result, SH.sourceShape)), local(component))
            for result, component in report.subject_objects(SH.sourceConstraintComponent)
        }
        assert found == {expected[1:] for expected in expectations(example)}, example


def test_no_shape_is_without_examples() -> None:
    names = {(module_of(path), path.stem.partition("-")[0]) for path in EXAMPLES}
    assert names == {(module, stem) for module in MODULES for stem in ("valid", "invalid")}


@pytest.mark.parametrize("module", MODULES)
def test_every_constraint_has_an_example_that_breaks_it(module: str) -> None:
    broken = {
        expected[1:]
        for example in EXAMPLES
        if module_of(example) == module
        for expected in expectations(example)
    }
    assert broken == constraints(shapes_of(module))


@pytest.mark.parametrize("module", MODULES)
def test_every_rule_says_what_to_do_in_both_languages(module: str) -> None:
    shapes = shapes_of(module)
    for shape in {shape for shape in reporting(shapes) if constraints_of(shapes, shape)}:
        said = messages(shapes, shape)
        assert sorted(str(text.language) for text in said) == ["en", "zh"], shape
        for text in said:
            named = set(re.findall(r"\{\?(\w+)\}", text))
            for query in rules(shapes, shape):
                selected = query.partition("WHERE")[0]
                assert named <= set(re.findall(r"[?$](\w+)", selected)), (shape, text)


def constraints_of(shapes: Graph, shape: URIRef) -> set[tuple[str, str]]:
    return {pair for pair in constraints(shapes) if pair[0] == local(shape)}


@pytest.mark.parametrize("module", MODULES)
def test_violations_stop_a_release_and_findings_do_not(module: str) -> None:
    shapes = shapes_of(module)
    severities = {shapes.value(shape, SH.severity) for shape in reporting(shapes)}
    if module.startswith("findings/"):
        assert severities <= {SH.Warning, SH.Info}
    else:
        assert severities == {None}  # then it is sh:Violation


@pytest.mark.parametrize("module", MODULES)
def test_a_shape_speaks_only_of_what_the_ontology_has(module: str) -> None:
    text = shape_files()[module].read_text(encoding="utf-8")
    own = {URIRef(f"{BASE}ontology#{name}") for name in re.findall(r"untoc:([A-Za-z0-9]+)", text)}
    assert own <= set(ontology().subjects())


def test_shapes_are_shacl() -> None:
    shapes = shapes_graph(BASE)
    pyshacl.validate(Dataset(), shacl_graph=shapes, meta_shacl=True)  # raises if they are not


def test_node_shapes_have_labels() -> None:
    shapes = shapes_graph(BASE)
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        languages = sorted(
            str(label.language)
            for label in shapes.objects(shape, RDFS.label)
            if isinstance(label, Literal)
        )
        assert languages == ["en", "zh"], shape


def test_shapes_follow_the_base() -> None:
    base = "https://example.org/kg/"
    shapes = shapes_graph(base)
    namespaces = {str(namespace) for namespace in shapes.objects(None, SH.namespace)}

    assert f"{base}ontology#" in namespaces
    assert all("://" in namespace for namespace in namespaces)
    assert len(shapes) == len(shapes_graph(BASE))
    assert (URIRef(f"{base}shapes"), RDF.type, OWL.Ontology) in shapes
    assert not any(BASE in str(term) for triple in shapes for term in triple)
