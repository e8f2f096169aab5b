"""The questions of the ontology, to be asked by name: for programs that speak no SPARQL."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, g, render_template, request
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    RdfFormat,
    parse_query_results,
)

from untocgraph.graph.query.scan import QueryForm
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.ontology.competency import BadValue, Parameter, Question, Type
from untocgraph.server.http.negotiation import HTML, JSON, Choice, Kind, offered
from untocgraph.server.http.problems import BadParameter, NotFound
from untocgraph.server.http.sparql_protocol import Asked
from untocgraph.server.metadata import openapi
from untocgraph.server.metadata.description import write
from untocgraph.server.metadata.examples import examples
from untocgraph.server.repository.lookup import RDF
from untocgraph.server.web import links
from untocgraph.server.web.responses import answer, negotiate, snapshot
from untocgraph.server.web.routes.sparql import evaluated, page, table
from untocgraph.server.workers.client import Answer

api = Blueprint("api", __name__)

OFFERS = (JSON, *(row for row in offered(Kind.REPLY) if row is not JSON))
INDEX = offered(Kind.MANIFEST)
BESIDE = {"format"}  # fields that are no parameters of a question
RS = PREFIXES["rs"]  # of the W3C Data Access Working Group: rows as RDF
XSD = PREFIXES["xsd"]
NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}


@api.get("/api")
def index() -> Response:
    """The questions, with their parameters."""
    held = snapshot()
    choice = negotiate(INDEX)
    asked = examples(held.base)

    def make() -> str:
        if choice.representation is HTML:
            return render_template("api.html", questions=asked)
        body = {
            "questions": [described(one) for one in asked],
            "openapi": openapi.address(held.base),
        }
        return current_app.json.dumps(body, indent=2) + "\n"

    about = [links.link(openapi.address(held.base), "service-desc", type=openapi.MEDIA_TYPE)]
    return answer(choice, make, links=about)


@api.get("/api/openapi.json")
def description() -> Response:
    """The interface in OpenAPI 3.1."""
    held = snapshot()
    limits = current_app.config["SETTINGS"].limits
    return answer(
        Choice(JSON, openapi.MEDIA_TYPE),
        lambda: current_app.json.dumps(openapi.document(held.base, limits), indent=1) + "\n",
        key=repr(limits),
    )


@api.get("/api/<name>")
def ask(name: str) -> Response:
    """The answer to a question, asked with the parameters of the address."""
    held = snapshot()
    question = next((one for one in examples(held.base) if one.name == name), None)
    if question is None:
        raise NotFound(f"There is no question {name!r}; {held.base}api lists all.")
    choice = negotiate(OFFERS)
    values = {each.name: value(question, each) for each in given(question)}
    query = question.asking(values)
    g.query = query
    by_sparql = f"{held.base}sparql?{urlencode({'query': query}, quote_via=quote)}"
    return answer(
        choice,
        lambda: written(question, Asked(query), choice, by_sparql),
        key=query,
        links=[links.link(f"{held.base}api", "collection")],
        keep=current_app.config["FINISHED"],
    )


def given(question: Question) -> Iterator[Parameter]:
    """The parameters that the request gives. Raises BadParameter for one that there is not."""
    by_name = {each.name: each for each in question.parameters}
    for field in request.args:
        if field in by_name:
            yield by_name[field]
        elif field not in BESIDE:
            known = ", ".join(by_name) or "none"
            raise BadParameter(
                field, f"{question.name} has no parameter {field!r}; it has: {known}."
            )


def value(question: Question, parameter: Parameter) -> Literal | NamedNode:
    """What the request gives for *parameter*. Raises BadParameter, NotFound."""
    held = snapshot()
    name, example = parameter.name, parameter.default
    values = request.args.getlist(name)
    if len(values) > 1:
        raise BadParameter(name, f"{name} is given {len(values)} times; give it once.")
    try:
        found = parameter.type.term(values[0], held.base)
    except BadValue as error:
        raise BadParameter(name, f"{name} {error}; an example is {name}={example} .") from None
    if parameter.type is Type.IRI and not held.lookup.knows(found.value):
        raise NotFound(
            f"{name} is {found.value} , of which nothing is known; an example is {name}={example} ."
        )
    return found


# ---- answers ----


def written(
    question: Question, asked: Asked, choice: Choice, by_sparql: str
) -> Answer | bytes | str:
    form = choice.representation
    if form is HTML:
        with evaluated(asked, QueryResultsFormat.TSV.media_type) as found:
            return page(asked, QueryForm.SELECT, table(QueryForm.SELECT, found.file))
    if form.serialiser is QueryResultsFormat.CSV:
        return evaluated(asked, form.media_type)
    with evaluated(asked, QueryResultsFormat.JSON.media_type) as found:
        results = parse_query_results(found.file, format=QueryResultsFormat.JSON)
        assert isinstance(results, QuerySolutions)
        columns = [variable.value for variable in results.variables]
        rows = list(results)
    if form.serialiser is RdfFormat.TURTLE:
        return write(as_result_set(columns, rows), choice, snapshot().base)
    return as_json(question, asked.query, columns, rows, by_sparql)


def as_json(
    question: Question, query: str, columns: list[str], rows: list[QuerySolution], by_sparql: str
) -> str:
    body = {
        "question": question.name,
        "title": question.title,
        "parameters": {
            each.name: request.args.get(each.name, each.default) for each in question.parameters
        },
        "columns": columns,
        "rows": [{column: plain(row[column]) for column in columns} for row in rows],
        "query": query,
        "sparql": by_sparql,
    }
    return current_app.json.dumps(body, indent=1) + "\n"


def plain(term: object) -> Any:
    """A term as JSON has it: a number where it is one, an IRI as its text, nothing as null."""
    if isinstance(term, Literal) and term.datatype.value in NUMBERS:
        try:
            return json.loads(term.value, parse_constant=str)
        except ValueError:  # "+1", "INF"
            return term.value
    if isinstance(term, Literal) and term.datatype.value == XSD + "boolean":
        return term.value in ("true", "1")
    return str(term) if isinstance(term, BlankNode) else getattr(term, "value", None)


def as_result_set(columns: list[str], rows: list[QuerySolution]) -> Iterator[Quad]:
    whole = BlankNode("results")
    yield Quad(whole, NamedNode(RDF + "type"), NamedNode(RS + "ResultSet"))
    yield Quad(whole, NamedNode(RS + "size"), Literal(len(rows)))
    for column in columns:
        yield Quad(whole, NamedNode(RS + "resultVariable"), Literal(column))
    for number, row in enumerate(rows, 1):
        solution = BlankNode(f"row{number}")
        yield Quad(whole, NamedNode(RS + "solution"), solution)
        yield Quad(solution, NamedNode(RS + "index"), Literal(number))
        for at, column in enumerate(columns):
            term = row[column]
            if isinstance(term, NamedNode | Literal | BlankNode):
                binding = BlankNode(f"row{number}c{at}")
                yield Quad(solution, NamedNode(RS + "binding"), binding)
                yield Quad(binding, NamedNode(RS + "variable"), Literal(column))
                yield Quad(binding, NamedNode(RS + "value"), term)


def described(question: Question) -> dict[str, Any]:
    return {
        "question": question.name,
        "address": f"{snapshot().base}api/{question.name}",
        "title": question.title,
        "description": question.description,
        "parameters": [
            {
                "name": each.name,
                "type": each.type.value,
                "title": each.title,
                "default": each.default,
            }
            for each in question.parameters
        ],
    }
