"""Queries in processes that are killed: what each client is told, and that nothing is left behind.

Real processes throughout. Times are wide: a test says what comes before what, not how fast.
"""

import contextlib
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from tests import serving
from untocgraph.graph.errors import (
    QueryAbandoned,
    QueryBusy,
    QueryCrashed,
    QueryError,
    QueryFault,
    QueryMemoryShort,
    QueryNoRoom,
    QueryOutOfMemory,
    QueryOverBudget,
    QuerySyntax,
    QueryTooBig,
    QueryTooSlow,
)
from untocgraph.graph.query.evaluate import Local, Request, evaluate, open_store
from untocgraph.graph.query.scan import scan
from untocgraph.server.workers import messages as wire
from untocgraph.server.workers import sandbox as confine
from untocgraph.server.workers.client import Answer, Asking, Pool
from untocgraph.server.workers.ending import LastWords, cause
from untocgraph.server.workers.messages import SHORT, Frame, Frames, frame
from untocgraph.server.workers.supervisor import Supervisor, _Worker
from untocgraph.server.workers.worker import IDLE, Settings

eventually = partial(serving.eventually, seconds=10)

BASE = "http://localhost:8000/"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"
QUICK = "SELECT ?o { ?s ?p ?o } LIMIT 1"
ALL = "SELECT * { ?s ?p ?o }"
JSON = "application/sparql-results+json"
SORTING = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY STRLEN(STR(?f))"

needs_seccomp = pytest.mark.skipif(
    not confine.can_close_network(), reason="libseccomp2 is not installed"
)


def make_store(path: Path, size: int, word: str) -> Path:
    store = Store(str(path))
    graph = NamedNode(f"{BASE}graph/g")
    store.bulk_extend(
        Quad(NamedNode(f"{BASE}id/{i}"), NamedNode(f"{BASE}p"), Literal(f"{word} {i}"), graph)
        for i in range(size)
    )
    store.optimize()
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("release") / "store", 20_000, "建议")


class Running:
    """A supervisor in a process of its own, with *settings* as they would be written in code."""

    def __init__(self, folder: Path, settings: str, answers: bool = True) -> None:
        self.path = folder / "pool"
        self.log = folder / "log"
        code = (
            "from pathlib import Path\n"
            "from untocgraph.graph.query.scan import Bounds\n"
            "from untocgraph.graph.query.evaluate import AnswerLimits\n"
            "from untocgraph.server.workers.supervisor import Settings, Supervisor\n"
            f"Supervisor(Path({str(self.path)!r}), Settings({settings})).run()"
        )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-c", code], stderr=log)
        self.pool = Pool(self.path)
        eventually(lambda: self.pool.state()["answers"] == answers)

    def workers(self) -> set[int]:
        pid = self.process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def ask(
        self,
        store: Path,
        query: str,
        media_type: str = "text/csv",
        timeout: float | None = None,
        gone: socket.socket | None = None,
        client: str = "",
    ) -> bytes:
        request = Request(query=query, base=BASE, media_type=media_type)
        with self.pool.answer(store, request, client=client, timeout=timeout, gone=gone) as answer:
            body = answer.file.read()
        assert len(body) == answer.size
        return body

    def error(
        self, store: Path, query: str, timeout: float | None = None, client: str = ""
    ) -> type[QueryError] | None:
        try:
            self.ask(store, query, timeout=timeout, client=client)
        except QueryError as error:
            return type(error)
        return None


# What is told to a client whose worker dies: it may not have read the query yet.
CUT_SHORT = (QueryCrashed, QueryBusy)

