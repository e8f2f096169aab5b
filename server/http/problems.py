"""What can go wrong, for programs and for people: one sentence, one status, one address.

Programs get ``application/problem+json`` (RFC 9457), people who asked for HTML a page that says
the same. Each kind of problem has an entry on the page /problems, which its ``type`` points to.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from untocgraph.graph import errors
from untocgraph.graph.errors import GraphError
from untocgraph.graph.query.scan import USUAL
from untocgraph.graph.query.search.expression import NothingToSearch
from untocgraph.graph.query.search.text_index import SearchTooSlow
from untocgraph.server.http.negotiation import Unacceptable


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem, as /problems explains it."""

    name: str  # stands at /problems#name
    status: int
    title: str
    remedy: str
    retry_after: int | None = None  # seconds


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem that one request has met."""

    kind: Kind
    detail: str
    extra: dict[str, object] = field(default_factory=dict)  # members beyond those of RFC 9457
    retry_after: int | None = None  # seconds


class NotFound(GraphError):
    """Nothing is known of what was asked for."""


class Gone(GraphError):
    """What was asked for stood in an older release and stands in this one no longer."""

    def __init__(self, iri: str, last_release: str | None, replacement: str | None) -> None:
        self.last_release = last_release  # IRI, if the release is kept
        self.replacement = replacement  # IRI, if the graph names one
        told = f"{iri} is known no longer."
        if replacement:
            told += f" It was replaced by {replacement} : ask for that."
        if last_release:
            told += f" It was last in release {last_release} ."
        super().__init__(told)


class BadRequest(GraphError):
    """The request does not keep to the SPARQL protocol."""


class BadParameter(GraphError):
    """A parameter that there is not, or a value of another type than that of its parameter."""

    def __init__(self, parameter: str, what: str) -> None:
        self.parameter = parameter
        super().__init__(what)


class Malformed(GraphError):
    """What a client sends is no request in HTTP."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Send it again by a library of HTTP.")


class AddressTooLong(GraphError):
    def __init__(self, most: int) -> None:
        super().__init__(
            f"The address is longer than {most:,} bytes. Send a query by POST, as the field query "
            "of a form or as a body of the type application/sparql-query: it may then have "
            f"{USUAL.characters:,} characters."
        )


class HeadTooLong(GraphError):
    def __init__(self) -> None:
        super().__init__(
            "The header of the request is too long. Send fewer or shorter fields; a query goes by "
            "POST, in the body."
        )


class BodyTooLong(GraphError):
    def __init__(self, most: int) -> None:
        super().__init__(
            f"The body is longer than {most:,} bytes. A query has at most "
            f"{USUAL.characters:,} characters: make it shorter, or download the dump and query it "
            "at home."
        )


class UnknownTransferCoding(GraphError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"The body comes in the transfer coding {name!r}, and only chunked is read here. Send "
            "it as it is, with Content-Length."
        )


class PreconditionFailed(GraphError):
    """What the client has, or believes to be here, is not what is here."""

    def __init__(self, etag: str) -> None:
        self.etag = etag
        super().__init__(
            f"What stands here has the ETag {etag}, and is not what If-Match or "
            "If-Unmodified-Since asks for. Get all of it anew, without these headers."
        )


class NoSuchRange(GraphError):
    """No byte that is asked for is there."""

    def __init__(self, size: int) -> None:
        self.size = size  # bytes of the whole
        super().__init__(
            f"None of the bytes that Range asks for is there: the file has {size:,}. "
            "If you have all of them, it is whole; else ask without Range."
        )


class UpdateRefused(GraphError):
    def __init__(self) -> None:
        super().__init__(
            "This endpoint answers queries and takes no updates: the graph changes only when a "
            "new release is built."
        )


class UnsupportedMediaType(GraphError):
    def __init__(self, media_type: str) -> None:
        super().__init__(
            f"A query cannot be sent as {media_type or 'a body without a Content-Type'}. Send it "
            "as application/sparql-query, or as the field query of "
            "application/x-www-form-urlencoded."
        )


