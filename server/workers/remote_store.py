"""Another store behind this server: any SPARQL 1.1 endpoint, asked by the workers over HTTP.

All else stays as it is: what may be asked, turns, deadlines, limits, formats. A query is read by
our own engine first, so that a mistake in it is explained the same way; rows come as JSON, triples
as N-Triples, and are written here. The store must hold the release that is served. If it does not
take the union of its graphs for the default graph, or holds other graphs, too, each query names
those of the release.
"""

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    Variable,
    parse,
    parse_query_results,
)

from untocgraph.graph.errors import GraphError, QueryStoreFailed
from untocgraph.graph.query.describe import selecting
from untocgraph.graph.query.evaluate import Dataset
from untocgraph.graph.query.tokens import Edit
from untocgraph.graph.release.publish import Manifest
from untocgraph.graph.release.publish import open as open_release

RESULTS = "application/sparql-results+json"
ROWS = QueryResultsFormat.JSON
TRIPLES = "application/n-triples"
NOWHERE = "urn:uuid:00000000-0000-0000-0000-000000000000"  # a graph that no store has
Term = NamedNode | BlankNode | Literal | Triple
FORM = "application/x-www-form-urlencoded"
PIECE = 1 << 16  # bytes that are read at once
ASKED = Variable("__ASK_RETVAL")  # the variable of Virtuoso's answer to an ASK
FAULTS = (OSError, HTTPException)  # of a connection
TOLD = 200  # characters of what the store says, for the log


class StoreUnusable(GraphError):
    """The store cannot stand behind the release that is to be served."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the store takes queries."""

    url: str
    authorization: str = field(default="", repr=False)  # the value of that header
    timeout: float = 10.0  # seconds until it has to have said something
    names_graphs: bool = False  # a query that names no graph names all of the release

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise StoreUnusable(
                "The endpoint of a store is an address like http://localhost:7878/query, without "
                "credentials: those come in UNTOCGRAPH_ENDPOINT_USER and _PASSWORD, or _TOKEN."
            )

    @property
    def target(self) -> str:
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def connection(self) -> HTTPConnection:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(str(parts.hostname), parts.port, timeout=self.timeout)

    @classmethod
    def from_environment(
        cls, url: str, timeout: float, environment: Mapping[str, str] = os.environ
    ) -> "Endpoint":
        """Credentials are never arguments, which every user of the machine can see."""
        token = environment.get("UNTOCGRAPH_ENDPOINT_TOKEN")
        user = environment.get("UNTOCGRAPH_ENDPOINT_USER")
        password = environment.get("UNTOCGRAPH_ENDPOINT_PASSWORD", "")
        if token:
            return cls(url, f"Bearer {token}", timeout)
        if user:
            basic = b64encode(f"{user}:{password}".encode()).decode()  # RFC 7617, 2.1: UTF-8
            return cls(url, f"Basic {basic}", timeout)
        return cls(url, "", timeout)


