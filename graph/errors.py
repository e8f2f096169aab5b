"""Every error of this project, as a tree. Each message says what to do next.

GraphError
├── BadBase                   the base IRI is not an absolute http(s) IRI with a final slash
├── SourceError               a source cannot be read as a report
├── NoLanguagePack            no pack for the language of a source
├── BadLanguagePack           an entry of a pack is wrong
├── NotPublished              there is no release to serve or query
├── ReleaseRefused            a build was not published: what was served before is served still
│   ├── Violated              the graph breaks shapes
│   ├── Misquoted             a quotation is not what the source has at its offsets
│   ├── BarInCell             a value of a table holds the sign that separates values
│   └── NotInXml              a value cannot be written in RDF/XML
├── QueryError                a query cannot be answered
│   ├── QuerySyntax           it is not SPARQL, or it is SPARQL that this server does not take
│   ├── QueryTooSlow          it ran past its deadline
│   ├── QueryTooBig           its answer passes the limit on rows or bytes
│   ├── QueryNotInXml         XML cannot hold its answer
│   ├── QueryOutOfMemory      it needs more memory than a query is given
│   ├── QueryFault            it meets a fault of the engine, which ended the worker
│   ├── QueryCrashed          its worker was ended from outside, or nobody knows how
│   ├── QueryMemoryShort      its worker was the largest when all together had too much
│   ├── QueryBusy             no worker was free to evaluate it
│   ├── QueryOverBudget       the client has used up its computing time
│   ├── QueryStoreFailed      the store behind this server did not answer as it should
│   ├── QueryNoRoom           the answer is long, and there is no room to keep it
│   └── QueryAbandoned        the client disconnected, so nobody waits for the answer
├── NothingToSearch           a search has no word that could be found
├── SearchTooSlow             a search ran past its deadline
├── StoreUnusable             the store named by --endpoint cannot be used
├── CannotListen              the socket of the supervisor is taken
├── PortUnavailable           the port of the server is taken
├── ServerEnded               a process of the server ended, so all of them do
├── Malformed                 what a client sends is no request in HTTP
├── AddressTooLong            the address of a request is too long
├── HeadTooLong               the header of a request is too long
├── BodyTooLong               the body of a request is too long
├── UnknownTransferCoding     the body of a request has a coding that is not read
├── NotFound                  a request asks for what is not there
├── Gone                      a request asks for what was there once
├── BadRequest                a request is not one that this server understands
├── BadParameter              a parameter of a request has a wrong value
├── UpdateRefused             a request asks to change the graph
├── UnsupportedMediaType      the body of a request has a type that is not taken
├── PreconditionFailed        what a request demands of a version does not hold
├── NoSuchRange               a request asks for bytes that the answer does not have
└── Unacceptable              nothing that is offered is what the client accepts
    ├── NotAcceptable         no media type
    ├── NoSuchProfile         no profile
    └── CodingNotAcceptable   no content coding
"""

from pathlib import Path


class GraphError(Exception):
    """Base of all errors raised here. The message says what to do next."""


class BadBase(GraphError):
    def __init__(self, base: str) -> None:
        super().__init__(
            f"The base {base!r} is not an absolute http or https address that ends in a slash; "
            "write it like https://example.org/kg/ ."
        )


class SourceError(GraphError):
    """A source that cannot be read as a report; *line* counts from 1 where it is known."""

    def __init__(self, source: Path, line: int | None, what: str) -> None:
        self.source = source
        self.line = line
        super().__init__(f"{source}{f', line {line}' if line else ''}: {what}")


class NoLanguagePack(GraphError):
    def __init__(self, language: str, offered: list[str]) -> None:
        super().__init__(
            f"There is no language pack for {language!r}, only for {', '.join(offered)}. "
            "Name the source for one of these, or add a pack in graph/languages/."
        )


class BadLanguagePack(GraphError):
    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"Language pack: {where} {what}; mend it in graph/languages/.")


class NotPublished(GraphError):
    """What was asked for is not in any release; the message says what to build or to ask for."""


