"""A release's store, and one query on it: bytes in the format asked for, or an error with a remedy.

A query runs here without a clock: who calls must be ready to end the process. The server does so,
in `server.workers.supervisor`; a command that a person can interrupt may call it as it is.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NoReturn, Protocol

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from untocgraph.graph.errors import QueryStoreFailed, QuerySyntax, QueryTooBig
from untocgraph.graph.iris import Iris
from untocgraph.graph.query.blank_nodes import ALL
from untocgraph.graph.query.explain import explain
from untocgraph.graph.query.rewrite import AGGREGATES, FUNCTIONS, edits_of
from untocgraph.graph.query.scan import USUAL, Bounds, QueryForm, Scan
from untocgraph.graph.query.search.text_search import Separated, read_query
from untocgraph.graph.query.tokens import Edit, edited, tokens
from untocgraph.graph.rdf.prefixes import OWN_PREFIXES, PREFIXES
from untocgraph.graph.rdf.xml_characters import ROWS, TRIPLES, Characters, writable

PIECE = 1 << 16  # bytes that are handed on at once; the engine writes 8 KiB at a time
TAIL = 16  # bytes that are kept back: more than what marks a row's beginning
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
    max_rows: int | None = None  # or triples: who asks wants the first of them, and no more
    scan: Scan | None = None  # of the query, by who knows it already; None if it has searches


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    rows: int = 1_000_000  # or triples
    size: int = 64_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a query sees: of an empty list, none."""

    default: list[NamedNode]
    named: list[NamedNode]


USUAL_LIMITS = AnswerLimits()


def open_store(path: Path) -> Store:
    """The store of a release, to be read; any number of processes may have it open.

    It starts three threads, so a process that has opened a store must not fork. Raises OSError if
    there is no store at *path*.
    """
    return Store.read_only(str(path))


class Engine(Protocol):
    """What evaluates a query that may be evaluated."""

    def query(
        self, query: str, base: str, dataset: Dataset | None, edits: Sequence[Edit] = ()
    ) -> QuerySolutions | QueryBoolean | Iterable[Triple]:
        """The answer on the union of all graphs, or on *dataset*.

        *edits* are what our own engine needs to answer right.

        Raises SyntaxError or RuntimeError for a query that it cannot evaluate.
        """

    def triples(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        object: NamedNode | None,
        base: str,
        dataset: Dataset | None,
    ) -> Iterable[Triple]:
        """The triples that fit, None being anything."""

    def done(self) -> None:
        """Nothing more is asked, and what was asked need not be read to its end."""


@dataclass(frozen=True, slots=True)
class Local:
    """Evaluates in this process, on the store of a release."""

    store: Store

    def query(
        self, query: str, base: str, dataset: Dataset | None, edits: Sequence[Edit] = ()
    ) -> QuerySolutions | QueryBoolean | QueryTriples:
        if edits:
            with suppress(SyntaxError):  # the fault is in what was asked, and is told of that
                if any(edit.text == ALL for edit in edits):
                    names = f" {' '.join(visible(query, base))} "
                    edits = [e._replace(text=names) if e.text == ALL else e for e in edits]
                return self._ask(edited(query, edits), base, dataset)
        return self._ask(query, base, dataset)

    def _ask(
        self, query: str, base: str, dataset: Dataset | None
    ) -> QuerySolutions | QueryBoolean | QueryTriples:
        return self.store.query(
            query,
            base_iri=base,
            custom_functions=FUNCTIONS,
            custom_aggregate_functions=AGGREGATES,
            use_default_graph_as_union=dataset is None,
            default_graph=[*dataset.default] if dataset else None,
            named_graphs=[*dataset.named] if dataset else None,
        )

    def triples(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        object: NamedNode | None,
        base: str,
        dataset: Dataset | None,
    ) -> Iterable[Triple]:
        graphs = None if dataset is None else set(dataset.default)
        found = self.store.quads_for_pattern(subject, predicate, object, None)
        return (quad.triple for quad in found if graphs is None or quad.graph_name in graphs)

    def done(self) -> None:
        """There is nothing to let go of."""


def visible(query: str, base: str) -> list[str]:
    """The variables of a SELECT, as the engine says. Raises SyntaxError."""
    found = Store().query(query, base_iri=base)
    assert isinstance(found, QuerySolutions)
    return [str(variable) for variable in found.variables]


