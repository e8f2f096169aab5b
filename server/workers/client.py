"""Queries for the threads of the server, answered in processes that can be killed.

No query is parsed or evaluated in the process that serves: the engine has no timeout, cannot be
cancelled, and some queries end its process.
"""

import io
import json
import math
import mmap
import os
import resource
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from untocgraph.graph.errors import (
    QueryAbandoned,
    QueryBusy,
    QueryCrashed,
    QueryError,
    QueryTooSlow,
)
from untocgraph.graph.query.evaluate import Request
from untocgraph.server.workers import messages as wire
from untocgraph.server.workers.messages import Frame

PIECE = 1 << 18  # bytes that are read at once

Body = bytes | mmap.mmap  # of a whole answer


class HasFileno(Protocol):
    def fileno(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Close it, or use it in a with statement."""

    file: IO[bytes]  # at its start
    size: int  # bytes
    cut: bool = False  # it ends at `Request.max_rows`, and there is more

    def body(self) -> Body:
        """All of it; what stands in a file is mapped, not read. Closes the answer."""
        with self:
            if isinstance(self.file, io.BytesIO):
                return self.file.getvalue()
            if self.file.fileno() >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2:
                return self.file.read()  # a mapping holds a descriptor, of which few are left
            return mmap.mmap(self.file.fileno(), self.size, access=mmap.ACCESS_READ)

    def chunks(self) -> Iterator[bytes]:
        """The bytes from where the file stands, for a WSGI response; closes the answer."""
        with self:
            while piece := self.file.read(PIECE):
                yield piece

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Asking:
    """One query at work, for whoever waits for its answer: a thread, or a loop that waits for many.

    Who waits calls `send` while there is something to send and the connection takes it, `read` when
    something has come, and `expire` at the deadline. The query ends when this is closed.
    """

    def __init__(
        self, connection: socket.socket, order: bytes, *, timeout: float, patience: float
    ) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.deadline = time.monotonic() + patience  # moves once a worker has begun
        self.outcome: Answer | QueryError | None = None  # None: it goes on
        self._order = order
        self._unsent = memoryview(order)
        self._timeout = timeout
        self._started = False
        self._frames = wire.Frames()
        # Nothing of it is sent on before the outcome is known, so a slow client holds no worker.
        self._file: IO[bytes] = io.BytesIO()

    def asks(self, order: bytes) -> bool:
        """Whether it is this that *order* asks."""
        return self._order == order

    @property
    def unsent(self) -> bool:
        return bool(self._unsent)

    def send(self) -> None:
        try:
            self._unsent = self._unsent[self.connection.send(self._unsent) :]
        except BlockingIOError:
            pass
        except ConnectionError:  # refused; why is still to be read
            self._unsent = self._unsent[:0]

    def read(self) -> None:
        """Take what has come; it may bring the outcome."""
        try:
            piece, descriptors, _, _ = socket.recv_fds(self.connection, PIECE, 1)
        except BlockingIOError:
            return
        except ConnectionError:
            piece, descriptors = b"", []
        if descriptors:
            os.set_inheritable(descriptors[0], False)
            self._file = os.fdopen(descriptors[0], "rb")
        for kind, data in self._frames.feed(piece):
            match kind:
                case Frame.STARTED:
                    self._started = True
                    self._timeout = min(self._timeout, float(data))
                    self.deadline = time.monotonic() + self._timeout
                case Frame.DATA:
                    self._file = io.BytesIO(data)
                case Frame.FILE if isinstance(self._file, io.BytesIO):
                    self.outcome = QueryBusy()  # no descriptor is left here, so it is lost
                    return
                case Frame.END:
                    size = self._file.seek(0, os.SEEK_END)
                    self._file.seek(0)
                    self.outcome = Answer(self._file, size, cut=data == wire.CUT)
                    return
                case Frame.ERROR:
                    self.outcome = wire.received_error(data)
                    return
        if not piece:
            late = time.monotonic() >= self.deadline
            self.outcome = self._lateness() if late else self._failure()

    def expire(self) -> None:
        """Its time is over."""
        self.outcome = self._lateness()

    def close(self) -> None:
        """End the query, if it goes on. An answer that has come stays open for who has it."""
        self.connection.close()
        if not isinstance(self.outcome, Answer):
            self._file.close()

    def abandon(self) -> None:
        """End the query; nobody has its answer."""
        self.connection.close()
        self._file.close()

    def _lateness(self) -> QueryError:
        return QueryTooSlow(self._timeout) if self._started else QueryBusy()

    def _failure(self) -> QueryError:
        return QueryCrashed() if self._started else QueryBusy()


@dataclass(frozen=True, slots=True)
class Pool:
    """The workers behind one supervisor. Any number of threads may use it at once."""

    path: Path  # the supervisor's socket
    patience: float = 10.0  # seconds to wait for a worker to be free
    # What was asked already for a client, by its connection, and is now for a thread to wait for.
    begun: dict[HasFileno, Asking] = field(default_factory=dict)

    def answer(
        self,
        store: Path,
        request: Request,
        *,
        client: str = "",
        timeout: float | None = None,
        gone: HasFileno | None = None,
    ) -> Answer:
        """The whole answer of *request* on the release whose store is at *store*.

        *client* is whose turn and budget the query takes. *timeout*, in seconds, lowers the
        supervisor's own and never raises it. *gone* is the client's connection: if it hangs up,
        or only closes its side, the query is ended.

        Raises QuerySyntax, QueryTooSlow, QueryTooBig, QueryCrashed, QueryBusy, QueryOverBudget or
        QueryAbandoned.
        """
        asking = self._begun(store, request, client, gone) if gone is not None else None
        asking = asking or self.ask(store, request, client=client, timeout=timeout)
        try:
            _wait(asking, gone)
        finally:
            asking.close()
        if isinstance(asking.outcome, Answer):
            return asking.outcome
        assert asking.outcome is not None
        raise asking.outcome

    def ask(
        self,
        store: Path,
        request: Request,
        *,
        client: str = "",
        timeout: float | None = None,
        at_once: bool = False,
    ) -> Asking:
        """Begin to ask what `answer` asks; *at_once*: without waiting for the supervisor's ear.

        Raises QueryBusy if nobody listens: then the supervisor is about to be started again.
        """
        try:
            connection = socket.socket(socket.AF_UNIX)
        except OSError:  # no descriptor is left; the loop of the server must live on
            raise QueryBusy from None
        try:
            connection.settimeout(0 if at_once else self.patience)
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise QueryBusy from None
        limit = math.inf if timeout is None else timeout
        asking = Asking(
            connection, _order(store, request, client), timeout=limit, patience=self.patience
        )
        asking.send()
        return asking

    def _begun(self, store: Path, request: Request, client: str, gone: HasFileno) -> Asking | None:
        asking = self.begun.pop(gone, None)
        if asking is None or asking.asks(_order(store, request, client)):
            return asking
        asking.abandon()  # a new release has come meanwhile
        return None

    def state(self) -> dict[str, Any]:
        """How the pool is, for a monitor: whether it answers, and what the supervisor says."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(f"{self.path}.state")
                with connection.makefile("rb") as stream:
                    state: dict[str, Any] = json.load(stream)
        except (OSError, ValueError):
            return {"answers": False}
        return {"answers": state["ready"] > 0} | state


def _order(store: Path, request: Request, client: str) -> bytes:
    return wire.client_key(client) + wire.order(store, request)


def _wait(asking: Asking, gone: HasFileno | None) -> None:
    """Wait until *asking* has its outcome. Raises QueryAbandoned if its client hangs up."""
    poll = select.poll()
    poll.register(asking.connection, select.POLLIN | (select.POLLOUT if asking.unsent else 0))
    if gone is not None:
        poll.register(gone, select.POLLRDHUP)  # not POLLIN: a next request may wait there
    while asking.outcome is None:
        left = asking.deadline - time.monotonic()
        if left <= 0:
            asking.expire()
            return
        events = dict(poll.poll(math.ceil(left * 1000)))
        ready = events.pop(asking.connection.fileno(), 0)
        if events:
            raise QueryAbandoned
        if ready & select.POLLOUT:
            asking.send()
            if not asking.unsent:
                poll.modify(asking.connection, select.POLLIN)
        if ready & ~select.POLLOUT:
            asking.read()
