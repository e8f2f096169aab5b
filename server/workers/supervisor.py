"""The parent of all workers: hands them clients, kills those that run too long, starts new ones.

A program of its own, started before the web server. It forks, so it must have one thread only: a
fork copies a lock that another thread holds, and nobody in the child will ever open it. For the
same reason it opens no store, which starts threads. It evaluates nothing and reads nothing that a
client sends but whose query it is: it passes the client's socket to a worker and keeps a duplicate,
to know when the client hangs up.

Clients take turns. A query that has run for SLICE is a slow one: it goes on at a low priority of
the kernel's, and another worker takes its place, so that slow queries, however many, are hardly
felt by the quick ones, and the second slow query of one client hardly by the first of another.

There are two sockets: at the path itself, one connection for each query; at path.state, a line of
JSON that says how things are, and then the end.
"""

import json
import logging
import math
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import click

from untocgraph.graph.errors import (
    NotPublished,
    QueryBusy,
    QueryError,
    QueryMemoryShort,
    QueryOverBudget,
)
from untocgraph.graph.query.evaluate import AnswerLimits
from untocgraph.graph.release.publish import current
from untocgraph.server.workers import sandbox as confine
from untocgraph.server.workers.ending import SAID, LastWords, cause, name_of
from untocgraph.server.workers.messages import KEY, CannotListen, error_frame, listen
from untocgraph.server.workers.remote_store import Endpoint
from untocgraph.server.workers.scheduler import Budget, Turns
from untocgraph.server.workers.worker import CLIENT, IDLE, Settings, work

log = logging.getLogger("untocgraph.supervisor")

GRACE = 1.0  # seconds past its time that a query is left for the client itself to end it
RETRY = 1.0  # seconds before the next start, where a worker ends before it is ready
LATER = 5.0  # seconds past a query's time that another store is still listened to
ENDING = (signal.SIGTERM, signal.SIGINT)  # signals that end us
TICK = 1.0  # seconds until we look whether a dead worker can be reaped
SLICE = 0.25  # seconds after which a query is a slow one
SLOW, SLOWEST = 5, 19  # priorities: of the first slow query of a client, and of its others
CROWD = 32  # clients that are let in at once: each takes a descriptor until it is refused
STRANGERS = 128  # clients that have not said yet whose query it is; of more, the first is let go


@dataclass(slots=True, eq=False)
class _Client:
    socket: socket.socket
    key: bytes = b""  # whose query it is; empty until it has said so


@dataclass(slots=True, eq=False)
class _Worker:
    pid: int
    channel: socket.socket
    last_words: LastWords
    ready: bool = False  # it has said so once
    client: _Client | None = None
    started: float = 0.0  # by time.monotonic(), if it has a client
    deadline: float = 0.0  # the same
    computed: float = 0.0  # seconds, until it was given its client
    thread: int = 0  # of the process, that evaluates
    slow: bool = False  # the priority of that thread is lowered


