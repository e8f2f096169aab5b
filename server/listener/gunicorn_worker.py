"""The process that takes requests: a thread gets one only when all of it is here.

gunicorn's own worker gives a thread to each new connection and lets it wait there for what the
client sends. A hundred connections on which nothing comes, or half a request, then shut out
everybody else. Here one loop waits for all connections at once, whatever they send or do not send,
and each has its time. A request whose answer is kept needs no thread: the loop sends it. Nor does a
usual query: the loop waits for its answer as well (`lane`).
"""

import errno
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn import http
from gunicorn.workers.gthread import TConn, ThreadWorker

from untocgraph.graph.errors import GraphError
from untocgraph.server.http.framing import MAX_HEAD, Progress, unreadable
from untocgraph.server.http.problems import Malformed
from untocgraph.server.listener.fast_path import Express, Usual
from untocgraph.server.listener.query_fast_path import Lane, Pending
from untocgraph.server.listener.refusal import refusal
from untocgraph.server.workers.client import Body, Pool

PATIENCE = 10.0  # seconds that a client has to send a request in
FAREWELL = 2.0  # seconds that it has to hang up in, once it has its answer
MAX_AHEAD = 64 << 10  # bytes that a client may send while its query is at work
MAX_HELD = 64 << 20  # bytes of requests that are not yet whole
TICK = 0.25  # seconds between two looks for those whose time is over
AT_ONCE = 16  # connections that are let in before others are heard
PIECE = 64 << 10  # bytes that are read at once

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)

CUT = Malformed("The request ended before it was whole.")


@dataclass(slots=True, eq=False)
class Waiting:
    """A connection on which something is awaited."""

    connection: Any
    until: float  # by time.monotonic()
    data: bytearray = field(default_factory=bytearray)
    progress: Progress = field(default_factory=Progress)  # of the request that data begins with
    leaves: bool = False  # it has had its answer: what comes is not read, only its end awaited
    pending: Pending | None = None  # its request, of which data holds the bytes, awaits an answer
    asked: int = 0  # bytes of that request


def send_rest(connection: Any, pieces: list[Body], sent: int) -> bool:
    """Send what a client has not taken at once, all but *sent* bytes. Returns whether it has."""
    try:
        connection.sock.setblocking(True)
        for piece in pieces:
            connection.sock.sendall(memoryview(piece)[sent:])
            sent = max(0, sent - len(piece))
    except OSError:
        return False
    return True


