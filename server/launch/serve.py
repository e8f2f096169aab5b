"""Starts what serves a release, and ends it together: the supervisor of queries, then gunicorn.

The port is taken first, so that a port in use is one sentence, and a client that comes early waits
instead of being refused. Then this process only waits: for a signal, which ends both programs, or
for one of them to end. A supervisor that ends is started again; the end of gunicorn ends all. If
this process is killed, the kernel ends both.

The supervisor is no child of gunicorn's, for it forks, and may only do so while it has no threads.
"""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Self

from untocgraph.graph.errors import GraphError
from untocgraph.graph.release.publish import current
from untocgraph.server.workers import sandbox as confine
from untocgraph.server.workers.remote_store import Endpoint, checked

GRACE = 10  # seconds that a request in flight has to end in, once the server is told to stop
UNHEARD = 30  # seconds after which a client from which nothing is heard is given up
CHECKING = 60.0  # seconds that another store has to say what it holds
# The engine frees and takes pieces of memory all the time, and glibc has 7 of each size at hand.
# With more, queries take up to a fifth less time (DECISIONS 33). Source: glibc manual, 39.2.
TUNABLES = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=200"}
STEADY = 5  # seconds after which a supervisor that ends is worth starting again


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How to serve."""

    folder: Path  # of releases
    bind: str = "127.0.0.1"  # an address of this machine
    port: int = 8000  # 0: any that is free
    workers: int = 2  # processes that take requests
    threads: int = 96  # in each of them: as many requests as may wait for an answer at once
    query_workers: int = 2  # processes that answer queries, slow ones apart
    queue: int = 64  # queries that may wait for one of them
    timeout: float = 10.0  # seconds that a query may run
    memory: int = 1024  # megabytes that a query may take
    total_memory: int = 4096  # megabytes that all queries together may take
    max_rows: int = 1_000_000  # of an answer
    max_size: int = 64  # megabytes of an answer
    cache: int = 256  # megabytes of answers that all processes together keep
    budget: float = 600.0  # seconds of computing that a client may use in ten minutes; 0: any
    endpoint: str | None = None  # of another store, which evaluates the queries
    trusted_proxies: int = 0  # in front of us, whose word on the client's address counts
    access_log: bool = False  # to standard output


class PortUnavailable(GraphError):
    def __init__(self, bind: str, port: int, why: str) -> None:
        super().__init__(
            f"Cannot listen on {bind}, port {port}: {why}. Name another port, or end the program "
            "that holds this one."
        )


class ServerEnded(GraphError):
    def __init__(self, what: str, status: int) -> None:
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        super().__init__(f"The {what} ended {how}, and serving with it; its last words are above.")


class Stop(Exception):
    """A signal asks us to end."""


def serve(serving: Serving, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. *ready* is given the address once all has started.

    Raises NotPublished if there is nothing to serve, StoreUnusable if another store cannot stand
    behind it, PortUnavailable if the port is not to be had, ServerEnded if one of the programs ends
    by itself, for good.
    """
    release = current(serving.folder)
    store = Endpoint.from_environment(serving.endpoint, CHECKING) if serving.endpoint else None
    if store:
        store = checked(store, release.manifest)
    with (
        listening(serving.bind, serving.port) as listener,
        tempfile.TemporaryDirectory(prefix="untocgraph-") as folder,
        stopped_by_signal(),
    ):
        pool = Path(folder, "pool")
        environment = os.environ | {
            "UNTOCGRAPH_FOLDER": str(serving.folder.absolute()),
            "UNTOCGRAPH_POOL": str(pool),
            "UNTOCGRAPH_TRUSTED_PROXIES": str(serving.trusted_proxies),
            "UNTOCGRAPH_LIMITS": json.dumps(limits(serving)),
            "UNTOCGRAPH_CACHE_SHARE": str(serving.cache * 1_000_000 // serving.workers),
        }
        command = supervisor_command(serving, pool, store)
        with Program("supervisor", command, TUNABLES | environment) as supervisor:
            await_socket(pool, supervisor)
            gunicorn = gunicorn_command(serving, listener)
            with Program("web server", gunicorn, environment, listener) as front:
                ready(address(listener))
                watch(supervisor, front)


def limits(serving: Serving) -> dict[str, float]:
    """What the endpoint tells of its limits, see `service.Limits`."""
    return {
        "timeout": serving.timeout,
        "rows": serving.max_rows,
        "size": serving.max_size * 1_000_000,
    }


def supervisor_command(serving: Serving, pool: Path, store: Endpoint | None) -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "untocgraph.server.workers.supervisor"),
        *("--folder", str(serving.folder.absolute())),
        *("--socket", str(pool)),
        *("--workers", str(serving.query_workers)),
        *("--queue", str(serving.queue)),
        *("--timeout", str(serving.timeout)),
        *("--memory", str(serving.memory)),
        *("--total-memory", str(serving.total_memory)),
        *("--max-rows", str(serving.max_rows)),
        *("--max-size", str(serving.max_size)),
        *("--budget", str(serving.budget)),
        *(("--endpoint", store.url) if store else ()),
        *(("--name-graphs",) if store and store.names_graphs else ()),
    ]