NOT_FOUND = Kind(
    "not-found",
    404,
    "Nothing is known of this address",
    "Check the address; the home page leads to all that is here.",
)
GONE = Kind(
    "gone",
    410,
    "What stood at this address is in the graph no longer",
    "Follow the replacement if the problem names one; else see the release that had it last.",
)
BAD_REQUEST = Kind(
    "bad-request",
    400,
    "The request does not keep to the SPARQL 1.1 Protocol",
    "Send exactly one query, by GET, as a form, or as the body of a POST.",
)
MALFORMED = Kind(
    "malformed-request",
    400,
    "What was sent is not a request in HTTP/1.1",
    "Send the request by a library of HTTP, or as RFC 9112 has it.",
)
PARAMETER = Kind(
    "bad-parameter",
    400,
    "A parameter is not as it should be",
    "The problem names the parameter and gives an example; /api lists those of questions.",
)
SEARCH = Kind(
    "bad-search",
    400,
    "The search cannot be made",
    "Search for one word or more; the page of the search says what can be written.",
)
SYNTAX = Kind(
    "query-syntax",
    400,
    "The query is not one that this server can read",
    "Mend the query at the line and column that the problem names.",
)
UPDATE = Kind(
    "update-refused",
    403,
    "Updates are not taken",
    "Send a query: SELECT, ASK, CONSTRUCT or DESCRIBE.",
)
METHOD = Kind(
    "method-not-allowed",
    405,
    "The method is not allowed at this address",
    "Use one of the methods that the header Allow names.",
)
NOT_ACCEPTABLE = Kind(
    "not-acceptable",
    406,
    "Nothing that is offered is acceptable",
    "Ask for one of the formats or codings that the problem lists.",
)
PRECONDITION = Kind(
    "precondition-failed",
    412,
    "What stands here is not what the request is meant for",
    "Get the file anew, without If-Match and If-Unmodified-Since: a new release has changed it.",
)
RANGE = Kind(
    "range-not-satisfiable",
    416,
    "The part that is asked for is not there",
    "Ask for bytes that the file has; Content-Range says how many these are.",
)
BODY_TOO_LONG = Kind(
    "body-too-long",
    413,
    "The body of the request is too long",
    "Make the query shorter, or download the dump and query it at home.",
)
ADDRESS_TOO_LONG = Kind(
    "address-too-long",
    414,
    "The address of the request is too long",
    "Send the query by POST, as a form or as the body.",
)
NOT_IN_XML = Kind(
    "not-in-xml",
    406,
    "XML cannot hold the answer",
    "Ask for it in another format: JSON, CSV or TSV for rows, Turtle or JSON-LD for triples.",
)
MEDIA_TYPE = Kind(
    "unsupported-media-type",
    415,
    "The body is of a type that is not read here",
    "Send the query as application/sparql-query or as a form.",
)
HEAD_TOO_LONG = Kind(
    "header-too-long",
    431,
    "The header of the request is too long",
    "Send fewer or shorter header fields.",
)
TRANSFER_CODING = Kind(
    "unknown-transfer-coding",
    501,
    "The body comes in a transfer coding that is not read here",
    "Send the body with Content-Length, or chunked alone.",
)
TOO_BIG = Kind(
    "answer-too-big",
    422,
    "The answer passes the limit",
    "Ask for less with LIMIT and OFFSET, or download the dump and query it at home.",
)
TOO_SLOW = Kind(
    "query-too-slow",
    503,
    "The query ran past its deadline",
    "Add a LIMIT, name the report, or download the dump and query it at home.",
    retry_after=10,
)
OUT_OF_MEMORY = Kind(
    "query-out-of-memory",
    422,
    "The query needs more memory than a query is given",
    "Name the report, select fewer variables, or leave out ORDER BY, DISTINCT or GROUP_CONCAT.",
)
FAULT = Kind(
    "engine-fault",
    500,
    "The query meets a fault of the engine",
    "Write the query in another way, and report the problem together with the query.",
)
CRASHED = Kind(
    "query-crashed",
    503,
    "The worker that evaluated the query has ended",
    "Ask again in some seconds: it was no limit that the query had passed.",
    retry_after=10,
)
BUSY = Kind(
    "busy",
    503,
    "The server has no room for this request now",
    "Ask again in a few seconds.",
    retry_after=5,
)
STORE_FAILED = Kind(
    "store-failed",
    503,
    "The store behind this server did not answer",
    "Ask again in some seconds; pages, documents and dumps do not need the store.",
    retry_after=10,
)
OVER_BUDGET = Kind(
    "over-budget",
    429,
    "The queries of this client have used all the computing that it is given for now",
    "Wait for as long as the header Retry-After says, or download the dump and query it at home.",
)
NOT_PUBLISHED = Kind(
    "not-published",
    503,
    "There is no release to serve",
    "Run `untocgraph build`; the server notices the release by itself.",
    retry_after=10,
)
INTERNAL = Kind(
    "internal-error",
    500,
    "The server has made a mistake",
    "The mistake is ours and is in the server's log; asking again may not help.",
)

