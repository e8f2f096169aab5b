"""The SPARQL 1.1 Protocol over HTTP. Queries are evaluated by the pool, never in this process.

An answer is read from the pool to its end before the first byte of it leaves: then its status is
true, its length is known, and no client takes half an answer for a whole one. The worker is free
as soon as it has written, however slowly the client reads.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import IO
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    parse_query_results,
)
from pyoxigraph import parse as parse_rdf
from werkzeug.wrappers import Response as Redirect

from untocgraph.graph.query.evaluate import Request
from untocgraph.graph.query.scan import QueryForm, Scan
from untocgraph.graph.query.search.text_search import read_query
from untocgraph.server.http.framing import MAX_LINE
from untocgraph.server.http.negotiation import HTML, Choice, Kind, named_or_accepted, offered
from untocgraph.server.http.sparql_protocol import Asked, asked, formats, parse
from untocgraph.server.metadata.description import write
from untocgraph.server.metadata.examples import examples
from untocgraph.server.metadata.service_description import Limits, service_description
from untocgraph.server.pages.labels import Name, Value, term
from untocgraph.server.repository.lookup import TERM
from untocgraph.server.web.paths import client_address, household
from untocgraph.server.web.responses import answer, snapshot, tell, varies
from untocgraph.server.workers.client import Answer, Pool

sparql = Blueprint("sparql", __name__)

MAX_ROWS = "X-SPARQL-MaxRows"  # as Virtuoso names it; says where the answer was cut
# Bytes of an address that a query which is posted is sent on to. Every browser, proxy and mail
# program takes that much; RFC 9110, 4.1, asks for 8,000.
SHORT_ADDRESS = 4000
SHOWN = 1000  # rows of an answer on its page; the formats for programs give all

# What an empty form begins with: how much there is of what.
START = """\
PREFIX untoc: <{base}ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?class (COUNT(*) AS ?number)
WHERE {{ ?thing a ?class }}
GROUP BY ?class
ORDER BY DESC(?number)
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """All that is known of an answer before its query is evaluated."""

    question: Asked
    scan: Scan
    has_searches: bool
    choice: Choice

    @property
    def key(self) -> str:
        """What the answer depends on beside release, format and coding."""
        return json.dumps([self.question.query, self.question.beside])

    def request(self, base: str) -> Request:
        """What the pool is to evaluate for a program."""
        return request_for(self.question, self.choice.representation.media_type, base, self.known)

    @property
    def known(self) -> Scan | None:
        """What need not be found out again by who evaluates the query."""
        return None if self.has_searches else self.scan


def decide(question: Asked, base: str, choose: Callable[[QueryForm], Choice]) -> Decided:
    """Raises QuerySyntax for what is not to be evaluated, and what *choose* raises."""
    separated, scan = read_query(question.query, base)
    return Decided(question, scan, bool(separated.blocks), choose(scan.form))


@sparql.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response | Redirect:
    """A query and its answer; without a query, what the endpoint is."""
    body = request.get_data(cache=False) if request.method == "POST" else b""
    question = asked(request.method, request.query_string, request.content_type, body)
    if question is None:
        return description()
    if address := address_of(question):
        return redirect(address, 303)
    g.formats, g.query = question.formats, question.query
    decided = decide(
        question, snapshot().base, lambda form: chosen(question.formats, *written_as(form))
    )
    return answer(
        decided.choice,
        lambda: answered(decided),
        key=decided.key,
        repeatable=decided.scan.repeatable,
        keep=current_app.config["FINISHED"],
    )


def address_of(question: Asked) -> str | None:
    """Where a query from our own form is at home, if an address has room for it.

    There the answer can be kept, sent on and loaded again.
    """
    if request.method != "POST" or not question.from_own_form:
        return None
    fields = [("query", question.query), *question.beside]
    fields += [("format", name) for name in question.formats]
    if question.timeout is not None:
        fields.append(("timeout", f"{question.timeout:f}"))
    address = f"{snapshot().root}sparql?{urlencode(fields, quote_via=quote)}"
    return address if len(address) <= SHORT_ADDRESS else None


