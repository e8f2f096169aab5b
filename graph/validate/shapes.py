"""Triples and shapes become findings: what is wrong with our graph, and what with its source.

pyshacl, the reference validator, does the work. Six things are done for it here.

*Speed.* pyshacl hands each SPARQL rule to the graph that it validates. rdflib needs seconds for one
rule about 2,500 facts and pyoxigraph milliseconds, so the graph that pyshacl gets keeps its triples
in rdflib and has its queries answered by pyoxigraph. That also gives rules a ``GRAPH`` to ask for.

*Languages.* pyshacl drops the language of a message once values are put into it. It is found again
by the template that the message was made from.

*Many reports.* A rule may look through all that there is for each thing that it judges, so the time
would grow with the square of the reports. Each is judged alone, with what it names.

*Values.* What pyshacl asks of values is answered by `graph/validate/constraints.py`, and every
literal is given to it as it is written. That none is ill-typed no rule of SHACL can ask of all
literals: the shape that asks it has no target, and is applied here.

*Other people's blank nodes.* pyshacl copies a blank node with all it leads to, into texts that
nobody reads; a list that runs in a circle ends it. It is kept from that in
`graph/validate/constraints.py`.

*Rules about all of a kind.* A rule that asks once for the whole graph has for its focus the node in
its ``sh:targetNode``; what it finds fault with is the value. A finding has that for its focus.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any
from typing import Literal as OneOf

import pyoxigraph
import pyshacl
from rdflib import RDF, RDFS, SH, XSD, BNode, Dataset, Graph, Literal, URIRef, Variable
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.query import Result
from rdflib.term import Node

from untocgraph.graph.errors import SourceError
from untocgraph.graph.iris import Iris
from untocgraph.graph.rdf.datatypes import is_ill_typed
from untocgraph.graph.rdf.order import natural
from untocgraph.graph.rdf.terms import Term, from_pyoxigraph, to_pyoxigraph, verbatim
from untocgraph.graph.validate.constraints import by_form_and_value
from untocgraph.graph.validate.files import read_quads
from untocgraph.ontology import ontology_graph
from untocgraph.shapes import read_shapes, shape_files, shapes_graph

Severity = OneOf["violation", "warning", "info"]
Thing = URIRef | BNode
Quad = tuple[Node, Node, Node, Node | None]  # subject, predicate, object, graph

SEVERITIES: dict[Node | None, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}
CLASSES: dict[Severity, URIRef] = {
    "violation": SH.Violation,
    "warning": SH.Warning,
    "info": SH.Info,
}

PLACEHOLDER = re.compile(r"\{[?$]\w+\}")  # SHACL, 5.3.2: {?name} or {$name} in a message
# What pyshacl reads off a result by itself; every other variable only enters messages.
RESULT_VARIABLES = {"this", "path", "value"}

LONGEST = 200  # characters of an ill-typed value that a message repeats
KEY_DIGITS = 16  # of a SHA-256, in the address of a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that breaks a rule: in our graph (a violation), or in the source (the others)."""

    severity: Severity
    focus: Thing  # what it is about; a blank node only in a file that others wrote
    path: URIRef | None  # the property at fault; None for a whole node or several properties
    value: Thing | Literal | None  # the value at fault, or the part of the report that shows it
    shape: URIRef  # the rule
    component: URIRef  # which kind of constraint, e.g. sh:MinCountConstraintComponent
    messages: Mapping[str, str] = field(hash=False)  # by language, "en" and "zh": what to do
    file: Path | None = None  # which file describes the focus, if files were checked


def validate(data: Dataset, iris: Iris) -> tuple[Finding, ...]:
    """What of *data* breaks our shapes, in a fixed order, violations first.

    *data* is taken as one graph, the union of its named graphs; only rules about where a thing
    stands see their names. Where the ontology is missing it is added to *data*: without it no class
    has subclasses.
    """
    ontology = data.graph(iris.graph("ontology"))
    if len(ontology) == 0:
        for triple in ontology_graph(iris.base):
            ontology.add(triple)
    shapes = shapes_graph(iris.base)
    shared, reports = parts(data, iris)
    if len(reports) < 2:
        return hold(data.quads(), shapes)
    found = list(hold(shared, shapes))
    known = set(found)  # about what is shared, each part finds the same again
    needed = Needed(shared, iris)
    for own in reports:
        new = [each for each in hold((*own, *needed.by(own)), shapes) if each not in known]
        known.update(new)
        found += new
    return tuple(sorted(found, key=_order))


