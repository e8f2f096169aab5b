"""Which modules there are, what each imports, and which rules of the house an import breaks.

A room is a package. Its docstring names, in the part `Imports:`, the rooms of the first level
(`graph.rdf`), single modules (`graph.errors`) and top folders (`ontology`) that its modules may
import. A module obeys every room that it stands in. What stands in one first-level room may import
from all of that room.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

TOPS = ("graph", "server", "ontology", "shapes")
PROJECT = "untocgraph"
FOUNDATIONS = {"graph.errors", "graph.iris", "graph.model"}  # they import no room
MAX_LINES = 400
MAX_MODULES = 12
REASON = "Long because "  # how a docstring begins to say why its module is long

ROOM = re.compile(
    r"\S[^\n]*(?:\n[^\n]+)*\.\n"  # what the room is
    r"\n"
    r"In: .+\bOut: .+\.\n"
    r"Imports: (?P<imports>[^:]+)\.\s*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Import:
    """*module* imports *target* on *line*."""

    module: str  # without the name of the project: graph.rdf.turtle
    target: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.module} imports {self.target}"


@dataclass(frozen=True)
class Module:
    """One file. A package is named like its folder."""

    name: str
    path: str  # below the root
    is_package: bool
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]


class House:
    """All modules below *root*, with what they import of one another."""

    def __init__(self, root: Path, tops: Iterable[str] = TOPS) -> None:
        self.modules = {
            module.name: module
            for top in tops
            for path in sorted((root / top).rglob("*.py"))
            for module in [_module(path.relative_to(root), path.read_text(encoding="utf-8"))]
        }
        found = (each for module in self.modules.values() for each in self._imports(module))
        self.imports = list(dict.fromkeys(found))  # one for many names of one line

    @property
    def rooms(self) -> list[Module]:
        """Every package below a top folder."""
        return [each for each in self.modules.values() if each.is_package and "." in each.name]

    def _imports(self, module: Module) -> Iterator[Import]:
        """Wherever they stand: inside functions and under TYPE_CHECKING as well."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                origin = _absolute(node, module)
                named = [f"{origin}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Call) and _is_import_module(node):
                named = [each.value for each in node.args[:1] if _is_text(each)]  # type: ignore[attr-defined]
            else:
                continue
            for name in named:
                if (target := self._target(name)) and target != module.name:
                    yield Import(module.name, target, module.path, node.lineno)

    def _target(self, dotted: str) -> str | None:
        """The module that *dotted* names, or of which it names a part; None if it is not ours."""
        project, _, name = dotted.partition(".")
        while project == PROJECT and name:
            if name in self.modules:
                return name
            name = name.rpartition(".")[0]
        return None

    # ---- rules; each yields what breaks it, one sentence each ----

    def malformed_docstrings(self) -> Iterator[str]:
        for room in self.rooms:
            if not ROOM.fullmatch(room.docstring):
                yield (
                    f"{room.path}: the docstring has to say what the room is, then, after an "
                    "empty line, 'In: … Out: ….' and 'Imports: room, room.' (or 'nothing.')"
                )

    def unknown_names(self) -> Iterator[str]:
        """Names in `Imports:` that are neither rooms of the first level nor modules nor tops."""
        for room in self.rooms:
            for name in allowed(room):
                if name not in self.modules or node(name) != name:
                    yield f"{room.path}: 'Imports:' names {name}, no room of the first level"

    def forbidden_imports(self) -> Iterator[str]:
        for each in self.imports:
            if node(each.module) == node(each.target):
                continue
            for room in self._around(each.module):
                if not any(is_within(each.target, name) for name in allowed(room)):
                    yield f"{each}, which 'Imports:' of {room.name} does not name"

    def upward_imports(self) -> Iterator[str]:
        """Imports of `server` from elsewhere, and of a room from a foundation."""
        for each in self.imports:
            if is_within(each.target, "server") and not is_within(each.module, "server"):
                yield f"{each}: only server imports server"
            elif each.module in FOUNDATIONS and each.target not in FOUNDATIONS:
                yield f"{each}: a foundation imports foundations only"

    def room_cycles(self) -> Iterator[str]:
        """Cycles of imports between first-level rooms, each with one import for each step."""
        steps = {(node(each.module), node(each.target)): each for each in reversed(self.imports)}
        for cycle in cycles(steps):
            yield _drawn(cycle, steps)

    def declared_cycles(self) -> Iterator[str]:
        """Cycles that the docstrings would allow, whether imports make use of it or not."""
        steps = {
            (node(room.name), name): f"{room.path}: {room.name} may import {name}"
            for room in self.rooms
            for name in allowed(room)
        }
        for cycle in cycles(steps):
            yield _drawn(cycle, steps)

    def module_cycles(self) -> Iterator[str]:
        steps = {(each.module, each.target): each for each in reversed(self.imports)}
        for cycle in cycles(steps):
            yield _drawn(cycle, steps)

    def crowded_rooms(self) -> Iterator[str]:
        sizes = Counter(m.package for m in self.modules.values() if not m.is_package)
        for room, size in sizes.items():
            if size > MAX_MODULES:
                yield f"{room} has {size} modules, more than {MAX_MODULES}: split it"

    def long_modules(self) -> Iterator[str]:
        for module in self.modules.values():
            lines = len(module.text.splitlines())
            if lines > MAX_LINES and REASON not in " ".join(module.docstring.split()):
                yield (
                    f"{module.path} has {lines} lines, more than {MAX_LINES}: split it, or say why "
                    f"in its docstring, in a sentence that begins '{REASON.strip()}'"
                )

    def shared_class_names(self) -> Iterator[str]:
        places = defaultdict(list)
        for module in self.modules.values():
            for each in ast.walk(module.tree):
                if isinstance(each, ast.ClassDef):
                    places[each.name].append(f"{module.path}:{each.lineno}")
        for name, found in places.items():
            if len(found) > 1:
                yield f"{len(found)} classes are named {name}: {', '.join(found)}"

    def _around(self, name: str) -> Iterator[Module]:
        """The rooms in which a module stands; a module outside rooms may name what it imports."""
        module = self.modules[name]
        if not module.is_package and allowed(module):
            yield module
        while "." in name:
            if self.modules[name].is_package:
                yield self.modules[name]
            name = name.rpartition(".")[0]
            if name not in self.modules:
                return


@cache
def house() -> House:
    """That of the project."""
    return House(Path(__file__).resolve().parent.parent)


def allowed(module: Module) -> tuple[str, ...]:
    """What the part `Imports:` of a docstring names."""
    found = ROOM.fullmatch(module.docstring)
    names = re.split(r",\s*", found["imports"].strip()) if found else []
    return () if names == ["nothing"] else tuple(names)


def node(name: str) -> str:
    """The first-level room of a module, or the module itself if it stands in none.

    The folders `ontology` and `shapes` are one room each.
    """
    top, *below = name.split(".")
    return ".".join([top, *below[:1]]) if top in ("graph", "server") else top


def is_within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def cycles(steps: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
    """One cycle, the shortest, for each set of nodes that lead to one another."""
    leads: dict[str, set[str]] = defaultdict(set)
    for start, end in steps:
        if start != end:
            leads[start].add(end)
    seen: set[str] = set()
    for start in sorted(leads):
        if start in seen or not (cycle := _shortest_cycle(start, leads)):
            continue
        seen |= {each for each in _reached(start, leads) if start in _reached(each, leads)}
        yield cycle


def _reached(start: str, leads: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = leads.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _shortest_cycle(start: str, leads: Mapping[str, set[str]]) -> list[str] | None:
    paths = [[start]]
    seen: set[str] = set()
    for path in paths:
        for end in sorted(leads.get(path[-1], set()) - seen):
            if end == start:
                return [*path, start]
            seen.add(end)
            paths.append([*path, end])
    return None


def _drawn(cycle: list[str], steps: Mapping[tuple[str, str], object]) -> str:
    reasons = [str(steps[start, end]) for start, end in zip(cycle, cycle[1:], strict=False)]
    return " → ".join(cycle) + "".join(f"\n    {reason}" for reason in reasons)


def _module(path: Path, text: str) -> Module:
    is_package = path.stem == "__init__"
    parts = path.parent.parts if is_package else path.with_suffix("").parts
    return Module(".".join(parts), path.as_posix(), is_package, text)


def _absolute(statement: ast.ImportFrom, module: Module) -> str:
    """Where *statement* imports from, with the name of the project, if it is relative as well."""
    if not statement.level:
        return statement.module or ""
    start = f"{PROJECT}.{module.package}".split(".")
    start = start[: len(start) - statement.level + 1]
    return ".".join([*start, *filter(None, [statement.module])])


def _is_import_module(call: ast.Call) -> bool:
    return ast.unparse(call.func).rpartition(".")[2] in ("import_module", "__import__")


def _is_text(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and isinstance(expression.value, str)