def chosen(names: tuple[str, ...], *kinds: Kind) -> Choice:
    """The format of the answer. Raises NotAcceptable."""
    choice, by_accept = named_or_accepted(names, request.headers.get("Accept"), offered(*kinds))
    if by_accept:
        varies("Accept")
    return choice


def answered(decided: Decided) -> Answer | str:
    """The answer in the format that was chosen."""
    question, form, representation = (
        decided.question,
        decided.scan.form,
        decided.choice.representation,
    )
    if representation is not HTML:
        return evaluated(question, representation.media_type, decided.known)
    plain = RdfFormat.N_TRIPLES if form.is_graph else QueryResultsFormat.TSV
    with evaluated(question, plain.media_type, decided.known) as written:
        return page(question, form, table(form, written.file), written.cut)


def evaluated(question: Asked, media_type: str, scan: Scan | None = None) -> Answer:
    """What the pool answers. Raises a QueryError."""
    held = snapshot()
    pool: Pool = current_app.config["POOL"]
    proxies: int = current_app.config["SETTINGS"].trusted_proxies
    found = pool.answer(
        held.release.store_path,
        request_for(question, media_type, held.base, scan),
        client=household(client_address(request.environ, proxies)),
        timeout=question.timeout,
        gone=request.environ.get("gunicorn.socket"),  # a client that hangs up ends its query
    )
    if found.cut:
        tell(MAX_ROWS, str(question.max_rows))
    return found


def request_for(question: Asked, media_type: str, base: str, scan: Scan | None) -> Request:
    return Request(
        query=question.query,
        base=base,
        media_type=media_type,
        default_graphs=question.default_graphs,
        named_graphs=question.named_graphs,
        max_rows=question.max_rows,
        scan=scan,
    )


def written_as(form: QueryForm) -> tuple[Kind, ...]:
    """What the answer can be written as: triples as quads of the default graph, too."""
    return (Kind.GRAPH, Kind.DATASET) if form.is_graph else (Kind.RESULTS,)


# ---- pages ----


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as its page shows it."""

    boolean: bool | None  # of ASK
    columns: tuple[str, ...]
    rows: tuple[tuple[Name | Value | None, ...], ...]
    total: int


def table(form: QueryForm, written: IO[bytes]) -> Table:
    """The first SHOWN rows of an answer in TSV or N-Triples, a line each."""
    held = snapshot()
    columns: tuple[str, ...]
    rows: Iterable[Iterable[object]]
    if form.is_graph:
        columns = ("subject", "property", "value")
        rows = (quad.triple for quad in parse_rdf(written, format=RdfFormat.N_TRIPLES))
    else:
        results = parse_query_results(written, format=QueryResultsFormat.TSV)
        if isinstance(results, QueryBoolean):
            return Table(bool(results), (), (), 0)
        columns = tuple(variable.value for variable in results.variables)
        rows = results
    cells = tuple(
        tuple(term(held, cell) if isinstance(cell, TERM) else None for cell in row)
        for row in islice(rows, SHOWN)
    )
    written.seek(0)
    total = sum(1 for _ in written) - (0 if form.is_graph else 1)  # the first names the variables
    return Table(None, columns, cells, total)


def page(
    question: Asked | None, form: QueryForm | None, found: Table | None, cut: bool = False
) -> str:
    kinds = written_as(form) if form else (Kind.RESULTS, Kind.GRAPH, Kind.DATASET)
    return render_template(
        "sparql.html",
        query=question.query if question else START.format(base=snapshot().base),
        beside=question.beside if question else (),
        cut=question.max_rows if question and cut else None,
        table=found,
        formats=[row for row in offered(*kinds) if row is not HTML],
        examples=examples(snapshot().base),
        limits=current_app.config["SETTINGS"].limits,
        longest_address=MAX_LINE,
    )


def description() -> Response:
    """What the endpoint is: a form for people, a service description for programs."""
    held = snapshot()
    choice = chosen(formats(parse(request.query_string)), Kind.GRAPH)
    limits: Limits = current_app.config["SETTINGS"].limits

    def make() -> bytes | str:
        if choice.representation is HTML:
            return page(None, None, None)
        return write(service_description(held, limits), choice, held.base)

    return answer(choice, make, key=repr(limits), links=[f'<{held.base}sparql>; rel="canonical"'])