def parts(data: Dataset, iris: Iris) -> tuple[list[Quad], list[list[Quad]]]:
    """The statements of *data* that no report owns, and those of each report.

    A report owns its graphs, and whatever is said of it and of what stands in it.
    """
    shared: list[Quad] = []
    reports: dict[str, list[Quad]] = {}
    for quad in data.quads():
        slug = iris.owner(str(quad[3])) or iris.owner(str(quad[0]))
        (reports.setdefault(slug, []) if slug else shared).append(quad)
    return shared, list(reports.values())


class Needed:
    """What no report owns, to be looked up by those that name it. The ontology is always needed."""

    def __init__(self, shared: Iterable[Quad], iris: Iris) -> None:
        self._always: list[Quad] = []
        self._of: dict[Node, list[Quad]] = {}
        for quad in shared:
            if quad[3] == iris.graph("ontology"):
                self._always.append(quad)
            else:
                self._of.setdefault(quad[0], []).append(quad)

    def by(self, own: Iterable[Quad]) -> Iterator[Quad]:
        """What is said of all that *own* names, and of what that names, and so on."""
        yield from self._always
        waiting = {term for quad in chain(own, self._always) for term in quad[:3]}
        seen: set[Node] = set()
        while waiting:
            seen |= waiting
            found = [quad for term in waiting for quad in self._of.get(term, ())]
            yield from found
            waiting = {term for quad in found for term in quad[:3]} - seen


def validate_alone(graph: Graph, module: str, iris: Iris) -> tuple[Finding, ...]:
    """What of *graph*, with nothing beside it, breaks the shapes of one file, e.g. "catalogue"."""
    modules = shape_files()
    quads = ((*triple, None) for triple in graph)
    return hold(quads, read_shapes((modules["prefixes"], modules[module]), iris.base))


def hold(quads: Iterable[Quad], shapes: Graph) -> tuple[Finding, ...]:
    """What of *quads* breaks *shapes*, each with its messages in English and Chinese."""
    data = _Data(quads)
    with by_form_and_value():
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    if not isinstance(report, Graph):
        raise report  # pyshacl hands back the exception where a rule cannot be run
    found = [_finding(result, report, shapes) for result in report.objects(None, SH.result)]
    return tuple(sorted((*found, *ill_typed(data, shapes)), key=_order))


def ill_typed(data: Graph, shapes: Graph) -> Iterator[Finding]:
    """Each literal of *data* that its datatype cannot read, if *shapes* has the rule about them."""
    rule = shapes.value(None, SH.datatype, RDFS.Literal)
    if not isinstance(rule, URIRef):
        return
    templates = [text for text in shapes.objects(rule, SH.message) if isinstance(text, Literal)]
    for subject, predicate, value in data:
        if not isinstance(value, Literal) or not is_ill_typed(value):
            continue
        assert isinstance(subject, Thing) and isinstance(predicate, URIRef)
        datatype = str(value.datatype or XSD.string)
        form = f"{value[:LONGEST]}…" if len(value) > LONGEST else str(value)
        # The value comes last: what stands in braces in it is no name.
        messages = {
            str(text.language): text.replace(
                "{?datatype}", datatype.replace(str(XSD), "xsd:")
            ).replace("{?value}", form)
            for text in templates
        }
        yield Finding(
            severity="violation",
            focus=subject,
            path=predicate,
            value=value,
            shape=rule,
            component=SH.DatatypeConstraintComponent,
            messages=MappingProxyType(dict(sorted(messages.items()))),
        )


def check_files(paths: Iterable[Path], base: str) -> tuple[Finding, ...]:
    """What in some RDF files, taken together, breaks our shapes under *base*.

    `graph/validate/files.py` tells which files are read. The ontology need not be among them. A
    graph that points into another, as a stated graph does into the reference graph, wants that one
    beside it.

    Raises SourceError if a file cannot be read, or if the files speak of no class under *base*, for
    then they break no rule, however wrong they are. Raises BadBase if *base* is no base.
    """
    iris = Iris(base)
    data = Dataset(default_union=True)
    graphs: dict[Node, Graph] = {}
    described: dict[Node, Path] = {}  # the first file that speaks of a thing
    paths = tuple(paths)
    for path in paths:
        for subject, predicate, value, name in read_quads(path, base):
            described.setdefault(subject, path)
            if name not in graphs:
                graphs[name] = data.graph(name)
            graphs[name].add((subject, predicate, value))
    types = {str(kind) for kind in data.objects(None, RDF.type)}
    if paths and not any(kind.startswith(str(iris.ontology)) for kind in types):
        raise SourceError(paths[0], None, _no_class_of_ours(types, iris))
    return tuple(
        replace(finding, file=described.get(finding.focus)) for finding in validate(data, iris)
    )