def gunicorn_command(serving: Serving, listener: socket.socket) -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "gunicorn"),
        *("--config", "python:untocgraph.server.launch.gunicorn_conf"),
        *("--bind", f"fd://{listener.fileno()}"),
        *("--workers", str(serving.workers)),
        *("--threads", str(serving.threads)),
        *(("--access-logfile", "-") if serving.access_log else ()),
        "untocgraph.server.web.app:create_app()",
    ]


@contextmanager
def listening(bind: str, port: int) -> Iterator[socket.socket]:
    """A socket that already takes connections. Raises PortUnavailable."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        listener = socket.create_server((bind, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise PortUnavailable(bind, port, why) from None
    with listener:
        # For each connection: a client that takes nothing of its answer is given up, and so is one
        # that is behind `gate` and sends nothing of what it has announced.
        patience = struct.pack("@ll", UNHEARD, 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD * 1000)
        yield listener


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("127.0.0.1", "::1"):
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@contextmanager
def stopped_by_signal() -> Iterator[None]:
    """A signal to end ends the block, from wherever it is, and its context managers clean up."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop

    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in signals}
    try:
        with suppress(Stop):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class Program:
    """A program that ends with its block, or with this process, whatever ends that.

    It stands in a session of its own, so that Ctrl-C reaches this process alone.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    listener: socket.socket | None = None  # handed on to it
    process: subprocess.Popen[bytes] = field(init=False)
    started: float = field(init=False)  # by time.monotonic()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(GRACE + 2)
        except subprocess.TimeoutExpired:
            pass
        finally:  # a second signal, too, comes here
            self.process.kill()
            self.process.wait()

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            pass_fds=[self.listener.fileno()] if self.listener else [],
            start_new_session=True,
            preexec_fn=partial(confine.die_with, os.getpid()),
        )

    def ended(self) -> ServerEnded:
        """How it ended, once it has."""
        return ServerEnded(self.name, self.process.wait())


def await_socket(path: Path, supervisor: Program) -> None:
    """Wait until *supervisor* takes connections. Raises ServerEnded if it ends instead."""
    while supervisor.process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(f"{path}.state") == 0:
                return
        time.sleep(0.01)
    raise supervisor.ended()


def watch(supervisor: Program, front: Program) -> None:
    """Wait for a program to end, and start the supervisor again if it is that, but not at once.

    Raises ServerEnded if gunicorn ends, or a supervisor that has just been started.
    """
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        pid = ended.si_pid if ended else None
        if pid == front.process.pid:
            raise front.ended()
        if pid == supervisor.process.pid:
            error = supervisor.ended()
            if time.monotonic() - supervisor.started < STEADY:
                raise error
            supervisor.start()
        elif pid is not None:
            os.waitpid(pid, 0)  # as the first process of a container we are given orphans