Run = Callable[[str], Running]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts supervisors, which end with the test."""
    with contextlib.ExitStack() as stack:

        def run(settings: str) -> Running:
            return stack.enter_context(running(tmp_path, settings))

        yield run


@contextlib.contextmanager
def running(folder: Path, settings: str, answers: bool = True) -> Iterator[Running]:
    started = Running(folder, settings, answers)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("usual"), "timeout=1.0") as started:
        yield started


def is_idle(running: Running) -> bool:
    state = running.pool.state()
    return bool(state["busy"] == state["waiting"] == 0)


# Answers


def test_big_answer_comes_whole(usual: Running, store: Path) -> None:
    pieces: list[bytes] = []
    request = Request(query=ALL, base=BASE, media_type=JSON)
    evaluate(Local(open_store(store)), request, pieces.append)
    whole = b"".join(pieces)
    assert len(whole) > SHORT
    assert usual.ask(store, ALL, request.media_type) == whole
    with usual.pool.answer(store, request) as answer:
        chunks = list(answer.chunks())
    assert b"".join(chunks) == whole and len(chunks) > 1
    assert answer.file.closed


def test_body_of_a_long_answer_is_mapped_while_descriptors_are_left(
    usual: Running, store: Path
) -> None:
    request = Request(query=ALL, base=BASE, media_type=JSON)
    body = usual.pool.answer(store, request).body()
    assert isinstance(body, mmap.mmap) and len(body) > SHORT
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    connection, file = os.dup(0), os.dup(0)  # the numbers that are next
    for each in (connection, file):
        os.close(each)
    resource.setrlimit(resource.RLIMIT_NOFILE, (file + 1, before[1]))
    try:
        read = usual.pool.answer(store, request).body()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert isinstance(read, bytes) and read == body[:]


@pytest.mark.parametrize("missing", [1, 3000, 800_000])
def test_answer_that_finds_no_room(run: Run, store: Path, missing: int) -> None:
    started = run("timeout=5")
    most = len(started.ask(store, ALL, JSON)) - missing
    before = started.workers()
    for worker in before:  # a file that grows past its limit fails as on a full disk
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (most, most))
    with pytest.raises(QueryNoRoom):
        started.ask(store, ALL, JSON)
    assert started.ask(store, QUICK)
    assert started.workers() == before
    assert "no room for an answer in TMPDIR" in started.log.read_text()


def test_full_disk_ends_no_new_worker(run: Run, store: Path) -> None:
    started = run("timeout=5")
    resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (0, 0))  # not a byte is written
    before = started.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: started.error(store, QUICK) is None and not before & started.workers())


def test_file_that_cannot_be_taken() -> None:
    """No descriptor was left for it here, and the kernel has thrown it away."""
    with asking() as (ours, worker):
        worker.sendall(frame(Frame.FILE) + frame(Frame.END))
        ours.read()
        assert isinstance(ours.outcome, QueryBusy)
        ours.close()


@pytest.mark.parametrize("end", [Asking.close, Asking.abandon])
def test_file_of_no_whole_answer_is_closed(end: Callable[[Asking], None]) -> None:
    with asking() as (ours, worker), tempfile.TemporaryFile() as file:
        file.write(b"row\n")
        socket.send_fds(worker, [frame(Frame.FILE)], [file.fileno()])
        ours.read()
        assert ours.outcome is None
        assert not os.get_inheritable(ours._file.fileno())
        end(ours)
        assert ours._file.closed


@contextlib.contextmanager
def asking() -> Iterator[tuple[Asking, socket.socket]]:
    """Who asks, and the socket of a worker that has begun to answer."""
    ours, worker = socket.socketpair()
    with ours, worker:
        worker.sendall(frame(Frame.STARTED, b"1"))
        yield Asking(ours, b"", timeout=1, patience=1), worker


def test_answer_that_is_read_late_is_not_lost_with_the_next_client(run: Run, store: Path) -> None:
    """A worker that is still sending is not given to who might have it killed."""
    started = run("workers=1, spares=0, timeout=5")
    request = Request(query=f"{ALL} LIMIT 12000", base=BASE, media_type="text/csv")
    whole = started.ask(store, request.query)
    assert SHORT / 2 < len(whole) <= SHORT, "more than a socket takes, and not in a file"
    late = started.pool.ask(store, request)
    eventually(lambda: started.pool.state()["busy"] == 1)
    time.sleep(0.5)  # it is evaluated by then
    other = started.pool.ask(store, Request(query=RUNAWAY, base=BASE, media_type="text/csv"))
    time.sleep(0.2)
    other.abandon()
    time.sleep(0.2)
    while late.outcome is None:
        late.read()
    late.close()
    assert isinstance(late.outcome, Answer)
    assert late.outcome.body() == whole


def test_request_reaches_the_worker_unchanged(usual: Running, store: Path) -> None:
    for default, expected in (((), b"true"), ((f"{BASE}graph/none",), b"false")):
        request = Request(
            query="# 问题 %E4\nASK { <id/1> <p> '建议 1' }",
            base=BASE,
            media_type="text/csv",
            default_graphs=default,
        )
        with usual.pool.answer(store, request) as answer:
            assert answer.file.read() == expected


def test_order_longer_than_a_socket_holds(usual: Running, store: Path) -> None:
    assert b"1" in usual.ask(store, f"SELECT ?x {{ VALUES ?x {{ 1 }} }} #{'言' * 190_000}")


def test_each_request_sees_the_release_it_names(
    usual: Running, store: Path, tmp_path: Path
) -> None:
    others = [make_store(tmp_path / name, 1, name) for name in ("b", "c", "d")]
    for _ in range(3):  # more releases than a worker keeps open
        assert b"\xe5\xbb\xba" in usual.ask(store, QUICK)
        for other in others:
            assert other.name.encode() + b" 0" in usual.ask(other, QUICK)


def test_query_that_is_wrong_harms_nobody(usual: Running, store: Path) -> None:
    before = usual.workers()
    with pytest.raises(QuerySyntax) as caught:
        usual.ask(store, "ASK {\n ?s ?p }")
    assert (caught.value.line, caught.value.column) == (2, 8)
    with pytest.raises(QuerySyntax, match="update"):
        usual.ask(store, "DELETE WHERE { ?s ?p ?o }")
    assert usual.workers() == before


def test_worker_that_has_answered_is_not_killed(usual: Running, store: Path) -> None:
    """The client hangs up the moment it has its answer: that is no reason."""
    before = usual.workers()
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: usual.ask(store, QUICK), range(400)))
    assert len(answers) == 1
    eventually(lambda: is_idle(usual))
    assert usual.workers() == before


# Limits


def test_runaway_is_killed_and_others_are_served(usual: Running, store: Path) -> None:
    before = usual.workers()
    with ThreadPoolExecutor(1) as thread:
        start = time.monotonic()
        runaway = thread.submit(usual.error, store, RUNAWAY)
        eventually(lambda: usual.pool.state()["busy"] == 1)
        assert usual.ask(store, QUICK)
        assert not runaway.done()
        assert runaway.result() is QueryTooSlow
        assert 0.9 < time.monotonic() - start < 6
    eventually(lambda: is_idle(usual) and len(before - usual.workers()) == 1)
    eventually(lambda: len(usual.workers()) == len(before))
    assert len(before - usual.workers()) == 1
    assert usual.ask(store, QUICK)


def test_client_may_lower_the_time_and_not_raise_it(usual: Running, store: Path) -> None:
    with pytest.raises(QueryTooSlow, match="past 0.2 s"):
        usual.ask(store, RUNAWAY, timeout=0.2)
    with pytest.raises(QueryTooSlow, match="past 1 s"):
        usual.ask(store, RUNAWAY, timeout=60)


def test_supervisor_kills_where_the_client_does_not(run: Run, store: Path) -> None:
    """A thread of the server may hang: the supervisor needs nobody to keep its time."""
    started = run("timeout=0.2")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(started.path))
        order = wire.order(store, Request(query=RUNAWAY, base=BASE, media_type="text/csv"))
        client.sendall(wire.client_key("") + order)
        eventually(lambda: started.pool.state()["busy"] == 1)
        eventually(lambda: is_idle(started))
    assert started.ask(store, QUICK)


def test_answer_past_a_limit_does_not_come_at_all(run: Run, store: Path) -> None:
    started = run("limits=AnswerLimits(rows=20_000, size=2_000_000)")
    assert started.ask(store, ALL)
    with pytest.raises(QueryTooBig, match="more than 2,000,000 bytes"):
        started.ask(store, ALL, JSON)
    with pytest.raises(QueryTooBig, match="more than 20,000 rows"):
        started.ask(store, "SELECT ?s { { ?s ?p ?o } UNION { ?s ?p ?o } }")


DOUBLED = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))


@pytest.mark.parametrize(
    "query",
    [
        SORTING,
        f"SELECT (STRLEN(?x40) AS ?n) {{ BIND('a' AS ?x0) {DOUBLED} }}",
    ],
    ids=["sorting", "doubling"],
)
def test_memory_is_bounded(run: Run, store: Path, query: str) -> None:
    started = run("timeout=30, memory=200 << 20")
    with pytest.raises(QueryOutOfMemory) as raised:
        started.ask(store, query)
    assert "200 MB" in str(raised.value)
    assert started.ask(store, QUICK)


def test_crash_of_the_engine_is_its_own_clients_alone(run: Run, store: Path) -> None:
    """The scan would refuse this one, so here its bounds are lifted."""
    started = run("bounds=Bounds(nesting=10**6, tokens=10**6)")
    crash = f"ASK {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}"
    with ThreadPoolExecutor(4) as threads:
        outcomes = threads.map(lambda query: started.error(store, query), [crash, QUICK] * 4)
    assert list(outcomes) == [QueryFault, None] * 4


def test_panic_is_named_to_its_own_client_alone(run: Run, store: Path) -> None:
    """The engine is asked to sort by itself what it has no order for, several times at once."""
    started = run("workers=3")
    numbers = (f'{n * 7919 % 3000} "x{n % 7}" "{n * 31 % 4000}" "{n % 9}.5"@en' for n in range(100))
    panics = f"SELECT * {{ VALUES ?o {{ {' '.join(numbers)} }} }} ORDER BY ?o"
    request = Request(
        query=panics, base=BASE, media_type=JSON, scan=replace(scan(panics), edits=())
    )

    def ask(query: str) -> str:
        try:
            if query == panics:
                started.pool.answer(store, request).close()
            else:
                started.ask(store, query)
        except QueryError as error:
            return f"{type(error).__name__}: {error}"
        return "answered"

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(ask, [panics, "ASK {", QUICK, panics] * 3))
    for number, text in enumerate(told):
        if number % 4 in (0, 3):
            assert text.startswith("QueryFault") and "total order" in text
            assert "panicked" not in text and "/" not in text  # places in the engine's own source
        else:
            assert text.startswith("QuerySyntax") if number % 4 == 1 else text == "answered"
    assert b"panicked at" in started.log.read_bytes()


def test_what_a_worker_said_earlier_is_not_told_of_the_next_query() -> None:
    words = LastWords.open()
    child = os.fork()
    if child == 0:
        words.attach()
        os.write(2, b"memory allocation of 8 bytes failed\n" * 10)
        os._exit(0)
    os.waitpid(child, 0)
    words.listen()
    words.begin()
    assert words.read() == ""
    words.close()


def test_who_says_much_is_not_waited_for() -> None:
    words = LastWords.open()
    child = os.fork()
    if child == 0:
        words.attach()
        os.write(2, b"panicked at x:\nthis\n")
        with contextlib.suppress(BlockingIOError):
            for _ in range(1000):
                os.write(2, b"x" * 1000)
        os._exit(0)
    os.waitpid(child, 0)
    words.listen()
    said = words.read()
    assert said.startswith("panicked at x:\nthis") and len(said) < 1 << 16
    words.begin()
    assert words.read() == ""
    words.close()


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        (-6, "memory allocation of 160 bytes failed\nstack backtrace:\n", QueryOutOfMemory),
        (-6, "terminate called after throwing an instance of 'std::bad_alloc'", QueryOutOfMemory),
        (1, "Traceback …\nMemoryError\n", QueryOutOfMemory),
        (-6, "\nthread 'x' (7) panicked at /r/sort.rs:8:5:\nno order\nstack …", QueryFault),
        (-6, "", QueryFault),
        (-11, "", QueryFault),
        (1, "Traceback …\nKeyError: 'x'\n", QueryFault),
        (-9, "", QueryCrashed),
        (-15, "some warning", QueryCrashed),
    ],
)
def test_ends_are_told_apart(code: int, said: str, told: type[QueryError]) -> None:
    error = cause(code, said, 1 << 30)
    assert type(error) is told
    assert type(wire.received_error(wire.error_frame(error)[5:])) is told
    assert str(wire.received_error(wire.error_frame(error)[5:])) == str(error)
    assert "likely" not in str(error)


def test_worker_killed_from_outside(usual: Running, store: Path) -> None:
    with ThreadPoolExecutor(1) as thread:
        runaway = thread.submit(usual.error, store, RUNAWAY)
        eventually(lambda: usual.pool.state()["busy"] == 1)
        for worker in usual.workers():
            os.kill(worker, signal.SIGKILL)
        assert runaway.result() in CUT_SHORT
    eventually(lambda: usual.error(store, QUICK) is None)  # the dying ones may be handed one more


# Clients


@pytest.mark.parametrize("how", ["close", "half-close", "reset"])
def test_query_ends_when_its_client_hangs_up(usual: Running, store: Path, how: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    with ours, client, ThreadPoolExecutor(1) as thread:
        asked = thread.submit(usual.ask, store, RUNAWAY, gone=ours)
        eventually(lambda: usual.pool.state()["busy"] == 1)
        if how == "half-close":
            client.shutdown(socket.SHUT_WR)
        else:
            if how == "reset":  # on close, with no time to linger
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0" + b"\0" * 4)
            client.close()
        with pytest.raises(QueryAbandoned):
            asked.result()
    eventually(lambda: is_idle(usual))


def test_next_request_of_a_client_is_no_hang_up(usual: Running, store: Path) -> None:
    ours, client = socket.socketpair()
    with ours, client:
        client.sendall(b"GET /next HTTP/1.1")
        assert usual.ask(store, QUICK, gone=ours)


def test_queue_is_bounded(run: Run, store: Path) -> None:
    started = run("workers=1, queue=1, timeout=1.2")
    with ThreadPoolExecutor(2) as threads:
        running_one = threads.submit(started.error, store, RUNAWAY)
        eventually(lambda: started.pool.state()["busy"] == 1)
        waiting_one = threads.submit(started.error, store, QUICK)
        eventually(lambda: started.pool.state()["waiting"] == 1)
        long_order = f"{QUICK} #{'x' * 190_000}"  # refused before it is sent to its end
        for query in (QUICK, long_order):
            with pytest.raises(QueryBusy):
                started.ask(store, query)
        assert not running_one.done()
        assert running_one.result() is QueryTooSlow
        assert waiting_one.result() is None


def test_client_that_waits_too_long_or_leaves_the_queue(run: Run, store: Path) -> None:
    started = run("workers=1, timeout=1.5")
    with ThreadPoolExecutor(1) as thread:
        runaway = thread.submit(started.error, store, RUNAWAY)
        eventually(lambda: started.pool.state()["busy"] == 1)
        request = Request(query=QUICK, base=BASE, media_type="text/csv")
        with pytest.raises(QueryBusy):
            Pool(started.path, patience=0.2).answer(store, request)
        assert not runaway.done()
        eventually(lambda: started.pool.state()["waiting"] == 0)
        assert runaway.result() is QueryTooSlow


def test_clients_that_say_nothing_hold_nobody_for_long(run: Run, store: Path) -> None:
    started = run("timeout=0.2")
    silent = [socket.socket(socket.AF_UNIX) for _ in range(4)]
    for client in silent:
        client.connect(str(started.path))
    key = wire.client_key("")
    silent[0].sendall(key + b"\0\0")  # half a length
    silent[1].sendall(key + b"\xff\xff\xff\xff")
    silent[2].sendall(key[:3])
    assert started.ask(store, QUICK)
    for client in silent:
        client.close()
    eventually(lambda: is_idle(started))


@pytest.mark.parametrize("speak", [True, False])
def test_crowd_of_clients_does_not_end_the_supervisor(run: Run, store: Path, speak: bool) -> None:
    started = run("timeout=0.5")
    resource.prlimit(started.process.pid, resource.RLIMIT_NOFILE, (256, 256))
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(str(started.path))
            if speak:
                client.sendall(wire.client_key("crowd"))
        if speak:
            eventually(lambda: started.pool.state()["waiting"] == 64)
        assert started.ask(store, QUICK), "another client has its turn"
    eventually(lambda: is_idle(started))
    assert started.ask(store, QUICK)


# One among many


COUNT = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?s ?p ?o } LIMIT 400 } ?a ?b ?c }"


def nice(process: int) -> int:
    """Of the thread that has the lowest priority."""
    threads = map(int, os.listdir(f"/proc/{process}/task"))
    return max(os.getpriority(os.PRIO_PROCESS, thread) for thread in threads)


def priorities(running: Running) -> list[int]:
    """Of each worker; empty if one has just ended."""
    try:
        return sorted(map(nice, running.workers()))
    except OSError:
        return []


def test_slow_queries_leave_their_place_and_their_priority(run: Run, store: Path) -> None:
    started = run("workers=1, timeout=3")
    usual = started.workers()
    with ThreadPoolExecutor(4) as threads:
        greedy = [threads.submit(started.error, store, RUNAWAY, client="greedy") for _ in range(3)]
        eventually(lambda: started.pool.state()["slow"] == 3)
        modest = threads.submit(started.error, store, RUNAWAY, client="modest")
        eventually(lambda: started.pool.state()["slow"] == 4)
        # Another worker takes the place of each that is slow, some time after it is.
        eventually(lambda: priorities(started) == [0, 5, 5, 19, 19])
        assert not any(each.done() for each in (*greedy, modest))
        assert started.ask(store, QUICK, client="greedy"), (
            "even who is greedy may ask something quick"
        )
        assert [each.result() for each in (*greedy, modest)] == [QueryTooSlow] * 4
    eventually(lambda: priorities(started) == [0] * len(usual))


def test_one_slow_query_leaves_its_place_to_the_spare_worker(run: Run, store: Path) -> None:
    started = run("workers=1, timeout=3")
    before = started.workers()
    assert len(before) == 2
    with ThreadPoolExecutor(1) as thread:
        runaway = thread.submit(started.error, store, RUNAWAY)
        eventually(lambda: started.pool.state()["slow"] == 1)
        assert started.ask(store, QUICK)
        assert started.workers() == before, "none was started for it"
        assert runaway.result() is QueryTooSlow
    eventually(lambda: len(before & started.workers()) == 1 and len(started.workers()) == 2)


def test_after_a_slow_query_a_worker_goes_on_as_before(run: Run, store: Path) -> None:
    started = run("workers=1, spares=0, timeout=30")
    (first,) = started.workers()
    for _ in range(3):
        assert started.ask(store, COUNT) == b"n\r\n8000000\r\n"
        assert started.pool.state()["slow"] == 0
        eventually(lambda: started.workers() == {first})
        assert nice(first) == 0
        assert started.ask(store, QUICK)


def test_what_takes_the_place_of_slow_ones_goes_again(run: Run, store: Path) -> None:
    started = run("workers=2, spares=1, timeout=30")
    before = started.workers()
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(started.ask, store, COUNT, client=str(n)) for n in range(4)]
        eventually(lambda: len(started.workers()) > len(before))
        assert [each.result() for each in asked] == [b"n\r\n8000000\r\n"] * 4
    eventually(lambda: priorities(started) == [0] * len(before))


def test_who_was_done_when_it_was_slowed_down_goes(tmp_path: Path) -> None:
    """Its thread would go on with the next query at the low priority."""
    supervisor = Supervisor(tmp_path / "pool", Settings())
    for said, stays in ((8, True), (7, False)):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        worker = _Worker(0, ours, LastWords.open(), ready=True, thread=7, slow=True)
        supervisor._workers[ours.fileno()] = worker
        supervisor._epoll.register(ours)
        with theirs:
            theirs.send(IDLE.pack(said))
            supervisor._hear(worker)
            assert (worker in supervisor._workers.values()) == stays
            assert (worker.thread, worker.slow) == ((8, False) if stays else (7, True))
        ours.close()


def load(running: Running) -> int:
    state = running.pool.state()
    return int(state["busy"] + state["waiting"])


def test_clients_take_turns(run: Run, store: Path) -> None:
    started = run("workers=1, slow=0, spares=0, timeout=1")
    done: list[str] = []

    def ask(client: str) -> None:
        started.error(store, RUNAWAY, client=client)
        done.append(client)

    with ThreadPoolExecutor(5) as threads:
        for number, client in enumerate(("greedy", "greedy", "greedy", "modest"), 1):
            threads.submit(ask, client)
            eventually(partial(lambda number: load(started) == number, number))
    assert done == ["greedy", "greedy", "modest", "greedy"]


def test_line_of_the_greedy_is_cut_and_not_that_of_others(run: Run, store: Path) -> None:
    started = run("workers=1, slow=0, spares=0, queue=2, timeout=1.5")
    with ThreadPoolExecutor(4) as threads:
        runaway = threads.submit(started.error, store, RUNAWAY, client="greedy")
        eventually(lambda: started.pool.state()["busy"] == 1)
        waiting = [threads.submit(started.error, store, QUICK, client="greedy") for _ in range(2)]
        eventually(lambda: started.pool.state()["waiting"] == 2)
        assert started.ask(store, QUICK, client="modest")
        assert runaway.result() is QueryTooSlow
        assert sorted(map(str, (each.result() for each in waiting))) == [str(QueryBusy), "None"]


def test_computing_is_paid_for_by_who_has_asked(run: Run, store: Path) -> None:
    started = run("timeout=1, budget=1.2")
    assert started.error(store, RUNAWAY, client="greedy") is QueryTooSlow
    assert started.error(store, RUNAWAY, client="greedy") is QueryTooSlow
    with pytest.raises(QueryOverBudget) as raised:
        started.ask(store, QUICK, client="greedy")
    assert 60 < raised.value.wait < 1000  # 1.2 s come back in 600 s
    assert f"Ask again in {raised.value.wait} s" in str(raised.value)
    assert started.ask(store, QUICK, client="modest")


def test_memory_of_all_workers_is_bounded(run: Run, store: Path) -> None:
    started = run("timeout=30, memory=3 << 30, total_memory=400 << 20")
    with ThreadPoolExecutor(1) as thread:
        runaway = thread.submit(started.error, store, RUNAWAY)
        eventually(lambda: started.pool.state()["slow"] == 1)
        assert started.error(store, SORTING) is QueryMemoryShort
        eventually(lambda: b"memory is short" in started.log.read_bytes())
        assert not runaway.done(), "only the largest is ended"
        for worker in started.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)


# The network

REACHES_OUT = """
import sys
from pathlib import Path
from untocgraph.graph.query.evaluate import open_store
from untocgraph.server.workers import sandbox as confine
if sys.argv[3] == "closed":
    confine.close_network()
