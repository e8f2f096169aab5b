"""What the server offers to programs, in OpenAPI 3.1.

Source: OpenAPI Specification 3.1.1, and JSON Schema 2020-12.
"""

from collections.abc import Iterable
from typing import Any

from untocgraph.graph.query.search.expression import LONGEST as LONGEST_SEARCH
from untocgraph.ontology.competency import LONGEST, Parameter, Question, Type
from untocgraph.server.http.framing import MAX_LINE
from untocgraph.server.http.negotiation import JSON, Kind, Representation, offered
from untocgraph.server.http.sparql_protocol import FORMATS
from untocgraph.server.metadata.examples import examples
from untocgraph.server.metadata.service_description import Limits

MEDIA_TYPE = "application/vnd.oai.openapi+json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
PROBLEMS = {"application/problem+json": {"schema": PROBLEM}, "text/html": {}}  # a page for people

Json = dict[str, Any]


def address(base: str) -> str:
    return f"{base}api/openapi.json"


def document(base: str, limits: Limits) -> Json:
    """All paths that answer programs, for the release under *base*."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "untocgraph",
            "version": "1",
            "description": "Reports of intergovernmental meetings as linked data: questions with "
            "parameters, a search for words, and SPARQL.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base.removesuffix("/")}],
        "paths": {
            "/api": {"get": index()},
            **{f"/api/{one.name}": {"get": question(one)} for one in examples(base)},
            "/search": {"get": search()},
            "/sparql": {"get": sparql(limits), "post": posted(limits)},
        },
        "components": {"schemas": schemas(), "responses": responses()},
    }


def operation(name: str, summary: str, answers: Json, *, parameters: Iterable[Json] = ()) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*parameters],
        "responses": {"200": answers} | refusals(),
    }


def refusals() -> Json:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSED}


REFUSED = {
    400: "The request is not as it should be; the problem says what to do.",
    404: "Nothing is known of what is asked for.",
    406: "Nothing that is offered is acceptable.",
    414: f"The address is longer than {MAX_LINE:,} bytes.",
    422: "The answer passes the limits of the server.",
    429: "The client has used the computing that it is given for now.",
    503: "The query ran too long, or the server has no room for it now.",
}


def responses() -> Json:
    return {
        str(status): {
            "description": what,
            "content": PROBLEMS,
        }
        for status, what in REFUSED.items()
    }


def schemas() -> Json:
    text = {"type": "string"}
    both = {"type": "object", "additionalProperties": text}
    return {
        "Problem": {
            "type": "object",
            "description": "RFC 9457",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "parameter": text,
                "line": {"type": "integer"},
                "column": {"type": "integer"},
            },
        },
        "Questions": {
            "type": "object",
            "required": ["questions", "openapi"],
            "properties": {
                "openapi": text,
                "questions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["question", "address", "title", "description", "parameters"],
                    },
                },
            },
        },
        "Hits": {
            "type": "object",
            "required": ["query", "total", "limit", "offset", "next", "previous", "results"],
            "properties": {
                "query": text,
                "total": {"type": "integer", "minimum": 0},
                "limit": {"type": "integer"},
                "offset": {"type": "integer"},
                "next": {"type": ["string", "null"]},
                "previous": {"type": ["string", "null"]},
                "results": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["thing", "label", "classes", "score", "property", "text"],
                        "properties": {
                            "thing": text,
                            "label": both,
                            "classes": {"type": "array", "items": text},
                            "score": {"type": "number"},
                            "property": text,
                            "language": {"type": ["string", "null"]},
                            "text": text,
                            "highlights": {
                                "type": "array",
                                "items": {"type": "array", "items": {"type": "integer"}},
                            },
                            "reasons": {
                                "type": "array",
                                "description": "Why, if words that are asked for are not in text.",
                                "items": {
                                    "type": "object",
                                    "required": ["asked", "words", "thing", "property"],
                                    "properties": dict.fromkeys(
                                        ("asked", "words", "thing", "property"), text
                                    ),
                                },
                            },
                        },
                    },
                },
            },
        },
    }


def formats(rows: Iterable[Representation], schema: Json) -> Json:
    """*rows* as media types; JSON of ours keeps to *schema*."""
    return {
        row.media_type: {"schema": schema if row is JSON else {"type": "string"}} for row in rows
    }


def format_field(rows: Iterable[Representation]) -> Json:
    return {
        "name": "format",
        "in": "query",
        "description": "The format of the answer; if it is empty or not there, Accept decides.",
        "schema": {"type": "string", "enum": [*dict.fromkeys(row.suffix for row in rows), ""]},
    }


def index() -> Json:
    rows = offered(Kind.MANIFEST)
    told = {
        "description": "The questions, and their parameters.",
        "content": formats(rows, {"$ref": "#/components/schemas/Questions"}),
    }
    return operation("questions", "All questions", told, parameters=[format_field(rows)])


def question(one: Question) -> Json:
    rows = offered(Kind.REPLY)
    reply: Json = {
        "type": "object",
        "required": ["question", "title", "parameters", "columns", "rows", "query", "sparql"],
        "properties": {
            "question": {"const": one.name},
            "title": {"type": "object"},
            "parameters": {"type": "object"},
            "columns": {"type": "array", "items": {"type": "string"}},
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                },
            },
            "query": {"type": "string"},
            "sparql": {"type": "string"},
        },
    }
    told = {"description": one.description["en"], "content": formats(rows, reply)}
    fields = [*map(parameter, one.parameters), format_field(rows)]
    return operation(one.name, one.title["en"], told, parameters=fields)


def parameter(one: Parameter) -> Json:
    return {
        "name": one.name,
        "in": "query",
        "description": f"{one.title['en']} ({one.title['zh']})",
        "schema": schema_of(one),
    }


def schema_of(one: Parameter) -> Json:
    match one.type:
        case Type.STRING:
            return {"type": "string", "maxLength": LONGEST, "default": one.default}
        case Type.INTEGER:
            most = 10**18 - 1
            return {
                "type": "integer",
                "minimum": -most,
                "maximum": most,
                "default": int(one.default),
            }
        case Type.DATE:
            return {"type": "string", "format": "date", "default": one.default}
        case Type.IRI:
            return {
                "type": "string",
                "format": "iri-reference",
                "description": "Of a thing in the graph; relative to the base, or whole.",
                "default": one.default,
            }


def search() -> Json:
    rows = offered(Kind.HITS)
    described: Json = {row.media_type: {} for row in offered(Kind.GRAPH)}
    told = {
        "description": "What fits, the best first; without q, what a search is.",
        "content": described | formats(rows, {"$ref": "#/components/schemas/Hits"}),
    }
    fields = [
        {
            "name": "q",
            "in": "query",
            "description": 'Words, "phrases", names, and -words that must not be there.',
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
        },
        number("limit", 20, 1, 1000),
        number("offset", 0, 0, 100_000),
        format_field((*rows, *offered(Kind.GRAPH))),
    ]
    return operation("search", "Search for words in all texts", told, parameters=fields)


def number(name: str, usual: int, least: int, most: int) -> Json:
    bounds = {"type": "integer", "minimum": least, "maximum": most, "default": usual}
    return {"name": name, "in": "query", "schema": bounds}


def sparql(limits: Limits) -> Json:
    fields = [
        {
            "name": "query",
            "in": "query",
            "description": f"An address takes {MAX_LINE:,} bytes; a longer query goes by POST.",
            "schema": {"type": "string"},
        },
        *graphs(),
        {
            "name": "timeout",
            "in": "query",
            "description": f"Seconds, at most; the server gives {limits.timeout:g}.",
            "schema": {"type": "number", "minimum": 0, "maximum": 999_999_999},
        },
        {
            "name": "maxrows",
            "in": "query",
            "description": "Where to cut the answer.",
            "schema": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
        },
        *map(named_format, FORMATS),
    ]
    return operation(
        "sparql",
        "SPARQL 1.1 Protocol: a query, or the service description",
        answers(),
        parameters=fields,
    )


def named_format(name: str) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": "The format of the answer, by its suffix, a short name or its media type. A "
        "name that the answer cannot be written in leaves the choice to Accept.",
        "schema": {"type": "string"},
    }


def graphs() -> Iterable[Json]:
    for name in ("default-graph-uri", "named-graph-uri"):
        yield {
            "name": name,
            "in": "query",
            "schema": {"type": "array", "items": {"type": "string", "format": "iri"}},
        }


def posted(limits: Limits) -> Json:
    told = operation("sparqlPost", "SPARQL 1.1 Protocol: a query in the body", answers())
    query = {"type": "string", "maxLength": limits.query}
    told["requestBody"] = {
        "required": True,
        "content": {
            "application/sparql-query": {"schema": query},
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "required": ["query"], "properties": {"query": query}}
            },
        },
    }
    told["responses"] |= {
        str(status): {
            "description": what,
            "content": PROBLEMS,
        }
        for status, what in {
            403: "Updates are refused.",
            413: "The body is too long.",
            415: "The body is of a type that is not read here.",
        }.items()
    }
    return told


def answers() -> Json:
    rows = offered(Kind.RESULTS, Kind.GRAPH, Kind.DATASET)
    return {
        "description": "The answer in one of the formats of its kind.",
        "content": {row.media_type: {} for row in rows},
    }
