"""What a request asks of the endpoint, by the SPARQL 1.1 Protocol, before anything is decided.

Source: SPARQL 1.1 Protocol, 2.1 (query operation).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header

from untocgraph.server.http.problems import BadRequest, UnsupportedMediaType, UpdateRefused

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
# Fields that name the format of the answer. Fuseki reads the first two, Virtuoso both, others the
# third; Oxigraph reads none. SPARQLWrapper sends all of them with each query.
FORMATS = ("format", "output", "results")
OWN_FORM = "redirect"  # a field of the form of our pages, which programs do not send


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was sent, and the dataset that the request names for it."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None  # seconds that the client gives it, at most
    max_rows: int | None = None  # or triples that the client wants, at most
    formats: tuple[str, ...] = ()  # names of formats, in the order in which they were sent
    from_own_form: bool = False

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """The fields beside the query that its answer depends on, as they would be sent."""
        return (
            *(("default-graph-uri", graph) for graph in self.default_graphs),
            *(("named-graph-uri", graph) for graph in self.named_graphs),
            *((("maxrows", str(self.max_rows)),) if self.max_rows is not None else ()),
        )


def asked(method: str, query_string: bytes, content_type: str | None, body: bytes) -> Asked | None:
    """What is asked; None if a GET asks nothing, which is to ask what the service is.

    Raises BadRequest unless it is exactly one query in UTF-8, UpdateRefused,
    UnsupportedMediaType.
    """
    fields = parse(query_string)
    if method == "POST":
        media_type, parameters = parse_options_header(content_type)
        media_type = media_type.lower()
        if media_type == UPDATE:
            raise UpdateRefused
        if media_type == FORM:
            fields += parse(body)
        elif media_type == QUERY:
            fields.append(("query", decode(body, parameters.get("charset", "utf-8"))))
        else:
            raise UnsupportedMediaType(media_type)
    if any(name in ("update", "using-graph-uri", "using-named-graph-uri") for name, _ in fields):
        raise UpdateRefused

    def values(wanted: str) -> tuple[str, ...]:
        return tuple(value for name, value in fields if name == wanted)

    queries = values("query")
    if not queries and method != "POST":
        return None
    if len(queries) != 1:
        raise BadRequest(f"This request holds {len(queries)} queries; send exactly one.")
    return Asked(
        queries[0].removeprefix("\ufeff"),  # which editors put before a text
        values("default-graph-uri"),
        values("named-graph-uri"),
        timeout=seconds(values("timeout")),
        max_rows=rows(values("maxrows")),
        formats=formats(fields),
        from_own_form=bool(values(OWN_FORM)),
    )


def formats(fields: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The names of formats in *fields*."""
    return tuple(value for name, value in fields if name in FORMATS and value)


def seconds(values: tuple[str, ...]) -> float | None:
    """The least of the times that are asked for. Raises BadRequest for what is none."""
    if not all(re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII) for value in values):
        raise BadRequest("timeout is a number of seconds, like 2.5 .")
    return min(map(float, values), default=None)


def rows(values: tuple[str, ...]) -> int | None:
    """The least of the numbers of rows that are asked for. Raises BadRequest for what is none."""
    if not all(re.fullmatch(r"\d{1,18}", value, re.ASCII) for value in values):
        raise BadRequest("maxrows is a whole number of rows, like 100.")
    return min(map(int, values), default=None)


def parse(fields: bytes) -> list[tuple[str, str]]:
    """The fields of a form, each percent sign read once. Raises BadRequest unless in UTF-8."""
    try:
        return parse_qsl(
            fields.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000
        )
    except UnicodeError:
        raise BadRequest(
            "The request is not UTF-8: escape each byte of a character with a %."
        ) from None
    except ValueError as error:
        raise BadRequest(f"The fields of the request cannot be read: {error}.") from error


def decode(body: bytes, charset: str) -> str:
    """*body* as text. Raises BadRequest unless it is UTF-8, and says so if it says anything."""
    if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise BadRequest(f"A query is sent as UTF-8 and not as {charset}.")
    try:
        return body.decode()
    except UnicodeError:
        raise BadRequest("The query is not UTF-8.") from None