def evaluate(
    engine: Engine,
    request: Request,
    write: Callable[[bytes], object],
    limits: AnswerLimits = USUAL_LIMITS,
    bounds: Bounds = USUAL,
    index: Path | None = None,
) -> bool:
    """Hand the answer to *write*, piece by piece. What it was given counts only once we return.

    *index* is where the words of the release are, for searches in the query
    (`graph.query.search.text_search`).

    Returns whether the answer goes on past `Request.max_rows`.

    The default graph of the query is the union of all graphs, unless the query or the request
    names a dataset; then it is that dataset and nothing else, and a graph that is not known is
    empty.

    Raises QuerySyntax for what is not to be evaluated, QueryTooBig past one of *limits*; whatever
    *write* raises comes through.
    """
    try:
        return _evaluate(engine, request, _Sink(write, limits.size), limits, bounds, index)
    finally:
        engine.done()


def _evaluate(
    engine: Engine,
    request: Request,
    sink: "_Sink",
    limits: AnswerLimits,
    bounds: Bounds,
    index: Path | None,
) -> bool:
    if request.scan:
        separated, scanned = Separated((request.query,), ()), request.scan
    else:
        separated, scanned = read_query(request.query, request.base, bounds)
    dataset = _dataset(request, scanned)
    try:
        query, edits = request.query, scanned.edits
        if separated.blocks:
            query = separated.filled(index)
            edits = edits_of(tokens(query))
        results = engine.query(query, request.base, dataset, edits)
    except SyntaxError as error:
        raise explain(separated.skeleton, request.base, error) from None
    except RuntimeError as error:  # e.g. a function that the engine does not know
        raise _unknown(error) from None
    try:
        if isinstance(results, QuerySolutions | QueryBoolean):
            results_format = QueryResultsFormat.from_media_type(request.media_type)
            if results_format is None:
                raise _unwritable(scanned.form, request.media_type)
            if results_format == QueryResultsFormat.XML:
                sink.check(Characters(ROWS))
            if isinstance(results, QuerySolutions):
                sink.count_rows(_row_counter(results_format), limits.rows, request.max_rows)
            with suppress(_CutHere):
                results.serialize(sink, results_format)  # type: ignore[arg-type]  # it only writes
            sink.flush()
            return sink.is_cut
        graph_format = RdfFormat.from_media_type(request.media_type)
        if graph_format is None:
            raise _unwritable(scanned.form, request.media_type)
        if graph_format == RdfFormat.RDF_XML:
            sink.check(Characters(TRIPLES))
        triples = _limited(results, limits.rows)
        if scanned.form is QueryForm.DESCRIBE:
            found = _described(engine, triples, request.base, dataset)
            triples = _limited(found, limits.rows)
        kept: Iterator[Triple] = islice(triples, request.max_rows)
        if graph_format == RdfFormat.RDF_XML:
            kept = writable(kept)
        _write_triples(kept, sink, graph_format, request.base)
        sink.flush()
        return request.max_rows is not None and next(triples, None) is not None
    except SyntaxError as error:  # in what another store has sent
        raise QueryStoreFailed(f"its answer cannot be read: {error}") from None
    except RuntimeError as error:
        raise _unknown(error) from None


def _unknown(error: RuntimeError) -> QuerySyntax:
    return QuerySyntax(f"The query cannot be evaluated: {error}.")


def _unwritable(form: QueryForm, media_type: str) -> QuerySyntax:
    return QuerySyntax(f"The answer of {form.value} cannot be written as {media_type}.")


# The dataset


def _dataset(request: Request, scanned: Scan) -> Dataset | None:
    """The graphs that are named, or None. The engine takes FROM of an unknown graph for all graphs
    if it is also told to take the union, and all named graphs where only default graphs are given.
    """
    if request.default_graphs or request.named_graphs:
        return Dataset(_nodes(request.default_graphs), _nodes(request.named_graphs))
    if not scanned.names_dataset:
        return None
    written = dict.fromkeys(scanned.default_graphs + scanned.named_graphs)
    variables = {term: f"g{number}" for number, term in enumerate(written)}
    bindings = " ".join(f"({term} AS ?{name})" for term, name in variables.items())
    try:  # the engine itself resolves prefixes and base
        found = Store().query(f"{scanned.prologue}SELECT {bindings} {{}}", base_iri=request.base)
    except SyntaxError:
        return Dataset([], [])  # the query has the same fault, and is refused for it
    assert isinstance(found, QuerySolutions)
    (solution,) = found

    def resolved(terms: Iterable[str]) -> list[NamedNode]:
        return [solution[variables[term]] for term in dict.fromkeys(terms)]

    return Dataset(resolved(scanned.default_graphs), resolved(scanned.named_graphs))


