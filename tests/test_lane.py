"""Queries that the loop asks itself: the same bytes as by a thread, and no thread for them."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.serving import descendants, eventually, free_port, graphs, serving, silent
from untocgraph.graph.release.publish import publish
from untocgraph.server.listener.gunicorn_worker import MAX_AHEAD
from untocgraph.server.listener.query_fast_path import MOST
from untocgraph.server.workers.messages import SHORT
from untocgraph.server.workers.supervisor import computed

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"
STATES = "SELECT ?s ?label { ?s a ?class ; rdfs:label ?label } ORDER BY ?s ?label LIMIT 40"
PREFIX = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(?s = <id/state/chl>) } ORDER BY ?p ?o"
LONG = "SELECT * { ?s ?p ?o }"  # more than the loop sends
IN_FILE = f"{LONG} LIMIT 5000"  # 1.3 MB: more than a worker sends
GRAPH = "http://localhost:8000/graph/reference"
LONG_WAY = {"X-Unusual": "1"}  # what a header does that is not in the table of `express`
NUMBERS = count()

Answer = tuple[int, list[tuple[str, str]], bytes]


@pytest.fixture(scope="module")
def port(published: tuple[Path, object]) -> Iterator[int]:
    """A server with one thread, and time for a query of 3 s."""
    found = free_port()
    with serving(published[0], found, "--workers", "1", "--threads", "1", "--timeout", "3"):
        yield found


@pytest.fixture
def busy(port: int) -> Iterator[threading.Thread]:
    """The only thread is held by a query, whose client is this one here."""
    address = f"http://127.0.0.1:{port}"
    asked = {"data": {"query": f"{RUNAWAY}#{next(NUMBERS)}"}, "timeout": 60}
    held = threading.Thread(target=httpx.post, args=(f"{address}/sparql",), kwargs=asked)
    held.start()
    with pytest.raises(httpx.TimeoutException):
        while True:
            httpx.get(f"{address}/health", timeout=1)
    yield held
    held.join()


def unlike(query: str) -> str:
    """*query*, which was never asked before."""
    return f"{query} # {next(NUMBERS)}"


def target(query: str, **fields: str) -> str:
    return f"/sparql?{urlencode({'query': query, **fields})}"


def get(port: int, path: str, headers: Mapping[str, str]) -> Answer:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        client.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in headers.items():
            client.putheader(name, value)
        client.endheaders()
        answer = client.getresponse()
        told = [row for row in answer.getheaders() if row[0] != "Date"]
        return answer.status, told, answer.read()
    finally:
        client.close()


def but_etag(answer: Answer) -> Answer:
    status, headers, body = answer
    return status, [row for row in headers if row[0] != "ETag"], body


def teach(port: int, query: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Have an answer of this kind go the long way first, for the loop to learn its headers."""
    for _ in range(2):
        get(port, target(unlike(query), **fields), headers)


@pytest.mark.parametrize("coding", ["", "identity", "gzip", "br, zstd;q=0.5"])
@pytest.mark.parametrize(
    ("query", "accept", "fields"),
    [
        (PREFIX + STATES, "application/sparql-results+json", {}),
        (PREFIX + STATES, "text/csv, */*;q=0.1", {}),
        (PREFIX + STATES, "", {"format": "xml"}),
        (PREFIX + STATES, "*/*", {"maxrows": "1000", "timeout": "2"}),
        ("ASK { ?s ?p ?o }", "application/sparql-results+xml", {}),
        (CONSTRUCT, "text/turtle", {}),
        (CONSTRUCT, "application/n-quads", {"default-graph-uri": GRAPH}),
        ("DESCRIBE <id/state/chl>", "application/ld+json", {}),
        (IN_FILE, "application/sparql-results+json", {}),
        (CONSTRUCT, "application/rdf+xml", {"format": "turtle"}),
        (CONSTRUCT, "*/*", {"results": "application/rdf xml"}),
        (CONSTRUCT, "text/turtle", {"output": "csv"}),
        ("ASK { ?s ?p ?o }", "*/*", {"output": "docx", "results": "srx"}),
        ("ASK { ?s ?p ?o }", "application/sparql-results+xml", {"format": "docx"}),
    ],
    ids=str,
)
def test_an_answer_is_that_of_the_long_way(
    port: int, query: str, accept: str, fields: dict[str, str], coding: str
) -> None:
    headers = {"Accept": accept, "Accept-Encoding": coding}
    headers = {name: value for name, value in headers.items() if value}
    teach(port, query, fields, headers)
    path = target(unlike(query), **fields)
    by_loop = get(port, path, headers)
    by_thread = get(port, target(unlike(query), **fields), headers | LONG_WAY)
    assert but_etag(by_loop) == but_etag(by_thread)
    assert by_loop[0] == 200 and by_loop[2]
    held = {"If-None-Match": dict(by_loop[1])["ETag"]}
    assert get(port, path, headers | held | LONG_WAY)[0] == 304, "both give it one ETag"


