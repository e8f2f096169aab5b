"""What a hostile client sends to a live server: its own status, in its time, and no harm to others.

The server has a short deadline and a proxy before it that is believed, so that one machine can be
many clients. Times are wide: a test says what comes before what, not how fast.
"""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import descendants, eventually, free_port, serving
from untocgraph.server.http.framing import MAX_HEAD
from untocgraph.server.listener.gunicorn_worker import PATIENCE

TIMEOUT = 4.0  # seconds that a query may run
MAX_ROWS = 10_000
MARGIN = 20.0  # seconds more, on a busy machine
QUICK = "ASK { ?s ?p ?o }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"


@dataclass(frozen=True)
class Target:
    """The server under attack."""

    port: int
    pid: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def ask(self, query: str, client: str = "192.0.2.1", **fields: str) -> httpx.Response:
        return httpx.post(
            f"{self.address}sparql",
            data={"query": query, **fields},
            headers={"X-Forwarded-For": client},
            timeout=60,
        )

    def pool(self) -> dict[str, Any]:
        told: dict[str, Any] = httpx.get(f"{self.address}health", timeout=30).json()["pool"]
        return told

    def is_calm(self) -> bool:
        """Nothing runs, nothing waits, and there are as many processes as at the beginning."""
        state = self.pool()
        return [state[name] for name in ("busy", "waiting", "slow", "ready")] == [0, 0, 0, 3]

    def memory(self) -> int:
        """Bytes that the processes hold of their own, all together."""
        pages = 0
        for pid in descendants(self.pid):
            statm = Path(f"/proc/{pid}/statm").read_text().split()
            pages += int(statm[1]) - int(statm[2])
        return pages * 4096

    def innocent(self) -> float:
        """Seconds until a client who has done nothing has an answer that is not kept anywhere."""
        start = time.monotonic()
        answer = self.ask(QUICK, "198.51.100.7")
        assert answer.status_code == 200, answer.text
        assert answer.json()["boolean"] is True
        return time.monotonic() - start


@contextmanager
def attacked(folder: Path, *options: str) -> Iterator[Target]:
    port = free_port()
    # A worker that does nothing has up to 200 MB of data already, most of it never touched.
    limits = ("--timeout", str(TIMEOUT), "--memory", "512", "--max-rows", str(MAX_ROWS))
    settings = ("--trusted-proxies", "1", *limits, *options)
    with serving(folder, port, *settings) as pid:
        yield Target(port, pid)


@pytest.fixture(scope="module")
def target(published: tuple[Path, object]) -> Iterator[Target]:
    with attacked(published[0]) as found:
        eventually(found.is_calm)
        yield found