def _nodes(graphs: Iterable[str]) -> list[NamedNode]:
    try:
        return [NamedNode(graph) for graph in dict.fromkeys(graphs)]
    except ValueError as error:
        raise QuerySyntax(f"A graph of the dataset is no absolute IRI: {error}.") from None


# Rows


class _CutHere(Exception):
    """All rows that were wanted are written: the engine need not go on."""


class _Sink:
    """What the engine writes to: hands large pieces on, and stops it at the limits."""

    def __init__(self, write: Callable[[bytes], object], size_limit: int) -> None:
        self._write = write
        self._size_limit = size_limit
        self._size = 0
        self._rows = 0
        self._row_limit = 0
        self._wanted: int | None = None
        self._counter: _Rows | None = None
        self._uncounted: list[bytes] = []
        self._marks = 0  # in the first of these
        self._marked = 0  # how many those are
        self._waiting = bytearray()
        self._characters: Characters | None = None
        self.is_cut = False

    def count_rows(self, counter: "_Rows", limit: int, wanted: int | None) -> None:
        self._counter = counter
        self._rows = -counter.heads
        self._row_limit = limit
        self._wanted = wanted

    def check(self, characters: Characters) -> None:
        self._characters = characters

    def write(self, piece: bytes) -> int:
        taken = len(piece)
        if self.is_cut:  # the engine empties its buffer when it is stopped
            return taken
        if self._characters:
            piece = self._characters.escaped(piece)
        self._size += len(piece)
        if self._counter:
            self._count(piece, self._counter)
        if self._size > self._size_limit:
            raise QueryTooBig(self._size_limit, "bytes")
        self._waiting += piece
        if len(self._waiting) >= PIECE:
            kept = bytes(self._waiting[-TAIL:])  # a cut may have to take some of it back
            del self._waiting[-TAIL:]
            self.flush()
            self._waiting += kept
        return taken

    def _count(self, piece: bytes, counter: "_Rows") -> None:
        """Count, once there may be too many rows: before, no row need be told from another."""
        if self._wanted is None:
            self._uncounted.append(piece)
            if not self._may_be_many(counter):
                return
            *earlier, piece = self._uncounted
            self._rows += sum(map(counter.count, earlier))
            self._uncounted.clear()
            self._marked = 0
        before = copy(counter)
        rows = self._rows + counter.count(piece)
        if self._wanted is not None and rows > self._wanted:
            self._cut(piece, before)
        if rows > self._row_limit:
            raise QueryTooBig(self._row_limit, "rows")
        self._rows = rows

    def _may_be_many(self, counter: "_Rows") -> bool:
        """Whether the rows may be past their limit: by their bytes, and by their marks."""
        if self._size <= self._row_limit * counter.least:
            return False
        fresh = self._uncounted[self._marked :]
        self._marks += sum(piece.count(counter.mark) for piece in fresh)
        self._marked += len(fresh)
        return self._marks > self._row_limit

    def flush(self) -> None:
        if self._waiting:
            self._write(bytes(self._waiting))
            self._waiting.clear()

    def _cut(self, piece: bytes, counter: "_Rows") -> NoReturn:
        """End the answer before the first row that is not wanted, which *piece* begins or ends."""
        wanted = self._wanted or 0
        left = wanted - self._rows
        # The shortest beginning of the piece that has a row too many, or all rows that are wanted.
        goal = left + counter.counts_starts
        size = bisect_left(
            range(len(piece)), goal, key=lambda end: copy(counter).count(piece[:end])
        )
        self._waiting += piece[:size]
        if counter.counts_starts:
            del self._waiting[-len(counter.first if wanted == 0 else counter.next) :]
            self._waiting += counter.closing
        self.is_cut = True
        raise _CutHere


