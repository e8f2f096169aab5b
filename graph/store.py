"""A release's store, and one query on it: bytes in the format asked for, or an error with a remedy.

A query runs here without a clock: who calls must be ready to end the process. The server does so,
in `server.supervisor`; a command that a person can interrupt may call it as it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    Variable,
    serialize,
)

from untocgraph.graph.errors import QuerySyntax, QueryTooBig
from untocgraph.graph.iris import Iris
from untocgraph.graph.scan import USUAL, Bounds, QueryForm, Scan, scan
from untocgraph.graph.serialise import OWN_PREFIXES, PREFIXES
from untocgraph.graph.syntax import explain

PIECE = 1 << 16  # bytes that are handed on at once; the engine writes 8 KiB at a time
PREVIEW = 1000  # triples that are looked at to choose the prefixes of a Turtle answer
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LABELS = (
    NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
    NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One query as it was asked."""

    query: str
    base: str  # resolves relative IRIs in the query
    media_type: str  # of the answer, e.g. "application/sparql-results+json" or "text/turtle"
    default_graphs: tuple[str, ...] = ()  # of the protocol: if any graph is named here or in the
    named_graphs: tuple[str, ...] = ()  # next, these are the dataset, and not those of the query


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    rows: int = 1_000_000  # or triples
    size: int = 64_000_000  # bytes


USUAL_LIMITS = AnswerLimits()


def open_store(path: Path) -> Store:
    """The store of a release, to be read; any number of processes may have it open.

    It starts three threads, so a process that has opened a store must not fork. Raises OSError if
    there is no store at *path*.
    """
    return Store.read_only(str(path))


def evaluate(
    store: Store,
    request: Request,
    write: Callable[[bytes], object],
    limits: AnswerLimits = USUAL_LIMITS,
    bounds: Bounds = USUAL,
) -> QueryForm:
    """Hand the answer to *write*, piece by piece. What it was given counts only once we return.

    The default graph of the query is the union of all graphs, unless the query or the request
    names a dataset; then it is that dataset and nothing else, and a graph that is not known is
    empty.

    Raises QuerySyntax for what is not to be evaluated, QueryTooBig past one of *limits*; whatever
    *write* raises comes through.
    """
    scanned = scan(request.query, bounds)
    dataset = _dataset(store, request, scanned)
    sink = _Sink(write, limits.size)
    try:
        results = store.query(
            request.query,
            base_iri=request.base,
            use_default_graph_as_union=dataset is None,
            default_graph=[*dataset.default] if dataset else None,
            named_graphs=[*dataset.named] if dataset else None,
        )
        if isinstance(results, QueryTriples):
            graph_format = RdfFormat.from_media_type(request.media_type)
            if graph_format is None:
                raise _unwritable(scanned.form, request.media_type)
            triples = _limited(results, limits.rows)
            if scanned.form is QueryForm.DESCRIBE:
                found = _described(store, triples, request.base, dataset)
                triples = _limited(found, limits.rows)
            _write_triples(triples, sink, graph_format, request.base)
        else:
            results_format = QueryResultsFormat.from_media_type(request.media_type)
            if results_format is None:
                raise _unwritable(scanned.form, request.media_type)
            if isinstance(results, QuerySolutions):
                sink.count_rows(_row_counter(results_format, results.variables), limits.rows)
            results.serialize(sink, results_format)  # type: ignore[arg-type]  # all it calls is write
        sink.flush()
    except SyntaxError as error:
        raise explain(request.query, request.base, error) from None
    except RuntimeError as error:  # e.g. a function that the engine does not know
        raise QuerySyntax(f"The query cannot be evaluated: {error}.") from None
    return scanned.form


def _unwritable(form: QueryForm, media_type: str) -> QuerySyntax:
    return QuerySyntax(f"The answer of {form.value} cannot be written as {media_type}.")


# The dataset


@dataclass(frozen=True, slots=True)
class _Dataset:
    default: list[NamedNode]
    named: list[NamedNode]


def _dataset(store: Store, request: Request, scanned: Scan) -> _Dataset | None:
    """The graphs that are named, or None. The engine takes FROM of an unknown graph for all graphs
    if it is also told to take the union, and all named graphs where only default graphs are given.
    """
    if request.default_graphs or request.named_graphs:
        return _Dataset(_nodes(request.default_graphs), _nodes(request.named_graphs))
    if not scanned.names_dataset:
        return None
    written = dict.fromkeys(scanned.default_graphs + scanned.named_graphs)
    variables = {term: f"g{number}" for number, term in enumerate(written)}
    bindings = " ".join(f"({term} AS ?{name})" for term, name in variables.items())
    try:  # the engine itself resolves prefixes and base
        found = store.query(f"{scanned.prologue}SELECT {bindings} {{}}", base_iri=request.base)
    except SyntaxError:
        return _Dataset([], [])  # the query has the same fault, and is refused for it
    assert isinstance(found, QuerySolutions)
    (solution,) = found

    def resolved(terms: Iterable[str]) -> list[NamedNode]:
        return [solution[variables[term]] for term in dict.fromkeys(terms)]

    return _Dataset(resolved(scanned.default_graphs), resolved(scanned.named_graphs))


def _nodes(graphs: Iterable[str]) -> list[NamedNode]:
    try:
        return [NamedNode(graph) for graph in dict.fromkeys(graphs)]
    except ValueError as error:
        raise QuerySyntax(f"A graph of the dataset is no absolute IRI: {error}.") from None


# Rows


