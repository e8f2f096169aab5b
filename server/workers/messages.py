"""What the pool, the supervisor and the workers say to each other over Unix sockets.

A thread of the server sends the key of the client that asks, which the supervisor reads, and an
order, which the worker reads: its length, then JSON. A worker answers in frames: one byte
that says which, the length, the data. A short answer is such data; a long one is written to a file
that the worker opens and hands over, so that its bytes go through no other process on their way to
the client. An answer is whole only if END came; whoever reads takes an end of file before it for a
failure, whatever came before.
"""

import hashlib
import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import fields as fields_of
from enum import Enum
from pathlib import Path
from typing import Any

from untocgraph.graph.errors import (
    GraphError,
    QueryBusy,
    QueryCrashed,
    QueryError,
    QueryFault,
    QueryMemoryShort,
    QueryNoRoom,
    QueryNotInXml,
    QueryOutOfMemory,
    QueryOverBudget,
    QueryStoreFailed,
    QuerySyntax,
    QueryTooBig,
)
from untocgraph.graph.query.evaluate import Request
from untocgraph.graph.query.scan import QueryForm, Scan
from untocgraph.graph.query.tokens import Edit

MAX_ORDER = 16_000_000  # bytes; more than any query that may be evaluated
KEY = 16  # bytes that stand for a client
SHORT = 1 << 20  # bytes of an answer; a longer one comes in a file
CUT = b"cut"  # the answer ends where its client wanted it to
FIELDS = {kind: [each.name for each in fields_of(kind)] for kind in (Request, Scan)}
KINDS: dict[str, Callable[..., QueryError]] = {  # of errors that come over a socket
    kind.__name__: kind
    for kind in (
        QueryBusy,
        QueryCrashed,
        QueryFault,
        QueryMemoryShort,
        QueryNoRoom,
        QueryNotInXml,
        QueryOutOfMemory,
        QueryOverBudget,
        QueryStoreFailed,
        QuerySyntax,
        QueryTooBig,
    )
}
_LENGTH = struct.Struct("!I")
_HEAD = struct.Struct("!cI")


class Frame(Enum):
    STARTED = b"S"  # a worker has the query; data: the seconds that it is given
    DATA = b"D"  # the answer, if it is short
    FILE = b"F"  # with it comes the descriptor of a file, in which the whole answer will be
    END = b"E"  # that was all of it; data: CUT if it is not all that there is
    ERROR = b"X"  # there is no answer; data: see `error_frame`


_KINDS_OF_FRAME = {kind.value for kind in Frame}


def frame(kind: Frame, data: bytes = b"") -> bytes:
    return _HEAD.pack(kind.value, len(data)) + data


class Frames:
    """Frames from the pieces of a stream, which break anywhere."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, piece: bytes) -> Iterator[tuple[Frame, bytes]]:
        """The frames that *piece* completes."""
        self._waiting += piece
        while len(self._waiting) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._waiting)
            end = _HEAD.size + length
            if len(self._waiting) < end or kind not in _KINDS_OF_FRAME:
                return  # the latter, if a worker was ended in the middle of one
            data = bytes(self._waiting[_HEAD.size : end])
            del self._waiting[:end]
            yield Frame(kind), data


def client_key(client: str) -> bytes:
    """What stands for *client*, whose address is nobody's business but the server's."""
    return hashlib.blake2b(client.encode(), digest_size=KEY).digest()


def order(store: Path, request: Request) -> bytes:
    body = json.dumps({"store": str(store), "request": request}, default=_plain).encode()
    return _LENGTH.pack(len(body)) + body


def receive_order(connection: socket.socket) -> tuple[Path, Request]:
    """Raises ConnectionError if the other side ends before it has sent a whole order."""
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
    if length > MAX_ORDER:
        raise ConnectionError(f"an order of {length} bytes")
    body = json.loads(_receive(connection, length))
    request = _with_tuples(body["request"])
    if request["scan"]:
        scan = _with_tuples(request["scan"])
        edits = tuple(Edit(*each) for each in scan["edits"])
        request["scan"] = Scan(**scan | {"form": QueryForm(scan["form"]), "edits": edits})
    return Path(body["store"]), Request(**request)


def _plain(value: Request | Scan | Enum) -> object:
    if isinstance(value, Enum):
        return value.value
    return {name: getattr(value, name) for name in FIELDS[type(value)]}


def _with_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }


def _receive(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise ConnectionError("the order is cut short")
        received += piece
    return bytes(received)


def error_frame(error: QueryError) -> bytes:
    match error:
        case QuerySyntax():
            values: list[object] = [error.what, error.line, error.column]
        case QueryTooBig():
            values = [error.limit, error.unit]
        case QueryOverBudget():
            values = [error.wait]
        case QueryNotInXml():
            values = [error.what, error.instead]
        case QueryOutOfMemory():
            values = [error.limit]
        case QueryFault():
            values = [error.what]
        case QueryCrashed():
            values = [error.how]
        case _:
            values = []
    return frame(Frame.ERROR, json.dumps([type(error).__name__, values]).encode())


def received_error(data: bytes) -> QueryError:
    """The error that `error_frame` has sent."""
    name, values = json.loads(data)
    return KINDS[name](*values)


class CannotListen(GraphError):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"Cannot listen at {path}: {why}. Name another --socket.")


def listen(path: Path) -> socket.socket:
    """A socket that only this user can connect to. One that a dead supervisor left is replaced.

    Raises CannotListen.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise OSError("another supervisor listens there")
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
    except OSError as error:
        listener.close()
        raise CannotListen(path, error.strerror or str(error)) from None
    listener.listen(socket.SOMAXCONN)
    listener.setblocking(False)
    return listener
