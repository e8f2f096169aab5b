"""A process that evaluates one query at a time, and may be killed at any moment.

It is forked by `server.workers.supervisor`. Over its channel it is given clients, sockets that are
already connected to a thread of the server; the answer goes straight to them.
"""

import logging
import os
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple, Self

from untocgraph.graph.errors import NotPublished, QueryError, QueryNoRoom, QueryStoreFailed
from untocgraph.graph.query.evaluate import AnswerLimits, Engine, Local, evaluate, open_store
from untocgraph.graph.query.scan import Bounds
from untocgraph.graph.release.publish import search_path
from untocgraph.server.workers import sandbox as confine
from untocgraph.server.workers.messages import CUT, SHORT, Frame, error_frame, frame, receive_order
from untocgraph.server.workers.remote_store import Endpoint, behind

log = logging.getLogger("untocgraph.worker")

IDLE = struct.Struct("!I")  # a worker to its supervisor: give this thread of mine a client
CLIENT = b"c"  # and back: here is one
STACK = 8 << 20  # bytes: what a deep query has in a main thread, too
AT_ONCE = 1 << 16  # bytes that an empty socket takes, whoever reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What evaluating queries may take."""

    workers: int = 2  # queries that are evaluated at the same time, slow ones apart
    slow: int = 22  # queries more, which have shown themselves to be slow
    spares: int = 1  # workers more, so that none is waited for where one was killed or is slow
    queue: int = 64  # queries that wait for a worker; more are refused
    timeout: float = 10.0  # seconds a query may run; a client may ask for less
    memory: int = 1 << 30  # bytes of data a worker may have
    total_memory: int = 4 << 30  # bytes that all workers together may have in use
    budget: float = 600.0  # seconds of computing a client may use in ten minutes; 0: any number
    limits: AnswerLimits = field(default_factory=AnswerLimits)
    bounds: Bounds = field(default_factory=Bounds)
    endpoint: Endpoint | None = None  # of another store, which then evaluates all queries
    stores: int = 2  # releases that a worker keeps open: the current one and the one before


def work(
    channel: socket.socket,
    settings: Settings,
    *,
    supervisor: int,  # its process
    close_network: bool,
    first: Path | None,  # a store to open before anybody asks
) -> None:
    """Answer clients until *channel* closes."""
    confine.die_with(supervisor)
    if close_network:
        confine.close_network()
    confine.limit_memory(settings.memory)
    engines = engines_of(settings)
    if first is not None:
        with suppress(OSError, NotPublished):  # it may be gone by now
            engines(first)
    threading.stack_size(STACK)
    unfinished = None
    while True:
        # A priority that was lowered is not raised again but by root, so a new thread goes on: what
        # was read of the store is still at hand, which a new process would have to read again.
        with ThreadPoolExecutor(1) as thread:
            unfinished = thread.submit(_serve, channel, engines, settings, unfinished).result()
        if unfinished is None:
            return
        confine.give_back_memory()


class Unfinished(NamedTuple):
    """An answer but for its end."""

    client: socket.socket
    end: bytes


def _serve(
    channel: socket.socket,
    engines: Callable[[Path], Engine],
    settings: Settings,
    unfinished: Unfinished | None,
) -> Unfinished | None:
    """Answer clients until the priority of this thread is lowered; None: until *channel* closes."""
    usual = os.getpriority(os.PRIO_PROCESS, 0)  # on Linux that of the thread
    while True:
        # First we say that we are idle, then the client is told that it has all. The other way
        # round, the client hangs up, the supervisor sees that first, and kills us for it.
        channel.send(IDLE.pack(threading.get_native_id()))
        if unfinished:
            with unfinished.client, suppress(ConnectionError, TimeoutError):
                unfinished.client.sendall(unfinished.end)
        message, descriptors, _, _ = socket.recv_fds(channel, len(CLIENT), 1)
        if not message:
            return None
        client = socket.socket(fileno=descriptors[0])
        unfinished = Unfinished(client, _answer(client, engines, settings))
        if os.getpriority(os.PRIO_PROCESS, 0) != usual:
            return unfinished


def engines_of(settings: Settings) -> Callable[[Path], Engine]:
    """What evaluates, by the store of the release that is asked."""
    if endpoint := settings.endpoint:
        return lru_cache(settings.stores)(lambda path: behind(path, endpoint))
    stores = lru_cache(settings.stores)(open_store)  # one that falls out of it is closed
    return lambda path: Local(stores(path))


def _answer(client: socket.socket, engines: Callable[[Path], Engine], settings: Settings) -> bytes:
    """Send the answer but for its end, and return that: it says whether the answer is whole."""
    client.settimeout(settings.timeout)
    try:
        path, request = receive_order(client)
        client.sendall(frame(Frame.STARTED, str(settings.timeout).encode()))
        with Reply(client) as reply:
            cut = evaluate(
                engines(path),
                request,
                reply.write,
                settings.limits,
                settings.bounds,
                search_path(path),
            )
            return reply.rest() + frame(Frame.END, CUT if cut else b"")
    except QueryStoreFailed as error:
        log.warning("the store failed: %s", error.why)
        return error_frame(error)
    except QueryNoRoom as error:
        log.warning("no room for an answer in TMPDIR: %s", error.why)
        return error_frame(error)
    except QueryError as error:
        return error_frame(error)
    except (ConnectionError, TimeoutError):  # it hung up, or it does not read
        return b""


class Reply:
    """An answer on its way to *client*: held while it is short, so that it leaves with its end and
    wakes its reader once; else written to a file, which the client has from then on.

    Use it in a with statement. Its methods raise QueryNoRoom if the disk is full.
    """

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._held: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    def write(self, piece: bytes) -> None:
        self._held.append(piece)
        self._size += len(piece)
        if self._size > SHORT:
            self._empty(self._file or self._open())

    def rest(self) -> bytes:
        """What has to come before END, if it can wait: few bytes, which a socket takes at once.

        For the worker says first that it is idle, and who is next might have it killed meanwhile.
        """
        if self._file is not None:
            with room():
                self._file.flush()
            return b""
        data = frame(Frame.DATA, b"".join(self._held))
        if len(data) <= AT_ONCE:
            return data
        self._client.sendall(data)
        return b""

    def _open(self) -> IO[bytes]:
        with room():
            self._file = tempfile.TemporaryFile()
        socket.send_fds(self._client, [frame(Frame.FILE)], [self._file.fileno()])
        return self._file

    def _empty(self, file: IO[bytes]) -> None:
        with room():
            file.writelines(self._held)
        self._held.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):  # what is still to be written to it
                self._file.close()


@contextmanager
def room() -> Iterator[None]:
    """Raises QueryNoRoom for what the disk does not take."""
    try:
        yield
    except OSError as error:
        raise QueryNoRoom(str(error)) from None