class ReleaseRefused(GraphError):
    """A build that was not published: its graph breaks a rule, or the folder cannot take it.

    Nothing has changed: what was served before is served still.
    """


class QueryError(GraphError):
    """A query that cannot be answered."""


class QuerySyntax(QueryError):
    """Not SPARQL, or SPARQL that is not taken here; *line* and *column* count from 1 where known.

    *what* is one sentence or two, without the position.
    """

    def __init__(self, what: str, line: int | None = None, column: int | None = None) -> None:
        self.what = what
        self.line = line
        self.column = column
        super().__init__(f"Line {line}, column {column}: {what}" if line else what)


class QueryTooSlow(QueryError):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"The query ran past {seconds:g} s and was stopped. "
            "Add a LIMIT, name the report, or download the Turtle dump and query it at home."
        )


class QueryTooBig(QueryError):
    def __init__(self, limit: int, unit: str) -> None:
        self.limit = limit
        self.unit = unit  # "rows", "triples" or "bytes"
        super().__init__(
            f"The answer has more than {limit:,} {unit}, so nothing of it was sent. "
            "Ask for it in parts with ORDER BY, LIMIT and OFFSET, or download the dump."
        )


class QueryNotInXml(QueryError):
    def __init__(self, what: str, instead: str) -> None:
        self.what = what  # that XML has not
        self.instead = instead  # formats
        super().__init__(f"XML has not {what}, which the answer needs. Ask for {instead}.")


class QueryOutOfMemory(QueryError):
    def __init__(self, limit: int) -> None:
        self.limit = limit  # megabytes
        super().__init__(
            f"The query needs more than the {limit:,} MB of memory that a query is given, and "
            "asking again does not change that. Name the report, select fewer variables, or leave "
            "out ORDER BY, DISTINCT or GROUP_CONCAT; or download the dump and query it at home."
        )


class QueryFault(QueryError):
    def __init__(self, what: str) -> None:
        self.what = what  # the engine's own words
        super().__init__(
            "The query meets a fault of the engine that evaluates it, and asking again does not "
            f"change that. What is known of it: {what}. Write the query in another way, and report "
            "this together with the query."
        )


class QueryCrashed(QueryError):
    def __init__(self, how: str = "") -> None:
        self.how = how  # e.g. "SIGKILL"; empty if nobody knows
        told = f"was ended from outside ({how})" if how else "has ended, and nothing says why"
        super().__init__(f"The process that evaluated the query {told}. Ask again in some seconds.")


class QueryMemoryShort(QueryError):
    def __init__(self) -> None:
        super().__init__(
            "All queries together had used up the memory of this server, and this one had taken "
            "the most, so it was ended. Ask again in some seconds, or for less at a time."
        )


class QueryBusy(QueryError):
    def __init__(self) -> None:
        super().__init__(
            "All workers are busy with other queries. Nothing is wrong with yours: ask it again "
            "in some seconds."
        )


class QueryOverBudget(QueryError):
    def __init__(self, wait: int) -> None:
        self.wait = wait  # seconds
        super().__init__(
            "Your queries have used all the computing that a client is given for now. Ask again "
            f"in {wait} s, ask for less at a time, or download the dump and query it at home."
        )


class QueryStoreFailed(QueryError):
    def __init__(self, why: str = "") -> None:
        self.why = why  # for the operator's log; it may name the store, and so goes no further
        super().__init__(
            "The store behind this server did not answer as it should. Ask again in some seconds; "
            "pages, documents and dumps do not need it."
        )


class QueryNoRoom(QueryError):
    def __init__(self, why: str = "") -> None:
        self.why = why  # for the operator's log
        super().__init__(
            "The answer is long, and this server has no room for it now. Ask again in some "
            "seconds, or for less at a time, with LIMIT and OFFSET."
        )


class QueryAbandoned(QueryError):
    def __init__(self) -> None:
        super().__init__("Who asked the query hung up, so it was stopped.")