@dataclass(slots=True)
class Supervisor:
    path: Path
    settings: Settings
    folder: Path | None = None  # of releases; a new worker opens the current one at once
    _epoll: select.epoll = field(default_factory=select.epoll)
    _workers: dict[int, _Worker] = field(default_factory=dict)  # by descriptor of the channel
    _clients: dict[int, _Client] = field(default_factory=dict)  # by descriptor; waiting and served
    _queue: Turns[_Client] = field(default_factory=Turns)
    _budget: Budget = field(init=False)
    _ended: dict[int, str] = field(default_factory=dict)  # by process, to be reaped: why
    _start_again: float = 0.0  # not before then
    _closes_network: bool = field(init=False)

    def __post_init__(self) -> None:
        self._budget = Budget(self.settings.budget)
        self._closes_network = self.settings.endpoint is None and confine.can_close_network()

    def run(self) -> NoReturn:
        """Serve until a signal ends us, in the main thread. Raises CannotListen."""
        for number in ENDING:
            signal.signal(number, _stop)
        with suppress(OSError):  # the disk is full; a worker looks again when it needs one
            tempfile.gettempdir()  # to be remembered in all workers
        if self.settings.endpoint:
            log.info("queries are evaluated by the store at %s", self.settings.endpoint.url)
            if self.settings.endpoint.names_graphs:
                log.warning(
                    "its default graph is not what the release holds, so each query names all "
                    "graphs of the release, which takes longer"
                )
        elif self._closes_network:
            log.info("workers cannot reach the network")
        else:
            log.warning("workers reach the network: only the scan keeps them; install libseccomp2")
        with listen(self.path) as door, listen(Path(f"{self.path}.state")) as window:
            self._epoll.register(door, select.EPOLLIN)
            self._epoll.register(window, select.EPOLLIN)
            try:
                while True:
                    self._turn(door, window)
            finally:
                for worker in self._workers.values():
                    os.kill(worker.pid, signal.SIGKILL)
                for listener in (door, window):
                    Path(listener.getsockname()).unlink(missing_ok=True)

    def _turn(self, door: socket.socket, window: socket.socket) -> None:
        self._start_workers(door, window)
        ready = {descriptor for descriptor, _ in self._epoll.poll(self._patience())}
        # Workers first: one that is done has said so before its client could hang up. And each is
        # looked up anew, for what was done before in this turn may have closed it.
        for descriptor in ready & self._workers.keys():
            self._hear(self._workers[descriptor])
        for descriptor in ready:
            if client := self._clients.get(descriptor):
                if client.key:
                    self._hung_up(client)
                else:
                    self._greet(client)
        if door.fileno() in ready:
            self._admit(door)
        now = time.monotonic()
        for worker in list(self._workers.values()):
            if worker.client and worker.deadline <= now:
                self._end(worker, "killed: its query ran too long")
            elif worker.client and not worker.slow and worker.started + SLICE <= now:
                self._slow_down(worker)
        self._save_memory()
        self._thin_out()
        self._hand_out()
        self._reap()
        if window.fileno() in ready:
            self._tell(window)

    def _patience(self) -> float:
        """Seconds until something is to be done though nobody says anything."""
        now = time.monotonic()
        busy = [worker for worker in self._workers.values() if worker.client]
        moments = [w.deadline if w.slow else min(w.deadline, w.started + SLICE) for w in busy]
        if self._slow:
            moments.append(now + SLICE)  # memory is looked after
        if self._ended:
            moments.append(now + TICK)
        if len(self._workers) < self._wanted:
            moments.append(self._start_again)
        return max(0.0, min(moments) - now) if moments else -1

    # Workers

    @property
    def _slow(self) -> int:
        return sum(worker.slow for worker in self._workers.values())

    @property
    def _wanted(self) -> int:
        """Workers that there should be: each slow one has left its place to another.

        The first to be had is a spare one: to start a worker takes longer than most slow queries
        still have to run, and one that is killed has its successor by then.
        """
        settings = self.settings
        return settings.workers + max(min(self._slow, settings.slow), settings.spares)

    def _start_workers(self, door: socket.socket, window: socket.socket) -> None:
        while len(self._workers) < self._wanted and time.monotonic() >= self._start_again:
            supervisor = os.getpid()
            try:
                last_words = LastWords.open()
            except OSError as error:
                log.error("no worker can be started: %s", error)
                self._start_again = time.monotonic() + RETRY
                return
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            # What a signal raises inside a fork is lost, and with it the order to end.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            try:
                pid = os.fork()
            except OSError as error:  # no memory, or too many processes
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                log.error("no worker can be started: %s", error)
                self._start_again = time.monotonic() + RETRY
                last_words.close()
                ours.close()
                theirs.close()
                return
            if pid == 0:
                # A duplicate that a worker kept would keep a connection open that we close. They
                # are closed, and not taken out of the epoll first: that we share with our parent.
                held: list[socket.socket | select.epoll] = [door, window, self._epoll, ours]
                held += [worker.channel for worker in self._workers.values()]
                held += [client.socket for client in self._clients.values()]
                for each in held:
                    each.close()
                for worker in self._workers.values():
                    worker.last_words.close()
                last_words.attach()
                self._be_worker(theirs, supervisor, before)
            last_words.listen()
            self._workers[ours.fileno()] = _Worker(pid, ours, last_words)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
            ours.setblocking(False)
            self._epoll.register(ours, select.EPOLLIN)

    def _be_worker(self, channel: socket.socket, supervisor: int, mask: Iterable[int]) -> NoReturn:
        """In the child. It leaves by os._exit: nothing that our caller wants done is for it."""
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            first = None
            if self.folder:
                with suppress(NotPublished):
                    first = current(self.folder).store_path
            work(
                channel,
                self.settings,
                supervisor=supervisor,
                close_network=self._closes_network,
                first=first,
            )
            status = 0
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.channel.recv(IDLE.size)
        except OSError:
            message = b""
        if not message:
            if not worker.ready:
                self._start_again = time.monotonic() + RETRY
            self._mourn(worker)
            return
        worker.ready = True
        self._part(worker)
        (thread,) = IDLE.unpack(message)
        if worker.slow and thread == worker.thread:  # it was done when its priority was lowered
            self._dismiss(worker, "done: its priority is low")
            return
        worker.thread, worker.slow = thread, False

    def _mourn(self, worker: _Worker) -> None:
        """A worker has ended that was not told to. Its client learns why."""
        os.kill(worker.pid, signal.SIGKILL)  # should it only have closed its channel
        status = os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
        assert status is not None
        code = status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
        said = worker.last_words.read()
        self._end(worker, "ended by itself", cause(code, said, self.settings.memory))
        if said.strip():
            log.warning("worker %d said: %s", worker.pid, said.strip()[:SAID])

    def _part(self, worker: _Worker) -> None:
        """Its query has ended, well or not: the client pays for it and is forgotten."""
        if worker.client:
            now = time.monotonic()
            spent = computed(worker.pid) - worker.computed
            self._budget.spend(worker.client.key, max(0.0, spent), now)
            self._forget(worker.client)
            worker.client = None

    def _end(self, worker: _Worker, why: str, error: QueryError | None = None) -> None:
        if worker.client and error:
            with suppress(OSError):  # it is gone, too
                worker.client.socket.send(error_frame(error))
        self._part(worker)
        # It is not reaped yet, so the number is still its own, even if it is dead.
        os.kill(worker.pid, signal.SIGKILL)
        self._dismiss(worker, why)

    def _dismiss(self, worker: _Worker, why: str) -> None:
        """Let go of a worker: one that lives ends once it has sent what it has to send."""
        self._ended[worker.pid] = why
        del self._workers[worker.channel.fileno()]
        self._epoll.unregister(worker.channel)
        worker.channel.close()
        worker.last_words.close()

    def _slow_down(self, worker: _Worker) -> None:
        others = any(
            other.slow and other.client and worker.client and other.client.key == worker.client.key
            for other in self._workers.values()
        )
        worker.slow = True  # until it says that it is idle, with another thread
        with suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, worker.thread, SLOWEST if others else SLOW)

    def _thin_out(self) -> None:
        """Let workers go that took the place of slow ones, the youngest first: it knows least."""
        excess = len(self._workers) - self._wanted
        idle = [worker for worker in self._workers.values() if not worker.client]
        for worker in idle[::-1][: max(0, excess)]:
            if not worker.ready:  # soon it is
                return
            self._dismiss(worker, "done: it is not needed any more")

    def _save_memory(self) -> None:
        """End the largest worker while all together hold more than they may."""
        while self._slow:
            sizes = {
                worker.channel.fileno(): resident(worker.pid) for worker in self._workers.values()
            }
            if sum(sizes.values()) <= self.settings.total_memory:
                return
            largest = self._workers[max(sizes, key=sizes.__getitem__)]
            self._end(largest, "killed: memory is short", QueryMemoryShort())

    def _reap(self) -> None:
        for pid, why in list(self._ended.items()):
            reaped, status = os.waitpid(pid, os.WNOHANG)
            if reaped:
                del self._ended[pid]
                code = os.waitstatus_to_exitcode(status)
                level = logging.WARNING if code else logging.INFO
                log.log(level, "worker %d %s (%s)", pid, why, name_of(code))

    # Clients

    def _admit(self, door: socket.socket) -> None:
        with suppress(BlockingIOError):
            for _ in range(CROWD):
                connection, _ = door.accept()
                connection.setblocking(False)
                client = _Client(connection)
                strangers = [each for each in self._clients.values() if not each.key]
                if len(strangers) == STRANGERS:
                    self._forget(strangers[0])
                self._clients[connection.fileno()] = client
                self._epoll.register(connection, select.EPOLLIN | select.EPOLLRDHUP)
                self._greet(client)  # it mostly says so as it comes

    def _greet(self, client: _Client) -> None:
        """Read whose query it is, and let it wait for its turn."""
        try:
            client.key = client.socket.recv(KEY)
        except BlockingIOError:
            return
        except OSError:
            pass  # it is gone
        if len(client.key) < KEY:  # it comes in one piece, or from nobody whom we know
            self._forget(client)
            return
        wait = self._budget.wait(client.key, time.monotonic())
        if wait:
            self._refuse(client, QueryOverBudget(math.ceil(wait)))
            return
        self._queue.add(client.key, client)
        # Only the hang-up: what comes now is for a worker, and would wake us for ever.
        self._epoll.modify(client.socket, select.EPOLLRDHUP)

    def _refuse(self, client: _Client, error: QueryError) -> None:
        with suppress(OSError):
            client.socket.send(error_frame(error))
        self._forget(client)

    def _hand_out(self) -> None:
        idle = [w for w in self._workers.values() if w.ready and not w.client]
        quick = sum(w.client is not None and not w.slow for w in self._workers.values())
        in_hand = Counter(w.client.key for w in self._workers.values() if w.client)
        while self._queue and idle and quick < self.settings.workers:
            worker, client = idle.pop(0), self._queue.next(in_hand)  # the oldest has its store open
            worker.last_words.begin()
            try:
                socket.send_fds(worker.channel, [CLIENT], [client.socket.fileno()])
            except OSError:
                self._queue.put_back(client.key, client)
                self._mourn(worker)
                continue
            worker.client = client
            worker.started = time.monotonic()
            worker.deadline = worker.started + self.settings.timeout + GRACE
            worker.computed = computed(worker.pid)
            quick += 1
            in_hand[client.key] += 1
        while len(self._queue) > self.settings.queue:
            self._refuse(self._queue.last_of_longest(), QueryBusy())

    def _hung_up(self, client: _Client) -> None:
        for worker in self._workers.values():
            if worker.client is client:
                self._end(worker, "killed: nobody waits for its answer")
                return
        self._queue.remove(client.key, client)
        self._forget(client)

    def _forget(self, client: _Client) -> None:
        # Taken out of the epoll by hand: a worker may have the same connection open, and while
        # anybody has, closing our descriptor of it does not do so.
        del self._clients[client.socket.fileno()]
        self._epoll.unregister(client.socket)
        client.socket.close()

    # Monitors

    def _tell(self, window: socket.socket) -> None:
        workers = self._workers.values()
        state = {
            "ready": sum(worker.ready for worker in workers),
            "busy": sum(worker.client is not None for worker in workers),
            "slow": self._slow,
            "waiting": len(self._queue),
            "network": "closed" if self._closes_network else "open",
        }
        with suppress(BlockingIOError):
            while True:
                connection, _ = window.accept()
                with connection, suppress(OSError):
                    connection.setblocking(False)
                    connection.send(json.dumps(state).encode())