@dataclass(frozen=True, slots=True)
class Remote:
    """Evaluates at another store."""

    endpoint: Endpoint
    union: Dataset | None = None  # what a query sees that names no graph; None: the store knows
    _open: list[HTTPConnection | HTTPResponse] = field(default_factory=list)  # to be closed

    def query(
        self, query: str, base: str, dataset: Dataset | None, edits: Sequence[Edit] = ()
    ) -> QuerySolutions | QueryBoolean | Iterator[Triple]:
        # Raises SyntaxError where ours would. The result must not outlive this thread: not a name.
        kind = type(Store().query(query, base_iri=base))
        fields = [("query", with_base(query, base)), *named(dataset or self.union)]
        if kind is QueryTriples:
            told = self._read(parse, fields, TRIPLES, RdfFormat.N_TRIPLES)
            triples = (quad.triple for quad in told)
            things = selecting(query)
            if things is None:
                return triples
            selected = self.query(things, base, dataset)
            assert isinstance(selected, QuerySolutions)
            return own(triples, (value for solution in selected for value in solution))
        found: QuerySolutions | QueryBoolean = self._read(rows, fields, RESULTS, ROWS)
        if isinstance(found, kind):
            return found
        if isinstance(found, QuerySolutions) and found.variables == [ASKED]:
            return boolean(found)
        raise QueryStoreFailed("it does not answer what was asked")

    def triples(
        self,
        subject: NamedNode | None,
        predicate: NamedNode | None,
        object: NamedNode | None,
        base: str,
        dataset: Dataset | None,
    ) -> Iterator[Triple]:
        pattern = " ".join(
            str(term) if term else f"?{name}"
            for name, term in (("s", subject), ("p", predicate), ("o", object))
        )
        found = self.query(f"CONSTRUCT WHERE {{ {pattern} }}", base, dataset)
        assert not isinstance(found, QuerySolutions | QueryBoolean)
        return found

    def _read(
        self,
        reader: Callable[..., Any],
        fields: list[tuple[str, str]],
        media_type: str,
        form: RdfFormat | QueryResultsFormat,
    ) -> Any:
        """What *reader* makes of the answer. Raises QueryStoreFailed, now or while it is read."""
        headers = {"Accept": media_type, "Content-Type": FORM, "User-Agent": "untocgraph"}
        if self.endpoint.authorization:
            headers["Authorization"] = self.endpoint.authorization
        connection = self.endpoint.connection()
        self._open.append(connection)
        try:
            connection.request("POST", self.endpoint.target, urlencode(fields), headers)
            response = connection.getresponse()
            self._open.append(response)  # its connection may have let go of it
            told = response.getheader("Content-Type", "").partition(";")[0].strip()
            if response.status != 200 or told != media_type:
                said = response.read(TOLD).decode("utf-8", "replace")
                raise QueryStoreFailed(f"status {response.status}, {told}: {said!r}")
            if response.length is None and not response.chunked:
                raise QueryStoreFailed("it does not say where its answer ends")
            return reader(Body(response), format=form)
        except FAULTS as error:
            raise QueryStoreFailed(repr(error)) from None
        except SyntaxError as error:
            raise QueryStoreFailed(f"its answer cannot be read: {error}") from None

    def done(self) -> None:
        """End what is not read to its end: the store need not go on."""
        while self._open:
            self._open.pop().close()


@dataclass(frozen=True, slots=True)
class Body:
    """An answer as it comes. One that is cut raises QueryStoreFailed and looks like no other."""

    response: HTTPResponse

    def read(self, size: int) -> bytes:
        try:
            piece = self.response.read(size)
        except FAULTS as error:
            raise QueryStoreFailed(repr(error)) from None
        if not piece and self.response.length:
            raise QueryStoreFailed(f"its answer ends {self.response.length} bytes early")
        return piece


@dataclass(slots=True)
class Relabelled:
    """Rows as JSON, with blank nodes whose labels our engine reads.

    SPARQL 1.1 Query Results JSON Format, 3.2.2, leaves a label to the store, and Virtuoso writes
    ``nodeID://b10001``. What it means ends with the answer, so any other that differs will do.
    """

    body: Body
    _ready: bytes = b""
    _torn: bytes = b""  # what may be the beginning of a blank node

    def read(self, size: int) -> bytes:
        while not self._ready:
            piece = self.body.read(PIECE)
            text = self._torn + piece
            # Braces may also stand in a string, but inside a blank node none does.
            begun = text.rfind(b"{")
            is_torn = text.rfind(b"}") < begun and len(text) - begun < PIECE and piece
            end = begun if is_torn else len(text)
            self._ready, self._torn = _BLANK.sub(_relabelled, text[:end]), text[end:]
            if not piece:
                break
        given, self._ready = self._ready[:size], self._ready[size:]
        return given


_MEMBER = rb'"type"\s*:\s*"bnode"'
_LABEL = rb'"value"\s*:\s*"([^"{}]*)"'
# Inside a string its quotation marks would have a backslash before them.
_BLANK = re.compile(rb"\{\s*(?:%b\s*,\s*%b|%b\s*,\s*%b)\s*\}" % (_MEMBER, _LABEL, _LABEL, _MEMBER))


def _relabelled(found: re.Match[bytes]) -> bytes:
    label: bytes = found[1] or found[2] or b""
    return b'{"type":"bnode","value":"b%b"}' % label.hex().encode()


def own(told: Iterable[Triple], things: Iterator[Term | None]) -> Iterator[Triple]:
    """Those of *told* that are statements of one of *things*, or of a blank node they lead to.

    No more of *things* is read than it takes to say so.
    """
    known: set[Term | None] = set()
    reached: set[Term] = set()
    waiting: dict[Term, list[Triple]] = {}  # by blank node
    for triple in told:
        if isinstance(triple.subject, BlankNode):
            if triple.subject not in reached:
                waiting.setdefault(triple.subject, []).append(triple)
                continue
        elif triple.subject not in known:
            for thing in things:
                known.add(thing)
                if thing == triple.subject:
                    break
            else:
                continue
        found = [triple]
        while found:
            yield (statement := found.pop())
            if isinstance(statement.object, BlankNode) and statement.object not in reached:
                reached.add(statement.object)
                found += waiting.pop(statement.object, [])
    if waiting and any(isinstance(thing, BlankNode) for thing in chain(known, things)):
        yield from chain.from_iterable(waiting.values())  # which is which, nobody can say


