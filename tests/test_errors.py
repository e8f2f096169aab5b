"""The tree of errors in the docstring of `graph.errors` is that of the classes."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rooms import House, house
from untocgraph.graph import errors

BASE = "GraphError"
LINE = re.compile(r"(?P<before>(?:[│ ]   )*)(?P<branch>[├└]── )?(?P<name>\w+)(?: {2,}\S.*)?")


@dataclass(frozen=True, slots=True)
class Error:
    """A class, wherever it is defined, or a line of a drawing."""

    name: str
    parent: str | None  # None of the base
    place: str = ""


def defined(of: House) -> Iterator[Error]:
    """Every subclass of the base, by the names that the classes give their bases."""
    classes = [
        (node, [ast.unparse(base).rpartition(".")[2] for base in node.bases], module.path)
        for module in of.modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    known: set[str] = set()
    while new := {node.name for node, bases, _ in classes if (known | {BASE}) & {*bases}} - known:
        known |= new
    known.add(BASE)
    for node, bases, path in classes:
        if node.name in known:
            parent = next((base for base in bases if base in known), None)
            yield Error(node.name, parent, f"{path}:{node.lineno}")


def drawn(docstring: str) -> Iterator[Error]:
    """The tree that stands in *docstring* from the line of the base to the next empty line."""
    lines = docstring.splitlines()
    above: list[str] = []  # from the base down to the last line
    for line in lines[lines.index(BASE) :]:
        if not line.strip():
            return
        match = LINE.fullmatch(line)
        assert match, f"this line is none of a tree: {line}"
        depth = len(match["before"]) // 4 + bool(match["branch"])
        assert depth <= len(above), f"this line is too deep: {line}"
        above[depth:] = [match["name"]]
        yield Error(match["name"], above[depth - 1] if depth else None)


def differences(by_code: Iterable[Error], by_hand: Iterable[Error]) -> Iterator[str]:
    """What is wrong with the drawing, one sentence for each error."""
    classes: dict[str, Error] = {}
    for error in by_code:
        first = classes.setdefault(error.name, error)
        if first is not error:
            yield f"{error.name} is defined twice, at {first.place} and {error.place}"
    lines: dict[str, Error] = {}
    for error in by_hand:
        if error.name in lines:
            yield f"{error.name} is drawn twice"
        lines[error.name] = error
    for name in classes.keys() - lines.keys():
        yield f"{name} ({classes[name].place}) is missing, below {classes[name].parent}"
    for name in lines.keys() - classes.keys():
        yield f"{name} is drawn, and there is no such error"
    for name in classes.keys() & lines.keys():
        if classes[name].parent != lines[name].parent:
            yield f"{name} is drawn below {lines[name].parent}, but is a {classes[name].parent}"


def test_every_error_is_drawn_in_its_place() -> None:
    assert errors.__doc__
    found = sorted(differences(defined(house()), drawn(errors.__doc__)))
    assert not found, "the tree in graph/errors.py is not true:\n" + "\n".join(found)


def test_the_errors_are_those_that_the_program_has() -> None:
    """Reading the sources finds what Python finds in those modules that are loaded here."""
    names = {error.name for error in defined(house())}
    loaded = {each.__name__ for each in subclasses(errors.GraphError)}
    assert len(loaded) > 10 and loaded <= names


def subclasses(of: type[Exception]) -> Iterator[type[Exception]]:
    for each in of.__subclasses__():
        if each.__module__.startswith("untocgraph."):
            yield each
        yield from subclasses(each)


# ---- each fault of a drawing is found ----

CODE = {
    "graph/errors.py": "class GraphError(Exception): ...\nclass Missing(GraphError): ...",
    "server/web/app.py": "def f():\n    class Gone(errors.Missing, ValueError): ...",
    "server/web/other.py": "class Other(Exception): ...",  # none of the tree
}
TRUE = """\
Every error.

GraphError
├── Missing      there is none
│   └── Gone     there was one, once
└── Late

More words."""


def faults(folder: Path, drawing: str, more: str = "") -> list[str]:
    for name, text in (CODE | {"server/late.py": f"class Late(GraphError): ...\n{more}"}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return list(differences(defined(House(folder)), drawn(drawing)))


def test_a_true_drawing_passes(tmp_path: Path) -> None:
    assert faults(tmp_path, TRUE) == []


FAULTS = {
    "Gone (server/web/app.py:2) is missing, below Missing": (
        "│   └── Gone     there was one, once\n",
        "",
    ),
    "Late (server/late.py:1) is missing, below GraphError": ("└── Late\n", ""),
    "Gone is drawn below GraphError, but is a Missing": ("│   └── Gone ", "├── Gone "),
    "Early is drawn, and there is no such error": ("└── Late", "├── Early\n└── Late"),
    "Other is drawn, and there is no such error": ("└── Late", "├── Other\n└── Late"),
    "Late is drawn twice": ("└── Late", "├── Late\n└── Late"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_drawing_is_found(fault: str, tmp_path: Path) -> None:
    old, new = FAULTS[fault]
    assert old in TRUE
    assert faults(tmp_path, TRUE.replace(old, new)) == [fault]


def test_two_errors_of_one_name_are_found(tmp_path: Path) -> None:
    assert faults(tmp_path, TRUE, "class Missing(GraphError): ...") == [
        "Missing is defined twice, at graph/errors.py:2 and server/late.py:2"
    ]