def computed(pid: int) -> float:
    """Seconds of computing that process *pid* has used, all its threads together.

    0 if it is gone. Source: clock_getcpuclockid(3), which Python has not; this is the Linux way.
    """
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0


def resident(pid: int) -> int:
    """Bytes of memory that process *pid* has in use, files apart; 0 if it is gone.

    Source: proc_pid_statm(5).
    """
    try:
        _, pages, of_files, *_ = map(int, Path(f"/proc/{pid}/statm").read_bytes().split())
    except (OSError, ValueError):
        return 0
    return (pages - of_files) * resource.getpagesize()


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)


PATH = click.Path(path_type=Path)
USUAL = Settings()
MEGA = 1_000_000


@click.command(context_settings={"show_default": True})
@click.option("--socket", "path", required=True, type=PATH, help="Listen here.")
@click.option("--folder", type=PATH, help="Releases, to open the current one early.")
@click.option("--workers", default=USUAL.workers, help="Queries at the same time, but slow ones.")
@click.option("--queue", default=USUAL.queue, help="Queries that may wait for a worker.")
@click.option("--timeout", default=USUAL.timeout, help="Seconds a query may run.")
@click.option("--memory", default=USUAL.memory >> 20, help="Megabytes a worker may take.")
@click.option("--total-memory", default=USUAL.total_memory >> 20, help="Megabytes all may take.")
@click.option("--max-rows", default=USUAL.limits.rows, help="Rows of an answer.")
@click.option("--max-size", default=USUAL.limits.size // MEGA, help="Megabytes of an answer.")
@click.option("--endpoint", help="Of another store, which evaluates the queries.")
@click.option("--name-graphs", is_flag=True, help="In queries to it that name none.")
@click.option("--budget", default=USUAL.budget, help="Computing of a client: see `serve`.")
def main(
    path: Path,
    folder: Path | None,
    endpoint: str | None,
    name_graphs: bool,
    memory: int,
    total_memory: int,
    max_rows: int,
    max_size: int,
    **options: Any,
) -> None:
    """Evaluate SPARQL queries in processes that can be killed.

    The web server connects to --socket, one connection for each query. Runs until a signal ends
    it; its workers end with it, however it ends. Exits 2 if it cannot listen.
    """
    logging.basicConfig(format="%(name)s: %(message)s", level=logging.INFO)
    patience = options["timeout"] + LATER
    store = Endpoint.from_environment(endpoint, patience) if endpoint else None
    settings = Settings(
        memory=memory << 20,
        total_memory=total_memory << 20,
        limits=AnswerLimits(rows=max_rows, size=max_size * MEGA),
        endpoint=store and replace(store, names_graphs=name_graphs),
        **options,
    )
    try:
        Supervisor(path, settings, folder).run()
    except CannotListen as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