def kind(answer: httpx.Response) -> str:
    """The name of the problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    name: str = answer.json()["type"].partition("#")[2]
    return name


# ---- bombs ----

CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
DOUBLED = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
LINEAR = "(STRLEN(?x40) AS ?n)"
SLOW = {"query-too-slow"}
STARVED = {"query-out-of-memory"}
STATUS = {"query-out-of-memory": 422}  # else that of the bomb
BOMBS = {
    "cross product": (f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}", 503, SLOW),
    "cross product, every row": (f"SELECT * {{ {CROSS} }}", 422, {"answer-too-big"}),
    "regex": (
        'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER REGEX(CONCAT(STR(?c), STR(?f)), '
        '"(.*.*.*a){20}[^b]$", "i") }',
        503,
        SLOW,
    ),
    "path": ("SELECT (COUNT(*) AS ?n) { ?a (!<x:1>|^!<x:2>)* ?b . ?b (!<x:3>)* ?c }", 503, SLOW),
    "aggregate over a cross product": (
        "SELECT ?a (COUNT(DISTINCT ?f) AS ?n) (GROUP_CONCAT(?i) AS ?all) "
        f"{{ {CROSS} }} GROUP BY ?a ORDER BY ?n",
        503,
        SLOW | STARVED,
    ),
    "string doubling": (f"SELECT {LINEAR} {{ BIND('a' AS ?x0) {DOUBLED} }}", 422, STARVED),
    "20,000 levels": (f"ASK {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}", 400, {"query-syntax"}),
    "20,000 levels, not closed": ("ASK " + "{" * 20_000, 400, {"query-syntax"}),
    "one megabyte": (f"ASK {{ }} #{'x' * 990_000}", 400, {"query-syntax"}),
    "one megabyte of operators": (f"ASK {{ FILTER(1{'-1' * 490_000}) }}", 400, {"query-syntax"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_its_own_clients_alone(target: Target, name: str) -> None:
    query, status, kinds = BOMBS[name]
    start = time.monotonic()
    with ThreadPoolExecutor(1) as thread:
        bomb = thread.submit(target.ask, query)
        target.innocent()
        answer = bomb.result()
    assert (answer.status_code, kind(answer)) in {
        (STATUS.get(each, status), each) for each in kinds
    }
    assert time.monotonic() - start < TIMEOUT + MARGIN
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    eventually(target.is_calm)


def test_the_limit_that_was_passed_is_named(target: Target) -> None:
    too_slow = target.ask(RUNAWAY).json()
    assert too_slow["timeout"] == TIMEOUT
    assert "4 s" in too_slow["detail"]
    too_big = target.ask(BOMBS["cross product, every row"][0]).json()
    assert (too_big["limit"], too_big["unit"]) == (MAX_ROWS, "rows")
    for word in ("LIMIT", "OFFSET", "dump"):
        assert word in too_big["detail"]


def test_twenty_runaways_at_once(target: Target) -> None:
    """All of one client, on as many connections. Each runs for its time, and no longer."""
    before = target.memory()
    start = time.monotonic()
    with ThreadPoolExecutor(20) as threads:
        runaways = [threads.submit(target.ask, f"{RUNAWAY} #{n}") for n in range(20)]
        eventually(lambda: target.pool()["busy"] >= 8)
        waits = [target.innocent() for _ in range(5)]
        assert not any(each.done() for each in runaways), "the innocent were served first"
        assert target.ask(QUICK).status_code == 200, "even who is greedy may ask something quick"
        answers = [each.result() for each in runaways]
    assert {(each.status_code, kind(each)) for each in answers} == {(503, "query-too-slow")}
    assert time.monotonic() - start < 2 * TIMEOUT + MARGIN
    assert sorted(waits)[2] < TIMEOUT
    eventually(target.is_calm)
    assert target.memory() < before + 200_000_000


def test_more_runaways_than_may_wait_are_refused(published: tuple[Path, object]) -> None:
    with attacked(published[0], "--query-workers", "1", "--queue", "0") as found:
        with ThreadPoolExecutor(60) as threads:
            runaways = [threads.submit(found.ask, f"{RUNAWAY} #{n}") for n in range(60)]
            answers = [each.result() for each in runaways]
        told = {(each.status_code, kind(each)) for each in answers}
        assert told == {(503, "query-too-slow"), (503, "busy")}
        assert all(int(each.headers["Retry-After"]) > 0 for each in answers)
        found.innocent()


def test_a_client_that_hangs_up_leaves_nothing_running(target: Target) -> None:
    with pytest.raises(httpx.TimeoutException):
        httpx.post(f"{target.address}sparql", data={"query": RUNAWAY}, timeout=0.5)
    eventually(target.is_calm, TIMEOUT / 2)  # sooner than its own deadline would end it


# ---- budgets ----


def test_who_has_used_up_its_computing_waits(published: tuple[Path, object]) -> None:
    with attacked(published[0], "--budget", "1") as found:
        for _ in range(2):
            assert found.ask(RUNAWAY, "2001:db8::1").status_code in (503, 429)
        for neighbour in ("2001:db8::1", "2001:db8::2"):  # one household, one budget
            refused = found.ask(QUICK, neighbour)
            assert (refused.status_code, kind(refused)) == (429, "over-budget")
            assert 60 < int(refused.headers["Retry-After"]) <= 60_000
        found.innocent()
        assert found.ask(QUICK, "2001:db8::1, 203.0.113.9").status_code == 200, (
            "only what our proxy has written counts"
        )


# ---- connections ----


def connections(found: Target, number: int, sent: bytes, stack: ExitStack) -> list[socket.socket]:
    opened = []
    for _ in range(number):
        opened.append(stack.enter_context(socket.create_connection(("127.0.0.1", found.port))))
        opened[-1].sendall(sent)
    return opened


HALVES = {
    "nothing": b"",
    "half a line": b"GET /sparql?que",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
    "half a body": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
    b"Content-Type: application/sparql-query\r\n\r\nASK {",
    "half a chunk": b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/sparql-query\r\n\r\nff\r\nASK {",
    "a request and half of another": b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea",
}


@pytest.mark.parametrize("what", HALVES)
def test_a_thousand_connections_that_say_half(target: Target, what: str) -> None:
    with ExitStack() as stack:
        opened = connections(target, 1000, HALVES[what], stack)
        for _ in range(3):
            assert target.innocent() < 5
        assert httpx.get(target.address, timeout=5).status_code == 200
        if what == "half a body":  # those that give up waiting, the server
            eventually(lambda: all(ended(each) for each in opened))
    target.innocent()


def ended(connection: socket.socket) -> bool:
    connection.settimeout(0.001)
    try:
        return connection.recv(1000) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_more_connections_than_there_is_room_for(target: Target) -> None:
    """The oldest go, and who comes with a request is served."""
    with ExitStack() as stack:
        for _ in range(9):
            connections(target, 1000, b"", stack)
            assert target.innocent() < PATIENCE / 2, "not only when the others had their time"


def test_a_slow_client_is_served(target: Target) -> None:
    request = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    for head in (
        b"Content-Length: 16\r\n\r\n" + b"ASK { ?s ?p ?o }",
        b"Transfer-Encoding: chunked\r\n\r\n10\r\nASK { ?s ?p ?o }\r\n0\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", target.port)) as client:
            client.settimeout(30)
            for byte in request + head:
                client.send(bytes([byte]))
                time.sleep(0.002)
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_asks_before_it_sends_is_told_to(target: Target) -> None:
    with socket.create_connection(("127.0.0.1", target.port)) as client:
        client.settimeout(30)
        client.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 16\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ASK { ?s ?p ?o }")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_requests_that_come_at_once_are_answered_in_order(target: Target) -> None:
    with socket.create_connection(("127.0.0.1", target.port)) as client:
        client.settimeout(30)
        client.sendall(
            b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n"
            b"Connection: close\r\n\r\n"
        )
        came = b""
        while piece := client.recv(10_000):
            came += piece
    assert [came.find(b"HTTP/1.1 200 "), came.count(b"HTTP/1.1 404 ")] == [0, 1]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"x" * (MAX_HEAD + 900), b"414"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (MAX_HEAD // 7), b"431"),
        (
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n"
            b"Content-Type: application/sparql-query\r\n\r\n" + b"x" * 1_100_000,
            b"413",
        ),
    ],
    ids=["line", "head", "body"],
)
def test_what_is_too_long_is_refused_before_it_ends(
    target: Target, sent: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", target.port)) as client:
        client.settimeout(30)
        client.sendall(sent)
        assert client.recv(1000).split()[1] == status
    target.innocent()


# ---- the network ----

REACHING = [
    "SELECT * {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE<{u}>{{ ?s ?p ?o }} }}",
    "SELECT * {{ sErViCe SILENT<{u}>{{ ?s ?p ?o }} }}",
    "PREFIX ex: <{u}> SELECT * {{ SERVICEex:y{{ ?s ?p ?o }} }}",
    "PREFIX : <{u}> SELECT * {{ SERVICE:y{{ ?s ?p ?o }} }}",
    "SELECT * {{ {{}}SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ #\rSERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ BIND(<{u}> AS ?u) SERVICE ?u {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?u {{ <{u}> }} SERVICE SILENT ?u {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?a ?b ?c FILTER EXISTS {{ SERVICE <{u}> {{ ?s ?p ?o }} }} }}",
    "SELECT * {{ ?a ?b ?c FILTER(1<2)SERVICE<{u}>{{ ?s ?p ?o }} }}",
    "SELECT * {{ {{ SELECT * {{ OPTIONAL {{ SERVICE <{u}> {{ ?s ?p ?o }} }} }} }} }}",
    "ASK {{ ?s ?p ?o }} ORDER BY EXISTS {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "DESCRIBE ?s {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERV\\u0049CE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{u}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{u}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * {{ GRAPH <{u}> {{ ?s ?p ?o }} }}",
    "DESCRIBE <{u}>",
    "LOAD <{u}>",
    "LOAD SILENT <{u}> INTO GRAPH <x:g>",
    "BASE <{u}> LOAD <>",
    "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "ASK {{}} ; LOAD <{u}>",
]


def test_nothing_reaches_the_network(target: Target) -> None:
    hits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"

        def listen() -> None:
            while True:
                try:
                    connection, peer = listener.accept()
                except OSError:
                    return
                connection.close()
                hits.append(peer)

        thread = threading.Thread(target=listen)
        thread.start()
        socket.create_connection(listener.getsockname()).close()
        eventually(lambda: len(hits) == 1)  # it hears
        for form in REACHING:
            query = form.format(u=address)
            answer = target.ask(query)
            if "FROM" in form or "GRAPH <" in form[:20] or form.startswith("DESCRIBE <"):
                assert answer.status_code == 200
            else:
                assert answer.status_code == 400, query
            updated = httpx.post(f"{target.address}sparql", data={"update": query})
            assert updated.status_code == 403
        for name in ("default-graph-uri", "named-graph-uri"):
            found = target.ask("SELECT * { ?s ?p ?o }", **{name: address})
            assert json.loads(found.content)["results"]["bindings"] == []
        time.sleep(0.2)
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    assert len(hits) == 1