KINDS = (
    BAD_REQUEST,
    MALFORMED,
    PARAMETER,
    SEARCH,
    SYNTAX,
    UPDATE,
    NOT_FOUND,
    GONE,
    METHOD,
    NOT_ACCEPTABLE,
    PRECONDITION,
    BODY_TOO_LONG,
    ADDRESS_TOO_LONG,
    NOT_IN_XML,
    MEDIA_TYPE,
    RANGE,
    HEAD_TOO_LONG,
    TOO_BIG,
    TOO_SLOW,
    OUT_OF_MEMORY,
    FAULT,
    CRASHED,
    BUSY,
    STORE_FAILED,
    OVER_BUDGET,
    NOT_PUBLISHED,
    INTERNAL,
    TRANSFER_CODING,
)

# Which error is which problem: the first class in its line of ancestors that stands here.
KIND_OF: dict[type[Exception], Kind] = {
    AddressTooLong: ADDRESS_TOO_LONG,
    BadParameter: PARAMETER,
    BadRequest: BAD_REQUEST,
    BodyTooLong: BODY_TOO_LONG,
    Gone: GONE,
    HeadTooLong: HEAD_TOO_LONG,
    Malformed: MALFORMED,
    NoSuchRange: RANGE,
    NotFound: NOT_FOUND,
    PreconditionFailed: PRECONDITION,
    Unacceptable: NOT_ACCEPTABLE,
    UnknownTransferCoding: TRANSFER_CODING,
    UnsupportedMediaType: MEDIA_TYPE,
    UpdateRefused: UPDATE,
    NothingToSearch: SEARCH,
    SearchTooSlow: TOO_SLOW,
    errors.NotPublished: NOT_PUBLISHED,
    errors.QueryAbandoned: BUSY,  # nobody is there to read it
    errors.QueryBusy: BUSY,
    errors.QueryCrashed: CRASHED,
    errors.QueryFault: FAULT,
    errors.QueryMemoryShort: BUSY,
    errors.QueryNotInXml: NOT_IN_XML,
    errors.QueryNoRoom: BUSY,
    errors.QueryOutOfMemory: OUT_OF_MEMORY,
    errors.QueryOverBudget: OVER_BUDGET,
    errors.QueryStoreFailed: STORE_FAILED,
    errors.QuerySyntax: SYNTAX,
    errors.QueryTooBig: TOO_BIG,
    errors.QueryTooSlow: TOO_SLOW,
}


def problem_of(error: GraphError) -> Problem:
    """What to tell the client of *error*: its own sentence. An error not listed is our mistake."""
    kind = next((KIND_OF[c] for c in type(error).__mro__ if c in KIND_OF), INTERNAL)
    extra: dict[str, object] = {}
    if isinstance(error, Unacceptable):
        extra["offered"] = list(error.offered)
    if isinstance(error, BadParameter):
        extra["parameter"] = error.parameter
    if isinstance(error, Gone):
        extra["lastRelease"] = error.last_release
        if error.replacement:
            extra["replacement"] = error.replacement
    if isinstance(error, PreconditionFailed):
        extra["etag"] = error.etag
    if isinstance(error, NoSuchRange):
        extra["size"] = error.size
    if isinstance(error, errors.QuerySyntax) and error.line:
        extra |= {"line": error.line, "column": error.column}
    if isinstance(error, errors.QueryTooBig):
        extra |= {"limit": error.limit, "unit": error.unit}
    if isinstance(error, errors.QueryTooSlow):
        extra["timeout"] = error.seconds
    wait = error.wait if isinstance(error, errors.QueryOverBudget) else kind.retry_after
    return Problem(kind, str(error), extra, wait)


def other(status: int) -> Kind:
    """A refusal of HTTP itself that needs no entry of its own."""
    return Kind("other", status, HTTPStatus(status).phrase, "See the sentence that comes with it.")
