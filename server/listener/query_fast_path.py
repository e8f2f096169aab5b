"""Queries that the loop which hears the clients asks itself: no thread waits for their answers.

A thread, gunicorn's parser and Flask take five times as long as a small query. So the loop asks the
pool for what a usual GET wants, and goes on; when the answer is whole and short it leaves as a kept
one does. All else goes the long way, with what has been asked already: an error, a long answer, a
page. `server.web.routes.sparql` decides for both ways, and the headers are those that Flask gave to
an answer of the same kind, so the bytes are the same whichever way an answer went.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flask import Flask

from untocgraph.graph.errors import GraphError
from untocgraph.graph.query.scan import QueryForm
from untocgraph.server.cache.answers import Finished, FinishedAnswers
from untocgraph.server.cache.responses import Headers, Key, Ready, kept_answer, on_the_wire
from untocgraph.server.http.codings import Chosen, choose_coding
from untocgraph.server.http.negotiation import HTML, Choice, named_or_accepted, offered
from untocgraph.server.http.sparql_protocol import asked
from untocgraph.server.listener.fast_path import Express, Usual
from untocgraph.server.repository.snapshot import Snapshot
from untocgraph.server.web.paths import address_seen, household
from untocgraph.server.web.responses import etag, validator_of
from untocgraph.server.web.routes.sparql import decide, written_as
from untocgraph.server.workers.client import Answer, Asking, Body, Pool

PATH = "/sparql"
STATUS = "200 OK"
MOST = 1 << 22  # bytes of an answer; a longer one takes a thread
MOST_CODED = 1 << 16  # bytes of one that is to be coded
REMEMBERED = 256  # headers of clients


class Shape(NamedTuple):
    """All that headers depend on, but for ETag and length."""

    content_type: str
    by_accept: bool  # and not by a name, as in ?format=
    coding: str
    coded: bool


@dataclass(slots=True, eq=False)
class Pending:
    """A request whose query is at work."""

    usual: Usual
    held: Snapshot
    asking: Asking
    choice: Choice
    by_accept: bool  # how it was chosen
    coding: Chosen
    known_as: str  # its ETag, without the quotation marks

    @property
    def most(self) -> int:
        """Bytes of an answer that the loop sends."""
        return MOST_CODED if self.coding.coding else MOST


class Made(NamedTuple):
    """A whole answer."""

    headers: Headers
    body: Body
    coded: bool


class Lane:
    """For one thread, that of the loop."""

    def __init__(self, app: Flask, express: Express) -> None:
        self._express = express
        self._ready: Ready = app.wsgi_app  # type: ignore[assignment]
        self._finished: FinishedAnswers = app.config["FINISHED"]
        self._pool: Pool = app.config["POOL"]
        self._proxies: int = app.config["SETTINGS"].trusted_proxies
        self._headers: dict[Shape, Headers] = {}
        self._samples: dict[Shape, Key] = {}  # what to learn them from
        self._learnt_from: Snapshot | None = None

    def begin(self, usual: Usual, connected: str) -> Pending | None:
        """Ask what *usual* wants to know; None if it goes the long way.

        *connected* is the address at the other end of the connection.
        """
        path, _, query = usual.target.partition("?")
        if usual.fields.if_none_match is not None or not path.endswith(PATH):
            return None
        try:
            held = self._ready.snapshot()
            question = asked("GET", query.encode("ascii"), None, b"")
            if question is None or path not in (PATH, f"{held.root}{PATH[1:]}"):
                return None
            decided = decide(
                question,
                held.base,
                lambda form: chosen(question.formats, usual.fields.accept, form)[0],
            )
            by_accept = chosen(question.formats, usual.fields.accept, decided.scan.form)[1]
            coding = coding_for(usual.fields.accept_encoding)
            validator = validator_of(held, PATH, decided.choice, decided.key)
            known_as = etag(*validator, coding.name)
            is_page = decided.choice.representation is HTML
            if is_page or not decided.scan.repeatable or self._finished.get(known_as):
                return None
            address = address_seen(connected, usual.fields.forwarded, self._proxies)
            asking = self._pool.ask(
                held.release.store_path,
                decided.request(held.base),
                client=household(address),
                timeout=question.timeout,
                at_once=True,
            )
        except GraphError:  # it is told by who goes the long way
            return None
        return Pending(usual, held, asking, decided.choice, by_accept, coding, known_as)

    def finish(self, pending: Pending) -> Made | None:
        """The answer; None if it goes the long way."""
        found = pending.asking.outcome
        if not isinstance(found, Answer) or found.cut or found.size > pending.most:
            return None
        coding = pending.coding.coding if pending.coding.fits(found.size) else None
        content_type = pending.choice.content_type
        shape = Shape(content_type, pending.by_accept, pending.coding.name, coding is not None)
        headers = self._like(shape, pending)
        if headers is None:
            return None
        body = found.body()
        if coding:
            body = b"".join(coding.encode([bytes(body)]))
        own = {"ETag": f'"{pending.known_as}"', "Content-Length": str(len(body))}
        complete = [(name, own.get(name, value)) for name, value in headers]
        return Made(complete, body, coding is not None)

    def pieces(self, made: Made) -> list[Body]:
        return self._express.pieces(STATUS, on_the_wire(made.headers), made.body)

    def keep(self, pending: Pending, made: Made) -> None:
        """Keep the answer for who asks the same; it has left by now."""
        key = pending.usual.key
        kept = kept_answer(key, STATUS, made.headers, made.body)
        self._ready.keep(pending.held, key, kept)
        if len(made.body) <= self._finished.most:
            belonging = (("Content-Encoding", pending.coding.name),) if made.coded else ()
            self._finished.add(pending.known_as, Finished(made.body, belonging))

    def _like(self, shape: Shape, pending: Pending) -> Headers | None:
        """The headers that Flask gave to an answer of this shape; None if none is known yet.

        Then this answer goes the long way, to learn from.
        """
        if self._learnt_from is not pending.held:
            self._learnt_from = pending.held
            self._headers.clear()
            self._samples.clear()
        if shape not in self._headers:
            sample = self._samples.get(shape)
            kept = self._ready.kept(sample) if sample else None
            if kept is None:
                self._samples[shape] = pending.usual.key
                return None
            self._headers[shape] = kept.headers
        return self._headers[shape]


@lru_cache(REMEMBERED)
def chosen(names: tuple[str, ...], accept: str | None, form: QueryForm) -> tuple[Choice, bool]:
    """See `named_or_accepted`. Raises NotAcceptable."""
    return named_or_accepted(names, accept, offered(*written_as(form)))


@lru_cache(REMEMBERED)
def coding_for(accept_encoding: str | None) -> Chosen:
    """Raises CodingNotAcceptable."""
    return choose_coding(accept_encoding)
