"""Queries for the threads of the server, answered in processes that can be killed.

No query is parsed or evaluated in the process that serves: the engine has no timeout, cannot be
cancelled, and some queries end its process.
"""

import json
import math
import select
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from untocgraph.graph.errors import QueryAbandoned, QueryBusy, QueryCrashed, QueryTooSlow
from untocgraph.graph.store import Request
from untocgraph.server import wire
from untocgraph.server.wire import Frame

IN_MEMORY = 1 << 20  # bytes of an answer; a longer one goes to a temporary file
PIECE = 1 << 18  # bytes that are read at once


class HasFileno(Protocol):
    def fileno(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Close it, or use it in a with statement."""

    file: IO[bytes]  # at its start
    size: int  # bytes
    cut: bool = False  # it ends at `Request.max_rows`, and there is more

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


@dataclass(frozen=True, slots=True)
class Pool:
    """The workers behind one supervisor. Any number of threads may use it at once."""

    path: Path  # the supervisor's socket
    patience: float = 10.0  # seconds to wait for a worker to be free

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
        # The worker is read at full speed, whatever the client's, so that a slow client holds no
        # worker; and nothing is sent on before the outcome is known.
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)
        try:
            with self._connect() as connection:
                connection.setblocking(False)
                cut = _receive(
                    connection,
                    wire.client_key(client) + wire.order(store, request),
                    file,
                    timeout=math.inf if timeout is None else timeout,
                    patience=self.patience,
                    gone=gone,
                )
            size = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return Answer(file, size, cut)

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

    def _connect(self) -> socket.socket:
        """Raises QueryBusy if nobody listens: then the supervisor is about to be started again."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self.patience)
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise QueryBusy from None
        return connection


def _receive(
    connection: socket.socket,
    order: bytes,
    file: IO[bytes],
    *,
    timeout: float,
    patience: float,
    gone: HasFileno | None,
) -> bool:
    """Send *order* and write the answer to *file*; return whether it was cut as its client wanted.

    The query ends when *connection* is closed.
    """
    frames = wire.Frames()
    unsent = memoryview(order)
    started = False
    deadline = time.monotonic() + patience
    poll = select.poll()
    poll.register(connection, select.POLLIN | select.POLLOUT)
    if gone is not None:
        poll.register(gone, select.POLLRDHUP)  # not POLLIN: a next request may wait there
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise QueryTooSlow(timeout) if started else QueryBusy
        events = dict(poll.poll(math.ceil(left * 1000)))
        ready = events.pop(connection.fileno(), 0)
        if events:
            raise QueryAbandoned
        if ready & select.POLLOUT:
            try:
                unsent = unsent[connection.send(unsent) :]
            except ConnectionError:  # refused; why is still to be read
                unsent = unsent[:0]
            if not unsent:
                poll.modify(connection, select.POLLIN)
        if ready & ~select.POLLOUT:
            try:
                piece = connection.recv(PIECE)
            except ConnectionError:
                piece = b""
            for kind, data in frames.feed(piece):
                match kind:
                    case Frame.STARTED:
                        started = True
                        timeout = min(timeout, float(data))
                        deadline = time.monotonic() + timeout
                    case Frame.DATA:
                        file.write(data)
                    case Frame.END:
                        return data == wire.CUT
                    case Frame.ERROR:
                        raise wire.received_error(data)
            if not piece:
                raise QueryCrashed if started else QueryBusy