def findings_graph(findings: Iterable[Finding], slug: str, iris: Iris, data: Dataset) -> Graph:
    """*findings* about the report of *slug* as a validation report of SHACL, without blank nodes.

    The address of a result comes from its rule, focus, path and value, so that a rebuild gives the
    same one and a finding can be cited. A path of several properties is left out. *data* has the
    labels of the rules and of what they were broken by.
    Source: W3C SHACL, 3.6 (Validation Report).
    """
    graph = Graph()
    report = iris.finding(slug, "report")
    seen: Counter[str] = Counter()
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, RDFS.label, Literal(f"Findings about {slug}", lang="en")))
    graph.add((report, RDFS.label, Literal(f"关于{slug}的发现", lang="zh")))
    for finding in sorted(findings, key=_order):
        identity = _identity(finding)
        seen[identity] += 1
        node = iris.finding(slug, _key(identity, seen[identity]))
        graph.add((report, SH.result, node))
        graph.add((node, RDF.type, SH.ValidationResult))
        graph.add((node, SH.resultSeverity, CLASSES[finding.severity]))
        graph.add((node, SH.sourceShape, finding.shape))
        graph.add((node, SH.sourceConstraintComponent, finding.component))
        graph.add((node, SH.focusNode, finding.focus))
        if finding.path is not None:
            graph.add((node, SH.resultPath, finding.path))
        if finding.value is not None:
            graph.add((node, SH.value, finding.value))
        for language, message in finding.messages.items():
            graph.add((node, SH.resultMessage, Literal(message, lang=language)))
        for language, label in _label(finding, data).items():
            graph.add((node, RDFS.label, Literal(label, lang=language)))
    # SHACL, 3.6.1.1: a graph conforms only where nothing at all was found, at any severity.
    graph.add((report, SH.conforms, Literal(not seen)))
    return graph


def _label(finding: Finding, data: Dataset) -> dict[str, str]:
    """The name of the rule and of what broke it, by language; short, where a message is long."""
    rule = _labels(finding.shape, data)
    # A rule about a whole report names as value what is wrong, which may be a mere literal.
    about = _labels(finding.value, data) or _labels(finding.focus, data)
    return {
        "en": f"{rule['en']} — {about['en']}",
        "zh": f"{rule['zh']}——{about['zh']}",
    }


def _labels(thing: Thing | Literal | None, data: Dataset) -> dict[str, str]:
    if thing is None:
        return {}
    labels = (label for _, _, label, _ in data.quads((thing, RDFS.label, None, None)))
    return {str(each.language): str(each) for each in labels if isinstance(each, Literal)}


# ---- From pyshacl's report to findings --------------------------------------------------------


def _finding(result: Node, report: Graph, shapes: Graph) -> Finding:
    focus = report.value(result, SH.focusNode)
    path = report.value(result, SH.resultPath)
    value = report.value(result, SH.value)
    shape = report.value(result, SH.sourceShape)
    component = report.value(result, SH.sourceConstraintComponent)
    if (shape, SH.targetNode, focus) in shapes:
        focus, value = value, None
    assert isinstance(focus, Thing) and isinstance(shape, URIRef) and isinstance(component, URIRef)
    return Finding(
        severity=SEVERITIES[report.value(result, SH.resultSeverity)],
        focus=focus,
        path=path if isinstance(path, URIRef) else None,
        # A rule about a node as a whole repeats the node as its value.
        value=value if isinstance(value, (URIRef, BNode, Literal)) and value != focus else None,
        shape=shape,
        component=component,
        messages=MappingProxyType(dict(sorted(_messages(result, report, shapes, shape)))),
    )


def _messages(
    result: Node, report: Graph, shapes: Graph, shape: URIRef
) -> Iterator[tuple[str, str]]:
    """The messages of a result, each with its language."""
    rules = (shape, *shapes.objects(shape, SH.sparql))
    templates = [text for rule in rules for text in shapes.objects(rule, SH.message)]
    for message in report.objects(result, SH.resultMessage):
        assert isinstance(message, Literal)
        for template in templates:
            assert isinstance(template, Literal)
            fixed = map(re.escape, PLACEHOLDER.split(template))
            if re.fullmatch(".*".join(fixed), message, re.DOTALL):
                yield str(template.language), str(message)