found = open_store(Path(sys.argv[1]))
try:
    list(found.query("SELECT * { SERVICE <http://127.0.0.1:%s/> { ?s ?p ?o } }" % sys.argv[2]))
except OSError as error:
    print(type(error).__name__)
"""


@needs_seccomp
@pytest.mark.parametrize("network", ["open", "closed"])
def test_second_line_keeps_the_engine_from_the_network(store: Path, network: str) -> None:
    """Without the scan: the engine goes out, unless the process may not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        port = str(listener.getsockname()[1])
        command = [sys.executable, "-c", REACHES_OUT, str(store), port, network]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            if network == "open":
                listener.accept()[0].close()
            output, _ = process.communicate()
        listener.setblocking(False)
        if network == "closed":
            assert output == "PermissionError\n"
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_no_query_reaches_the_network(usual: Running, store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = f"<http://127.0.0.1:{listener.getsockname()[1]}/>"
        for query in (
            f"SELECT * {{ SERVICE {there} {{ ?s ?p ?o }} }}",
            f"SELECT * {{ SERVICE SILENT {there} {{ ?s ?p ?o }} }}",
            f"SELECT * {{ VALUES ?g {{ {there} }} SERVICE?g{{ ?s ?p ?o }} }}",
            f"SELECT * FROM {there} {{ ?s ?p ?o }}",
            f"SELECT * FROM NAMED {there} {{ GRAPH {there} {{ ?s ?p ?o }} }}",
            f"LOAD {there}",
            f"DESCRIBE {there}",
        ):
            usual.error(store, query)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@needs_seccomp
def test_workers_are_confined(usual: Running, store: Path) -> None:
    assert usual.ask(store, QUICK)
    assert usual.pool.state()["network"] == "closed"
    for worker in usual.workers():
        status = Path(f"/proc/{worker}/status").read_text()
        assert "Seccomp:\t2" in status
        limits = Path(f"/proc/{worker}/limits").read_text().splitlines()
        (data,) = (line.split() for line in limits if line.startswith("Max data size"))
        assert data[3:5] == [str(1 << 30)] * 2


def test_without_libseccomp_the_pool_answers_and_says_so(
    run: Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(tmp_path, "pyseccomp.py").write_text("raise RuntimeError('no libseccomp')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = run("")
    assert started.ask(store, QUICK)
    assert started.pool.state()["network"] == "open"
    assert "install libseccomp2" in started.log.read_text()
    assert started.error(store, "SELECT * { SERVICE <http://127.0.0.1:9/> {} }") is QuerySyntax


# The supervisor


def test_no_worker_outlives_its_supervisor(run: Run, store: Path) -> None:
    started = run("timeout=60")
    with ThreadPoolExecutor(1) as thread:
        runaway = thread.submit(started.error, store, RUNAWAY)
        eventually(lambda: started.pool.state()["busy"] == 1)
        workers = started.workers()
        started.process.kill()
        assert runaway.result() in CUT_SHORT
    eventually(lambda: not any(is_alive(worker) for worker in workers))
    assert started.pool.state() == {"answers": False}
    assert started.error(store, QUICK) is QueryBusy


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_supervisor_cleans_up_when_it_is_told_to_end(run: Run, store: Path) -> None:
    started = run("")
    workers = started.workers()
    started.process.terminate()
    assert started.process.wait(10) == 0
    assert not started.path.exists() and not Path(f"{started.path}.state").exists()
    eventually(lambda: not any(is_alive(worker) for worker in workers))


def test_supervisor_has_one_thread_and_one_socket(run: Run, store: Path) -> None:
    """It forks, so more threads would be a danger; and a second one would take its clients."""
    started = run("")
    assert started.ask(store, QUICK)
    assert len(os.listdir(f"/proc/{started.process.pid}/task")) == 1
    command = [sys.executable, "-m", "untocgraph.server.workers.supervisor", "--socket"]
    second = subprocess.run([*command, started.path], capture_output=True, text=True)
    assert second.returncode == 2
    assert "another supervisor listens there" in second.stderr
    assert started.ask(store, QUICK)


def test_socket_of_a_dead_supervisor_is_replaced(run: Run, store: Path) -> None:
    first = run("")
    first.process.kill()
    first.process.wait()
    assert first.path.exists()
    assert run("").ask(store, QUICK)


def test_place_that_cannot_be_listened_at_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "untocgraph.server.workers.supervisor", "--socket"]
    done = subprocess.run([*command, tmp_path / "none" / "pool"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 2)
    assert "No such file or directory" in done.stderr


def test_workers_that_die_at_birth_are_not_born_without_end(tmp_path: Path) -> None:
    with running(tmp_path, "memory='much'", answers=False) as started:
        eventually(lambda: b"ended by itself" in started.log.read_bytes())
        time.sleep(1.5)
        assert started.pool.state()["answers"] is False
        deaths = started.log.read_bytes().count(b"ended by itself")
    assert deaths <= 9  # three workers, a second apart


def test_program_opens_the_current_release_early(
    published: tuple[Path, object], tmp_path: Path
) -> None:
    folder = published[0]
    path = tmp_path / "pool"
    command = [sys.executable, "-m", "untocgraph.server.workers.supervisor", "--timeout", "5"]
    process = subprocess.Popen(
        [*command, "--socket", path, "--folder", folder], stderr=subprocess.PIPE, text=True
    )
    pool = Pool(path)
    try:
        eventually(lambda: pool.state()["answers"])
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            files = {os.readlink(each) for each in Path(f"/proc/{child}/fd").iterdir()}
            assert any(name.endswith(".sst") for name in files)
        store = (folder / "current" / "store").resolve()
        request = Request(query="ASK { ?s ?p ?o }", base=BASE, media_type="text/csv")
        with pool.answer(store, request) as answer:
            assert answer.file.read() == b"true"
    finally:
        process.terminate()
        assert "network" in process.communicate()[1]


# The wire


@given(
    sent=st.lists(st.tuples(st.sampled_from(Frame), st.binary(max_size=20))),
    width=st.integers(1, 30),
)
def test_frames_survive_any_break(sent: list[tuple[Frame, bytes]], width: int) -> None:
    stream = b"".join(frame(kind, data) for kind, data in sent)
    frames = Frames()
    pieces = (stream[start : start + width] for start in range(0, len(stream), width))
    assert [each for piece in pieces for each in frames.feed(piece)] == sent


def test_errors_cross_the_wire_unchanged() -> None:
    for error in (
        QuerySyntax("x", 1, 2),
        QuerySyntax("y"),
        QueryTooBig(5, "rows"),
        QueryBusy(),
        QueryOverBudget(7),
    ):
        ((kind, data),) = Frames().feed(wire.error_frame(error))
        received = wire.received_error(data)
        assert kind is Frame.ERROR
        assert (type(received), vars(received), str(received)) == (
            type(error),
            vars(error),
            str(error),
        )