class _Sink:
    """What the engine writes to: hands large pieces on, and stops it at the limits."""

    def __init__(self, write: Callable[[bytes], object], size_limit: int) -> None:
        self._write = write
        self._size_limit = size_limit
        self._size = 0
        self._rows = 0
        self._row_limit = 0
        self._count: Callable[[bytes], int] | None = None
        self._waiting = bytearray()

    def count_rows(self, count: Callable[[bytes], int], limit: int) -> None:
        self._count = count
        self._row_limit = limit

    def write(self, piece: bytes) -> int:
        self._size += len(piece)
        if self._size > self._size_limit:
            raise QueryTooBig(self._size_limit, "bytes")
        if self._count:
            self._rows += self._count(piece)
            if self._rows > self._row_limit:
                raise QueryTooBig(self._row_limit, "rows")
        self._waiting += piece
        if len(self._waiting) >= PIECE:
            self.flush()
        return len(piece)

    def flush(self) -> None:
        if self._waiting:
            self._write(bytes(self._waiting))
            self._waiting.clear()


def _row_counter(form: QueryResultsFormat, variables: Iterable[Variable]) -> Callable[[bytes], int]:
    """Counts the rows in an answer from its pieces, which break anywhere.

    The engine does not count, and to take the rows one by one from it would be to serialise them
    here, several times slower. Each pattern is one that no value can hold, because in a value its
    quotation marks, brackets or line ends would be escaped.
    """
    if form == QueryResultsFormat.CSV:
        return _CsvRows()
    if form == QueryResultsFormat.TSV:
        return _Occurrences(rb"\n", longest=1, before=-1)  # the first line names the variables
    if form == QueryResultsFormat.XML:
        return _Occurrences(rb"<result>", longest=8)
    # A row without any value is {}, which can stand in a value too. Such rows are not counted: the
    # limit on bytes takes care of them.
    longest = max((len(variable.value.encode()) for variable in variables), default=0)
    return _Occurrences(rb'[\[,]\{"[^"]*":\{"type":"', longest=longest + 14)


class _Occurrences:
    """Counts a pattern that matches at most *longest* bytes."""

    def __init__(self, pattern: bytes, *, longest: int, before: int = 0) -> None:
        self._pattern = re.compile(pattern)
        self._keep = longest - 1
        self._tail = b""
        self._correction = before

    def __call__(self, piece: bytes) -> int:
        text = self._tail + piece
        known = len(self._tail)
        count = sum(match.end() > known for match in self._pattern.finditer(text))
        self._tail = text[len(text) - min(self._keep, len(text)) :]
        count, self._correction = count + self._correction, 0
        return count


class _CsvRows:
    """Counts the line ends outside quotation marks; a doubled mark leaves and enters again."""

    def __init__(self) -> None:
        self._quoted = False
        self._header = 1

    def __call__(self, piece: bytes) -> int:
        count = 0
        for number, part in enumerate(piece.split(b'"')):
            self._quoted ^= number > 0
            if not self._quoted:
                count += part.count(b"\n")
        count, self._header = count - self._header, 0
        return count


# Triples


def _limited(triples: Iterable[Triple], limit: int) -> Iterator[Triple]:
    for number, triple in enumerate(triples):
        if number == limit:
            raise QueryTooBig(limit, "triples")
        yield triple


def _write_triples(triples: Iterator[Triple], sink: _Sink, form: RdfFormat, base: str) -> None:
    """With the prefixes that the first triples use, so that a short answer has a short head."""
    first = list(islice(triples, PREVIEW))
    used = {namespace for triple in first for namespace in _namespaces(triple)}
    known = PREFIXES | {name: base + path for name, path in OWN_PREFIXES.items()}
    prefixes = {name: namespace for name, namespace in known.items() if namespace in used}
    serialize(chain(first, triples), sink, form, prefixes=prefixes)  # type: ignore[arg-type]


def _namespaces(triple: Triple) -> Iterator[str]:
    for term in triple:
        node = term.datatype if isinstance(term, Literal) else term
        if isinstance(node, NamedNode):
            iri = node.value
            yield iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _described(
    store: Store, told: Iterable[Triple], base: str, dataset: _Dataset | None
) -> Iterator[Triple]:
    """What a person would want to know of the things that *told*, the engine's answer, describes.

    That is their own statements; the facts that state them, each with its words in the source; and
    the labels of all that is pointed to. Each triple comes once.
    """
    terms = Iris(base).ontology
    leads_to_words = {str(terms.evidence), str(terms.standsAt)}
    graphs = None if dataset is None else set(dataset.default)
    seen: dict[Triple, None] = dict.fromkeys(told)

    def tell(
        subject: NamedNode | None,
        predicate: NamedNode | None = None,
        object: NamedNode | None = None,
    ) -> list[Triple]:
        found = store.quads_for_pattern(subject, predicate, object, None)
        return [quad.triple for quad in found if graphs is None or quad.graph_name in graphs]

    things = dict.fromkeys(t.subject for t in seen if isinstance(t.subject, NamedNode))
    for thing in things:
        for pointer in tell(None, NamedNode(RDF + "subject"), thing):
            if isinstance(pointer.subject, NamedNode):
                seen |= dict.fromkeys(tell(pointer.subject))
    spans = [t.object for t in seen if t.predicate.value in leads_to_words]
    for span in dict.fromkeys(spans):
        if isinstance(span, NamedNode):
            seen |= dict.fromkeys(tell(span))
    for named in dict.fromkeys(t.object for t in seen):
        if isinstance(named, NamedNode):
            for label in LABELS:
                seen |= dict.fromkeys(tell(named, label))
    return iter(seen)
