"""What two releases say otherwise, held against sets; and blank nodes, whose labels say nothing."""

import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from rdflib import RDF, RDFS, SH, BNode, Dataset, Literal, URIRef
from rdflib.collection import Collection

from tests.graphs import BASE, GRAPH, Statement, dataset, quads
from tests.test_release import sample, silent
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.graph.release.differences import BLANK, Change, changes, diff
from untocgraph.graph.release.publish import publish

SHAPE = URIRef(f"{BASE}shapes#Norm")


def written(path: Path, data: Dataset) -> Path:
    path.write_text("".join(quad.line for quad in canonical(data)), "utf-8", newline="")
    return path


def without_blanks(statements: list[Statement]) -> list[Statement]:
    return [s for s in statements if not any(isinstance(term, BNode) for term in s)]


@given(old=quads.map(without_blanks), new=quads.map(without_blanks))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_is_the_difference_of_two_sets(
    old: list[Statement], new: list[Statement], tmp_path: Path
) -> None:
    before, after = (
        written(tmp_path / name, dataset(data)) for name, data in (("old", old), ("new", new))
    )
    found = list(changes(before, after))
    gone, come = (set(path.read_bytes().split(b"\n")) for path in (before, after))

    assert {c.line.encode()[:-1] for c in found if not c.is_new} == gone - come
    assert {c.line.encode()[:-1] for c in found if c.is_new} == come - gone
    assert [c.line for c in found] == sorted(c.line for c in found)


@given(statements=quads, other=quads)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_labels_of_blank_nodes_are_no_change(
    statements: list[Statement], other: list[Statement], tmp_path: Path
) -> None:
    """What is added has blank nodes of its own, and so renames those that were there."""
    renamed: list[Statement] = [
        tuple(BNode(f"other{term}") if isinstance(term, BNode) else term for term in statement)  # type: ignore[misc]
        for statement in other
    ]
    before = written(tmp_path / "old", dataset(statements))
    assert list(changes(before, before)) == []

    both = written(tmp_path / "new", dataset([*statements, *renamed]))
    found = list(changes(before, both))
    assert not [change for change in found if not change.is_new]
    lines = len(both.read_bytes().split(b"\n")) - len(before.read_bytes().split(b"\n"))
    assert len(found) == lines


def shapes(*names: str, limit: int = 1) -> Dataset:
    made = Dataset()
    graph = made.graph(GRAPH)
    graph.add((SHAPE, RDFS.label, Literal("_:x ends like a blank node _:x")))
    for name in names:
        node, members = BNode(), BNode()
        graph.add((SHAPE, SH.property, node))
        graph.add((node, SH.path, URIRef(f"{BASE}ontology#{name}")))
        graph.add((node, SH.maxCount, Literal(limit)))
        graph.add((node, SH["in"], members))
        Collection(graph, members, [RDF.nil, Literal(name)])
    return made


def test_a_group_that_differs_is_told_whole(tmp_path: Path) -> None:
    old = written(tmp_path / "old", shapes("a", "b", "c"))
    new = written(tmp_path / "new", shapes("c", "d", "b"))
    found = list(changes(old, new))

    assert len(found) == 2 * 8, "the groups of a and d, and nothing else"
    for is_new, name, other in ((False, "a", "d"), (True, "d", "a")):
        text = "".join(change.line for change in found if change.is_new == is_new)
        assert f"ontology#{name}>" in text and f"ontology#{other}>" not in text
        assert all(BLANK.match(line) for line in text.encode().splitlines(keepends=True))

    twice = shapes("a")
    node = BNode()
    twice.graph(GRAPH).add((SHAPE, SH.property, node))
    twice.graph(GRAPH).add((node, SH.path, RDF.type))
    doubled = shapes("a")
    for _ in range(2):
        node = BNode()
        doubled.graph(GRAPH).add((SHAPE, SH.property, node))
        doubled.graph(GRAPH).add((node, SH.path, RDF.type))
    once, two = written(tmp_path / "once", twice), written(tmp_path / "two", doubled)
    assert [change.is_new for change in changes(once, two)] == [True, True], "one of two alike"


def test_a_line_about_a_blank_node_is_told_of_both_though_its_label_is_the_same(
    tmp_path: Path,
) -> None:
    node = BNode()
    old, new = (
        written(
            tmp_path / f"of {limit}",
            dataset([(SHAPE, SH.property, node), (node, SH.maxCount, Literal(limit))]),
        )
        for limit in (1, 2)
    )
    found = [change.line for change in changes(old, new)]
    assert len(found) == 4
    assert len(set(found)) == 3, "the line that points to the node is the same in both"


def test_two_releases_differ_by_what_was_edited(tmp_path: Path) -> None:
    old, new = (publish(sample(n), tmp_path, base=BASE, progress=silent) for n in (1, 2))
    line = f'<{BASE}id/report/r> <{BASE}ontology#edition> "{{}}" <{BASE}graph/r/stated> .\n'
    assert list(diff(old, new)) == [
        Change(False, line.format(1)),
        Change(True, line.format(2)),
    ]
    assert [str(change) for change in diff(new, old)] == [
        f"A {line.format(1)}",
        f"D {line.format(2)}",
    ]


@pytest.mark.parametrize("count", [100_000])
def test_memory_does_not_grow_with_the_graph(count: int, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    chance = random.Random(1)
    with old.open("w") as before, new.open("w") as after:
        for number in range(count):
            line = f'<{BASE}{number:09}> <{RDFS.label}> "{number}" <{GRAPH}> .\n'
            for stream in (before, after):
                if chance.random() < 0.9:
                    stream.write(line)
    tracemalloc.start()
    try:
        found = sum(1 for _ in changes(old, new))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count * 0.15 < found < count * 0.21
    assert peak < 2_000_000 < old.stat().st_size / 4