def boolean(found: QuerySolutions) -> QueryBoolean:
    """The answer of ASK as Virtuoso writes it: a row that holds 1, or none."""
    written = json.dumps({"head": {}, "boolean": any(row[0] is not None for row in found)})
    answer = parse_query_results(written, format=ROWS)
    assert isinstance(answer, QueryBoolean)
    return answer


def rows(body: Body, *, format: QueryResultsFormat) -> QuerySolutions | QueryBoolean:
    return parse_query_results(Relabelled(body), format=format)  # type: ignore[arg-type]


def with_base(query: str, base: str) -> str:
    """*query* for a store that does not know our base."""
    return f"BASE <{base}> {query}"


def named(dataset: Dataset | None) -> Iterator[tuple[str, str]]:
    """*dataset* as the protocol names it. Of what is empty a graph that nobody has is named: else
    some stores take all graphs."""
    if dataset is not None:
        nowhere = [NamedNode(NOWHERE)]
        for graph in dataset.default or nowhere:
            yield "default-graph-uri", graph.value
        for graph in dataset.named or nowhere:
            yield "named-graph-uri", graph.value


def behind(store: Path, endpoint: Endpoint) -> Remote:
    """What evaluates queries on the release whose own store is at *store*."""
    if not endpoint.names_graphs:
        return Remote(endpoint)
    folder, sha256 = store.parents[2], store.parent.name
    return Remote(endpoint, union(open_release(folder, sha256).manifest))


def graphs_of(manifest: Manifest) -> dict[str, int]:
    """The triples in each graph, by its IRI."""
    return {f"{manifest.base}graph/{one.name}": one.triples for one in manifest.graphs}


def union(manifest: Manifest) -> Dataset:
    graphs = [NamedNode(graph) for graph in graphs_of(manifest)]
    return Dataset(graphs, graphs)


def checked(endpoint: Endpoint, manifest: Manifest) -> Endpoint:
    """How the store is to be asked.

    Raises StoreUnusable unless it answers, and holds what the release holds.
    """
    graphs = graphs_of(manifest)
    values = " ".join(f"<{graph}>" for graph in graphs)
    counts = f"""
        SELECT ?g (COUNT(*) AS ?n)
        {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }}
        GROUP BY ?g
    """
    try:
        held = {
            row["g"].value: int(row["n"].value)
            for row in solutions(Remote(endpoint), counts, manifest)
        }
        seen = seen_by(Remote(endpoint), manifest)
        names_graphs = seen != {manifest.triples}
        if names_graphs:
            seen = seen_by(Remote(endpoint, union(manifest)), manifest)
    except (QueryStoreFailed, ValueError) as error:
        why = error.why if isinstance(error, QueryStoreFailed) else str(error)
        raise StoreUnusable(
            f"The store at {endpoint.url} does not answer queries: {why}. Start it, or serve "
            "without --endpoint."
        ) from None
    wrong = sorted(graph for graph, triples in graphs.items() if held.get(graph, 0) != triples)
    if wrong:
        raise StoreUnusable(
            f"The store at {endpoint.url} does not hold release {manifest.sha256}: in {wrong[0]} "
            f"it has {held.get(wrong[0], 0)} of {graphs[wrong[0]]} triples. Load untocgraph.nq of "
            "that release into it."
        )
    if seen != {manifest.triples}:
        raise StoreUnusable(
            f"The store at {endpoint.url} sees {' and '.join(map(str, sorted(seen)))} triples and "
            f"not {manifest.triples}, though the query names the graphs of the release. Set it to "
            "take the union of its graphs for the default graph and let it hold nothing else, or "
            "set it to heed default-graph-uri and named-graph-uri."
        )
    return replace(endpoint, names_graphs=names_graphs)


def seen_by(remote: Remote, manifest: Manifest) -> set[int]:
    """Triples in the default graph, and in the named graphs, where a query names none."""
    patterns = ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }")
    asked = [f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}" for pattern in patterns]
    return {int(row["n"].value) for query in asked for row in solutions(remote, query, manifest)}


def solutions(remote: Remote, query: str, manifest: Manifest) -> list[Any]:
    try:
        return list(remote.query(query, manifest.base, None))  # type: ignore[arg-type]  # rows
    except SyntaxError as error:
        raise QueryStoreFailed(f"its answer is no result of a query: {error}") from None
    finally:
        remote.done()