@pytest.mark.parametrize(
    ("query", "fields", "status"),
    [
        ("SELECT", {}, 400),
        ("SELECT * { SERVICE <http://localhost:1/> { ?s ?p ?o } }", {}, 400),
        ("SELECT ?x { BIND(<http://no.example/f>() AS ?x) }", {}, 400),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1", {"format": "csv"}, 406),
        ("SELECT * { ?s ?p ?o } LIMIT 1", {"timeout": "soon"}, 400),
        (RUNAWAY, {"timeout": "0.5"}, 503),
        (PREFIX + STATES, {"maxrows": "3"}, 200),
        ("SELECT (RAND() > 2 AS ?x) {}", {}, 200),
        (LONG, {}, 200),
    ],
)
def test_what_is_not_usual_is_told_as_ever(
    port: int, query: str, fields: dict[str, str], status: int
) -> None:
    headers = {"Accept": "application/sparql-results+json"}
    if status == 200:
        teach(port, query, fields, headers)
    path = target(unlike(query), **fields)
    by_loop = get(port, path, headers)
    by_thread = get(port, target(unlike(query), **fields), headers | LONG_WAY)
    assert but_etag(by_loop)[:2] == but_etag(by_thread)[:2]
    assert by_loop[0] == status
    assert by_loop[2] == by_thread[2]


U8 = "; charset=utf-8"
NAMED = [  # fields, Accept, the type of the answer to an ASK and to a CONSTRUCT, what Accept chose
    ({"format": "xml"}, "*/*", "application/sparql-results+xml", "application/rdf+xml", ""),
    ({"output": "xml"}, "text/csv", "application/sparql-results+xml", "application/rdf+xml", ""),
    ({"results": "json"}, "*/*", "application/sparql-results+json", "application/ld+json", ""),
    ({"format": "turtle"}, "text/csv", f"text/csv{U8}", f"text/turtle{U8}", "ASK"),
    ({"format": "csv"}, "application/trig", f"text/csv{U8}", "application/trig", "CONSTRUCT"),
    ({"format": "csv", "output": "nt"}, "*/*", f"text/csv{U8}", "application/n-triples", ""),
    ({"format": "nt", "results": "csv"}, "*/*", f"text/csv{U8}", "application/n-triples", ""),
    ({"format": "no"}, "text/csv, application/trig", f"text/csv{U8}", "application/trig", "both"),
    ({}, "text/csv, application/n-quads", f"text/csv{U8}", "application/n-quads", "both"),
]


def test_what_is_kept_is_kept_by_format(port: int) -> None:
    """One query in each format by each way, again and again: no answer is taken for another."""
    queries = {"ASK": unlike("ASK { ?s ?p ?o }"), "CONSTRUCT": unlike(CONSTRUCT)}
    for more in ({}, LONG_WAY, {}, {}):
        for fields, accept, rows, triples, by_accept in NAMED:
            for form, expected in (("ASK", rows), ("CONSTRUCT", triples)):
                path = target(queries[form], **fields)
                status, headers, _ = get(port, path, {"Accept": accept} | more)
                told = dict(headers)
                assert (status, told["Content-Type"]) == (200, expected), (fields, accept, form)
                varies = "Accept" in told["Vary"].split(", ")
                assert varies is (by_accept in (form, "both")), (fields, accept, form)


def test_no_thread_waits(port: int, busy: threading.Thread) -> None:
    headers = {"Accept": "text/csv"}
    began = time.monotonic()
    assert get(port, target(unlike("ASK {}")), headers)[0] == 200
    told = get(port, target(unlike(RUNAWAY), timeout="0.2"), headers)
    assert told[0] == 503  # though only a thread can say so, and the one there is had to end first
    assert time.monotonic() - began < 20


def test_what_stands_in_a_file_takes_no_thread_either(
    port: int, request: pytest.FixtureRequest
) -> None:
    headers = {"Accept": "application/sparql-results+json"}
    teach(port, IN_FILE, {}, headers)
    held: threading.Thread = request.getfixturevalue("busy")
    path = target(unlike(IN_FILE))
    first, again = (get(port, path, headers) for _ in range(2))
    assert held.is_alive(), "no thread was free meanwhile"
    assert first == again and len(first[2]) > SHORT


