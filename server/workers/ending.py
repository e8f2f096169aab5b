"""Why a worker has ended, from its status and from its own last words; nothing is guessed.

What the engine, the C library or the interpreter says as a process dies goes to its standard error.
That of a worker is a pipe, which the supervisor empties before it hands out a query, and reads once
the worker is dead: so what one query has caused is not told of another. The log of a worker goes
where it went before.
"""

import logging
import os
import re
import signal
import sys
from dataclasses import dataclass

from untocgraph.graph.errors import QueryCrashed, QueryError, QueryFault, QueryOutOfMemory

SIZE = 1 << 14  # bytes that are read of what is said during one query, from its beginning on
SAID = 400  # characters of it that go into the log

_NO_MEMORY = re.compile(
    r"memory allocation of \d+ bytes failed|std::bad_alloc|\bMemoryError\b"
    r"|[Cc]annot allocate memory|failed to allocate"
)
_PANIC = re.compile(r"panicked at (?P<place>[^\n]*):\n(?P<what>[^\n]+)")
_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}  # no fault causes these


@dataclass(slots=True)
class LastWords:
    """The standard error of one worker, as its supervisor hears it."""

    hears: int  # descriptors of a pipe that blocks nobody: what it does not take is lost
    speaks: int

    @classmethod
    def open(cls) -> "LastWords":
        """Raises OSError if no descriptor is left."""
        return cls(*os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))

    def begin(self) -> None:
        """Forget what was said before."""
        while self._heard():
            pass

    def read(self) -> str:
        """The beginning of what was said since."""
        return self._heard().decode("utf-8", "replace")

    def _heard(self) -> bytes:
        try:
            return os.read(self.hears, SIZE)
        except BlockingIOError:
            return b""

    def attach(self) -> None:
        """Become the standard error of this process, a worker; its log goes where it went."""
        before = os.fdopen(os.dup(2), "w", buffering=1)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(before)
        sys.stderr = before
        os.dup2(self.speaks, 2)
        self.close()

    def listen(self) -> None:
        """Keep the end of the supervisor alone."""
        os.close(self.speaks)
        self.speaks = -1

    def close(self) -> None:
        for descriptor in (self.hears, self.speaks):
            if descriptor >= 0:
                os.close(descriptor)


def cause(code: int, said: str, memory: int) -> QueryError:
    """What ended a worker, of which nobody asked that.

    *code* is its exit code, or the number of a signal below zero; *said* its standard error;
    *memory* the bytes that it might have.
    """
    if _NO_MEMORY.search(said):
        return QueryOutOfMemory(memory >> 20)
    if panic := _PANIC.search(said):
        return QueryFault(panic["what"])
    how = name_of(code)
    if code < 0 and -code in _OUTSIDE:
        return QueryCrashed(how)
    return QueryFault(f"it ended with {how}")


def name_of(code: int) -> str:
    """*code*, an exit code or a signal below zero, in words."""
    return signal.Signals(-code).name if code < 0 else f"status {code}"
