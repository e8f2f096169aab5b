"""What a request asks of the endpoint, by the SPARQL 1.1 Protocol, before anything is decided.

Source: SPARQL 1.1 Protocol, 2.1 (query operation).
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header

from untocgraph.server.problems import BadRequest, UnsupportedMediaType, UpdateRefused

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was sent, and the dataset that the request names for it."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None

    @property
    def dataset(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return (
            ("default-graph-uri", self.default_graphs),
            ("named-graph-uri", self.named_graphs),
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
    names = [name for name, _ in fields]
    if "update" in names:
        raise UpdateRefused
    queries = [value for name, value in fields if name == "query"]
    if not queries and method != "POST":
        return None
    if len(queries) != 1:
        raise BadRequest(f"This request holds {len(queries)} queries; send exactly one.")
    return Asked(
        queries[0],
        tuple(value for name, value in fields if name == "default-graph-uri"),
        tuple(value for name, value in fields if name == "named-graph-uri"),
        next((value for name, value in fields if name == "format"), None),
    )


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
    """*body* as text. Raises BadRequest if it is not in *charset*, or nobody knows that."""
    try:
        return body.decode(charset)
    except UnicodeError:
        raise BadRequest(f"The query is not {charset}; send it as UTF-8.") from None
    except LookupError:
        raise BadRequest(f"No charset is called {charset!r}; send the query as UTF-8.") from None