def _order(finding: Finding) -> tuple[Any, ...]:
    return (
        tuple(CLASSES).index(finding.severity),
        natural("" if isinstance(finding.focus, BNode) else str(finding.focus)),
        _identity(finding),
        finding.messages.get("en", ""),
    )


def _identity(finding: Finding) -> str:
    """What makes it this finding and no other, in N-Triples; the same in every build."""
    terms = finding.shape, finding.component, finding.focus, finding.path, finding.value
    return " ".join("_" if term is None or isinstance(term, BNode) else term.n3() for term in terms)


def _key(identity: str, occurrence: int) -> str:
    """One rule may find fault twice with one value, so the occurrence counts too."""
    return hashlib.sha256(f"{identity} {occurrence}".encode()).hexdigest()[:KEY_DIGITS]


# ---- What pyshacl validates -------------------------------------------------------------------


class _Data(Graph):
    """The union of some graphs, whose queries pyoxigraph answers. Not to be written to."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        super().__init__()
        self.answers = pyoxigraph.Store()
        known: dict[Node, Any] = {}  # terms come many times

        def known_as(term: Any) -> Any:
            if term not in known:
                known[term] = to_pyoxigraph(term)
            return known[term]

        loaded = []
        for subject, predicate, value, graph in quads:
            self.add((subject, predicate, verbatim(value)))
            unnamed = graph is None or graph == DATASET_DEFAULT_GRAPH_ID
            name = pyoxigraph.DefaultGraph() if unnamed else known_as(graph)
            loaded.append(
                pyoxigraph.Quad(known_as(subject), known_as(predicate), known_as(value), name)
            )
        self.answers.bulk_extend(loaded)

    def transitive_objects(self, subject: Any, predicate: Any, remember: Any = None) -> Any:
        """As rdflib has it, but for its recursion, which ends in a chain of 1,000 classes."""
        return _reached(subject, lambda node: self.objects(node, predicate))

    def transitive_subjects(self, predicate: Any, object: Any, remember: Any = None) -> Any:
        return _reached(object, lambda node: self.subjects(predicate, node))

    def query(
        self,
        query_object: Any,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Any = None,
        initBindings: Any = None,
        use_store_provided: bool = True,
        **kwargs: Any,
    ) -> Result:
        """The solutions of a SELECT. Only pyshacl asks, and it asks nothing else."""
        solutions = self.answers.query(
            query_object,
            use_default_graph_as_union=True,
            substitutions={
                pyoxigraph.Variable(name): to_pyoxigraph(term)
                for name, term in (initBindings or {}).items()
            },
        )
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        answer = Result("SELECT")
        answer.vars = [Variable(variable.value) for variable in solutions.variables]
        answer.bindings = [
            {
                name: _for_pyshacl(name, from_pyoxigraph(term))
                for name, term in zip(answer.vars, solution, strict=True)
                if term is not None
            }
            for solution in solutions
        ]
        return answer


def _reached(start: Node, steps: Callable[[Node], Iterable[Node]]) -> Iterator[Node]:
    """*start* and all that leads to from it, each once."""
    seen = {start}
    waiting = [start]
    while waiting:
        node = waiting.pop()
        yield node
        found = [each for each in steps(node) if each not in seen]
        seen.update(found)
        waiting += found


def _for_pyshacl(variable: Variable, term: Term) -> Term:
    """pyshacl puts a value into a message as a template of re.sub, where a backslash is special."""
    if isinstance(term, Literal) and variable not in RESULT_VARIABLES:
        return Literal(term.replace("\\", "\\\\"))
    return term


# ---- Files ------------------------------------------------------------------------------------


def _no_class_of_ours(types: Iterable[str], iris: Iris) -> str:
    """What to do about files in which no class is under the base."""
    mark = "ontology#"
    others = sorted(kind[: kind.index(mark)] for kind in types if mark in kind)
    what = f"nothing in it is of a class under {iris.ontology}"
    if others:
        return f"{what}; its classes are under {others[0]}{mark}, so use the base {others[0]} ."
    return f"{what}, so no rule would speak of it; check a graph that untocgraph built."