class _Rows(ABC):
    """Counts the rows in an answer from its pieces, which break anywhere.

    The engine does not count, and to take the rows one by one from it would be to serialise them
    here, several times slower.
    """

    heads = 0  # lines before the first row, which are counted too
    mark = b"\n"  # a byte that each row has at least once, though it may stand elsewhere too
    least = 1  # bytes of a row
    counts_starts = False  # else a row counts once it has ended
    first = next = b""  # what starts the first row, and any other
    closing = b""  # what ends an answer after its last row

    @abstractmethod
    def count(self, piece: bytes) -> int:
        """How many rows, or lines of the head, *piece* starts or ends; pieces come in order."""


def _row_counter(form: QueryResultsFormat) -> _Rows:
    if form == QueryResultsFormat.CSV:
        return _CsvRows()
    if form == QueryResultsFormat.TSV:
        return _TsvRows()
    return _XmlRows() if form == QueryResultsFormat.XML else _JsonRows()


class _TsvRows(_Rows):
    """Counts the line ends: in a value they are escaped."""

    heads = 1

    def count(self, piece: bytes) -> int:
        return piece.count(b"\n")


class _CsvRows(_Rows):
    """Counts the line ends outside quotation marks; a doubled mark leaves and enters again."""

    heads = 1

    def __init__(self) -> None:
        self._quoted = False

    def count(self, piece: bytes) -> int:
        parts = piece.split(b'"')
        outside = parts[self._quoted :: 2]
        self._quoted ^= len(parts) % 2 == 0
        return sum(part.count(b"\n") for part in outside)


class _XmlRows(_Rows):
    """Counts ``<result>``: in a value its brackets are escaped."""

    counts_starts = True
    mark = b"<"
    least = len(b"<result></result>")
    first = next = b"<result>"
    closing = b"</results></sparql>"

    def __init__(self) -> None:
        self._tail = b""

    def count(self, piece: bytes) -> int:
        text = self._tail + piece
        self._tail = text[1 - len(self.next) :]
        return text.count(self.next)


class _JsonRows(_Rows):
    """Counts the objects right inside the list of bindings, one without any value among them.

    Without its strings an answer is ``{:{:[,]},:{:[{:{:,:}},{}]}}``: a brace that opens after a
    bracket or after ``},`` opens a row.
    """

    counts_starts = True
    mark = b"{"
    least = len(b"{},")
    first, next = b"{", b",{"
    closing = b"]}}"

    def __init__(self) -> None:
        self._quoted = False
        self._tail = b""
        self._escape = b""

    def count(self, piece: bytes) -> int:
        text = (self._escape + piece).replace(b"\\\\", b"")
        self._escape = b"\\" if text.endswith(b"\\") else b""
        parts = text.removesuffix(b"\\").replace(b'\\"', b"").split(b'"')
        bare = self._tail + b"".join(parts[self._quoted :: 2])
        self._quoted ^= len(parts) % 2 == 0
        rows = bare.count(b"[{") + bare.count(b"},{") - self._tail.count(b"[{")
        self._tail = bare[-2:]
        return rows


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
    engine: Engine, told: Iterable[Triple], base: str, dataset: Dataset | None
) -> Iterator[Triple]:
    """What a person would want to know of the things that *told*, the engine's answer, describes.

    That is their own statements; the facts that state them, each with its words in the source; and
    the labels of all that is pointed to. Each triple comes once, when it is found, so that who has
    enough can stop.
    """
    terms = Iris(base).ontology
    leads_to_words = {str(terms.evidence), str(terms.standsAt)}
    seen: dict[Triple, None] = {}

    def new(triples: Iterable[Triple]) -> Iterator[Triple]:
        for triple in triples:
            if triple not in seen:
                seen[triple] = None
                yield triple

    def tell(
        subject: NamedNode | None,
        predicate: NamedNode | None = None,
        object: NamedNode | None = None,
    ) -> Iterable[Triple]:
        return engine.triples(subject, predicate, object, base, dataset)

    yield from new(told)
    things = dict.fromkeys(t.subject for t in seen if isinstance(t.subject, NamedNode))
    for thing in things:
        for pointer in tell(None, NamedNode(RDF + "subject"), thing):
            if isinstance(pointer.subject, NamedNode):
                yield from new(tell(pointer.subject))
    spans = dict.fromkeys(t.object for t in seen if t.predicate.value in leads_to_words)
    for span in spans:
        if isinstance(span, NamedNode):
            yield from new(tell(span))
    for named in dict.fromkeys(t.object for t in seen):
        if isinstance(named, NamedNode):
            for label in LABELS:
                yield from new(tell(named, label))