def test_a_slow_reader_gets_all_of_what_stands_in_a_file(port: int) -> None:
    headers = {"Accept": "application/sparql-results+json"}
    teach(port, IN_FILE, {}, headers)
    path = target(unlike(f"{LONG} LIMIT 14000"))  # more than the kernel has buffers for, twice
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {headers['Accept']}\r\n\r\n".encode()
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.settimeout(30)
        slow.connect(("127.0.0.1", port))
        slow.sendall(request + request)  # the second is kept by then
        time.sleep(0.5)
        status, _, body = get(port, path, headers)  # others are served meanwhile
        came = b""
        while came.count(body) < 2:
            piece = slow.recv(1 << 20)
            assert piece
            came += piece
    heads = came.replace(body, b"")
    assert len(body) < MOST, "the loop sends it"
    assert status == 200 and heads.count(b"HTTP/1.1 200 OK\r\n") == heads.count(b"Server: ") == 2
    assert b"bindings" not in heads, "no part of it came twice"


def test_the_next_request_waits_for_its_turn(port: int) -> None:
    """What comes while a query is at work is answered after it, with what was asked then."""
    teach(port, "ASK {}", {}, {"Accept": "text/csv"})
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d a ?c }"
    lines = [target(unlike(slow)), target(unlike("ASK {}")), "/no"]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        for number, path in enumerate(lines):
            last = "Connection: close\r\n" if number == 2 else ""
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n{last}\r\n"
            client.sendall(head.encode())
            time.sleep(0.02)
        came = b""
        while piece := client.recv(1 << 16):
            came += piece
    bodies = [part.partition(b"\r\n\r\n")[2] for part in came.split(b"HTTP/1.1 ")[1:]]
    assert [body.split(b"\r\n")[0] for body in bodies[:2]] == [b"n", b"true"]
    assert came.count(b"HTTP/1.1 200") == 2 and came.count(b"HTTP/1.1 404") == 1


def test_the_same_at_once_is_evaluated_once(published: tuple[Path, object]) -> None:
    port = free_port()
    headers = "Host: x\r\nAccept: text/csv\r\n"
    with serving(published[0], port, "--workers", "1") as pid:
        teach(port, "SELECT ?n { BIND(1 AS ?n) }", {}, {"Accept": "text/csv"})

        def computing(times: int) -> float:
            """Seconds that all processes compute for a query asked so many times at once."""
            path = target(unlike("SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?b ?q ?c . ?c ?r ?d }"))
            before = sum(map(computed, descendants(pid)))
            with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
                for _ in range(times):  # the next while the first is at work
                    client.sendall(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode())
                    time.sleep(0.02)
                came = b""
                while came.count(b"\r\nn\r\n") < times:
                    came += client.recv(1 << 16)
            return sum(map(computed, descendants(pid))) - before

        assert computing(2) < 1.5 * computing(1)


def busy_workers(port: int) -> int:
    """How many workers evaluate a query."""
    health: dict[str, dict[str, int]] = httpx.get(f"http://127.0.0.1:{port}/health").json()
    return health["pool"]["busy"]


@contextmanager
def running(port: int) -> Iterator[socket.socket]:
    """A client whose query is at work and does not end."""
    eventually(lambda: busy_workers(port) == 0)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(f"GET {target(unlike(RUNAWAY))} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        eventually(lambda: busy_workers(port) == 1)
        yield client


def test_a_query_ends_with_its_client(port: int) -> None:
    with running(port):
        pass
    eventually(lambda: busy_workers(port) == 0, 2)
    with running(port) as client:
        client.shutdown(socket.SHUT_WR)  # it counts as gone
        eventually(lambda: busy_workers(port) == 0, 2)


def test_who_sends_on_and_on_is_let_go(port: int) -> None:
    """What comes while a query is at work is held for later, but not without end."""
    with running(port) as client, pytest.raises(OSError):
        for _ in range(1000):
            client.sendall(b"x" * MAX_AHEAD)
    eventually(lambda: busy_workers(port) == 0, 2)


def test_a_new_release_is_asked_and_its_headers_are_learnt(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://localhost:{port}/"
    dataset = graphs(base)
    publish(dataset, tmp_path, base=base, progress=silent)
    total = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    headers = {"Accept": "text/csv"}
    with serving(tmp_path, port, "--workers", "1"):
        before = [get(port, target(unlike(total)), headers) for _ in range(4)]
        stated = dataset.graph(f"{base}graph/untoc-wgta-2013/stated")
        stated.remove(next(iter(stated)))
        publish(dataset, tmp_path, base=base, progress=silent)
        after = [get(port, target(unlike(total)), headers) for _ in range(4)]
    for answers in (before, after):
        assert all(but_etag(answer) == but_etag(answers[0]) for answer in answers)
    assert int(after[0][2].split()[1]) == int(before[0][2].split()[1]) - 1
