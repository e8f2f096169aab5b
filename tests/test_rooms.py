"""Imports go one way, rooms stay small, and a room's docstring says what it may import."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.rooms import MAX_LINES, MAX_MODULES, PROJECT, House, house

Rule = Callable[[House], Iterator[str]]

RULES: dict[str, Rule] = {
    "each room has a docstring of the one form": House.malformed_docstrings,
    "a docstring names rooms that there are": House.unknown_names,
    "a module imports only what its room may import": House.forbidden_imports,
    "server imports graph, never the other way": House.upward_imports,
    "rooms do not import in a cycle": House.room_cycles,
    "docstrings allow no cycle of rooms": House.declared_cycles,
    "modules do not import in a cycle": House.module_cycles,
    "a room is small": House.crowded_rooms,
    "a module is short or says why not": House.long_modules,
    "no two classes have one name": House.shared_class_names,
}


# What breaks a rule still. It may only get less: what no longer breaks one is to be taken out.
DEBT: dict[str, tuple[str, ...]] = {
    "rooms do not import in a cycle": ("server.metadata → server.pages → server.metadata",),
    "docstrings allow no cycle of rooms": ("server.metadata → server.pages → server.metadata",),
    "a module is short or says why not": (
        "graph/build/reference.py has",
        "graph/catalogue/dataset.py has",
        "graph/model.py has",
        "graph/query/evaluate.py has",
        "graph/rdf/jsonld.py has",
        "graph/release/publish.py has",
        "graph/validate/shapes.py has",
        "server/cli/main.py has",
        "server/http/problems.py has",
        "server/pages/facts.py has",
        "server/workers/supervisor.py has",
    ),
    "no two classes have one name": tuple(
        f"classes are named {name}:"
        for name in (
            *("About", "Block", "Body", "Conclusion", "Context", "Entry", "Finding", "Found"),
            *("Front", "Kind", "Name", "Names", "Part", "Parts", "Piece", "Pointer", "Reason"),
            *("Row", "Settings", "Source", "Statement", "Table", "_Reader"),
        )
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_its_rules(rule: str) -> None:
    broken = list(RULES[rule](house()))
    debt = DEBT.get(rule, ())
    fresh = [each for each in broken if not any(known in each for known in debt)]
    assert not fresh, f"{rule}; but\n" + "\n".join(fresh)
    paid = [known for known in debt if not any(known in each for each in broken)]
    assert not paid, f"{rule}: take out of DEBT what no longer breaks it: {paid}"


# ---- what the checks find in made-up trees ----

DOCSTRING = '"""A room.\n\nIn: this.\nOut: that.\nImports: {}.\n"""\n'
SOUND = {
    "graph/__init__.py": '"""The graph."""',
    "graph/errors.py": "",
    "graph/pipeline.py": "from untocgraph.graph.high import module",
    "graph/low/__init__.py": DOCSTRING.format("graph.errors"),
    "graph/low/module.py": "from untocgraph.graph.errors import Error\nimport rdflib",
    "graph/low/inner/__init__.py": DOCSTRING.format("graph.errors"),
    "graph/low/inner/module.py": "from ..module import thing",
    "graph/high/__init__.py": DOCSTRING.format("graph.low,\ngraph.errors, ontology"),
    "graph/high/module.py": "import untocgraph.graph.low.module\nimport untocgraph.ontology",
    "server/__init__.py": "",
    "server/web/__init__.py": DOCSTRING.format("graph"),
    "server/web/app.py": "from untocgraph.graph.low import module",
    "ontology/__init__.py": "",
}


def found(folder: Path, files: dict[str, str], rule: str) -> list[str]:
    """What breaks *rule* in a sound tree with *files* in it."""
    for name, text in (SOUND | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return list(RULES[rule](House(folder)))


@pytest.mark.parametrize("rule", RULES)
def test_a_sound_tree_passes(rule: str, tmp_path: Path) -> None:
    assert found(tmp_path, {}, rule) == []


HIDDEN = {
    "at the top": "from untocgraph.graph.high import module",
    "as a name in a module": "from untocgraph.graph.high.module import thing",
    "as a module": "import untocgraph.graph.high.module as other",
    "in a function": "def f() -> None:\n    from untocgraph.graph.high import module",
    "for types only": "if TYPE_CHECKING:\n    from untocgraph.graph.high import module",
    "relatively": "from ..high.module import thing",
    "by its name": 'importlib.import_module("untocgraph.graph.high.module")',
}


@pytest.mark.parametrize("how", HIDDEN)
def test_an_import_that_the_docstring_does_not_name_is_found(how: str, tmp_path: Path) -> None:
    rule = "a module imports only what its room may import"
    text = HIDDEN[how]
    line = len(text.splitlines())
    assert found(tmp_path, {"graph/low/module.py": text}, rule) == [
        f"graph/low/module.py:{line}: graph.low.module imports graph.high.module, "
        "which 'Imports:' of graph.low does not name"
    ]


def test_an_inner_room_obeys_the_outer_as_well(tmp_path: Path) -> None:
    files = {
        "graph/low/inner/__init__.py": DOCSTRING.format("graph.high"),
        "graph/low/inner/module.py": "import untocgraph.graph.high.module",
    }
    (broken,) = found(tmp_path, files, "a module imports only what its room may import")
    assert broken.endswith("which 'Imports:' of graph.low does not name")


DOCSTRINGS = {
    "none": "",
    "one line": '"""A room."""',
    "without what comes out": '"""A room.\n\nIn: this.\nImports: graph.errors.\n"""',
    "without what it imports": '"""A room.\n\nIn: this. Out: that.\n"""',
    "with more after it": '"""A room.\n\nIn: a. Out: b.\nImports: graph.errors.\n\nMore: that."""',
}


@pytest.mark.parametrize("text", DOCSTRINGS.values(), ids=DOCSTRINGS)
def test_a_docstring_of_another_form_is_found(text: str, tmp_path: Path) -> None:
    rule = "each room has a docstring of the one form"
    (broken,) = found(tmp_path, {"graph/low/inner/__init__.py": text}, rule)
    assert broken.startswith("graph/low/inner/__init__.py: ")


def test_a_room_may_import_nothing(tmp_path: Path) -> None:
    files = {"graph/low/__init__.py": DOCSTRING.format("nothing")}
    assert found(tmp_path, files, "each room has a docstring of the one form") == []
    (broken,) = found(tmp_path, files, "a module imports only what its room may import")
    assert "graph.low.module imports graph.errors" in broken


@pytest.mark.parametrize("name", ["graph.lou", "graph.low.inner", "rdflib", "graph."])
def test_a_name_that_is_no_room_is_found(name: str, tmp_path: Path) -> None:
    files = {"graph/high/__init__.py": DOCSTRING.format(f"graph.low, {name}")}
    (broken,) = found(tmp_path, files, "a docstring names rooms that there are")
    assert f"names {name}, no room" in broken


@pytest.mark.parametrize("where", ["graph/low/module.py", "ontology/more.py"])
def test_an_import_of_the_server_is_found(where: str, tmp_path: Path) -> None:
    files = {where: "\nfrom untocgraph.server.web.app import create_app"}
    (broken,) = found(tmp_path, files, "server imports graph, never the other way")
    assert broken.startswith(f"{where}:2: ") and "imports server.web.app" in broken


def test_a_foundation_that_imports_a_room_is_found(tmp_path: Path) -> None:
    files = {"graph/errors.py": "from untocgraph.graph.low import module"}
    (broken,) = found(tmp_path, files, "server imports graph, never the other way")
    assert broken.startswith("graph/errors.py:1: graph.errors imports graph.low.module")


def test_a_cycle_of_rooms_is_drawn_though_its_modules_have_none(tmp_path: Path) -> None:
    files = {"graph/low/other.py": "import untocgraph.graph.high"}
    (broken,) = found(tmp_path, files, "rooms do not import in a cycle")
    assert broken == dedent("""\
        graph.high → graph.low → graph.high
            graph/high/module.py:1: graph.high.module imports graph.low.module
            graph/low/other.py:1: graph.low.other imports graph.high""")
    assert found(tmp_path, files, "modules do not import in a cycle") == []


def test_a_cycle_that_docstrings_allow_is_drawn(tmp_path: Path) -> None:
    files = {"graph/low/__init__.py": DOCSTRING.format("graph.high")}
    (broken,) = found(tmp_path, files, "docstrings allow no cycle of rooms")
    assert broken.startswith("graph.high → graph.low → graph.high\n")


def test_a_cycle_of_modules_is_drawn(tmp_path: Path) -> None:
    files = {
        "graph/low/a.py": "from . import b",
        "graph/low/b.py": "def f() -> None:\n    from untocgraph.graph.low.inner import c",
        "graph/low/inner/c.py": "from ..a import f",
        "graph/low/d.py": "from . import a",  # leads into the cycle and is none of it
    }
    (broken,) = found(tmp_path, files, "modules do not import in a cycle")
    assert broken == dedent("""\
        graph.low.a → graph.low.b → graph.low.inner.c → graph.low.a
            graph/low/a.py:1: graph.low.a imports graph.low.b
            graph/low/b.py:2: graph.low.b imports graph.low.inner.c
            graph/low/inner/c.py:1: graph.low.inner.c imports graph.low.a""")


@pytest.mark.parametrize("more", [0, 1])
def test_a_room_of_too_many_modules_is_found(more: int, tmp_path: Path) -> None:
    files = {f"graph/high/module{n}.py": "" for n in range(MAX_MODULES - 1 + more)}
    broken = found(tmp_path, files, "a room is small")
    assert broken == [f"graph.high has {MAX_MODULES + 1} modules, more than 12: split it"] * more


@pytest.mark.parametrize("more", [0, 1])
def test_a_long_module_is_found(more: int, tmp_path: Path) -> None:
    text = '"""One sentence."""\n' + "\n" * (MAX_LINES - 1 + more)
    broken = found(tmp_path, {"graph/low/module.py": text}, "a module is short or says why not")
    assert [each.partition(" has ")[0] for each in broken] == ["graph/low/module.py"] * more


def test_a_long_module_may_say_why(tmp_path: Path) -> None:
    text = '"""One sentence. Long\nbecause it is one table.\n"""\n' + "\n" * MAX_LINES
    files = {"graph/low/module.py": text}
    assert found(tmp_path, files, "a module is short or says why not") == []


def test_classes_of_one_name_are_found(tmp_path: Path) -> None:
    files = {"graph/errors.py": "class Kind: ...", "server/web/app.py": "\nclass Kind: ..."}
    assert found(tmp_path, files, "no two classes have one name") == [
        "2 classes are named Kind: graph/errors.py:1, server/web/app.py:2"
    ]


def test_each_line_that_imports_is_read() -> None:
    """The checks above would pass a tree in which they see no import."""
    seen = {(each.path, each.line) for each in house().imports}
    written = {
        (module.path, number)
        for module in house().modules.values()
        for number, line in enumerate(module.text.splitlines(), 1)
        if re.match(rf"\s*(from|import) {PROJECT}\.", line)
    }
    assert len(written) > 300
    assert written <= seen