class Gate(ThreadWorker):  # type: ignore[misc]  # has no types
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waiting: dict[Waiting, None] = {}  # in the order in which they came
        self._held = 0  # bytes
        self._looked = 0.0  # when those whose time was over were let go, by time.monotonic()
        self._asking: set[Waiting] = set()  # those that have something pending
        self._heads: dict[socket.socket, bytes] = {}  # of the requests that threads have
        self._express: Express | None = None
        self._lane: Lane | None = None

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._pool: Pool = self.wsgi.config["POOL"]
        if not self.cfg.accesslog:  # which the long way writes
            self._express = Express(self.wsgi.wsgi_app)
            self._lane = Lane(self.wsgi, self._express)

    def accept(self, listener: socket.socket) -> None:
        for _ in range(AT_ONCE):
            if self.nr_conns >= self.worker_connections or not self._let_in(listener):
                break
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _let_in(self, listener: socket.socket) -> bool:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self._make_room()
            return False
        self.nr_conns += 1
        self._await(TConn(self.cfg, client, address, listener.getsockname()), PATIENCE)
        return True

    def _await(self, connection: Any, patience: float, data: bytes = b"") -> None:
        """Wait until a request is whole; *data* is what has come of it."""
        connection.sock.setblocking(False)
        waiting = Waiting(connection, time.monotonic() + patience, bytearray(data))
        self._waiting[waiting] = None
        self._held += len(data)
        self.poller.register(connection.sock, EVENT_READ, partial(self._hear, waiting))
        self._hear(waiting)  # a request mostly comes with its connection

    def _hear(self, waiting: Waiting, _: object = None) -> None:
        if waiting not in self._waiting:  # let go earlier in this turn of the loop
            return
        try:
            piece = waiting.connection.sock.recv(PIECE)
        except BlockingIOError:
            piece = None
        except OSError:
            piece = b""
        if piece == b"" and waiting.data and not waiting.pending:
            self._refuse(waiting, CUT)
        elif piece == b"":
            self._let_go(waiting)
        elif not waiting.leaves:
            self._add(waiting, piece or b"")

    def _add(self, waiting: Waiting, piece: bytes) -> None:
        if piece and not waiting.data:
            waiting.until = time.monotonic() + PATIENCE
        waiting.data += piece
        self._held += len(piece)
        if waiting.pending:  # the next request is for later
            if len(waiting.data) > waiting.asked + MAX_AHEAD:
                self._let_go(waiting)
        elif waiting.data:
            self._look(waiting)
        while self._held > MAX_HELD:
            self._let_go(max(self._waiting, key=lambda each: len(each.data)))

    def _look(self, waiting: Waiting) -> None:
        """See whether a request has come, and have it answered."""
        try:
            is_whole = waiting.progress.is_whole(waiting.data)
        except GraphError as error:
            self._refuse(waiting, error)
            return
        if self._encourage(waiting):
            self._look(waiting)
        elif is_whole:
            self._take(waiting)

    def _encourage(self, waiting: Waiting) -> bool:
        """Tell a client that asks before it sends a body to go on. Returns whether it asks."""
        asked = _EXPECTS.search(waiting.data, 0, waiting.progress.head)
        if asked is None:
            return False
        del waiting.data[asked.start() : asked.end()]
        self._held -= asked.end() - asked.start()
        waiting.progress = Progress()
        try:
            waiting.connection.sock.send(CONTINUE)
        except OSError:
            pass  # we shall hear of it
        return True

    def _refuse(self, waiting: Waiting, error: GraphError) -> None:
        """Have a thread say why a request cannot be answered, and hang up."""
        self._forget(waiting)
        head = bytes(waiting.data[:MAX_HEAD])
        self._to_thread(waiting.connection, self._send_refusal, error, head)

    def _send_refusal(self, connection: Any, error: GraphError, head: bytes) -> bool:
        try:
            connection.sock.setblocking(True)
            connection.sock.sendall(refusal(self.wsgi, error, head))
        except OSError:
            pass  # it is gone
        return False  # nobody knows where the next request begins

    def handle_error(self, request: Any, client: Any, address: Any, error: Exception) -> None:
        """Say what gunicorn's parser finds wrong, in our words."""
        if (found := unreadable(error)) is None:
            super().handle_error(request, client, address, error)
            return
        try:
            client.sendall(refusal(self.wsgi, found, self._heads.get(client, b"")))
        except OSError:
            pass  # it is gone

    def _take(self, waiting: Waiting) -> None:
        """Answer a whole request, or ask for its answer, or give it to a thread."""
        usual = self._express.read(bytes(waiting.data)) if self._express and self.alive else None
        if usual is None or not (self._answer(waiting, usual) or self._ask(waiting, usual)):
            self._hand_over(waiting)

    def _answer(self, waiting: Waiting, usual: Usual) -> bool:
        """Send the answer, if it is kept. Returns whether it is."""
        pieces = self._express.answer(usual) if self._express else None
        if pieces is None:
            return False
        if self._send(waiting, pieces, len(waiting.data)):
            self._look(waiting)
        return True

    def _ask(self, waiting: Waiting, usual: Usual) -> bool:
        """Have a query answered, if that is what it is. Returns whether it is."""
        pending = self._lane.begin(usual, waiting.connection.client[0]) if self._lane else None
        if pending is None:
            return False
        waiting.pending, waiting.asked = pending, len(waiting.data)
        waiting.until = pending.asking.deadline
        self._asking.add(waiting)
        events = EVENT_READ | (EVENT_WRITE if pending.asking.unsent else 0)
        self.poller.register(pending.asking.connection, events, partial(self._progress, waiting))
        return True

    def _progress(self, waiting: Waiting, _: object = None) -> None:
        """Something has come of an answer."""
        pending = waiting.pending
        if pending is None:  # let go earlier in this turn of the loop
            return
        asking = pending.asking
        if asking.unsent:
            asking.send()
            if not asking.unsent:
                self.poller.modify(asking.connection, EVENT_READ, partial(self._progress, waiting))
        asking.read()
        waiting.until = asking.deadline
        if asking.outcome is not None:
            self._conclude(waiting, pending)

    def _conclude(self, waiting: Waiting, pending: Pending) -> None:
        """The outcome of a query is known."""
        made = self._lane.finish(pending) if self._lane and self.alive else None
        if self._lane is None or made is None:
            self._hand_over(waiting)
            return
        self._part(waiting)
        pending.asking.close()
        has_more = self._send(waiting, self._lane.pieces(made), waiting.asked)
        self._lane.keep(pending, made)  # before the next request, which may ask the same
        if has_more:
            self._look(waiting)

    def _part(self, waiting: Waiting) -> Pending | None:
        """Take from *waiting* what it has pending."""
        pending, waiting.pending = waiting.pending, None
        if pending:
            self._asking.discard(waiting)
            self.poller.unregister(pending.asking.connection)
        return pending

    def _send(self, waiting: Waiting, pieces: list[Body], size: int) -> bool:
        """Answer the request in the first *size* bytes of the data.

        Returns whether there is more to be looked at.
        """
        connection = waiting.connection
        try:
            sent = connection.sock.sendmsg(pieces)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._let_go(waiting)
            return False
        self._held -= size
        del waiting.data[:size]
        waiting.progress = Progress()
        if sent < sum(map(len, pieces)):
            self._forget(waiting)
            if waiting.data:  # the next request
                self._unread(waiting)
            self._to_thread(connection, send_rest, pieces, sent)
            return False
        waiting.until = time.monotonic() + self.cfg.keepalive
        self._waiting[waiting] = self._waiting.pop(waiting)  # not the oldest any more
        return bool(waiting.data)

    def _to_thread(self, connection: Any, task: Callable[..., object], *arguments: object) -> None:
        """As gunicorn's `enqueue_req` does; then comes `finish_request`."""
        done = self.tpool.submit(task, connection, *arguments)
        done.add_done_callback(partial(self.method_queue.defer, self.finish_request, connection))

    def _hand_over(self, waiting: Waiting) -> None:
        """Give the request to a thread, with what was asked for it already."""
        pending = self._part(waiting)
        self._forget(waiting)
        self._unread(waiting)
        self._heads[waiting.connection.sock] = bytes(waiting.data[: waiting.progress.head])
        if pending:
            self._pool.begun[waiting.connection.sock] = pending.asking
        self._to_thread(waiting.connection, self.handle)

    def _unread(self, waiting: Waiting) -> None:
        """Have what was read be read by gunicorn's parser."""
        connection = waiting.connection
        if connection.parser is None:
            connection.parser = http.get_parser(self.cfg, connection.sock, connection.client)
            connection.initialized = True
        connection.parser.unreader.unread(bytes(waiting.data))

    def finish_request(self, connection: Any, done: "Future[Any]") -> None:
        """A thread has answered."""
        self._heads.pop(connection.sock, None)
        if unused := self._pool.begun.pop(connection.sock, None):
            unused.abandon()
        try:
            stays = not done.cancelled() and done.result()
            if stays:
                patience = self.cfg.keepalive if self.alive else FAREWELL
                parser = connection.parser  # none yet where all answers were kept
                self._await(
                    connection, patience, parser.unreader.take_buffered() if parser else b""
                )
            else:
                self._see_off(connection)
        except Exception:
            self.log.exception("A connection is given up")
            self.nr_conns -= 1
            connection.close()

    def _see_off(self, connection: Any) -> None:
        """Hang up, but read on for a while, or what the client has sent would make its kernel throw
        the end of our answer away. Source: RFC 9112, 9.6.
        """
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it is gone
            self.nr_conns -= 1
            connection.close()
            return
        waiting = Waiting(connection, time.monotonic() + FAREWELL, leaves=True)
        self._waiting[waiting] = None
        self.poller.register(connection.sock, EVENT_READ, partial(self._hear, waiting))

    def _forget(self, waiting: Waiting) -> None:
        del self._waiting[waiting]
        self._held -= len(waiting.data)
        self.poller.unregister(waiting.connection.sock)

    def _let_go(self, waiting: Waiting) -> None:
        if pending := self._part(waiting):
            pending.asking.abandon()
        self._forget(waiting)
        self.nr_conns -= 1
        waiting.connection.close()

    def _make_room(self) -> None:
        """Let the connection go that has been waited for the longest."""
        if idle := next((each for each in self._waiting if each.pending is None), None):
            self._let_go(idle)

    # What gunicorn's loop calls at each turn, and its names for it.

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self._asking:
            first = min(waiting.until for waiting in self._asking)
            timeout = min(timeout, max(0.0, first - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)

    def murder_keepalived(self, force: bool = False) -> None:
        now = time.monotonic()
        for waiting in [each for each in self._asking if each.until <= now]:
            self._expire(waiting)
        if not force and now < self._looked + TICK:
            return
        self._looked = now
        for waiting in [each for each in self._waiting if force or each.until <= now]:
            self._let_go(waiting)

    def _expire(self, waiting: Waiting) -> None:
        """The time of a query is over."""
        if waiting.pending:
            waiting.pending.asking.expire()
            self._hand_over(waiting)  # which says so

    def murder_pending(self) -> None:
        """Nobody waits in gunicorn's own list."""

    def _cap_keepalive(self, deadline: float) -> None:
        for waiting in self._waiting:
            if not waiting.data:
                waiting.until = min(waiting.until, deadline)
